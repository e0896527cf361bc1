//! What a column of any table means, by its name: from the one list of columns, the scores, or the keys of experiments.

use crate::results::SETTING_COLUMNS;
use crate::spec::{KeyPath, nearest};

use crate::analysis::{Measure, Score};

use super::column_list::{ENTRIES, Entry, SCORES};

/// A name that no table has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--explain {name}: no table has this column{}; docs/results.md lists them all",
    near.as_ref().map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default())]
pub struct UnknownColumn {
    /// As it was given.
    pub name: String,
    /// The nearest name, if one is near.
    pub near: Option<String>,
}

/// What a column of any table means, or a sign of tables for people.
///
/// # Errors
/// A name that there is not, with the nearest.
pub fn explained(name: &str) -> Result<String, UnknownColumn> {
    let name = name.trim();
    if let Some(Entry { tables, text, .. }) = ENTRIES.iter().find(|entry| entry.names.contains(&name)) {
        return Ok(format!("{name} ({tables}): {text}"));
    }
    if let Ok(Score { split, measure }) = name.parse::<Score>()
        && let Some((_, text)) = SCORES.iter().find(|(known, _)| *known == measure.name())
    {
        let split = if measure.name() == name { String::new() } else { format!(" on the {} split", split.name()) };
        return Ok(format!("{name} (results.csv, show; docs/scores.md){split}: {text}"));
    }
    let fixed = SETTING_COLUMNS.into_iter().find(|(column, _)| *column == name).map(|(_, dotted)| dotted);
    let key = KeyPath::parse(fixed.unwrap_or(name)).or_else(|| KeyPath::all().find(|key| key.name() == name));
    match key {
        Some(key) => Ok(format!("{name} (the setting {key}; docs/keys.md): {}", key.known().doc)),
        None => {
            let names = ENTRIES.iter().flat_map(|entry| entry.names).map(|name| (*name).to_owned());
            let scores = Score::all().map(|score| score.to_string());
            let others = Measure::all().map(Measure::name).chain(KeyPath::all().map(KeyPath::name)).map(str::to_owned);
            let known: Vec<String> = names.chain(scores).chain(others).collect();
            let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            Err(UnknownColumn { name: name.to_owned(), near })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_explained() {
        for score in Score::all() {
            assert!(explained(&score.to_string()).is_ok(), "{score}");
            assert!(explained(score.measure.name()).is_ok(), "{score}");
        }
    }

    #[test]
    fn no_name_has_two_entries() {
        let mut names: Vec<&str> = ENTRIES.iter().flat_map(|entry| entry.names.iter().copied()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
