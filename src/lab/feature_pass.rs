//! The one forward over all sentences whose features jobs share.

use std::sync::Arc;

use tracing::info;

use crate::data::{Encoded, Split};
use crate::engine::{Capacity, Engine};
use crate::machine::memory;
use crate::model::Config;
use crate::train::Prediction;

use super::context::JobContext;
use super::error::JobError;
use super::features::Sentences;
use super::identity::Identity;
use super::loading::{self, EngineSize};
use super::task::{JobPart, Task};

/// Sentences that want their features.
pub(super) struct FeatureRequest<'s> {
    /// Whose settings say what they are.
    pub part: &'s JobPart,
    pub split: Split,
    pub sentences: &'s mut Sentences,
}

/// Gives all of `requests` their features. Only where some are not there yet is the encoder loaded, and dropped again.
pub(super) fn fill_features(
    context: &JobContext<'_>,
    task: &Task<'_>,
    config: &Config,
    labels: &[String],
    requests: &mut [FeatureRequest<'_>],
) -> Result<(), JobError> {
    if config.encoder_drops() {
        context.note(
            task,
            &["train.cache_features: the encoder runs without its dropout; the classifier's stays".to_owned()],
        );
    }
    let whole =
        requests.iter().map(|requests| shared_sentences(context, requests, config)).collect::<Result<Vec<_>, _>>()?;
    let plans: Vec<Prediction<'_>> = whole.iter().map(|encoded| Prediction::new(&**encoded)).collect();
    let mut encoder = None;
    for ((FeatureRequest { part, split, sentences }, plan), whole) in requests.iter_mut().zip(&plans).zip(&whole) {
        let identity = Identity::of_features(&part.settings, &part.inputs, *split);
        let features = context.shared_data.features.get(identity, || {
            let encoder: &Engine = match &mut encoder {
                Some(encoder) => encoder,
                none => {
                    let capacities = plans.iter().map(|plan| plan.capacity(config.heads));
                    let size = EngineSize { labels, capacity: capacities.fold(Capacity::default(), Capacity::max) };
                    let device = context.device(&task.training().settings)?;
                    none.insert(loading::encoder(config.clone(), task.training(), &size, device)?)
                }
            };
            let tokens: usize = (0..whole.windows()).map(|at| whole.labeled_tokens(at)).sum();
            memory::check(tokens * config.hidden * size_of::<f32>())?;
            let features = plan.features(encoder, |_| !context.stopping())?;
            info!(%split, bytes = features.bytes() as u64, "features computed");
            Ok(features)
        })?;
        sentences.features = Some(features);
    }
    Ok(())
}

/// The sentences whose features serve `requests` and all jobs that share them.
fn shared_sentences(
    context: &JobContext<'_>,
    requests: &FeatureRequest<'_>,
    config: &Config,
) -> Result<Arc<Encoded>, JobError> {
    let FeatureRequest { part, split, sentences } = requests;
    if *split != Split::Train {
        return Ok(Arc::clone(&sentences.encoded));
    }
    let encoded = context.shared_data.featured(&part.settings, &part.inputs)?;
    // from the first token beyond the embedding on they are none of this job's, which was checked
    let is_beyond = |id: &u32| *id as usize >= config.vocabulary;
    let is_sound = |at: &usize| {
        let mut windows = encoded.windows_of(*at);
        windows.all(|window| !encoded.ids[encoded.tokens(window)].iter().any(is_beyond))
    };
    Ok(Arc::new(encoded.first((0..encoded.len()).take_while(is_sound).count())))
}
