//! The input files of jobs, by part.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::data::builtin::DATA;
use crate::hash::InputHashes;
use crate::hub::{self, Builtin, DataInputs, FetchError, Fetched, InputFile, Lock, ModelInputs};
use crate::model::builtin::TINY;
use crate::spec::Settings;

use super::ledger::{Id, Ledger};

/// The data set and the checkpoint that come with the program.
pub const BUILTINS: [Builtin; 2] = [DATA, TINY];

/// The input files of one part of a job.
#[derive(Debug, Clone)]
pub struct JobInputs {
    /// Files of its data set.
    pub data: Arc<DataInputs>,
    /// Files of its checkpoint.
    pub model: Arc<ModelInputs>,
    /// Their hashes.
    pub hashes: InputHashes,
}

impl JobInputs {
    /// Those of `settings`, which `fetched` must include.
    pub fn of(fetched: &Fetched, settings: &Settings) -> Self {
        Self {
            data: Arc::new(fetched.data(settings)),
            model: Arc::new(fetched.model(settings)),
            hashes: fetched.hashes(settings),
        }
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &InputFile> {
        let ModelInputs { config, weights, tokenizer } = &*self.model;
        self.data.all().chain([config]).chain(weights).chain(tokenizer)
    }
}

/// The input files of all parts that may run.
pub type Inputs = BTreeMap<Id, JobInputs>;

/// Fetches the inputs of the parts `wanted`, with the lock that pins them.
///
/// # Errors
/// All missing inputs together.
pub fn gather(
    ledger: &Ledger,
    wanted: &[Id],
    lock: &Lock,
    options: hub::FetchOptions<'_>,
    report: &mut dyn FnMut(hub::FetchEvent<'_>),
) -> Result<(Lock, Inputs), Vec<FetchError>> {
    let fetched = hub::fetch(wanted.iter().map(|id| ledger.settings_of(*id)), lock, options, report)?;
    let inputs = wanted.iter().map(|id| (*id, JobInputs::of(&fetched, ledger.settings_of(*id)))).collect();
    Ok((fetched.lock, inputs))
}
