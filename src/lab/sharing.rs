//! A run in a folder that other workers share: what this process takes, what it learns of others, and who writes the tables.
//! Where the folder is this process's alone, everything is its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::claims::{BeaconHandle, Claim, Running};
use crate::ledger::{Id, PendingTraining};
use crate::plan::ResultKey;
use crate::results::{ResultsError, Turn};

use super::records::Records;

/// A result that its worker entered and nobody sees is waited for so long before the training runs again.
const UNSEEN: Duration = Duration::from_secs(120);

/// Time between two looks at what others do, while there is nothing else to do.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Workers that a training may cost. It fails then: something in it kills them.
pub(super) const MOST_LOST: u32 = 5;

impl Records<'_> {
    /// Takes a training, unless another worker has it or ended it.
    pub(super) fn take(&mut self, training: &PendingTraining) -> Result<Option<Option<Claim>>, ResultsError> {
        if !self.folder.is_shared() {
            return Ok(Some(None));
        }
        let news = self.folder.news(false);
        self.learn(news);
        let name = training.claim_name(self.ledger);
        let mut turn = match self.is_settled(training) {
            // its results came since the queue was made
            true => Turn::Done,
            false => self.claim(training, &name)?,
        };
        if let Turn::Unseen = turn {
            let since = *self.unseen.entry(name.clone()).or_insert_with(Instant::now);
            if since.elapsed() > UNSEEN {
                turn = self.folder.take_again(&name)?;
            }
        }
        match turn {
            Turn::Mine(claim) => {
                self.unseen.remove(&name);
                self.began = true;
                Ok(Some(claim))
            }
            Turn::Elsewhere { doubtful } => {
                self.unseen.remove(&name);
                self.elsewhere.doubtful |= doubtful;
                Ok(None)
            }
            Turn::Unseen => {
                self.elsewhere.doubtful = true;
                Ok(None)
            }
            Turn::Done => {
                self.elsewhere.settled.extend(training.parts());
                Ok(None)
            }
        }
    }

    /// Claims a training. One that a worker ended is done where its results are seen, or where all are made again: then the
    /// claims alone tell what was.
    fn claim(&mut self, training: &PendingTraining, name: &str) -> Result<Turn, ResultsError> {
        let (ledger, force) = (&*self.ledger, self.policy.force);
        let mut learned = Vec::new();
        let turn = self.folder.take(name, |news| {
            let is_new = |key: &ResultKey| news.iter().any(|outcome| outcome.key == key.as_str());
            let is_seen = |id: Id| ledger.outcome_of(id).is_some() || ledger.key_of(id).is_some_and(is_new);
            let are_seen = force || training.parts().all(is_seen);
            learned = news;
            are_seen
        })?;
        self.learn(learned);
        Ok(turn)
    }

    /// Whether each part of a training has a result that counts by now.
    fn is_settled(&self, training: &PendingTraining) -> bool {
        training.parts().all(|id| self.policy.counts(self.ledger.state_of(id)))
    }

    /// Gives the claim of a training back, or says that it is done.
    pub(super) fn settle(&mut self, training: &PendingTraining, claim: Option<Claim>, done: bool) {
        if done {
            self.elsewhere.settled.extend(training.parts());
        }
        let Some(claim) = claim else { return };
        if done { self.folder.finish(claim) } else { self.folder.release(claim) }
    }

    /// Writes the tables when nothing is left: whoever else writes them may not have all.
    pub(super) fn write_last_tables(&mut self, stop: &AtomicBool) -> Result<(), ResultsError> {
        while !stop.load(Ordering::Relaxed) {
            self.catch_up();
            if !self.folder.is_shared() || !self.tables_are_ours() {
                return Ok(());
            }
            self.unwritten.rows = true;
            match self.folder.take_tables()? {
                None => thread::sleep(LOOK_EVERY),
                Some(claim) => {
                    self.catch_up();
                    let written = self.write_now();
                    self.folder.release(claim);
                    return written;
                }
            }
        }
        Ok(())
    }
}

/// Shows a training on this worker's beacon while it runs.
pub(super) struct Shown<'b> {
    beacon: Option<&'b BeaconHandle>,
    training: String,
    since: Instant,
}

impl<'b> Shown<'b> {
    pub(super) fn new(beacon: Option<&'b BeaconHandle>, training: &str, label: &str) -> Self {
        if let Some(beacon) = beacon {
            let running =
                Running { training: training.to_owned(), label: label.to_owned(), step: 0, of: 0, seconds: 0 };
            beacon.show(|beacon| beacon.running.push(running));
        }
        Self { beacon, training: training.to_owned(), since: Instant::now() }
    }

    pub(super) fn stepped(&self, step: u64, of: u64) {
        let Some(beacon) = self.beacon else { return };
        let seconds = self.since.elapsed().as_secs();
        beacon.change(|beacon| {
            beacon.steps += 1;
            if let Some(running) = beacon.running.iter_mut().find(|running| running.training == self.training) {
                (running.step, running.of, running.seconds) = (step, of, seconds);
            }
        });
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if let Some(beacon) = self.beacon {
            beacon.show(|beacon| beacon.running.retain(|running| running.training != self.training));
        }
    }
}
