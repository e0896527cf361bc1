//! What is noted beside a verdict, and what changed of a setting, in words.

use crate::comparison::{Changes, Comparison, KeyChange, Note, PredictionsProblem, Side};
use crate::statistics::SeedPair;

use super::numbers::{p_text, score};

/// Seeds that a note names.
const NAMED: usize = 8;

/// A note, without the word before it.
pub(super) fn note(note: &Note, tests_of: &str) -> String {
    match note {
        Note::TwoUnits { of_data: false } => "2 seeds see only a very large difference; run 5".to_owned(),
        Note::TwoUnits { of_data: true } => "2 data seeds see only a very large difference; run 5".to_owned(),
        Note::LeftOut { side, seeds } => format!("{} in {side} alone and left out", seeds_are(seeds)),
        Note::Welch => "fewer than 3 seeds in common; compared as independent runs (Welch)".to_owned(),
        Note::OneAgainst { one, several } => {
            let other = if *one == Side::A { Side::B } else { Side::A };
            format!("{one} has one seed; its noise is taken from the {several} seeds of {other}")
        }
        Note::DataSeeds { data_seeds, runs } => format!("tested over {data_seeds} data seeds ({runs} runs)"),
        Note::Collapsed { side, run } => {
            let (seed, found) = (seed_name(run.run.pair(), false), score(run.run.score));
            format!("seed {seed} collapsed in {side}: {found}, median of the others {}", score(run.median_of_others))
        }
        Note::Failed { side, seeds } => format!("{} failed in {side} and {} left out", named(seeds), be(seeds)),
        Note::Empty { side, seeds } => format!("{} without this score in {side} and left out", seeds_are(seeds)),
        Note::Corrected { p, p_holm, tests } => {
            let (p, p_holm) = (p_text(*p), p_text(*p_holm));
            format!("alone p would be {p}; among {tests} {tests_of} it is {p_holm} (Holm)")
        }
        Note::FewSentences { differing: 1 } => "only 1 sentence differs".to_owned(),
        Note::FewSentences { differing } => format!("only {differing} sentences differ"),
        Note::Environments([a, b]) => format!("environment changed too, {a} -> {b}; rounding is part of this"),
        Note::Predictions { side, problem: PredictionsProblem::OtherScores { file } } => {
            format!("{file} contradicts the scores of its row in {side}, which does not count; see `runner verify`")
        }
        Note::Predictions { side, problem: PredictionsProblem::Unusable(why) } => {
            format!("predictions of {side} are not used: {why}")
        }
    }
}

/// `seeds 4, 5 are`
fn seeds_are(seeds: &[SeedPair]) -> String {
    format!("{} {}", named(seeds), if seeds.len() == 1 { "is" } else { "are" })
}

fn be(seeds: &[SeedPair]) -> &'static str {
    if seeds.len() == 1 { "is" } else { "are" }
}

/// `seed 2`, `seeds 4, 5`; with the data seed where that varies among them.
pub(super) fn named(seeds: &[SeedPair]) -> String {
    let with_data = seeds.iter().any(|one| one.data_seed != seeds[0].data_seed);
    let names: Vec<String> = seeds.iter().take(NAMED).map(|seed| seed_name(*seed, with_data)).collect();
    let rest = seeds.len().saturating_sub(NAMED);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let word = if seeds.len() == 1 { "seed" } else { "seeds" };
    format!("{word} {}{rest}", names.join(", "))
}

fn seed_name(seeds: SeedPair, with_data: bool) -> String {
    match with_data {
        true => format!("{} (data seed {})", seeds.seed, seeds.data_seed),
        false => seeds.seed.to_string(),
    }
}

/// What changed, in one line: `learning_rate 5e-5 -> 1e-4; train file changed`. Empty if nothing did.
pub(super) fn changes(changes: &Changes) -> String {
    let key = |change: &KeyChange| format!("{} {} -> {}", change.name(), change.values[0], change.values[1]);
    let keys = changes.keys.iter().map(key).collect::<Vec<_>>().join(", ");
    let files = match changes.files.as_slice() {
        [] => String::new(),
        [role] => format!("{role} file changed"),
        roles => format!("{} files changed", roles.join(", ")),
    };
    let environments = changes.environments.as_ref().map(|[a, b]| format!("environment {a} -> {b}"));
    let parts = [keys, files, environments.unwrap_or_default()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// What changed in all settings, in one line.
pub(super) fn common_line(comparison: &Comparison, changes: &str) -> String {
    match comparison.paired {
        2 => format!("changed in both settings: {changes}"),
        paired => format!("changed in all {paired} settings: {changes}"),
    }
}
