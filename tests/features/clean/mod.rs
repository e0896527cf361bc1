//! What results folders keep in `.run/`, and how it is freed: only what was asked for, and no result.

use std::fs;
use std::process::Command;

use crate::workshop::{GRID, Workshop, assert_same};

/// Four finished jobs, whose first version had another learning rate.
fn finished() -> Workshop {
    let workshop = Workshop::new(&GRID.replace("2e-3", "1e-3"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    workshop.write("grid.toml", GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    workshop.write("results/grid/.run/checkpoints/0123456789ab.safetensors", [0; 1000]);
    workshop.write("results/grid/.run/models/.model.safetensors.12-0.part", [0; 2000]);
    workshop.write("results/grid/.run/models/mine.txt", "mine");
    workshop
}

/// What is in `.run/`, by the first part of its path.
fn kept(workshop: &Workshop, part: &str) -> Vec<String> {
    let files = workshop.files("results/grid/.run");
    files.into_keys().filter(|name| name.starts_with(part)).collect()
}

/// A list with its sizes of models and logs, which vary, replaced.
fn without_sizes(text: &str) -> String {
    let size = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [number, "bytes" | "kB" | "MB", ..] if line.starts_with(' ') && number.parse::<f64>().is_ok() => {
                format!("SIZE {}", words[2..].join(" "))
            }
            _ => line.split(" takes ").next().unwrap_or(line).trim().to_owned(),
        }
    };
    text.lines().map(size).collect::<Vec<_>>().join("\n")
}

#[test]
fn without_options_it_says_what_there_is_and_changes_nothing() {
    let workshop = finished();
    let (before, times) = (workshop.files("results"), workshop.times("results/grid"));
    let mut command = workshop.command("clean results/grid");
    let output = command.env("COLUMNS", "120").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(without_sizes(&String::from_utf8(output.stdout).unwrap()), @"
    results/grid: .run/
    SIZE saved models of current jobs (4): rows stay done; these jobs, and jobs that started from them, can no
    longer be exported or used to predict; a new evaluation set or test size trains them again (--models all)
    SIZE saved models that no current job uses (4): a return to their settings trains again; jobs elsewhere that
    started from them can no longer be exported or used to predict (--models unused)
    SIZE checkpoints of unfinished trainings: those trainings start over (--checkpoints)
    SIZE predictions of rows that are not in the tables (4): a return to their settings predicts again, or trains
    where there is no model (--predictions)
    SIZE job logs (8): what the jobs logged; nothing reads it (--logs)
    SIZE temporary and set-aside files: nothing that a run reads (--leftovers)
    SIZE journal: never freed: it has results that no table has, and shows whether a table was edited
    SIZE timings and bookkeeping (3): never freed: `runner plan` reads it
    SIZE links and files that are not runner's: left alone
    Free a kind with its option, as in `runner clean results/grid --models all`
    ");
    assert_same(&workshop.files("results"), &before);
    assert_eq!(workshop.times("results/grid"), times);
    let dry = workshop.runner("clean results/grid --models all --logs --dry-run");
    assert!(dry.status == 0 && dry.out.starts_with("results/grid: would free "), "{}", dry.out);
    assert_same(&workshop.files("results"), &before);
}

#[test]
fn only_what_an_option_names_goes() {
    for (option, part, left) in [
        ("--models unused", "models/", 4 * 2 + 2),
        ("--models all", "models/", 2),
        ("--checkpoints", "checkpoints/", 0),
        ("--predictions", "predictions/", 0),
        ("--logs", "jobs/", 0),
        ("--leftovers", "models/.", 0),
    ] {
        let workshop = finished();
        let mut expected = workshop.files("results/grid");
        let said = workshop.runner(&format!("clean results/grid {option}"));
        assert_eq!(said.status, 0, "{option}: {}", said.err);
        assert_eq!(kept(&workshop, part).len(), left, "{option}: {:?}", kept(&workshop, part));
        let mut found = workshop.files("results/grid");
        for files in [&mut expected, &mut found] {
            files.retain(|name, _| !name.starts_with(&format!(".run/{part}")) && name != ".run/lock");
        }
        assert_same(&found, &expected);
    }
}

#[test]
fn finished_jobs_stay_finished_and_a_new_test_size_trains_again_without_models() {
    let workshop = finished();
    let before = workshop.committed("results/grid");
    let said = workshop.runner("clean results/grid --models all --checkpoints --predictions --logs --leftovers");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = workshop.runner("run grid.toml");
    assert!(said.status == 0 && said.err.contains("all 4 jobs are already done"), "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &before);
    assert_eq!(workshop.runner("verify results/grid").status, 0);
    workshop.write("grid.toml", GRID.replace("test_size = 40", "test_size = 50"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.err.matches("trained ").count(), 4, "{}", said.err);
}

#[test]
fn unused_models_alone_go_and_the_others_are_still_reused() {
    let workshop = finished();
    assert_eq!(workshop.runner("clean results/grid --models unused").status, 0);
    workshop.write("grid.toml", GRID.replace("test_size = 40", "test_size = 50"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.err.matches("reusing the saved model").count(), 4, "{}", said.err);
}

#[test]
fn where_it_is_not_known_which_models_are_unused_none_goes() {
    let workshop = finished();
    fs::remove_file(workshop.path("results/grid/lock.toml")).unwrap();
    let models = kept(&workshop, "models/");
    let said = workshop.runner("clean results/grid --models unused");
    assert_eq!(said.status, 2, "{}", said.out);
    assert!(said.err.contains("which models are unused cannot be told"), "{}", said.err);
    assert_eq!(kept(&workshop, "models/"), models);
    assert_eq!(workshop.runner("clean results/grid --models all").status, 0);
    assert_eq!(kept(&workshop, "models/").len(), 2);
}

#[test]
fn a_folder_in_use_and_one_without_results_are_refused() {
    let workshop = Workshop::new(&GRID.replace("max_steps = 12", "max_steps = 100000"));
    let mut child = workshop.start("run grid.toml");
    while !workshop.path("results/grid/results.csv").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let said = workshop.runner("clean results/grid --logs");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(said.status, 3, "{}{}", said.out, said.err);
    assert!(said.err.contains("is in use by process"), "{}", said.err);
    workshop.write("mine/.run/models/0123456789ab/model.safetensors", "mine");
    let said = workshop.runner("clean mine --models all");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: mine is not a results folder: it has neither results.csv nor .run/journal.jsonl; name one such as results/NAME");
    assert!(workshop.path("mine/.run/models/0123456789ab/model.safetensors").exists());
}

#[test]
#[cfg(unix)]
fn links_are_not_followed() {
    let workshop = finished();
    workshop.write("elsewhere/model.safetensors", "mine");
    let link = workshop.path("results/grid/.run/models/abcdefabcdef");
    std::os::unix::fs::symlink(workshop.path("elsewhere"), &link).unwrap();
    let said = workshop.runner("clean results/grid --models all --logs --leftovers");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.read("elsewhere/model.safetensors"), "mine");
    assert!(fs::symlink_metadata(&link).is_ok());
    let moved = Command::new("mv").arg(workshop.path("results/grid/.run")).arg(workshop.path("moved")).status();
    assert!(moved.unwrap().success());
    std::os::unix::fs::symlink(workshop.path("moved"), workshop.path("results/grid/.run")).unwrap();
    let said = workshop.runner("clean results/grid --logs");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("results/grid/.run is a link; links are not followed"), "{}", said.err);
}

#[test]
fn several_folders_are_added_up_and_a_wrong_one_does_not_keep_the_others_from_it() {
    let workshop = finished();
    workshop.write("results/notes.txt", "mine");
    let said = workshop.runner("clean results/notes.txt results/grid --models all");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.out.contains("freed together: "), "{}", said.out);
    assert!(said.err.contains("results/notes.txt is not a results folder"), "{}", said.err);
    assert_eq!(kept(&workshop, "models/").len(), 2);
}
