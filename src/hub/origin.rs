//! Which repository, folder or built-in thing an input is, and what messages call it.

use super::Kind;

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// What it holds.
    pub kind: Kind,
    /// `owner/name`, the folder as written, or `builtin:NAME`.
    pub id: String,
    /// The revision asked for; empty for a folder and what is built in.
    pub revision: String,
}

/// A kind's name in `lock.toml`.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Data => "data",
        Kind::Model => "model",
    }
}

/// An origin as messages name it.
pub(super) fn described(origin: &Origin) -> String {
    let kind = if kind_name(origin.kind) == "data" { "data set" } else { "checkpoint" };
    match origin.revision.as_str() {
        "" | "main" => format!("{kind} {}", origin.id),
        revision => format!("{kind} {} at {revision}", origin.id),
    }
}
