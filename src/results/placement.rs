//! Predictions beside their rows: which files move when tables are replaced, and their moves, which finish whenever the
//! program is stopped. It knows no content of a file.
//!
//! In `predictions/` a file is named by the label of its row; in `.run/predictions/` it lies under its key while no row has
//! it. Tables that change move files between the two: those of rows that change or leave, then those of rows that are new.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::committed::read_key;
use super::csv_table::CsvTable;
use super::prediction_names::{earlier_prediction_name, is_gold, prediction_name, prediction_names};
use super::replace::{create_folder, replace, sync_folder};
use super::{Action, Ending, EvaluationRecord, Layout, Record, ResultsError, ScoredSplit};
use crate::files;

/// Names of files by label, each with the name by key of what belongs there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rows(BTreeMap<String, String>);

impl Rows {
    /// Of new tables. Failed jobs have no predictions.
    pub(super) fn new(records: &[Record], evaluations: &[EvaluationRecord]) -> Self {
        let mut rows = Self::default();
        for Record { label, outcome, .. } in records {
            if matches!(outcome.ending, Ending::Ok(_)) {
                rows.add(label, None, &outcome.key);
            }
        }
        for EvaluationRecord { label, set, outcome, .. } in evaluations {
            if matches!(outcome.ending, Ending::Ok(_)) {
                rows.add(label, Some(&set.name), &outcome.key);
            }
        }
        rows
    }

    /// Of the tables in a folder. Rows that cannot be read are left out: their predictions are of an unknown key.
    fn of_tables(layout: &Layout) -> Self {
        let mut rows = Self::default();
        let tables = [(layout.results(), None, "key"), (layout.evaluations(), Some("set"), "evaluation")];
        for (file, set, key) in tables {
            let content = fs::read(&file).unwrap_or_default();
            let Ok(table) = CsvTable::parse(&file, &content) else { continue };
            for cells in table.cells() {
                let set = set.map(|column| cells.text(column)).transpose();
                if let (Ok(label), Ok(set), Ok(key)) = (cells.text("job"), set, read_key(&cells, key)) {
                    rows.add(label, set, &key);
                }
            }
        }
        rows
    }

    fn add(&mut self, label: &str, set: Option<&str>, key: &str) {
        for split in ScoredSplit::ALL {
            self.0.insert(prediction_name(label, set, split), earlier_prediction_name(key, split));
        }
    }

    /// The names that belong to each key.
    pub(super) fn by_key(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        self.0.iter().for_each(|(name, file)| names.entry(file).or_default().push(name));
        names
    }
}

/// The predictions of a folder as they lie.
#[derive(Debug, Default)]
pub(super) struct PredictionFiles {
    /// What the files in `predictions/` belong to.
    pub(super) rows: Rows,
    /// The files in `predictions/`, without gold tags.
    pub(super) beside: BTreeSet<String>,
    /// The files in `.run/predictions/`.
    pub(super) shelved: BTreeSet<String>,
}

impl PredictionFiles {
    /// Of a folder whose tables are not being replaced.
    pub(super) fn list(layout: &Layout) -> Result<Self, ResultsError> {
        let mut beside = tag_files(&layout.predictions_folder())?;
        beside.retain(|name| !is_gold(name));
        Ok(Self { rows: Rows::of_tables(layout), beside, shelved: tag_files(&layout.shelved_predictions())? })
    }

    /// The same of a folder that others write to: a listing may be late, so each file of the rows `after` is looked for. One
    /// that lies on the shelf is not looked for elsewhere: what was not there once may be missed for a while after it came.
    pub(super) fn look(layout: &Layout, after: &Rows) -> Result<Self, ResultsError> {
        let before = Rows::of_tables(layout);
        let there = |folder: PathBuf, name: &str| {
            let path = folder.join(name);
            files::is_there(&path).map_err(|error| ResultsError::io(Action::Read, &path, error))
        };
        let mut found = Self::default();
        for file in after.0.values().chain(before.0.values()) {
            if !found.shelved.contains(file) && there(layout.shelved_predictions(), file)? {
                found.shelved.insert(file.clone());
            }
        }
        for (name, file) in before.0.iter().chain(&after.0) {
            let changes = before.0.get(name).is_some_and(|old| Some(old) != after.0.get(name));
            if (changes || !found.shelved.contains(file)) && there(layout.predictions_folder(), name)? {
                found.beside.insert(name.clone());
            }
        }
        Ok(Self { rows: before, ..found })
    }

