//! A results folder that a run writes to: its lock, its journal, its tables. It knows no settings and no training.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::earlier_names::rename_earlier;
use super::folder_summary::folder_summary;
use super::lock::FolderLock;
use super::placement::{Placement, PredictionFiles, Rows};
use super::replace::{create_folder, discard, promote, stage, stage_removal, sync_folder};
use super::sentence_intervals::SentenceIntervals;
use super::snapshot::Snapshot;
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
        let renamed = rename_earlier(&layout, &known.behind())?;
        known.notices.extend(renamed);
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

    /// Replaces the tables together, and moves predictions beside the rows that they belong to: whatever stops the program, the next reader finds all old or all new. epochs.csv
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
        // an earlier attempt may have failed between its renames: what it left is complete, and is finished first
        recover_tables(&self.layout)?;
        let files = PredictionFiles::list(&self.layout)?;
        let tables = self.layout.tables();
        let rows = Rows::new(records, evaluations.unwrap_or(&[]));
        let contents = [
            Some(per_entity_csv(records)),
            Some(self.summary(records, columns, files.by_key(&rows))?),
            Some(curves_csv(records)),
            columns.evaluates.then(|| epochs_csv(records)),
            evaluations.map(evaluations_csv),
            Some(results_csv(records, columns)),
        ];
        let placement = files.placement(&rows);
        let mut changed = !placement.is_empty();
        for (path, content) in tables.iter().zip(&contents) {
            changed |= match content {
                Some(content) => stage(path, content)?,
                None => stage_removal(path)?,
            };
        }
        if changed {
            // all new tables are on disk before the file says so
            sync_folder(self.layout.root())?;
            placement.write(&self.layout.tables_ready())?;
            recover_tables(&self.layout)?;
        }
        Ok(())
    }

    /// summary.csv. `predictions`: where they lie, by key.
    fn summary(
        &self,
        records: &[Record],
        columns: &Columns,
        predictions: BTreeMap<String, String>,
    ) -> Result<Vec<u8>, ResultsError> {
        let mut tags = Snapshot::of_tags(&self.layout, predictions);
        folder_summary(&self.layout, records, columns, &mut tags, &mut self.sentences.borrow_mut())
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

/// Renames new tables into place, and their predictions, if they are complete; otherwise removes them.
fn recover_tables(layout: &Layout) -> Result<(), ResultsError> {
    let ready = layout.tables_ready();
    let is_ready = ready.try_exists().map_err(|error| ResultsError::io(Action::Read, &ready, error))?;
    if !is_ready {
        return layout.tables().iter().try_for_each(|table| discard(table));
    }
    Placement::finish(layout, &ready)?;
    layout.tables().iter().try_for_each(|table| promote(table))?;
    sync_folder(layout.root())?;
    files::remove(&ready).map_err(|error| ResultsError::io(Action::Write, &ready, error))
}
