//! Training checkpoints: the learned parameters so far, the optimizer's moments, the average of the parameters, and the
//! history. The order of examples and the dropout masks are functions of the step alone, so a training that resumes from
//! one ends in the same bits.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::{Engine, EngineError, NUMERICS_VERSION, TrainingState};
use crate::files::{self, FloatBuffer, FloatFile};
use crate::spec::{Keep, Train};

use super::history::History;
use super::weight_average::WeightAverage;

/// Version of the file's format.
const VERSION: u32 = 3;

/// The three flat buffers, each over the learning stretch: float32, little-endian.
const BUFFERS: [&str; 3] = ["parameters", "first_moments", "second_moments"];

/// The parameters at the best evaluation, where the best are kept: as long as the others.
const BEST: &str = "best_parameters";

/// The average of the parameters, once it has begun: as long as the others.
const AVERAGE: &str = "average";

/// Where the metadata has the history.
const HISTORY: &str = "note";

/// Where the metadata has the SHA-256 of all floats. Checkpoints written before it was have none.
const SHA256: &str = "sha256";

/// A checkpoint that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refused to write.
    #[error(
        "cannot write the checkpoint {}: {source}; {}",
        path.display(),
        match files::is_full(source) {
            true => "free some space (`runner clean results/*` says what can go), or choose another disk with --out",
            false => "check the folder and its permissions, or choose another with --out",
        }
    )]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be read, or its content is not what it should be.
    #[error("the checkpoint {} is damaged or unreadable: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// An earlier version of the program wrote it, in a form that this one no longer reads.
    #[error("the checkpoint {} is of an earlier version of runner: {what}", path.display())]
    Outdated {
        /// The file.
        path: PathBuf,
        /// Which version it has.
        what: String,
    },
    /// A later version of the program wrote it.
    #[error(
        "the checkpoint {} is of a later version of runner: {what}; update runner, or remove the file to train from step 0",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Which version it has.
        what: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Which training a checkpoint is of, and how long it took so far.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointMetadata {
    /// The training.
    pub key: String,
    /// Where it is trained: in another environment the rest of its steps would differ by rounding.
    pub environment: String,
    /// Seconds of training so far; 0 in files that do not say.
    pub seconds: f64,
}

/// Writes the state of `engine` and the history of its training to `path`. The file is replaced whole.
///
/// # Errors
/// Those of the disk and the device.
pub fn save(
    path: &Path,
    engine: &Engine,
    history: &History,
    metadata: &CheckpointMetadata,
) -> Result<(), CheckpointError> {
    let best = history.best_weights.as_deref();
    let write = |state: TrainingState<&[f32]>, average: Option<&[f32]>| {
        let more = best.map(|best| (BEST, best)).into_iter().chain(average.map(|average| (AVERAGE, average)));
        let buffers: Vec<_> = BUFFERS.into_iter().zip(state.into_array()).chain(more).collect();
        let metadata = HashMap::from([
            ("version".to_owned(), VERSION.to_string()),
            ("numerics".to_owned(), NUMERICS_VERSION.to_string()),
            ("key".to_owned(), metadata.key.clone()),
            ("environment".to_owned(), metadata.environment.clone()),
            ("step".to_owned(), history.steps().to_string()),
            ("total".to_owned(), history.planned().to_string()),
            ("seconds".to_owned(), metadata.seconds.to_string()),
            (HISTORY.to_owned(), history.to_text()),
            (SHA256.to_owned(), files::sha256_of_floats(buffers.iter().copied())),
        ]);
        let shapes: Vec<_> = buffers.iter().map(|(_, values)| [values.len()]).collect();
        let buffers = buffers.iter().zip(&shapes).map(|((name, values), shape)| FloatBuffer { name, shape, values });
        let buffers: Vec<_> = buffers.collect();
        files::replace_with(path, |file| files::write_floats(file, &buffers, Some(metadata)))
    };
    let written = engine.with_average(write)?;
    written.map_err(|source| CheckpointError::Disk { path: path.to_owned(), source })
}

/// A checkpoint whose metadata are read, and whose floats are not.
#[derive(Debug)]
pub struct TrainingCheckpoint {
    path: PathBuf,
    file: FloatFile,
    /// Which training it is of.
    pub metadata: CheckpointMetadata,
    /// The history so far, without the best weights.
    pub history: History,
}

