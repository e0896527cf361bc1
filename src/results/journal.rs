//! `.run/journal.jsonl`: one event a line, on disk before the program continues. The tables are made from it; it knows none
//! of them. A damaged line loses its event and no other.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::event::Event;
use super::journal_line::{LineError, VERSION, is_beginning, line_of, parse_line, salvage};
use super::replace::{replace, sync_folder};
use super::worker_journals::{MergedOutcomes, WorkerJournals};
use super::{Action, Layout, Outcome, ResultsError};
use crate::files;

/// The most damaged lines that are named one by one.
const MOST_NAMED: usize = 10;

/// A journal's content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replay {
    /// The latest outcome of each key.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Outcomes that later lines of their keys replaced.
    earlier: BTreeMap<String, Vec<Outcome>>,
    /// Outcomes that workers entered and the journal does not have: they count.
    pub(super) of_workers: Vec<Outcome>,
    /// What is wrong with the workers' journals.
    worker_notices: Vec<String>,
    /// A last line that was being written when the program was killed; it is ignored.
    pub torn: Option<TornLine>,
    /// The damaged lines.
    pub damaged: Vec<DamagedLine>,
    /// The whole lines.
    kept: Vec<u8>,
    /// Whether the file is these, but for a torn line.
    is_as_kept: bool,
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
        write!(f, "{file}:{line}: the last line was cut off after {bytes} bytes when a run was killed; ignored")
    }
}

/// A line that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedLine {
    /// The journal.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for DamagedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, problem } = self;
        let file = file.display();
        write!(f, "{file}:{line}: damaged ({problem}); ignored: its job runs again, unless a table has the row")
    }
}

impl Replay {
    /// Reads a journal and changes nothing; a missing one is empty.
    ///
    /// # Errors
    /// `OtherVersion` with the line, or what the system says.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        match fs::read(path) {
            Ok(content) => Self::parse(path, &content),
            // what is not a file is set aside once the folder is locked
            Err(error) if error.kind() == io::ErrorKind::NotFound || is_in_the_way(path) => Ok(Self::default()),
            Err(error) => Err(ResultsError::io(Action::Read, path, error)),
        }
    }

    /// The same with what the workers of the folder entered.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_all(layout: &Layout) -> Result<Self, ResultsError> {
        let mut replay = Self::read(&layout.journal())?;
        replay.add_workers(layout)?;
        Ok(replay)
    }

    /// Adds what workers entered and this journal never had: it is later than all of the journal, which nobody writes to
    /// while workers share the folder.
    pub(super) fn add_workers(&mut self, layout: &Layout) -> Result<(), ResultsError> {
        let mut journals = WorkerJournals::new(layout);
        let mut merged = MergedOutcomes::default();
        for outcome in journals.read()? {
            let earlier = self.earlier.get(&outcome.key).is_some_and(|earlier| earlier.contains(&outcome));
            if !earlier && self.outcomes.get(&outcome.key) != Some(&outcome) {
                merged.add(outcome);
            }
        }
        self.worker_notices.extend(journals.notices);
        self.worker_notices.extend(merged.notice());
        self.outcomes.extend(merged.outcomes.iter().map(|(key, outcome)| (key.clone(), outcome.clone())));
        self.of_workers.extend(merged.outcomes.into_values());
        Ok(())
    }

    fn parse(path: &Path, content: &[u8]) -> Result<Self, ResultsError> {
        let mut replay = Self { is_as_kept: true, ..Self::default() };
        // the lines of a later program are the last ones, as this one adds none after them
        let mut newer: Option<(u64, u32)> = None;
        for (line, piece) in (1..).zip(content.split_inclusive(|&byte| byte == b'\n')) {
            let is_ended = piece.ends_with(b"\n");
            let problem = match parse_line(piece) {
                Ok(event) => {
                    replay.keep(&event, piece);
                    replay.is_as_kept &= is_ended;
                    newer = None;
                    continue;
                }
                Err(_) if !is_ended && is_beginning(piece) => {
                    replay.torn = Some(TornLine { file: path.to_owned(), line, bytes: piece.len() as u64 });
                    continue;
                }
                Err(LineError::Newer(version)) => {
                    newer.get_or_insert((line, version));
                    format!("it has version {version}")
                }
                Err(LineError::Damaged(problem)) => {
                    salvage(piece).iter().for_each(|event| replay.keep(event, line_of(event).as_bytes()));
                    problem
                }
            };
            replay.damaged.push(DamagedLine { file: path.to_owned(), line, problem });
            replay.is_as_kept = false;
        }
        match newer {
            Some((line, found)) => {
                Err(ResultsError::OtherVersion { file: path.to_owned(), line, found, known: VERSION })
            }
            None => Ok(replay),
        }
    }

    fn keep(&mut self, event: &Event, line: &[u8]) {
        let Event::Finished(outcome) = event;
        if let Some(before) = self.outcomes.insert(outcome.key.clone(), outcome.clone())
            && before != *outcome
        {
            self.earlier.entry(before.key.clone()).or_default().push(before);
        }
        self.kept.extend(line.strip_suffix(b"\n").unwrap_or(line));
        self.kept.push(b'\n');
    }

    /// What to tell the user about damaged lines.
    pub(super) fn notices(&self) -> Vec<String> {
        let named = self.damaged.iter().take(MOST_NAMED).map(ToString::to_string);
        let more = self.damaged.len().saturating_sub(MOST_NAMED);
        let more = (more > 0).then(|| format!("{more} more lines of the journal are damaged"));
        named.chain(more).chain(self.worker_notices.iter().cloned()).collect()
    }
}

