//! A results folder that a run writes to: its lock, its journal, its tables. It knows no settings and no training.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::committed::read;
use super::lock::FolderLock;
use super::replace::{create_folder, discard, promote, stage, stage_removal, sync_folder};
use super::sentence_intervals::SentenceIntervals;
use super::snapshot::Snapshot;
use super::summary::{EarlierSummary, summary_csv};
use super::tidy::{clear_way, tidy};
use super::{
    Action, Columns, EvaluationRecord, Event, Journal, Known, Layout, Outcome, Record, ResultsError, Timing,
    curves_csv, epochs_csv, evaluations_csv, per_entity_csv, read_timings, replace, results_csv, timings_csv,
};
use crate::files;

/// A results folder that this process writes to; no other can until it is dropped.
#[derive(Debug)]
pub struct ResultsFolder {
    layout: Layout,
    journal: Journal,
    /// Kept from one writing of the tables to the next.
    sentences: RefCell<SentenceIntervals>,
    _lock: FolderLock,
}

impl ResultsFolder {
    /// Creates the folder if it is missing, takes its lock, finishes what a killed run left unfinished, adds rows to the
    /// journal that only the tables have, and returns all results.
    ///
    /// # Errors
    /// `InUse`, a damaged table or journal, or what the system says.
    pub fn open(root: &Path) -> Result<(Self, Known), ResultsError> {
        let layout = Layout::new(root);
        let mut misplaced = clear_way(&layout)?;
        create_folder(&layout.run_folder())?;
        let lock = FolderLock::take(root, &layout.lock_file())?;
        misplaced.extend(tidy(&layout)?);
        replace(&layout.gitignore(), b"*\n")?;
        recover_tables(&layout)?;
        let (mut journal, replay, kept_as) = Journal::open(&layout.journal())?;
        let torn = replay.torn.clone();
        let (mut known, adopted) = Known::merge(&layout, replay)?;
        known.notices.splice(0..0, misplaced);
        known.notices.extend(torn.map(|torn| torn.to_string()));
        known.notices.extend(kept_as.map(|path| format!("the damaged journal is kept as {}", path.display())));
        // a row that leaves the tables would be lost if only they had it
        journal.append(&adopted.into_iter().map(Event::Finished).collect::<Vec<_>>())?;
        Ok((Self { layout, journal, sentences: RefCell::default(), _lock: lock }, known))
    }

    /// The paths in the folder.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Writes a job's outcome to the journal; it is on disk when this returns.
    ///
    /// # Errors
    /// What the system says.
    pub fn record(&mut self, outcome: &Outcome) -> Result<(), ResultsError> {
        self.sentences.get_mut().forget(&outcome.key);
        self.journal.append(&[Event::Finished(outcome.clone())])
    }

    /// Replaces the tables together: whatever stops the program, the next reader finds all old or all new. epochs.csv
    /// exists only if a job is evaluated during training, evaluations.csv only if `evaluations` says that the experiment
    /// has evaluation sets.
    ///
    /// # Errors
    /// What the system says; the old tables then stay, or the next `open` finishes the replacement.
    pub fn write_tables(
        &self,
        records: &[Record],
        columns: &Columns,
        evaluations: Option<&[EvaluationRecord]>,
    ) -> Result<(), ResultsError> {
        let tables = self.layout.tables();
        let contents = [
            Some(per_entity_csv(records)),
            Some(self.summary(records, columns)?),
            Some(curves_csv(records)),
            columns.evaluates.then(|| epochs_csv(records)),
            evaluations.map(evaluations_csv),
            Some(results_csv(records, columns)),
        ];
        // an earlier attempt may have failed between its renames: what it left is complete, and is finished first
        recover_tables(&self.layout)?;
        let mut changed = false;
        for (path, content) in tables.iter().zip(&contents) {
            changed |= match content {
                Some(content) => stage(path, content)?,
                None => stage_removal(path)?,
            };
        }
        if changed {
            // all new tables are on disk before the file says so
            sync_folder(self.layout.root())?;
            replace(&self.layout.tables_ready(), b"new tables lie beside the old ones\n")?;
            recover_tables(&self.layout)?;
        }
        let rows = records.iter().map(|record| &record.outcome);
        let rows = rows.chain(evaluations.into_iter().flatten().map(|record| &record.outcome));
        self.sort_predictions(&rows.map(|outcome| outcome.key.as_str()).collect())
    }

