//! The origin of an input: a repository, a folder or a built-in.

use std::fmt;

use super::Kind;

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Data set or checkpoint.
    pub kind: Kind,
    /// `owner/name`, the folder or job as written, or `builtin:NAME`.
    pub id: String,
    /// The revision as written; of a job the key of its training; empty for a folder or a built-in.
    pub revision: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&described(self))
    }
}

/// A kind's name in `lock.toml`.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Data => "data",
        Kind::Model => "model",
    }
}

/// An origin's name in messages: `data set owner/name at REVISION`.
pub(super) fn described(origin: &Origin) -> String {
    let kind = if kind_name(origin.kind) == "data" { "data set" } else { "checkpoint" };
    match origin.revision.as_str() {
        "" | "main" => format!("{kind} {}", origin.id),
        revision => format!("{kind} {} at {revision}", origin.id),
    }
}