/// Whether `path` still leads to `file`.
#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |data: fs::Metadata| (data.dev(), data.ino());
    matches!((file.metadata().map(number), fs::metadata(path).map(number)), (Ok(open), Ok(there)) if open == there)
}

/// The open journal cannot be removed or replaced: see [`options`].
#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> bool {
    true
}

/// How a journal is opened to be written to. On Windows others may read and write it meanwhile, but not remove it.
fn options() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt as _;
        const READ_AND_WRITE: u32 = 1 | 2;
        options.share_mode(READ_AND_WRITE);
    }
    options
}

/// Whether a folder is in the place of the journal, or a file in that of its folder.
fn is_in_the_way(path: &Path) -> bool {
    path.is_dir() || path.parent().is_some_and(Path::is_file)
}

/// A journal open for appending. The folder's lock ensures that one process at a time has it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Length of the whole lines, in bytes.
    length: u64,
}

impl Journal {
    /// Opens or creates a journal, and cuts off a torn last line. A damaged journal is copied, and replaced by its whole
    /// lines; the third value is the path of the copy.
    ///
    /// # Errors
    /// As `Replay::read`.
    pub fn open(path: &Path) -> Result<(Self, Replay, Option<PathBuf>), ResultsError> {
        let replay = Replay::read(path)?;
        let mut kept_as = None;
        if !replay.damaged.is_empty() {
            let beside = free_name(path);
            fs::copy(path, &beside).map_err(|error| ResultsError::io(Action::Write, &beside, error))?;
            kept_as = Some(beside);
        }
        if !replay.is_as_kept && path.exists() {
            replace(path, &replay.kept)?;
        }
        let length = replay.kept.len() as u64;
        let open = || {
            let file = options().create(true).truncate(false).open(path)?;
            if file.metadata()?.len() != length {
                file.set_len(length)?;
                file.sync_all()?;
            }
            Ok(file)
        };
        let file = open().map_err(|error| ResultsError::io(Action::Write, path, error))?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok((Self { path: path.to_owned(), file, length }, replay, kept_as))
    }

    /// Adds events; they are on disk when this returns.
    ///
    /// # Errors
    /// What the system says, with the path; the journal then ends where it ended before.
    pub fn append(&mut self, events: &[Event]) -> Result<(), ResultsError> {
        if events.is_empty() {
            return Ok(());
        }
        if !is_same_file(&self.file, &self.path) {
            return Err(ResultsError::Removed { file: self.path.clone() });
        }
        let lines: String = events.iter().map(line_of).collect();
        self.write(lines.as_bytes()).map_err(|error| {
            // the first error is reported; a line whose sync failed may not be on disk, so it must not count
            let _ = self.file.set_len(self.length);
            ResultsError::io(Action::Write, &self.path, error)
        })
    }

