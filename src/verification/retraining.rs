//! Jobs of a folder trained again, into a temporary folder, and compared with their rows. The folder itself is only read.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::experiment::{self, ExperimentError, Observer, Request, Selected};
use crate::files::{FloatFile, TemporaryFolder};
use crate::ledger::{Id, Ledger, Part};
use crate::machine::Environment;
use crate::plan::Plan;
use crate::results::{Columns, Layout, Outcome, Record, Snapshot, TagNames};
use crate::spec::Overrides;

use super::folder::Folder;
use super::retrained::{Comparison, Pair, Verdict};

/// Some jobs of a folder, ready to be trained again.
pub struct Retraining {
    folder: Folder,
    selected: Selected,
    /// Rows by index of their job.
    rows: Vec<(usize, Record)>,
    temporary: TemporaryFolder,
}

/// A job that was trained again.
#[derive(Debug)]
pub struct Retrained {
    /// Its row as it was, with the outcome of now.
    pub record: Record,
    /// What may be said of the two.
    pub verdict: Verdict,
}

impl Retraining {
    /// Of the job of one row, with its model saved. None if experiment.toml has no such job under the row's key.
    ///
    /// # Errors
    /// Tables, an experiment or a lock that cannot be read; a temporary folder that cannot be made.
    pub fn of_job(root: &Path, record: &Record) -> Result<Option<Self>, ExperimentError> {
        let folder = Folder::read(root)?;
        match folder.part_of(record) {
            Some(id) if folder.ledger.is_some() => Self::new(folder, vec![(id, record.clone())], "all").map(Some),
            _ => Ok(None),
        }
    }

    /// Of chosen jobs; `models` is `save.models`.
    pub(super) fn new(folder: Folder, chosen: Vec<(Id, Record)>, models: &str) -> Result<Self, ExperimentError> {
        let selected = selected(&folder, &chosen, models)?;
        let temporary = temporary_folder(&folder, &selected.plan)?;
        let rows = chosen.into_iter().map(|(id, record)| (id.job, record)).collect();
        Ok(Self { selected, rows, temporary, folder })
    }

    /// The jobs, for an observer.
    pub fn plan(&self) -> &Plan {
        &self.selected.plan
    }

    /// The results folder that the jobs are trained into. It is removed with this.
    pub fn root(&self) -> PathBuf {
        self.temporary.path().join(&self.selected.plan.experiment.name)
    }

    /// Trains the jobs and compares: each job, or the label of one that was not trained. None if it is stopped.
    ///
    /// # Errors
    /// Missing inputs, no job that can run, a folder or a machine that fails.
    pub fn run(
        &self,
        request: &Request<'_>,
        environment: &Environment,
        observer: &dyn Observer,
        stop: &AtomicBool,
    ) -> Result<Option<Vec<Result<Retrained, String>>>, ExperimentError> {
        let request = Request { out: self.temporary.path(), ..request.clone() };
        let Some(ready) = experiment::prepare(&self.selected, &request, environment, observer, stop)? else {
            return Ok(None);
        };
        let finished = experiment::run(&self.selected, ready, &request, environment, observer, stop)?;
        match finished {
            Some(finished) if !finished.summary.interrupted => self.compare(&finished.ledger, environment).map(Some),
            _ => Ok(None),
        }
    }

    fn compare(
        &self,
        ledger: &Ledger,
        environment: &Environment,
    ) -> Result<Vec<Result<Retrained, String>>, ExperimentError> {
        let root = self.root();
        let mut pair = Pair {
            old: Snapshot::of_folder(self.folder.layout.root())?,
            new: Snapshot::of_folder(&root)?,
            names: TagNames::default(),
        };
        let mut compared = Vec::new();
        for (job, record) in &self.rows {
            let id = Id { job: *job, part: Part::Whole };
            let Some(outcome) = ledger.outcome_of(id) else {
                compared.push(Err(record.label.clone()));
                continue;
            };
            let mut comparison = Comparison::of(record, outcome, self.columns());
            comparison.tags = pair.differing(record, outcome)?;
            let [before, now] =
                [&self.folder.layout, &Layout::new(&root)].map(|layout| saved_weights(layout, ledger, id));
            comparison.weights_differ = matches!((&before, &now), (Some(before), Some(now)) if before != now);
            let verdict = comparison.verdict(self.other_environment(record, outcome, environment));
            compared.push(Ok(Retrained { record: Record { outcome: outcome.clone(), ..record.clone() }, verdict }));
        }
        Ok(compared)
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
fn selected(folder: &Folder, chosen: &[(Id, Record)], models: &str) -> Result<Selected, ExperimentError> {
    let ledger = folder.ledger.as_ref().expect("jobs are chosen by the ledger");
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
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ExperimentError::File { path, source }
    };
    let temporary = env::temp_dir();
    let temporary = TemporaryFolder::beside(&temporary.join("runner-retraining")).map_err(failed(&temporary))?;
    let layout = Layout::new(temporary.path().join(&plan.experiment.name));
    fs::create_dir_all(layout.root()).map_err(failed(layout.root()))?;
    if let Some(lock) = &folder.lock {
        fs::write(layout.lock_toml(), lock.to_toml()).map_err(failed(&layout.lock_toml()))?;
    }
    Ok(temporary)
}

/// The SHA-256 of the values of the saved model that a job is scored on.
pub(super) fn saved_weights(layout: &Layout, ledger: &Ledger, id: Id) -> Option<String> {
    let path = layout.model(ledger.training_of(id)?.as_str()).join("model.safetensors");
    FloatFile::open(&path).ok()?.sha256_of_floats().ok()
}
