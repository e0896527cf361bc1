//! The queue of a run as its workers share it: whoever finds nothing for now waits until something changes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::queue::{Next, PutBack, Queue};

/// How often a worker that waits looks whether the run ends.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A queue that threads share.
#[derive(Debug)]
pub(super) struct SharedQueue {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl SharedQueue {
    pub(super) fn new(queue: Queue) -> Self {
        Self { queue: Mutex::new(queue), changed: Condvar::new() }
    }

    /// The device of a worker by its number.
    pub(super) fn device(&self, worker: usize) -> usize {
        worker % self.lock().devices()
    }

    /// The next training for a device; none: its worker ends, or `ends` says that the run does. The worker of a GPU that failed
    /// moves to one that has none.
    pub(super) fn take(&self, device: &mut usize, ends: &dyn Fn() -> bool) -> Option<usize> {
        let mut queue = self.lock();
        while !ends() {
            match queue.take(*device) {
                Next::Training(place) => return Some(place),
                Next::Wait => {
                    let waited = self.changed.wait_timeout(queue, LOOK_EVERY);
                    queue = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                Next::End if queue.is_lost(*device) => *device = queue.spare()?,
                Next::End => return None,
            }
        }
        None
    }

    /// As [`Queue::done`].
    pub(super) fn done(&self, device: usize, place: usize) {
        self.lock().done(device, place);
        self.changed.notify_all();
    }

    /// As [`Queue::put_back`].
    pub(super) fn put_back(&self, device: usize, place: usize) -> PutBack {
        let put_back = self.lock().put_back(device, place);
        self.changed.notify_all();
        put_back
    }

    /// Trainings that nobody has begun.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
