//! Whether the files of jobs can be read and fit the settings. Each file is opened once. It must not know which jobs run.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::data::{Corpus, Tokenizer, room};
use crate::hub::{DataInputs, InputFile};
use crate::model::{Checkpoint, Config, Head, Layout, ModelError, head};
use crate::spec::{ClassWeights, ClassifierChoice, Settings, Split, TokenizerRules};

use super::advice::{Advice, enter};
use super::error::JobError;
use super::identity::Identity;
use super::limits::no_classifier;
use super::oddities::oddities;

/// The files of a job, as far as they are on this machine.
pub(super) struct Files<'a> {
    /// Of its data set.
    pub data: Option<&'a Arc<DataInputs>>,
    /// What its tokenizer is made of.
    pub tokenizer: Option<Vec<InputFile>>,
    /// Its checkpoint's weights.
    pub weights: Option<Vec<PathBuf>>,
}

/// Why a job cannot succeed.
#[derive(Debug)]
pub(super) struct Fault {
    /// The error that the job would end with.
    pub error: Box<JobError>,
    /// The path of the file at fault on this machine.
    pub file: Option<PathBuf>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.error, at_fault(self.file.as_deref()))
    }
}

/// The end of a message: the path of the file at fault.
pub(super) fn at_fault(file: Option<&Path>) -> String {
    file.map_or_else(String::new, |path| format!(" (file: {})", path.display()))
}

impl From<JobError> for Fault {
    fn from(error: JobError) -> Self {
        Self { error: Box::new(error), file: None }
    }
}

/// The results for files that are opened once.
type Seen<K, T> = RefCell<Vec<(K, Result<T, Arc<JobError>>)>>;

/// The files of a data set, and how they are read: what tells the data sets of jobs apart, however many rows they use.
pub(super) type DataRead = (Arc<DataInputs>, Identity);

/// The results of the files opened so far.
#[derive(Default)]
pub(super) struct Soundness {
    corpora: Seen<DataRead, Rc<Corpus>>,
    /// Special tokens of a sentence.
    tokenizers: Seen<(Vec<InputFile>, TokenizerRules), usize>,
    checkpoints: Seen<Vec<PathBuf>, Rc<Checkpoint>>,
    /// Whether a checkpoint's tensors are those of its configuration.
    shapes: Seen<(Vec<PathBuf>, Config), ()>,
}

impl Soundness {
    /// The data set of a job.
    pub(super) fn data_read(inputs: &Arc<DataInputs>, settings: &Settings) -> DataRead {
        (Arc::clone(inputs), Identity::of_corpus_of_files(settings))
    }

    /// Frees the data sets.
    pub(super) fn forget_data(&mut self) {
        self.corpora.get_mut().clear();
    }

    /// Checks `files` for a job of these settings. `config`: its checkpoint's, if known.
    ///
    /// # Errors
    /// Data that cannot be read, or have too few rows; a tokenizer or weights that cannot be read; weights that do not fit
    /// their configuration; no classifier where none is trained.
    pub(super) fn check(&self, settings: &Settings, config: Option<&Config>, files: &Files<'_>) -> Result<(), Fault> {
        let corpus = files.data.map(|inputs| self.corpus(inputs, settings)).transpose()?;
        if let Some(files) = &files.tokenizer {
            self.check_tokenizer(files, settings)?;
        }
        if let Some(corpus) = &corpus {
            check_class_weights(settings, corpus.labels.names())?;
        }
        let (Some(config), Some(paths)) = (config, &files.weights) else { return Ok(()) };
        let checkpoint = self.checkpoint(config, paths).map_err(|error| {
            let file = error.file(std::iter::empty()).map(ToOwned::to_owned);
            Fault { error: Box::new(error), file }
        })?;
        match corpus {
            Some(corpus) => Ok(check_classifier(settings, config, &checkpoint, corpus.labels.names())?),
            None => Ok(()),
        }
    }

    /// The data set, if it has the rows that the settings need.
    pub(super) fn corpus(&self, inputs: &Arc<DataInputs>, settings: &Settings) -> Result<Rc<Corpus>, Fault> {
        let whole = whole(settings);
        let load = || Ok(Rc::new(Corpus::load(inputs, &whole.data)?));
        let corpus = once(&self.corpora, Self::data_read(inputs, settings), load);
        let corpus = corpus.map_err(|error| {
            let file = error.file(inputs.all()).map(ToOwned::to_owned);
            Fault { error: Box::new(error), file }
        })?;
        check_rows(&corpus, settings)?;
        Ok(corpus)
    }

