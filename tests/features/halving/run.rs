//! Rungs from end to end: who is stopped, what their rows have, and that the others do not notice.

use std::collections::BTreeSet;

use super::{SEARCH, rows, searched, searched_to_the_end, to_the_end, whole, with_status};
use crate::workshop::{Workshop, assert_same};

#[test]
fn those_that_go_on_have_the_rows_of_a_search_without_rungs() {
    let (halved, files) = searched();
    let (full, all) = searched_to_the_end();
    let ended = with_status(&halved, "ok");
    assert_eq!((ended.len(), with_status(&halved, "stopped").len()), (2, 6), "{ended:?}");
    for label in &ended {
        let row = |workshop| rows(workshop, "results.csv").into_iter().find(|row| row["job"] == *label).unwrap();
        let (mut with, mut without) = (row(&halved), row(full));
        assert_eq!(with.remove("rung").as_deref(), Some(""));
        if without["selected"] == "false" {
            // a rate that rungs stopped is better at the end: the rows agree where both are scored
            for row in [&mut with, &mut without] {
                row.retain(|column, _| {
                    !column.starts_with("test_") && !["selected", "key", "words_unseen"].contains(&&**column)
                });
            }
        }
        assert_eq!(with, without);
        for table in ["curves.csv", "per_entity.csv"] {
            let of = |workshop| {
                rows(workshop, table)
                    .into_iter()
                    .filter(|row| row["job"] == *label && row.get("split").is_none_or(|split| split == "validation"))
                    .map(|mut row| {
                        row.remove("key");
                        row
                    })
                    .collect::<Vec<_>>()
            };
            assert_eq!(of(&halved), of(full), "{table}");
        }
        let predictions = format!("predictions/{label}.validation.tags");
        assert_eq!(files[&predictions], all[&predictions]);
    }
    let models = |workshop: &Workshop| workshop.files("results/grid/.run/models");
    let (with, without) = (models(&halved), models(full));
    assert_eq!(with.len(), 4, "two models, each with its description");
    with.iter().for_each(|(name, content)| assert!(without[name] == *content, "{name}"));
}

#[test]
fn a_stopped_job_has_the_scores_and_the_curve_of_its_rung_and_no_test_scores() {
    let (workshop, files) = searched();
    let at_rungs = rows(&workshop, "rungs.csv");
    for row in rows(&workshop, "results.csv").iter().filter(|row| row["status"] == "stopped") {
        let steps = if row["rung"] == "1" { "6" } else { "12" };
        assert_eq!((&*row["steps"], &*row["test_entity_f1"], &*row["test_size"]), (steps, "", "0"));
        let known = at_rungs.iter().find(|known| known["key"] == row["key"]).unwrap();
        assert_eq!((&known["rung"], &*known["goes_on"]), (&row["rung"], "false"));
        assert_eq!(known["entity_f1"], row["validation_entity_f1"]);
        let mut curve = rows(&workshop, "curves.csv").into_iter().filter(|point| point["job"] == row["job"]);
        assert_eq!(curve.next_back().unwrap()["step"], steps);
        assert!(files.contains_key(&format!("predictions/{}.validation.tags", row["job"])));
    }
    // 8 jobs at the first rung, 4 at the second; each job that went on has a row for either
    let count =
        |rung: &str, on: &str| at_rungs.iter().filter(|row| row["rung"] == rung && row["goes_on"] == on).count();
    assert_eq!([count("1", "true"), count("1", "false"), count("2", "true"), count("2", "false")], [4, 4, 2, 2]);
    let summary: BTreeSet<String> =
        rows(&workshop, "summary.csv").iter().map(|row| row["learning_rate"].clone()).collect();
    assert_eq!(summary.len(), 1, "means are of jobs that ran to their ends: {summary:?}");
    let files = workshop.files("results/grid/.run");
    assert!(files.keys().all(|name| !name.starts_with("checkpoints/")), "no checkpoint of a stopped job is left");
}

#[test]
fn the_order_in_which_jobs_end_changes_no_byte() {
    let (_, expected) = searched();
    for line in ["run grid.toml --jobs 4 --threads 4", "run grid.toml --jobs 2 --threads 2"] {
        let workshop = Workshop::new(SEARCH);
        assert_eq!(workshop.runner(line).status, 0);
        assert_same(&workshop.committed("results/grid"), expected);
    }
    // seed by seed, the last rate first
    let workshop = Workshop::new(SEARCH);
    for only in ["seed=2,learning_rate=0.008", "seed=2", "learning_rate=0.002"] {
        assert_eq!(workshop.runner(&format!("run grid.toml --only {only}")).status, 0);
    }
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_same(&workshop.committed("results/grid"), expected);
}

