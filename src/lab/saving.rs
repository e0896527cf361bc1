//! Saves trained models, and finds the saved model of a training.

use std::path::PathBuf;

use crate::data::Corpus;
use crate::engine::{Engine, TrainingState};
use crate::model::Parameter;
use crate::model::saved::{self, Description, SavedModel, SavedModelError};
use crate::train::History;

use super::context::JobContext;
use super::error::JobError;
use super::task::{JobPart, Task, tags_digest};

/// The saved model of this training, if it has these tags and this environment. An unreadable one makes a notice.
///
/// # Errors
/// A model of a later version of the program.
pub(super) fn saved_model(
    context: &JobContext<'_>,
    task: &Task<'_>,
    corpus: &Corpus,
) -> Result<Option<(SavedModel, History)>, JobError> {
    let names = corpus.labels.names();
    match SavedModel::open(&model_folder(context, task, names)) {
        Err(newer @ SavedModelError::Newer { .. }) => Err(JobError::Saving(newer)),
        Err(unreadable) => {
            context.notice(task, &unreadable.to_string());
            Ok(None)
        }
        Ok(found) => {
            let found = found.filter(|saved_model| saved_model.description.labels == names);
            Ok(found.and_then(|saved_model| of_this_training(context, task, saved_model)))
        }
    }
}

/// The model, unless it is of another training, environment or spacing of the curve, which makes a notice.
fn of_this_training(
    context: &JobContext<'_>,
    task: &Task<'_>,
    saved_model: SavedModel,
) -> Option<(SavedModel, History)> {
    let Description { environment, training, .. } = &saved_model.description;
    if training != task.key.as_str() {
        context.notice(task, &format!("the saved model belongs to another training, {training}; training again"));
        return None;
    }
    if *environment != context.environment.name {
        let text = format!("the saved model was trained in environment {environment}; training again");
        context.notice(task, &text);
        return None;
    }
    let why = match History::parse(&saved_model.description.note) {
        Ok(history) if history.log_every() == task.training().settings.train.log_every => {
            return Some((saved_model, history));
        }
        Ok(_) => "train.log_every changed since the model was saved; training again for its curve".to_owned(),
        Err(error) => format!("the history of the saved model cannot be read: {error}; training again"),
    };
    context.notice(task, &why);
    None
}

/// The folder of a training's model. Where its jobs have several tag sets, the first model saved has the training's own
/// folder, and each other one a folder named by its tags, too.
fn model_folder(context: &JobContext<'_>, task: &Task<'_>, labels: &[String]) -> PathBuf {
    let folder = context.folder.model(task.key.as_str());
    match saved::labels_in(&folder) {
        Some(others) if others != labels => context.folder.model(&format!("{}-{}", task.key, tags_digest(labels))),
        _ => folder,
    }
}

/// Saves the learned parameters; returns whether that worked. A full disk costs the model, not the scores.
pub(super) fn save(
    context: &JobContext<'_>,
    task: &Task<'_>,
    labels: &[String],
    engine: &Engine,
    history: &History,
) -> bool {
    match write(context, task, labels, engine, history) {
        Ok(()) => true,
        Err(refused) => {
            let text = format!("the model is not saved, only its scores: {refused}");
            context.notice(task, &text);
            false
        }
    }
}

fn write(
    context: &JobContext<'_>,
    task: &Task<'_>,
    labels: &[String],
    engine: &Engine,
    history: &History,
) -> Result<(), JobError> {
    let JobPart { settings, inputs, .. } = task.training();
    let hashes = inputs.hashes.model.iter().map(|(role, hash)| (role.clone(), hash.as_str().to_owned()));
    let description = Description {
        version: saved::VERSION,
        training: task.key.as_str().to_owned(),
        environment: context.environment.name.clone(),
        checkpoint: settings.model.checkpoint.to_string(),
        revision: settings.model.revision.clone(),
        inputs: hashes.collect(),
        partial: settings.model.learns_in_part(),
        labels: labels.to_vec(),
        max_length: settings.model.input_length().tokens(),
        note: history.to_text(),
    };
    let learned: Vec<&Parameter> = engine.learning().collect();
    let folder = model_folder(context, task, labels);
    let saved = engine.with_state(|TrainingState { parameters: values, .. }| {
        let start = learned.first().map_or(0, |first| first.span.start);
        let of = |parameter: &&Parameter| &values[parameter.span.start - start..][..parameter.span.len];
        saved::save(&folder, learned.iter().map(|parameter| (*parameter, of(parameter))), &description)
    })?;
    saved.map_err(JobError::Saving)
}
