//! The keys of `[model]`.

use super::forms::{FRACTION, POSITIVE, TEXT};
use crate::spec::form::Form;
use crate::spec::known_key::{Affects, KnownKey};
use crate::spec::{Adapt, ClassifierChoice, Decoding, Freeze, LoraTarget, TokenizerRules, Value};
use crate::words::Word;

/// In the order in which they are shown.
pub(super) static KEYS: &[KnownKey] = &[
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
        "model.window",
        &[Form::Boolean, Form::Whole { least: 3 }],
        Affects::Tokens,
        "Longer sentences are read whole, in overlapping windows: true: of max_length tokens; n: of n tokens; false: they are cut off.",
        |s| Some(s.model.window.into()),
        |s, v| s.model.window = v.window(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.stride",
        &[Form::Whole { least: 0 }],
        Affects::Tokens,
        "With model.window: tokens that two neighboring windows share, as `stride` of transformers' tokenizers; unset: half of a window.",
        |s| s.model.stride.map(Value::from),
        |s, v| s.model.stride = Some(v.count()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.tokenizer",
        &[Form::Words(TokenizerRules::WORDS)],
        Affects::Tokens,
        "How the tokenizer's files are read: \"file\": as they say; \"transformers\": as transformers 5 does, with its classes' own defaults.",
        |s| Some(s.model.tokenizer.into()),
        |s, v| s.model.tokenizer = v.word(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.freeze",
        &[Form::Boolean, Form::Words(&[Freeze::EMBEDDINGS]), Form::Whole { least: 1 }],
        Affects::Training,
        "What does not learn: true: all but the classifier; \"embeddings\"; n: embeddings and the first n layers.",
        |s| Some(s.model.freeze.into()),
        |s, v| s.model.freeze = v.freeze(),
    ),
    KnownKey::new(
        "model.adapt",
        &[Form::Words(Adapt::WORDS)],
        Affects::Training,
        "What learns beside the classifier: \"all\" that freeze leaves; \"last\": the last layers; \"bitfit\": biases (Ben Zaken et al. 2022); \"lora\": adapters of low rank (Hu et al. 2021).",
        |s| Some(s.model.adapt.into()),
        |s, v| s.model.adapt = v.word(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.last_layers",
        &[Form::Whole { least: 1 }],
        Affects::Training,
        "With adapt = \"last\": how many layers learn.",
        |s| Some(s.model.last_layers.into()),
        |s, v| s.model.last_layers = v.count(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.lora_rank",
        &[Form::Whole { least: 1 }],
        Affects::Training,
        "With adapt = \"lora\": the rank of B·A, which is added to a weight.",
        |s| Some(s.model.lora.rank.into()),
        |s, v| s.model.lora.rank = v.count(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.lora_alpha",
        POSITIVE,
        Affects::Training,
        "With adapt = \"lora\": B·A is added lora_alpha/lora_rank times.",
        |s| Some(s.model.lora.alpha.into()),
        |s, v| s.model.lora.alpha = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.lora_dropout",
        FRACTION,
        Affects::Training,
        "With adapt = \"lora\": the probability by which an adapter's input is dropped.",
        |s| Some(s.model.lora.dropout.into()),
        |s, v| s.model.lora.dropout = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.lora_targets",
        &[Form::SomeOf(LoraTarget::WORDS)],
        Affects::Training,
        "With adapt = \"lora\": the linear layers of each layer that have an adapter; up and down are those of its feed-forward part.",
        |s| Some(s.model.lora.targets[..].into()),
        |s, v| s.model.lora.targets = v.lora_targets(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "model.dropout",
        FRACTION,
        Affects::Training,
        "All of the model's dropout probabilities; unset: the checkpoint's own.",
        |s| s.model.dropout.map(Value::from),
        |s, v| s.model.dropout = Some(v.number()),
    ),
    KnownKey::new(
        "model.decoding",
        &[Form::Words(Decoding::WORDS)],
        Affects::Decoding,
        "How scores become tags: \"argmax\": each word's best; \"constrained\": the best sequence that IOB2 allows. A CRF always has its best sequence.",
        |s| Some(s.model.decoding.into()),
        |s, v| s.model.decoding = v.word(),
    )
    .omitted_at_default(),
];
