//! A damaged file of `.run/` costs the work in it, never the run.

use std::fs;
use std::path::Path;

use crate::workshop::{GRID, Workshop, assert_same};

/// One way to damage a file.
type Damage = fn(&Path);

const DAMAGES: [(&str, Damage); 5] = [
    ("gone", |path| fs::remove_file(path).unwrap()),
    ("a folder", |path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    }),
    ("empty", |path| fs::write(path, "").unwrap()),
    ("another text", |path| fs::write(path, "{\"version\": 1\n").unwrap()),
    ("a bit changed", |path| {
        let mut bytes = fs::read(path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(path, bytes).unwrap();
    }),
];

/// One job, scored on so many rows.
fn scored_on(rows: usize) -> String {
    GRID.replace("test_size = 40", &format!("test_size = {rows}"))
        .replace("[32, 64]", "[32]")
        .replace("[false, true]", "[false]")
}

#[test]
fn a_damaged_model_is_trained_again_whatever_the_damage() {
    let (workshop, whole) = (Workshop::new(&scored_on(40)), Workshop::new(&scored_on(50)));
    whole.runner("run grid.toml");
    let expected = whole.committed("results/grid");
    workshop.runner("run grid.toml");
    let first = workshop.files("results");
    for (kind, damage) in DAMAGES {
        for name in ["model.safetensors", "model.json"] {
            fs::remove_dir_all(workshop.path("results")).unwrap();
            first.iter().for_each(|(name, content)| workshop.write(&format!("results/{name}"), content));
            workshop.write("grid.toml", scored_on(50));
            let models = workshop.path("results/grid/.run/models");
            let model = fs::read_dir(&models).unwrap().next().unwrap().unwrap().path();
            damage(&model.join(name));
            for _ in 0..2 {
                let said = workshop.runner("run grid.toml");
                assert_eq!(said.status, 0, "{name}, {kind}: {}", said.err);
            }
            let mut committed = workshop.committed("results/grid");
            // the gold tags of the rows scored before stay
            committed.retain(|name, _| expected.contains_key(name));
            assert_same(&committed, &expected);
        }
    }
}

#[test]
fn what_is_in_the_way_in_the_run_folder_is_set_aside() {
    let (workshop, whole) = (Workshop::new(&scored_on(40)), Workshop::new(&scored_on(40)));
    whole.runner("run grid.toml");
    for name in ["models", "checkpoints", "jobs"] {
        workshop.write(&format!("results/grid/.run/{name}"), "a file");
    }
    workshop.write("results/grid/.run/timings.csv", "job,seconds\na,b,c\n");
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(said.err.matches("set aside as ").count(), 4, "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
    assert!(!workshop.runner("run grid.toml").err.contains("set aside"), "once");
}

#[test]
fn a_damaged_checkpoint_starts_its_training_over_whatever_the_damage() {
    let text = scored_on(40)
        .replace("max_steps = 12", "max_steps = 400")
        .replace("[matrix]", "[save]\ncheckpoint_minutes = 0.0005\n\n[matrix]");
    let (workshop, whole) = (Workshop::new(&text), Workshop::new(&text));
    let mut child = workshop.start("run grid.toml");
    workshop.wait_for_checkpoint("results/grid");
    child.kill().unwrap();
    child.wait().unwrap();
    let first = workshop.files("results");
    whole.runner("run grid.toml");
    for (kind, damage) in DAMAGES {
        fs::remove_dir_all(workshop.path("results")).unwrap();
        first.iter().for_each(|(name, content)| workshop.write(&format!("results/{name}"), content));
        let name = first.keys().find(|name| name.contains("checkpoints/") && name.ends_with(".safetensors")).unwrap();
        damage(&workshop.path("results").join(name));
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{kind}: {}", said.err);
        assert!(!said.err.contains("resuming"), "{kind}: {}", said.err);
        assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
    }
}

/// The other job of the training has failed for want of rows by the time that the checkpoint proves to be damaged.
#[test]
fn a_training_that_starts_over_enters_no_job_twice() {
    let text = scored_on(40)
        .replace("max_steps = 12", "max_steps = 400")
        .replace("[matrix]", "[save]\ncheckpoint_minutes = 0.0005\n\n[matrix]\ndata.test_size = [40, 999999]");
    let workshop = Workshop::new(&text);
    let mut child = workshop.start("run grid.toml");
    workshop.wait_for_checkpoint("results/grid");
    child.kill().unwrap();
    child.wait().unwrap();
    let checkpoints = workshop.path("results/grid/.run/checkpoints");
    let checkpoint = fs::read_dir(checkpoints).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&checkpoint).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&checkpoint, bytes).unwrap();
    let failures = || workshop.read("results/grid/.run/journal.jsonl").matches("too-few-rows").count();
    let before = failures();
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(!said.err.contains("resuming"), "{}", said.err);
    assert_eq!((before, failures()), (1, 2), "{}", said.err);
}

/// An answer that cannot be printed is lost: no command may end well.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error() {
    let workshop = Workshop::new(&scored_on(40));
    workshop.runner("run grid.toml");
    for line in ["plan grid.toml", "data grid.toml", "run grid.toml", "schema", "doctor"] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = workshop.command(line);
        let output = command.stdout(full).stderr(std::process::Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{line}: {said}");
        assert!(said.contains("standard output cannot be written: "), "{line}: {said}");
    }
}

#[test]
fn a_run_folder_that_is_a_file_costs_its_journal_and_no_row() {
    let (workshop, whole) = (Workshop::new(&scored_on(40)), Workshop::new(&scored_on(40)));
    whole.runner("run grid.toml");
    workshop.write("results/grid/.run", "a file");
    assert_eq!(workshop.runner("plan grid.toml").status, 0);
    let said = workshop.runner("run grid.toml");
    assert!(said.status == 0 && said.err.contains(".run is in the way; set aside as "), "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
}
