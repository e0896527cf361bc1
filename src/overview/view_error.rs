//! Why results cannot be shown as they were asked for, and what to do.

use crate::results::ResultsError;
use crate::words::Word;

use super::quantity::{TypeNumber, UnknownQuantity};

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// A key that no row has.
    #[error("{option} {name}: no row has this key{}; the keys that vary are {}",
        near.as_ref().map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default(), list(known))]
    UnknownKey {
        /// The option.
        option: &'static str,
        /// The key as it was given.
        name: String,
        /// The nearest name.
        near: Option<String>,
        /// The keys that vary.
        known: Vec<String>,
    },
    /// A short name of several keys.
    #[error("{option} {name}: this may be {}; write it in full", keys.join(" or "))]
    Ambiguous {
        /// The option.
        option: &'static str,
        /// The name as it was given.
        name: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// A part of `--only` without a value.
    #[error("--only {part}: there is no `=`; write KEY=VALUE,...")]
    NoValue {
        /// The part.
        part: String,
    },
    /// A value that no row has.
    #[error("--only {name}={value}: no row has this value; {name} is one of {}", list(known))]
    UnknownValue {
        /// The key.
        name: String,
        /// The value.
        value: String,
        /// The values that there are.
        known: Vec<String>,
    },
    /// Values that no row has together.
    #[error("--only {only}: no row has all of these values")]
    NothingSelected {
        /// The option's text.
        only: String,
    },
    /// A set that no folder has.
    #[error("--set {name}: no folder has this evaluation set{}; {}",
        near.as_ref().map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default(),
        if known.is_empty() { "there are none: write [[evaluate]] in the experiment".to_owned() } else { format!("there are {}", list(known)) })]
    UnknownSet {
        /// The set.
        name: String,
        /// The nearest name.
        near: Option<String>,
        /// The sets that there are.
        known: Vec<String>,
    },
    /// Settings that would share a cell.
    #[error(
        "{key} varies, and is neither in --rows nor in --columns: add it to one of them, or choose one value with --only {key}={first} (there are {})",
        list(values)
    )]
    SharedCell {
        /// The key.
        key: String,
        /// Its first value.
        first: String,
        /// All values.
        values: Vec<String>,
    },
    /// A key among the rows and the columns.
    #[error("{key} is in --rows and in --columns: remove one of them")]
    Twice {
        /// The key.
        key: String,
    },
    /// No score of this name.
    #[error(transparent)]
    Quantity(#[from] UnknownQuantity),
    /// No number of types of this name.
    #[error("--value {name}: with --types there are {}", TypeNumber::WORDS.join(", "))]
    TypeNumber {
        /// The name.
        name: String,
    },
    /// Nothing is there.
    #[error("{} no rows yet: run the experiment first", if names.len() == 1 { format!("{} has", names[0]) } else { format!("{} have", list(names)) })]
    NoRows {
        /// The folders.
        names: Vec<String>,
    },
    /// No row has types.
    #[error("--types: no row has entity types; they are in per_entity.csv")]
    NoTypes,
    /// What the system or git says.
    #[error(transparent)]
    Results(#[from] ResultsError),
}

/// Names in a sentence; of many the first.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names.len() {
        0 => "none".to_owned(),
        count if count <= SHOWN => names.join(", "),
        count => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
    }
}
