//! Searches with rungs that are interrupted, and resume to the same bytes.

use std::fs;
use std::time::Duration;

use super::{SEARCH, searched};
use crate::workshop::{Workshop, assert_same};

/// Kills a run after so many milliseconds; whether it was still going.
fn killed_after(workshop: &Workshop, milliseconds: u64) -> bool {
    let mut child = workshop.start("run grid.toml --jobs 2 --threads 2");
    std::thread::sleep(Duration::from_millis(milliseconds));
    let is_going = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    is_going
}

#[test]
fn a_search_killed_at_any_moment_resumes_to_the_same_bytes() {
    let (_, expected) = searched();
    let workshop = Workshop::new(SEARCH);
    let mut kills = 0;
    for milliseconds in [100, 200, 150, 300, 250, 400, 350, 500, 700, 1100] {
        kills += usize::from(killed_after(&workshop, milliseconds));
    }
    assert!(kills > 1, "killed too late to show anything");
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_same(&workshop.committed("results/grid"), expected);
    let left = fs::read_dir(workshop.path("results/grid/.run/checkpoints")).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn without_its_checkpoint_a_waiting_job_is_trained_again_to_the_same_bytes() {
    let (_, expected) = searched();
    let workshop = Workshop::new(SEARCH);
    // all but one job wait at the first rung
    for only in ["seed=1", "learning_rate=0.001", "learning_rate=0.004", "learning_rate=0.008"] {
        let said = workshop.runner(&format!("run grid.toml --only {only}"));
        assert_eq!(said.status, 0);
        assert!(said.err.contains(" at a rung for others; run without --only\n"), "{}", said.err);
    }
    let checkpoints = workshop.path("results/grid/.run/checkpoints");
    assert_eq!(fs::read_dir(&checkpoints).unwrap().count(), 7);
    assert!(!workshop.path("results/grid/results.csv").exists() || workshop.jobs("results/grid").is_empty());
    fs::remove_dir_all(&checkpoints).unwrap();
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_same(&workshop.committed("results/grid"), expected);
}