    /// summary.csv with intervals over test sentences from the predictions; where those are missing, as the table that is
    /// there has them.
    fn summary(&self, records: &[Record], columns: &Columns) -> Result<Vec<u8>, ResultsError> {
        let path = self.layout.summary();
        let earlier = EarlierSummary::parse(&path, &read(&self.layout, &path)?.unwrap_or_default());
        let mut tags = Snapshot::of_tags(&self.layout);
        let mut sentences = self.sentences.borrow_mut();
        let mut broken = None;
        let content = summary_csv(records, columns, |row| {
            let found = sentences
                .of(&mut tags, row.runs, row.split)
                .map(|found| found.map(|found| found.get(&row.metric).copied()));
            match found {
                Ok(Some(interval)) => interval,
                Ok(None) => earlier.sentences(row),
                Err(error) => {
                    broken.get_or_insert(error);
                    None
                }
            }
        });
        broken.map_or(Ok(content), Err)
    }

    /// Moves predictions of rows that left the tables out of predictions/, and back with their row. `keys`: of the rows.
    fn sort_predictions(&self, keys: &BTreeSet<&str>) -> Result<(), ResultsError> {
        let (committed, shelf) = (self.layout.predictions_folder(), self.layout.shelved_predictions());
        let is_current = |name: &str| name.split('.').next().is_some_and(|key| keys.contains(key));
        move_files(&committed, &shelf, |name| !name.starts_with("gold-") && !is_current(name))?;
        // the one in predictions/ is newer
        move_files(&shelf, &committed, |name| is_current(name) && !committed.join(name).exists())
    }

    /// Adds jobs' rows to timings.csv, or replaces earlier ones.
    ///
    /// # Errors
    /// What the system says.
    pub fn write_timings(&self, new: &[Timing]) -> Result<(), ResultsError> {
        // it is no source of results: a damaged file is started anew
        let mut timings = timings(&self.layout).unwrap_or_default();
        for timing in new {
            match timings.iter_mut().find(|known| known.job == timing.job) {
                Some(known) => *known = timing.clone(),
                None => timings.push(timing.clone()),
            }
        }
        replace(&self.layout.timings(), &timings_csv(&timings)).map(|_| ())
    }
}

/// Moves the `.tags` files of `from` that are `meant` to `to`; a missing folder has none.
fn move_files(from: &Path, to: &Path, meant: impl Fn(&str) -> bool) -> Result<(), ResultsError> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| ResultsError::io(Action::Read, from, error))?,
    };
    let mut moved = false;
    for entry in entries {
        let name = entry.map_err(|error| ResultsError::io(Action::Read, from, error))?.file_name();
        let Some(name) = name.to_str().filter(|name| name.ends_with(".tags") && meant(name)) else { continue };
        create_folder(to)?;
        let target = to.join(name);
        fs::rename(from.join(name), &target).map_err(|error| ResultsError::io(Action::Write, &target, error))?;
        moved = true;
    }
    if moved {
        [to, from].into_iter().try_for_each(sync_folder)?;
    }
    Ok(())
}

/// The rows of a folder's timings.csv; none if there is no such file.
///
/// # Errors
/// `Damaged` with the line, or what the system says.
pub fn timings(layout: &Layout) -> Result<Vec<Timing>, ResultsError> {
    let path = layout.timings();
    match fs::read(&path) {
        Ok(content) => read_timings(&path, &content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(ResultsError::io(Action::Read, &path, error)),
    }
}

/// Renames new tables into place if they are complete, otherwise removes them.
fn recover_tables(layout: &Layout) -> Result<(), ResultsError> {
    let ready = layout.tables_ready();
    let is_ready = ready.try_exists().map_err(|error| ResultsError::io(Action::Read, &ready, error))?;
    if !is_ready {
        return layout.tables().iter().try_for_each(|table| discard(table));
    }
    layout.tables().iter().try_for_each(|table| promote(table))?;
    sync_folder(layout.root())?;
    files::remove(&ready).map_err(|error| ResultsError::io(Action::Write, &ready, error))
}
