//! Folders of earlier versions, which named predictions by key.

use super::*;
use crate::workshop::assert_same;

const RENAMED: &str = "results/grid: 4 files in predictions/ renamed from keys to labels: now `git diff` shows the \
                       sentences that change\n";

/// A finished grid as an earlier version left it, and as it is now.
fn earlier() -> (Workshop, Files) {
    let workshop = finished(GRID);
    let now = workshop.committed(FOLDER);
    rename_as_earlier(&workshop);
    assert!(names(&workshop).iter().all(|name| name.len() == "0123456789ab.tags".len()), "{:?}", names(&workshop));
    (workshop, now)
}

/// In the row of `train_size=64,freeze=false`.
fn edit_a_score(workshop: &Workshop) {
    let right = workshop.cell(FOLDER, "train_size=64,freeze=false", "test_token_accuracy").unwrap();
    let table = workshop.read("results/grid/results.csv");
    let row = table.lines().find(|row| row.contains("train_size=64,freeze=false")).unwrap();
    let edited = table.replace(row, &row.replace(&format!(",{right},"), ",0.999999,"));
    assert_ne!(edited, table);
    workshop.write("results/grid/results.csv", edited);
}

#[test]
fn plan_reads_such_a_folder_and_changes_nothing() {
    let (workshop, _) = earlier();
    let before = workshop.files(FOLDER);
    for workshop in [&workshop, &workshop.cloned()] {
        let said = workshop.runner("plan grid.toml");
        assert_eq!((said.status, said.err.contains("predictions")), (0, false), "{}", said.err);
    }
    assert_same(&workshop.files(FOLDER), &before);
}

#[test]
fn a_run_renames_the_files_and_says_so_once() {
    let (workshop, now) = earlier();
    for workshop in [workshop.cloned(), workshop] {
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.err.matches(RENAMED).count(), 1, "{}", said.err);
        assert!(said.err.contains("grid: all 4 jobs are already done"), "{}", said.err);
        assert_same(&workshop.committed(FOLDER), &now);
        assert!(!workshop.runner("run grid.toml").err.contains("predictions"), "it is said once");
    }
}

#[test]
fn a_clone_of_such_a_folder_is_scored_again() {
    let (workshop, now) = earlier();
    let clone = workshop.cloned();
    edit_a_score(&clone);
    let planned = clone.runner("plan grid.toml");
    let said = clone.runner("run grid.toml");
    for text in [&planned.err, &said.err] {
        assert!(text.contains("1 committed row does not match the predictions"), "{text}");
    }
    assert!(said.err.contains("grid: 1 job on the CPU"), "{}", said.err);
    assert_same(&clone.committed(FOLDER), &now);
}

#[test]
fn a_file_that_has_both_names_is_kept_once_and_nothing_is_lost() {
    let (workshop, now) = earlier();
    let file = |name: &str| format!("{FOLDER}/predictions/{name}");
    let keys: Vec<String> = names(&workshop);
    let label = "train_size=32,freeze=false";
    let same = format!("{}.tags", workshop.cell(FOLDER, label, "key").unwrap());
    fs::copy(workshop.path(&file(&same)), workshop.path(&file(&format!("{label}.tags")))).unwrap();
    let other = "train_size=32,freeze=true";
    let differs = format!("{}.tags", workshop.cell(FOLDER, other, "key").unwrap());
    fs::copy(workshop.path(&file(&differs)), workshop.path(&file(&format!("{other}.tags")))).unwrap();
    workshop.write(&file(&differs), "O\n");
    let said = workshop.runner("run grid.toml");
    assert!(said.err.contains("2 files in predictions/ renamed"), "{keys:?} {}", said.err);
    assert!(
        said.err.contains(&format!("{differs} differs from {other}.tags, which counts; it is kept as ")),
        "{}",
        said.err
    );
    assert_same(&workshop.committed(FOLDER), &now);
    let kept = workshop.files(&format!("{FOLDER}/.run/predictions"));
    assert_eq!(kept.len(), 1);
    let (name, content) = kept.into_iter().next().unwrap();
    assert!(name.starts_with(&differs) && name.ends_with(".aside"), "{name}");
    assert_eq!(content, b"O\n");
}

/// An earlier version that was killed between the journal and the tables, and one whose row had run twice.
#[test]
fn a_file_of_a_row_that_the_tables_lack_goes_to_its_label_with_the_row() {
    let (workshop, now) = earlier();
    let label = "train_size=64,freeze=true";
    let key = workshop.cell(FOLDER, label, "key").unwrap();
    for table in ["results.csv", "per_entity.csv", "curves.csv"] {
        let content = workshop.read(&format!("{FOLDER}/{table}"));
        let rows: Vec<&str> = content.lines().filter(|row| !row.contains(label)).collect();
        workshop.write(&format!("{FOLDER}/{table}"), rows.join("\n") + "\n");
    }
    workshop.write(&format!("{FOLDER}/.run/predictions/{key}.tags"), "O\n");
    let staying = workshop.cell(FOLDER, "train_size=64,freeze=false", "key").unwrap();
    workshop.write(&format!("{FOLDER}/.run/predictions/{staying}.tags"), "O\n");
    let said = workshop.runner("run grid.toml");
    assert!(said.err.contains("3 files in predictions/ renamed"), "{}", said.err);
    assert_same(&workshop.committed(FOLDER), &now);
    assert!(workshop.files(&format!("{FOLDER}/.run/predictions")).is_empty(), "what was older is gone");
}

/// A result that was made again and not recorded: its row and its predictions are those from before.
#[test]
fn predictions_on_the_shelf_count_only_if_the_journal_has_their_result() {
    let workshop = finished(GRID);
    let before = workshop.committed(FOLDER);
    let label = "train_size=64,freeze=true";
    let key = workshop.cell(FOLDER, label, "key").unwrap();
    workshop.write(&format!("{FOLDER}/.run/predictions/{key}.tags"), "O\n");
    workshop.runner("run grid.toml");
    assert_same(&workshop.committed(FOLDER), &before);
    edit_a_score(&workshop);
    let key = workshop.cell(FOLDER, "train_size=64,freeze=false", "key").unwrap();
    let right = &before["predictions/train_size=64,freeze=false.tags"];
    workshop.write(&format!("{FOLDER}/.run/predictions/{key}.tags"), right);
    workshop.write(&format!("{FOLDER}/predictions/train_size=64,freeze=false.tags"), "O\n");
    workshop.runner("run grid.toml");
    assert_same(&workshop.committed(FOLDER), &before);
}