    /// Where each file lies in the folder, by its name by key. What is on the shelf is newer. A file that no table of the
    /// folder names, as its tables were removed, may be of the row that has its name in `after`: who reads it must check.
    pub(super) fn by_key(&self, after: &Rows) -> BTreeMap<String, String> {
        let unknown = after.0.iter().filter(|(name, _)| !self.rows.0.contains_key(*name));
        let beside = unknown.chain(&self.rows.0).filter(|(name, _)| self.beside.contains(*name));
        let beside = beside.map(|(name, key)| (key.clone(), format!("predictions/{name}")));
        let shelved = self.shelved.iter().map(|name| (name.clone(), format!(".run/predictions/{name}")));
        beside.chain(shelved).collect()
    }

    /// The moves that new tables need.
    pub(super) fn placement(&self, after: &Rows) -> Placement {
        let Self { rows: before, beside, shelved } = self;
        let mut shelve: BTreeMap<&str, &str> = BTreeMap::new();
        for name in beside {
            let to = match (before.0.get(name), after.0.get(name)) {
                (Some(old), new) if new != Some(old) => old,
                // of a row that is not known: it gives way to what is known
                (None, Some(new)) if shelved.contains(new) => name,
                (None, None) => name,
                (None | Some(_), _) => continue,
            };
            shelve.insert(name, to);
        }
        let mut on_shelf: BTreeSet<&str> = shelve.values().copied().chain(shelved.iter().map(String::as_str)).collect();
        let holders = before.by_key();
        for (_, file) in after.0.iter().filter(|(name, file)| before.0.get(*name) != Some(file)) {
            // a new row may share the key of one that stays
            let holder = holders.get(file.as_str()).into_iter().flatten().find(|name| beside.contains(**name));
            if let Some(holder) = holder.filter(|_| on_shelf.insert(file)) {
                shelve.insert(holder, file);
            }
        }
        let mut place = after.by_key();
        place.retain(|file, _| on_shelf.contains(file));
        let owned = |name: &str| name.to_owned();
        Placement {
            shelve: shelve.into_iter().map(|(name, to)| (owned(name), owned(to))).collect(),
            place: place.into_iter().map(|(file, to)| (owned(file), to.into_iter().map(owned).collect())).collect(),
        }
    }
}

/// Moves of files between `predictions/` and `.run/predictions/`, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Placement {
    /// Out of `predictions/`: from, to.
    shelve: Vec<(String, String)>,
    /// Into it: from, to.
    place: Vec<(String, Vec<String>)>,
}

impl Placement {
    /// Whether nothing moves.
    pub(super) fn is_empty(&self) -> bool {
        self.shelve.is_empty() && self.place.is_empty()
    }

    /// Of a file's content; nothing moves where an earlier version wrote a sentence there.
    fn read(file: &Path) -> Result<Self, ResultsError> {
        let content = fs::read(file).map_err(|error| ResultsError::io(Action::Read, file, error))?;
        if !content.starts_with(b"{") {
            return Ok(Self::default());
        }
        serde_json::from_slice(&content).map_err(|error| ResultsError::damaged(file, 1, error.to_string()))
    }

    /// Writes the moves to a file, whole and safe.
    pub(super) fn write(&self, file: &Path) -> Result<(), ResultsError> {
        let content = serde_json::to_vec(self).expect("lists of texts can be written");
        replace(file, &content).map(|_| ())
    }