#[test]
fn what_is_stopped_is_done_here_and_on_a_clone() {
    let (workshop, files) = searched();
    for here in [&workshop, &workshop.cloned()] {
        let said = here.runner("run grid.toml");
        assert!(
            said.err.starts_with("grid: all 8 jobs are already done (`--force` runs them again)\n"),
            "{}",
            said.err
        );
        assert_same(&here.committed("results/grid"), files);
    }
}

#[test]
fn without_rungs_stopped_jobs_are_due_and_what_ended_is_not_trained_again() {
    let (_, expected) = searched_to_the_end();
    for clone in [false, true] {
        let (workshop, _) = searched();
        let workshop = if clone { workshop.cloned() } else { workshop };
        workshop.write("grid.toml", to_the_end());
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(said.err.starts_with("grid: 6 jobs on the CPU"), "{}", said.err);
        assert_same(&workshop.committed("results/grid"), expected);
    }
}

#[test]
fn other_numbers_decide_as_if_they_had_been_there_first() {
    let other = SEARCH.replace("reduction_factor = 2", "reduction_factor = 4");
    let (_, expected) = whole(&other);
    // on a clone rungs.csv has less of a job that went on than its row is to have
    for clone in [false, true] {
        let (workshop, _) = searched();
        let workshop = if clone { workshop.cloned() } else { workshop };
        workshop.write("grid.toml", &other);
        assert_eq!(workshop.runner("run grid.toml").status, 0);
        assert_same(&workshop.committed("results/grid"), &expected);
    }
}

#[test]
fn a_failed_job_stops_its_rate_and_is_not_called_stopped() {
    let text = SEARCH.replace("[1e-3, 4e-3, 8e-3, 2e-3]", "[1e30, 4e-3, 8e-3, 2e-3]");
    let workshop = Workshop::new(&text);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    assert_eq!(with_status(&workshop, "failed"), ["learning_rate=1e30,seed=1", "learning_rate=1e30,seed=2"]);
    assert_eq!((with_status(&workshop, "stopped").len(), with_status(&workshop, "ok").len()), (4, 2));
    let failed = rows(&workshop, "results.csv").into_iter().find(|row| row["status"] == "failed").unwrap();
    assert_eq!((&*failed["rung"], &*failed["steps"]), ("", ""));
}

#[test]
fn everything_again_gives_the_same_bytes() {
    let (workshop, expected) = searched();
    let said = workshop.runner("run grid.toml --force");
    assert_eq!(said.status, 0, "{}", said.err);
    // 8 at the first rung, 4 at the second, 2 to the end
    assert_eq!(said.err.matches(", predicted ").count(), 14, "{}", said.err);
    assert_same(&workshop.committed("results/grid"), expected);
}

#[test]
fn early_stopping_and_the_best_weights_are_those_of_a_search_without_rungs() {
    let of =
        |text: &str| text.replace("log_every = 5", "log_every = 5\nevaluate_every = 4\nkeep = \"best\"\npatience = 3");
    let (halved, _) = whole(&of(SEARCH));
    let (full, _) = whole(&of(&to_the_end()));
    for label in with_status(&halved, "ok") {
        for column in ["steps", "best_epoch", "train_loss", "validation_entity_f1", "validation_token_accuracy"] {
            let [with, without] = [&halved, &full].map(|workshop| workshop.cell("results/grid", &label, column));
            assert_eq!(with, without, "{label} {column}");
        }
    }
}

#[test]
fn parts_of_a_search_on_several_machines_merge_to_the_same_bytes() {
    let (workshop, expected) = searched();
    // one machine has the journal, the other only the tables
    let clone = workshop.cloned();
    for (name, content) in clone.files("results/grid") {
        workshop.write(&format!("elsewhere/grid/{name}"), content);
    }
    for line in ["merge results/grid elsewhere/grid --out merged", "merge elsewhere/grid results/grid --out again"] {
        let said = workshop.runner(line);
        assert_eq!(said.status, 0, "{line}: {}{}", said.out, said.err);
    }
    for merged in ["merged/grid/rungs.csv", "again/grid/rungs.csv"] {
        assert_eq!(workshop.read(merged).as_bytes(), expected["rungs.csv"], "{merged}");
    }
}
