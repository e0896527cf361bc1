//! A job's model before it trains, or after it did: configuration, weights, classifier, and what they must have in
//! common with settings and data.

use std::path::Path;

use crate::engine::{Capacity, Engine};
use crate::model::kept::Kept;
use crate::model::{Checkpoint, Config, Head, Layout, Loaded, ModelError, builtin, head};
use crate::spec::{Freeze, Model, Settings, Source};

use super::device::Environment;
use super::error::JobError;
use super::inputs::JobInputs;

/// The configuration of a job's checkpoint; `file`: where its config.json lies, if it is one of files.
pub(super) fn read_config(model: &Model, file: &Path) -> Result<Config, JobError> {
    match &model.checkpoint {
        Source::Builtin(name) => builtin::config(name).ok_or_else(|| JobError::NoSuchBuiltin { name: name.clone() }),
        Source::Hub(_) | Source::Folder { .. } => Ok(Config::read(file)?),
    }
}

/// What a checkpoint and the settings must have in common.
///
/// # Errors
/// Which setting is beyond the checkpoint.
pub(super) fn check_fit(config: &Config, model: &Model) -> Result<(), JobError> {
    let (max_length, longest) = (model.max_length, config.longest());
    if max_length > longest {
        return Err(JobError::MaxLength { max_length, longest });
    }
    match model.freeze {
        Freeze::Layers(asked) if asked > config.layers => Err(JobError::Freeze { asked, layers: config.layers }),
        _ => Ok(()),
    }
}

/// What a job's engine is made for.
pub(super) struct Demand<'a> {
    /// The job's tags.
    pub labels: &'a [String],
    /// The largest piece of all its sentences.
    pub largest_piece: u32,
    /// Of its largest batch.
    pub capacity: Capacity,
}

/// The engine with the checkpoint's weights and a classifier for the data's tags.
pub(super) fn fresh(
    config: Config,
    settings: &Settings,
    inputs: &JobInputs,
    demand: &Demand<'_>,
    environment: &Environment,
) -> Result<(Engine, Loaded), JobError> {
    check_vocabulary(&config, demand)?;
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        let loaded = read_weights(settings, inputs, config, layout, demand.labels, parameters)?;
        if let Head::New { why } = &loaded.head {
            if settings.train.epochs == 0.0 && settings.train.max_steps.is_none() {
                return Err(JobError::Model(ModelError::NoClassifier { why: why.clone() }));
            }
            head::draw(config, layout, settings.train.seed, parameters);
        }
        Ok(loaded)
    };
    Engine::new(config, demand.labels.len(), settings.model.freeze, demand.capacity, &environment.device, fill)
}

/// The engine with the weights of a trained model; what did not learn comes from the checkpoint.
pub(super) fn trained(
    config: Config,
    settings: &Settings,
    inputs: &JobInputs,
    demand: &Demand<'_>,
    environment: &Environment,
    kept: &Kept,
) -> Result<Engine, JobError> {
    check_vocabulary(&config, demand)?;
    let freeze = settings.model.freeze;
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        if kept.description.partial {
            read_weights(settings, inputs, config, layout, demand.labels, parameters)?;
        }
        Ok::<_, JobError>(kept.fill(layout, layout.learning_from(freeze), parameters)?)
    };
    let (engine, ()) = Engine::new(config, demand.labels.len(), freeze, demand.capacity, &environment.device, fill)?;
    Ok(engine)
}

fn check_vocabulary(config: &Config, demand: &Demand<'_>) -> Result<(), JobError> {
    let (piece, rows) = (demand.largest_piece, config.vocabulary);
    if piece as usize >= rows { Err(JobError::Vocabulary { piece, rows }) } else { Ok(()) }
}

fn read_weights(
    settings: &Settings,
    inputs: &JobInputs,
    config: &Config,
    layout: &Layout,
    labels: &[String],
    parameters: &mut [f32],
) -> Result<Loaded, JobError> {
    if let Source::Builtin(_) = settings.model.checkpoint {
        builtin::draw(config, layout, parameters);
        let head = Head::New { why: "the built-in checkpoint has no classifier".to_owned() };
        return Ok(Loaded { head, unused: Vec::new() });
    }
    let paths: Vec<_> = inputs.model.weights.iter().map(|file| file.path.clone()).collect();
    Ok(Checkpoint::open(&paths)?.load(config, layout, labels, parameters)?)
}
