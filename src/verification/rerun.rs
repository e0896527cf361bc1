//! Jobs of a folder trained again, into a temporary folder, and compared with their rows. The folder itself is only read.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::experiment::{self, ExperimentError, Observer, Request, Selected};
use crate::files::FloatFile;
use crate::ledger::{Id, Ledger, Part};
use crate::machine::Environment;
use crate::metrics::Metric;
use crate::plan::Plan;
use crate::results::{
    Columns, Ending, Layout, Outcome, Record, ScoredSplit, Snapshot, TagNames, Tags, job_differences,
};
use crate::spec::Overrides;

use super::finding::{Check, Checked, Finding, counted};
use super::folder::Folder;

/// The largest difference of a score that rounding in another environment is held to explain: a training can amplify it.
const ROUNDING: f64 = 0.02;

/// Columns of results.csv that no rounding changes.
const EXACT: [&str; 4] = ["key", "steps", "words_unseen", "test_in_train"];

const REMEDY: &str =
    "the row does not follow from its experiment: train the job again with --force, or ask who made it";

/// Some jobs of a folder, ready to be trained again.
pub struct Rerun {
    folder: Folder,
    selected: Selected,
    /// Rows by index of their job.
    rows: Vec<(usize, Record)>,
    temporary: TemporaryFolder,
}

/// A folder that is removed with this.
struct TemporaryFolder(PathBuf);

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // nothing in it is needed, and what cannot be removed does no harm
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Rerun {
    /// Of `count` jobs that have scores: sorted by key, and evenly spread over these. None if no job has.
    ///
    /// # Errors
    /// Tables, an experiment or a lock that cannot be read; a temporary folder that cannot be made.
    pub fn new(root: &Path, count: NonZeroUsize) -> Result<Option<Self>, ExperimentError> {
        let folder = Folder::read(root)?;
        let Some(ledger) = &folder.ledger else { return Ok(None) };
        let mut rows: Vec<(Id, Record)> = folder
            .records()
            .iter()
            .filter(|record| record.measurements().is_some())
            .filter_map(|record| Some((folder.part_of(record)?, record.clone())))
            .collect();
        if rows.is_empty() {
            return Ok(None);
        }
        rows.sort_by(|(_, one), (_, other)| one.outcome.key.cmp(&other.outcome.key));
        let count = count.get().min(rows.len());
        let chosen: Vec<(Id, Record)> = (0..count).map(|place| rows[place * rows.len() / count].clone()).collect();
        let is_saved = |(id, _): &(Id, Record)| saved_weights(&folder.layout, ledger, *id).is_some();
        let models = if chosen.iter().any(is_saved) { "all" } else { "none" };
        let selected = selected(&folder, ledger, &chosen, models)?;
        let temporary = temporary_folder(&folder, &selected.plan)?;
        let rows = chosen.into_iter().map(|(id, record)| (id.job, record)).collect();
        Ok(Some(Self { selected, rows, temporary, folder }))
    }

    /// The jobs, for an observer.
    pub fn plan(&self) -> &Plan {
        &self.selected.plan
    }

    /// Trains the jobs and compares. None if it is stopped.
    ///
    /// # Errors
    /// Missing inputs, no job that can run, a folder or a machine that fails.
    pub fn run(
        &self,
        request: &Request<'_>,
        environment: &Environment,
        observer: &dyn Observer,
        stop: &AtomicBool,
    ) -> Result<Option<Checked>, ExperimentError> {
        let request = Request { out: &self.temporary.0, ..request.clone() };
        let Some(ready) = experiment::prepare(&self.selected, &request, environment, observer, stop)? else {
            return Ok(None);
        };
        let finished = experiment::run(&self.selected, ready, &request, environment, observer, stop)?;
        match finished {
            Some(finished) if !finished.summary.interrupted => self.compare(&finished.ledger, environment).map(Some),
            _ => Ok(None),
        }
    }

    fn compare(&self, ledger: &Ledger, environment: &Environment) -> Result<Checked, ExperimentError> {
        let (mut checked, mut identical, mut near) = (Checked::new(Check::Rerun, ""), Vec::new(), Vec::new());
        let root = self.temporary.0.join(&self.selected.plan.experiment.name);
        let mut pair = Pair {
            old: Snapshot::of_folder(self.folder.layout.root())?,
            new: Snapshot::of_folder(&root)?,
            names: TagNames::default(),
        };
        for (job, record) in &self.rows {
            let id = Id { job: *job, part: Part::Whole };
            let Some(outcome) = ledger.outcome_of(id) else {
                checked.not_checked.push(format!("{} was not trained again", record.label));
                continue;
            };
            let mut comparison = Comparison::of(record, outcome, self.columns());
            comparison.tags = pair.differing(record, outcome)?;
            let [before, now] =
                [&self.folder.layout, &Layout::new(&root)].map(|layout| saved_weights(layout, ledger, id));
            comparison.weights_differ = matches!((&before, &now), (Some(before), Some(now)) if before != now);
            let label = &record.label;
            match comparison.verdict(self.other_environment(record, outcome, environment)) {
                Verdict::Identical => identical.push(label.as_str()),
                Verdict::WithinRounding(text) => near.push(format!("within rounding: {label}, {text}")),
                Verdict::Different(findings) => checked.findings.extend(findings),
            }
        }
        let mut parts = vec![format!("{} trained again", counted(self.rows.len(), "job"))];
        if !identical.is_empty() {
            parts.push(format!("identical: {}", identical.join("; ")));
        }
        checked.extent = parts.into_iter().chain(near).collect::<Vec<_>>().join("; ");
        Ok(checked)
    }

    fn columns(&self) -> (&Columns, &[String]) {
        let tables = self.folder.tables.as_ref().expect("a rerun has rows");
        (&tables.columns, &tables.header)
    }

    /// What differs between where the row was made and here.
    fn other_environment(&self, record: &Record, now: &Outcome, here: &Environment) -> Option<String> {
        let before = &record.outcome;
        if before.environment != here.name {
            return Some(format!("environment {}, here {}", before.environment, here.name));
        }
        if before.precision != now.precision {
            let name = |precision: &Option<String>| precision.clone().unwrap_or_default();
            return Some(format!("precision {}, here {}", name(&before.precision), name(&now.precision)));
        }
        let definition = self.folder.lock.as_ref()?.environments.get(&here.name)?;
        here.changes(definition)
    }
}

