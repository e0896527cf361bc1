//! Same key and environment: the same bytes.

use crate::workshop::{Files, GRID, Workshop, assert_same};

fn committed(options: &str) -> Files {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner(&format!("run grid.toml {options}"));
    assert_eq!(said.status, 0, "{}", said.err);
    workshop.committed("results/grid")
}

#[test]
fn threads_and_parallel_jobs_do_not_change_a_byte() {
    let one = committed("--threads 1");
    let expected = ["curves.csv", "experiment.toml", "lock.toml", "per_entity.csv", "results.csv", "summary.csv"];
    for name in expected {
        assert!(one.contains_key(name), "{name} is missing");
    }
    let tags = one.keys().filter(|name| name.starts_with("predictions/")).count();
    assert_eq!(tags, 5, "four predictions and the gold tags they share");
    for options in ["--threads 1", "--threads 2", "--threads 4", "--threads 2 --jobs 2", "--threads 4 --jobs 4"] {
        assert_same(&one, &committed(options));
    }
}

#[test]
fn a_job_gives_the_same_row_alone_and_among_others() {
    let (among, alone) = (Workshop::new(GRID), Workshop::new(GRID));
    among.runner("run grid.toml");
    assert_eq!(alone.runner("run grid.toml --only train_size=64,freeze=false").status, 0);
    let row = |workshop: &Workshop| {
        let table = workshop.read("results/grid/results.csv");
        table.lines().find(|line| line.contains("train_size=64,freeze=false")).unwrap().to_owned()
    };
    assert_eq!(row(&alone), row(&among));
}

#[test]
fn numbers_of_settings_are_as_short_as_they_can_be() {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner(
        "run grid.toml --name n --set train.epochs=0.50 --set train.learning_rate=5.0e-5 --only train_size=32,freeze=true",
    );
    assert_eq!(said.status, 0, "{}", said.err);
    let cell = |column| workshop.cell("results/n", "train_size=32,freeze=true", column).unwrap();
    assert_eq!([cell("epochs"), cell("learning_rate"), cell("batch_size")], ["0.5", "5e-5", "8"]);
}
