//! One of the folders that are merged, read once. It takes no lock and judges nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::experiment::load;
use crate::hub::Lock;
use crate::plan::Plan;
use crate::results::{
    EvaluationRecord, Known, Layout, Timing, predictions_by_key, read_evaluations, read_lock, timings,
};
use crate::spec::Overrides;

use super::error::MergeError;

/// A results folder.
#[derive(Debug)]
pub(super) struct Folder {
    pub layout: Layout,
    pub plan: Plan,
    /// The bytes of experiment.toml.
    pub experiment: Vec<u8>,
    pub lock: Lock,
    pub known: Known,
    /// The rows of evaluations.csv.
    pub evaluations: Vec<EvaluationRecord>,
    /// Files of predictions, by their name by key.
    pub predictions: BTreeMap<String, PathBuf>,
    pub timings: Vec<Timing>,
}

impl Folder {
    /// Reads a results folder, which others may be writing to.
    pub(super) fn read(root: &Path) -> Result<Self, MergeError> {
        let layout = Layout::new(root);
        let path = layout.experiment();
        if !path.is_file() {
            return Err(MergeError::NotResults { folder: root.to_owned(), inside: results_in(root) });
        }
        if layout.is_being_replaced() {
            return Err(MergeError::Unfinished(root.to_owned()));
        }
        let experiment = fs::read(&path).map_err(MergeError::disk(&path))?;
        let plan = load(&path, &Overrides::default(), None, layout.out())?.plan;
        let (lock, known) = (read_lock(&layout)?, Known::read(&layout)?);
        let (evaluations, predictions) = (read_evaluations(&layout)?, predictions_by_key(&layout)?);
        // they are no source of results
        let timings = timings(&layout).unwrap_or_default();
        Ok(Self { layout, plan, experiment, lock, known, evaluations, predictions, timings })
    }

    pub(super) fn root(&self) -> PathBuf {
        self.layout.root().to_owned()
    }
}

/// The results folders directly in a folder.
fn results_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| Layout::new(path).experiment().is_file()).collect();
    found.sort();
    found
}
