//! The keys of `[train]`.

use super::forms::{COUNT, FACTOR, FRACTION, NOT_NEGATIVE, POSITIVE, SEED};
use crate::spec::form::{Form, Range};
use crate::spec::known_key::{Affects, KnownKey};
use crate::spec::{
    Average, ClassWeights, Decay, Interval, Keep, LossKind, ParameterGroup, Precision, Schedule, Value, Warmup,
};
use crate::words::Word;

/// In the order in which they are shown.
pub(super) static KEYS: &[KnownKey] = &[
    KnownKey::new(
        "train.seed",
        SEED,
        Affects::Training,
        "Seed of the new head, the order of examples and dropout, as separate streams.",
        |s| Some(s.train.seed.into()),
        |s, v| s.train.seed = v.whole(),
    )
    .averaged(),
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
        "train.groups",
        &[Form::Groups],
        Affects::Training,
        "Parameters by their names, with a learning_rate or a weight_decay of their own; the first group that matches counts; []: none.",
        |s| Some(Value::List(s.train.groups.iter().map(Value::from).collect())),
        |s, v| s.train.groups = ParameterGroup::all(v),
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
        "train.loss",
        &[Form::Words(LossKind::WORDS)],
        Affects::Training,
        "What training minimizes: cross-entropy, focal loss (Lin et al. 2017), the self-adjusting Dice loss (Li et al. 2020), or a CRF over each sentence.",
        |s| Some(s.train.loss.into()),
        |s, v| s.train.loss = v.word(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.class_weights",
        &[Form::Words(&[ClassWeights::BALANCED]), Form::Map { names: &[], holds: &Form::Number(Range::Positive) }],
        Affects::Training,
        "How much a word counts in the loss by its tag, 1 where it is not named; \"balanced\": as scikit-learn, by the training rows; unset: all alike.",
        |s| s.train.class_weights.as_ref().map(Value::from),
        |s, v| s.train.class_weights = Some(v.class_weights()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.focal_gamma",
        NOT_NEGATIVE,
        Affects::Training,
        "With loss = \"focal\": how much less words count that the model has right; 0: cross-entropy.",
        |s| Some(s.train.focal_gamma.into()),
        |s, v| s.train.focal_gamma = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.dice_alpha",
        NOT_NEGATIVE,
        Affects::Training,
        "With loss = \"dice\": the power of 1 - p by which words count less that the model has right.",
        |s| Some(s.train.dice_alpha.into()),
        |s, v| s.train.dice_alpha = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.dice_gamma",
        NOT_NEGATIVE,
        Affects::Training,
        "With loss = \"dice\": what smooths the fraction, added above and below.",
        |s| Some(s.train.dice_gamma.into()),
        |s, v| s.train.dice_gamma = v.number(),
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
        "The learning rate after warm-up, as transformers computes it: linear to 0, half a cosine wave, constant, a power, cosine waves, 1/√steps, or constant with a linear end.",
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
        "train.schedule_power",
        POSITIVE,
        Affects::Training,
        "With schedule = \"polynomial\": the power of the share of steps that is left.",
        |s| Some(s.train.schedule_power.into()),
        |s, v| s.train.schedule_power = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.schedule_cycles",
        COUNT,
        Affects::Training,
        "With schedule = \"cosine_with_restarts\": how many times the rate falls to 0.",
        |s| Some(s.train.schedule_cycles.into()),
        |s, v| s.train.schedule_cycles = v.whole(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.min_learning_rate",
        NOT_NEGATIVE,
        Affects::Training,
        "With schedule = \"cosine\" or \"polynomial\": the rate at the end, below learning_rate.",
        |s| Some(s.train.min_learning_rate.into()),
        |s, v| s.train.min_learning_rate = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.decay_steps",
        COUNT,
        Affects::Training,
        "With schedule = \"warmup_stable_decay\": steps over which the rate falls to 0 at the end; or give decay_ratio.",
        |s| if let Decay::Steps(steps) = s.train.decay { Some(steps.into()) } else { None },
        |s, v| s.train.decay = Decay::Steps(v.whole()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.decay_ratio",
        FACTOR,
        Affects::Training,
        "The same as a share of all steps, rounded up; or give decay_steps.",
        |s| if let Decay::Ratio(ratio) = s.train.decay { Some(ratio.into()) } else { None },
        |s, v| s.train.decay = Decay::Ratio(v.number()),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.average",
        &[Form::Words(Average::WORDS)],
        Affects::Training,
        "The weights that are scored and saved: an exponential moving average, the mean over the last steps, or \"none\": those after the last step.",
        |s| Some(s.train.average.into()),
        |s, v| s.train.average = v.word(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.ema_decay",
        FRACTION,
        Affects::Training,
        "With average = \"ema\": the share of the average that a step leaves.",
        |s| Some(s.train.ema_decay.into()),
        |s, v| s.train.ema_decay = v.number(),
    )
    .omitted_at_default(),
    KnownKey::new(
        "train.average_steps",
        COUNT,
        Affects::Training,
        "With average = \"last\": over how many steps at the end of training.",
        |s| s.train.average_steps.map(Value::from),
        |s, v| s.train.average_steps = Some(v.whole()),
    )
    .omitted_at_default(),
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
];
