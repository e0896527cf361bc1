//! How a job of a results folder is named on the command line: `results/NAME:LABEL`, a key, a folder. It must not know
//! what is done with the job.

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::hub::LockedHashes;
use crate::ledger::BUILTINS;
use crate::plan::{Plan, TrainingKey};
use crate::results::{Layout, Record, ResultsError, read_lock, read_tables};
use crate::spec::{self, Overrides, nearest};

use super::setting::settings;

/// A job of a results folder: a row of its results.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobAddress {
    /// `results/NAME`
    pub folder: PathBuf,
    /// The row as results.csv has it.
    pub record: Record,
}

/// A name that is not one job's. The texts list what there is.
#[derive(Debug, Error)]
pub enum JobAddressError {
    /// Nothing of that name.
    #[error("no job `{asked}`: {problem}{}", listed(there, near.as_deref()))]
    None {
        /// As it was given.
        asked: String,
        /// Why it names none.
        problem: String,
        /// What there is instead.
        there: Vec<String>,
        /// The nearest of those, if one is near.
        near: Option<String>,
    },
    /// Several jobs of that name.
    #[error("`{asked}` matches {} jobs; name {}{}", there.len(), if *by_seed { "a seed" } else { "one of them" },
        listed(there, None))]
    Several {
        /// As it was given.
        asked: String,
        /// What names each of them.
        there: Vec<String>,
        /// Whether they differ in their seeds alone.
        by_seed: bool,
    },
    /// A folder whose tables cannot be read.
    #[error(transparent)]
    Results(#[from] ResultsError),
}

/// Names that are listed in a message, at most.
const MOST_LISTED: usize = 20;

fn listed(there: &[String], near: Option<&str>) -> String {
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let more = there.len().saturating_sub(MOST_LISTED);
    let lines: String = there.iter().take(MOST_LISTED).map(|name| format!("\n  {name}")).collect();
    let rest = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    format!("{near}{lines}{rest}")
}

impl JobAddress {
    /// The job that `asked` names: `results/NAME:LABEL`, where parts of a label that fit one job are enough; a key or its
    /// beginning, searched in the folders of `out`; `results/NAME/.run/jobs/KEY` or `.run/models/KEY`; a results folder
    /// with one job.
    ///
    /// # Errors
    /// A name of no job or of several, with those that there are; tables that cannot be read.
    pub fn find(asked: &str, out: &Path) -> Result<Self, JobAddressError> {
        let path = Path::new(asked);
        if path.is_dir() {
            return by_folder(asked, path);
        }
        for (at, _) in asked.match_indices(':') {
            let (name, label) = (&asked[..at], &asked[at + 1..]);
            let folders = [PathBuf::from(name), out.join(name)];
            if let Some(folder) = folders.into_iter().find(|folder| folder.join("results.csv").is_file()) {
                return by_label(asked, &folder, label);
            }
        }
        let is_key = !asked.is_empty() && asked.len() <= 12 && asked.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_key { by_key(asked, out) } else { Err(no_folder(asked, out)) }
    }

    /// `results/NAME:LABEL`.
    pub fn name(&self) -> String {
        named(&self.folder, &self.record)
    }
}

fn named(folder: &Path, record: &Record) -> String {
    format!("{}:{}", folder.display(), record.label)
}

fn rows(folder: &Path) -> Result<Vec<Record>, ResultsError> {
    let tables = read_tables(&Layout::new(folder))?;
    Ok(tables.ok_or_else(|| ResultsError::NoTable { folder: folder.to_owned() })?.records)
}

/// The one of `found`; `all` are the rows of the folder.
fn one_of(asked: &str, folder: &Path, all: &[Record], mut found: Vec<Record>) -> Result<JobAddress, JobAddressError> {
    if found.len() == 1 {
        return Ok(JobAddress { folder: folder.to_owned(), record: found.remove(0) });
    }
    if found.is_empty() {
        let there: Vec<String> = all.iter().map(|record| named(folder, record)).collect();
        let near = nearest(asked, there.iter().map(String::as_str)).map(str::to_owned);
        let problem = match there.len() {
            0 => format!("{} has no jobs", folder.display()),
            count => format!("{} has {}", folder.display(), if count == 1 { "this one" } else { "these" }),
        };
        return Err(JobAddressError::None { asked: asked.to_owned(), problem, there, near });
    }
    let by_seed = settings(&found).len() == 1;
    let there = found.iter().map(|record| named(folder, record)).collect();
    Err(JobAddressError::Several { asked: asked.to_owned(), there, by_seed })
}

fn by_label(asked: &str, folder: &Path, label: &str) -> Result<JobAddress, JobAddressError> {
    let all = rows(folder)?;
    let exact = all.iter().filter(|record| record.label == label);
    let mut found: Vec<Record> = exact.cloned().collect();
    if found.is_empty() {
        found =
            all.iter().filter(|record| label.split(',').all(|part| has_part(record, part.trim()))).cloned().collect();
    }
    one_of(asked, folder, &all, found)
}

