//! A run among the workers of a shared folder: which trainings are left to this process, and when it has nothing to do.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::claims::Claim;
use crate::ledger::{Id, PendingTraining};

use super::error::LabError;
use super::lab::{Lab, lock};
use super::records::Records;
use super::sharing::LOOK_EVERY;

/// What follows a pass through the queue.
pub(super) enum Next {
    /// Another.
    Pass,
    /// Another after a while, as others have all that is left.
    Look,
    /// Nothing.
    End,
}

impl Lab<'_> {
    /// Claims a training; none where another worker has it or ended it, or where that cannot be found out.
    pub(super) fn claim(&self, training: &PendingTraining, records: &Mutex<Records<'_>>) -> Option<Option<Claim>> {
        let mut records = lock(records);
        records.take(training).unwrap_or_else(|error| {
            records.broken.get_or_insert(LabError::Results(error));
            None
        })
    }

    /// What to do after a pass, in a folder that others share: what one pass did not take, because others had it, may be
    /// free in the next.
    pub(super) fn next_among_workers(
        &self,
        shared: &Mutex<Records<'_>>,
        tried: &mut BTreeSet<Id>,
    ) -> Result<Next, LabError> {
        let ends = self.ends(shared);
        let mut records = lock(shared);
        let elsewhere = std::mem::take(&mut records.elsewhere);
        let moved = !elsewhere.settled.is_empty();
        tried.extend(elsewhere.settled);
        records.catch_up();
        let left = self.pending(records.ledger, tried).iter().map(|training| training.jobs.len()).sum();
        if left == 0 {
            records.write_last_tables(self.stop)?;
            return Ok(Next::End);
        }
        if ends {
            records.summary.left = left;
            return Ok(Next::End);
        }
        if moved {
            return Ok(Next::Pass);
        }
        // a worker that waits costs its machine; so it waits only for what may need it
        if elsewhere.doubtful || self.plan.experiment.select.is_some() {
            return Ok(Next::Look);
        }
        records.summary.elsewhere = left;
        Ok(Next::End)
    }

    /// Waits a moment, or until the run is to stop.
    pub(super) fn pause(&self) {
        let began = Instant::now();
        while began.elapsed() < LOOK_EVERY && !self.stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
