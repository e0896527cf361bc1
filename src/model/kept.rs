//! A trained model on disk: the parameters that learned, and what is needed to use them again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};

use super::layout::{Layout, Parameter};

/// Version of the folder's format; another is trained anew.
pub const VERSION: u32 = 2;

const WEIGHTS: &str = "model.safetensors";
const DESCRIPTION: &str = "model.json";

/// A model that could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The system refused.
    #[error("{}: {source}; check space and permissions, then run again", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The content is not what was written.
    #[error("{}: {what}; the model has to be trained again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The format refused.
    #[error("the parameters cannot be laid out as safetensors: {0}")]
    Format(#[from] SafeTensorError),
}

/// What `model.json` says beside the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of this format.
    pub version: u32,
    /// The key of the training.
    pub training: String,
    /// Where it was trained: on another the weights differ by rounding.
    pub environment: String,
    /// The checkpoint as the experiment names it.
    pub checkpoint: String,
    /// Its revision.
    pub revision: String,
    /// SHA-256 of the checkpoint's files, by role.
    pub inputs: BTreeMap<String, String>,
    /// Whether the encoder's fixed part has to be taken from the checkpoint.
    pub partial: bool,
    /// The tags, by class.
    pub labels: Vec<String>,
    /// Pieces of the longest input.
    pub max_length: usize,
    /// How the training went: text of the caller's making.
    pub note: String,
}

/// Writes `parameters` as `model.safetensors`, under transformers' names, and `description` as `model.json` into
/// `folder`. The description comes last and says that the weights are whole.
///
/// # Errors
/// Those of the disk; nothing half written is left under those names.
pub fn save<'a>(
    folder: &Path,
    parameters: impl Iterator<Item = (&'a Parameter, &'a [f32])>,
    description: &Description,
) -> Result<(), KeptError> {
    let view = |(parameter, values): (&'a Parameter, &'a [f32])| {
        let view = TensorView::new(Dtype::F32, parameter.shape.clone(), bytemuck::cast_slice(values))?;
        Ok((parameter.name.as_str(), view))
    };
    let views = parameters.map(view).collect::<Result<Vec<_>, SafeTensorError>>()?;
    let json = serde_json::to_vec_pretty(description).expect("the description is plain data");
    fs::create_dir_all(folder).map_err(|source| KeptError::Disk { path: folder.to_owned(), source })?;
    write(&folder.join(WEIGHTS), |beside| match safetensors::serialize_to_file(views, None, beside) {
        Err(SafeTensorError::IoError(source)) => Ok(Err(source)),
        written => written.map(Ok),
    })?;
    write(&folder.join(DESCRIPTION), |beside| Ok(fs::write(beside, json)))
}

/// Has `content` written beside, then renames.
fn write(path: &Path, content: impl FnOnce(&Path) -> Result<io::Result<()>, SafeTensorError>) -> Result<(), KeptError> {
    let beside = path.with_extension("part");
    let synced = || File::open(&beside)?.sync_all();
    let written = content(&beside)?.and_then(|()| synced()).and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| KeptError::Disk { path: path.to_owned(), source })
}

/// A model found on disk.
#[derive(Debug)]
pub struct Kept {
    /// What it is.
    pub description: Description,
    path: PathBuf,
    weights: Mmap,
}

impl Kept {
    /// The model in `folder`; none if there is none, or one of another version of this format.
    ///
    /// # Errors
    /// A damaged file, or what the system says.
    pub fn open(folder: &Path) -> Result<Option<Self>, KeptError> {
        let path = folder.join(DESCRIPTION);
        let damaged = |path: &Path, what: String| KeptError::Damaged { path: path.to_owned(), what };
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|source| KeptError::Disk { path: path.clone(), source })?,
        };
        let json: serde_json::Value = serde_json::from_slice(&text).map_err(|e| damaged(&path, e.to_string()))?;
        if json.get("version") != Some(&VERSION.into()) {
            return Ok(None);
        }
        let description = serde_json::from_value(json).map_err(|e| damaged(&path, e.to_string()))?;
        let path = folder.join(WEIGHTS);
        // SAFETY: the file is only ever replaced by renaming, never written to.
        let weights = File::open(&path)
            .and_then(|file| unsafe { Mmap::map(&file) })
            .map_err(|source| KeptError::Disk { path: path.clone(), source })?;
        SafeTensors::deserialize(&weights).map_err(|e| damaged(&path, e.to_string()))?;
        Ok(Some(Self { description, path, weights }))
    }

    /// Copies what learned into `parameters`, laid out as `layout` says: the parameters from `learning_from` on.
    ///
    /// # Errors
    /// A tensor missing or of another shape.
    pub fn fill(&self, layout: &Layout, learning_from: usize, parameters: &mut [f32]) -> Result<(), KeptError> {
        let damaged = |what: String| KeptError::Damaged { path: self.path.clone(), what };
        let tensors = SafeTensors::deserialize(&self.weights).map_err(|e| damaged(e.to_string()))?;
        for parameter in layout.parameters.iter().filter(|p| p.span.start >= learning_from) {
            let tensor = tensors.tensor(&parameter.name).map_err(|e| damaged(e.to_string()))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != parameter.shape {
                let (found, needed) = (tensor.shape(), &parameter.shape);
                return Err(damaged(format!("{} is {found:?} where {needed:?} is needed", parameter.name)));
            }
            let numbers = tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            parameters[parameter.span.range()].iter_mut().zip(numbers).for_each(|(value, number)| *value = number);
        }
        Ok(())
    }
}