/// The plan with the chosen jobs as they stand in their rows: with `[select]`, not every row has scores on the test set.
fn selected(
    folder: &Folder,
    ledger: &Ledger,
    chosen: &[(Id, Record)],
    models: &str,
) -> Result<Selected, ExperimentError> {
    let name = folder.plan.as_ref().map(|plan| plan.experiment.name.clone());
    let overrides = Overrides { set: vec![format!("save.models={models}")], name };
    let mut selected = experiment::load(&folder.layout.experiment(), &overrides, None, folder.layout.out())?;
    selected.plan.experiment.select = None;
    selected.plan.experiment.evaluate = Vec::new();
    for (id, _) in chosen {
        let save = selected.plan.jobs[id.job].settings.save.clone();
        selected.plan.jobs[id.job].settings = ledger.settings_of(*id).clone();
        selected.plan.jobs[id.job].settings.save = save;
    }
    let jobs: BTreeSet<usize> = chosen.iter().map(|(id, _)| id.job).collect();
    selected.selection = jobs.into_iter().collect();
    Ok(selected)
}

/// An empty results folder with the lock of `folder`, so that the same commits are read.
fn temporary_folder(folder: &Folder, plan: &Plan) -> Result<TemporaryFolder, ExperimentError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = format!("runner-verify.{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let root = env::temp_dir().join(name);
    let layout = Layout::new(root.join(&plan.experiment.name));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ExperimentError::File { path, source }
    };
    // a folder of somebody else is not taken
    fs::create_dir(&root).map_err(failed(&root))?;
    let temporary = TemporaryFolder(root);
    fs::create_dir_all(layout.root()).map_err(failed(layout.root()))?;
    if let Some(lock) = &folder.lock {
        fs::write(layout.lock_toml(), lock.to_toml()).map_err(failed(&layout.lock_toml()))?;
    }
    Ok(temporary)
}

/// The SHA-256 of the values of the saved model that a job is scored on.
fn saved_weights(layout: &Layout, ledger: &Ledger, id: Id) -> Option<String> {
    let path = layout.model(ledger.training_of(id)?.as_str()).join("model.safetensors");
    FloatFile::open(&path).ok()?.sha256_of_floats().ok()
}

/// Two folders whose predictions are compared.
struct Pair {
    old: Snapshot,
    new: Snapshot,
    names: TagNames,
}