    /// Makes the moves that a file has, those left of them if it was stopped.
    ///
    /// A file of `predictions/` is taken to be of the row before only until the first is placed: so the file says when
    /// that begins. After that each move is right, or made already.
    pub(super) fn finish(layout: &Layout, file: &Path) -> Result<(), ResultsError> {
        let mut placement = Self::read(file)?;
        if placement.is_empty() {
            return Ok(());
        }
        let (beside, shelf) = (layout.predictions_folder(), layout.shelved_predictions());
        create_folder(&beside)?;
        create_folder(&shelf)?;
        if !placement.shelve.is_empty() {
            for (name, to) in std::mem::take(&mut placement.shelve) {
                put_away(&beside.join(&name), &shelf.join(&to), name == to)?;
            }
            [&shelf, &beside].into_iter().try_for_each(|folder| sync_folder(folder))?;
            placement.write(file)?;
        }
        for (from, names) in &placement.place {
            let names: Vec<PathBuf> = names.iter().map(|name| beside.join(name)).collect();
            spread(&shelf.join(from), &names)?;
        }
        [&beside, &shelf].into_iter().try_for_each(|folder| sync_folder(folder))
    }
}

/// Moves a file onto the shelf. One that is there is newer, unless it `yields`.
fn put_away(from: &Path, to: &Path, yields: bool) -> Result<(), ResultsError> {
    let there = |path: &Path| files::is_there(path).map_err(|error| ResultsError::io(Action::Read, path, error));
    if !there(from)? {
        return Ok(());
    }
    if there(to)? && !yields {
        return files::remove(from).map_err(|error| ResultsError::io(Action::Write, from, error));
    }
    move_file(from, to)
}

/// Moves a file to each of `names`. It stays where it is until the last has it.
pub(super) fn spread(from: &Path, names: &[PathBuf]) -> Result<(), ResultsError> {
    let is_there = files::is_there(from).map_err(|error| ResultsError::io(Action::Read, from, error))?;
    let Some((last, others)) = names.split_last().filter(|_| is_there) else { return Ok(()) };
    if !others.is_empty() {
        let content = fs::read(from).map_err(|error| ResultsError::io(Action::Read, from, error))?;
        others.iter().try_for_each(|name| replace(name, &content).map(|_| ()))?;
    }
    move_file(from, last)
}

/// Moves a file, to another file system if need be. The folders are not synced.
pub(super) fn move_file(from: &Path, to: &Path) -> Result<(), ResultsError> {
    let moved = match files::rename(from, to) {
        // `.run` may be a link to a larger disk
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            fs::read(from).and_then(|content| files::replace(to, &content)).and_then(|()| files::remove(from))
        }
        moved => moved,
    };
    moved.map_err(|error| ResultsError::io(Action::Write, to, error))
}

/// The names of a folder's `.tags` files; none where there is no folder.
pub(super) fn tag_files(folder: &Path) -> Result<BTreeSet<String>, ResultsError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let entries = entries.map_err(|error| ResultsError::io(Action::Read, folder, error))?;
    let names = entries.iter().filter_map(|entry| entry.file_name().to_str().map(str::to_owned));
    Ok(names.filter(|name| name.ends_with(".tags")).collect())
}

