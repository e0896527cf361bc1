//! A training under way, on disk: what learned so far, the optimizer's moments, and how far it came. With the order of
//! examples and the dropout masks functions of the step alone, a training that goes on from it ends in the same bits.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::{Engine, EngineError, NUMERICS_VERSION, TrainingState};
use crate::files::{self, FloatBuffer, FloatFile};

/// Version of the file's format.
const VERSION: u32 = 3;

/// The three flat buffers, each over the learning stretch: float32, little-endian.
const BUFFERS: [&str; 3] = ["parameters", "first_moments", "second_moments"];

/// The parameters at the best evaluation, where the best are kept: as long as the others.
const BEST: &str = "best_parameters";

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
            true => "free some space, or choose another disk with --out",
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
    #[error("checkpoint {}: {what}; the job has to start from its beginning", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It is of another version of the program, and of no use any more.
    #[error("checkpoint {}: {what}; the job has to start from its beginning", path.display())]
    Outdated {
        /// The file.
        path: PathBuf,
        /// Which version it has.
        what: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// How far a training came.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointMetadata {
    /// Which training it is of.
    pub key: String,
    /// Where it is trained: elsewhere the rest of its steps would differ by rounding from what they would have been.
    pub environment: String,
    /// Steps taken.
    pub step: u64,
    /// Steps in all.
    pub total: u64,
    /// Seconds of training so far; 0 where a file of before does not say.
    pub seconds: f64,
    /// What the caller keeps beside: text of its own making.
    pub note: String,
}

/// What a checkpoint held beside the engine's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// How far the training came.
    pub metadata: CheckpointMetadata,
    /// What had learned at the best evaluation so far, if that was kept.
    pub best_weights: Option<Vec<f32>>,
}

/// Writes `engine`'s state, the `best` weights so far and `metadata` to `path`: beside it, synced, then renamed, so that
/// a whole checkpoint is there at any time.
///
/// # Errors
/// Those of the disk and the device.
pub fn save(
    path: &Path,
    engine: &Engine,
    best: Option<&[f32]>,
    metadata: &CheckpointMetadata,
) -> Result<(), CheckpointError> {
    let write = |state: TrainingState<&[f32]>| {
        let buffers: Vec<_> =
            BUFFERS.into_iter().zip(state.into_array()).chain(best.map(|best| (BEST, best))).collect();
        let metadata = HashMap::from([
            ("version".to_owned(), VERSION.to_string()),
            ("numerics".to_owned(), NUMERICS_VERSION.to_string()),
            ("key".to_owned(), metadata.key.clone()),
            ("environment".to_owned(), metadata.environment.clone()),
            ("step".to_owned(), metadata.step.to_string()),
            ("total".to_owned(), metadata.total.to_string()),
            ("seconds".to_owned(), metadata.seconds.to_string()),
            ("note".to_owned(), metadata.note.clone()),
            (SHA256.to_owned(), files::sha256_of_floats(buffers.iter().copied())),
        ]);
        let shapes: Vec<_> = buffers.iter().map(|(_, values)| [values.len()]).collect();
        let buffers = buffers.iter().zip(&shapes).map(|((name, values), shape)| FloatBuffer { name, shape, values });
        let buffers: Vec<_> = buffers.collect();
        files::replace_with(path, |file| files::write_floats(file, &buffers, Some(metadata)))
    };
    let written = engine.with_state(write)?;
    written.map(|_| ()).map_err(|source| CheckpointError::Disk { path: path.to_owned(), source })
}

/// How far the checkpoint at `path` came; none if there is none. The floats are not looked at.
///
/// # Errors
/// A damaged file, or one of another version of the program.
pub fn peek(path: &Path) -> Result<Option<CheckpointMetadata>, CheckpointError> {
    open(path)?.map(|file| metadata(path, &file)).transpose()
}

/// The file, whose length is right; none if there is no such file.
fn open(path: &Path) -> Result<Option<FloatFile>, CheckpointError> {
    match FloatFile::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some).map_err(|error| damaged(path, error.to_string())),
    }
}

fn damaged(path: &Path, what: String) -> CheckpointError {
    CheckpointError::Damaged { path: path.to_owned(), what }
}

/// Puts the state at `path` into `engine`, which was made for the same job, and returns what else there is; none if there
/// is no checkpoint.
///
/// # Errors
/// A file that is damaged or cannot be read, one of another version of the program, or one of another job: all is looked
/// at before `engine` is touched, and its state is lost only where the disk fails between. Those of the device.
pub fn restore(path: &Path, engine: &mut Engine, key: &str) -> Result<Option<Restored>, CheckpointError> {
    let Some(file) = open(path)? else { return Ok(None) };
    let metadata = metadata(path, &file)?;
    if metadata.key != key {
        return Err(damaged(path, format!("it is of training {}, not {key}", metadata.key)));
    }
    let failed = |error: io::Error| damaged(path, error.to_string());
    let learning = engine.with_state(|state| state.parameters.len())?;
    let has_best = file.has(BEST);
    let mut names = BUFFERS.into_iter().chain(has_best.then_some(BEST));
    names.try_for_each(|name| file.check(name, &[learning])).map_err(failed)?;
    let expected = file.metadata().and_then(|entries| entries.get(SHA256));
    if let Some(expected) = expected {
        let found = file.sha256_of_floats().map_err(failed)?;
        if found != *expected {
            return Err(damaged(path, format!("the SHA-256 of its floats is {found}, it says {expected}")));
        }
    }
    let mut best = has_best.then(|| vec![0.0; learning]);
    best.iter_mut().try_for_each(|best| file.read(BEST, &[learning], best)).map_err(failed)?;
    let filled = engine.restore(metadata.step, |state| {
        BUFFERS.iter().zip(state.into_array()).try_for_each(|(name, values)| file.read(name, &[learning], values))
    })?;
    filled.map_err(failed)?;
    Ok(Some(Restored { metadata, best_weights: best }))
}

/// The milestone in a file's metadata.
fn metadata(path: &Path, file: &FloatFile) -> Result<CheckpointMetadata, CheckpointError> {
    let damaged = |what: String| damaged(path, what);
    let entries = file.metadata().ok_or_else(|| damaged("it has no metadata".to_owned()))?;
    let entry = |name: &str| entries.get(name).cloned().ok_or_else(|| damaged(format!("it lacks `{name}`")));
    for (name, ours) in [("version", VERSION), ("numerics", NUMERICS_VERSION)] {
        if entry(name)? != ours.to_string() {
            let what = format!("it has {name} {}, this program writes {ours}", entry(name)?);
            return Err(CheckpointError::Outdated { path: path.to_owned(), what });
        }
    }
    let number = |name: &str| entry(name)?.parse().map_err(|_| damaged(format!("its {name} is no number")));
    let (step, total) = (number("step")?, number("total")?);
    if step > total {
        return Err(damaged(format!("it is at step {step} of {total}")));
    }
    Ok(CheckpointMetadata {
        key: entry("key")?,
        environment: entry("environment")?,
        step,
        total,
        seconds: entries.get("seconds").and_then(|text| text.parse().ok()).unwrap_or_default(),
        note: entry("note")?,
    })
}
