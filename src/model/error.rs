//! What can be wrong with a checkpoint. Messages have a file's name and not its path, because they reach `results.csv`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::weights::WeightsError;

/// A checkpoint that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", file_name(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// config.json says something the engine cannot do, or nothing sensible.
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
        /// What it has that the engine has not; empty where it is not known.
        why: &'static str,
        /// Those there are.
        known: String,
    },
    /// A weight file that is no safetensors file, or cut off.
    #[error(
        "{}: not a whole safetensors file ({what}); the file is damaged: copy it again from where it came, or name another model.checkpoint",
        file_name(path)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        what: String,
    },
    /// A weight file of another kind that cannot be read, or an index.
    #[error("{}: {source}", file_name(path))]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: WeightsError,
    },
    /// Tensors missing or of another shape than config.json says.
    #[error(
        "the weights do not fit config.json: {}; the files are of different models or an export went wrong",
        some_of(problems)
    )]
    Tensors {
        /// One entry a tensor.
        problems: Vec<String>,
    },
    /// A number format that does not widen to float32.
    #[error(
        "tensor {name} has the type {found}; float32, float64, float16 and bfloat16 can be read: save the model in one of them, or choose another model.checkpoint"
    )]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        found: String,
    },
    /// A weight that is no number, or beyond float32.
    #[error(
        "{}: tensor {name} has a value that is not finite in float32; the file is damaged or its training diverged: copy it again from where it came, or choose another model.checkpoint or model.revision",
        file_name(path)
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// Evaluation without training of a classifier that was never trained.
    #[error(
        "epochs = 0 evaluates the checkpoint as it is, but it has no classifier for these tags: {why}; {}",
        untrained_remedy(known)
    )]
    NoClassifier {
        /// Why the checkpoint's own cannot serve.
        why: String,
        /// The checkpoint's tags, where they are all of the data's and more.
        known: Vec<String>,
    },
}

impl ModelError {
    /// The file at fault, where one is.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Read { path, .. }
            | Self::Config { path, .. }
            | Self::Family { path, .. }
            | Self::Damaged { path, .. }
            | Self::NotFinite { path, .. }
            | Self::Weights { path, .. } => Some(path),
            Self::Tensors { .. } | Self::Type { .. } | Self::NoClassifier { .. } => None,
        }
    }
}

/// Problems named in a message at most.
const NAMED: usize = 12;

fn some_of(problems: &[String]) -> String {
    let mut named = problems.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    if problems.len() > NAMED {
        named.push_str(&format!("; and {} more", problems.len() - NAMED));
    }
    named
}

/// What to do where a classifier is set aside and none is trained.
fn untrained_remedy(known: &[String]) -> String {
    if known.is_empty() {
        return "train it, or choose a fine-tuned checkpoint".to_owned();
    }
    let quoted: Vec<String> = known.iter().map(|tag| format!("\"{tag}\"")).collect();
    format!("take the checkpoint's tags: data.labels = [{}]", quoted.join(", "))
}

fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}
