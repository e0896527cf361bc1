//! The trainings of a folder's jobs, by the experiment and the lock in it.

use std::collections::BTreeSet;

use crate::hub::{LockedHashes, Unpinned};
use crate::ledger::BUILTINS;
use crate::plan::{Plan, TrainingKey};
use crate::results::{Layout, read_lock};
use crate::spec::{self, Overrides};

/// The keys of all trainings of the experiment; the error says why they are not known.
pub(super) fn trainings(layout: &Layout) -> Result<BTreeSet<String>, String> {
    let plan = spec::load(&layout.experiment(), &Overrides::default()).and_then(Plan::expand);
    let plan = plan.map_err(|_| "experiment.toml is missing or has problems".to_owned())?;
    let lock = read_lock(layout).map_err(|error| error.to_string())?;
    let mut hashes = LockedHashes::new(&lock, &BUILTINS);
    let mut keys = BTreeSet::new();
    for job in &plan.jobs {
        // with [select], only the chosen job's files of the test split may be pinned
        let keys_of = [job.settings.clone(), job.untested()].map(|settings| {
            let inputs = hashes.of(&settings)?;
            Ok::<_, Unpinned>(TrainingKey::of(&settings, &inputs).as_str().to_owned())
        });
        if let [Err(unpinned), Err(_)] = &keys_of {
            return Err(unpinned.to_string());
        }
        keys.extend(keys_of.into_iter().flatten());
    }
    Ok(keys)
}
