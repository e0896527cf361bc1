//! A results folder that a run writes to: its lock, or its place among the workers that share it; its journal, its tables.
//! It knows no settings and no training.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::earlier_names::rename_earlier;
use super::folder_summary::folder_summary;
use super::lock::FolderLock;
use super::other_case::check_case;
use super::placement::{Placement, PredictionFiles, Rows};
use super::replace::{create_folder, discard, promote, stage, stage_removal, sync_folder};
use super::sentence_intervals::SentenceIntervals;
use super::shared::{Shared, Turn};
use super::sharing::{self, Sharing};
use super::snapshot::Snapshot;
use super::tidy::{clear_way, tidy};
use super::{
    Action, Columns, EvaluationRecord, Event, Journal, Known, Layout, Outcome, Record, ResultsError, RungRecord,
    Timing, curves_csv, epochs_csv, evaluations_csv, per_entity_csv, read_timings, replace, results_csv, rungs_csv,
    timings_csv,
};
use crate::claims::{BeaconHandle, Claim, Claims};
use crate::files;

/// A results folder that this process writes to. No other can until it is dropped, unless workers share it.
#[derive(Debug)]
pub struct ResultsFolder {
    layout: Layout,
    journal: Journal,
    /// Kept from one writing of the tables to the next.
    sentences: RefCell<SentenceIntervals>,
    access: Access,
}

/// What keeps processes from mixing their results.
#[derive(Debug)]
enum Access {
    /// Nobody else writes.
    Alone(#[expect(dead_code, reason = "it is held, not used")] FolderLock),
    /// Each worker writes to a journal of its own.
    Shared(Box<Shared>),
}

impl ResultsFolder {
    /// Creates the folder if it is missing, takes its lock, finishes what a killed run left unfinished, adds rows to the
    /// journal that only the tables have, and returns all results.
    ///
    /// # Errors
    /// `InUse`, a damaged table or journal, or what the system says.
    pub fn open(root: &Path) -> Result<(Self, Known), ResultsError> {
        let layout = Layout::new(root);
        check_case(root)?;
        let mut misplaced = clear_way(&layout)?;
        // not even for a moment is the lock of a shared folder taken: others would meet it
        check_alone(&layout)?;
        create_folder(&layout.run_folder())?;
        let lock = FolderLock::take(root, &layout.lock_file())?;
        check_alone(&layout)?;
        misplaced.extend(tidy(&layout)?);
        replace(&layout.gitignore(), b"*\n")?;
        recover_tables(&layout)?;
        let (mut journal, mut replay, kept_as) = Journal::open(&layout.journal())?;
        replay.add_workers(&layout)?;
        journal.append(&replay.of_workers.drain(..).map(Event::Finished).collect::<Vec<_>>())?;
        let timings = timings(&layout)?;
        let torn = replay.torn.clone();
        let (mut known, adopted) = Known::merge(&layout, replay)?;
        known.notices.splice(0..0, misplaced);
        known.notices.extend(torn.map(|torn| torn.to_string()));
        known.notices.extend(kept_as.map(|path| format!("the damaged journal is kept as {}", path.display())));
        // a row that leaves the tables would be lost if only they had it
        journal.append(&adopted.into_iter().map(Event::Finished).collect::<Vec<_>>())?;
        let renamed = rename_earlier(&layout, &known.behind())?;
        known.notices.extend(renamed);
        if layout.workers_folder().exists() {
            replace(&layout.timings(), &timings_csv(&timings))?;
            sharing::clear(&layout)?;
        }
        Ok((Self { layout, journal, sentences: RefCell::default(), access: Access::Alone(lock) }, known))
    }

    /// Joins the workers that share a folder, with all results so far. Nothing that others write is touched.
    ///
    /// # Errors
    /// A damaged table or journal, or what the system says.
    pub fn join(root: &Path, claims: Claims) -> Result<(Self, Known), ResultsError> {
        let layout = Layout::new(root);
        let worker = claims.worker();
        let (journal, ..) = Journal::open(&layout.worker_journal(&worker))?;
        let known = Known::read(&layout)?;
        let access = Access::Shared(Box::new(Shared::new(&layout, claims)));
        Ok((Self { layout, journal, sentences: RefCell::default(), access }, known))
    }

