//! Waiting with a time limit that a signal can stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How often a wait looks at the flag.
const SLICE: Duration = Duration::from_millis(100);

/// A flag that a signal sets; none: the wait cannot be stopped.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stop<'a>(pub(super) Option<&'a AtomicBool>);

/// Why a wait ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitError {
    /// The flag is set.
    Stopped,
    /// The time limit is reached.
    TimedOut,
    /// The sender is gone.
    Disconnected,
}

impl Stop<'_> {
    pub(super) fn is_set(self) -> bool {
        self.0.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Waits for a value from another thread at most `limit`.
    pub(super) fn receive<T>(self, receiver: &Receiver<T>, limit: Duration) -> Result<T, WaitError> {
        let start = Instant::now();
        while !self.is_set() {
            match receiver.recv_timeout(SLICE) {
                Ok(value) => return Ok(value),
                Err(RecvTimeoutError::Disconnected) => return Err(WaitError::Disconnected),
                Err(RecvTimeoutError::Timeout) if start.elapsed() >= limit => return Err(WaitError::TimedOut),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Err(WaitError::Stopped)
    }

    /// Sleeps for `time`, or until the flag is set.
    pub(super) fn sleep(self, time: Duration) -> Result<(), WaitError> {
        let start = Instant::now();
        self.until(|| (start.elapsed() >= time).then_some(()))
    }

    /// Repeats `attempt` until it gives a value; without a time limit.
    pub(super) fn until<T>(self, mut attempt: impl FnMut() -> Option<T>) -> Result<T, WaitError> {
        while !self.is_set() {
            if let Some(value) = attempt() {
                return Ok(value);
            }
            std::thread::sleep(SLICE);
        }
        Err(WaitError::Stopped)
    }
}
