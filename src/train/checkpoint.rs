//! A training under way, on disk: what learned so far, the optimiser's moments, and how far it came. With the order of
//! examples and the dropout masks functions of the step alone, a training that goes on from it ends in the same bits.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};

use crate::engine::{Engine, EngineError, NUMERICS_VERSION};

/// Version of the file's format.
const VERSION: u32 = 3;

/// The three flat buffers, each over the learning stretch: float32, little-endian.
const BUFFERS: [&str; 3] = ["parameters", "first_moments", "second_moments"];

/// The parameters at the best evaluation, where the best are kept: as long as the others.
const BEST: &str = "best_parameters";

/// A checkpoint that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refused.
    #[error("checkpoint {}: {source}; check space and permissions", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The content is not what it should be.
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
pub struct Milestone {
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
    pub milestone: Milestone,
    /// What had learned at the best evaluation so far, if that was kept.
    pub best_weights: Option<Vec<f32>>,
}

/// Writes `engine`'s state, the `best` weights so far and `milestone` to `path`: beside it, synced, then renamed, so that
/// a whole checkpoint is there at any time.
///
/// # Errors
/// Those of the disk and the device.
pub fn save(path: &Path, engine: &Engine, best: Option<&[f32]>, milestone: &Milestone) -> Result<(), CheckpointError> {
    let disk = |source| CheckpointError::Disk { path: path.to_owned(), source };
    let metadata = HashMap::from([
        ("version".to_owned(), VERSION.to_string()),
        ("numerics".to_owned(), NUMERICS_VERSION.to_string()),
        ("key".to_owned(), milestone.key.clone()),
        ("environment".to_owned(), milestone.environment.clone()),
        ("step".to_owned(), milestone.step.to_string()),
        ("total".to_owned(), milestone.total.to_string()),
        ("seconds".to_owned(), milestone.seconds.to_string()),
        ("note".to_owned(), milestone.note.clone()),
    ]);
    let beside = path.with_extension("part");
    let write = |state: [&[f32]; 3]| -> Result<(), SafeTensorError> {
        let view = |values| TensorView::new(Dtype::F32, vec![<[f32]>::len(values)], bytemuck::cast_slice(values));
        let buffers = BUFFERS.into_iter().zip(state).chain(best.map(|best| (BEST, best)));
        let views = buffers.map(|(name, values)| Ok((name, view(values)?)));
        let views = views.collect::<Result<Vec<_>, SafeTensorError>>()?;
        safetensors::serialize_to_file(views, Some(metadata), &beside)
    };
    engine.with_state(write)?.map_err(|error| match error {
        SafeTensorError::IoError(source) => disk(source),
        other => CheckpointError::Damaged { path: path.to_owned(), what: other.to_string() },
    })?;
    File::open(&beside).and_then(|file| file.sync_all()).map_err(disk)?;
    fs::rename(&beside, path).map_err(disk)
}

/// How far the checkpoint at `path` came; none if there is none.
///
/// # Errors
/// A damaged file, or one of another version of the program.
pub fn peek(path: &Path) -> Result<Option<Milestone>, CheckpointError> {
    let Some(bytes) = map(path)? else { return Ok(None) };
    let damaged = |what: String| CheckpointError::Damaged { path: path.to_owned(), what };
    // the whole file, since a header alone says nothing of a cut end
    SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    milestone(path, &bytes).map(Some)
}

/// The file's bytes; none if there is no such file.
fn map(path: &Path) -> Result<Option<Mmap>, CheckpointError> {
    let disk = |source| CheckpointError::Disk { path: path.to_owned(), source };
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // SAFETY: the file is only ever replaced by renaming, never written to.
        opened => opened.and_then(|file| unsafe { Mmap::map(&file) }).map(Some).map_err(disk),
    }
}

/// Puts the state at `path` into `engine`, which was made for the same job, and returns what else there is; none if there
/// is no checkpoint.
///
/// # Errors
/// A damaged file, one of another version of the program, or one of another job.
pub fn restore(path: &Path, engine: &mut Engine, key: &str) -> Result<Option<Restored>, CheckpointError> {
    let Some(bytes) = map(path)? else { return Ok(None) };
    let damaged = |what: String| CheckpointError::Damaged { path: path.to_owned(), what };
    let milestone = milestone(path, &bytes)?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    if milestone.key != key {
        return Err(damaged(format!("it is of training {}, not {key}", milestone.key)));
    }
    let mut learning = 0;
    let filled = engine.restore(milestone.step, |state| {
        learning = state[0].len();
        BUFFERS.iter().zip(state).try_for_each(|(name, values)| read(&tensors, name, values))
    })?;
    filled.map_err(damaged)?;
    let best = tensors.names().contains(&BEST).then(|| {
        let mut best = vec![0.0; learning];
        read(&tensors, BEST, &mut best).map(|()| best)
    });
    Ok(Some(Restored { milestone, best_weights: best.transpose().map_err(damaged)? }))
}

/// Fills `values` from the buffer `name`.
fn read(tensors: &SafeTensors<'_>, name: &str, values: &mut [f32]) -> Result<(), String> {
    let tensor = tensors.tensor(name).map_err(|error| error.to_string())?;
    let (dtype, shape, expected) = (tensor.dtype(), tensor.shape(), values.len());
    if dtype != Dtype::F32 || shape != [expected] {
        return Err(format!("{name} is {dtype:?} of {shape:?}, not float32 of {expected}"));
    }
    let numbers = tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    values.iter_mut().zip(numbers).for_each(|(value, number)| *value = number);
    Ok(())
}

/// The milestone in a file's metadata.
fn milestone(path: &Path, bytes: &[u8]) -> Result<Milestone, CheckpointError> {
    let damaged = |what: String| CheckpointError::Damaged { path: path.to_owned(), what };
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
    let entries = metadata.metadata().as_ref().ok_or_else(|| damaged("it has no metadata".to_owned()))?;
    let entry = |name: &str| entries.get(name).cloned().ok_or_else(|| damaged(format!("it lacks `{name}`")));
    for (name, ours) in [("version", VERSION), ("numerics", NUMERICS_VERSION)] {
        if entry(name)? != ours.to_string() {
            let what = format!("it has {name} {}, this program writes {ours}", entry(name)?);
            return Err(CheckpointError::Outdated { path: path.to_owned(), what });
        }
    }
    let number = |name: &str| entry(name)?.parse().map_err(|_| damaged(format!("its {name} is no number")));
    Ok(Milestone {
        key: entry("key")?,
        environment: entry("environment")?,
        step: number("step")?,
        total: number("total")?,
        seconds: entries.get("seconds").and_then(|text| text.parse().ok()).unwrap_or_default(),
        note: entry("note")?,
    })
}
