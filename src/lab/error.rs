//! Errors of a job, which make a row, and errors of a run, which end it.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use crate::data::DataError;
use crate::engine::EngineError;
use crate::hub::InputFile;
use crate::machine::NoMemory;
use crate::metrics::MetricsError;
use crate::model::saved::SavedModelError;
use crate::model::{GroupError, ModelError};
use crate::results::{Failure, ResultsError};
use crate::spec::{EvaluationSet, InputLength, Settings};
use crate::train::TrainError;
use crate::train::checkpoint::CheckpointError;

/// Why a job fails.
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
    /// The trained model cannot be saved, or a later version of the program saved the one that is there.
    #[error(transparent)]
    Saving(SavedModelError),
    /// A saved model or checkpoint of this training is unusable; the training starts over.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The results folder cannot be written.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A checkpoint cannot be written, or is of a later version of the program.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// More subword tokens than the model has positions.
    #[error("{length} exceeds the checkpoint's longest input, {longest}; lower it")]
    MaxLength {
        /// That of inputs.
        length: InputLength,
        /// The model's.
        longest: usize,
    },
    /// The tokenizer has more tokens than the embedding has rows.
    #[error(
        "the tokenizer produces id {token}, but the checkpoint's word embedding has {rows} rows; use tokenizer and weights of the same model"
    )]
    Vocabulary {
        /// The largest token id.
        token: u32,
        /// Rows of the embedding.
        rows: usize,
    },
    /// Validation rows without an entity, on which no score has a value.
    #[error(
        "the {rows} validation rows have no entity, so evaluations have no score; raise data.validation_size or remove train.evaluate_every"
    )]
    NothingToFind {
        /// How many.
        rows: usize,
    },
    /// A rank that is not low.
    #[error("model.lora_rank = {rank}, but the rank of the checkpoint's weights is at most {most}; lower it")]
    LoraRank {
        /// What was asked for.
        rank: usize,
        /// The least rank of an adapted weight.
        most: usize,
    },
    /// An adapter beside two matrices that the program holds as one.
    #[error(
        "model.lora_targets has \"up\", which in this family is two matrices, gate and up; take \"down\" or those of attention"
    )]
    LoraUp,
    /// Biases are to learn in an encoder without any.
    #[error("model.adapt = \"bitfit\", but the checkpoint's encoder has no biases; use \"lora\"")]
    NoBiases,
    /// More layers to learn than there are.
    #[error("model.last_layers = {asked}, but the checkpoint has {layers} layers; lower it")]
    LastLayers {
        /// The setting.
        asked: usize,
        /// The model's.
        layers: usize,
    },
    /// Layers to learn of which one has the parameters of a frozen one.
    #[error("model.last_layers = {asked}, but these layers share parameters with those below them; set it to {next}")]
    SharedLayers {
        /// The setting.
        asked: usize,
        /// The next number of layers that share none.
        next: usize,
    },
    /// More layers to freeze than there are.
    #[error("model.freeze = {asked}, but the checkpoint has {layers} layers; lower it, or set model.freeze = true")]
    Freeze {
        /// The setting.
        asked: usize,
        /// The model's.
        layers: usize,
    },
    /// Settings whose product overflows.
    #[error("{what} is too large; lower {key}")]
    TooLarge {
        /// The settings and their values.
        what: String,
        /// What to lower.
        key: &'static str,
    },
    /// A weight of a tag that the data do not have.
    #[error("train.class_weights names {tag}, which is no tag of the data; use {}", known.join(", "))]
    UnknownClass {
        /// The tag.
        tag: String,
        /// The data's tags.
        known: Vec<String>,
    },
    /// A group of parameters without an effect.
    #[error(transparent)]
    Groups(#[from] GroupError),
    /// A number format that the device does not support.
    #[error("train.precision = \"bf16\" needs a GPU of compute capability 8.0 or later; use \"fp32\" or \"auto\"")]
    Precision,
    /// A builtin checkpoint of an unknown name.
    #[error("unknown checkpoint `builtin:{name}`; use `builtin:tiny`")]
    NoSuchBuiltin {
        /// The name.
        name: String,
    },
    /// An error in data that jobs share, as the first of them met it.
    #[error(transparent)]
    Shared(Arc<JobError>),
    /// Further threads cannot be started.
    #[error("cannot start more threads: {0}; use fewer with --threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A bug of this program.
    #[error("the job panicked: {0}; this is a bug, please report it")]
    Panic(String),
    /// Workers that began it died, one after the other.
    #[error(
        "{workers} workers were lost while they ran it; their logs may say why, such as too little memory: give each worker more, or run the job alone"
    )]
    Lost {
        /// How many.
        workers: u32,
    },
    /// The run stops; the job has no row.
    #[error("interrupted")]
    Interrupted,
}

/// An unusable file of an earlier run.
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
    /// Of a panic, with its message.
    pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Panic(text.unwrap_or_else(|| "no message".to_owned()))
    }

    /// The word before the message in the table.
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
            Self::LoraRank { .. } => "lora_rank",
            Self::LoraUp => "lora_targets",
            Self::NoBiases => "adapt",
            Self::LastLayers { .. } | Self::SharedLayers { .. } => "last_layers",
            Self::TooLarge { .. } => "too-large",
            Self::UnknownClass { .. } => "class_weights",
            Self::Groups(_) => "groups",
            Self::Precision => "precision",
            Self::NoSuchBuiltin { .. } => "checkpoint",
            Self::Shared(error) => error.code(),
            Self::Threads(_) => "threads",
            Self::Panic(_) => "panic",
            Self::Lost { .. } => "lost",
            Self::Interrupted => "interrupted",
        }
    }

    /// As a row's failure.
    pub(super) fn failure(&self) -> Failure {
        Failure { code: self.code().to_owned(), message: self.to_string() }
    }

    /// As the failure of an evaluation set, whose settings these are.
    pub(super) fn failure_of_set(&self, settings: &Settings) -> Failure {
        let message = EvaluationSet::reworded(settings.data.test_split, &self.to_string());
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

    /// Whether the GPU is the cause, and not the job.
    pub(super) fn is_of_gpu(&self) -> bool {
        match self {
            Self::Engine(error)
            | Self::Checkpoint(CheckpointError::Engine(error))
            | Self::Unusable(Unusable::Checkpoint(CheckpointError::Engine(error))) => error.is_of_gpu(),
            Self::Shared(error) => error.is_of_gpu(),
            _ => false,
        }
    }

    /// Whether the machine or an interruption is the cause, and not the job: the job then has no row.
    pub(super) fn ends_the_run(&self) -> bool {
        match self {
            Self::Saving(_) | Self::Results(_) | Self::Checkpoint(_) | Self::Threads(_) | Self::Interrupted => true,
            Self::Shared(error) => error.ends_the_run(),
            _ => false,
        }
    }
}

/// Why a run ends: always the environment.
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
    /// Every GPU failed.
    #[error(
        "no GPU is left: {} not run; check the GPUs with `runner doctor` and nvidia-smi, then run the same command to resume",
        match trainings { 1 => "1 training was".to_owned(), more => format!("{more} trainings were") }
    )]
    GpusLost {
        /// Trainings that are left.
        trainings: usize,
    },
    /// Too little memory is free.
    #[error(transparent)]
    Memory(#[from] NoMemory),
    /// Threads cannot be started.
    #[error("cannot start threads: {0}; use fewer with --threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}
