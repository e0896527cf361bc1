//! Journals of the workers of a shared folder: each has one writer, all are read as they grow. Which outcome of a key counts
//! depends on the outcomes alone, not on who wrote when.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};

use super::event::Event;
use super::journal_line::{LineError, VERSION, parse_line, salvage};
use super::{Action, Ending, Layout, Outcome, ResultsError};

/// The journals of a folder's workers.
#[derive(Debug)]
pub(super) struct WorkerJournals {
    layout: Layout,
    /// How far each is read, in bytes, and in lines.
    read: BTreeMap<String, (u64, u64)>,
    /// What is wrong with lines of them.
    pub notices: Vec<String>,
}

impl WorkerJournals {
    /// Those of a folder, of which nothing is read yet.
    pub(super) fn new(layout: &Layout) -> Self {
        Self { layout: layout.clone(), read: BTreeMap::new(), notices: Vec::new() }
    }

    /// Counts a worker whose journal a listing may not show yet.
    pub(super) fn know(&mut self, worker: &str) {
        self.read.entry(worker.to_owned()).or_default();
    }

    /// What was added since the last time, journal by journal.
    ///
    /// # Errors
    /// What the system says, or a journal of a later version.
    pub(super) fn read(&mut self) -> Result<Vec<Outcome>, ResultsError> {
        let (outcomes, errors) = self.read_what_can_be();
        errors.into_iter().next().map_or(Ok(outcomes), Err)
    }

    /// The same of those journals that can be read now. The others are read the next time.
    pub(super) fn read_what_can_be(&mut self) -> (Vec<Outcome>, Vec<ResultsError>) {
        let mut errors = Vec::new();
        match listed(&self.layout) {
            Ok(workers) => workers.iter().for_each(|worker| self.know(worker)),
            Err(error) => errors.push(error),
        }
        let workers: Vec<String> = self.read.keys().cloned().collect();
        let mut outcomes = Vec::new();
        for worker in workers {
            match self.read_one(&worker) {
                Ok(new) => outcomes.extend(new),
                Err(error) => errors.push(error),
            }
        }
        (outcomes, errors)
    }

    /// The same of one worker.
    ///
    /// # Errors
    /// As `read`.
    pub(super) fn read_one(&mut self, worker: &str) -> Result<Vec<Outcome>, ResultsError> {
        let path = self.layout.worker_journal(worker);
        let (from, mut line) = self.read.get(worker).copied().unwrap_or_default();
        let content = match added(&path, from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            content => content.map_err(|error| ResultsError::io(Action::Read, &path, error))?,
        };
        // a line without its end is being written, or was when its worker was killed
        let whole = content.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let mut outcomes = Vec::new();
        for piece in content[..whole].split_inclusive(|&byte| byte == b'\n') {
            line += 1;
            match parse_line(piece) {
                Ok(Event::Finished(outcome)) => outcomes.push(outcome),
                Err(LineError::Newer(found)) => {
                    return Err(ResultsError::OtherVersion { file: path, line, found, known: VERSION });
                }
                Err(LineError::Damaged(problem)) => {
                    outcomes.extend(salvage(piece).into_iter().map(|Event::Finished(outcome)| outcome));
                    let file = path.display();
                    self.notices.push(format!("{file}:{line}: damaged ({problem}); ignored: its job runs again"));
                }
            }
        }
        self.read.insert(worker.to_owned(), (from + whole as u64, line));
        Ok(outcomes)
    }
}

/// The workers whose journals a listing shows.
fn listed(layout: &Layout) -> Result<BTreeSet<String>, ResultsError> {
    let folder = layout.workers_folder();
    let failed = |error| ResultsError::io(Action::Read, &folder, error);
    let entries = match fs::read_dir(&folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(BTreeSet::new());
        }
        entries => entries.map_err(failed)?,
    };
    let names = entries.map(|entry| Ok(entry.map_err(failed)?.file_name().to_string_lossy().into_owned()));
    let names = names.collect::<Result<Vec<String>, ResultsError>>()?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(".jsonl")).map(str::to_owned).collect())
}

