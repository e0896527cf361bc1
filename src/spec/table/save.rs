//! The keys of `[save]`.

use super::forms::POSITIVE;
use crate::spec::SaveModels;
use crate::spec::form::Form;
use crate::spec::known_key::{Affects, KnownKey};
use crate::words::Word;

/// In the order in which they are shown.
pub(super) static KEYS: &[KnownKey] = &[
    KnownKey::new(
        "save.models",
        &[Form::Words(SaveModels::WORDS)],
        Affects::Nothing,
        "Which trained models stay on disk; auto: all, if they fit 10 GB together.",
        |s| Some(s.save.models.into()),
        |s, v| s.save.models = v.word(),
    ),
    KnownKey::new(
        "save.checkpoint_minutes",
        POSITIVE,
        Affects::Nothing,
        "Minutes between two checkpoints of a running job.",
        |s| Some(s.save.checkpoint_minutes.into()),
        |s, v| s.save.checkpoint_minutes = v.number(),
    ),
];
