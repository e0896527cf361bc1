//! Folders that do not go together: which, in what, and that nothing is written.

use std::fs::File;

use insta::assert_snapshot;

use super::*;

/// Without the journal, so that an edited table is what there is.
fn edit(workshop: &Workshop, file: &str, from: &str, to: &str) {
    let text = workshop.read(file);
    assert!(text.contains(from), "{file} has no {from}");
    workshop.write(file, text.replacen(from, to, 1));
}

#[test]
fn results_of_one_environment_that_differ_are_named_with_both_folders() {
    let workshop = sharded(GRID, 2);
    assert_eq!(workshop.runner("run grid.toml --out all").status, 0);
    drop_run_folders(&workshop, 2);
    let job = workshop.jobs("s1/grid")[0].clone();
    let loss = workshop.cell("s1/grid", &job, "train_loss").unwrap();
    edit(&workshop, "s1/grid/results.csv", &loss, "9.000000");
    let before = workshop.times("all/grid");
    for line in ["merge s1/grid s2/grid all/grid --out merged", "merge all/grid s1/grid --out all"] {
        let said = workshop.runner(line);
        assert_eq!(said.status, 1, "{}", said.err);
        assert!(
            said.err.contains("1 result of one environment differs between folders; nothing was written"),
            "{}",
            said.err
        );
        let found = said.out.lines().collect::<Vec<_>>().join(" ");
        let found = found.replace("    ", "").replace(&loss, "LOSS").replace(&job, "JOB");
        if line.starts_with("merge s1") {
            assert_snapshot!(found, @"results.csv, JOB, train_loss: 9.000000 in s1/grid, LOSS in all/grid");
        }
    }
    assert!(!workshop.path("merged").exists());
    assert_eq!(workshop.times("all/grid"), before);
}

#[test]
fn predictions_that_differ_though_their_scores_do_not_are_named() {
    let workshop = sharded(GRID, 2);
    assert_eq!(workshop.runner("run grid.toml --out all").status, 0);
    let job = workshop.jobs("s1/grid")[0].clone();
    let name = format!("s1/grid/predictions/{job}.tags");
    let text = workshop.read(&name);
    workshop.write(&name, format!("O {}", &text[1..]));
    let said = workshop.runner("merge s1/grid s2/grid all/grid --out merged");
    assert_eq!((said.status, workshop.path("merged").exists()), (1, false), "{}", said.err);
    assert!(said.out.starts_with(&format!("predictions/, {job}.tags, line 1: ")), "{}", said.out);
}

#[test]
fn another_experiment_is_refused_with_the_key_that_differs() {
    let workshop = sharded(GRID, 1);
    let others = [
        ("learning_rate = 2e-3", "learning_rate = 1e-3"),
        ("data.train_size = [32, 64]", "data.train_size = [32, 60]"),
        ("log_every = 5", "log_every = 6"),
        ("[matrix]", "[[matrix.exclude]]\ndata.train_size = 32\nmodel.freeze = true\n\n[matrix]"),
        (
            "model.freeze = [false, true]",
            "model.freeze = [false, true]\n\n[[evaluate]]\nsplit = \"test\"\nsize = 5\nname = \"few\"",
        ),
    ];
    let mut texts = Vec::new();
    for (at, (from, to)) in others.iter().enumerate() {
        workshop.write("other.toml", GRID.replace(from, to));
        assert_eq!(workshop.runner(&format!("run other.toml --out o{at} --only freeze=true")).status, 0);
        let said = workshop.runner(&format!("merge s1/grid o{at}/other --out merged"));
        assert_eq!((said.status, workshop.path("merged").exists()), (2, false), "{}", said.err);
        texts.push(said.err.replace(&format!("o{at}/other"), "OTHER"));
    }
    assert_snapshot!(texts.concat(), @r"
    error: s1/grid and OTHER are results of different experiments: train.learning_rate is 0.002 in the first and 0.001 in the second; merge folders of one experiment
    error: s1/grid and OTHER are results of different experiments: data.train_size is 32, 64 in the first and 32, 60 in the second; merge folders of one experiment
    error: s1/grid and OTHER are results of different experiments: train.log_every is 5 in the first and 6 in the second; merge folders of one experiment
    error: s1/grid and OTHER are results of different experiments: the matrix is 4 jobs, of which job 2 is train_size=32,freeze=true in the first and 3 jobs, of which job 2 is train_size=64,freeze=false in the second; merge folders of one experiment
    error: s1/grid and OTHER are results of different experiments: [[evaluate]] is missing in the first and few (split=test, size=5) in the second; merge folders of one experiment
    ");
}

#[test]
fn another_name_title_or_what_is_kept_is_the_same_experiment() {
    let workshop = sharded(GRID, 2);
    workshop.write("other.toml", format!("title = \"Again\"\n{GRID}\n[save]\nmodels = \"none\"\n"));
    assert_eq!(workshop.runner("run other.toml --shard 2/2 --out o").status, 0);
    let said = workshop.runner("merge s1/grid o/other");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.jobs("results/grid").len(), 4);
}

