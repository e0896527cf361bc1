//! An entry of the table of keys: what is known of a key, what it affects, and how it enters a job's key.

use super::form::Form;
use super::{Settings, Split, Value};

/// The first thing that a key affects. What is made from that thing, it affects as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affects {
    /// Which files of the data set are read.
    DataFiles,
    /// The sentences and tags that are read from them.
    Reading,
    /// The corpus made of these: its tag set, the sentences that are left out.
    Corpus,
    /// How many rows of a split are used.
    Rows(Split),
    /// Which rows the model is trained on.
    TrainingRows,
    /// Which subword tokens of these rows have a tag.
    TrainingLabels,
    /// Which files of the checkpoint are read.
    ModelFiles,
    /// The subword tokens of a sentence.
    Tokens,
    /// The hidden states of a fixed encoder.
    Features,
    /// The trained model.
    Training,
    /// Which tags a trained model gives to words.
    Decoding,
    /// No result, but what is logged and kept on disk.
    Nothing,
}

/// How a setting enters a job's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InJobKey {
    /// By its value.
    Always,
    /// By its value, unless that is the default.
    UnlessDefault,
    /// By the hashes of the files that it names.
    AsHashes,
    /// Not at all.
    Never,
}

/// One key of the experiment file: all that is known of it.
#[derive(Debug)]
pub struct KnownKey {
    /// `table.key`
    pub path: &'static str,
    /// What it takes.
    pub forms: &'static [Form],
    /// What it means, for the schema, docs/keys.md and `runner init`.
    pub doc: &'static str,
    /// What it affects.
    pub affects: Affects,
    /// There is no default.
    pub required: bool,
    /// Scores are averaged over its values: a seed, or the folds of a data set.
    pub averaged: bool,
    /// It came after the first release: at its default it is left out of job keys, so that older ones hold.
    omitted_at_default: bool,
    pub(super) get: fn(&Settings) -> Option<Value>,
    /// Takes values that were read against `forms`.
    pub(super) set: fn(&mut Settings, &Value),
}

impl KnownKey {
    pub(super) const fn new(
        path: &'static str,
        forms: &'static [Form],
        affects: Affects,
        doc: &'static str,
        get: fn(&Settings) -> Option<Value>,
        set: fn(&mut Settings, &Value),
    ) -> Self {
        Self { path, forms, doc, affects, required: false, averaged: false, omitted_at_default: false, get, set }
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn averaged(mut self) -> Self {
        self.averaged = true;
        self
    }

    pub(super) const fn omitted_at_default(mut self) -> Self {
        self.omitted_at_default = true;
        self
    }

    /// How the key's setting enters a job's key.
    pub fn in_job_key(&self) -> InJobKey {
        match self.affects {
            Affects::DataFiles | Affects::ModelFiles => InJobKey::AsHashes,
            Affects::Nothing => InJobKey::Never,
            _ if self.omitted_at_default => InJobKey::UnlessDefault,
            _ => InJobKey::Always,
        }
    }
}
