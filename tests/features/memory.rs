//! Memory: what a job needs is compared with what there is before it is taken; too little is a row, not an abort.

use std::process::Command;

use crate::workshop::{GRID, Said, Workshop};

/// `runner LINE` with an address space of so many kB.
fn limited(workshop: &Workshop, kilobytes: u64, line: &str) -> Said {
    let binary = assert_cmd::cargo::cargo_bin!("runner");
    let script = format!("ulimit -v {kilobytes}; exec {} {line}", binary.display());
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(workshop.path("")).env("HF_HOME", workshop.path("cache"));
    let output = command.output().unwrap();
    Said {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn a_job_beyond_the_memory_that_there_is_is_a_row_that_names_the_settings() {
    let grid = GRID
        .replace("[model]", "train_size = 3000\n[model]")
        .replace("data.train_size = [32, 64]\nmodel.freeze = [false, true]", "train.batch_size = [8, 3000]");
    let workshop = Workshop::new(&grid);
    let said = limited(&workshop, 500_000, "run grid.toml --threads 1");
    assert_eq!(said.status, 1, "{}", said.err);
    assert_eq!(workshop.cell("results/grid", "batch_size=8", "status").as_deref(), Some("ok"), "{}", said.err);
    let error = workshop.cell("results/grid", "batch_size=3000", "error").unwrap();
    assert!(
        error.starts_with("memory: out of memory: the job needs ")
            && error.ends_with(
                " GB, but less was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs"
            ),
        "{error}"
    );
}

#[test]
fn a_small_address_space_does_not_abort_the_program() {
    let workshop = Workshop::new(GRID);
    for kilobytes in [600_000, 450_000] {
        let said = limited(&workshop, kilobytes, "run grid.toml --force");
        assert_eq!(said.status, 0, "{kilobytes} kB: {}", said.err);
    }
}

/// Whatever the address space, the program ends as it says: well, with a row that tells, or before it starts.
#[test]
fn no_address_space_is_so_small_that_the_program_aborts() {
    let workshop = Workshop::new(&GRID.replace("max_steps = 12", "max_steps = 2"));
    let unlimited = workshop.runner("run grid.toml --name whole");
    assert_eq!(unlimited.status, 0, "{}", unlimited.err);
    let mut seen = std::collections::BTreeSet::new();
    for kilobytes in (60_000..=480_000).step_by(20_000) {
        let said = limited(&workshop, kilobytes, "run grid.toml --force");
        assert!([0, 1, 3].contains(&said.status), "{kilobytes} kB: {} {}", said.status, said.err);
        match said.status {
            1 => assert!(
                said.err.contains("memory: out of memory: the job needs ")
                    || said.out.contains("memory: out of memory: the job needs "),
                "{}",
                said.err
            ),
            3 => {
                assert!(said.err.contains("error: the limit of this process (ulimit -v or -d) leaves "), "{}", said.err)
            }
            _ => {}
        }
        seen.insert(said.status);
    }
    assert!(seen.contains(&0) && seen.contains(&3), "{seen:?}");
}
