//! A worker's beacon: a file that says what it does, and by its time that it lives. One worker writes it, the others read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::identity::Identity;

/// Time between two beats.
const BEAT: Duration = Duration::from_secs(20);

/// How often a beacon is read that is being written, and how long that takes.
const READS: u32 = 3;
const WRITTEN_WITHIN: Duration = Duration::from_millis(20);

/// A beacon's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beacon {
    /// Who it is.
    pub identity: Identity,
    /// The name of its environment.
    pub environment: String,
    /// What defines that.
    pub definition: BTreeMap<String, String>,
    /// Its submission; none for `runner run`.
    pub submission: Option<String>,
    /// The trainings that it runs.
    pub running: Vec<Running>,
    /// Jobs that it entered.
    pub entered: usize,
    /// Optimizer steps that it took.
    pub steps: u64,
    /// How it ended, as a word or a sentence; none while it runs.
    pub ended: Option<String>,
    /// How many times it was written.
    pub beat: u64,
}

/// A training that a worker runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The training's key.
    pub training: String,
    /// The label of the job that it is shown under.
    pub label: String,
    /// Steps so far.
    pub step: u64,
    /// Steps in all; 0 while that is unknown.
    pub of: u64,
    /// Seconds since this worker took it.
    pub seconds: u64,
}

impl Beacon {
    /// `workers/NAME.json` in the folder that the workers share.
    pub fn path(shared: &Path, worker: &str) -> PathBuf {
        shared.join("workers").join(format!("{worker}.json"))
    }

    /// Reads a worker's beacon, with the time of its last beat by the file system's clock. Opening the file asks the server,
    /// whatever the client remembers of it. None if it has no beacon. One that is being written is read again.
    ///
    /// # Errors
    /// What the system says, or `InvalidData`.
    pub fn read(shared: &Path, worker: &str) -> io::Result<Option<(Self, SystemTime)>> {
        for _ in 0..READS {
            match Self::read_once(shared, worker) {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => thread::sleep(WRITTEN_WITHIN),
                read => return read,
            }
        }
        Self::read_once(shared, worker)
    }

    fn read_once(shared: &Path, worker: &str) -> io::Result<Option<(Self, SystemTime)>> {
        let mut text = String::new();
        let mut file = match File::open(Self::path(shared, worker)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        file.read_to_string(&mut text)?;
        let time = file.metadata()?.modified()?;
        let beacon = serde_json::from_str(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Some((beacon, time)))
    }
}

/// The beacons of all workers that a listing shows, by name.
///
/// # Errors
/// What the system says. A folder without workers has none.
pub fn beacons(shared: &Path) -> io::Result<Vec<(Beacon, SystemTime)>> {
    let entries = match fs::read_dir(shared.join("workers")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed?,
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<String>>>()?;
    names.sort_unstable();
    let workers = names.iter().filter_map(|name| name.strip_suffix(".json"));
    // one that cannot be read is like one that is being written
    Ok(workers.filter_map(|worker| Beacon::read(shared, worker).ok().flatten()).collect())
}

/// This process's beacon, which beats until it is dropped.
#[derive(Debug)]
pub(super) struct Beating {
    written: Arc<Written>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Written {
    path: PathBuf,
    beacon: Mutex<Beacon>,
    /// The length of the file, held while it is written: a step of a training must not wait for the disk.
    length: Mutex<usize>,
}

impl Beating {
    /// Writes the beacon, and begins to beat.
    ///
    /// # Errors
    /// It cannot be written: others would take this worker for dead.
    pub(super) fn start(shared: &Path, beacon: Beacon) -> io::Result<Self> {
        let path = Beacon::path(shared, &beacon.identity.worker);
        let written = Arc::new(Written { path, beacon: Mutex::new(beacon), length: Mutex::new(0) });
        written.beat()?;
        let (stop, stopped) = channel();
        let beating = Arc::clone(&written);
        let beat = move || {
            while matches!(stopped.recv_timeout(BEAT), Err(RecvTimeoutError::Timeout)) {
                // the next one may succeed; until then this worker looks silent
                let _ = beating.beat();
            }
        };
        let thread = thread::Builder::new().name("beacon".to_owned()).spawn(beat)?;
        Ok(Self { written, stop: Some(stop), thread: Some(thread) })
    }

    /// Beats now; returns the time of that by the file system's clock.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn beat(&self) -> io::Result<SystemTime> {
        self.written.beat()
    }

    pub(super) fn beacon(&self) -> Beacon {
        self.written.lock().clone()
    }

    pub(super) fn handle(&self) -> BeaconHandle {
        BeaconHandle(Arc::clone(&self.written))
    }
}

/// Changes a beacon from anywhere in the process.
#[derive(Debug, Clone)]
pub struct BeaconHandle(Arc<Written>);

impl BeaconHandle {
    /// Changes what the next beat says.
    pub fn change(&self, change: impl FnOnce(&mut Beacon)) {
        change(&mut self.0.lock());
    }

    /// Changes it, and beats. A beat that fails is made up for by the next.
    pub fn show(&self, change: impl FnOnce(&mut Beacon)) {
        self.change(change);
        let _ = self.0.beat();
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Written {
    fn lock(&self) -> MutexGuard<'_, Beacon> {
        self.beacon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In place, since a rename may fail on a network; and never shorter than before, so that nobody reads the end of what was
    /// there.
    fn beat(&self) -> io::Result<SystemTime> {
        let mut length = self.length.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = {
            let mut beacon = self.lock();
            beacon.beat += 1;
            serde_json::to_string(&*beacon).map_err(io::Error::other)?
        };
        *length = text.len().max(*length);
        text.push_str(&" ".repeat(*length - text.len()));
        text.push('\n');
        let mut file = File::options().write(true).create(true).truncate(false).open(&self.path)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        file.metadata()?.modified()
    }
}
