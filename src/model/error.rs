//! Errors of checkpoints. Messages have a file's name, not its path, because they reach `results.csv`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::weights::WeightsError;

/// A checkpoint that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}; check that it exists and is readable", file_name(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// config.json is invalid, or has an unsupported value.
    #[error("{}: {what}", file_name(path))]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// An architecture without an entry in [`super::Family`].
    #[error(
        "{}: architecture \"{found}\" is not supported{}{why}; choose a checkpoint of: {known}",
        file_name(path),
        if why.is_empty() { "" } else { ": " }
    )]
    Family {
        /// The file.
        path: PathBuf,
        /// `model_type`.
        found: String,
        /// Why it is not supported; empty for an unknown architecture.
        why: &'static str,
        /// The names of the supported architectures.
        known: String,
    },
    /// A safetensors file that is invalid or incomplete.
    #[error(
        "{}: not a complete safetensors file ({what}); copy the file again, or choose another model.checkpoint",
        file_name(path)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reader's error.
        what: String,
    },
    /// Another weight file, or an index, that is invalid.
    #[error("{}: {source}", file_name(path))]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: WeightsError,
    },
    /// Tensors that are missing or do not have the shape of config.json.
    #[error(
        "the weights do not fit config.json: {}; use the files of one model, or export it again",
        some_of(problems)
    )]
    Tensors {
        /// One entry per tensor.
        problems: Vec<String>,
    },
    /// A number type that cannot be converted to float32.
    #[error(
        "tensor {name} has the type {found}, but only float32, float64, float16 and bfloat16 are supported; save the model in one of them, or choose another model.checkpoint"
    )]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        found: String,
    },
    /// A weight that is NaN, infinite or beyond float32.
    #[error(
        "{}: tensor {name} has a value that is not finite in float32: the file is damaged or its training diverged; copy it again, or choose another model.checkpoint or model.revision",
        file_name(path)
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// `train.epochs = 0` without a trained classifier.
    #[error(
        "train.epochs = 0 evaluates the checkpoint without training, but it has no classifier for these tags: {why}; {}",
        untrained_remedy(known)
    )]
    NoClassifier {
        /// Why the checkpoint's own classifier cannot be used.
        why: String,
        /// The checkpoint's tags, if they include all tags of the data.
        known: Vec<String>,
    },
    /// `model.classifier = "keep"`, and no classifier fits.
    #[error("model.classifier = \"keep\", but there is none to keep: {why}; remove the key, or write \"new\"")]
    NotKept {
        /// Why the checkpoint's own classifier cannot be used.
        why: String,
    },
}

impl ModelError {
    /// The file at fault, if there is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Read { path, .. }
            | Self::Config { path, .. }
            | Self::Family { path, .. }
            | Self::Damaged { path, .. }
            | Self::NotFinite { path, .. }
            | Self::Weights { path, .. } => Some(path),
            Self::Tensors { .. } | Self::Type { .. } | Self::NoClassifier { .. } | Self::NotKept { .. } => None,
        }
    }
}

/// Most problems in a message.
const NAMED: usize = 12;

fn some_of(problems: &[String]) -> String {
    let mut named = problems.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    if problems.len() > NAMED {
        named.push_str(&format!("; and {} more", problems.len() - NAMED));
    }
    named
}

/// What to do without a classifier for the tags.
fn untrained_remedy(known: &[String]) -> String {
    if known.is_empty() {
        return "train it, or choose a fine-tuned checkpoint".to_owned();
    }
    let quoted: Vec<String> = known.iter().map(|tag| format!("\"{tag}\"")).collect();
    format!("use the checkpoint's tags: data.labels = [{}]", quoted.join(", "))
}

fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}