/// Where the predictions of a row are, for a reader that has no lock; none where there are none.
pub(super) fn find_predictions(
    layout: &Layout,
    label: &str,
    set: Option<&str>,
    key: &str,
    split: ScoredSplit,
) -> Option<PathBuf> {
    // tables are being replaced: the rows are the new ones
    let shelved = layout.tables_ready().exists().then(|| layout.shelved(key, split));
    let beside = prediction_names(label, set, key, split).map(|name| layout.predictions_folder().join(name));
    shelved.into_iter().chain(beside).find(|path| path.exists())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const LABELS: [&str; 3] = ["a", "b", "c"];
    const KEYS: [&str; 3] = ["111111111111", "222222222222", "333333333333"];

    /// The key of each label, by its place in `KEYS`; none: no row.
    type Keys = [Option<usize>; 3];

    fn rows(keys: &Keys) -> Rows {
        let mut rows = Rows::default();
        for (label, key) in LABELS.iter().zip(keys) {
            if let Some(key) = key {
                rows.add(label, None, KEYS[*key]);
            }
        }
        rows
    }

    /// A folder with tables and predictions of `before`, and newer ones on the shelf for the keys of `shelved`. A file has
    /// its key as content.
    struct Case {
        parent: tempfile::TempDir,
        layout: Layout,
        shelved: [bool; 3],
        before: Keys,
        after: Keys,
    }

    impl Case {
        fn new(before: Keys, shelved: [bool; 3], after: Keys) -> Self {
            let parent = tempfile::tempdir().unwrap();
            let layout = Layout::new(parent.path());
            fs::create_dir_all(layout.predictions_folder()).unwrap();
            fs::create_dir_all(layout.shelved_predictions()).unwrap();
            let mut table = "job,key\n".to_owned();
            for (label, key) in LABELS.iter().zip(before) {
                if let Some(key) = key {
                    table += &format!("{label},{}\n", KEYS[key]);
                    fs::write(layout.predictions(label, None, ScoredSplit::Test), KEYS[key]).unwrap();
                }
            }
            fs::write(layout.results(), table).unwrap();
            for (key, _) in KEYS.iter().zip(shelved).filter(|(_, is_shelved)| *is_shelved) {
                fs::write(layout.shelved(key, ScoredSplit::Test), format!("{key} newer")).unwrap();
            }
            Self { parent, layout, shelved, before, after }
        }

        fn placement(&self) -> Placement {
            PredictionFiles::list(&self.layout).unwrap().placement(&rows(&self.after))
        }

        /// Makes the first `steps` changes of [`Placement::finish`]. Returns whether there are more.
        fn stop_after(&self, placement: &Placement, steps: usize) -> bool {
            let (beside, shelf, file) =
                (self.layout.predictions_folder(), self.layout.shelved_predictions(), self.layout.tables_ready());
            placement.write(&file).unwrap();
            let mut changes: Vec<Box<dyn Fn()>> = Vec::new();
            for (name, to) in &placement.shelve {
                let (from, target) = (beside.join(name), shelf.join(to));
                changes.push(Box::new(move || put_away(&from, &target, name == to).unwrap()));
            }
            let rest = Placement { shelve: Vec::new(), ..placement.clone() };
            changes.push(Box::new(move || rest.write(&file).unwrap()));
            for (from, names) in &placement.place {
                let (from, names): (_, Vec<PathBuf>) =
                    (shelf.join(from), names.iter().map(|n| beside.join(n)).collect());
                let (last, others) = names.split_last().unwrap();
                for name in others {
                    let (from, name) = (from.clone(), name.clone());
                    changes.push(Box::new(move || drop(fs::copy(&from, &name))));
                }
                let last = last.clone();
                changes.push(Box::new(move || {
                    if from.exists() {
                        move_file(&from, &last).unwrap()
                    }
                }));
            }
            changes.iter().take(steps).for_each(|change| change());
            steps < changes.len()
        }

        /// Every row has the predictions of its key, and none are lost.
        fn check(&self, what: &str) {
            let read = |path: PathBuf| fs::read_to_string(path).ok();
            for (at, key) in KEYS.iter().enumerate() {
                let holds = |keys: &Keys| keys.contains(&Some(at));
                let expected = match self.shelved[at] {
                    true => Some(format!("{key} newer")),
                    false => holds(&self.before).then(|| (*key).to_owned()),
                };
                for (label, row) in LABELS.iter().zip(self.after) {
                    let found = read(self.layout.predictions(label, None, ScoredSplit::Test));
                    match row {
                        Some(row) if row == at => assert_eq!(found, expected, "{what}: {label}"),
                        Some(_) => {}
                        None => assert_eq!(found, None, "{what}: {label}"),
                    }
                }
                let shelved = read(self.layout.shelved(key, ScoredSplit::Test));
                assert_eq!(shelved, expected.filter(|_| !holds(&self.after)), "{what}: {key}");
            }
        }
    }

    /// Stops before every change in turn, and finishes. Returns how many changes there are.
    fn check_stops(before: Keys, shelved: [bool; 3], after: Keys) -> usize {
        let mut steps = 0;
        loop {
            let case = Case::new(before, shelved, after);
            let goes_on = case.stop_after(&case.placement(), steps);
            Placement::finish(&case.layout, &case.layout.tables_ready()).unwrap();
            case.check(&format!("{before:?} {shelved:?} {after:?}, {steps} steps"));
            if !goes_on {
                return steps;
            }
            steps += 1;
        }
    }

    #[test]
    fn wherever_it_stops_each_row_gets_the_predictions_of_its_key() {
        let none = [false; 3];
        let cases: [(&str, Keys, [bool; 3], Keys, usize); 8] = [
            ("a new row", [None; 3], [true, false, false], [Some(0), None, None], 2),
            ("a new result of a row", [Some(0), None, None], [true, false, false], [Some(0), None, None], 2),
            ("a changed row", [Some(0), None, None], [false, true, false], [Some(1), None, None], 3),
            ("a changed row without predictions yet", [Some(0), None, None], none, [Some(1), None, None], 2),
            ("a renamed row", [Some(0), None, None], none, [None, Some(0), None], 3),
            ("rows that swap labels", [Some(0), Some(1), None], none, [Some(1), Some(0), None], 5),
            ("a row that shares a key from now on", [Some(0), None, None], none, [Some(0), Some(0), Some(0)], 5),
            ("one of two rows of a key leaves", [Some(0), Some(0), None], none, [None, Some(0), None], 3),
        ];
        for (what, before, shelved, after, changes) in cases {
            assert_eq!(check_stops(before, shelved, after), changes, "{what}");
        }
    }

    #[test]
    #[ignore = "takes minutes: thousands of folders"]
    fn wherever_it_stops_over_all_changes_of_rows() {
        let digit = |number: usize, place: u32| (number / 4_usize.pow(place)) % 4;
        let keys = |number: usize| [0, 1, 2].map(|place| digit(number, place).checked_sub(1));
        let cases = (0..64).flat_map(|before| (0..64).flat_map(move |after| (0..8).map(move |on| (before, after, on))));
        for (before, after, on) in cases.step_by(61) {
            check_stops(keys(before), [1, 2, 4].map(|bit| on & bit > 0), keys(after));
        }
    }

    #[test]
    fn rows_that_stay_move_nothing() {
        let keys = [Some(0), Some(1), Some(1)];
        let case = Case::new(keys, [false, false, true], keys);
        assert!(case.placement().is_empty());
        assert!(case.parent.path().exists());
    }

    #[test]
    fn predictions_of_unknown_rows_give_way_and_are_kept() {
        let case = Case::new([None; 3], [true, false, false], [Some(0), Some(1), None]);
        for label in LABELS {
            fs::write(case.layout.predictions(label, None, ScoredSplit::Test), "unknown").unwrap();
        }
        case.placement().write(&case.layout.tables_ready()).unwrap();
        Placement::finish(&case.layout, &case.layout.tables_ready()).unwrap();
        let read = |name: &str| fs::read_to_string(case.parent.path().join(name)).ok();
        assert_eq!(read("predictions/a.tags").as_deref(), Some("111111111111 newer"));
        assert_eq!(read("predictions/b.tags").as_deref(), Some("unknown"), "nothing says that it is another's");
        assert_eq!(read("predictions/c.tags"), None);
        for kept in ["a.tags", "c.tags"] {
            assert_eq!(read(&format!(".run/predictions/{kept}")).as_deref(), Some("unknown"));
        }
    }

    #[test]
    fn a_damaged_list_of_moves_is_named_and_an_earlier_versions_has_none() {
        let case = Case::new([None; 3], [false; 3], [None; 3]);
        let file = case.layout.tables_ready();
        fs::write(&file, "new tables lie beside the old ones\n").unwrap();
        assert_eq!(Placement::read(&file).unwrap(), Placement::default());
        fs::write(&file, "{\"shelve\":[").unwrap();
        assert!(matches!(Placement::finish(&case.layout, &file), Err(ResultsError::Damaged { .. })));
    }
}
