//! Jobs of a folder trained again, as a check: which, and what comes of them.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::experiment::{ExperimentError, Observer, Request};
use crate::ledger::Id;
use crate::machine::Environment;
use crate::plan::Plan;
use crate::results::Record;
use crate::words::counted;

use super::finding::{Check, Checked};
use super::folder::Folder;
use super::retrained::Verdict;
use super::retraining::{Retrained, Retraining, saved_weights};

/// Some jobs of a folder, ready to be trained again.
pub struct Rerun(Retraining);

impl Rerun {
    /// Of `count` jobs that have scores and ran to their end: sorted by key, and evenly spread over these. None if no job has.
    ///
    /// # Errors
    /// Tables, an experiment or a lock that cannot be read; a temporary folder that cannot be made.
    pub fn new(root: &Path, count: NonZeroUsize) -> Result<Option<Self>, ExperimentError> {
        let folder = Folder::read(root)?;
        let Some(ledger) = &folder.ledger else { return Ok(None) };
        let mut rows: Vec<(Id, Record)> = folder
            .records()
            .iter()
            .filter(|record| record.measurements().is_some() && record.rung.is_none())
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
        Ok(Some(Self(Retraining::new(folder, chosen, models)?)))
    }

    /// The jobs, for an observer.
    pub fn plan(&self) -> &Plan {
        self.0.plan()
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
        Ok(self.0.run(request, environment, observer, stop)?.map(checked))
    }
}

fn checked(jobs: Vec<Result<Retrained, String>>) -> Checked {
    let (mut checked, mut identical, mut near) = (Checked::new(Check::Rerun, ""), Vec::new(), Vec::new());
    let mut parts = vec![format!("{} trained again", counted(jobs.len(), "job"))];
    for job in jobs {
        match job {
            Err(label) => checked.not_checked.push(format!("{label} was not trained again")),
            Ok(Retrained { record, verdict }) => match verdict {
                Verdict::Identical => identical.push(record.label),
                Verdict::WithinRounding(text) => near.push(format!("within rounding: {}, {text}", record.label)),
                Verdict::Different(findings) => checked.findings.extend(findings),
            },
        }
    }
    if !identical.is_empty() {
        parts.push(format!("identical: {}", identical.join("; ")));
    }
    checked.extent = parts.into_iter().chain(near).collect::<Vec<_>>().join("; ");
    checked
}
