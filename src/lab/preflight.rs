//! What is known to fail before a job starts: from settings, from the checkpoint's configuration, and from local files.
//! It must not train, and must not write.

use std::fmt;
use std::path::PathBuf;

use crate::ledger::{Inputs, JobInputs, Ledger, PendingJob, State};
use crate::machine::Environment;
use crate::results::Failure;
use crate::spec::{Settings, Source};

use super::advice::Advice;
use super::configuration::read_config;
use super::error::JobError;
use super::limits::{check_settings, precision};

use super::soundness::{DataRead, Fault, Files, Soundness, at_fault};

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
        due: &[PendingJob],
        inputs: &Inputs,
        environment: &Environment,
    ) -> Self {
        let rows = due.iter().filter_map(|due| due.parts().next().filter(|_| due.row.is_some()));
        let known = rows.filter_map(|id| {
            let (settings, inputs) = (ledger.settings_of(id), inputs.get(&id)?);
            Some((Soundness::data_read(&inputs.data, settings), (id.job, settings, inputs)))
        });
        let mut by_data: Vec<(DataRead, Vec<_>)> = Vec::new();
        for (data, job) in known {
            match by_data.iter_mut().find(|(known, _)| *known == data) {
                Some((_, jobs)) => jobs.push(job),
                None => by_data.push((data, vec![job])),
            }
        }
        let (mut soundness, mut failing, mut odd) = (Soundness::default(), Vec::new(), Vec::new());
        for (_, jobs) in &by_data {
            soundness.forget_data();
            for (job, settings, inputs) in jobs {
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
    let config = config.of_job(settings);
    check_settings(settings, Some(&config))?;
    let is_builtin = matches!(settings.model.checkpoint, Source::Builtin(_));
    let files = Files {
        data: Some(&inputs.data),
        tokenizer: (!is_builtin).then(|| inputs.model.of_tokenizer()),
        weights: (!is_builtin).then(|| inputs.model.weights.iter().map(|file| file.path.clone()).collect()),
    };
    soundness.check(settings, Some(&config), &files)
}
