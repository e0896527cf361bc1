//! What `plan` knows of jobs from files on this machine: in folders, in the program, in the hub's cache. It must not fetch
//! anything.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use crate::hub::{self, Builtin, Cache, DataInputs, InputFile, Lock};
use crate::ledger::{Ledger, State};
use crate::machine::Environment;
use crate::model::{Config, ModelError};
use crate::plan::Job;
use crate::spec::{JobModel, JobSource, Settings, Source};

use super::advice::Advice;
use super::configuration::config_at_hand;
use super::identity::Identity;
use super::limits::{check_settings, precision};
use super::saved_models::learned_bytes;
use super::soundness::{Fault, Files, Soundness};

/// The files of jobs that are on this machine, each looked up and opened once.
pub struct LocalFiles<'a> {
    cache: &'a Cache,
    lock: &'a Lock,
    builtins: &'a [Builtin],
    soundness: Soundness,
    data: RefCell<BTreeMap<Identity, Option<Arc<DataInputs>>>>,
    odd: RefCell<Vec<Advice>>,
    tokenizers: RefCell<BTreeMap<Identity, Option<Rc<Vec<InputFile>>>>>,
}

impl<'a> LocalFiles<'a> {
    /// In folders, in `cache` at the commits that `lock` pins, and in the program.
    pub fn new(cache: &'a Cache, lock: &'a Lock, builtins: &'a [Builtin]) -> Self {
        let soundness = Soundness::default();
        let (data, odd, tokenizers) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { cache, lock, builtins, soundness, data, odd, tokenizers }
    }

    /// The configuration of a job's checkpoint.
    fn config(&self, settings: &Settings) -> Option<Result<Config, ModelError>> {
        config_at_hand(settings, self.cache, self.lock)
    }

    /// Files of a job that are missing in folders and in the program, or are something else.
    fn lacking(&self, settings: &Settings) -> Option<String> {
        let sources = [(&settings.data.dataset, "data.dataset"), (&settings.model.checkpoint, "model.checkpoint")];
        for (source, what) in sources {
            match source {
                Source::Folder { written, path } if !path.exists() => {
                    return Some(format!("{what}: no such folder: {written}"));
                }
                Source::Builtin(name) if self.builtins.iter().all(|known| known.name != name) => {
                    return Some(format!("{what}: unknown builtin:{name}"));
                }
                _ => {}
            }
        }
        hub::missing_locally(settings, self.builtins).map(|error| error.to_string())
    }

    /// Why a job cannot run in `environment`, if that is known. The data, weights and device of a finished job are not
    /// checked.
    pub fn unfit(
        &self,
        job: &Job,
        state: State<'_>,
        ledger: &Ledger,
        environment: Option<&Environment>,
    ) -> Option<String> {
        let settings = &job.settings;
        let is_done = matches!(state, State::Done(_));
        if let (Source::Job(JobSource { model: JobModel::Missing { why }, .. }), false) =
            (&settings.model.checkpoint, is_done)
        {
            return Some(format!("model.checkpoint: {why}"));
        }
        if let (Source::Job(JobSource { model: JobModel::Of { name, training, folder }, .. }), false) =
            (&settings.model.checkpoint, is_done)
            && !folder.is_dir()
            && !has_model(folder, training)
        {
            return Some(format!(
                "model.checkpoint: {name} has no saved model; run its experiment again with save.models = \"all\" and --force"
            ));
        }
        let mut parts = ledger.parts(job.index).map(|id| ledger.settings_of(id));
        if let Some(lacking) = parts.find_map(|settings| self.lacking(settings)) {
            return Some(lacking);
        }
        let config = match self.config(settings).transpose() {
            Ok(config) => config.map(|config| config.of_job(settings)),
            Err(error) => return Some(error.to_string()),
        };
        if let Err(error) = check_settings(settings, config.as_ref()) {
            return Some(error.to_string());
        }
        if is_done {
            return None;
        }
        if let Some(Err(error)) = environment.map(|environment| precision(settings, environment)) {
            return Some(error.to_string());
        }
        self.check(job.index, settings, config.as_ref()).err().map(|fault| fault.to_string())
    }

    /// Bytes of the model that a job saves, if its checkpoint's configuration is on this machine.
    pub fn disk(&self, settings: &Settings) -> Option<u64> {
        Some(learned_bytes(self.config(settings)?.ok()?, &settings.model))
    }

    /// What is odd in the data of the jobs checked so far.
    pub fn odd(&self) -> Vec<Advice> {
        self.odd.borrow().clone()
    }

    /// Checks the files of job number `job` that are on this machine.
    ///
    /// # Errors
    /// As [`Soundness::check`].
    fn check(&self, job: usize, settings: &Settings, config: Option<&Config>) -> Result<(), Fault> {
        let data = self.data(settings);
        let files = Files {
            data: data.as_ref(),
            tokenizer: self.tokenizer(settings).map(|files| files.to_vec()),
            weights: self.cache.weights(settings, self.lock),
        };
        self.soundness.check(settings, config, &files)?;
        if let Some(data) = &data {
            self.soundness.oddities(data, settings, job, &mut self.odd.borrow_mut());
        }
        Ok(())
    }

    fn data(&self, settings: &Settings) -> Option<Arc<DataInputs>> {
        let look = || hub::data_on_disk(settings, self.lock, self.builtins).map(Arc::new);
        self.data.borrow_mut().entry(Identity::of_data_files(settings)).or_insert_with(look).clone()
    }

    fn tokenizer(&self, settings: &Settings) -> Option<Rc<Vec<InputFile>>> {
        let look = || hub::tokenizer_on_disk(settings, self.lock, self.builtins).map(Rc::new);
        self.tokenizers.borrow_mut().entry(Identity::of_model_files(settings)).or_insert_with(look).clone()
    }
}

/// Whether the results folder in whose `.run/exports` this folder would lie has a saved model of the training.
fn has_model(exported: &Path, training: &str) -> bool {
    let run = exported.parent().and_then(Path::parent);
    run.is_some_and(|run| run.join("models").join(training).is_dir())
}
