//! A job with its trained model: what its row was scored with.

use std::collections::BTreeSet;
use std::path::Path;

use crate::analysis::JobAddress;
use crate::data::{TextTokenizer, Tokenizer, builtin};
use crate::engine::{Capacity, Device, Engine, EngineError};
use crate::hash::{InputHashes, Sha256};
use crate::hub::{self, FetchEvent, FetchOptions, Lock, ModelInputs};
use crate::model::saved::SavedModel;
use crate::model::{self, Checkpoint, Config, Head, Layout as Parameters, ModelError, head};
use crate::plan::TrainingKey;
use crate::results::Layout;
use crate::spec::{Freeze, Settings, Source};

use super::error::TrainedJobError;
use super::saved_models::{damaged, saved_model, tags_on_disk};
use super::trained_row::TrainedRow;

/// Where a job's weights come from.
#[derive(Debug)]
pub enum ModelSource {
    /// A saved model: all weights, or those that learned.
    Saved(Box<SavedModel>),
    /// The checkpoint as it is: the job trained nothing (`train.epochs = 0`).
    Checkpoint,
}

/// A job with its trained model, whose files are on this machine.
#[derive(Debug)]
pub struct TrainedJob {
    /// The row.
    pub address: JobAddress,
    /// The settings under which its row was made.
    pub settings: Settings,
    /// The key of its training.
    pub training: TrainingKey,
    /// The pins of its inputs.
    pub lock: Lock,
    /// The files of its checkpoint: configuration, weights, tokenizer.
    pub inputs: ModelInputs,
    /// Sizes and constants; [`Config::class_names`] are the tags.
    pub config: Config,
    /// The trained weights.
    pub source: ModelSource,
}

