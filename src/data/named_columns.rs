//! The columns of words and tags in a file with column names: one rule for Parquet and JSON, and the setting to write.

use super::{DataError, Location};
use crate::spec::{Column, Columns};

/// Names of the words' column, in order of preference.
pub(super) const TOKENS: [&str; 4] = ["tokens", "words", "token", "text"];
/// Names of the tags' column, in order of preference.
pub(super) const TAGS: [&str; 5] = ["ner_tags", "tags", "labels", "ner", "ner_label_ids"];

/// What a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Lists of strings: words, or tags by name.
    Texts,
    /// Lists of integers: tags by number.
    Numbers,
    /// An empty list, which fits both.
    Empty,
    /// Anything else.
    Other,
}

/// The names of two columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) token: String,
    pub(super) tag: String,
}

/// Selects the columns to read among those `found`: the `chosen` ones, else the first of the usual names that has lists,
/// else the first of the usual names.
///
/// # Errors
/// [`DataError::MissingColumn`] and [`DataError::NamedColumns`], with the setting to write.
pub(super) fn choose(
    file: &str,
    place: Option<Location>,
    chosen: Option<&Columns>,
    found: &[(&str, Holds)],
) -> Result<Pair, DataError> {
    let unset = Columns::default();
    let Columns { token, tag } = chosen.unwrap_or(&unset);
    if [token, tag].iter().any(|column| matches!(column, Some(Column::At(_)))) {
        return Err(DataError::NamedColumns { file: file.to_owned(), choice: choice(found) });
    }
    let find = |what: &'static str, named: &Option<Column>, usual: &[&str], fits: fn(Holds) -> bool| {
        let there = |name: &str| found.iter().find(|(column, _)| *column == name);
        let listed = || usual.iter().copied().find(|name| there(name).is_some_and(|(_, holds)| fits(*holds)));
        let name = match named {
            Some(Column::Named(name)) => there(name).map(|(name, _)| *name),
            _ => listed().or_else(|| usual.iter().copied().find(|name| there(name).is_some())),
        };
        name.map(str::to_owned).ok_or_else(|| {
            let needed = match named {
                Some(Column::Named(name)) => format!("{what} (`{name}`)"),
                _ => format!("{what} (`{}`)", usual.join("`, `")),
            };
            DataError::MissingColumn {
                file: file.to_owned(),
                place,
                needed,
                found: listing(found),
                choice: choice(found),
            }
        })
    };
    let token = find("words", token, &TOKENS, |holds| matches!(holds, Holds::Texts | Holds::Empty))?;
    let tag = find("tags", tag, &TAGS, |holds| holds != Holds::Other)?;
    Ok(Pair { token, tag })
}

fn listing(found: &[(&str, Holds)]) -> String {
    let names: Vec<String> = found.iter().map(|(name, _)| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The setting that chooses two of the columns, guessed from what they have; `...` if none fits.
fn choice(found: &[(&str, Holds)]) -> String {
    let like_tags = |name: &str| {
        let name = name.to_lowercase();
        ["tag", "label", "ner"].iter().any(|part| name.contains(part))
    };
    let named = |usual: &[&str], fits: &dyn Fn(&str, Holds) -> bool| {
        let usual =
            usual.iter().find_map(|name| found.iter().find(|(column, holds)| column == name && fits(name, *holds)));
        usual.or_else(|| found.iter().find(|(name, holds)| fits(name, *holds))).map(|(name, _)| *name)
    };
    let listed = |holds| holds != Holds::Other;
    let tag = named(&TAGS, &|name, holds| listed(holds) && like_tags(name))
        .or_else(|| named(&TAGS, &|_, holds| holds == Holds::Numbers));
    let token = named(&TOKENS, &|name, holds| holds == Holds::Texts && !like_tags(name) && Some(name) != tag);
    let tag = tag.or_else(|| named(&TAGS, &|name, holds| listed(holds) && Some(name) != token));
    line(token, tag)
}

/// `data.columns = { token = "words", tag = "labels" }`
pub(super) fn line(token: Option<&str>, tag: Option<&str>) -> String {
    let quoted = |name: Option<&str>| format!("\"{}\"", name.unwrap_or("..."));
    format!("data.columns = {{ token = {}, tag = {} }}", quoted(token), quoted(tag))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn pair(found: &[(&str, Holds)]) -> (String, String) {
        let Pair { token, tag } = choose("a", None, None, found).unwrap();
        (token, tag)
    }

    fn said(chosen: &Columns, found: &[(&str, Holds)]) -> String {
        choose("a.parquet", None, Some(chosen), found).unwrap_err().to_string()
    }

    #[test]
    fn the_usual_names_are_taken_in_their_order_where_they_hold_lists() {
        use Holds::{Numbers, Other, Texts};
        let both = [("id", Other), ("tags", Numbers), ("ner_tags", Numbers), ("tokens", Texts)];
        assert_eq!(pair(&both), ("tokens".to_owned(), "ner_tags".to_owned()));
        let text = [("text", Other), ("words", Texts), ("labels", Texts), ("tags", Other)];
        assert_eq!(pair(&text), ("words".to_owned(), "labels".to_owned()));
        assert_eq!(pair(&[("tokens", Other), ("ner", Other)]), ("tokens".to_owned(), "ner".to_owned()));
    }

    #[test]
    fn what_is_missing_is_said_with_the_line_to_write() {
        use Holds::{Numbers, Other, Texts};
        let found = [("id", Other), ("sentence", Texts), ("fine_ner_tags", Numbers)];
        insta::assert_snapshot!(said(&Columns::default(), &found), @r#"a.parquet: no column for words (`tokens`, `words`, `token`, `text`) among `id`, `sentence`, `fine_ner_tags`; set data.columns = { token = "sentence", tag = "fine_ner_tags" }"#);
        let wrong = Columns { token: None, tag: Some(Column::Named("nr".to_owned())) };
        insta::assert_snapshot!(said(&wrong, &[("tokens", Texts), ("ner", Texts)]), @r#"a.parquet: no column for tags (`nr`) among `tokens`, `ner`; set data.columns = { token = "tokens", tag = "ner" }"#);
        let counted = Columns { token: Some(Column::At(1)), tag: None };
        insta::assert_snapshot!(said(&counted, &[("tokens", Texts), ("ner", Texts)]), @r#"the columns of a.parquet have names, not numbers; set data.columns = { token = "tokens", tag = "ner" }"#);
        insta::assert_snapshot!(said(&Columns::default(), &[("id", Other)]), @r#"a.parquet: no column for words (`tokens`, `words`, `token`, `text`) among `id`; set data.columns = { token = "...", tag = "..." }"#);
    }
}
