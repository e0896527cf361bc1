//! Downloads as they go, as rows or as lines. It must not know what files are for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::hub::FetchEvent;

use super::args::Verbosity;
use super::live::{LINE_EVERY, Live, Manner};
use super::rows::{Row, time_left};
use super::terminal::say;

/// Seconds after which the pace of a download is known.
const KNOWN_AFTER: f64 = 0.5;

/// A file that is downloaded.
#[derive(Debug)]
struct Transfer {
    bytes: Option<u64>,
    arrived: u64,
    /// Bytes that were there before.
    before: u64,
    started: Instant,
    said: Instant,
}

impl Transfer {
    /// Seconds until `bytes` more are here.
    fn left(&self, bytes: u64, now: Instant) -> Option<f64> {
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        let arrived = self.arrived.saturating_sub(self.before) as f64;
        (arrived > 0.0 && seconds >= KNOWN_AFTER).then(|| bytes as f64 * seconds / arrived)
    }

    fn missing(&self) -> u64 {
        self.bytes.unwrap_or(self.arrived).saturating_sub(self.arrived)
    }

    fn row(&self, name: &str, now: Instant) -> Row {
        let left = self.bytes.and_then(|_| self.left(self.missing(), now));
        Row { name: name.to_owned(), done: part(self.arrived, self.bytes), detail: of(self.arrived, self.bytes), left }
    }

    fn line(&mut self, name: &str, now: Instant) -> Option<String> {
        if now.saturating_duration_since(self.said) < LINE_EVERY {
            return None;
        }
        self.said = now;
        let Row { detail, left, .. } = self.row(name, now);
        let left = left.map_or_else(String::new, |left| format!(", {}", time_left(left)));
        Some(format!("{name}: {detail}{left}"))
    }
}

/// All downloads of a command.
#[derive(Debug, Default)]
struct State {
    running: BTreeMap<String, Transfer>,
    finished: usize,
    finished_bytes: u64,
    /// Files to fetch as far as they are known, and their bytes.
    files: usize,
    bytes: u64,
}

impl State {
    fn heard(&mut self, event: &FetchEvent<'_>, now: Instant) {
        match *event {
            FetchEvent::Missing { files, bytes } => (self.files, self.bytes) = (self.files + files, self.bytes + bytes),
            FetchEvent::Started { file, bytes } => {
                let transfer = Transfer { bytes, arrived: 0, before: 0, started: now, said: now };
                self.running.insert(file.to_owned(), transfer);
            }
            FetchEvent::Resumed { file, bytes } => {
                if let Some(transfer) = self.running.get_mut(file) {
                    (transfer.arrived, transfer.before) = (bytes, bytes);
                }
            }
            FetchEvent::Received { file, bytes } => {
                if let Some(transfer) = self.running.get_mut(file) {
                    transfer.arrived = bytes;
                }
            }
            FetchEvent::Finished { file } => {
                let transfer = self.running.remove(file);
                self.finished += 1;
                self.finished_bytes += transfer.map_or(0, |transfer| transfer.bytes.unwrap_or(transfer.arrived));
            }
            FetchEvent::Listing { .. } | FetchEvent::Waiting { .. } | FetchEvent::Notice { .. } => {}
        }
    }

    /// Every file that is downloaded, and all files.
    fn rows(&self, now: Instant) -> Vec<Row> {
        let mut rows: Vec<Row> = self.running.iter().map(|(name, transfer)| transfer.row(name, now)).collect();
        if self.files > 1
            && let Some(transfer) = self.running.values().next()
        {
            let arrived = self.finished_bytes + self.running.values().map(|transfer| transfer.arrived).sum::<u64>();
            let left = transfer.left(self.bytes.saturating_sub(arrived), now);
            let name = format!("{} of {} files", self.finished, self.files);
            rows.push(Row { name, done: part(arrived, Some(self.bytes)), detail: of(arrived, Some(self.bytes)), left });
        }
        rows
    }