/// The checkpoint at `path`; none if there is none.
///
/// # Errors
/// A damaged file, or one of another version of the program that this one does not read.
pub fn open(path: &Path) -> Result<Option<TrainingCheckpoint>, CheckpointError> {
    let file = match FloatFile::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|error| damaged(path, error.to_string()))?,
    };
    let (metadata, history) = parse(path, &file)?;
    Ok(Some(TrainingCheckpoint { path: path.to_owned(), file, metadata, history }))
}

fn damaged(path: &Path, what: String) -> CheckpointError {
    CheckpointError::Damaged { path: path.to_owned(), what }
}

impl TrainingCheckpoint {
    /// Puts the state into `engine`, which was made for the same training, `options`, and returns the history, with the best
    /// weights where they are kept.
    ///
    /// # Errors
    /// Floats that are damaged, cannot be read, or are not those of such an engine: all are looked at before `engine` is
    /// touched, and its state is lost only where the disk fails in between. Those of the device.
    pub fn restore(self, engine: &mut Engine, options: &Train) -> Result<History, CheckpointError> {
        let Self { path, file, mut history, .. } = self;
        let failed = |error: io::Error| damaged(&path, error.to_string());
        let learning = engine.with_state(|state| state.parameters.len())?;
        let has_best = file.has(BEST);
        if options.keep == Keep::Best && has_best != history.best().is_some() {
            let what =
                if has_best { "the best weights without an evaluation" } else { "an evaluation without its weights" };
            return Err(damaged(&path, format!("it has {what}")));
        }
        let average = WeightAverage::new(options, history.planned()).after(history.steps());
        if file.has(AVERAGE) != average.is_some() {
            let what =
                if average.is_some() { "no average of its weights" } else { "an average that it should not have" };
            return Err(damaged(&path, format!("it has {what}")));
        }
        let mut names = BUFFERS.into_iter().chain(has_best.then_some(BEST)).chain(average.map(|_| AVERAGE));
        names.try_for_each(|name| file.check(name, &[learning])).map_err(failed)?;
        if let Some(expected) = file.metadata().and_then(|entries| entries.get(SHA256)) {
            let found = file.sha256_of_floats().map_err(failed)?;
            if found != *expected {
                return Err(damaged(&path, format!("the SHA-256 of its floats is {found}, it says {expected}")));
            }
        }
        let mut best = has_best.then(|| vec![0.0; learning]);
        best.iter_mut().try_for_each(|best| file.read(BEST, &[learning], best)).map_err(failed)?;
        let filled = engine.restore(history.steps(), |state| {
            BUFFERS.iter().zip(state.into_array()).try_for_each(|(name, values)| file.read(name, &[learning], values))
        })?;
        filled.map_err(failed)?;
        if average.is_some() {
            let filled = engine.restore_average(|values| file.read(AVERAGE, &[learning], values))?;
            filled.map_err(failed)?;
        }
        history.best_weights = best;
        Ok(history)
    }
}

/// What a file's metadata say.
fn parse(path: &Path, file: &FloatFile) -> Result<(CheckpointMetadata, History), CheckpointError> {
    let damaged = |what: String| damaged(path, what);
    let entries = file.metadata().ok_or_else(|| damaged("it has no metadata".to_owned()))?;
    let entry = |name: &str| entries.get(name).cloned().ok_or_else(|| damaged(format!("`{name}` is missing")));
    for (name, ours) in [("version", VERSION), ("numerics", NUMERICS_VERSION)] {
        let found = entry(name)?;
        if found == ours.to_string() {
            continue;
        }
        let (path, what) = (path.to_owned(), format!("it has {name} {found}, this program writes {ours}"));
        return Err(match found.parse::<u32>() {
            Err(_) => damaged(format!("its {name} is no number")),
            Ok(found) if found > ours => CheckpointError::Newer { path, what },
            Ok(_) => CheckpointError::Outdated { path, what },
        });
    }
    let number = |name: &str| entry(name)?.parse().map_err(|_| damaged(format!("its {name} is no number")));
    let (step, total) = (number("step")?, number("total")?);
    if step > total {
        return Err(damaged(format!("it is at step {step} of {total}")));
    }
    let history = History::parse(&entry(HISTORY)?);
    let history = history.map_err(|error| damaged(format!("its history cannot be read: {error}")))?;
    if (history.steps(), history.planned()) != (step, total) {
        let (steps, planned) = (history.steps(), history.planned());
        return Err(damaged(format!("it is at step {step} of {total}, its history at step {steps} of {planned}")));
    }
    let seconds = entries.get("seconds").and_then(|text| text.parse().ok()).unwrap_or_default();
    Ok((CheckpointMetadata { key: entry("key")?, environment: entry("environment")?, seconds }, history))
}