/// Whether a label has `KEY=VALUE`, with or without the table of the key.
fn has_part(record: &Record, part: &str) -> bool {
    let label = format!(",{},", record.label);
    let short = part.split_once('=').and_then(|(key, value)| Some(format!("{}={value}", key.rsplit_once('.')?.1)));
    !part.is_empty()
        && [Some(part.to_owned()), short].into_iter().flatten().any(|part| label.contains(&format!(",{part},")))
}

fn by_key(start: &str, out: &Path) -> Result<JobAddress, JobAddressError> {
    let start = start.to_ascii_lowercase();
    let mut found: Vec<JobAddress> = Vec::new();
    for folder in results_folders(out) {
        // a folder whose tables are damaged hides no job of another
        let Ok(rows) = rows(&folder) else { continue };
        let fitting = rows.into_iter().filter(|record| record.outcome.key.starts_with(&start));
        found.extend(fitting.map(|record| JobAddress { folder: folder.clone(), record }));
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => {
            let problem = format!("no key in {}/*/results.csv begins so; --out names another folder", out.display());
            Err(JobAddressError::None { asked: start, problem, there: Vec::new(), near: None })
        }
        _ => {
            let there = found.iter().map(JobAddress::name).collect();
            Err(JobAddressError::Several { asked: start, there, by_seed: false })
        }
    }
}

/// The results folders in `out`, by name.
fn results_folders(out: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.retain(|folder| folder.join("results.csv").is_file());
    folders.sort();
    folders
}

fn no_folder(asked: &str, out: &Path) -> JobAddressError {
    let (name, _) = spec::split_job(asked);
    let there: Vec<String> = results_folders(out).iter().map(|folder| folder.display().to_string()).collect();
    let near = nearest(name, there.iter().map(String::as_str)).map(str::to_owned);
    let problem = match there.len() {
        0 => format!("{name} is no results folder, and there is none in {}; name results/NAME:LABEL", out.display()),
        _ => format!("{name} is no results folder; name results/NAME:LABEL, a key, or one of these"),
    };
    JobAddressError::None { asked: asked.to_owned(), problem, there, near }
}

fn by_folder(asked: &str, path: &Path) -> Result<JobAddress, JobAddressError> {
    if path.join("results.csv").is_file() {
        let all = rows(path)?;
        let found = all.clone();
        return one_of(asked, path, &all, found);
    }
    let Some((folder, kind, key)) = in_run_folder(path) else {
        return Err(ResultsError::NoTable { folder: path.to_owned() }.into());
    };
    let all = rows(&folder)?;
    let keys = if kind == "jobs" { vec![key] } else { keys_of_training(asked, &folder, &key)? };
    let found = all.iter().filter(|record| keys.contains(&record.outcome.key)).cloned().collect();
    one_of(asked, &folder, &all, found)
}

/// The results folder, `jobs` or `models`, and the key of `results/NAME/.run/jobs/KEY`.
fn in_run_folder(path: &Path) -> Option<(PathBuf, String, String)> {
    let text = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let split = |path: &Path| {
        let (key, kinds) = (text(path)?, path.parent()?);
        let (kind, run) = (text(kinds)?, kinds.parent()?);
        let is_run = text(run)? == ".run" && ["jobs", "models"].contains(&kind.as_str());
        is_run.then(|| Some((run.parent()?.to_owned(), kind, key)))?
    };
    split(path).or_else(|| split(&fs::canonicalize(path).ok()?))
}

/// The keys of the jobs that share a training, by the experiment and the lock of a folder. A model of another tag set has
/// those tags in its folder's name, behind the key.
fn keys_of_training(asked: &str, folder: &Path, name: &str) -> Result<Vec<String>, JobAddressError> {
    let training = name.split('-').next().unwrap_or(name);
    let unknown =
        |problem: String| JobAddressError::None { asked: asked.to_owned(), problem, there: Vec::new(), near: None };
    let layout = Layout::new(folder);
    let lock = read_lock(&layout).map_err(|error| unknown(error.to_string()))?;
    let plan = spec::load(&layout.experiment(), &Overrides::default()).and_then(Plan::expand);
    let plan = plan.map_err(|_| unknown(format!("{} cannot be read", layout.experiment().display())))?;
    let labels: Vec<&str> = {
        let mut hashes = LockedHashes::new(&lock, &BUILTINS);
        let mut trains = |settings: &spec::Settings| {
            hashes.of(settings).is_ok_and(|inputs| TrainingKey::of(settings, &inputs).as_str() == training)
        };
        plan.jobs.iter().filter(|job| trains(&job.settings)).map(|job| job.label.as_str()).collect()
    };
    if labels.is_empty() {
        let problem = format!("no job of {} trains it now; its experiment or inputs changed", folder.display());
        return Err(unknown(problem));
    }
    let all = rows(folder)?;
    let keys = all.into_iter().filter(|record| labels.contains(&record.label.as_str()));
    Ok(keys.map(|record| record.outcome.key).collect())
}
