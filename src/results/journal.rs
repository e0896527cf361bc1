//! `.run/journal.jsonl`: what happened, one event a line, safe on disk before the program goes on. The tables are made
//! from it; it knows none of them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::replace::sync_folder;
use super::{Action, Outcome, ResultsError};

/// The version in each line. A reader refuses others.
const VERSION: u32 = 1;

/// What the journal tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A job came to its end, scored or failed.
    Finished(Outcome),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<E> {
    version: u32,
    event: E,
}

/// A journal's content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replay {
    /// The latest outcome of each key.
    pub outcomes: BTreeMap<String, Outcome>,
    /// A last line that was being written when the program was killed, and counts for nothing.
    pub torn: Option<TornLine>,
    /// Length of the whole lines, in bytes.
    length: u64,
}

/// A line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornLine {
    /// The journal.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// Its length so far, in bytes.
    pub bytes: u64,
}

impl fmt::Display for TornLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, bytes } = self;
        let file = file.display();
        write!(f, "{file}:{line}: the last line was cut off after {bytes} bytes when a run was killed; left out")
    }
}

impl Replay {
    /// Reads a journal and changes nothing; one that is not there is empty.
    ///
    /// # Errors
    /// `Damaged` or `OtherVersion` with the line, or what the system says.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(ResultsError::io(Action::Read, path, error)),
        };
        let mut replay = Self::default();
        for (line, piece) in (1..).zip(content.split_inclusive(|&byte| byte == b'\n')) {
            let Some(text) = piece.strip_suffix(b"\n") else {
                replay.torn = Some(TornLine { file: path.to_owned(), line, bytes: piece.len() as u64 });
                break;
            };
            match parse_line(path, line, text)? {
                Event::Finished(outcome) => replay.outcomes.insert(outcome.key.clone(), outcome),
            };
            replay.length += piece.len() as u64;
        }
        Ok(replay)
    }
}

/// The version is read first, so that another version's event is not called damage.
fn parse_line(path: &Path, line: u64, text: &[u8]) -> Result<Event, ResultsError> {
    let damaged = |error: serde_json::Error| ResultsError::damaged(path, line, format!("not a journal line ({error})"));
    let Line { version, event } = serde_json::from_slice::<Line<serde_json::Value>>(text).map_err(damaged)?;
    if version != VERSION {
        return Err(ResultsError::OtherVersion { file: path.to_owned(), line, found: version, known: VERSION });
    }
    serde_json::from_value(event).map_err(damaged)
}

/// A journal open for appending. One process at a time: the folder's lock sees to it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Length of the whole lines, in bytes.
    length: u64,
}

impl Journal {
    /// Opens or creates a journal, and cuts off a torn last line.
    ///
    /// # Errors
    /// As `Replay::read`.
    pub fn open(path: &Path) -> Result<(Self, Replay), ResultsError> {
        let replay = Replay::read(path)?;
        let open = || {
            let file = File::options().write(true).create(true).truncate(false).open(path)?;
            if replay.torn.is_some() {
                file.set_len(replay.length)?;
            }
            file.sync_all()?;
            Ok(file)
        };
        let file = open().map_err(|error| ResultsError::io(Action::Write, path, error))?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok((Self { path: path.to_owned(), file, length: replay.length }, replay))
    }

