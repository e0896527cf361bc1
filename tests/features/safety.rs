//! Damage done from outside to the program that users run: changes of its folder that fail one by one, disks that are too
//! small, file systems without locks, kills. The scripts under `tests/safety` do it, here with few repetitions; by hand
//! they do all of them.
#![cfg(target_os = "linux")]
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GRID: &str = r#"
[data]
dataset = "builtin:es"
train_size = 20
test_size = 10

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 1
"#;

fn safety(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/safety").join(name)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A script's status and its words.
fn script(name: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new("python3");
    command.arg(safety(name)).args(["--binary", env!("CARGO_BIN_EXE_runner")]).args(arguments);
    let output = command.env("PYTHONDONTWRITEBYTECODE", "1").output().expect("python3 is there");
    let said = said(&output);
    println!("{said}");
    (output.status.code(), said)
}

/// `runner` over `grid.toml` in a folder.
fn runner(folder: &Path, line: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.current_dir(folder).args(line.split(' ')).envs(variables.iter().copied());
    let output = command.output().expect("it starts");
    (output.status.code(), said(&output).replace(&folder.display().to_string(), "FOLDER"))
}

#[test]
fn a_change_of_the_folder_that_fails_loses_nothing() {
    let (status, said) = script("faults.py", &["--sample", "40", "--seed", "11"]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn kills_at_random_moments_lose_nothing() {
    let (status, said) = script("kill.py", &["--times", "6", "--signals", "KILL,TERM", "--seed", "11"]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn workers_on_a_folder_as_on_a_network_lose_nothing_and_leave_the_tables_of_one_run() {
    let few =
        ["--workers", "6", "--jobs", "24", "--kills", "6", "--pause", "0.5", "--listings", "20", "--limit", "400"];
    let (status, said) = script("workers.py", &few);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
#[ignore = "needs leave to mount a file system: root, or user namespaces"]
fn a_full_disk_loses_nothing() {
    let (status, said) = script("full_disk.py", &["--steps", "12"]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn a_file_system_without_locks_is_named_and_jobs_are_claimed_instead() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("faults.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(safety("faults.c")).arg("-ldl");
    assert!(compiler.status().expect("cc is there").success());
    fs::write(folder.path().join("grid.toml"), GRID).unwrap();
    assert_eq!(runner(folder.path(), "run grid.toml", &[]).0, Some(0));
    // ENOSYS, ENOLCK, EOPNOTSUPP, in this order
    for (number, reason) in [
        ("38", "Function not implemented (os error 38)"),
        ("37", "No locks available (os error 37)"),
        ("95", "Operation not supported (os error 95)"),
    ] {
        let variables = [("LD_PRELOAD", library.to_str().unwrap()), ("FAULTS_FLOCK", number)];
        let (status, said) = runner(folder.path(), &format!("run grid.toml --out {number}"), &variables);
        assert_eq!(status, Some(0), "{said}");
        let expected = format!("{number}/grid has no file locks ({reason}); claiming each job instead, as workers");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&expected), "{said}");
        let table = |out: &str| fs::read_to_string(folder.path().join(out).join("grid/results.csv")).unwrap();
        assert_eq!(table(number), table("results"));
        let (status, said) = runner(folder.path(), "rescore results/grid", &variables);
        assert_eq!(status, Some(3), "{said}");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&format!("results/grid has no file locks ({reason}), so two")), "{said}");
        for line in ["plan grid.toml", "data grid.toml"] {
            let (status, said) = runner(folder.path(), line, &variables);
            assert_eq!(status, Some(0), "{line}: {said}");
        }
    }
}
