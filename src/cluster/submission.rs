//! What was submitted: `.run/submit/ID/`, which holds all that workers need. `submit` writes it once; workers, `status` and
//! `cancel` read it.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use crate::files;
use crate::hash::Sha256;
use crate::machine::{DeviceChoice, UnknownDevice};
use crate::results::Layout;

/// The version of `submission.json` and `scheduler.json`.
const VERSION: u32 = 1;

/// `submission.json`: what was submitted. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    version: u32,
    /// A name that sorts by time, and is one of a folder and of a Slurm job: `20261128-223015-3f2a`, in UTC.
    pub id: String,
    /// The experiment's name.
    pub experiment: String,
    /// The program that was copied.
    pub program: Program,
    /// Workers that were asked for.
    pub workers: usize,
    /// Trainings that were pending.
    pub trainings: usize,
    /// Whether no scheduler was asked: somebody starts the workers.
    pub script_only: bool,
    /// How workers work.
    pub options: WorkOptions,
}

/// The copy of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// Its SHA-256.
    pub sha256: String,
}

/// How workers work, as the command line of `submit` says. Workers are offline: every input is fetched before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkOptions {
    /// `--device`
    pub device: String,
    /// `--jobs`: of each worker.
    pub jobs: Option<NonZeroUsize>,
    /// `--threads`: of each worker.
    pub threads: Option<NonZeroUsize>,
    /// `--force`: results from before this submission do not count.
    pub force: bool,
    /// `--refresh`: results of another environment do not count.
    pub refresh: bool,
    /// `--environment`: the only one in which workers work.
    pub environment: Option<String>,
    /// `--only`
    pub only: Option<String>,
    /// `--fail-fast`, `--max-failures`: of each worker.
    pub failures_allowed: Option<NonZeroUsize>,
}

/// `scheduler.json`: what the scheduler accepted. Where it is missing, a reply may have been lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    version: u32,
    /// Slurm's ids of the jobs.
    pub jobs: Vec<String>,
    /// How many workers they are.
    pub workers: usize,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl WorkOptions {
    /// The device.
    ///
    /// # Errors
    /// A later version's device.
    pub fn device(&self) -> Result<DeviceChoice, UnknownDevice> {
        self.device.parse()
    }
}

impl Scheduled {
    /// Jobs that a scheduler accepted.
    pub fn new(jobs: Vec<String>, workers: usize) -> Self {
        Self { version: VERSION, jobs, workers }
    }
}

impl Submission {
    /// A new one, of this version of the program.
    pub fn new(
        experiment: &str,
        sha256: &Sha256,
        workers: usize,
        trainings: usize,
        script_only: bool,
        options: WorkOptions,
    ) -> Self {
        let program = Program { version: env!("CARGO_PKG_VERSION").to_owned(), sha256: sha256.to_string() };
        let (id, experiment) = (new_id(SystemTime::now()), experiment.to_owned());
        Self { version: VERSION, id, experiment, program, workers, trainings, script_only, options }
    }

    /// Reads the submission in a folder.
    ///
    /// # Errors
    /// A file that is missing or damaged, or of a later version.
    pub fn read(folder: &Path) -> Result<Self, ClusterError> {
        read(&folder.join("submission.json"))
    }

    /// What the scheduler accepted; none where no reply came, or none was asked.
    ///
    /// # Errors
    /// A file that is damaged or of a later version.
    pub fn scheduled(folder: &Path) -> Result<Option<Scheduled>, ClusterError> {
        let path = folder.join("scheduler.json");
        if !path.exists() {
            return Ok(None);
        }
        read(&path).map(Some)
    }

    /// All submissions of a results folder, the earliest first. One that is damaged is left out.
    ///
    /// # Errors
    /// A submission of a later version; what the system says.
    pub fn all(layout: &Layout) -> Result<Vec<Self>, ClusterError> {
        let folder = layout.submissions_folder();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed.map_err(ClusterError::file(&folder))?,
        };
        // not those that a stopped program did not finish
        let entries = entries.flatten().filter(|entry| !files::is_leftover(&entry.file_name().to_string_lossy()));
        let read = entries.map(|entry| Self::read(&entry.path()));
        let known = read.filter(|one| matches!(one, Ok(_) | Err(ClusterError::Newer { .. })));
        let mut all: Vec<Self> = known.collect::<Result<_, _>>()?;
        all.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(all)
    }

    /// Writes `submission.json` into a folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), ClusterError> {
        write(&folder.join("submission.json"), self)
    }

    /// Where it lies.
    pub fn folder(&self, layout: &Layout) -> PathBuf {
        layout.submission(&self.id)
    }

    /// Whether it is over: it was canceled, or nobody works on it any more.
    pub fn is_over(&self, layout: &Layout) -> bool {
        self.is_finished(layout) || self.folder(layout).join("stop").exists()
    }

    /// Whether nobody works on it any more.
    pub fn is_finished(&self, layout: &Layout) -> bool {
        self.folder(layout).join("finished").exists()
    }

    /// The keys of its trainings.
    ///
    /// # Errors
    /// `jobs.csv` cannot be read.
    pub(super) fn trainings(&self, layout: &Layout) -> Result<Vec<String>, ClusterError> {
        let path = self.folder(layout).join("jobs.csv");
        let text = fs::read_to_string(&path).map_err(ClusterError::file(&path))?;
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let rows = table.records().map(|row| Ok(row?.get(2).unwrap_or_default().to_owned()));
        let damaged = |error: csv::Error| ClusterError::Damaged { path: path.clone(), reason: error.to_string() };
        rows.collect::<Result<_, csv::Error>>().map_err(damaged)
    }

    /// Says that nobody works on it any more.
    pub(super) fn finish(&self, layout: &Layout) -> Result<(), ClusterError> {
        let path = self.folder(layout).join("finished");
        files::replace(&path, b"").map_err(ClusterError::file(&path))
    }
}

