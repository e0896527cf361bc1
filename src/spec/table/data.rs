//! The keys of `[data]`.

use super::forms::{ROWS, ROWS_OR_NONE, SEED, SOURCE, TEXT};
use crate::spec::form::Form;
use crate::spec::known_key::{Affects, KnownKey};
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
    KnownKey::new(
        "data.language",
        TEXT,
        Affects::DataFiles,
        "The data set's configuration (subset), such as \"es\": a folder of it.",
        |s| s.data.language.as_deref().map(Value::from),
        |s, v| s.data.language = Some(v.text()),
    ),
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
    KnownKey::new(
        "data.train_size",
        ROWS,
        Affects::Rows(Split::Train),
        "Training rows: the first n of the split in shuffled order, or \"all\".",
        |s| Some(s.data.train_size.into()),
        |s, v| s.data.train_size = v.size(),
    ),
    KnownKey::new(
        "data.validation_size",
        ROWS_OR_NONE,
        Affects::Rows(Split::Validation),
        "Validation rows: the first n of the split, or \"all\"; 0: not scored.",
        |s| Some(s.data.validation_size.into()),
        |s, v| s.data.validation_size = v.size(),
    ),
    KnownKey::new(
        "data.test_size",
        ROWS_OR_NONE,
        Affects::Rows(Split::Test),
        "Test rows: the first n of the split, or \"all\"; 0 leaves the test set untouched during the selection.",
        |s| Some(s.data.test_size.into()),
        |s, v| s.data.test_size = v.size(),
    ),
    KnownKey::new(
        "data.subset_seed",
        SEED,
        Affects::TrainingRows,
        "Seed of the shuffled order from which the training rows are taken.",
        |s| Some(s.data.subset_seed.into()),
        |s, v| s.data.subset_seed = v.whole(),
    )
    .seed(),
    KnownKey::new(
        "data.drop_test_overlap",
        &[Form::Boolean],
        Affects::Corpus,
        "Leave out training sentences whose words are a sentence of the test split, scored or not; train_size counts the others.",
        |s| Some(s.data.drop_test_overlap.into()),
        |s, v| s.data.drop_test_overlap = v.truth(),
    )
    .omitted_at_default(),
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
