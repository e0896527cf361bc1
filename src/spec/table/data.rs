//! The keys of `[data]`.

use super::forms::{SOURCE, TEXT};
use crate::spec::form::Form;
use crate::spec::known_key::{Affects, KnownKey};
use crate::spec::row_keys;
use crate::spec::{Columns, FileFormat, LabelPieces, Scheme, SpanEnds, Split, Value};
use crate::words::Word;

/// In the order in which they are shown.
pub(super) static KEYS: &[KnownKey] = &[
    KnownKey::new(
        "data.dataset",
        SOURCE,
        Affects::DataFiles,
        "The data set: a hub id, a folder (./, ../, / or ~, relative to this file), or \"builtin:NAME\".",
        |s| s.data.dataset.given(),
        |s, v| s.data.dataset = v.source(),
    )
    .required(),
    KnownKey::new(
        "data.revision",
        TEXT,
        Affects::DataFiles,
        "Branch, tag or commit of the data set; the lock pins the commit.",
        |s| Some(s.data.revision.as_str().into()),
        |s, v| s.data.revision = v.text(),
    ),
    row_keys::LANGUAGE,
    row_keys::LANGUAGE_WEIGHTS,
    KnownKey::new(
        "data.files",
        &[Form::Map { names: Split::WORDS, holds: &Form::TextOrTexts }],
        Affects::DataFiles,
        "The splits' files by their paths in the data set, or in the folder of data.language: a path, a glob with `*`, or a list of them; unset: the usual names.",
        |s| s.data.files.as_ref().map(Value::from),
        |s, v| s.data.files = Some(v.files()),
    ),
    KnownKey::new(
        "data.splits",
        &[Form::Map { names: Split::WORDS, holds: &Form::Text }],
        Affects::DataFiles,
        "The names that splits have in the data set, such as { test = \"test_2021\" }; unset: the usual names.",
        |s| Some(&s.data.splits).filter(|splits| !splits.is_empty()).map(Value::from),
        |s, v| s.data.splits = v.text_map(),
    ),
    KnownKey::new(
        "data.format",
        &[Form::Words(FileFormat::WORDS)],
        Affects::Reading,
        "How the data files are read; unset: by the ending of each name.",
        |s| s.data.format.map(Value::from),
        |s, v| s.data.format = Some(v.word()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "data.span_ends",
        &[Form::Words(SpanEnds::WORDS)],
        Affects::Reading,
        "What becomes of an entity given by characters whose ends are not those of words: an error, or (unset) widened to whole words and counted.",
        |s| s.data.span_ends.map(Value::from),
        |s, v| s.data.span_ends = Some(v.word()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "data.columns",
        &[Form::Map { names: &Columns::NAMES, holds: &Form::Column }],
        Affects::Reading,
        "Which columns hold token and tag: of a text file counted from 1 (unset: the first and the last), of other files by name.",
        |s| s.data.columns.as_ref().map(Value::from),
        |s, v| s.data.columns = Some(v.columns()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "data.scheme",
        &[Form::Words(Scheme::WORDS)],
        Affects::Reading,
        "The scheme of the data's tags, checked and converted to IOB2; \"bioes\" also with L- and U- (BILOU) or M- (BMES); \"types\": X alone; unset: O, B-X and I-X as they stand.",
        |s| s.data.scheme.map(Value::from),
        |s, v| s.data.scheme = Some(v.word()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "data.label_map",
        &[Form::Map { names: &[], holds: &Form::Type }],
        Affects::Reading,
        "What becomes of entity types, in all splits and after data.scheme: another type, or \"O\" to drop one.",
        |s| Some((&s.data.label_map).into()),
        |s, v| s.data.label_map = v.text_map(),
    )
    .omitted_at_default(),
    row_keys::TRAIN_SIZE,
    row_keys::VALIDATION_SIZE,
    row_keys::TEST_SIZE,
    row_keys::VALIDATION,
    row_keys::VALIDATION_SEED,
    row_keys::STRATIFY,
    row_keys::FOLDS,
    row_keys::FOLD,
    row_keys::SUBSET_SEED,
    row_keys::DROP_TEST_OVERLAP,
    KnownKey::new(
        "data.labels",
        &[Form::Tags],
        Affects::Corpus,
        "The tag set, in order, after scheme and label_map; unset: as the data says.",
        |s| s.data.labels.as_deref().map(Value::from),
        |s, v| s.data.labels = Some(v.texts()),
    ),
    KnownKey::new(
        "data.label_pieces",
        &[Form::Words(LabelPieces::WORDS)],
        Affects::TrainingLabels,
        "Which tokens of a word learn its tag: the first, or all (I-X after the first of B-X); the first predicts it.",
        |s| Some(s.data.label_pieces.into()),
        |s, v| s.data.label_pieces = v.word(),
    )
    .omitted_at_default(),
];
