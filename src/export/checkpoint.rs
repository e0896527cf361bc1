//! The part of an export that is a checkpoint: configuration, weights, tokenizer.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use crate::files::FloatFormat;
use crate::trained::TrainedJob;

use super::configuration::configuration;
use super::error::ExportError;
use super::tokenizer::TokenizerFiles;
use super::weights::write_weights;

/// The name of the weights.
pub const WEIGHTS: &str = "model.safetensors";

/// Writes `config.json`, `model.safetensors`, `tokenizer.json` and `tokenizer_config.json` of the job into `folder`, which
/// has no such files yet. Equal models have equal bytes, on every machine. A folder that was begun stays when this fails.
///
/// # Errors
/// A model that is not complete, a value that `format` cannot hold, a file that cannot be written.
pub fn write_checkpoint(job: &TrainedJob, folder: &Path, format: FloatFormat) -> Result<(), ExportError> {
    let tokenizer = TokenizerFiles::of(job)?;
    write(&folder.join("config.json"), configuration(job, format)?.as_bytes())?;
    write(&folder.join("tokenizer.json"), &tokenizer.tokenizer)?;
    write(&folder.join("tokenizer_config.json"), tokenizer.settings.as_bytes())?;
    write_weights(job, &folder.join(WEIGHTS), format)
}

/// Writes a new file.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), ExportError> {
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(ExportError::disk(path))
}