impl Pair {
    /// Tags that differ, of how many; none where a side has no predictions.
    fn differing(&mut self, record: &Record, now: &Outcome) -> Result<Option<(usize, usize)>, ExperimentError> {
        let new = Record { outcome: now.clone(), ..record.clone() };
        let mut counts = None;
        for split in ScoredSplit::ALL {
            let before = self.old.tags(&mut self.names, record, None, split)?;
            let after = self.new.tags(&mut self.names, &new, None, split)?;
            let (Tags::Read(before), Tags::Read(after)) = (before, after) else { continue };
            let pairs = || before.predicted.iter().flatten().zip(after.predicted.iter().flatten());
            let (differing, all) = counts.unwrap_or((0, 0));
            counts = Some((differing + pairs().filter(|(one, other)| one != other).count(), all + pairs().count()));
        }
        Ok(counts)
    }
}

/// A row and what came of training it again.
struct Comparison {
    /// Cells that differ, without those that name the environment.
    cells: Vec<Finding>,
    /// The largest difference of a score, and its column.
    largest: Option<(f64, String)>,
    /// Tags that differ, of how many.
    tags: Option<(usize, usize)>,
    weights_differ: bool,
    label: String,
}

enum Verdict {
    Identical,
    WithinRounding(String),
    Different(Vec<Finding>),
}

impl Comparison {
    fn of(record: &Record, now: &Outcome, (columns, header): (&Columns, &[String])) -> Self {
        let mut largest: Option<(f64, String)> = None;
        let new = Record { outcome: now.clone(), ..record.clone() };
        for split in ScoredSplit::ALL {
            for metric in Metric::ALL {
                let score = |record: &Record| record.measurements()?.score(split, metric).map(|score| score.value());
                let (Some(one), Some(other)) = (score(record), score(&new)) else { continue };
                let difference = (one - other).abs();
                if difference > largest.as_ref().map_or(0.0, |(most, _)| *most) {
                    largest = Some((difference, format!("{}_{}", split.name(), metric.name())));
                }
            }
        }
        let mut cells: Vec<Finding> = job_differences(record, columns, header, now)
            .into_iter()
            .map(|difference| Finding::of(difference, "trained again", REMEDY))
            .collect();
        cells.retain(|cell| !matches!(cell.column.as_str(), "environment" | "precision"));
        if let Ending::Failed(failure) = &now.ending {
            let failed = Finding::at("results.csv", &record.label, "status").found("ok", format!("failed, {failure}"));
            cells = vec![failed.from("trained again", REMEDY)];
        }
        Self { cells, largest, tags: None, weights_differ: false, label: record.label.clone() }
    }

    fn verdict(mut self, elsewhere: Option<String>) -> Verdict {
        let differing = self.tags.map_or(0, |(differing, _)| differing);
        if self.cells.is_empty() && differing == 0 && !self.weights_differ {
            return Verdict::Identical;
        }
        let largest = self.largest.as_ref().map_or(0.0, |(largest, _)| *largest);
        let is_failed = self.cells.iter().any(|cell| cell.column == "status");
        // what no rounding changes
        let has_other_key = self.cells.iter().any(|cell| EXACT.contains(&cell.column.as_str()));
        if let Some(elsewhere) = elsewhere.filter(|_| largest <= ROUNDING && !is_failed && !has_other_key) {
            let score = match &self.largest {
                Some((largest, column)) => format!("{column} differs most, by {largest:.6}"),
                None => "no score differs".to_owned(),
            };
            let tags =
                self.tags.map_or(String::new(), |(differing, all)| format!(", {differing} of {all} tags differ"));
            return Verdict::WithinRounding(format!("{score}{tags} ({elsewhere})"));
        }
        if differing > 0 && self.cells.is_empty() {
            self.cells.push(
                Finding::at("predictions", &self.label, "tags")
                    .found(format!("{differing} differ"), "0")
                    .from("trained again", REMEDY),
            );
        }
        if self.weights_differ && self.cells.is_empty() {
            self.cells.push(
                Finding::at(".run/models", &self.label, "weights")
                    .found("other values", "the same")
                    .from("trained again", REMEDY),
            );
        }
        if has_other_key {
            self.cells.retain(|cell| cell.column == "key");
            let remedy = "an input or a setting changed since: restore it, and compare again";
            self.cells.iter_mut().for_each(|cell| cell.remedy = remedy);
        }
        Verdict::Different(self.cells)
    }
}
