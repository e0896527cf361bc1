//! The one table of keys. A new key of the experiment file is one field in `settings` and one entry here: reading,
//! checking, messages, labels, the resolved file, the schema, job keys and the identity of what jobs share follow from it.

use super::form::{Form, Range};
use super::known_key::{Affects, KnownKey};
use super::{
    ClassifierChoice, Columns, Freeze, Interval, Keep, LabelPieces, Precision, SaveModels, Schedule, Scheme, Size,
    Split, Value, Warmup,
};
use crate::words::Word;

const TEXT: &[Form] = &[Form::Text];
const SOURCE: &[Form] = &[Form::Source];
const SEED: &[Form] = &[Form::Whole { least: 0 }];
const COUNT: &[Form] = &[Form::Whole { least: 1 }];
const POSITIVE: &[Form] = &[Form::Number(Range::Positive)];
const NOT_NEGATIVE: &[Form] = &[Form::Number(Range::NotNegative)];
const FRACTION: &[Form] = &[Form::Number(Range::Fraction)];
const FACTOR: &[Form] = &[Form::Number(Range::Factor)];
const ROWS: &[Form] = &[Form::Whole { least: 1 }, Form::Words(&[Size::ALL])];
const ROWS_OR_NONE: &[Form] = &[Form::Whole { least: 0 }, Form::Words(&[Size::ALL])];

