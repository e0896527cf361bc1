//! `run --shard I/N` on machines that do not talk to each other, and `runner merge` of what they made.

mod merge;
mod refused;
mod run;

use crate::workshop::{GRID, Workshop};

/// `GRID` with two training seeds: eight trainings.
pub(super) fn seeds() -> String {
    format!("{GRID}train.seed = [1, 2]\n")
}

/// Winners by their validation scores, which are then scored on the test set.
pub(super) fn select() -> String {
    let grid = GRID.replace("test_size = 40", "test_size = 40\nvalidation_size = 40");
    format!("{grid}train.seed = [1, 2]\n\n[select]\nover = [\"model.freeze\"]\n")
}

/// Each model on two evaluation sets.
pub(super) fn evaluation_sets() -> String {
    format!(
        "{GRID}\n[[evaluate]]\nsplit = \"test\"\nsize = 30\nname = \"test\"\n\n[[evaluate]]\nsplit = \"validation\"\nsize = 20\n"
    )
}

/// One job of four cannot run: it has fewer rows than it asks for.
pub(super) fn one_fails() -> String {
    GRID.replace("[32, 64]", "[32, 999999]").replace("model.freeze = [false, true]", "train.seed = [1, 2]")
}

/// A workshop in which `count` shards ran, each into its own folder: `s1/grid`, `s2/grid`.
pub(super) fn sharded(grid: &str, count: usize) -> Workshop {
    let workshop = Workshop::new(grid);
    for shard in 1..=count {
        let said = workshop.runner(&format!("run grid.toml --shard {shard}/{count} --out s{shard}"));
        assert!(said.status < 2, "{}", said.err);
    }
    workshop
}

/// The folders of so many shards.
pub(super) fn folders(count: usize) -> String {
    (1..=count).map(|shard| format!("s{shard}/grid")).collect::<Vec<_>>().join(" ")
}

/// Without what is not committed, as an artifact of a CI is uploaded.
pub(super) fn drop_run_folders(workshop: &Workshop, count: usize) {
    for shard in 1..=count {
        std::fs::remove_dir_all(workshop.path(&format!("s{shard}/grid/.run"))).unwrap();
    }
}