impl TrainedJob {
    /// The model of a row. What its checkpoint lacks on this machine is fetched: `options` says how, and must name the
    /// builtins. A checkpoint that is the model of another job must lie in its folder by now.
    ///
    /// # Errors
    /// No saved model; files that cannot be fetched or read, or are not those of the training.
    pub fn of(
        row: TrainedRow,
        options: FetchOptions<'_>,
        report: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<Self, TrainedJobError> {
        let models = Layout::new(&row.address.folder);
        Self::with_models(row, &models, options, report)
    }

    /// [`Self::of`] with the saved models of another results folder, into which the job was trained again.
    ///
    /// # Errors
    /// As there.
    pub fn retrained(
        row: TrainedRow,
        results: &Path,
        options: FetchOptions<'_>,
        report: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<Self, TrainedJobError> {
        Self::with_models(row, &Layout::new(results), options, report)
    }

    fn with_models(
        row: TrainedRow,
        models: &Layout,
        options: FetchOptions<'_>,
        report: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<Self, TrainedJobError> {
        let source = match row.settings.is_untrained() {
            true => ModelSource::Checkpoint,
            false => ModelSource::Saved(Box::new(saved_model(&row, models)?)),
        };
        let TrainedRow { address, settings, training, lock, inputs: hashes, .. } = row;
        let job = address.name();
        let checkpoint = settings.model.checkpoint.to_string();
        // where all weights were trained, the checkpoint gives configuration and tokenizer alone
        let is_whole = matches!(&source, ModelSource::Saved(saved) if !saved.description.partial);
        let options = FetchOptions { without_weights: is_whole, ..options };
        let inputs = hub::fetch_checkpoint(&settings, &lock, options, report)
            .map_err(|errors| TrainedJobError::Fetch { checkpoint: checkpoint.clone(), errors })?;
        if !is_of_training(&inputs, &hashes, is_whole) {
            return Err(TrainedJobError::Changed { job, checkpoint });
        }
        let mut config = match &settings.model.checkpoint {
            Source::Builtin(name) => model::builtin::config(name).ok_or(TrainedJobError::NoBuiltin { checkpoint })?,
            Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => Config::read(&inputs.config.path)?,
        };
        config = config.of_job(&settings);
        match &source {
            ModelSource::Saved(saved) => config.class_names.clone_from(&saved.description.labels),
            ModelSource::Checkpoint if head::is_unnamed(&config.class_names) => {
                config.class_names = tags_of_data(&job, &settings, &lock)?;
            }
            ModelSource::Checkpoint => {}
        }
        Ok(Self { address, settings, training, lock, inputs, config, source })
    }

    /// The tags of the classes.
    pub fn labels(&self) -> &[String] {
        &self.config.class_names
    }

    /// The tokenizer of its checkpoint.
    ///
    /// # Errors
    /// Everything that can be wrong with its files.
    pub fn tokenizer(&self) -> Result<Tokenizer, TrainedJobError> {
        Ok(match &self.settings.model.checkpoint {
            Source::Builtin(_) => builtin::tokenizer(),
            Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => {
                Tokenizer::load(&self.inputs.of_tokenizer(), self.settings.model.tokenizer)?
            }
        })
    }

    /// The same for whole text.
    ///
    /// # Errors
    /// As for [`Self::tokenizer`].
    pub fn text_tokenizer(&self) -> Result<TextTokenizer, TrainedJobError> {
        Ok(match &self.settings.model.checkpoint {
            Source::Builtin(_) => builtin::text_tokenizer(),
            Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => {
                TextTokenizer::load(&self.inputs.of_tokenizer(), self.settings.model.tokenizer)?
            }
        })
    }

    /// Fills `parameters` of `layout`, which is of [`Self::config`], with all weights: those that learned from the saved
    /// model, the others from the checkpoint.
    ///
    /// # Errors
    /// Weight files that are damaged or do not fit the configuration.
    pub fn fill(&self, layout: &Parameters, parameters: &mut [f32]) -> Result<(), TrainedJobError> {
        let saved = match &self.source {
            ModelSource::Checkpoint => None,
            ModelSource::Saved(saved) => Some(saved),
        };
        if saved.is_none_or(|saved| saved.description.partial) {
            let found = self.fill_from_checkpoint(layout, parameters)?;
            if let (None, Head::New { why, .. }) = (saved, found) {
                let known = head::wider_tags(&self.config, self.labels());
                return Err(ModelError::NoClassifier { why, known }.into());
            }
        }
        let Some(saved) = saved else { return Ok(()) };
        let learning_from = layout.learning_from(self.settings.model.frozen(self.config.layers));
        saved.fill(layout, learning_from, parameters).map_err(|error| damaged(&self.address, error))
    }

    fn fill_from_checkpoint(&self, layout: &Parameters, parameters: &mut [f32]) -> Result<Head, TrainedJobError> {
        if let Source::Builtin(_) = self.settings.model.checkpoint {
            model::builtin::draw(&self.config, layout, parameters);
            return Ok(Head::of_builtin());
        }
        let paths: Vec<_> = self.inputs.weights.iter().map(|file| file.path.clone()).collect();
        let checkpoint = Checkpoint::open(&paths)?;
        let loaded = checkpoint.load(&self.config, layout, self.labels(), parameters)?;
        if self.config.crf && !checkpoint.load_crf(&self.config, layout, self.labels(), parameters)? {
            return Ok(Head::New { why: head::NO_CRF.to_owned(), set_aside: false });
        }
        Ok(loaded.head)
    }

    /// An engine with all weights, for predictions of batches up to `capacity`. It holds little more than the weights.
    ///
    /// # Errors
    /// As [`Self::fill`]; those of the device.
    pub fn engine<E>(&self, capacity: Capacity, device: Device) -> Result<Engine, E>
    where
        E: From<EngineError> + From<TrainedJobError>,
    {
        let fill = |_: &Config, layout: &Parameters, parameters: &mut [f32]| Ok(self.fill(layout, parameters)?);
        let made = Engine::new(self.config.clone(), self.labels().len(), Freeze::Encoder, capacity, device, fill);
        made.map(|(engine, ())| engine)
    }
}

/// Whether the files are those that the training read.
fn is_of_training(inputs: &ModelInputs, hashes: &InputHashes, without_weights: bool) -> bool {
    let ModelInputs { config, weights, tokenizer } = inputs;
    let found: BTreeSet<&Sha256> = weights.iter().chain(tokenizer).chain([config]).map(|file| &file.sha256).collect();
    let read = hashes.model.iter().filter(|(role, _)| !(without_weights && role.starts_with("weights/")));
    read.map(|(_, hash)| hash).all(|hash| found.contains(hash))
}

/// The tags of a classifier whose checkpoint has no names for them: the data's, in their order.
fn tags_of_data(job: &str, settings: &Settings, lock: &Lock) -> Result<Vec<String>, TrainedJobError> {
    tags_on_disk(settings, lock)?.ok_or_else(|| TrainedJobError::UnnamedTags { job: job.to_owned() })
}
