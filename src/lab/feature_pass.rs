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
use super::identity::feature_key;
use super::loading::{self, Demand};
use super::task::{Subject, Task};

/// Sentences that want their features.
pub(super) struct Wanting<'s> {
    /// Whose settings say what they are.
    pub subject: &'s Subject,
    pub split: Split,
    pub sentences: &'s mut Sentences,
}

/// Gives all of `wanting` their features. Only where some are not there yet is the encoder loaded, and dropped again.
pub(super) fn recall_features(
    context: &JobContext<'_>,
    task: &Task<'_>,
    config: &Config,
    labels: &[String],
    wanting: &mut [Wanting<'_>],
) -> Result<(), JobError> {
    if config.hidden_dropout > 0.0 || config.attention_dropout > 0.0 {
        context.note(
            task,
            &["train.cache_features: the encoder runs without its dropout; the classifier's stays".to_owned()],
        );
    }
    let whole =
        wanting.iter().map(|wanting| shared_sentences(context, wanting, config)).collect::<Result<Vec<_>, _>>()?;
    let plans: Vec<Prediction<'_>> = whole.iter().map(|encoded| Prediction::new(&**encoded)).collect();
    let mut encoder = None;
    for ((Wanting { subject, split, sentences }, plan), whole) in wanting.iter_mut().zip(&plans).zip(&whole) {
        let key = feature_key(&subject.settings, &subject.inputs, *split);
        let features = context.materials.features.get(key, || {
            let encoder: &Engine = match &mut encoder {
                Some(encoder) => encoder,
                none => {
                    let capacities = plans.iter().map(|plan| plan.capacity(config.heads));
                    let demand = Demand { labels, capacity: capacities.fold(Capacity::default(), Capacity::max) };
                    let device = context.device(&task.training().settings)?;
                    none.insert(loading::encoder(config.clone(), task.training(), &demand, device)?)
                }
            };
            let tokens: usize = (0..whole.len()).map(|at| whole.labelled_pieces(at)).sum();
            memory::check(tokens * config.hidden * size_of::<f32>())?;
            let features = plan.features(encoder, |_| !context.stopping())?;
            info!(%split, bytes = features.bytes(), "features computed");
            Ok(features)
        })?;
        sentences.features = Some(features);
    }
    Ok(())
}

/// The sentences whose features serve `wanting` and all jobs that share them.
fn shared_sentences(
    context: &JobContext<'_>,
    wanting: &Wanting<'_>,
    config: &Config,
) -> Result<Arc<Encoded>, JobError> {
    let Wanting { subject, split, sentences } = wanting;
    if *split != Split::Train {
        return Ok(Arc::clone(&sentences.encoded));
    }
    let encoded = context.materials.featured(&subject.settings, &subject.inputs)?;
    // from the first piece beyond the embedding on they are none of this job's, which was checked
    let is_beyond = |id: &u32| *id as usize >= config.vocabulary;
    let is_sound = |at: &usize| !encoded.ids[encoded.pieces(*at)].iter().any(is_beyond);
    Ok(Arc::new(encoded.first((0..encoded.len()).take_while(is_sound).count())))
}
