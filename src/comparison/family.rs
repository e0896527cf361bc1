//! All rows of a call together: Holm's correction, verdicts of the tested rows, detectable differences, the line for the
//! whole table. It must not know how a row's test was made.

use crate::statistics::{LEVEL, Overall, Run, detectable, holm, overall, threshold};

use super::row::{Evidence, Row, RowTest};
use super::verdict::{Note, Verdict};
use crate::analysis::Score;
use crate::statistics::SeedSpread;

/// Sentences that differ, under which no p is small enough to be beyond sampling.
const FEW: usize = 6;

/// The whole table by one score.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    /// The score.
    pub score: Score,
    /// Settings.
    pub rows: usize,
    /// Their mean difference.
    pub overall: Overall,
}

impl Together {
    /// Whether it is beyond seed noise; none where seeds do not differ.
    pub fn is_beyond(&self) -> Option<bool> {
        self.overall.p.map(|p| p <= LEVEL)
    }
}

/// Corrects p of all tested rows, and gives them verdicts. Returns how many were tested.
pub(super) fn judge(rows: &mut [Row]) -> usize {
    let tested: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].test.is_some()).collect();
    let tests = || tested.iter().filter_map(|row| rows[*row].test.as_ref());
    let corrected = holm(&tests().map(|test| test.p).collect::<Vec<_>>());
    let with_sentences = tests().map(RowTest::p_both).collect::<Vec<_>>();
    let with_sentences = holm(&with_sentences);
    let beyond = corrected.iter().filter(|p| **p <= LEVEL).count();
    let held_to = threshold(tested.len(), beyond);
    for ((at, p_holm), p_both) in tested.iter().zip(&corrected).zip(&with_sentences) {
        let row = &mut rows[*at];
        let Some(test) = &mut row.test else { continue };
        test.p_holm = *p_holm;
        let (se, df) = test.error();
        test.detectable = (*p_holm > LEVEL && se > 0.0).then(|| detectable(se, df, held_to));
        row.verdict = verdict(test, *p_both);
        let notes = notes(test, tested.len());
        row.notes.splice(0..0, notes);
    }
    tested.len()
}

/// The verdict of a test by its `p_holm`; `p_both`: of seeds and sentences together, corrected alike.
pub(super) fn verdict(test: &RowTest, p_both: f64) -> Verdict {
    let is_beyond = test.p_holm <= LEVEL;
    match (test.evidence, test.seeds.spread(), is_beyond) {
        (Evidence::Sentences, SeedSpread::Unknown, true) => Verdict::BeyondSentences,
        (Evidence::Sentences, SeedSpread::Unknown, false) => Verdict::WithinSentences,
        (Evidence::Sentences, _, beyond) => Verdict::SeedsDoNotDiffer { beyond },
        (Evidence::Seeds, _, false) => Verdict::WithinSeeds,
        (Evidence::Seeds, _, true) => {
            let sentences = test.both.and(test.sentences.as_ref()).map(|sentences| sentences.sentences);
            Verdict::BeyondSeeds { not_beyond: sentences.filter(|_| p_both > LEVEL) }
        }
    }
}

/// What is noted of p.
fn notes(test: &RowTest, tests: usize) -> Vec<Note> {
    let (p, p_holm) = (test.p, test.p_holm);
    let mut notes = Vec::new();
    notes.extend((p <= LEVEL && p_holm > LEVEL).then_some(Note::Corrected { p, p_holm, tests }));
    if let (Evidence::Sentences, Some(sentences)) = (test.evidence, &test.sentences) {
        let differing = sentences.differing;
        let is_bound = i32::try_from(differing).is_ok_and(|differing| p == libm::ldexp(1.0, 1 - differing))
            && p > LEVEL / tests as f64;
        notes.extend(((1..FEW).contains(&differing) || is_bound).then_some(Note::FewSentences { differing }));
    }
    notes
}

/// The line for the whole table by a score; `runs`: those of both sides of each tested row.
pub(super) fn together(score: Score, runs: &[[Vec<Run>; 2]]) -> Option<Together> {
    let rows: Vec<(&[Run], &[Run])> = runs.iter().map(|[a, b]| (a.as_slice(), b.as_slice())).collect();
    if rows.len() < 2 {
        return None;
    }
    Some(Together { score, rows: rows.len(), overall: overall(&rows)? })
}
