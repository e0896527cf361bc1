//! A row of a comparison: a setting and a score, what was found of them, and the verdict. It must not know how they are
//! found.

use crate::statistics::{Both, SeedComparison, SeedTest, SentenceComparison};

use super::changes::Changes;
use super::verdict::{Note, Verdict};
use crate::analysis::Score;

/// A setting and a score on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What the setting is called: by what did not change of its label.
    pub label: String,
    /// The labels on both sides, without seeds.
    pub labels: [Option<String>; 2],
    /// The score.
    pub score: Score,
    /// What changed of the setting.
    pub changes: Changes,
    /// Both sides; none if the setting is new or gone.
    pub sides: [Option<RowSide>; 2],
    /// The test, if there was one.
    pub test: Option<RowTest>,
    /// What may be claimed.
    pub verdict: Verdict,
    /// What is noted beside it.
    pub notes: Vec<Note>,
}

/// A side of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSide {
    /// The mean score: over the runs that are tested, if there was a test; over the means of data seeds, if they are the
    /// unit. None without a score.
    pub mean: Option<f64>,
    /// Runs with the score.
    pub runs: usize,
    /// Failed jobs.
    pub failed: usize,
    /// Collapsed runs.
    pub collapsed: usize,
    /// The environments of its jobs.
    pub environments: String,
}

/// What the verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The seed test.
    Seeds,
    /// The sentence test.
    Sentences,
}

/// A test of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowTest {
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// The seed test.
    pub seeds: SeedComparison,
    /// The sentence test over the runs of the seed test, if all have predictions.
    pub sentences: Option<SentenceComparison>,
    /// Seeds and sentences together.
    pub both: Option<Both>,
    /// Uncorrected.
    pub p: f64,
    /// By Holm over the family.
    pub p_holm: f64,
    /// The true difference that is often missed; of a row within noise, where there is a spread.
    pub detectable: Option<f64>,
}

impl Row {
    /// Whether the verdict is beyond noise of seeds or sentences.
    pub fn is_beyond(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::BeyondSeeds { .. } | Verdict::BeyondSentences | Verdict::SeedsDoNotDiffer { beyond: true }
        )
    }

    /// Whether nothing differs.
    pub fn is_identical(&self) -> bool {
        matches!(self.verdict, Verdict::Identical { .. } | Verdict::IdenticalInTable { .. })
    }
}

impl RowTest {
    /// The p of seeds and sentences together; that of the test where there are no sentences.
    pub(super) fn p_both(&self) -> f64 {
        self.both.map_or(self.p, |both| both.p)
    }

    /// B − A.
    pub fn difference(&self) -> f64 {
        self.seeds.difference
    }

    /// 95 %, uncorrected.
    pub fn interval(&self) -> Option<(f64, f64)> {
        match (self.evidence, &self.sentences) {
            (Evidence::Sentences, Some(sentences)) => sentences.interval,
            _ => self.seeds.interval,
        }
    }

    /// Standard error and degrees of freedom (none: normal) of what the verdict rests on.
    pub fn error(&self) -> (f64, Option<f64>) {
        match (self.evidence, &self.sentences) {
            (Evidence::Sentences, Some(sentences)) => (sentences.se, None),
            _ => (self.seeds.se.unwrap_or_default(), self.seeds.df),
        }
    }

    /// What counts as independent on each side: data seeds where there are two or more, otherwise seeds.
    pub fn units(&self) -> [usize; 2] {
        match self.seeds.test {
            SeedTest::Paired { units, .. } => [units, units],
            SeedTest::Welch { a, b } | SeedTest::OneAgainstSeveral { a, b } => [a, b],
            SeedTest::OneEach => [1, 1],
        }
    }
}
