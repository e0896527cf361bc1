//! A trained model on disk: the parameters that learned, and what is needed to use them again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use safetensors::tensor::{Dtype, TensorView};
use serde::Serialize;

use super::layout::Parameter;

/// A model that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The system refused.
    #[error("{}: cannot be written: {source}; free space or permissions, then run again", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The device did not give the values.
    #[error("the parameters cannot be read from the device: {0}")]
    Device(#[from] candle_core::Error),
    /// The format refused.
    #[error("the parameters cannot be laid out as safetensors: {0}")]
    Format(#[from] safetensors::SafeTensorError),
}

/// What `model.json` says beside the weights.
#[derive(Debug, Serialize)]
pub struct Description<'a> {
    /// Version of this format.
    pub version: u32,
    /// The job's key.
    pub key: &'a str,
    /// The checkpoint as the experiment names it.
    pub checkpoint: &'a str,
    /// Its revision.
    pub revision: &'a str,
    /// SHA-256 of the checkpoint's files, by role.
    pub inputs: &'a std::collections::BTreeMap<String, String>,
    /// Whether the encoder's fixed part has to be taken from the checkpoint.
    pub partial: bool,
    /// The tags, by class.
    pub labels: &'a [String],
    /// Pieces of the longest input.
    pub max_length: usize,
}

/// Writes `parameters` as `model.safetensors`, under transformers' names, and `description` as `model.json` into `folder`.
///
/// # Errors
/// Those of the disk; nothing half written is left under those names.
pub fn save<'a>(
    folder: &Path,
    parameters: impl Iterator<Item = (&'a Parameter, Tensor)>,
    description: &Description<'_>,
) -> Result<(), SaveError> {
    let mut values = Vec::new();
    for (parameter, tensor) in parameters {
        let tensor = tensor.to_device(&Device::Cpu)?.flatten_all()?.to_vec1::<f32>()?;
        let bytes: Vec<u8> = tensor.iter().flat_map(|value| value.to_le_bytes()).collect();
        values.push((parameter.name.as_str(), parameter.shape.clone(), bytes));
    }
    let views =
        values.iter().map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
    let views = views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    let weights = safetensors::serialize(views, None)?;
    let json = serde_json::to_vec_pretty(description).expect("the description is plain data");
    std::fs::create_dir_all(folder).map_err(|source| SaveError::Write { path: folder.to_owned(), source })?;
    write(&folder.join("model.safetensors"), &weights)?;
    write(&folder.join("model.json"), &json)
}

/// Writes beside, then renames.
fn write(path: &Path, content: &[u8]) -> Result<(), SaveError> {
    let beside = path.with_extension("part");
    let attempt = || {
        let mut file = File::create(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    attempt().map_err(|source| SaveError::Write { path: path.to_owned(), source })
}
