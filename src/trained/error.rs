//! Why a job has no trained model to use.

use std::path::PathBuf;

use thiserror::Error;

use crate::analysis::JobAddressError;
use crate::data::DataError;
use crate::hub::{FetchError, Unpinned};
use crate::model::ModelError;
use crate::model::saved::SavedModelError;
use crate::results::ResultsError;

fn listed(errors: &[FetchError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why a job has no trained model to use, and what to do.
#[derive(Debug, Error)]
pub enum TrainedJobError {
    /// No such job.
    #[error(transparent)]
    Address(#[from] JobAddressError),
    /// A job that failed.
    #[error("{job} failed and has no model: {why}; mend that and run the experiment again")]
    Failed {
        /// `results/NAME:LABEL`
        job: String,
        /// Its error.
        why: String,
    },
    /// A job that was not trained to its end.
    #[error("{job} was {stopped} and has no model; name a job that ran to its end, or remove `first_rung` and run it")]
    Stopped {
        /// `results/NAME:LABEL`
        job: String,
        /// `stopped at rung 1 (100 steps)`
        stopped: String,
    },
    /// The folder's experiment is missing, has problems, or has no such job.
    #[error("{} {problem}; restore it from git, or run the experiment again", file.display())]
    Experiment {
        /// `results/NAME/experiment.toml`
        file: PathBuf,
        /// `has no job train_size=1000`
        problem: String,
    },
    /// The folder's lock cannot be read.
    #[error(transparent)]
    Lock(#[from] ResultsError),
    /// The folder's lock does not pin an input of the job.
    #[error("{job}: lock.toml does not pin its {unpinned}; restore lock.toml from git, or run the experiment again")]
    Unpinned {
        /// `results/NAME:LABEL`
        job: String,
        /// The input.
        unpinned: Unpinned,
    },
    /// The row has another key than the experiment and the lock beside it.
    #[error(
        "{job}: its row belongs to other settings or inputs than experiment.toml and lock.toml; run the experiment again"
    )]
    Stale {
        /// `results/NAME:LABEL`
        job: String,
    },
    /// No model was saved.
    #[error("{job} has no saved model: {} is not there; {}", folder.display(), how_to_save(job, only))]
    NotSaved {
        /// `results/NAME:LABEL`
        job: String,
        /// What `--only` selects the job by; empty if it is the only one.
        only: String,
        /// Where it would be.
        folder: PathBuf,
    },
    /// Several models were saved, for different tag sets, and the data that would tell which one are not here.
    #[error(
        "{job}: .run/models has models for several tag sets, and its data set, which tells them apart, is not on this \
         machine; `runner data` fetches it"
    )]
    SeveralTagSets {
        /// `results/NAME:LABEL`
        job: String,
    },
    /// Nothing was trained, the checkpoint's classes have no names, and the data that name them are not here.
    #[error(
        "{job}: the checkpoint's classes have no names (LABEL_0, ...), and the data set, whose tags they are, is not on \
         this machine; `runner data` fetches it"
    )]
    UnnamedTags {
        /// `results/NAME:LABEL`
        job: String,
    },
    /// The files of the checkpoint are not those of the training.
    #[error(
        "{job}: the checkpoint {checkpoint} changed since the training; restore its files, or run the experiment again"
    )]
    Changed {
        /// `results/NAME:LABEL`
        job: String,
        /// As the experiment names it.
        checkpoint: String,
    },
    /// The model of another job, from which the training started, cannot be written.
    #[error(
        "{job}: {why}; where its results are read-only, `runner export` it and name that folder as model.checkpoint"
    )]
    Parent {
        /// `results/NAME:LABEL` of the other job.
        job: String,
        /// What is wrong.
        why: String,
    },
    /// The other job was trained otherwise since, and its model of then is gone.
    #[error(
        "{job} started from training {trained} of {parent}, which was trained otherwise since; train {parent} with the \
         settings of then again, or run the experiment of {job} again"
    )]
    ParentChanged {
        /// `results/NAME:LABEL`
        job: String,
        /// The other job.
        parent: String,
        /// The key of the training of then.
        trained: String,
    },
    /// The other job, or its model, is gone.
    #[error("{job} started from the model of {parent}, whose configuration and tokenizer it needs: {why}")]
    ParentMissing {
        /// `results/NAME:LABEL`
        job: String,
        /// The other job as the experiment names it.
        parent: String,
        /// Why it is missing.
        why: String,
    },
    /// A later version of the program saved the model.
    #[error("{job}: {source}")]
    Newer {
        /// `results/NAME:LABEL`
        job: String,
        /// Which version it has.
        source: SavedModelError,
    },
    /// The saved model is damaged.
    #[error("the saved model {} is damaged: {what}; restore it from a copy; else {}", path.display(), how_to_save(job, only))]
    Damaged {
        /// `results/NAME:LABEL`
        job: String,
        /// What `--only` selects the job by; empty if it is the only one.
        only: String,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Files of its checkpoint that cannot be fetched.
    #[error("files of the checkpoint {checkpoint} are missing: {}", listed(errors))]
    Fetch {
        /// As the experiment names it.
        checkpoint: String,
        /// Each problem.
        errors: Vec<FetchError>,
    },
    /// The checkpoint's configuration or weights.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The checkpoint's tokenizer, or the data set.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A checkpoint that the program does not have.
    #[error("this program has no {checkpoint}; it comes from another version: use that one")]
    NoBuiltin {
        /// `builtin:NAME`
        checkpoint: String,
    },
}

/// What makes the model of a job that has none.
fn how_to_save(job: &str, only: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let only = if only.is_empty() { String::new() } else { format!(" --only {}", quoted(only)) };
    format!(
        "`runner export {} OUT --train` trains it again and writes it to OUT; to keep it with the results, set \
         save.models = \"all\" in the experiment and use `runner run FILE --force{only}`",
        quoted(job)
    )
}
