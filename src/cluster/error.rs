//! Why an experiment cannot be submitted, looked at or canceled, and what to do.

use std::io;
use std::path::PathBuf;

use crate::experiment::ExperimentError;
use crate::results::ResultsError;
use crate::spec::Problems;

/// What came of asking Slurm.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// There is no such program.
    #[error(
        "there is no program `{program}` here; submit on a login node of a Slurm cluster, or write the script for \
         another scheduler: --script-only"
    )]
    Missing {
        /// Its name.
        program: &'static str,
    },
    /// It cannot be started.
    #[error("{program} cannot be started: {source}")]
    Start {
        /// Its name.
        program: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// It does not end.
    #[error("{program} gave no answer within {seconds} s; `sinfo` says whether Slurm's controller runs")]
    NoAnswer {
        /// Its name.
        program: &'static str,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The controller is out of reach, or its reply was lost.
    #[error("{program}: {said}; `sinfo` says whether Slurm's controller runs")]
    OutOfReach {
        /// The program that says so.
        program: &'static str,
        /// In Slurm's words.
        said: String,
    },
    /// Slurm refuses.
    #[error("{program}: {said}")]
    Refused {
        /// The program that says so.
        program: &'static str,
        /// In Slurm's words.
        said: String,
    },
    /// An answer that is no job's id.
    #[error("sbatch answered with what is no job's id: {said:?}; `squeue --me` shows whether there is a job")]
    NoId {
        /// The answer.
        said: String,
    },
}

impl SlurmError {
    /// Whether Slurm may have done what it was asked all the same.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::OutOfReach { .. } | Self::NoId { .. })
    }
}

/// Why an experiment cannot be submitted, looked at or canceled.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The experiment, its inputs or its folder.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// No submission of this id or in this folder.
    #[error("no submission {} in {}; `runner status DIR` lists those of a results folder, and --out says where results are", asked.display(), out.display())]
    NoSubmission {
        /// The id or folder.
        asked: PathBuf,
        /// The folder of all results.
        out: PathBuf,
    },
    /// Slurm.
    #[error(transparent)]
    Slurm(#[from] SlurmError),
    /// Slurm does not answer, and may have taken the jobs or not.
    #[error(
        "{error}; whether submission {id} was accepted is not known: the same command looks for it before it submits again"
    )]
    Lost {
        /// The submission.
        id: String,
        /// What went wrong.
        error: SlurmError,
    },
    /// Data or a checkpoint are not what was submitted.
    #[error(
        "data or a checkpoint of job {job} changed since submission {id}; nothing was trained: restore the files, or cancel and submit again"
    )]
    InputsChanged {
        /// The submission.
        id: String,
        /// The first job that reads them.
        job: String,
    },
    /// Results that workers make are to be made anew.
    #[error("{} is shared by {by}, and --force and --refresh need it alone; wait for them, or stop them with `runner cancel {}`", folder.display(), folder.display())]
    ForcedBeside {
        /// The results folder.
        folder: PathBuf,
        /// The submissions and workers.
        by: String,
    },
    /// Another version of the experiment is under way in the folder.
    #[error(
        "submission {id} in {} has another version of the experiment and is not finished; wait for it, cancel it \
         (`runner cancel {}`), or choose another folder with --name",
        folder.display(), folder.display()
    )]
    OtherVersion {
        /// The submission.
        id: String,
        /// The results folder.
        folder: PathBuf,
    },
    /// An input or the experiment changed meanwhile.
    #[error("{what} changed while it was submitted; submit again")]
    Changed {
        /// What: a job's label.
        what: String,
    },
    /// Nothing was ever submitted there.
    #[error("{} was never submitted; `runner submit FILE` submits an experiment, and its results are in results/NAME", .0.display())]
    NotSubmitted(PathBuf),
    /// A later version of the program submitted it.
    #[error(
        "{}: it has version {found}, and this runner reads version {known}; update runner, or remove its folder if nobody \
         works on it",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// A file of a submission that cannot be understood.
    #[error("{}: {reason}; submit again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl ClusterError {
    /// Whether the command is wrong, not the machine.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::OtherVersion { .. } | Self::ForcedBeside { .. } | Self::NotSubmitted(_) | Self::NoSubmission { .. }
        )
    }

    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

impl From<ResultsError> for ClusterError {
    fn from(error: ResultsError) -> Self {
        Self::Experiment(error.into())
    }
}

impl From<Problems> for ClusterError {
    fn from(problems: Problems) -> Self {
        Self::Experiment(problems.into())
    }
}
