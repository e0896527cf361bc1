//! Features of fixed encoders: computed once for all jobs of a run that need them, each on its own turn, and freed when
//! the last of these has ended. Must not know how a job uses them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use crate::data::Encoded;
use crate::engine::Features;
use crate::train::Examples;

use super::error::JobError;
use super::identity::Identity;

/// Encoded sentences, and what a fixed encoder says of them if they are read in that way.
#[derive(Debug)]
pub(super) struct Sentences {
    pub encoded: Arc<Encoded>,
    pub(super) features: Option<Arc<Features>>,
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

    pub(super) fn largest_token(&self) -> u32 {
        self.encoded.ids.iter().copied().max().unwrap_or_default()
    }
}

/// Where features are put, or why there are none.
type Place = OnceLock<Result<Arc<Features>, Arc<JobError>>>;

/// Features by what they are of, as long as a job claims them.
#[derive(Debug, Default)]
pub(super) struct FeatureCache {
    places: Mutex<BTreeMap<Identity, Weak<Place>>>,
    /// By the index of the job.
    claims: Mutex<BTreeMap<usize, Vec<Arc<Place>>>>,
}

impl FeatureCache {
    /// Keeps these features for a job, once they are there.
    pub(super) fn claim(&self, job: usize, features: impl Iterator<Item = Identity>) {
        let claimed = features.map(|identity| self.place(identity)).collect();
        lock(&self.claims).insert(job, claimed);
    }

    /// Frees what only `job` kept.
    pub(super) fn release(&self, job: usize) {
        lock(&self.claims).remove(&job);
    }

    fn place(&self, identity: Identity) -> Arc<Place> {
        let mut places = lock(&self.places);
        let place = places.get(&identity).and_then(Weak::upgrade).unwrap_or_default();
        places.insert(identity, Arc::downgrade(&place));
        place
    }

    /// The features; whoever comes first makes them, the others wait. Where the GPU of the first fails, the next one makes
    /// them on its own.
    pub(super) fn get(
        &self,
        identity: Identity,
        make: impl FnOnce() -> Result<Features, JobError>,
    ) -> Result<Arc<Features>, JobError> {
        let mut make = Some(make);
        loop {
            let place = self.place(identity.clone());
            let first = || make.take().expect("it is made here once at most")().map(Arc::new).map_err(Arc::new);
            let error = match place.get_or_init(first) {
                Ok(features) => return Ok(features.clone()),
                Err(error) => error.clone(),
            };
            if error.is_of_gpu() {
                self.forget(&identity, &place);
                if make.is_some() {
                    continue;
                }
            }
            return Err(match *error {
                JobError::Interrupted => JobError::Interrupted,
                _ => JobError::Shared(error),
            });
        }
    }

    /// Has whoever comes next make the features anew.
    fn forget(&self, identity: &Identity, place: &Arc<Place>) {
        let mut places = lock(&self.places);
        if places.get(identity).is_some_and(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(place))) {
            places.remove(identity);
        }
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
        let (cache, made) = (FeatureCache::default(), Cell::new(0));
        let test = || Identity::of_name("test");
        let get = || {
            let make = || {
                made.set(made.get() + 1);
                Ok(nothing())
            };
            Arc::downgrade(&cache.get(test(), make).expect("they are made"))
        };
        for job in 0..2 {
            cache.claim(job, [test(), Identity::of_name("train")].into_iter());
        }
        let features = get();
        cache.release(1);
        assert!(get().ptr_eq(&features), "job 0 still needs them");
        cache.release(0);
        assert_eq!((features.upgrade().is_none(), made.get()), (true, 1));
        get();
        assert_eq!(made.get(), 2, "who needs them later makes them again");
    }

    #[test]
    fn a_failure_is_told_to_all_that_share_it_and_an_interruption_stays_one() {
        let cache = FeatureCache::default();
        cache.claim(0, ["a", "b"].map(Identity::of_name).into_iter());
        let get = |name: &str, error| cache.get(Identity::of_name(name), || Err(error)).expect_err("it fails");
        for _ in 0..2 {
            let error = get("a", JobError::Precision);
            assert_eq!(error.failure(), JobError::Precision.failure());
            assert!(!error.ends_the_run());
        }
        assert!(matches!(get("b", JobError::Interrupted), JobError::Interrupted));
    }
}