    /// The same on a file system that may fail for a while, as one on a network.
    ///
    /// # Errors
    /// As `append`.
    pub(super) fn append_persistently(&mut self, events: &[Event]) -> Result<(), ResultsError> {
        let lines: String = events.iter().map(line_of).collect();
        let mut again = false;
        let written = files::persistently(|| {
            if std::mem::replace(&mut again, true) {
                // the handle may be stale
                self.file = options().open(&self.path)?;
            }
            self.write(lines.as_bytes())
        });
        written.map_err(|error| ResultsError::io(Action::Write, &self.path, error))
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        // an earlier append may have left a part of its line on a full disk
        self.file.set_len(self.length)?;
        self.file.seek(io::SeekFrom::Start(self.length))?;
        self.file.write_all(lines)?;
        self.file.sync_data()?;
        self.length += lines.len() as u64;
        Ok(())
    }
}

/// Where a damaged journal is kept: `journal.jsonl.damaged`, or with a number if that exists.
fn free_name(path: &Path) -> PathBuf {
    let name = |number: u32| {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        path.with_extension(format!("jsonl.damaged{suffix}"))
    };
    (1..).map(name).find(|beside| !beside.exists()).expect("some number is free")
}

#[cfg(test)]
mod tests {
    use super::super::{Decimal, Ending, Failure, Measurements};
    use super::*;

    fn outcome(key: &str, ending: Ending) -> Outcome {
        Outcome { key: key.to_owned(), environment: "cpu".to_owned(), precision: None, steps: None, ending }
    }

    fn failed(key: &str, message: &str) -> Outcome {
        outcome(key, Ending::Failed(Failure { code: "too_few_rows".to_owned(), message: message.to_owned() }))
    }

    fn finished(key: &str, loss: f64) -> Outcome {
        let train_loss = Some(Decimal::new(loss));
        outcome(key, Ending::Ok(Measurements { train_loss, words_unseen: Some(7), ..Measurements::default() }))
    }

    fn journal(events: &[Outcome]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("journal.jsonl");
        let (mut journal, _, _) = Journal::open(&path).expect("opened");
        for outcome in events {
            journal.append(&[Event::Finished(outcome.clone())]).expect("appended");
        }
        (folder, path)
    }

    /// Three outcomes of three keys.
    fn three() -> [Outcome; 3] {
        [failed("aaaaaaaaaaaa", "no\nrows"), finished("bbbbbbbbbbbb", 0.5), finished("cccccccccccc", 0.25)]
    }

    fn append_bytes(path: &Path, bytes: &[u8]) {
        File::options().append(true).open(path).and_then(|mut file| file.write_all(bytes)).expect("appended");
    }

    fn shown(text: &impl ToString, path: &Path) -> String {
        text.to_string().replace(&path.parent().expect("a parent").display().to_string(), ".run")
    }

    /// How many of the outcomes are read back. None may be another than was written.
    fn survivors(content: &[u8], written: &[Outcome]) -> usize {
        let replay = Replay::parse(Path::new("journal.jsonl"), content).expect("never an error");
        for outcome in replay.outcomes.values() {
            assert!(written.contains(outcome), "{outcome:?} was never written");
        }
        let all = replay.outcomes.len() == written.len();
        assert!(all || replay.torn.is_some() || !replay.damaged.is_empty(), "a loss is reported");
        replay.outcomes.len()
    }

