//! Writes the merged folder, under its lock: journal, tags, tables, experiment.toml, lock.toml, timings. Equal content is left
//! as it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::hub::Lock;
use crate::ledger::{Ledger, columns};
use crate::plan::Plan;
use crate::results::{Known, ResultsFolder, Timing, replace};

use super::as_written::name_as_before;
use super::error::MergeError;
use super::folder::Folder;
use super::kept::Copied;
use super::outcomes::Joined;
use super::tags::Tags;

/// What is written.
pub(super) struct Content<'a> {
    pub plan: &'a Plan,
    pub folders: &'a [Folder],
    /// The number of the folder that is written to, where it is one of them.
    pub target: Option<usize>,
    pub experiment: Vec<u8>,
    pub lock: &'a Lock,
    pub joined: &'a Joined,
    pub ledger: &'a Ledger,
    pub tags: &'a Tags,
}

impl Content<'_> {
    /// Writes all of it to `root`.
    pub(super) fn write(&self, root: &Path, unfinished: &BTreeSet<String>) -> Result<Copied, MergeError> {
        let (mut folder, known) = ResultsFolder::open(root)?;
        let before = self.target.map(|at| &self.folders[at].known.outcomes);
        if known.outcomes != before.cloned().unwrap_or_default() {
            return Err(MergeError::Changed(root.to_owned()));
        }
        let layout = folder.layout().clone();
        // first of all, so that the same call finds a results folder there if this one is killed
        replace(&layout.experiment(), &self.experiment)?;
        replace(&layout.lock_toml(), self.lock.to_toml().as_bytes())?;
        self.record(&mut folder, &known)?;
        let (mut records, mut evaluations) = (self.ledger.records(self.plan), self.ledger.evaluations(self.plan));
        let sets = evaluations.as_deref_mut().unwrap_or_default();
        name_as_before(&mut records, sets, self.folders, self.joined);
        let rungs = self.ledger.rungs(self.plan);
        folder.write_tables(&records, &columns(self.plan), evaluations.as_deref(), rungs.as_deref())?;
        let timings = self.timings();
        if !timings.is_empty() {
            folder.write_timings(&timings)?;
        }
        let mut copied = Copied::default();
        for (at, from) in self.folders.iter().enumerate() {
            if self.target != Some(at) {
                copied.add(&from.layout, &layout, unfinished)?;
            }
        }
        Ok(copied)
    }

    /// Tags first, then the journal: what it says is there.
    fn record(&self, folder: &mut ResultsFolder, known: &Known) -> Result<(), MergeError> {
        let read = |path: &Path| fs::read(path).map_err(MergeError::disk(path));
        for (name, (at, path)) in &self.tags.gold {
            if self.target != Some(*at) {
                folder.add_gold(name, &read(path)?)?;
            }
        }
        let there = self.target.map(|at| &self.folders[at].predictions);
        for (name, (at, path)) in &self.tags.predictions {
            let content = if self.target == Some(*at) { continue } else { read(path)? };
            match there.and_then(|there| there.get(name)) {
                Some(path) if read(path)? == content => {}
                _ => folder.add_predictions(name, &content)?,
            }
        }
        for (key, kept) in &self.joined.kept {
            if known.outcomes.get(key) != Some(&kept.outcome) {
                folder.record(&kept.outcome)?;
            }
        }
        Ok(())
    }

    /// The timings of rows that come from other folders, in the order of the plan.
    fn timings(&self) -> Vec<Timing> {
        let own = |at: usize, label: &str| self.folders[at].timings.iter().find(|timing| timing.job == label);
        let timing = |label: &str, job: usize| {
            let key = self.ledger.key(job)?;
            let kept = self.joined.kept.get(key.as_str())?;
            let is_there = self
                .target
                .is_some_and(|at| (at == kept.folder || kept.also.contains(&at)) && own(at, label).is_some());
            if is_there {
                return None;
            }
            [kept.folder].iter().chain(&kept.also).find_map(|at| own(*at, label)).cloned()
        };
        self.plan.jobs.iter().filter_map(|job| timing(&job.label, job.index)).collect()
    }
}
