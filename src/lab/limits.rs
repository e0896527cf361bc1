//! What settings may ask of a checkpoint's configuration and of a device, and of numbers at all.

use crate::machine::Environment;
use crate::model::{Config, ModelError, Role, check_groups};
use crate::spec::{Adapt, Freeze, LoraTarget, Model, Precision, Settings, Size, Source};
use crate::train::BatchSampler;

use super::error::JobError;

/// What can be seen to be wrong with a job without its data, on any machine. `config`: the checkpoint's, where known.
///
/// # Errors
/// Which setting asks for too much.
pub(super) fn check_settings(settings: &Settings, config: Option<&Config>) -> Result<(), JobError> {
    check_sizes(settings)?;
    if let Some(config) = config {
        check_fit(config, &settings.model)?;
        check_groups(&settings.train.groups, config, settings.model.frozen(config.layers))?;
    }
    if settings.is_untrained() && matches!(settings.model.checkpoint, Source::Builtin(_)) {
        return Err(no_classifier("the built-in checkpoint has no classifier", Vec::new()));
    }
    Ok(())
}

/// What a checkpoint and the settings must have in common.
///
/// # Errors
/// Which setting is beyond the checkpoint.
fn check_fit(config: &Config, model: &Model) -> Result<(), JobError> {
    let (length, longest) = (model.input_length(), config.longest());
    if length.tokens() > longest {
        return Err(JobError::MaxLength { length, longest });
    }
    check_adapt(config, model)?;
    match model.freeze {
        Freeze::Layers(asked) if asked > config.layers => Err(JobError::Freeze { asked, layers: config.layers }),
        _ => Ok(()),
    }
}

/// Whether what is to learn is there.
fn check_adapt(config: &Config, model: &Model) -> Result<(), JobError> {
    let (layers, asked, biases) = (config.layers, model.last_layers, config.biases);
    match model.adapt {
        Adapt::All => Ok(()),
        Adapt::Bitfit if !(biases.attention || biases.up || biases.down || biases.norms) => Err(JobError::NoBiases),
        Adapt::Bitfit => Ok(()),
        Adapt::Lora if config.family.has(Role::GateWeight) && model.lora.targets.contains(&LoraTarget::Up) => {
            Err(JobError::LoraUp)
        }
        Adapt::Lora => {
            let (rank, most) = (model.lora.rank, config.hidden.min(config.intermediate));
            if rank > most { Err(JobError::LoraRank { rank, most }) } else { Ok(()) }
        }
        Adapt::Last if asked > layers => Err(JobError::LastLayers { asked, layers }),
        Adapt::Last => {
            let is_whole =
                |asked: usize| asked == layers || config.group(layers - asked) != config.group(layers - asked - 1);
            if is_whole(asked) {
                return Ok(());
            }
            let next = (asked..=layers).find(|asked| is_whole(*asked)).expect("all layers are whole groups");
            Err(JobError::SharedLayers { asked, next })
        }
    }
}

/// Counts of tokens and steps that settings multiply to must be numbers that a run can reach.
pub(super) fn check_sizes(settings: &Settings) -> Result<(), JobError> {
    /// Beyond it a count of bytes or steps is no number of this program, nor of TOML.
    const MOST: u128 = i64::MAX as u128;
    /// Bytes that a token takes at least, in every model.
    const OF_TOKEN: u128 = 64;
    let (model, train) = (&settings.model, &settings.train);
    let product = |sizes: [usize; 2]| sizes.into_iter().map(|size| size as u128).product::<u128>();
    let tokens = product([train.batch_size, model.input_length().tokens()]).saturating_mul(OF_TOKEN);
    if tokens > MOST {
        let (batch, length) = (train.batch_size, model.input_length());
        let what = format!("train.batch_size = {batch} times {length}");
        return Err(JobError::TooLarge { what, key: "train.batch_size" });
    }
    if product([train.batch_size, train.gradient_accumulation]) > MOST {
        let (batch, group) = (train.batch_size, train.gradient_accumulation);
        let what = format!("train.batch_size = {batch} times train.gradient_accumulation = {group}");
        return Err(JobError::TooLarge { what, key: "train.gradient_accumulation" });
    }
    let rows = match settings.data.train_size {
        Size::Rows(rows) => rows,
        Size::All => 1,
    };
    if u128::from(BatchSampler::new(rows, train).total) > MOST {
        let what = format!("train.epochs = {} over the training rows", train.epochs);
        return Err(JobError::TooLarge { what, key: "train.epochs" });
    }
    Ok(())
}
/// Products of bfloat16, as the table has it.
pub(super) const BF16: &str = "bf16";

/// The number format that `settings` come to on `environment`.
pub(super) fn precision(settings: &Settings, environment: &Environment) -> Result<&'static str, JobError> {
    match (settings.train.precision, environment.has_bf16()) {
        (Precision::Bf16, false) => Err(JobError::Precision),
        (Precision::Bf16 | Precision::Auto, true) => Ok(BF16),
        (Precision::Auto, false) | (Precision::Fp32, _) => Ok("fp32"),
    }
}

/// The error of an evaluation without a classifier.
pub(super) fn no_classifier(why: &str, known: Vec<String>) -> JobError {
    JobError::Model(ModelError::NoClassifier { why: why.to_owned(), known })
}