/// Every key of the experiment file's tables, in the order in which they are shown.
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
        &[Form::Map { names: Split::WORDS, holds: &Form::Text }],
        Affects::DataFiles,
        "The splits' files by their paths in the data set, or in the folder of data.language; unset: the usual names.",
        |s| s.data.files.as_ref().map(Value::from),
        |s, v| s.data.files = Some(v.files()),
    ),
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
    KnownKey::new(
        "model.checkpoint",
        &[Form::Checkpoint],
        Affects::ModelFiles,
        "The encoder: a hub id, a folder (./, ../, /, ~), \"builtin:NAME\", or a job's model, \"results/NAME:LABEL\".",
        |s| s.model.checkpoint.given(),
        |s, v| s.model.checkpoint = v.source(),
    )
    .required(),
    KnownKey::new(
        "model.revision",
        TEXT,
        Affects::ModelFiles,
        "Branch, tag or commit of the checkpoint; the lock pins the commit.",
        |s| Some(s.model.revision.as_str().into()),
        |s, v| s.model.revision = v.text(),
    ),
    KnownKey::new(
        "model.classifier",
        &[Form::Words(ClassifierChoice::WORDS)],
        Affects::Training,
        "\"keep\": the checkpoint's classifier must fit the data's tags; \"new\": it is replaced; unset: kept where it fits.",
        |s| s.model.classifier.map(Value::from),
        |s, v| s.model.classifier = Some(v.word()),
    ),
    KnownKey::new(
        "model.max_length",
        &[Form::Whole { least: 3 }],
        Affects::Tokens,
        "The longest sentence in subword tokens, special ones included; the rest is cut off and counted.",
        |s| Some(s.model.max_length.into()),
        |s, v| s.model.max_length = v.count(),
    ),
    KnownKey::new(
        "model.freeze",
        &[Form::Boolean, Form::Words(&[Freeze::EMBEDDINGS]), Form::Whole { least: 1 }],
        Affects::Training,
        "What does not learn: true: all but the classifier; \"embeddings\"; n: embeddings and the first n layers.",
        |s| Some(s.model.freeze.into()),
        |s, v| s.model.freeze = v.freeze(),
    ),
    KnownKey::new(
        "model.dropout",
        FRACTION,
        Affects::Training,
        "All of the model's dropout probabilities; unset: the checkpoint's own.",
        |s| s.model.dropout.map(Value::from),
        |s, v| s.model.dropout = Some(v.number()),
    ),
    KnownKey::new(
        "train.seed",
        SEED,
        Affects::Training,
        "Seed of the new head, the order of examples and dropout, as separate streams.",
        |s| Some(s.train.seed.into()),
        |s, v| s.train.seed = v.whole(),
    )
    .seed(),
    KnownKey::new(
        "train.epochs",
        NOT_NEGATIVE,
        Affects::Training,
        "Passes over the training rows, fractions allowed; 0 evaluates the checkpoint as it is.",
        |s| Some(s.train.epochs.into()),
        |s, v| s.train.epochs = v.number(),
    ),
    KnownKey::new(
        "train.max_steps",
        COUNT,
        Affects::Training,
        "Steps after which training stops, in place of epochs; unset: as epochs says.",
        |s| s.train.max_steps.map(Value::from),
        |s, v| s.train.max_steps = Some(v.whole()),
    ),
    KnownKey::new(
        "train.batch_size",
        COUNT,
        Affects::Training,
        "Sentences in a batch.",
        |s| Some(s.train.batch_size.into()),
        |s, v| s.train.batch_size = v.count(),
    ),
    KnownKey::new(
        "train.gradient_accumulation",
        COUNT,
        Affects::Training,
        "Batches in a step.",
        |s| Some(s.train.gradient_accumulation.into()),
        |s, v| s.train.gradient_accumulation = v.count(),
    ),
    KnownKey::new(
        "train.learning_rate",
        POSITIVE,
        Affects::Training,
        "The highest learning rate.",
        |s| Some(s.train.learning_rate.into()),
        |s, v| s.train.learning_rate = v.number(),
    ),
    KnownKey::new(
        "train.head_learning_rate",
        POSITIVE,
        Affects::Training,
        "The classifier's highest learning rate; unset: the same.",
        |s| s.train.head_learning_rate.map(Value::from),
        |s, v| s.train.head_learning_rate = Some(v.number()),
    ),
    KnownKey::new(
        "train.layer_decay",
        FACTOR,
        Affects::Training,
        "What the rate is multiplied by for each layer below the classifier; unset: all layers learn at one rate.",
        |s| s.train.layer_decay.map(Value::from),
        |s, v| s.train.layer_decay = Some(v.number()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.label_smoothing",
        FRACTION,
        Affects::Training,
        "Share of the target that goes to all tags alike, the rest to the right one, as Trainer's label_smoothing_factor; 0: none.",
        |s| Some(s.train.label_smoothing.into()),
        |s, v| s.train.label_smoothing = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.weight_decay",
        NOT_NEGATIVE,
        Affects::Training,
        "AdamW's decay of all but biases and norms.",
        |s| Some(s.train.weight_decay.into()),
        |s, v| s.train.weight_decay = v.number(),
    ),
    KnownKey::new(
        "train.adam_beta1",
        FRACTION,
        Affects::Training,
        "Decay of Adam's mean of gradients.",
        |s| Some(s.train.adam_beta1.into()),
        |s, v| s.train.adam_beta1 = v.number(),
    ),
    KnownKey::new(
        "train.adam_beta2",
        FRACTION,
        Affects::Training,
        "Decay of Adam's mean of squared gradients.",
        |s| Some(s.train.adam_beta2.into()),
        |s, v| s.train.adam_beta2 = v.number(),
    ),
    KnownKey::new(
        "train.adam_epsilon",
        POSITIVE,
        Affects::Training,
        "Added to the root of Adam's mean of squared gradients.",
        |s| Some(s.train.adam_epsilon.into()),
        |s, v| s.train.adam_epsilon = v.number(),
    ),
    KnownKey::new(
        "train.schedule",
        &[Form::Words(Schedule::WORDS)],
        Affects::Training,
        "The learning rate after warm-up: linear to 0, half a cosine wave to 0, or constant.",
        |s| Some(s.train.schedule.into()),
        |s, v| s.train.schedule = v.word(),
    ),
    KnownKey::new(
        "train.warmup_steps",
        &[Form::Whole { least: 0 }],
        Affects::Training,
        "Steps over which the learning rate rises from 0; or give warmup_ratio.",
        |s| if let Warmup::Steps(steps) = s.train.warmup { Some(steps.into()) } else { None },
        |s, v| s.train.warmup = Warmup::Steps(v.whole()),
    ),
    KnownKey::new(
        "train.warmup_ratio",
        &[Form::Number(Range::Share)],
        Affects::Training,
        "Warm-up as a share of all steps, rounded up; or give warmup_steps.",
        |s| if let Warmup::Ratio(ratio) = s.train.warmup { Some(ratio.into()) } else { None },
        |s, v| s.train.warmup = Warmup::Ratio(v.number()),
    ),
    KnownKey::new(
        "train.max_grad_norm",
        NOT_NEGATIVE,
        Affects::Training,
        "Gradients are scaled down to this norm; 0: never.",
        |s| Some(s.train.max_grad_norm.into()),
        |s, v| s.train.max_grad_norm = v.number(),
    ),
    KnownKey::new(
        "train.precision",
        &[Form::Words(Precision::WORDS)],
        Affects::Features,
        "Number format of the matrix products; auto: fp32 on a CPU, bf16 on CUDA where the GPU has it.",
        |s| Some(s.train.precision.into()),
        |s, v| s.train.precision = v.word(),
    ),
    KnownKey::new(
        "train.cache_features",
        &[Form::Boolean],
        Affects::Training,
        "With freeze = true: the encoder runs once over each sentence, without its dropout, for all epochs and jobs.",
        |s| Some(s.train.cache_features.into()),
        |s, v| s.train.cache_features = v.truth(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.log_every",
        COUNT,
        Affects::Nothing,
        "Steps between two rows of curves.csv.",
        |s| Some(s.train.log_every.into()),
        |s, v| s.train.log_every = v.whole(),
    ),
    KnownKey::new(
        "train.evaluate_every",
        &[Form::Words(&[Interval::EPOCH]), Form::Whole { least: 1 }],
        Affects::Training,
        "How often the validation split is scored: \"epoch\" or every n steps, and at the end; unset: never.",
        |s| s.train.evaluate_every.map(Value::from),
        |s, v| s.train.evaluate_every = Some(v.interval()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.keep",
        &[Form::Words(Keep::WORDS)],
        Affects::Training,
        "Which weights are scored in the end: the last, or those of the best validation entity_f1.",
        |s| Some(s.train.keep.into()),
        |s, v| s.train.keep = v.word(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.patience",
        COUNT,
        Affects::Training,
        "Evaluations in a row without a better score after which training ends; unset: never.",
        |s| s.train.patience.map(Value::from),
        |s, v| s.train.patience = Some(v.whole()),
    )
    .omitted_at_default(),
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
