//! An entry of the table of keys: what is known of a key, and whether it is part of a job's key.

use super::form::Form;
use super::{Settings, Value};

/// Whether a key is part of a job's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// It bears on the numbers.
    Always,
    /// It bears on the numbers, and came after the first release: at its default it is left out, so that older keys hold.
    UnlessDefault,
    /// It bears on the numbers through the hashes of the input files that it names.
    ThroughInputs,
    /// It does not bear on the numbers.
    Never,
}

/// One key of the experiment file: all that is known of it.
#[derive(Debug)]
pub struct KnownKey {
    /// `table.key`
    pub path: &'static str,
    /// What it takes.
    pub forms: &'static [Form],
    /// What it means, for the schema and for `runner init`.
    pub doc: &'static str,
    /// There is no default.
    pub required: bool,
    /// Whether it is part of a job's key.
    pub bearing: Bearing,
    pub(super) get: fn(&Settings) -> Option<Value>,
    pub(super) set: fn(&mut Settings, &Value),
}

impl KnownKey {
    pub(super) const fn new(
        path: &'static str,
        forms: &'static [Form],
        doc: &'static str,
        get: fn(&Settings) -> Option<Value>,
        set: fn(&mut Settings, &Value),
    ) -> Self {
        Self { path, forms, doc, required: false, bearing: Bearing::Always, get, set }
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn bearing(mut self, bearing: Bearing) -> Self {
        self.bearing = bearing;
        self
    }
}
