//! Verdicts in words: the first words never change, so that programs may look for them. It must not know tests.

use crate::comparison::{NoScore, Reason, Row, Side, Verdict};
use crate::results::ScoredSplit;

use super::notes::named;
use super::numbers::{score, seeds};

/// A verdict's first words.
pub(super) fn first_words(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Identical { .. } => "identical",
        Verdict::IdenticalInTable { .. } => "identical in the table",
        Verdict::BeyondSeeds { .. } => "beyond seed noise",
        Verdict::WithinSeeds => "within seed noise",
        Verdict::BeyondSentences | Verdict::SeedsDoNotDiffer { beyond: true } => "beyond sentence sampling",
        Verdict::WithinSentences | Verdict::SeedsDoNotDiffer { beyond: false } => "within sentence sampling",
        Verdict::NotComparable(_) => "not comparable",
        Verdict::New => "new",
        Verdict::Gone => "gone",
    }
}

/// A row's verdict, whole.
pub(super) fn verdict(row: &Row) -> String {
    let first = first_words(&row.verdict);
    let missed = |verb: &str| row.test.as_ref().and_then(|test| test.detectable).map(|most| missed(verb, most));
    let units = || row.test.as_ref().map(seeds).unwrap_or_default();
    match &row.verdict {
        Verdict::Identical { runs } => format!("{first} ({}, scores and predictions)", count(*runs, "seed")),
        Verdict::IdenticalInTable { missing } => format!("{first} (no predictions in {})", sides(missing)),
        Verdict::BeyondSeeds { not_beyond: Some(sentences) } => {
            format!("{first}, but not beyond these {sentences} sentences")
        }
        Verdict::WithinSeeds => missed("miss").map_or(first.to_owned(), |miss| format!("{first}; {} {miss}", units())),
        Verdict::BeyondSentences => format!("{first}, seed noise unknown (one seed)"),
        Verdict::WithinSentences => {
            missed("misses").map_or(format!("{first} (one seed)"), |miss| format!("{first} (one seed); {miss}"))
        }
        Verdict::SeedsDoNotDiffer { .. } => format!("{first}; the {} do not differ", units()),
        Verdict::NotComparable(why) => format!("{first}: {}", reason(why, row)),
        Verdict::New => format!("{first}: only in B"),
        Verdict::Gone => format!("{first}: only in A"),
        Verdict::BeyondSeeds { not_beyond: None } => first.to_owned(),
    }
}

fn missed(verb: &str, most: f64) -> String {
    match most < 1.0 {
        true => format!("often {verb} a difference under {}", score(most)),
        false => format!("often {verb} any difference"),
    }
}

/// Why a row is not comparable.
fn reason(reason: &Reason, row: &Row) -> String {
    let split = row.score.split;
    match reason {
        Reason::AllFailed { sides: of, jobs: 1, code } => format!("the only job failed in {} ({code})", sides(of)),
        Reason::AllFailed { sides: of, jobs, code } => format!("all {jobs} jobs failed in {} ({code})", sides(of)),
        Reason::Stopped(of) => format!("runs in {} were stopped at a rung, before their end", sides(of)),
        Reason::Contradicted { side, seeds } => {
            format!("scores of {} in {side} do not follow from their predictions", named(seeds))
        }
        Reason::NoScore(NoScore::NoGoldEntity) => format!("{} is empty (no gold entity)", row.score),
        Reason::NoScore(NoScore::NotScored) => format!("{} is empty ({split} not scored)", row.score),
        Reason::NoScore(NoScore::NoPredictions(side)) => {
            format!("{} needs predictions, and {side} has none", row.score)
        }
        Reason::Gold { differing, sentences } => format!("gold differs in {differing} of {sentences} sentences"),
        Reason::Sizes([a, b]) => format!("{split} sets of {a} and {b} sentences"),
        Reason::DataSets([a, b]) => format!("{split} sentences of {a} and {b}"),
        Reason::ScoredFile { equal_tags: true } => format!("the {} changed, its tags did not", file(split)),
        Reason::ScoredFile { equal_tags: false } => format!("the {} changed", file(split)),
        Reason::Environments([a, b]) => format!("same settings, environments {a} and {b}"),
        Reason::OneSeed { missing } => format!("one seed, and no predictions in {}", sides(missing)),
        Reason::NoSpread { seeds, missing } => {
            format!("the {seeds} seeds do not differ, and no predictions in {}", sides(missing))
        }
    }
}

fn file(split: ScoredSplit) -> String {
    format!("{split} file")
}

/// `A`, `A and B`
fn sides(sides: &[Side]) -> String {
    sides.iter().map(|side| side.name()).collect::<Vec<_>>().join(" and ")
}

/// `1 seed`, `8 seeds`
pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