    /// Adds what is odd in the data of a job to `said`, which has that of other jobs.
    pub(super) fn oddities(&self, inputs: &Arc<DataInputs>, settings: &Settings, job: usize, said: &mut Vec<Advice>) {
        let Ok(corpus) = self.corpus(inputs, settings) else { return };
        oddities(&corpus, settings).into_iter().for_each(|(what, remedy)| enter(said, what, remedy, job));
    }

    fn check_tokenizer(&self, files: &[InputFile], settings: &Settings) -> Result<(), Fault> {
        let rules = settings.model.tokenizer;
        let load = || Ok(Tokenizer::load(files, rules)?.special_tokens());
        let special = once(&self.tokenizers, (files.to_vec(), rules), load).map_err(|error| {
            let file = error.file(files.iter()).map(ToOwned::to_owned);
            Fault { error: Box::new(error), file }
        })?;
        room(settings.model.input_length(), special).map_err(JobError::from)?;
        Ok(())
    }

    /// The weights, which have the shapes of `config`.
    fn checkpoint(&self, config: &Config, paths: &[PathBuf]) -> Result<Rc<Checkpoint>, JobError> {
        let open = || Ok(Rc::new(Checkpoint::open(paths)?));
        let checkpoint = once(&self.checkpoints, paths.to_vec(), open)?;
        // the number of tags affects no tensor of the encoder
        let check = || Ok(checkpoint.check(config, &Layout::new(config, 1))?);
        once(&self.shapes, (paths.to_vec(), config.clone()), check)?;
        Ok(checkpoint)
    }
}

fn once<K: PartialEq, T: Clone>(
    seen: &Seen<K, T>,
    key: K,
    look: impl FnOnce() -> Result<T, JobError>,
) -> Result<T, JobError> {
    let known = seen.borrow().iter().find(|(known, _)| *known == key).map(|(_, found)| found.clone());
    let found = known.unwrap_or_else(|| {
        let found = look().map_err(Arc::new);
        seen.borrow_mut().push((key, found.clone()));
        found
    });
    found.map_err(JobError::Shared)
}

/// The settings with all rows of every split that they read.
pub(super) fn whole(settings: &Settings) -> Settings {
    let mut whole = settings.clone();
    whole.data = whole.data.whole();
    whole
}

fn check_rows(corpus: &Corpus, settings: &Settings) -> Result<(), JobError> {
    let data = &settings.data;
    corpus.training_rows(data)?;
    corpus.first(Split::Validation, data.size(Split::Validation))?;
    corpus.first(Split::Test, data.test_size)?;
    Ok(())
}

/// Whether every weight is of a tag that the data have.
fn check_class_weights(settings: &Settings, labels: &[String]) -> Result<(), JobError> {
    let Some(ClassWeights::Given(given)) = &settings.train.class_weights else { return Ok(()) };
    match given.keys().find(|tag| !labels.contains(tag)) {
        Some(tag) => Err(JobError::UnknownClass { tag: tag.clone(), known: labels.to_vec() }),
        None => Ok(()),
    }
}

/// Checks the checkpoint's classifier where it must be kept, or none is trained.
fn check_classifier(
    settings: &Settings,
    config: &Config,
    checkpoint: &Checkpoint,
    labels: &[String],
) -> Result<(), JobError> {
    let is_untrained = settings.is_untrained();
    if !is_untrained && settings.model.classifier != Some(ClassifierChoice::Keep) {
        return Ok(());
    }
    let layout = Layout::of_classifier(config, labels.len());
    let mut parameters = vec![0.0; layout.len];
    match checkpoint.load_classifier(config, &layout, labels, &mut parameters) {
        Ok(found) => match head::chosen(found, settings.model.classifier)? {
            Head::New { why, .. } if is_untrained => Err(no_classifier(&why, head::wider_tags(config, labels))),
            _ if is_untrained && config.crf && !checkpoint.load_crf(config, &layout, labels, &mut parameters)? => {
                Err(no_classifier(head::NO_CRF, Vec::new()))
            }
            _ => Ok(()),
        },
        // values are checked where they are used: the row says what is wrong with them
        Err(ModelError::NotFinite { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
