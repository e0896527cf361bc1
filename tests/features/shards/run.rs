//! Which trainings a shard runs, and what it says of them.

use insta::assert_snapshot;

use super::*;

/// The trainings that a shard's log folders name, one for each job that was trained.
fn trained(workshop: &Workshop, folder: &str) -> Vec<String> {
    let files = workshop.files(folder);
    let timings = String::from_utf8(files[".run/timings.csv"].clone()).unwrap();
    let mut reader = csv::Reader::from_reader(timings.as_bytes());
    reader.records().map(|row| row.unwrap()[0].to_owned()).collect()
}

#[test]
fn shards_run_each_training_once_and_the_same_ones_every_time() {
    let workshop = sharded(&seeds(), 3);
    let mut all: Vec<String> = (1..=3).flat_map(|shard| trained(&workshop, &format!("s{shard}/grid"))).collect();
    all.sort();
    assert_eq!(all.len(), 8, "{all:?}");
    all.dedup();
    assert_eq!(all.len(), 8);
    for shard in 1..=3 {
        let said = workshop.runner(&format!("run grid.toml --shard {shard}/3 --out s{shard}"));
        assert_eq!(said.status, 0);
        assert!(said.err.contains("already done"), "{}", said.err);
        // what another shard did does not change which trainings are this one's
        let said = workshop.runner(&format!("run grid.toml --shard {shard}/3 --out s1"));
        assert_eq!(said.status, 0);
    }
    assert_eq!(workshop.jobs("s1/grid").len(), 8, "three shards in one folder, one after the other, are all");
}

#[test]
fn a_shard_says_how_many_trainings_it_has() {
    let workshop = Workshop::new(&seeds());
    let said = workshop.runner("run grid.toml --shard 2/3 --jobs 1 --threads 1 -q");
    assert_eq!(said.status, 0);
    assert_snapshot!(said.err.lines().next().unwrap(), @"grid: shard 2/3 has 3 of 8 trainings, 3 jobs");
    let said = workshop.runner("run grid.toml --only freeze=true --shard 4/4 --out only -q");
    assert_snapshot!(said.err.lines().next().unwrap(), @"grid: shard 4/4 has 1 of 4 trainings, 1 job");
}

#[test]
fn jobs_that_share_a_training_are_in_one_shard() {
    let grid = GRID.split("[matrix]").next().unwrap().replace("test_size = 40", "train_size = 32");
    let grid =
        format!("{grid}\n[matrix]\ndata.test_size = [40, 60]\ndata.validation_size = [0, 50]\ntrain.seed = [1, 2]\n");
    let workshop = sharded(&grid, 2);
    for shard in 1..=2 {
        assert_eq!(workshop.jobs(&format!("s{shard}/grid")).len(), 4);
        assert_eq!(trained(&workshop, &format!("s{shard}/grid")).len(), 1);
    }
}

#[test]
fn a_shard_without_a_training_writes_a_folder_that_can_be_merged() {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner("run grid.toml --shard 5/5");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_snapshot!(said.err, @r"
    grid: shard 5/5 has 0 of 4 trainings, 0 jobs
    grid: no job to run
    ");
    let files: Vec<String> = workshop.committed("results/grid").into_keys().collect();
    assert_eq!(files, ["curves.csv", "experiment.toml", "lock.toml", "per_entity.csv", "results.csv", "summary.csv"]);
}

#[test]
fn a_shard_does_not_know_who_is_selected_and_says_what_to_do() {
    let workshop = Workshop::new(&select());
    let said = workshop.runner("run grid.toml --shard 1/4 -q");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_snapshot!(said.err.lines().last().unwrap(), @"no shard knows which jobs are selected: merge the shards with `runner merge`, then run again without --shard; that scores the selected jobs on the test set");
    for job in workshop.jobs("results/grid") {
        assert_eq!(workshop.cell("results/grid", &job, "selected").as_deref(), Some(""), "{job}");
    }
}

#[test]
fn a_value_that_is_no_shard_is_refused_with_the_form() {
    let workshop = Workshop::new(GRID);
    for value in ["0/4", "5/4", "a/b", "2"] {
        let said = workshop.runner(&format!("run grid.toml --shard {value}"));
        assert_eq!((said.status, workshop.path("results").exists()), (2, false), "{value}");
        assert!(
            said.err.contains(&format!("`{value}` is not a shard; write I/N for the I-th of N shards")),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_shard_whose_jobs_all_fail_has_their_rows() {
    let workshop = sharded(&one_fails(), 4);
    let rows: Vec<String> = (1..=4).flat_map(|shard| workshop.jobs(&format!("s{shard}/grid"))).collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
}

#[test]
fn jobs_on_models_of_other_jobs_are_sharded_too() {
    let workshop = crate::job_checkpoints::trained(
        "train_size=64,freeze=true",
        "\n[train]\nmax_steps = 3\n\n[matrix]\ntrain.seed = [1, 2, 3]\n",
    );
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let whole = workshop.committed("results/child");
    for shard in 1..=2 {
        let said = workshop.runner(&format!("run child.toml --shard {shard}/2 --out s{shard}"));
        assert_eq!(said.status, 0, "{}", said.err);
    }
    let said = workshop.runner("merge s1/child s2/child --out merged");
    assert_eq!(said.status, 0, "{}", said.err);
    crate::workshop::assert_same(&workshop.committed("merged/child"), &whole);
}
