//! What is known to fail before a job starts: from settings, from the checkpoint's configuration, and from local files.
//! It must not train, and must not write.

use std::fmt;
use std::path::PathBuf;

use crate::hub::{Cache, Lock};
use crate::machine::Environment;
use crate::model::{Config, ModelError, builtin};
use crate::results::Failure;
use crate::spec::{Settings, Size, Source};
use crate::train::Itinerary;

use super::advice::Advice;
use super::agenda::Assignment;
use super::error::JobError;
use super::inputs::{Inputs, JobInputs};
use super::job::precision;
use super::ledger::{Ledger, State};
use super::loading::{check_fit, read_config};
use super::soundness::{Fault, Files, Soundness, at_fault, no_classifier};

/// A job that cannot succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The job's index.
    pub job: usize,
    /// Why, as its row will say.
    pub failure: Failure,
    /// Where the file at fault lies, which the row leaves out.
    pub file: Option<PathBuf>,
}

impl fmt::Display for Foreseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.failure, at_fault(self.file.as_deref()))
    }
}

/// What is known of the jobs that are due before the first of them starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preflight {
    /// The jobs that cannot succeed, in the order of the plan.
    pub failing: Vec<Foreseen>,
    /// Whether that is every selected job.
    pub none_can_run: bool,
    /// What is odd in the data of the others.
    pub odd: Vec<Advice>,
}

impl Preflight {
    /// Looks at every job whose row is due. Every data set, tokenizer and checkpoint is opened; one data set at a time is
    /// held.
    pub fn of(
        selection: &[usize],
        ledger: &Ledger,
        due: &[Assignment],
        inputs: &Inputs,
        environment: &Environment,
    ) -> Self {
        let rows = due.iter().filter_map(|due| due.parts().next().filter(|_| due.row.is_some()));
        let known = rows.filter_map(|id| {
            let (settings, inputs) = (ledger.settings_of(id), inputs.get(&id)?);
            Some((Soundness::data_key(&inputs.data, settings), id.job, settings, inputs))
        });
        let mut known: Vec<_> = known.collect();
        known.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let (mut soundness, mut failing, mut odd) = (Soundness::default(), Vec::new(), Vec::new());
        for of_one_set in known.chunk_by(|(one, ..), (other, ..)| one == other) {
            soundness.forget_data();
            for (_, job, settings, inputs) in of_one_set {
                match check(settings, inputs, environment, &soundness) {
                    Ok(()) => soundness.oddities(&inputs.data, settings, *job, &mut odd),
                    Err(Fault { error, file }) => failing.push(Foreseen { job: *job, failure: error.failure(), file }),
                }
            }
        }
        failing.sort_by_key(|foreseen| foreseen.job);
        let fails = |job: &usize| failing.iter().any(|foreseen| foreseen.job == *job);
        let is_done = |job: &usize| !fails(job) && matches!(ledger.state(*job), State::Done(_));
        let none_can_run = !due.is_empty() && due.iter().all(|due| fails(&due.job)) && !selection.iter().any(is_done);
        Self { failing, none_can_run, odd }
    }
}

/// What can be seen to be wrong with a job that may run in `environment`.
fn check(
    settings: &Settings,
    inputs: &JobInputs,
    environment: &Environment,
    soundness: &Soundness,
) -> Result<(), Fault> {
    let of_checkpoint = |error: JobError| {
        let file = error.file(inputs.files()).map(ToOwned::to_owned);
        Fault { error: Box::new(error), file }
    };
    precision(settings, environment)?;
    let config = read_config(&settings.model, &inputs.model.config.path).map_err(of_checkpoint)?;
    check_settings(settings, Some(&config))?;
    let is_builtin = matches!(settings.model.checkpoint, Source::Builtin(_));
    let files = Files {
        data: Some(&inputs.data),
        tokenizer: (!is_builtin).then(|| inputs.model.of_tokenizer()),
        weights: (!is_builtin).then(|| inputs.model.weights.iter().map(|file| file.path.clone()).collect()),
    };
    soundness.check(settings, Some(&config), &files)
}

/// What can be seen to be wrong with a job without its data, on any machine. `config`: the checkpoint's, where known.
///
/// # Errors
/// Which setting asks for too much.
pub(super) fn check_settings(settings: &Settings, config: Option<&Config>) -> Result<(), JobError> {
    check_sizes(settings)?;
    if let Some(config) = config {
        check_fit(config, &settings.model)?;
    }
    if is_untrained(settings) && matches!(settings.model.checkpoint, Source::Builtin(_)) {
        return Err(no_classifier("the built-in checkpoint has no classifier", Vec::new()));
    }
    Ok(())
}

/// The configuration of a job's checkpoint, where it lies on this machine: in the program, a folder or the hub's cache.
pub(super) fn config_at_hand(settings: &Settings, cache: &Cache, lock: &Lock) -> Option<Result<Config, ModelError>> {
    const NAME: &str = "config.json";
    match &settings.model.checkpoint {
        Source::Builtin(name) => builtin::config(name).map(Ok),
        Source::Folder { path, .. } => {
            Some(path.join(NAME)).filter(|path| path.is_file()).map(|path| Config::read(&path))
        }
        Source::Hub(_) => cache.checkpoint_file(settings, lock, NAME).map(|path| Config::read(&path)),
    }
}

/// Whether the checkpoint is scored as it is.
pub(super) fn is_untrained(settings: &Settings) -> bool {
    settings.train.epochs == 0.0 && settings.train.max_steps.is_none()
}

/// Counts of tokens and steps that settings multiply to must be numbers that a run can reach.
pub(super) fn check_sizes(settings: &Settings) -> Result<(), JobError> {
    /// Beyond it a count of bytes or steps is no number of this program, nor of TOML.
    const MOST: u128 = i64::MAX as u128;
    /// Bytes that a token takes at least, in every model.
    const OF_TOKEN: u128 = 64;
    let (model, train) = (&settings.model, &settings.train);
    let product = |sizes: [usize; 2]| sizes.into_iter().map(|size| size as u128).product::<u128>();
    let tokens = product([train.batch_size, model.max_length]).saturating_mul(OF_TOKEN);
    if tokens > MOST {
        let (batch, length) = (train.batch_size, model.max_length);
        let what = format!("train.batch_size = {batch} times model.max_length = {length}");
        return Err(JobError::TooLarge { what, key: "train.batch_size" });
    }
    if product([train.batch_size, train.gradient_accumulation]) > MOST {
        let (batch, group) = (train.batch_size, train.gradient_accumulation);
        let what = format!("train.batch_size = {batch} times train.gradient_accumulation = {group}");
        return Err(JobError::TooLarge { what, key: "train.gradient_accumulation" });
    }
    let rows = match settings.data.train_size {
        Size::Rows(rows) => rows,
        Size::All => 1,
    };
    if u128::from(Itinerary::new(rows, train).total) > MOST {
        let what = format!("train.epochs = {} over the training rows", train.epochs);
        return Err(JobError::TooLarge { what, key: "train.epochs" });
    }
    Ok(())
}
