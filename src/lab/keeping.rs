//! Where a job's trained model is kept, and when one that is kept serves.

use std::path::PathBuf;

use crate::data::Corpus;
use crate::engine::Engine;
use crate::model::Parameter;
use crate::model::kept::{self, Description, Kept, KeptError};
use crate::plan::Key;
use crate::spec::Freeze;

use super::curve::Course;
use super::error::JobError;
use super::job::{Bench, Subject, Task};

impl Bench<'_> {
    /// The job's model, if it was trained before for these tags, in this environment.
    pub(super) fn kept(&self, task: &Task<'_>, corpus: &Corpus) -> Result<Option<(Kept, Course)>, JobError> {
        if !self.reuse_models {
            return Ok(None);
        }
        let kept = match Kept::open(&self.model_folder(task)) {
            Err(damaged @ KeptError::Damaged { .. }) => {
                self.notice(task, &damaged.to_string());
                None
            }
            opened => opened?,
        };
        let Some(kept) = kept.filter(|kept| kept.description.labels == corpus.labels.names()) else { return Ok(None) };
        let Description { environment, .. } = &kept.description;
        if *environment != self.environment.name {
            let text =
                format!("the model that is kept was trained in the environment {environment}: it is trained again");
            self.notice(task, &text);
            return Ok(None);
        }
        let course = Course::from_text(&kept.description.note, task.training.settings.train.log_every);
        if course.is_none() {
            self.notice(task, "train.log_every changed since its model was kept: it is trained again for its curve");
        }
        Ok(course.map(|course| (kept, course)))
    }

    fn model_folder(&self, task: &Task<'_>) -> PathBuf {
        let Subject { settings, inputs, .. } = &task.training;
        self.folder.model(Key::of_training(settings, &inputs.hashes).as_str())
    }

    /// Stores what learned, to be scored again and on other sets.
    pub(super) fn keep(
        &self,
        task: &Task<'_>,
        labels: &[String],
        engine: &Engine,
        course: &Course,
    ) -> Result<(), JobError> {
        let Subject { settings, inputs, .. } = &task.training;
        let hashes = inputs.hashes.model.iter().map(|(role, hash)| (role.clone(), hash.as_str().to_owned()));
        let description = Description {
            version: kept::VERSION,
            training: Key::of_training(settings, &inputs.hashes).as_str().to_owned(),
            environment: self.environment.name.clone(),
            checkpoint: settings.model.checkpoint.to_string(),
            revision: settings.model.revision.clone(),
            inputs: hashes.collect(),
            partial: settings.model.freeze != Freeze::Nothing,
            labels: labels.to_vec(),
            max_length: settings.model.max_length,
            note: course.to_text(),
        };
        let learned: Vec<&Parameter> = engine.learning().collect();
        let folder = self.model_folder(task);
        engine.with_state(|[values, _, _]| {
            let start = learned.first().map_or(0, |first| first.span.start);
            let of = |parameter: &&Parameter| &values[parameter.span.start - start..][..parameter.span.len];
            kept::save(&folder, learned.iter().map(|parameter| (*parameter, of(parameter))), &description)
        })??;
        Ok(())
    }
}