    /// Adds events; they are on disk when this returns.
    ///
    /// # Errors
    /// What the system says, with the path; the journal then ends where it ended before.
    pub fn append(&mut self, events: &[Event]) -> Result<(), ResultsError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, &Line { version: VERSION, event }).expect("an event serialises");
            lines.push(b'\n');
        }
        self.write(&lines).map_err(|error| {
            // The error to report is the first. A line whose sync failed may not be on disk, so that it must not count.
            let _ = self.file.set_len(self.length);
            ResultsError::io(Action::Write, &self.path, error)
        })
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        // An earlier append may have left a part of its line on a full disk.
        self.file.set_len(self.length)?;
        self.file.seek(io::SeekFrom::Start(self.length))?;
        self.file.write_all(lines)?;
        self.file.sync_data()?;
        self.length += lines.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ending, Failure};
    use super::*;

    fn failed(key: &str, message: &str) -> Outcome {
        Outcome {
            key: key.to_owned(),
            environment: "cpu".to_owned(),
            precision: None,
            steps: None,
            ending: Ending::Failed(Failure { code: "too_few_rows".to_owned(), message: message.to_owned() }),
        }
    }

    fn journal(events: &[Outcome]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("journal.jsonl");
        let (mut journal, _) = Journal::open(&path).expect("opened");
        for outcome in events {
            journal.append(&[Event::Finished(outcome.clone())]).expect("appended");
        }
        (folder, path)
    }

    fn append_bytes(path: &Path, bytes: &[u8]) {
        File::options().append(true).open(path).and_then(|mut file| file.write_all(bytes)).expect("appended");
    }

    fn message(path: &Path) -> String {
        let text = Replay::read(path).expect_err("refused").to_string();
        text.replace(&path.parent().expect("a parent").display().to_string(), ".run")
    }

    #[test]
    fn a_line_is_versioned_json() {
        let (_folder, path) = journal(&[failed("0123456789ab", "no\nrows")]);
        insta::assert_snapshot!(fs::read_to_string(path).expect("read"), @r#"{"version":1,"event":{"finished":{"key":"0123456789ab","environment":"cpu","precision":null,"steps":null,"ending":{"failed":{"code":"too_few_rows","message":"no\nrows"}}}}}"#);
    }

    #[test]
    fn the_latest_outcome_of_a_key_counts() {
        let (_folder, path) = journal(&[failed("a", "1"), failed("b", "2"), failed("a", "3")]);
        let replay = Replay::read(&path).expect("read");
        assert_eq!(replay.outcomes.values().collect::<Vec<_>>(), [&failed("a", "3"), &failed("b", "2")]);
        assert_eq!(replay.torn, None);
    }

    #[test]
    fn a_torn_last_line_is_told_and_cut_off_at_every_length() {
        let (_folder, path) = journal(&[failed("a", "1"), failed("b", "2")]);
        let whole = fs::read(&path).expect("read");
        let first = whole.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
        for end in first + 1..whole.len() {
            fs::write(&path, &whole[..end]).expect("written");
            let (mut journal, replay) = Journal::open(&path).expect("opened");
            assert_eq!(replay.outcomes.len(), 1);
            assert_eq!(replay.torn.map(|torn| (torn.line, torn.bytes)), Some((2, (end - first) as u64)));
            journal.append(&[Event::Finished(failed("b", "2"))]).expect("appended");
            assert_eq!(fs::read(&path).expect("read"), whole);
        }
    }

    #[test]
    fn reading_alone_leaves_a_torn_line_where_it_is() {
        let (_folder, path) = journal(&[failed("a", "1")]);
        append_bytes(&path, b"{\"vers");
        let before = fs::read(&path).expect("read");
        let torn = Replay::read(&path).expect("read").torn.expect("torn").to_string();
        assert_eq!(fs::read(&path).expect("read"), before);
        let torn = torn.replace(&path.parent().expect("a parent").display().to_string(), ".run");
        insta::assert_snapshot!(torn, @".run/journal.jsonl:2: the last line was cut off after 6 bytes when a run was killed; left out");
    }

    #[test]
    fn damage_elsewhere_is_an_error_with_its_line() {
        let (_folder, path) = journal(&[failed("a", "1")]);
        append_bytes(&path, b"{\"version\":1,\"event\":{\"finis\n");
        insta::assert_snapshot!(message(&path), @".run/journal.jsonl:2: not a journal line (EOF while parsing a string at line 1 column 28); restore the file from git or a copy, or move it away: tables are made again from the journal, and the journal from the tables");
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let (_folder, path) = journal(&[]);
        append_bytes(&path, b"{\"version\":2,\"event\":{\"paused\":1}}\n");
        insta::assert_snapshot!(message(&path), @".run/journal.jsonl:1: the journal has version 2, this program reads 1; update runner, or remove the file to run again what the tables do not hold");
    }
}
