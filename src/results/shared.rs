//! This process as one of the workers of a results folder: what it takes, what it gives back, and what others entered.

use std::io;
use std::time::{Duration, Instant};

use super::worker_journals::{MergedOutcomes, WorkerJournals};
use super::{Action, Layout, Outcome, ResultsError};
use crate::claims::{Claim, Claims, Life, Taking};
use crate::files::persistently;

/// The name that the writer of the tables claims.
const TABLES: &str = "tables";

/// Journals are not read more often, unless a claim says that there is something new.
const READ_EVERY: Duration = Duration::from_secs(2);

/// Whose turn a training is.
#[derive(Debug)]
pub enum Turn {
    /// This process's. With its claim, where the folder is shared.
    Mine(Option<Claim>),
    /// A worker has it.
    Elsewhere {
        /// Whether nothing was heard of that worker for a while.
        doubtful: bool,
    },
    /// A worker ended it, and its result is not to be seen yet.
    Unseen,
    /// A worker ended it.
    Done,
}

/// A worker's part in a folder.
#[derive(Debug)]
pub(super) struct Shared {
    layout: Layout,
    claims: Claims,
    journals: WorkerJournals,
    merged: MergedOutcomes,
    last_read: Option<Instant>,
    /// Why some journals could not be read then.
    unread: Vec<String>,
}

impl Shared {
    pub(super) fn new(layout: &Layout, claims: Claims) -> Self {
        let journals = WorkerJournals::new(layout);
        let (merged, unread) = (MergedOutcomes::default(), Vec::new());
        Self { layout: layout.clone(), claims, journals, merged, last_read: None, unread }
    }

    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }

    pub(super) fn claims_mut(&mut self) -> &mut Claims {
        &mut self.claims
    }

    /// Takes a training by its name, unless another worker has it. `is_known`, given what others entered since the last time:
    /// whether the training's results are known.
    pub(super) fn take(
        &mut self,
        name: &str,
        is_known: impl FnOnce(Vec<Outcome>) -> bool,
    ) -> Result<Turn, ResultsError> {
        match self.tried(|claims| claims.take(name))? {
            Taking::Taken(claim) => Ok(Turn::Mine(Some(claim))),
            Taking::Held(worker) => {
                // without a name, it is not known whose it is
                let doubtful = worker.is_empty() || !matches!(self.claims.life(&worker), Life::Lives);
                if !worker.is_empty() {
                    self.journals.know(&worker);
                }
                Ok(Turn::Elsewhere { doubtful })
            }
            Taking::Done(worker) => {
                self.journals.know(&worker);
                let news = self.news(true);
                Ok(if is_known(news) { Turn::Done } else { Turn::Unseen })
            }
        }
    }

    /// Takes a training whose worker was done with it and whose result nobody finds.
    pub(super) fn take_again(&mut self, name: &str) -> Result<Turn, ResultsError> {
        Ok(match self.tried(|claims| claims.take_again(name))? {
            Taking::Taken(claim) => Turn::Mine(Some(claim)),
            Taking::Held(_) => Turn::Elsewhere { doubtful: true },
            Taking::Done(_) => Turn::Unseen,
        })
    }

    /// The claim of the tables; none while another worker writes them.
    pub(super) fn take_tables(&mut self) -> Result<Option<Claim>, ResultsError> {
        match self.tried(|claims| claims.take(TABLES))? {
            Taking::Taken(claim) => Ok(Some(claim)),
            Taking::Held(_) | Taking::Done(_) => Ok(None),
        }
    }

    /// Outcomes that others entered since the last time. A journal that cannot be read now is read the next time.
    pub(super) fn news(&mut self, now: bool) -> Vec<Outcome> {
        if !now && self.last_read.is_some_and(|last| last.elapsed() < READ_EVERY) {
            return Vec::new();
        }
        self.last_read = Some(Instant::now());
        let (read, errors) = self.journals.read_what_can_be();
        self.unread = errors.iter().map(ToString::to_string).collect();
        read.into_iter().filter(|outcome| self.merged.add(outcome.clone())).collect()
    }

    /// What this worker entered itself, so that it is merged with the rest.
    pub(super) fn own(&mut self, outcome: &Outcome) {
        self.merged.add(outcome.clone());
        self.claims.beacon().change(|beacon| beacon.entered += 1);
    }

    /// The outcome that counts under a key, of all that were entered.
    pub(super) fn merged(&self, key: &str) -> Option<&Outcome> {
        self.merged.outcomes.get(key)
    }

    /// What was wrong with the journals of workers: damaged lines, different results, and what could not be read the last time.
    pub(super) fn notices(&self) -> Vec<String> {
        let damaged = self.journals.notices.iter().cloned();
        damaged.chain(self.merged.notice()).chain(self.unread.iter().cloned()).collect()
    }

    fn tried<T>(&mut self, mut attempt: impl FnMut(&mut Claims) -> io::Result<T>) -> Result<T, ResultsError> {
        let claims = &mut self.claims;
        let tried = persistently(|| attempt(claims));
        tried.map_err(|error| ResultsError::io(Action::Write, &self.layout.claims_folder(), error))
    }
}
