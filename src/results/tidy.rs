//! What a crash or another program left in a results folder: temporary files are removed, what is in the way is set aside.
//! Nothing of it is a result.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Action, Layout, ResultsError, timings};
use crate::files::{is_leftover, remove_leftovers, set_aside};

/// Tidies a folder that this process has locked. Returns a sentence for each thing that was in the way.
pub(super) fn tidy(layout: &Layout) -> Result<Vec<String>, ResultsError> {
    let run = layout.run_folder();
    let below = |folder: &str| run.join(folder);
    let folders = [below("models"), below("jobs"), layout.checkpoints_folder(), layout.shelved_predictions()];
    let files = [layout.journal(), layout.timings(), layout.tables_ready(), layout.gitignore()];
    let misplaced = folders.iter().filter(|path| path.exists() && !path.is_dir());
    let misplaced = misplaced.chain(files.iter().filter(|path| path.is_dir()));
    let mut notices = Vec::new();
    for path in misplaced {
        notices.push(format!("{} is in the way; {}", path.display(), moved(path)?));
    }
    // timings are no results, so a damaged file must not stop a run
    if let Err(ResultsError::Damaged { file, line, problem }) = timings(layout) {
        notices.push(format!("{}:{line}: {problem}; {}", file.display(), moved(&file)?));
    }
    for folder in [layout.root().to_owned(), layout.predictions_folder(), run.clone(), layout.shelved_predictions()] {
        remove_leftovers(&folder, is_leftover);
    }
    let models = fs::read_dir(below("models")).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in models.chain([layout.checkpoints_folder()]) {
        remove_leftovers(&folder, |name| is_leftover(name) || is_earlier_leftover(name));
    }
    Ok(notices)
}

/// Sets aside what is in the way of `.run/` and of the lock in it, before the lock is taken: nobody can hold one in what is
/// not a folder, or on what is not a file. Returns a sentence for each.
pub(super) fn clear_way(layout: &Layout) -> Result<Vec<String>, ResultsError> {
    let (run, lock) = (layout.run_folder(), layout.lock_file());
    let run_is_file = run.exists() && !run.is_dir();
    let misplaced = [run_is_file.then_some(run), lock.is_dir().then_some(lock)];
    let set_aside = |path: PathBuf| Ok(format!("{} is in the way; {}", path.display(), moved(&path)?));
    misplaced.into_iter().flatten().map(set_aside).collect()
}

/// Sets `path` aside, and says under which name.
fn moved(path: &Path) -> Result<String, ResultsError> {
    let aside: PathBuf = set_aside(path).map_err(|error| ResultsError::io(Action::Write, path, error))?;
    Ok(format!("set aside as {}", aside.file_name().unwrap_or_default().to_string_lossy()))
}

/// Names under which earlier versions wrote models and checkpoints: `KEY.part`, `model.part`, `.tmpXXXXXX`.
fn is_earlier_leftover(name: &str) -> bool {
    name.ends_with(".part") || (name.starts_with(".tmp") && name.len() == 10)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::super::{Known, ResultsFolder};
    use super::*;

    #[test]
    fn what_a_crash_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("grid");
        let write = |name: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        let leftovers = [
            ".lock.toml.17-0.part",
            "predictions/.a.tags.17-3.part",
            ".run/.timings.csv.17-4.part",
            ".run/checkpoints/.0123456789ab.safetensors.17-5.part",
            ".run/checkpoints/0123456789ab.part",
            ".run/models/0123456789ab/.model.safetensors.17-6.part",
            ".run/models/0123456789ab/model.part",
            ".run/models/0123456789ab/.tmpAb12Cd",
        ];
        let others = ["mine.part", "predictions/gold-1.tags", ".run/models/0123456789ab/model.json", ".hidden"];
        leftovers.iter().chain(&others).for_each(|name| write(name));
        ResultsFolder::open(&root).unwrap();
        assert!(leftovers.iter().all(|name| !root.join(name).exists()));
        assert!(others.iter().all(|name| root.join(name).exists()));
    }

    #[test]
    fn what_is_in_the_way_in_the_run_folder_is_set_aside_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join(".run");
        fs::create_dir_all(run.join("timings.csv")).unwrap();
        fs::create_dir_all(run.join("tables-ready")).unwrap();
        fs::create_dir_all(run.join("journal.jsonl/kept")).unwrap();
        ["models", "checkpoints", "jobs"].iter().for_each(|name| fs::write(run.join(name), "x").unwrap());
        let (_folder, known) = ResultsFolder::open(folder.path()).unwrap();
        assert_eq!(known.notices.iter().filter(|notice| notice.contains(" is in the way; set aside as ")).count(), 6);
        drop(_folder);
        fs::write(run.join("timings.csv"), "job,seconds\na,b,c\n").unwrap();
        let (_folder, known) = ResultsFolder::open(folder.path()).unwrap();
        assert!(known.notices[0].contains("timings.csv:"), "{:?}", known.notices);
        assert!(timings(_folder.layout()).unwrap().is_empty());
    }

    #[test]
    fn what_is_in_the_way_of_the_run_folder_or_its_lock_is_set_aside_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join(".run");
        fs::write(&run, "x").unwrap();
        let notices = |known: Known| known.notices.join("\n").replace(&folder.path().display().to_string(), "grid");
        let (open, known) = ResultsFolder::open(folder.path()).unwrap();
        let first = notices(known);
        assert!(first.starts_with("grid/.run is in the way; set aside as .run."), "{first}");
        drop(open);
        fs::remove_file(run.join("lock")).unwrap();
        fs::create_dir(run.join("lock")).unwrap();
        let (_open, known) = ResultsFolder::open(folder.path()).unwrap();
        let second = notices(known);
        assert!(second.starts_with("grid/.run/lock is in the way; set aside as lock."), "{second}");
    }
}
