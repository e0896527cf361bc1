//! How progress is shown: on a terminal as rows that are drawn ten times a second, elsewhere as a line a minute. It must
//! not know what makes progress.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::args::Verbosity;
use super::page;
use super::rows::{Row, lines};
use super::terminal::draw;

/// Between two drawings of the rows.
const FRAME: Duration = Duration::from_millis(100);

/// Between two lines about one job or file.
pub(super) const LINE_EVERY: Duration = Duration::from_secs(60);

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Rows,
    Lines,
    Silent,
}

impl Manner {
    /// Rows on a terminal that can move its cursor, unless logs are shown there.
    pub(super) fn of(verbosity: Verbosity) -> Self {
        match verbosity {
            Verbosity { quiet: true, .. } => Self::Silent,
            Verbosity { verbose: 0, .. } if page::can_redraw() => Self::Rows,
            _ => Self::Lines,
        }
    }
}

/// Draws rows at the end of the screen until it is dropped.
pub(super) struct Live {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Draws what `rows` gives of a moment.
    pub(super) fn new(rows: impl Fn(Instant) -> Vec<Row> + Send + 'static) -> Self {
        let (stop, stopped) = mpsc::channel();
        let show = move || {
            while stopped.recv_timeout(FRAME) == Err(RecvTimeoutError::Timeout) {
                draw(fitting(&rows(Instant::now())));
            }
        };
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(show).ok();
        Self { stop: Some(stop), thread }
    }
}

/// The rows as lines; where the screen has too few lines, the first of them and the last.
fn fitting(rows: &[Row]) -> Vec<String> {
    let (height, columns) = page::of_progress();
    let mut lines = lines(rows, columns, page::of_messages(columns).color);
    let most = height.saturating_sub(1).max(1);
    if lines.len() > most {
        lines.drain(most - 1..lines.len() - 1);
    }
    lines
}

impl Drop for Live {
    /// Takes the rows off the screen.
    fn drop(&mut self) {
        self.stop = None;
        let _ended = self.thread.take().map(JoinHandle::join);
        draw(Vec::new());
    }
}