    /// This process's part among the workers; none where it has the folder alone.
    fn shared(&mut self) -> Option<&mut Shared> {
        match &mut self.access {
            Access::Alone(_) => None,
            Access::Shared(shared) => Some(shared),
        }
    }

    /// Whether workers share the folder.
    pub fn is_shared(&self) -> bool {
        matches!(self.access, Access::Shared(_))
    }

    /// Takes a training by its name, unless another worker has it. `is_known`, given the outcomes that others entered since
    /// the last time: whether the training's results are known.
    ///
    /// # Errors
    /// What the system says.
    pub fn take(&mut self, name: &str, is_known: impl FnOnce(Vec<Outcome>) -> bool) -> Result<Turn, ResultsError> {
        match self.shared() {
            None => Ok(Turn::Mine(None)),
            Some(shared) => shared.take(name, is_known),
        }
    }

    /// Takes a training whose worker was done with it and whose results nobody finds.
    ///
    /// # Errors
    /// What the system says.
    pub fn take_again(&mut self, name: &str) -> Result<Turn, ResultsError> {
        self.shared().map_or(Ok(Turn::Mine(None)), |shared| shared.take_again(name))
    }

    /// Gives a training back, so that any worker may take it.
    pub fn release(&mut self, claim: Claim) {
        if let Some(shared) = self.shared() {
            shared.claims_mut().release(claim);
        }
    }

    /// Says that the results of a training are in the journal.
    pub fn finish(&mut self, claim: Claim) {
        if let Some(shared) = self.shared() {
            shared.claims_mut().finish(claim);
        }
    }

    /// Outcomes that others entered since the last time; `now`: however short ago that is.
    pub fn news(&mut self, now: bool) -> Vec<Outcome> {
        self.shared().map_or_else(Vec::new, |shared| shared.news(now))
    }

    /// Claims the tables, which one worker writes at a time; none while another does. Where the folder is not shared, there
    /// is nothing to claim.
    ///
    /// # Errors
    /// What the system says.
    pub fn take_tables(&mut self) -> Result<Option<Claim>, ResultsError> {
        self.shared().map_or(Ok(None), Shared::take_tables)
    }

    /// This worker's beacon; none where the folder is not shared.
    pub fn beacon(&mut self) -> Option<BeaconHandle> {
        self.shared().map(|shared| shared.claims().beacon())
    }

    /// What was wrong with the journals of workers.
    pub fn worker_notices(&self) -> Vec<String> {
        match &self.access {
            Access::Alone(_) => Vec::new(),
            Access::Shared(shared) => shared.notices(),
        }
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
        let events = [Event::Finished(outcome.clone())];
        match &mut self.access {
            Access::Alone(_) => self.journal.append(&events),
            Access::Shared(shared) => {
                self.journal.append_persistently(&events)?;
                shared.own(outcome);
                Ok(())
            }
        }
    }

    /// What counts under the key of an outcome that was recorded: another one where a worker entered a better one.
    pub fn counting(&self, outcome: Outcome) -> Outcome {
        match &self.access {
            Access::Alone(_) => outcome,
            Access::Shared(shared) => shared.merged(&outcome.key).cloned().unwrap_or(outcome),
        }
    }

    /// Forgets what is kept of outcomes, as others entered new ones.
    pub fn forget(&mut self, outcomes: &[Outcome]) {
        outcomes.iter().for_each(|outcome| self.sentences.get_mut().forget(&outcome.key));
    }