#[test]
fn what_is_no_results_folder_is_refused_with_those_that_are_in_it() {
    let workshop = sharded(GRID, 1);
    let texts = ["merge s1", "merge none", "merge grid.toml"].map(|line| {
        let said = workshop.runner(line);
        assert_eq!((said.status, workshop.path("results").exists()), (2, false), "{line}");
        said.err
    });
    assert_snapshot!(texts.concat(), @r"
    error: s1 is not a results folder: it has no experiment.toml; name s1/grid, which is in it
    error: none is not a results folder: it has no experiment.toml; name one such as shard-1/NAME
    error: grid.toml is not a results folder: it has no experiment.toml; name one such as shard-1/NAME
    ");
    assert_eq!(workshop.runner("merge").status, 2);
}

#[test]
fn other_pins_are_refused_with_the_input() {
    let workshop = sharded(GRID, 2);
    let lock = workshop.read("s2/grid/lock.toml");
    let hash = lock.split("sha256 = \"").nth(1).unwrap()[..64].to_owned();
    edit(&workshop, "s2/grid/lock.toml", &hash, &"0".repeat(64));
    let said = workshop.runner("merge s1/grid s2/grid");
    assert_eq!((said.status, workshop.path("results").exists()), (1, false), "{}", said.err);
    assert!(said.out.contains("data set builtin:es, ") && said.out.contains("000000000000 in s2/grid"), "{}", said.out);
    assert!(said.err.contains("1 input is not the same in all folders; nothing was written"), "{}", said.err);
}

#[test]
fn a_folder_in_use_is_not_written_to_but_may_be_read() {
    let workshop = sharded(GRID, 2);
    assert_eq!(workshop.runner("merge s1/grid").status, 0);
    let [target, source] = ["results", "s2"].map(|out| {
        let file = File::options().write(true).open(workshop.path(&format!("{out}/grid/.run/lock"))).unwrap();
        file.lock().unwrap();
        file
    });
    let said = workshop.runner("merge s1/grid s2/grid");
    assert_eq!(said.status, 3, "{}", said.err);
    assert_eq!(workshop.jobs("results/grid").len(), workshop.jobs("s1/grid").len());
    drop(target);
    assert_eq!(workshop.runner("merge s1/grid s2/grid").status, 0);
    drop(source);
    assert_eq!(workshop.jobs("results/grid").len(), 4);
}

#[test]
fn damage_is_named_and_nothing_is_written() {
    let workshop = sharded(GRID, 2);
    drop_run_folders(&workshop, 2);
    edit(&workshop, "s2/grid/results.csv", "job,key", "job,kex");
    let said = workshop.runner("merge s1/grid s2/grid");
    assert_eq!((said.status, workshop.path("results").exists()), (3, false), "{}", said.err);
    assert!(said.err.contains("s2/grid/results.csv:1: "), "{}", said.err);
    workshop.write("s2/grid/experiment.toml", "[data\n");
    let said = workshop.runner("merge s1/grid s2/grid");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.contains("s2/grid/experiment.toml:1"), "{}", said.err);
}
