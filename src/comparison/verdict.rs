//! What may be claimed of a row, why it may not be compared, and what is noted beside it: as data, without words.

use crate::statistics::{Collapsed, SeedPair};

use super::sides::Side;

/// What may be claimed of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Equal seeds, score cells and predictions.
    Identical {
        /// Runs of each side.
        runs: usize,
    },
    /// Equal seeds and score cells; not all predictions are there.
    IdenticalInTable {
        /// The sides without predictions.
        missing: Vec<Side>,
    },
    /// Over many seeds the means would differ in this direction.
    BeyondSeeds {
        /// The number of test sentences, if the difference is not beyond them.
        not_beyond: Option<usize>,
    },
    /// Luck of the seeds can explain the difference.
    WithinSeeds,
    /// Two models differ on sentences like these; of one seed each.
    BeyondSentences,
    /// Not even that.
    WithinSentences,
    /// Every seed gives the same difference, so sentences decide.
    SeedsDoNotDiffer {
        /// Whether it is beyond sentence sampling.
        beyond: bool,
    },
    /// Nothing may be claimed.
    NotComparable(Reason),
    /// Only B has it.
    New,
    /// Only A has it.
    Gone,
}

/// Why a row may not be compared, in the order in which reasons are looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No job of these sides finished.
    AllFailed {
        /// The sides.
        sides: Vec<Side>,
        /// Their jobs; of one side, if both failed.
        jobs: usize,
        /// The first error's code.
        code: String,
    },
    /// Runs of these sides were stopped before their end.
    Stopped(Vec<Side>),
    /// Runs whose scores do not follow from their own predictions.
    Contradicted {
        /// Their side.
        side: Side,
        /// Their seeds.
        seeds: Vec<SeedPair>,
    },
    /// No run has the score.
    NoScore(NoScore),
    /// Sentences with other gold tags.
    Gold {
        /// How many.
        differing: usize,
        /// Of how many.
        sentences: usize,
    },
    /// Other numbers of scored sentences, as text.
    Sizes([String; 2]),
    /// Other data sets, and nothing shows that their scored sentences are equal.
    DataSets([String; 2]),
    /// The scored file's hash.
    ScoredFile {
        /// Whether its tags are known not to differ.
        equal_tags: bool,
    },
    /// One seed on each side, and no predictions.
    OneSeed {
        /// The sides without predictions.
        missing: Vec<Side>,
    },
    /// The same job keys in other environments.
    Environments([String; 2]),
    /// Every seed gives the same difference, and there are no predictions.
    NoSpread {
        /// Seeds.
        seeds: usize,
        /// The sides without predictions.
        missing: Vec<Side>,
    },
}

/// Why a score is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoScore {
    /// The scored sentences have no entity.
    NoGoldEntity,
    /// The split is not scored.
    NotScored,
    /// It is computed from predictions, and there are none.
    NoPredictions(Side),
}

/// What is noted beside a verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// Two units.
    TwoUnits {
        /// Whether they are data seeds.
        of_data: bool,
    },
    /// Runs that are in one side alone.
    LeftOut {
        /// The side.
        side: Side,
        /// Their seeds.
        seeds: Vec<SeedPair>,
    },
    /// Welch's test.
    Welch,
    /// One run against several.
    OneAgainst {
        /// The side with one.
        one: Side,
        /// Seeds of the other.
        several: usize,
    },
    /// Data seeds are the unit.
    DataSeeds {
        /// How many.
        data_seeds: usize,
        /// Runs of either side.
        runs: usize,
    },
    /// A collapsed run.
    Collapsed {
        /// Its side.
        side: Side,
        /// Run and median.
        run: Collapsed,
    },
    /// Failed jobs.
    Failed {
        /// Their side.
        side: Side,
        /// Their seeds.
        seeds: Vec<SeedPair>,
    },
    /// Finished jobs without this score.
    Empty {
        /// Their side.
        side: Side,
        /// Their seeds.
        seeds: Vec<SeedPair>,
    },
    /// Beyond noise alone, within it among many.
    Corrected {
        /// Uncorrected.
        p: f64,
        /// By Holm.
        p_holm: f64,
        /// Tests of the family.
        tests: usize,
    },
    /// Few sentences differ, so that p cannot be small.
    FewSentences {
        /// How many.
        differing: usize,
    },
    /// Settings and environment changed.
    Environments([String; 2]),
    /// Predictions that are not used.
    Predictions {
        /// Their side.
        side: Side,
        /// What is wrong with them.
        problem: PredictionsProblem,
    },
}

/// Why predictions are not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PredictionsProblem {
    /// The row's scores do not follow from them.
    OtherScores {
        /// The file.
        file: String,
    },
    /// They cannot be read: why.
    Unusable(String),
}
