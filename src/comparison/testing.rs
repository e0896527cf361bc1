//! The test of a row that may be compared: which runs, seeds and sentences it rests on, and what is noted of them. It must
//! not know the other rows.

use crate::metrics::{Ratios, TagSet};
use crate::statistics::{
    Parts, Run, SeedComparison, SeedPair, SeedSpread, SeedTest, SentenceComparison, both, compare, sentence_test,
};

use super::obstacles::Known;
use super::row::{Evidence, RowTest};
use super::runs::Runs;
use super::sides::Side;
use super::verdict::{Note, Reason};
use crate::analysis::Score;

/// Tests the runs of a pair; p is not corrected yet.
///
/// # Errors
/// Seeds do not tell, and there are no predictions.
pub(super) fn test(known: &Known<'_>, runs: [&[Run]; 2], score: Score, tags: &TagSet) -> Result<RowTest, Reason> {
    let seeds = compare(runs[0], runs[1]);
    let sentences = test_sentences(known, &seeds, score, tags);
    let together = sentences.as_ref().and_then(|sentences| both(&seeds, sentences));
    let row = |evidence, p, seeds, sentences| RowTest {
        evidence,
        seeds,
        sentences,
        both: together,
        p,
        p_holm: p,
        detectable: None,
    };
    match (seeds.p, sentences) {
        (Some(p), sentences) => Ok(row(Evidence::Seeds, p, seeds, sentences)),
        (None, Some(sentences)) => Ok(row(Evidence::Sentences, sentences.p, seeds, Some(sentences))),
        (None, None) => Err(Reason::NoSpread { seeds: seeds.used[0].len(), missing: known.missing() }),
    }
}

/// The sentence test over the runs of the seed test.
fn test_sentences(
    known: &Known<'_>,
    seeds: &SeedComparison,
    score: Score,
    tags: &TagSet,
) -> Option<SentenceComparison> {
    let ratios = |at: usize| {
        let of = |seeds: &SeedPair| known.runs[at].at(*seeds)?.ratios(score, tags);
        seeds.used[at].iter().map(of).collect::<Option<Vec<Ratios>>>()
    };
    let (a, b) = (ratios(0)?, ratios(1)?);
    let (a, b) = (parts(&a), parts(&b));
    sentence_test(&a, &b)
}

fn parts(side: &[Ratios]) -> Vec<&Parts> {
    side.iter().map(|ratios| ratios.parts.as_slice()).collect()
}

/// What is noted of a test's runs.
pub(super) fn notes_of_test(test: &RowTest) -> Vec<Note> {
    let seeds = &test.seeds;
    let mut notes = Vec::new();
    if seeds.spread() != SeedSpread::Unknown {
        let units = test.units();
        let is_two = units == [2, 2] || matches!(seeds.test, SeedTest::OneAgainstSeveral { .. }) && units.contains(&2);
        notes.extend(is_two.then_some(Note::TwoUnits { of_data: seeds.data_seeds > 1 }));
    }
    for (side, left_out) in [Side::A, Side::B].into_iter().zip(&seeds.left_out) {
        notes.extend((!left_out.is_empty()).then(|| Note::LeftOut { side, seeds: left_out.clone() }));
    }
    match seeds.test {
        SeedTest::Welch { .. } => notes.push(Note::Welch),
        SeedTest::OneAgainstSeveral { a: 1, b } => notes.push(Note::OneAgainst { one: Side::A, several: b }),
        SeedTest::OneAgainstSeveral { a, .. } => notes.push(Note::OneAgainst { one: Side::B, several: a }),
        SeedTest::Paired { .. } | SeedTest::OneEach => {}
    }
    if seeds.data_seeds > 1 {
        let runs = seeds.used[0].len().max(seeds.used[1].len());
        notes.push(Note::DataSeeds { data_seeds: seeds.data_seeds, runs });
    }
    notes
}

/// What is noted of a side whatever the test.
pub(super) fn notes_of_runs(side: Side, runs: &Runs<'_>, scored: &[Run]) -> Vec<Note> {
    let mut notes = Vec::new();
    notes.extend(crate::statistics::collapsed(scored).into_iter().map(|run| Note::Collapsed { side, run }));
    let failed: Vec<SeedPair> = runs.failed.iter().map(|record| record.seeds()).collect();
    notes.extend((!failed.is_empty()).then_some(Note::Failed { side, seeds: failed }));
    let empty = runs.finished.iter().map(|run| run.seeds).filter(|seeds| scored.iter().all(|run| run.pair() != *seeds));
    let empty: Vec<SeedPair> = empty.collect();
    notes.extend((!empty.is_empty() && !scored.is_empty()).then_some(Note::Empty { side, seeds: empty }));
    let problem = runs.problem().cloned();
    notes.extend(problem.map(|problem| Note::Predictions { side, problem }));
    notes
}
