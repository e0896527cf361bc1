//! What is known to fail before a job starts: from settings, from the checkpoint's configuration, and from local files.
//! It must not train, and must not write.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::data::Corpus;
use crate::hub::{self, Builtin, Cache, Lock};
use crate::machine::Environment;
use crate::model::{Checkpoint, Config, Head, Layout, ModelError, builtin, head};
use crate::results::Failure;
use crate::spec::{Settings, Size, Source, Split};
use crate::train::Itinerary;

use super::agenda::Assignment;
use super::error::JobError;
use super::inputs::{Inputs, JobInputs};
use super::job::precision;
use super::ledger::{Ledger, State};
use super::loading::{check_fit, read_config};
use super::materials::Materials;

/// A job that cannot succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The job's index.
    pub job: usize,
    /// Why, as its row will say.
    pub failure: Failure,
}

/// What is known of the jobs that are due before the first of them starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preflight {
    /// The jobs that cannot succeed, in the order of the plan.
    pub failing: Vec<Foreseen>,
    /// Whether that is every selected job.
    pub none_can_run: bool,
}

impl Preflight {
    /// Looks at every job whose row is due. Data sets are read, and freed again, only where a job asks for a number of
    /// rows or evaluates without training.
    pub fn of(
        selection: &[usize],
        ledger: &Ledger,
        due: &[Assignment],
        inputs: &Inputs,
        environment: &Environment,
    ) -> Self {
        let rows = || due.iter().filter_map(|due| due.parts().next().filter(|_| due.row.is_some()));
        let known = rows().filter_map(|id| Some((id, ledger.settings_of(id), inputs.get(&id)?)));
        let materials = Materials::new(known.clone().map(|(_, settings, inputs)| (settings, inputs)));
        let failing = known.filter_map(|(id, settings, inputs)| {
            let error = check(settings, inputs, environment, &materials).err()?;
            Some(Foreseen { job: id.job, failure: error.failure() })
        });
        let failing: Vec<Foreseen> = failing.collect();
        let fails = |job: &usize| failing.iter().any(|foreseen| foreseen.job == *job);
        let is_done = |job: &usize| !fails(job) && matches!(ledger.state(*job), State::Done(_));
        let none_can_run = !due.is_empty() && due.iter().all(|due| fails(&due.job)) && !selection.iter().any(is_done);
        Self { failing, none_can_run }
    }
}

/// What can be seen to be wrong with a job that may run in `environment`.
fn check(
    settings: &Settings,
    inputs: &JobInputs,
    environment: &Environment,
    materials: &Materials,
) -> Result<(), JobError> {
    precision(settings, environment)?;
    let config = read_config(&settings.model, &inputs.model.config.path)?;
    check_settings(settings, Some(&config))?;
    if !asks_for_rows(settings) && !is_untrained(settings) {
        return Ok(());
    }
    // a file that is wrong is the job's to say, in its row
    let Ok(corpus) = materials.corpus(settings, inputs) else { return Ok(()) };
    check_rows(&corpus, settings)?;
    if is_untrained(settings) {
        check_classifier(&config, inputs, corpus.labels.names())?;
    }
    Ok(())
}

/// What can be seen to be wrong with a job without its data, on any machine. `config`: the checkpoint's, where known.
///
/// # Errors
/// Which setting asks for too much.
pub(super) fn check_settings(settings: &Settings, config: Option<&Config>) -> Result<(), JobError> {
    check_sizes(settings)?;
    if let Some(config) = config {
        check_fit(config, &settings.model)?;
    }
    if is_untrained(settings) && matches!(settings.model.checkpoint, Source::Builtin(_)) {
        return Err(no_classifier("the built-in checkpoint has no classifier", Vec::new()));
    }
    Ok(())
}

/// The configuration of a job's checkpoint, where it lies on this machine: in the program, a folder or the hub's cache.
pub(super) fn config_at_hand(settings: &Settings, cache: &Cache, lock: &Lock) -> Option<Result<Config, ModelError>> {
    const NAME: &str = "config.json";
    match &settings.model.checkpoint {
        Source::Builtin(name) => builtin::config(name).map(Ok),
        Source::Folder { path, .. } => {
            Some(path.join(NAME)).filter(|path| path.is_file()).map(|path| Config::read(&path))
        }
        Source::Hub(_) => cache.checkpoint_file(settings, lock, NAME).map(|path| Config::read(&path)),
    }
}

/// Whether the checkpoint is scored as it is.
fn is_untrained(settings: &Settings) -> bool {
    settings.train.epochs == 0.0 && settings.train.max_steps.is_none()
}

