//! What commands say of a search with rungs.

use insta::assert_snapshot;

use super::{SEARCH, searched, searched_to_the_end, with_status};
use crate::workshop::Workshop;

#[test]
fn a_run_says_how_many_go_on_and_the_table_who_was_stopped() {
    let workshop = Workshop::new(SEARCH);
    let said = workshop.runner_with("run grid.toml --jobs 1 --threads 1", &[("COLUMNS", "100")]);
    let rungs: Vec<&str> = said.err.lines().filter(|line| line.starts_with("rung ")).collect();
    assert_eq!(rungs, ["rung 1: 4 of 8 jobs go on", "rung 2: 2 of 4 jobs go on"], "{}", said.err);
    assert!(!said.err.contains("resuming"), "{}", said.err);
    assert_snapshot!(said.out, @r"
    grid, test split
                                                          token_f1      gold_token
    learning_rate  selected  seeds       entity_f1          _micro       _f1_micro  train_loss
    ──────────────────────────────────────────────────────────────────────────────────────────
    0.001          no            2  stopped at rung 2 (12 steps)
    0.004          yes           2  0.2070 ±0.7804  0.3300 ±0.4647  0.2500 ±0.6581      1.1135
    0.008          no            2  stopped at rung 1 (6 steps)
    0.002          no            2  stopped at rung 1 (6 steps)

    ±: 95 % interval of the mean over seeds
    also in results.csv: entity_f1_iob2, steps, gold_token_f1_macro, entity_precision, entity_recall,
      token_f1_macro, token_accuracy

    grid, validation split
                                                          token_f1      gold_token
    learning_rate  selected  seeds       entity_f1          _micro       _f1_micro  train_loss
    ──────────────────────────────────────────────────────────────────────────────────────────
    0.001          no            2  stopped at rung 2 (12 steps)
    0.004          yes           2  0.0948 ±0.8228  0.2868 ±0.6210  0.2256 ±0.7148      1.1135
    0.008          no            2  stopped at rung 1 (6 steps)
    0.002          no            2  stopped at rung 1 (6 steps)

    ±: 95 % interval of the mean over seeds
    also in results.csv: entity_f1_iob2, steps, gold_token_f1_macro, entity_precision, entity_recall,
      token_f1_macro, token_accuracy

    Report entity_f1; docs/scores.md explains each score.
    selected by validation_entity_f1: learning_rate=0.004 (mean over seeds); the other jobs are not
      scored on the test set.
    chosen among 4, 3 of them stopped early: best validation score 0.0948, too high for that; jobs that
      were stopped do not tell by how much
    quote its test score; for a paper, train it again with fresh seeds
    Environment: cpu, fp32.
    ");
}

#[test]
fn a_plan_says_what_may_run_and_how_jobs_stand() {
    let workshop = Workshop::new(SEARCH);
    assert_snapshot!(workshop.runner_with("plan grid.toml", &[("COLUMNS", "100")]).out, @r"
    #  job                         state  steps      disk  time before
    ──────────────────────────────────────────────────────────────────
    1  learning_rate=0.001,seed=1  new       24  688.2 kB            –
    2  learning_rate=0.001,seed=2  new       24  688.2 kB            –
    3  learning_rate=0.004,seed=1  new       24  688.2 kB            –
    4  learning_rate=0.004,seed=2  new       24  688.2 kB            –
    5  learning_rate=0.008,seed=1  new       24  688.2 kB            –
    6  learning_rate=0.008,seed=2  new       24  688.2 kB            –
    7  learning_rate=0.002,seed=1  new       24  688.2 kB            –
    8  learning_rate=0.002,seed=2  new       24  688.2 kB            –
    Steps: at most 192, and 96 as rungs stop jobs, the first after 6 steps.
    ");
    workshop.runner("run grid.toml --only seed=1,learning_rate=0.001");
    let states = |line: &str| {
        let said = workshop.runner_with(line, &[("COLUMNS", "100")]).out;
        let jobs = said.lines().filter(|line| line.contains("learning_rate="));
        // behind number and label, before the steps of the job
        let state =
            |line: &str| line.split_whitespace().skip(2).take_while(|word| *word != "24").collect::<Vec<_>>().join(" ");
        jobs.map(state).collect::<Vec<_>>()
    };
    assert_eq!(states("plan grid.toml --only learning_rate=0.001"), ["waiting at rung 1 (step 6)", "new"]);
    workshop.runner("run grid.toml");
    let [first, second] = ["stopped at rung 1 (6 steps)", "stopped at rung 2 (12 steps)"];
    let ended = "done (cpu)";
    assert_eq!(states("plan grid.toml"), [second, second, ended, ended, first, first, first, first]);
}

#[test]
fn results_are_shown_verified_compared_and_reported() {
    let (workshop, _) = searched();
    let shown = workshop.runner("show results/grid --value validation_entity_f1").out;
    assert_eq!(shown.matches("stopped at rung 1 (6 steps)").count(), 2, "{shown}");
    assert!(!shown.contains("nothing is bold"), "a stopped job is beside none that ended: {shown}");
    let verified = workshop.runner("verify results/grid");
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let clone = workshop.cloned();
    let verified = clone.runner("verify results/grid");
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let again = workshop.runner("verify results/grid --rerun 2");
    assert_eq!(again.status, 0, "{}{}", again.out, again.err);
    let same = workshop.runner("diff results/grid results/grid");
    assert_eq!(same.status, 0, "{}{}", same.out, same.err);
    for line in ["report results/grid --output page.html", "curves --tensorboard board results/grid"] {
        let said = workshop.runner(line);
        assert_eq!(said.status, 0, "{line}: {}{}", said.out, said.err);
    }
    let stopped = with_status(&workshop, "stopped").remove(0);
    workshop.write("text.txt", "Ana vive en Lima .\n");
    let said = workshop.runner_with(&format!("predict results/grid:{stopped} text.txt"), &[("COLUMNS", "100")]);
    assert_eq!(said.status, 2, "{}", said.err);
    assert_snapshot!(said.err, @r"
    error: results/grid:learning_rate=0.001,seed=1 was stopped at rung 2 (12 steps) and has no model;
      name a job that ran to its end, or remove `first_rung` and run it
    ");
    assert_eq!(workshop.runner(&format!("errors results/grid:{stopped} --split validation")).status, 0);
}

#[test]
fn a_stopped_job_is_not_compared_with_one_that_ran_to_its_end() {
    let (workshop, _) = searched();
    for (name, content) in searched_to_the_end().0.files("results/grid") {
        workshop.write(&format!("results/full/{name}"), content);
    }
    let said = workshop.runner("diff results/grid results/full --value validation_entity_f1");
    assert!(said.out.contains("were stopped at a rung, before their end"), "{}{}", said.out, said.err);
}

#[test]
fn an_edited_score_at_a_rung_is_found() {
    let (workshop, _) = searched();
    let path = "results/grid/rungs.csv";
    let text = workshop.read(path);
    let lines: Vec<&str> = text.lines().collect();
    let flipped = match lines[1].contains(",true,") {
        true => lines[1].replace(",true,", ",false,"),
        false => lines[1].replace(",false,", ",true,"),
    };
    workshop.write(path, text.replace(lines[1], &flipped));
    let said = workshop.runner("verify results/grid");
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(said.out.contains("rungs.csv") && said.out.contains("goes_on"), "{}", said.out);
    // a run writes it anew
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_eq!(workshop.read(path), text);
}
