//! Features of fixed encoders: computed once for all jobs of a run that need them, each on its own turn, and freed when
//! the last of these has ended. Must not know how a job uses them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tracing::info;

use crate::data::{Encoded, Split};
use crate::engine::{Capacity, Engine, Features};
use crate::machine::memory;
use crate::model::Config;
use crate::train::{Examples, Prediction};

use super::agenda::Assignment;
use super::error::JobError;
use super::inputs::Inputs;
use super::job::Bench;
use super::ledger::{Id, Ledger, Part};
use super::loading::{self, Demand};
use super::materials::{feature_key, feature_keys};
use super::task::{Subject, Task};

/// Encoded sentences, and what a fixed encoder says of them if they are read in that way.
#[derive(Debug)]
pub(super) struct Sentences {
    pub encoded: Arc<Encoded>,
    features: Option<Arc<Features>>,
}

impl From<Arc<Encoded>> for Sentences {
    fn from(encoded: Arc<Encoded>) -> Self {
        Self { encoded, features: None }
    }
}

impl Sentences {
    /// For a batch.
    pub(super) fn examples(&self) -> Examples<'_> {
        Examples { encoded: &self.encoded, features: self.features.as_ref() }
    }

    /// The largest piece.
    pub(super) fn largest_piece(&self) -> u32 {
        self.encoded.ids.iter().copied().max().unwrap_or_default()
    }
}

/// Where features are put, or why there are none.
type Place = OnceLock<Result<Arc<Features>, Arc<JobError>>>;

/// Features by what they are of, as long as a job claims them.
#[derive(Debug, Default)]
pub(super) struct FeatureShelf {
    places: Mutex<BTreeMap<String, Weak<Place>>>,
    /// By the index of the job.
    claims: Mutex<BTreeMap<usize, Vec<Arc<Place>>>>,
}

impl FeatureShelf {
    /// Keeps, for every job of a queue, all features that it may need, once they are there.
    pub(super) fn claim_for<'a>(&self, due: impl Iterator<Item = &'a Assignment>, ledger: &Ledger, inputs: &Inputs) {
        for assignment in due {
            let job = assignment.job;
            let training = assignment.row.is_none().then_some(Id { job, part: Part::Whole });
            let parts = assignment.parts().chain(training).map(|id| (ledger.settings_of(id), &inputs[&id]));
            let parts = parts.filter(|(settings, _)| settings.train.cache_features);
            self.claim(job, parts.flat_map(|(settings, inputs)| feature_keys(settings, inputs)));
        }
    }

    fn claim(&self, job: usize, keys: impl Iterator<Item = String>) {
        let claimed = keys.map(|key| self.place(key)).collect();
        lock(&self.claims).insert(job, claimed);
    }

    /// Frees what only `job` kept.
    pub(super) fn release(&self, job: usize) {
        lock(&self.claims).remove(&job);
    }

    fn place(&self, key: String) -> Arc<Place> {
        let mut places = lock(&self.places);
        let place = places.get(&key).and_then(Weak::upgrade).unwrap_or_default();
        places.insert(key, Arc::downgrade(&place));
        place
    }

    /// What is under `key`; whoever comes first makes it, the others wait.
    fn get(&self, key: String, make: impl FnOnce() -> Result<Features, JobError>) -> Result<Arc<Features>, JobError> {
        let place = self.place(key);
        let made = place.get_or_init(|| make().map(Arc::new).map_err(Arc::new));
        made.clone().map_err(|error| match *error {
            JobError::Interrupted => JobError::Interrupted,
            _ => JobError::Shared(error),
        })
    }
}

/// Sentences that want their features.
pub(super) struct Wanting<'s> {
    /// Whose settings say what they are.
    pub subject: &'s Subject,
    pub split: Split,
    pub sentences: &'s mut Sentences,
}

