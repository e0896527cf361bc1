//! `model.safetensors` of an export: all weights, with transformers' names.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use crate::files::{FloatBuffer, FloatFormat, write_floats_as};
use crate::model::{Layout, adapters};
use crate::trained::TrainedJob;

use super::error::ExportError;

/// Writes the weights, adapters merged into them, to the new file `path`. The model is in memory once.
pub(super) fn write_weights(job: &TrainedJob, path: &Path, format: FloatFormat) -> Result<(), ExportError> {
    let layout = Layout::new(&job.config, job.labels().len());
    let mut parameters = vec![0.0; layout.len];
    job.fill(&layout, &mut parameters)?;
    adapters::merge(&job.config, &layout, &mut parameters);
    let buffers: Vec<FloatBuffer<'_>> = layout
        .parameters
        .iter()
        .filter(|one| !one.role.is_lora())
        .map(|one| FloatBuffer { name: &one.name, shape: &one.shape, values: &parameters[one.span.range()] })
        .collect();
    for buffer in &buffers {
        if let Some(value) = buffer.values.iter().find(|value| format.overflows(**value)) {
            return Err(ExportError::Overflow { tensor: buffer.name.to_owned(), value: *value, format });
        }
    }
    // transformers refuses a file that does not say which library's layout it has
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let written = File::create_new(path).and_then(|mut file| {
        write_floats_as(&mut file, &buffers, format, Some(metadata))?;
        file.sync_all()
    });
    written.map_err(ExportError::disk(path))
}
