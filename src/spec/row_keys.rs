//! Entries of the table of keys that say which rows of a data set a job uses, and as which split.

use super::form::{Form, Range};
use super::known_key::{Affects, KnownKey};
use super::{Size, Split, Value};

const ROWS: &[Form] = &[Form::Whole { least: 1 }, Form::Words(&[Size::ALL])];
const ROWS_OR_NONE: &[Form] = &[Form::Whole { least: 0 }, Form::Words(&[Size::ALL])];
const SEED: &[Form] = &[Form::Whole { least: 0 }];

pub(super) const LANGUAGE: KnownKey = KnownKey::new(
    "data.language",
    &[Form::Languages],
    Affects::DataFiles,
    "The data set's configuration (subset), such as \"es\": a folder of it; a list, such as [\"es\", \"it\"]: all of them as one set, in this order.",
    |s| s.data.language.as_ref().map(Value::from),
    |s, v| s.data.language = Some(v.languages()),
);

pub(super) const LANGUAGE_WEIGHTS: KnownKey = KnownKey::new(
    "data.language_weights",
    &[Form::Map { names: &[], holds: &Form::Number(Range::Positive) }],
    Affects::TrainingRows,
    "How train_size is divided among the languages of a list, { es = 3, it = 1 }; unset: the first rows of all of them, shuffled.",
    |s| Some(&s.data.language_weights).filter(|weights| !weights.is_empty()).map(Value::from),
    |s, v| s.data.language_weights = v.number_map(),
)
.omitted_at_default();

pub(super) const TRAIN_SIZE: KnownKey = KnownKey::new(
    "data.train_size",
    ROWS,
    Affects::Rows(Split::Train),
    "Training rows: the first n of the split in shuffled order, or \"all\".",
    |s| Some(s.data.train_size.into()),
    |s, v| s.data.train_size = v.size(),
);

pub(super) const VALIDATION_SIZE: KnownKey = KnownKey::new(
    "data.validation_size",
    ROWS_OR_NONE,
    Affects::Rows(Split::Validation),
    "Validation rows: the first n of the split, or \"all\"; 0: not scored. With data.validation or data.folds the default is \"all\".",
    |s| Some(s.data.size(Split::Validation).into()),
    |s, v| s.data.validation_size = Some(v.size()),
);

pub(super) const TEST_SIZE: KnownKey = KnownKey::new(
    "data.test_size",
    ROWS_OR_NONE,
    Affects::Rows(Split::Test),
    "Test rows: the first n of the split, or \"all\"; 0 leaves the test set untouched during the selection.",
    |s| Some(s.data.test_size.into()),
    |s, v| s.data.test_size = v.size(),
);

pub(super) const VALIDATION: KnownKey = KnownKey::new(
    "data.validation",
    &[Form::Number(Range::Open), Form::Whole { least: 1 }],
    Affects::Corpus,
    "Takes the validation split from the training split: a share of its rows or a number of them; unset: the data set has one.",
    |s| s.data.validation.map(Value::from),
    |s, v| s.data.validation = Some(v.held_out()),
)
.omitted_at_default();

pub(super) const VALIDATION_SEED: KnownKey = KnownKey::new(
    "data.validation_seed",
    SEED,
    Affects::Corpus,
    "Seed of the shuffled order from which data.validation and data.folds take rows.",
    |s| Some(s.data.validation_seed.into()),
    |s, v| s.data.validation_seed = v.whole(),
)
.omitted_at_default();

pub(super) const STRATIFY: KnownKey = KnownKey::new(
    "data.stratify",
    &[Form::Boolean],
    Affects::Corpus,
    "With data.validation or data.folds: each part has its share of the entities of every type, by iterative stratification.",
    |s| Some(s.data.stratify.into()),
    |s, v| s.data.stratify = v.truth(),
)
.omitted_at_default();

pub(super) const FOLDS: KnownKey = KnownKey::new(
    "data.folds",
    &[Form::Whole { least: 2 }],
    Affects::Corpus,
    "Cuts the training split into so many folds, of which data.fold is the validation split and the others are trained on.",
    |s| s.data.folds.map(Value::from),
    |s, v| s.data.folds = Some(v.count()),
)
.omitted_at_default();

pub(super) const FOLD: KnownKey = KnownKey::new(
    "data.fold",
    SEED,
    Affects::Corpus,
    "The fold that is the validation split, from 0; usually an axis, data.fold = [0, 1, 2, 3, 4]. Scores are averaged over it.",
    |s| s.data.fold.map(Value::from),
    |s, v| s.data.fold = Some(v.count()),
)
.averaged()
.omitted_at_default();

pub(super) const SUBSET_SEED: KnownKey = KnownKey::new(
    "data.subset_seed",
    SEED,
    Affects::TrainingRows,
    "Seed of the shuffled order from which the training rows are taken.",
    |s| Some(s.data.subset_seed.into()),
    |s, v| s.data.subset_seed = v.whole(),
)
.averaged();

pub(super) const DROP_TEST_OVERLAP: KnownKey = KnownKey::new(
    "data.drop_test_overlap",
    &[Form::Boolean],
    Affects::Corpus,
    "Leave out training sentences whose words are a sentence of the test split, scored or not; train_size counts the others.",
    |s| Some(s.data.drop_test_overlap.into()),
    |s, v| s.data.drop_test_overlap = v.truth(),
)
.omitted_at_default();