    #[test]
    fn a_line_is_versioned_json_with_a_checksum() {
        let (_folder, path) = journal(&[failed("0123456789ab", "no\nrows")]);
        // Python: sha256(b'2:' + event).hexdigest()[:16], event being what follows "event": without the last brace.
        insta::assert_snapshot!(fs::read_to_string(path).expect("read"), @r#"{"version":2,"checksum":"be7471a1b8cea646","event":{"finished":{"key":"0123456789ab","environment":"cpu","precision":null,"steps":null,"ending":{"failed":{"code":"too_few_rows","message":"no\nrows"}}}}}"#);
    }

    #[test]
    fn lines_from_before_there_were_checksums_are_read_and_kept() {
        let (_folder, path) = journal(&[]);
        let old = br#"{"version":1,"event":{"finished":{"key":"aaaaaaaaaaaa","environment":"cpu","precision":null,"steps":null,"ending":{"failed":{"code":"too_few_rows","message":"no\nrows"}}}}}"#;
        append_bytes(&path, &[&old[..], b"\n"].concat());
        let (mut journal, replay, kept_as) = Journal::open(&path).expect("opened");
        assert_eq!(replay.outcomes.values().collect::<Vec<_>>(), [&three()[0]]);
        assert_eq!((replay.damaged.len(), kept_as), (0, None));
        journal.append(&[Event::Finished(three()[1].clone())]).expect("appended");
        assert!(fs::read(&path).expect("read").starts_with(old), "nothing is rewritten");
        assert_eq!(Replay::read(&path).expect("read").outcomes.len(), 2);
    }

    #[test]
    fn the_latest_outcome_of_a_key_counts() {
        let (_folder, path) = journal(&[failed("a", "1"), failed("b", "2"), failed("a", "3")]);
        let replay = Replay::read(&path).expect("read");
        assert_eq!(replay.outcomes.values().collect::<Vec<_>>(), [&failed("a", "3"), &failed("b", "2")]);
        assert_eq!(replay.torn, None);
    }

    #[test]
    fn a_torn_last_line_is_reported_and_cut_off_at_every_length() {
        let (_folder, path) = journal(&[failed("a", "1"), failed("b", "2")]);
        let whole = fs::read(&path).expect("read");
        let first = whole.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
        for end in first + 1..whole.len() - 1 {
            fs::write(&path, &whole[..end]).expect("written");
            let (mut journal, replay, kept_as) = Journal::open(&path).expect("opened");
            assert_eq!((replay.outcomes.len(), kept_as), (1, None));
            assert_eq!(replay.torn.map(|torn| (torn.line, torn.bytes)), Some((2, (end - first) as u64)));
            journal.append(&[Event::Finished(failed("b", "2"))]).expect("appended");
            assert_eq!(fs::read(&path).expect("read"), whole);
        }
    }

    #[test]
    fn a_last_line_that_lacks_nothing_but_its_end_counts() {
        let (_folder, path) = journal(&three());
        let whole = fs::read(&path).expect("read");
        fs::write(&path, &whole[..whole.len() - 1]).expect("written");
        let (_, replay, kept_as) = Journal::open(&path).expect("opened");
        assert_eq!((replay.outcomes.len(), replay.torn, kept_as), (3, None, None));
        assert_eq!(fs::read(&path).expect("read"), whole);
    }

    /// What a file system may leave after a power cut: the length of the new line, and nothing written there.
    #[test]
    fn a_tail_of_nuls_is_cut_off() {
        let (_folder, path) = journal(&three());
        let whole = fs::read(&path).expect("read");
        for torn in [&b"\0\0\0\0"[..], b"{\"version\":2,\"che\0\0\0"] {
            append_bytes(&path, torn);
            let (_, replay, kept_as) = Journal::open(&path).expect("opened");
            assert_eq!((replay.outcomes.len(), replay.damaged.len(), kept_as), (3, 0, None));
            assert_eq!(fs::read(&path).expect("read"), whole);
        }
    }

    #[test]
    fn reading_alone_leaves_a_torn_line_where_it_is() {
        let (_folder, path) = journal(&[failed("a", "1")]);
        append_bytes(&path, b"{\"vers");
        let before = fs::read(&path).expect("read");
        let torn = Replay::read(&path).expect("read").torn.expect("torn");
        assert_eq!(fs::read(&path).expect("read"), before);
        insta::assert_snapshot!(shown(&torn, &path), @".run/journal.jsonl:2: the last line was cut off after 6 bytes when a run was killed; ignored");
    }

    #[test]
    fn a_journal_cut_at_any_byte_keeps_every_whole_line() {
        let (_folder, path) = journal(&three());
        let whole = fs::read(&path).expect("read");
        for end in 0..=whole.len() {
            let lines = whole[..end].iter().filter(|&&byte| byte == b'\n').count();
            let without_end = usize::from(end < whole.len() && whole[end] == b'\n');
            assert_eq!(
                Replay::parse(&path, &whole[..end]).expect("read").outcomes.len(),
                lines + without_end,
                "cut at {end}"
            );
        }
    }

    #[test]
    fn a_byte_lost_added_or_changed_anywhere_costs_its_line_at_most() {
        let (_folder, path) = journal(&three());
        let whole = fs::read(&path).expect("read");
        let damage = |at: usize, by: &[u8], of: usize| [&whole[..at], by, &whole[at + of..]].concat();
        for (at, before) in whole.iter().enumerate() {
            assert!(survivors(&damage(at, b"", 1), &three()) >= 2, "byte {at} lost");
            for byte in (0..=255).filter(|byte| byte != before) {
                assert!(survivors(&damage(at, &[byte], 1), &three()) >= 2, "byte {at} is {byte}");
                assert!(survivors(&damage(at, &[byte], 0), &three()) >= 2, "{byte} before byte {at}");
            }
        }
    }

    #[test]
    fn a_damaged_journal_is_kept_beside_and_its_whole_lines_go_on() {
        let (_folder, path) = journal(&three());
        let good = fs::read(&path).expect("read");
        let lines: Vec<&[u8]> = good.split_inclusive(|&byte| byte == b'\n').collect();
        let flipped = str::from_utf8(lines[1]).expect("text").replace("0.500000", "0.900000").into_bytes();
        let bad = [lines[0], &flipped, b"\xff\xfe\n", lines[2]].concat();
        for name in [".run/journal.jsonl.damaged", ".run/journal.jsonl.damaged-2"] {
            fs::write(&path, &bad).expect("written");
            let (_, replay, kept_as) = Journal::open(&path).expect("opened");
            let kept_as = kept_as.expect("kept");
            assert_eq!(shown(&kept_as.display(), &path), name);
            assert_eq!(fs::read(kept_as).expect("read"), bad);
            assert_eq!(fs::read(&path).expect("read"), [lines[0], lines[2]].concat());
            let said: Vec<String> = replay.damaged.iter().map(|line| shown(line, &path)).collect();
            insta::allow_duplicates! { insta::assert_snapshot!(said.join("\n"), @"
            .run/journal.jsonl:2: damaged (its checksum does not match); ignored: its job runs again, unless a table has the row
            .run/journal.jsonl:3: damaged (not UTF-8 text); ignored: its job runs again, unless a table has the row
            "); }
        }
        let (_, replay, kept_as) = Journal::open(&path).expect("opened");
        assert_eq!((replay.damaged.len(), kept_as), (0, None), "it is reported once");
    }

    #[test]
    fn a_later_version_is_refused_by_name_where_it_is_at_the_end() {
        let later = b"{\"version\":3,\"event\":{\"paused\":1},\"more\":0}\n";
        let (_folder, path) = journal(&three()[..1]);
        append_bytes(&path, later);
        let refused = Replay::read(&path).expect_err("refused");
        insta::assert_snapshot!(shown(&refused, &path), @".run/journal.jsonl:2: the journal has version 3, this program reads 2; update runner, or remove the file to run again what is not in the tables");
        append_bytes(&path, line_of(&Event::Finished(three()[1].clone())).as_bytes());
        assert_eq!(Replay::read(&path).expect("read").outcomes.len(), 2, "a later program refuses to continue");
    }

    /// What is written to a file without a name is on no disk.
    #[cfg(unix)]
    #[test]
    fn a_journal_removed_or_replaced_during_a_run_is_reported() {
        for replaced in [false, true] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let path = folder.path().join("journal.jsonl");
            let (mut journal, _, _) = Journal::open(&path).expect("opened");
            let [first, second, _] = three();
            journal.append(&[Event::Finished(first)]).expect("appended");
            fs::remove_file(&path).expect("removed");
            if replaced {
                fs::write(&path, "").expect("written");
            }
            let error = journal.append(&[Event::Finished(second)]).expect_err("refused");
            assert!(matches!(error, ResultsError::Removed { .. }), "{error}");
            assert!(shown(&error, &path).starts_with(".run/journal.jsonl was removed during the run"));
        }
    }

    #[cfg(windows)]
    #[test]
    fn a_journal_cannot_be_removed_during_a_run_and_can_be_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("journal.jsonl");
        let (mut journal, _, _) = Journal::open(&path).expect("opened");
        journal.append(&[Event::Finished(three()[0].clone())]).expect("appended");
        assert!(fs::remove_file(&path).is_err());
        assert_eq!(Replay::read(&path).expect("read").outcomes.len(), 1);
        drop(journal);
        fs::remove_file(&path).expect("removed");
    }
}