    /// Replaces the tables together, and moves predictions beside the rows that they belong to: whatever stops the program,
    /// the next reader finds all old or all new. epochs.csv exists only if a job is evaluated during training,
    /// evaluations.csv only if `evaluations` says that the experiment has evaluation sets, rungs.csv only if `rungs` says
    /// that it compares jobs at rungs.
    ///
    /// # Errors
    /// What the system says; the old tables then stay, or the next `open` finishes the replacement.
    pub fn write_tables(
        &self,
        records: &[Record],
        columns: &Columns,
        evaluations: Option<&[EvaluationRecord]>,
        rungs: Option<&[RungRecord]>,
    ) -> Result<(), ResultsError> {
        // an earlier attempt may have failed between its renames: what it left is complete, and is finished first
        recover_tables(&self.layout)?;
        let tables = self.layout.tables();
        let rows = Rows::new(records, evaluations.unwrap_or(&[]));
        let files = match &self.access {
            Access::Alone(_) => PredictionFiles::list(&self.layout)?,
            Access::Shared(_) => PredictionFiles::look(&self.layout, &rows)?,
        };
        let contents = [
            Some(per_entity_csv(records)),
            Some(self.summary(records, columns, files.by_key(&rows))?),
            Some(curves_csv(records)),
            columns.evaluates.then(|| epochs_csv(records)),
            evaluations.map(evaluations_csv),
            rungs.map(rungs_csv),
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

    /// Adds predictions that came from another folder, under their name by key: they lie in `.run/` until tables that have
    /// their row are written.
    ///
    /// # Errors
    /// What the system says.
    pub fn add_predictions(&self, name: &str, content: &[u8]) -> Result<(), ResultsError> {
        let folder = self.layout.shelved_predictions();
        create_folder(&folder)?;
        replace(&folder.join(name), content).map(|_| ())
    }

    /// Adds a file of gold tags that came from another folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn add_gold(&self, name: &str, content: &[u8]) -> Result<(), ResultsError> {
        let folder = self.layout.predictions_folder();
        create_folder(&folder)?;
        replace(&folder.join(name), content).map(|_| ())
    }

    /// Adds jobs' rows to timings.csv, or replaces earlier ones.
    ///
    /// # Errors
    /// What the system says.
    pub fn write_timings(&self, new: &[Timing]) -> Result<(), ResultsError> {
        let path = match &self.access {
            Access::Alone(_) => self.layout.timings(),
            Access::Shared(shared) => self.layout.worker_timings(&shared.claims().worker()),
        };
        // it is no source of results: a damaged file is started anew
        let mut timings = timings_of(&path).unwrap_or_default();
        add_timings(&mut timings, new);
        replace(&path, &timings_csv(&timings)).map(|_| ())
    }
}

/// Refuses a folder that workers share.
fn check_alone(layout: &Layout) -> Result<(), ResultsError> {
    match Sharing::of(layout) {
        None => Ok(()),
        Some(sharing) => Err(ResultsError::Shared { folder: layout.root().to_owned(), by: sharing.text() }),
    }
}

/// Adds rows, or replaces those of the same jobs.
fn add_timings(timings: &mut Vec<Timing>, new: &[Timing]) {
    for timing in new {
        match timings.iter_mut().find(|known| known.job == timing.job) {
            Some(known) => *known = timing.clone(),
            None => timings.push(timing.clone()),
        }
    }
}

/// The rows of a folder's timings.csv, and of those of its workers; none if there is no such file.
///
/// # Errors
/// `Damaged` with the line, or what the system says.
pub fn timings(layout: &Layout) -> Result<Vec<Timing>, ResultsError> {
    let mut timings = timings_of(&layout.timings())?;
    let entries = fs::read_dir(layout.workers_folder()).into_iter().flatten().flatten();
    let mut tables: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension() == Some("csv".as_ref())).collect();
    tables.sort_unstable();
    // those of one worker are no source of results, either: one that is damaged tells nothing
    tables.iter().for_each(|path| add_timings(&mut timings, &timings_of(path).unwrap_or_default()));
    Ok(timings)
}

fn timings_of(path: &Path) -> Result<Vec<Timing>, ResultsError> {
    match fs::read(path) {
        Ok(content) => read_timings(path, &content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(ResultsError::io(Action::Read, path, error)),
    }
}

/// Renames new tables into place, and their predictions, if they are complete; otherwise removes them.
fn recover_tables(layout: &Layout) -> Result<(), ResultsError> {
    let ready = layout.tables_ready();
    let is_ready = files::is_there(&ready).map_err(|error| ResultsError::io(Action::Read, &ready, error))?;
    if !is_ready {
        return layout.tables().iter().try_for_each(|table| discard(table));
    }
    Placement::finish(layout, &ready)?;
    layout.tables().iter().try_for_each(|table| promote(table))?;
    sync_folder(layout.root())?;
    files::remove(&ready).map_err(|error| ResultsError::io(Action::Write, &ready, error))
}
