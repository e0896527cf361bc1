//! A results folder's own files, as a merge or a crash may leave them: what is accepted is written back as it was.

use std::fs;
use std::path::Path;

use runner::hub::Lock;
use runner::results::{
    Ending, Event, Failure, Journal, Layout, Outcome, Replay, curves_csv, epochs_csv, evaluations_csv,
    parse_evaluations, parse_tables, per_entity_csv, read_tags, read_timings, results_csv, summary_csv, tag_lines,
    timings_csv,
};

use super::written;

pub(super) fn lock(_: &Path, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Lock::parse(text) {
        Ok(lock) => assert_eq!(Lock::parse(&lock.to_toml()).expect("what was written"), lock),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

pub(super) fn journal(folder: &Path, bytes: &[u8]) {
    let path = written(folder, "journal.jsonl", bytes);
    let Ok(found) = Replay::read(&path) else { return };
    let (mut journal, replay, kept_as) = Journal::open(&path).expect("what could be read");
    assert_eq!(replay, found);
    assert_eq!(kept_as.is_some(), !found.damaged.is_empty());
    let ending = Ending::Failed(Failure { code: "x".to_owned(), message: "\n\"\u{2028}".to_owned() });
    let key = "0123456789ab".to_owned();
    let new = Outcome { key: key.clone(), environment: "cpu".to_owned(), precision: None, steps: None, ending };
    journal.append(&[Event::Finished(new.clone())]).expect("room for a line");
    let mut expected = found.outcomes;
    expected.insert(key, new);
    let again = Replay::read(&path).expect("what was written");
    assert_eq!((again.torn, again.damaged.len()), (None, 0));
    assert_eq!(again.outcomes, expected);
    for entry in fs::read_dir(folder).expect("the folder").flatten() {
        fs::remove_file(entry.path()).expect("a file of this target");
    }
}

/// Parts files in one input.
pub(crate) const PART: u8 = 0x1e;

/// results.csv, per_entity.csv, curves.csv and, where there is a fourth part, epochs.csv.
pub(super) fn tables(_: &Path, bytes: &[u8]) {
    let layout = Layout::new("results/x");
    let mut parts = bytes.splitn(4, |byte| *byte == PART);
    let mut part = || parts.next().unwrap_or_default();
    let (results, per_entity, curves, epochs) = (part(), part(), part(), parts.next());
    let read = match parse_tables(&layout, results, per_entity, curves, epochs) {
        Ok(read) => read,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let records = &read.records;
    drop(summary_csv(records, &read.columns, |_| None));
    let results = results_csv(records, &read.columns);
    let epochs = epochs.is_some().then(|| epochs_csv(records));
    let again = parse_tables(&layout, &results, &per_entity_csv(records), &curves_csv(records), epochs.as_deref());
    let again = again.unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&results)));
    assert_eq!(again.records, read.records);
    assert_eq!(results_csv(&again.records, &again.columns), results);
}

pub(super) fn evaluations(_: &Path, bytes: &[u8]) {
    let file = Path::new("evaluations.csv");
    if let Ok(records) = parse_evaluations(file, bytes) {
        let again = parse_evaluations(file, &evaluations_csv(&records));
        assert_eq!(again.expect("what was written"), records);
    }
}

pub(super) fn predictions(_: &Path, bytes: &[u8]) {
    let (file, names) = (Path::new("x.tags"), ["O", "B-PER", "I-PER"].map(str::to_owned));
    if let Ok(sentences) = read_tags(file, bytes, &names) {
        let again = read_tags(file, &tag_lines(&names, &sentences), &names);
        assert_eq!(again.expect("what was written"), sentences);
    }
}

/// Seconds are rounded when they are written: what was written once is written again.
pub(super) fn timings(_: &Path, bytes: &[u8]) {
    let file = Path::new("timings.csv");
    if let Ok(timings) = read_timings(file, bytes) {
        let text = timings_csv(&timings);
        let again = read_timings(file, &text).expect("what was written");
        assert_eq!(timings_csv(&again), text);
    }
}
