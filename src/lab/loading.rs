//! A job's model before it trains, or after it did: configuration, weights, classifier, and what they must have in
//! common with settings and data.

use tracing::info;

use crate::engine::{Capacity, Device, Engine, Learns, planned_bytes};
use crate::machine::memory;
use crate::model::saved::SavedModel;
use crate::model::{Checkpoint, Config, Head, Layout, Loaded, ModelError, adapters, builtin, head};
use crate::spec::{Average, Freeze, Settings, Source};

use super::error::{JobError, Unusable};
use super::limits::check_sizes;
use super::task::JobPart;

/// What a job's engine is made for.
pub(super) struct EngineSize<'a> {
    /// The job's tags.
    pub labels: &'a [String],
    /// Of its largest batch.
    pub capacity: Capacity,
}

/// The engine with the checkpoint's weights and a classifier for the data's tags.
pub(super) fn fresh(
    config: Config,
    part: &JobPart,
    size: &EngineSize<'_>,
    device: Device,
) -> Result<(Engine, Loaded), JobError> {
    let settings = &part.settings;
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        // a checkpoint may lack the layer before the classifier; where it has one, that is read over this
        head::draw_layer(config, layout, settings.train.seed, parameters);
        adapters::draw(layout, settings.train.seed, parameters);
        let mut loaded = if settings.train.cache_features {
            let head = read_classifier(part, config, layout, size.labels, parameters)?;
            Loaded { head, unused: Vec::new() }
        } else {
            read_weights(part, config, layout, size.labels, parameters)?
        };
        loaded.head = head::chosen(loaded.head, settings.model.classifier)?;
        if loaded.head.why_new().is_some() {
            head::draw(config, layout, settings.train.seed, parameters);
        }
        let crf_is_kept = read_crf(part, config, layout, &mut loaded, size.labels, parameters)?;
        let why = loaded.head.why_new().or((!crf_is_kept).then_some(head::NO_CRF));
        if let Some(why) = why.filter(|_| settings.is_untrained()) {
            let known = head::wider_tags(config, size.labels);
            return Err(JobError::Model(ModelError::NoClassifier { why: why.to_owned(), known }));
        }
        Ok(loaded)
    };
    if !settings.train.cache_features {
        check_weights(part, &config, size)?;
    }
    engine(config, settings, settings.train.average != Average::Off, size, device, fill)
}

/// Whether the checkpoint's weights are those of its configuration, before memory is taken for what that says.
fn check_weights(part: &JobPart, config: &Config, size: &EngineSize<'_>) -> Result<(), JobError> {
    let Some(checkpoint) = open(part)? else { return Ok(()) };
    Ok(checkpoint.check(config, &Layout::new(config, size.labels.len()))?)
}

/// The engine with the weights of a trained model; what did not learn comes from the checkpoint.
pub(super) fn trained(
    config: Config,
    part: &JobPart,
    size: &EngineSize<'_>,
    device: Device,
    saved_model: &SavedModel,
) -> Result<Engine, JobError> {
    let settings = &part.settings;
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        if saved_model.description.partial && !settings.train.cache_features {
            read_weights(part, config, layout, size.labels, parameters)?;
        }
        let learning_from = layout.learning_from(settings.model.frozen(config.layers));
        saved_model.fill(layout, learning_from, parameters).map_err(|damaged| JobError::from(Unusable::Model(damaged)))
    };
    Ok(engine(config, settings, false, size, device, fill)?.0)
}

/// A whole model, or, over features, its classifier alone. `averages`: with room for an average of its weights.
fn engine<R>(
    config: Config,
    settings: &Settings,
    averages: bool,
    size: &EngineSize<'_>,
    device: Device,
    fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, JobError>,
) -> Result<(Engine, R), JobError> {
    let labels = size.labels.len();
    check_sizes(settings)?;
    let frozen = settings.model.frozen(config.layers);
    let freeze = (!settings.train.cache_features).then_some(frozen);
    if device.uses_host_memory() {
        memory::check(planned_bytes(&config, labels, freeze, averages, size.capacity))?;
    }
    let learns = Learns { freeze: frozen, averages, groups: settings.train.groups.clone() };
    match settings.train.cache_features {
        true => Engine::over_features(config, labels, learns, size.capacity, device, fill),
        false => Engine::new(config, labels, learns, size.capacity, device, fill),
    }
}

/// The checkpoint's encoder, to compute features with.
pub(super) fn encoder(
    config: Config,
    part: &JobPart,
    size: &EngineSize<'_>,
    device: Device,
) -> Result<Engine, JobError> {
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        read_weights(part, config, layout, size.labels, parameters)
    };
    let labels = size.labels.len();
    check_weights(part, &config, size)?;
    if device.uses_host_memory() {
        memory::check(planned_bytes(&config, labels, Some(Freeze::Encoder), false, size.capacity))?;
    }
    let (engine, loaded) = Engine::new(config, labels, Freeze::Encoder, size.capacity, device, fill)?;
    info!(unused = loaded.unused.join(" "), "encoder loaded");
    Ok(engine)
}

/// What the embedding must have in common with the largest token of all sentences.
pub(super) fn check_vocabulary(config: &Config, token: u32) -> Result<(), JobError> {
    let rows = config.vocabulary;
    if token as usize >= rows { Err(JobError::Vocabulary { token, rows }) } else { Ok(()) }
}

fn read_weights(
    part: &JobPart,
    config: &Config,
    layout: &Layout,
    labels: &[String],
    parameters: &mut [f32],
) -> Result<Loaded, JobError> {
    let Some(checkpoint) = open(part)? else {
        builtin::draw(config, layout, parameters);
        return Ok(Loaded { head: Head::of_builtin(), unused: Vec::new() });
    };
    Ok(checkpoint.load(config, layout, labels, parameters)?)
}

fn read_classifier(
    part: &JobPart,
    config: &Config,
    layout: &Layout,
    labels: &[String],
    parameters: &mut [f32],
) -> Result<Head, JobError> {
    let Some(checkpoint) = open(part)? else { return Ok(Head::of_builtin()) };
    Ok(checkpoint.load_classifier(config, layout, labels, parameters)?)
}

/// Fills the CRF, if the model has one: the checkpoint's where that has one with the classifier, else a new one. Returns
/// whether none had to be made.
fn read_crf(
    part: &JobPart,
    config: &Config,
    layout: &Layout,
    loaded: &mut Loaded,
    labels: &[String],
    parameters: &mut [f32],
) -> Result<bool, JobError> {
    if !config.crf {
        return Ok(true);
    }
    let with_classifier = |_: &Checkpoint| loaded.head.why_new().is_none();
    if let Some(checkpoint) = open(part)?.filter(with_classifier)
        && checkpoint.load_crf(config, layout, labels, parameters)?
    {
        loaded.unused.retain(|name| !layout.parameters.iter().any(|one| one.name == *name));
        return Ok(true);
    }
    head::draw_crf(config, layout, part.settings.train.seed, parameters);
    Ok(false)
}

/// The checkpoint's files; none where the program has it in itself.
fn open(part: &JobPart) -> Result<Option<Checkpoint>, JobError> {
    if let Source::Builtin(_) = part.settings.model.checkpoint {
        return Ok(None);
    }
    let paths: Vec<_> = part.inputs.model.weights.iter().map(|file| file.path.clone()).collect();
    Ok(Some(Checkpoint::open(&paths)?))
}