impl Bench<'_> {
    /// Gives all of `wanting` their features. Only where some are not there yet is the encoder loaded, and dropped again.
    pub(super) fn recall_features(
        &self,
        task: &Task<'_>,
        config: &Config,
        labels: &[String],
        wanting: &mut [Wanting<'_>],
    ) -> Result<(), JobError> {
        if config.hidden_dropout > 0.0 || config.attention_dropout > 0.0 {
            self.note(
                task,
                &["train.cache_features: the encoder runs without its dropout; the classifier's stays".to_owned()],
            );
        }
        let whole =
            wanting.iter().map(|wanting| self.shared_sentences(wanting, config)).collect::<Result<Vec<_>, _>>()?;
        let plans: Vec<Prediction<'_>> = whole.iter().map(|encoded| Prediction::new(&**encoded)).collect();
        let mut encoder = None;
        for ((Wanting { subject, split, sentences }, plan), whole) in wanting.iter_mut().zip(&plans).zip(&whole) {
            let key = feature_key(&subject.settings, &subject.inputs, *split);
            let features = self.materials.features.get(key, || {
                let encoder: &Engine = match &mut encoder {
                    Some(encoder) => encoder,
                    none => {
                        let capacities = plans.iter().map(|plan| plan.capacity(config.heads));
                        let demand = Demand { labels, capacity: capacities.fold(Capacity::default(), Capacity::max) };
                        let device = self.device(&task.training().settings)?;
                        none.insert(loading::encoder(config.clone(), task.training(), &demand, device)?)
                    }
                };
                let tokens: usize = (0..whole.len()).map(|at| whole.labelled_pieces(at)).sum();
                memory::check(tokens * config.hidden * size_of::<f32>())?;
                let features = plan.features(encoder, |_| !self.stopping())?;
                info!(%split, bytes = features.bytes(), "features computed");
                Ok(features)
            })?;
            sentences.features = Some(features);
        }
        Ok(())
    }

    /// The sentences whose features serve `wanting` and all jobs that share them.
    fn shared_sentences(&self, wanting: &Wanting<'_>, config: &Config) -> Result<Arc<Encoded>, JobError> {
        let Wanting { subject, split, sentences } = wanting;
        if *split != Split::Train {
            return Ok(Arc::clone(&sentences.encoded));
        }
        let encoded = self.materials.featured(&subject.settings, &subject.inputs)?;
        // from the first piece beyond the embedding on they are none of this job's, which was checked
        let is_beyond = |id: &u32| *id as usize >= config.vocabulary;
        let is_sound = |at: &usize| !encoded.ids[encoded.pieces(*at)].iter().any(is_beyond);
        Ok(Arc::new(encoded.first((0..encoded.len()).take_while(is_sound).count())))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn nothing() -> Features {
        Features::zeros(1, vec![0])
    }

    #[test]
    fn features_are_made_once_and_freed_behind_the_last_job_that_claims_them() {
        let (shelf, made) = (FeatureShelf::default(), Cell::new(0));
        let key = || "test".to_owned();
        let get = || {
            let make = || {
                made.set(made.get() + 1);
                Ok(nothing())
            };
            Arc::downgrade(&shelf.get(key(), make).expect("they are made"))
        };
        for job in 0..2 {
            shelf.claim(job, [key(), "train".to_owned()].into_iter());
        }
        let features = get();
        shelf.release(1);
        assert!(get().ptr_eq(&features), "job 0 still needs them");
        shelf.release(0);
        assert_eq!((features.upgrade().is_none(), made.get()), (true, 1));
        get();
        assert_eq!(made.get(), 2, "who needs them later makes them again");
    }

    #[test]
    fn a_failure_is_told_to_all_that_share_it_and_an_interruption_stays_one() {
        let shelf = FeatureShelf::default();
        shelf.claim(0, ["a", "b"].map(str::to_owned).into_iter());
        let get = |key: &str, error| shelf.get(key.to_owned(), || Err(error)).expect_err("it fails");
        for _ in 0..2 {
            let error = get("a", JobError::Precision);
            assert_eq!(error.failure(), JobError::Precision.failure());
            assert!(!error.ends_the_run());
        }
        assert!(matches!(get("b", JobError::Interrupted), JobError::Interrupted));
    }
}