impl Scheduled {
    /// Writes `scheduler.json` into a submission's folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), ClusterError> {
        write(&folder.join("scheduler.json"), self)
    }
}

fn read<T: for<'d> Deserialize<'d>>(path: &Path) -> Result<T, ClusterError> {
    let damaged = |reason: String| ClusterError::Damaged { path: path.to_owned(), reason };
    let text = fs::read_to_string(path).map_err(ClusterError::file(path))?;
    // the version is read first, so that keys of a later version are not reported as unknown
    match serde_json::from_str::<Versioned>(&text) {
        Ok(Versioned { version: VERSION }) | Err(_) => serde_json::from_str(&text).map_err(|e| damaged(e.to_string())),
        Ok(Versioned { version }) if version < VERSION => Err(damaged(format!("it has the unknown version {version}"))),
        Ok(Versioned { version }) => Err(ClusterError::Newer { path: path.to_owned(), found: version, known: VERSION }),
    }
}

fn write(path: &Path, content: &impl Serialize) -> Result<(), ClusterError> {
    let text = serde_json::to_string_pretty(content).expect("plain structs serialize");
    files::replace(path, format!("{text}\n").as_bytes()).map_err(ClusterError::file(path))
}

/// `YYYYMMDD-HHMMSS-XXXX`, the last four the part of the second in hexadecimal digits.
fn new_id(now: SystemTime) -> String {
    let stamp: String = humantime::format_rfc3339_seconds(now).to_string();
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    let (day, time) = stamp.split_once('T').unwrap_or((&stamp, ""));
    let nanoseconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| u64::from(since.subsec_nanos()));
    format!("{}-{}-{:04x}", digits(day), digits(time), (nanoseconds << 16) / 1_000_000_000)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let ids = [0, 20, 999, 1000].map(|milliseconds| {
            new_id(UNIX_EPOCH + Duration::from_secs(1_795_905_015) + Duration::from_millis(milliseconds))
        });
        assert!(ids[0].starts_with("20261128-223015-") && ids[0].len() == 20, "{ids:?}");
        assert!(ids.is_sorted() && ids[0] != ids[1], "{ids:?}");
    }

    #[test]
    fn a_submission_is_read_as_it_was_written_and_one_of_a_later_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let options =
            WorkOptions { device: "cuda:1".to_owned(), threads: NonZeroUsize::new(3), ..WorkOptions::default() };
        let one = Submission::new("grid", &Sha256::of("x"), 2, 4, false, options);
        let place = one.folder(&layout);
        fs::create_dir_all(&place).unwrap();
        one.write(&place).unwrap();
        fs::create_dir_all(layout.submission("odd")).unwrap();
        assert_eq!(Submission::all(&layout).unwrap().as_slice(), std::slice::from_ref(&one));
        assert_eq!(one.options.device(), Ok(DeviceChoice::Cuda(1)));
        assert_eq!(Submission::scheduled(&place).unwrap(), None);
        Scheduled::new(vec!["7".to_owned()], 2).write(&place).unwrap();
        assert_eq!(Submission::scheduled(&place).unwrap().unwrap().jobs, ["7"]);
        assert!(!one.is_over(&layout));
        one.finish(&layout).unwrap();
        assert!(one.is_over(&layout));
        let text = fs::read_to_string(place.join("submission.json"))
            .unwrap()
            .replace("\"version\": 1", "\"version\": 2, \"new\": 1");
        fs::write(place.join("submission.json"), text).unwrap();
        let error = Submission::read(&place).unwrap_err().to_string();
        assert!(
            error.ends_with("it has version 2, and this runner reads version 1; update runner, or remove its folder if nobody works on it"),
            "{error}"
        );
    }
}