    /// The lines that are due off a terminal.
    fn lines(&mut self, now: Instant) -> Vec<String> {
        self.running.iter_mut().filter_map(|(name, transfer)| transfer.line(name, now)).collect()
    }
}

fn part(bytes: u64, all: Option<u64>) -> f64 {
    all.filter(|all| *all > 0).map_or(0.0, |all| (bytes as f64 / all as f64).min(1.0))
}

/// `38 of 91 MB`
fn of(bytes: u64, all: Option<u64>) -> String {
    match all {
        Some(all) if all < 10_000_000 => format!("{:.1} of {:.1} MB", megabytes(bytes), megabytes(all)),
        Some(all) => format!("{:.0} of {:.0} MB", megabytes(bytes), megabytes(all)),
        None => format!("{:.1} MB", megabytes(bytes)),
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Shows downloads until it is dropped.
pub(super) struct Downloads {
    manner: Manner,
    state: Arc<Mutex<State>>,
    _live: Option<Live>,
}

impl Downloads {
    /// Shown as `verbosity` says.
    pub(super) fn new(verbosity: Verbosity) -> Self {
        let (manner, state) = (Manner::of(verbosity), Arc::<Mutex<State>>::default());
        let shown = Arc::clone(&state);
        let live = (manner == Manner::Rows).then(|| Live::new(move |now| lock(&shown).rows(now)));
        Self { manner, state, _live: live }
    }

    /// Takes note of an event, and says what is not seen in a row.
    pub(super) fn hear(&self, event: FetchEvent<'_>) {
        let now = Instant::now();
        lock(&self.state).heard(&event, now);
        match (self.manner, event) {
            (Manner::Silent, _) => {}
            (_, FetchEvent::Notice { text }) => say(text),
            (_, FetchEvent::Waiting { file }) => {
                say(&format!("waiting for {file}: another program is fetching it into this cache"));
            }
            (Manner::Lines, FetchEvent::Started { file, bytes: Some(bytes) }) => {
                say(&format!("fetching {file} ({:.1} MB)", megabytes(bytes)));
            }
            (Manner::Lines, FetchEvent::Started { file, bytes: None }) => say(&format!("fetching {file}")),
            (Manner::Lines, FetchEvent::Resumed { file, bytes }) => {
                say(&format!("resuming {file} from {:.1} MB", megabytes(bytes)));
            }
            (Manner::Lines, FetchEvent::Received { .. }) => {
                lock(&self.state).lines(now).iter().for_each(|line| say(line))
            }
            _ => {}
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_and_all_files_have_a_row_and_a_line_a_minute() {
        let (mut state, start) = (State::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        state.heard(&FetchEvent::Missing { files: 2, bytes: 100_000_000 }, start);
        state.heard(&FetchEvent::Started { file: "config.json", bytes: Some(1000) }, start);
        state.heard(&FetchEvent::Finished { file: "config.json" }, start);
        state.heard(&FetchEvent::Started { file: "model.safetensors", bytes: Some(99_000_000) }, start);
        state.heard(&FetchEvent::Resumed { file: "model.safetensors", bytes: 19_000_000 }, start);
        state.heard(&FetchEvent::Received { file: "model.safetensors", bytes: 39_000_000 }, start);
        let (rows, lines) = (state.rows(after(60)), state.lines(after(60)));
        let shown: Vec<_> = rows.iter().map(|row| (&*row.name, &*row.detail, row.left.map(f64::round))).collect();
        let of_file = ("model.safetensors", "39 of 99 MB", Some(180.0));
        assert_eq!(shown, [of_file, ("1 of 2 files", "39 of 100 MB", Some(183.0))]);
        assert_eq!(lines, ["model.safetensors: 39 of 99 MB, 3 min left"]);
        assert_eq!(state.lines(after(100)), Vec::<String>::new());
    }
}
