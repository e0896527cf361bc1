//! `config.json` of an export: the checkpoint's own, with the job's tags.

use std::fs;

use serde_json::{Map, Value, json};

use crate::files::FloatFormat;
use crate::model::builtin::TINY_CONFIG;
use crate::model::{CRF_KEY, TRAINING_KEY};
use crate::spec::Source;
use crate::trained::TrainedJob;

use super::error::ExportError;

/// Keys of a checkpoint that an export has no use for: where it lay, names for the type and the number of its classes that
/// older versions wrote, code that lies beside it, and a CRF that the job may not have.
const LEFT_OUT: [&str; 6] = ["_name_or_path", "torch_dtype", "num_labels", "_num_labels", "auto_map", CRF_KEY];

/// The text of `config.json`, with sorted keys. Equal models have equal texts.
pub(super) fn configuration(job: &TrainedJob, format: FloatFormat) -> Result<String, ExportError> {
    let mut keys = of_checkpoint(job)?;
    for key in LEFT_OUT {
        keys.remove(key);
    }
    let labels = job.labels().iter().enumerate();
    let id2label: Map<String, Value> = labels.clone().map(|(id, label)| (id.to_string(), json!(label))).collect();
    let label2id: Map<String, Value> = labels.map(|(id, label)| (label.clone(), json!(id))).collect();
    let ours = [
        ("architectures", json!([job.config.family.token_classifier])),
        ("dtype", json!(format.name())),
        ("id2label", Value::Object(id2label)),
        ("label2id", Value::Object(label2id)),
        (TRAINING_KEY, json!(job.training.as_str())),
    ];
    keys.extend(ours.map(|(key, value)| (key.to_owned(), value)));
    if job.config.crf {
        keys.insert(CRF_KEY.to_owned(), json!(true));
    }
    let text = serde_json::to_string_pretty(&keys).expect("values are plain data");
    Ok(text + "\n")
}

fn of_checkpoint(job: &TrainedJob) -> Result<Map<String, Value>, ExportError> {
    let path = &job.inputs.config.path;
    let failed = |reason: String| ExportError::Configuration { path: path.clone(), reason };
    let text = match &job.settings.model.checkpoint {
        Source::Builtin(_) => TINY_CONFIG.to_owned(),
        Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => {
            fs::read_to_string(path).map_err(|error| failed(error.to_string()))?
        }
    };
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| failed(error.to_string()))
}