/// What a file has behind `from`.
fn added(path: &std::path::Path, from: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

/// Outcomes of several workers.
#[derive(Debug, Default)]
pub(super) struct MergedOutcomes {
    pub outcomes: BTreeMap<String, Outcome>,
    /// Keys with different outcomes of one environment.
    pub conflicts: BTreeSet<String>,
}

impl MergedOutcomes {
    /// What to tell the user of keys with different outcomes; none if there are no such.
    pub(super) fn notice(&self) -> Option<String> {
        let keys = self.conflicts.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        (!keys.is_empty()).then(|| {
            format!(
                "warning: workers of one environment entered different results of {keys}; the same ones always count, but \
                 a machine is at fault: `runner verify --rerun` trains jobs again and compares"
            )
        })
    }

    /// Adds an outcome; returns whether it counts from now on.
    pub(super) fn add(&mut self, outcome: Outcome) -> bool {
        let Some(known) = self.outcomes.get(&outcome.key) else {
            self.outcomes.insert(outcome.key.clone(), outcome);
            return true;
        };
        if *known == outcome {
            return false;
        }
        if known.environment == outcome.environment && is_finished(known) && is_finished(&outcome) {
            self.conflicts.insert(outcome.key.clone());
        }
        let counts = rank(&outcome) < rank(known);
        if counts {
            self.outcomes.insert(outcome.key.clone(), outcome);
        }
        counts
    }
}

fn is_finished(outcome: &Outcome) -> bool {
    matches!(outcome.ending, Ending::Ok(_))
}

/// The lowest counts: scores before failures, then by environment and content.
fn rank(outcome: &Outcome) -> (bool, &str, String) {
    let text = serde_json::to_string(outcome).expect("an outcome serializes");
    (!is_finished(outcome), &outcome.environment, text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::super::journal_line::line_of;
    use super::super::{Decimal, Failure, Measurements};
    use super::*;

    fn outcome(key: &str, environment: &str, loss: Option<f64>) -> Outcome {
        let ending = match loss {
            Some(loss) => Ending::Ok(Measurements { train_loss: Some(Decimal::new(loss)), ..Measurements::default() }),
            None => Ending::Failed(Failure { code: "memory".to_owned(), message: "too little".to_owned() }),
        };
        Outcome { key: key.to_owned(), environment: environment.to_owned(), precision: None, steps: None, ending }
    }

    #[test]
    fn which_outcome_counts_does_not_depend_on_the_order() {
        let all = [
            outcome("a", "cuda-h100", Some(0.5)),
            outcome("a", "cuda-a100", Some(0.25)),
            outcome("a", "cuda-a100", None),
            outcome("a", "cuda-a100", Some(0.125)),
        ];
        for first in 0..all.len() {
            let mut merged = MergedOutcomes::default();
            (0..all.len()).for_each(|next| {
                merged.add(all[(first + next) % all.len()].clone());
            });
            assert_eq!(merged.outcomes["a"], all[3], "the finished one of the first environment, by content");
        }
        let mut merged = MergedOutcomes::default();
        assert!(merged.add(all[2].clone()) && merged.add(all[0].clone()) && !merged.add(all[0].clone()));
        assert!(merged.conflicts.is_empty());
        assert!(merged.add(all[1].clone()) && merged.add(all[3].clone()));
        assert_eq!(merged.conflicts.len(), 1, "one environment, two results");
    }

    #[test]
    fn journals_are_read_as_they_grow_and_a_torn_line_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        fs::create_dir_all(layout.workers_folder()).unwrap();
        let [one, other] = [outcome("a", "cpu", Some(0.5)), outcome("b", "cpu", None)];
        let text = line_of(&Event::Finished(one.clone())) + &line_of(&Event::Finished(other.clone()));
        let mut journals = WorkerJournals::new(&layout);
        assert_eq!(journals.read().unwrap(), []);
        let first = text.find('\n').unwrap() + 1;
        fs::write(layout.worker_journal("w"), &text[..first + 10]).unwrap();
        assert_eq!(journals.read().unwrap(), [one]);
        assert_eq!(journals.read().unwrap(), []);
        fs::write(layout.worker_journal("w"), &text).unwrap();
        assert_eq!(journals.read().unwrap(), [other]);
        fs::write(layout.worker_journal("x"), "damaged\n").unwrap();
        assert_eq!(journals.read().unwrap(), []);
        assert!(journals.notices[0].contains("x.jsonl:1: damaged"), "{:?}", journals.notices);
    }

    #[test]
    fn a_journal_that_cannot_be_read_now_hides_no_other_and_is_read_later() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let [one, other] = [outcome("a", "cpu", Some(0.5)), outcome("b", "cpu", Some(0.25))];
        fs::create_dir_all(layout.worker_journal("a")).unwrap();
        fs::write(layout.worker_journal("b"), line_of(&Event::Finished(other.clone()))).unwrap();
        let mut journals = WorkerJournals::new(&layout);
        let (read, errors) = journals.read_what_can_be();
        assert_eq!((read, errors.len()), (vec![other], 1));
        fs::remove_dir(layout.worker_journal("a")).unwrap();
        fs::write(layout.worker_journal("a"), line_of(&Event::Finished(one.clone()))).unwrap();
        let (read, errors) = journals.read_what_can_be();
        assert_eq!((read, errors.len()), (vec![one], 0));
    }
}
