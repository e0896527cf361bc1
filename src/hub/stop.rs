//! A wish to stop, heeded while waiting. Must not know what is waited for.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a wait goes on after the wish.
const SLICE: Duration = Duration::from_millis(100);

/// A flag that a signal sets; none: nothing stops the work.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stop<'a>(pub(super) Option<&'a AtomicBool>);

/// Why a wait ended without what was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// The flag is set.
    Stopped,
    /// The time is over.
    TooLong,
    /// Nothing will come.
    InVain,
}

impl Stop<'_> {
    pub(super) fn is_set(self) -> bool {
        self.0.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Waits for `answer` at most `limit`. Checks the flag first, so that work in small pieces can be stopped between them.
    pub(super) async fn wait<T>(self, answer: impl Future<Output = T>, limit: Duration) -> Result<T, Waited> {
        let (mut answer, begun) = (pin!(answer), Instant::now());
        while !self.is_set() {
            if let Ok(value) = tokio::time::timeout(SLICE, answer.as_mut()).await {
                return Ok(value);
            }
            if begun.elapsed() >= limit {
                return Err(Waited::TooLong);
            }
        }
        Err(Waited::Stopped)
    }

    /// Waits for what another thread sends.
    pub(super) fn receive<T>(self, receiver: &Receiver<T>, limit: Duration) -> Result<T, Waited> {
        let begun = Instant::now();
        while !self.is_set() {
            match receiver.recv_timeout(SLICE) {
                Ok(value) => return Ok(value),
                Err(RecvTimeoutError::Disconnected) => return Err(Waited::InVain),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() >= limit => return Err(Waited::TooLong),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Err(Waited::Stopped)
    }

    /// Tries until there is something, however long it takes.
    pub(super) fn until<T>(self, mut attempt: impl FnMut() -> Option<T>) -> Result<T, Waited> {
        while !self.is_set() {
            if let Some(value) = attempt() {
                return Ok(value);
            }
            std::thread::sleep(SLICE);
        }
        Err(Waited::Stopped)
    }
}
