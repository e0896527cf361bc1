//! How a job fails, which makes a row, and how a run fails, which ends it.

use std::path::Path;
use std::sync::Arc;

use crate::data::DataError;
use crate::engine::EngineError;
use crate::hub::InputFile;
use crate::machine::NoMemory;
use crate::metrics::MetricsError;
use crate::model::ModelError;
use crate::model::saved::SavedModelError;
use crate::results::{Failure, ResultsError};
use crate::spec::{EvaluationSet, Settings};
use crate::train::TrainError;
use crate::train::checkpoint::CheckpointError;

/// What can go wrong in a job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Its data or tokenizer.
    #[error(transparent)]
    Data(Arc<DataError>),
    /// Its checkpoint.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Its scores.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The trained model could not be stored.
    #[error(transparent)]
    Saving(SavedModelError),
    /// What an earlier run left of this training is of no use; the training starts over.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The results folder refused.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A checkpoint could not be written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// More pieces than the model has positions for.
    #[error("model.max_length = {max_length} is beyond the checkpoint's longest input, {longest}; lower it")]
    MaxLength {
        /// Asked.
        max_length: usize,
        /// The model's.
        longest: usize,
    },
    /// The tokenizer knows more pieces than the embedding has rows.
    #[error(
        "the tokenizer gives piece {piece}, the checkpoint's word embedding has {rows} rows; take tokenizer and weights of one model"
    )]
    Vocabulary {
        /// The largest piece met.
        piece: u32,
        /// Rows there are.
        rows: usize,
    },
    /// Validation rows on which no score has a value.
    #[error(
        "the {rows} validation rows have no entity, so weights cannot be compared on them; raise data.validation_size or drop train.evaluate_every"
    )]
    NothingToFind {
        /// Rows there are.
        rows: usize,
    },
    /// More layers to freeze than there are.
    #[error("model.freeze = {asked}, but the checkpoint has {layers} layers; lower it, or freeze = true")]
    Freeze {
        /// Asked.
        asked: usize,
        /// The model's.
        layers: usize,
    },
    /// Settings whose product is beyond what can be counted.
    #[error("{what} is more than can be counted; lower {key}")]
    TooLarge {
        /// The settings and their values.
        what: String,
        /// What to lower.
        key: &'static str,
    },
    /// A number format that the device has no use for.
    #[error("train.precision = \"bf16\" needs a GPU of compute capability 8.0 or later; say \"fp32\" or \"auto\"")]
    Precision,
    /// The program's own checkpoint of an unknown name.
    #[error("there is no checkpoint `builtin:{name}`; there is `builtin:tiny`")]
    NoSuchBuiltin {
        /// The name.
        name: String,
    },
    /// What jobs share could not be made, as the first of them found.
    #[error(transparent)]
    Shared(Arc<JobError>),
    /// No further threads could be started.
    #[error("no more threads could be started: {0}; ask for fewer with --threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A defect of this program.
    #[error("the job panicked: {0}; this is a defect of the program, please report it")]
    Panic(String),
    /// The run is being stopped; the job is not done, and no row.
    #[error("interrupted")]
    Interrupted,
}

/// What an earlier run left of a training, and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Its saved model.
    #[error(transparent)]
    Model(SavedModelError),
    /// Its checkpoint.
    #[error("{0}; restarting from step 0")]
    Checkpoint(CheckpointError),
}

impl From<Arc<DataError>> for JobError {
    fn from(error: Arc<DataError>) -> Self {
        Self::Data(error)
    }
}

impl From<DataError> for JobError {
    fn from(error: DataError) -> Self {
        Self::Data(Arc::new(error))
    }
}

impl From<TrainError> for JobError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Engine(error) => Self::Engine(error),
            TrainError::Interrupted => Self::Interrupted,
        }
    }
}

impl JobError {
    /// The word that stands before the message in the table.
    fn code(&self) -> &'static str {
        match self {
            Self::Data(error) => error.code(),
            Self::Model(ModelError::NotFinite { .. }) => "not-finite",
            Self::Model(_) => "checkpoint",
            Self::Engine(error) if error.blames_weights() => "not-finite",
            Self::Engine(EngineError::NotFinite { .. } | EngineError::LogitsNotFinite { .. }) => "diverged",
            Self::Engine(EngineError::Device(_) | EngineError::Gpu(_) | EngineError::Shape(_)) => "device",
            Self::Engine(EngineError::GpuMemory { .. } | EngineError::Memory { .. }) => "memory",
            Self::Metrics(_) => "metrics",
            Self::Saving(_) | Self::Unusable(_) | Self::Results(_) | Self::Checkpoint(_) => "storage",
            Self::MaxLength { .. } => "max_length",
            Self::Vocabulary { .. } => "vocabulary",
            Self::NothingToFind { .. } => "validation",
            Self::Freeze { .. } => "freeze",
            Self::TooLarge { .. } => "too-large",
            Self::Precision => "precision",
            Self::NoSuchBuiltin { .. } => "checkpoint",
            Self::Shared(error) => error.code(),
            Self::Threads(_) => "threads",
            Self::Panic(_) => "panic",
            Self::Interrupted => "interrupted",
        }
    }

    /// As a row's failure.
    pub(super) fn failure(&self) -> Failure {
        Failure { code: self.code().to_owned(), message: self.to_string() }
    }

    /// As the failure of a further set, whose settings these are.
    pub(super) fn failure_of_set(&self, settings: &Settings) -> Failure {
        let message = EvaluationSet::said_of(settings.data.test_split, &self.to_string());
        Failure { code: self.code().to_owned(), message }
    }

    /// Where the file at fault lies on this machine; messages name it only as its repository or folder does. `inputs`: the
    /// files that it is one of.
    pub(super) fn file<'a>(&'a self, mut inputs: impl Iterator<Item = &'a InputFile>) -> Option<&'a Path> {
        match self {
            Self::Model(error) => error.path(),
            Self::Shared(error) => error.file(inputs),
            Self::Data(error) => {
                let name = error.file()?;
                inputs.find(|file| file.name == name).map(|file| file.path.as_path())
            }
            _ => None,
        }
    }

    /// Whether the job is not at fault but the machine, or who stops it: then no row says that the job failed.
    pub(super) fn ends_the_run(&self) -> bool {
        match self {
            Self::Saving(_) | Self::Results(_) | Self::Checkpoint(_) | Self::Threads(_) | Self::Interrupted => true,
            Self::Shared(error) => error.ends_the_run(),
            _ => false,
        }
    }
}

/// What ends a run: all of it is of the environment.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The results folder cannot be written or read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// Models or predictions cannot be stored.
    #[error("job {label}: {source}")]
    Storage {
        /// The job.
        label: String,
        /// Why.
        source: JobError,
    },
    /// Hardly any memory is free.
    #[error(transparent)]
    Memory(#[from] NoMemory),
    /// No threads could be started.
    #[error("no threads could be started: {0}; ask for fewer with --threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}
