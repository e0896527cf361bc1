//! A job's model before it trains, or after it did: configuration, weights, classifier, and what they must have in
//! common with settings and data.

use tracing::info;

use crate::engine::{Capacity, Device, Engine, planned_bytes};
use crate::machine::memory;
use crate::model::kept::Kept;
use crate::model::{Checkpoint, Config, Head, Layout, Loaded, ModelError, builtin, head};
use crate::spec::{Freeze, Settings, Source};

use super::error::{JobError, Unusable};
use super::limits::{check_sizes, is_untrained};
use super::task::Subject;

/// What a job's engine is made for.
pub(super) struct Demand<'a> {
    /// The job's tags.
    pub labels: &'a [String],
    /// Of its largest batch.
    pub capacity: Capacity,
}

/// The engine with the checkpoint's weights and a classifier for the data's tags.
pub(super) fn fresh(
    config: Config,
    subject: &Subject,
    demand: &Demand<'_>,
    device: Device,
) -> Result<(Engine, Loaded), JobError> {
    let settings = &subject.settings;
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        let loaded = if settings.train.cache_features {
            let head = read_classifier(subject, config, layout, demand.labels, parameters)?;
            Loaded { head, unused: Vec::new() }
        } else {
            read_weights(subject, config, layout, demand.labels, parameters)?
        };
        if let Head::New { why, .. } = &loaded.head {
            if is_untrained(settings) {
                return Err(JobError::Model(ModelError::NoClassifier {
                    why: why.clone(),
                    known: head::wider_tags(config, demand.labels),
                }));
            }
            head::draw(config, layout, settings.train.seed, parameters);
        }
        Ok(loaded)
    };
    if !settings.train.cache_features {
        check_weights(subject, &config, demand)?;
    }
    engine(config, settings, demand, device, fill)
}

/// Whether the checkpoint's weights are those of its configuration, before memory is taken for what that says.
fn check_weights(subject: &Subject, config: &Config, demand: &Demand<'_>) -> Result<(), JobError> {
    let Some(checkpoint) = open(subject)? else { return Ok(()) };
    Ok(checkpoint.check(config, &Layout::new(config, demand.labels.len()))?)
}

/// The engine with the weights of a trained model; what did not learn comes from the checkpoint.
pub(super) fn trained(
    config: Config,
    subject: &Subject,
    demand: &Demand<'_>,
    device: Device,
    kept: &Kept,
) -> Result<Engine, JobError> {
    let settings = &subject.settings;
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        if kept.description.partial && !settings.train.cache_features {
            read_weights(subject, config, layout, demand.labels, parameters)?;
        }
        let learning_from = layout.learning_from(settings.model.freeze);
        kept.fill(layout, learning_from, parameters).map_err(|damaged| JobError::from(Unusable::Model(damaged)))
    };
    Ok(engine(config, settings, demand, device, fill)?.0)
}

/// A whole model, or, over features, its classifier alone.
fn engine<R>(
    config: Config,
    settings: &Settings,
    demand: &Demand<'_>,
    device: Device,
    fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, JobError>,
) -> Result<(Engine, R), JobError> {
    let labels = demand.labels.len();
    check_sizes(settings)?;
    let freeze = (!settings.train.cache_features).then_some(settings.model.freeze);
    if matches!(device, Device::Cpu) {
        memory::check(planned_bytes(&config, labels, freeze, demand.capacity))?;
    }
    match settings.train.cache_features {
        true => Engine::over_features(config, labels, demand.capacity, device, fill),
        false => Engine::new(config, labels, settings.model.freeze, demand.capacity, device, fill),
    }
}

/// The checkpoint's encoder, to compute features with.
pub(super) fn encoder(
    config: Config,
    subject: &Subject,
    demand: &Demand<'_>,
    device: Device,
) -> Result<Engine, JobError> {
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        read_weights(subject, config, layout, demand.labels, parameters)
    };
    let labels = demand.labels.len();
    check_weights(subject, &config, demand)?;
    if matches!(device, Device::Cpu) {
        memory::check(planned_bytes(&config, labels, Some(Freeze::Encoder), demand.capacity))?;
    }
    let (engine, loaded) = Engine::new(config, labels, Freeze::Encoder, demand.capacity, device, fill)?;
    info!(unused = loaded.unused.join(" "), "encoder loaded");
    Ok(engine)
}

/// What the embedding must have in common with the largest piece of all sentences.
pub(super) fn check_vocabulary(config: &Config, piece: u32) -> Result<(), JobError> {
    let rows = config.vocabulary;
    if piece as usize >= rows { Err(JobError::Vocabulary { piece, rows }) } else { Ok(()) }
}

fn read_weights(
    subject: &Subject,
    config: &Config,
    layout: &Layout,
    labels: &[String],
    parameters: &mut [f32],
) -> Result<Loaded, JobError> {
    let Some(checkpoint) = open(subject)? else {
        builtin::draw(config, layout, parameters);
        return Ok(Loaded { head: builtin_head(), unused: Vec::new() });
    };
    Ok(checkpoint.load(config, layout, labels, parameters)?)
}

fn read_classifier(
    subject: &Subject,
    config: &Config,
    layout: &Layout,
    labels: &[String],
    parameters: &mut [f32],
) -> Result<Head, JobError> {
    let Some(checkpoint) = open(subject)? else { return Ok(builtin_head()) };
    Ok(checkpoint.load_classifier(config, layout, labels, parameters)?)
}

fn builtin_head() -> Head {
    Head::New { why: "the built-in checkpoint has no classifier".to_owned(), set_aside: false }
}

/// The checkpoint's files; none where the program has it in itself.
fn open(subject: &Subject) -> Result<Option<Checkpoint>, JobError> {
    if let Source::Builtin(_) = subject.settings.model.checkpoint {
        return Ok(None);
    }
    let paths: Vec<_> = subject.inputs.model.weights.iter().map(|file| file.path.clone()).collect();
    Ok(Some(Checkpoint::open(&paths)?))
}