fn no_classifier(why: &str, known: Vec<String>) -> JobError {
    JobError::Model(ModelError::NoClassifier { why: why.to_owned(), known })
}

/// What the checkpoint's classifier must be where none is trained. Weights that cannot be read are the job's to say.
fn check_classifier(config: &Config, inputs: &JobInputs, labels: &[String]) -> Result<(), JobError> {
    let paths: Vec<_> = inputs.model.weights.iter().map(|file| file.path.clone()).collect();
    let layout = Layout::of_classifier(config, labels.len());
    let mut parameters = vec![0.0; layout.len];
    let head = Checkpoint::open(&paths)
        .and_then(|checkpoint| checkpoint.load_classifier(config, &layout, labels, &mut parameters));
    match head {
        Ok(Head::New { why, .. }) => Err(no_classifier(&why, head::wider_tags(config, labels))),
        _ => Ok(()),
    }
}

/// Counts of tokens and steps that settings multiply to must be numbers that a run can reach.
pub(super) fn check_sizes(settings: &Settings) -> Result<(), JobError> {
    /// Beyond it a count of bytes or steps is no number of this program, nor of TOML.
    const MOST: u128 = i64::MAX as u128;
    /// Bytes that a token takes at least, in every model.
    const OF_TOKEN: u128 = 64;
    let (model, train) = (&settings.model, &settings.train);
    let product = |sizes: [usize; 2]| sizes.into_iter().map(|size| size as u128).product::<u128>();
    let tokens = product([train.batch_size, model.max_length]).saturating_mul(OF_TOKEN);
    if tokens > MOST {
        let (batch, length) = (train.batch_size, model.max_length);
        let what = format!("train.batch_size = {batch} times model.max_length = {length}");
        return Err(JobError::TooLarge { what, key: "train.batch_size" });
    }
    if product([train.batch_size, train.gradient_accumulation]) > MOST {
        let (batch, group) = (train.batch_size, train.gradient_accumulation);
        let what = format!("train.batch_size = {batch} times train.gradient_accumulation = {group}");
        return Err(JobError::TooLarge { what, key: "train.gradient_accumulation" });
    }
    let rows = match settings.data.train_size {
        Size::Rows(rows) => rows,
        Size::All => 1,
    };
    if u128::from(Itinerary::new(rows, train).total) > MOST {
        let what = format!("train.epochs = {} over the training rows", train.epochs);
        return Err(JobError::TooLarge { what, key: "train.epochs" });
    }
    Ok(())
}

/// Data sets on this machine, each read once, to see whether jobs ask for more rows than there are.
pub struct Corpora<'a> {
    lock: &'a Lock,
    builtins: &'a [Builtin],
    seen: RefCell<BTreeMap<String, Option<Rc<Corpus>>>>,
}

impl<'a> Corpora<'a> {
    /// Of what `lock` pins and the program ships.
    pub fn new(lock: &'a Lock, builtins: &'a [Builtin]) -> Self {
        Self { lock, builtins, seen: RefCell::default() }
    }

    /// Whether there are the rows that `settings` ask for; a data set that is not on this machine or not sound has them.
    ///
    /// # Errors
    /// A size beyond its split.
    pub(super) fn check_rows(&self, settings: &Settings) -> Result<(), JobError> {
        if !asks_for_rows(settings) {
            return Ok(());
        }
        let mut whole = settings.clone();
        for size in [&mut whole.data.train_size, &mut whole.data.validation_size, &mut whole.data.test_size] {
            if *size != Size::Rows(0) {
                *size = Size::All;
            }
        }
        whole.data.subset_seed = 0;
        let load = || {
            let inputs = hub::data_at_hand(&whole, self.lock, self.builtins)?;
            Corpus::load(&inputs, &whole.data).ok().map(Rc::new)
        };
        let mut seen = self.seen.borrow_mut();
        let corpus = seen.entry(format!("{:?}", whole.data)).or_insert_with(load);
        corpus.as_ref().map_or(Ok(()), |corpus| check_rows(corpus, settings))
    }
}

/// Whether a size is a number of rows, which a split may lack.
fn asks_for_rows(settings: &Settings) -> bool {
    let data = &settings.data;
    let sizes = [data.train_size, data.validation_size, data.test_size];
    sizes.iter().any(|size| matches!(size, Size::Rows(rows) if *rows > 0))
}

fn check_rows(corpus: &Corpus, settings: &Settings) -> Result<(), JobError> {
    let data = &settings.data;
    corpus.training_rows(data.train_size, data.subset_seed)?;
    corpus.first(Split::Validation, data.validation_size)?;
    corpus.first(Split::Test, data.test_size)?;
    Ok(())
}
