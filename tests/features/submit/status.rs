//! What `status` shows and `cancel` does.

use std::fs;

use super::Site;

/// A worker's beacon, of this submission.
fn beacon(site: &Site, name: &str, task: &str, running: &str) {
    let id = site.id();
    let text = format!(
        r#"{{"identity": {{"worker": "{name}", "host": "n1", "pid": 7, "boot": "b", "namespace": "n", "started": 1,
            "slurm": "{task}", "restarts": 0}}, "environment": "cuda-a100", "definition": {{}}, "submission": "{id}",
            "running": [{running}], "entered": 0, "steps": 9, "ended": null, "beat": 3}}"#
    );
    site.0.write(&format!("results/grid/.run/workers/{name}.json"), text);
}

#[test]
fn what_runs_waits_and_was_lost_is_shown_with_one_question_to_slurm() {
    let site = Site::new();
    assert_eq!(site.runner("submit grid.toml --workers 3").status, 0);
    let running =
        r#"{"training": "0123456789ab", "label": "train_size=32,freeze=false", "step": 9, "of": 12, "seconds": 90}"#;
    beacon(&site, "a", "812_0", running);
    let jobs = fs::read_to_string(site.submission().join("jobs.csv")).unwrap();
    let training = jobs.lines().nth(2).unwrap().rsplit(',').next().unwrap();
    beacon(&site, "b", "812_2", &running.replace("0123456789ab", training));
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let lost = fs::File::options().write(true).open(site.0.path("results/grid/.run/workers/b.json")).unwrap();
    lost.set_modified(old).unwrap();
    let id = site.id();
    site.fake(
        "squeue",
        &format!("echo '812_0|runner-{id}|RUNNING|n1|None'; echo '812_1|runner-{id}|PENDING||Priority'"),
    );
    fs::remove_file(site.0.path("calls")).unwrap();
    let before = site.0.times("results/grid");
    let said = site.runner("status results/grid");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(site.plain(&said.out), @r"
    grid: 0 of 4 jobs done, 4 left, 1 running; about 8 min left
      train_size=32,freeze=false: step 9 of 12 on n1 (cuda-a100), 2 min
    1 worker in the queue (Priority)
    lost: a worker on n1 (task 812_2); another takes over what it ran
    `runner cancel results/grid` stops it; `runner status results/grid --watch` follows it
    ");
    assert_eq!(site.calls().len(), 1, "{:?}", site.calls());
    assert_eq!(site.0.times("results/grid"), before, "nothing is written");
    site.fake("squeue", "echo 'squeue: error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
    let said = site.runner("status results/grid");
    assert!(
        said.status == 0 && said.out.contains("nothing is known of the queue: squeue: Unable to contact"),
        "{}",
        said.out
    );
}

#[test]
fn a_folder_that_was_never_submitted_says_so() {
    let site = Site::new();
    for command in ["status", "cancel"] {
        let said = site.runner(&format!("{command} results/grid"));
        assert_eq!(said.status, 2);
        assert!(said.err.contains("results/grid was never submitted; `runner submit FILE`"), "{}", said.err);
    }
}

#[test]
fn to_cancel_tells_the_workers_before_slurm() {
    let site = Site::new();
    assert_eq!(site.runner("submit grid.toml --workers 2").status, 0);
    let id = site.id();
    site.fake(
        "squeue",
        &format!("echo '812_0|runner-{id}|RUNNING|n1|None'; echo '812_1|runner-{id}|PENDING||Priority'"),
    );
    site.fake("scancel", "ls results/grid/.run/submit/*/stop >>calls || exit 1");
    fs::remove_file(site.0.path("calls")).unwrap();
    let said = site.runner("cancel results/grid");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(site.plain(&said.err), @r"
    canceled submission ID1: 2 workers waited or ran; each stops after its step and keeps it
    resume: `runner submit` with the same file, or `runner run` on this machine
    ");
    insta::assert_snapshot!(site.calls().join("\n"), @r"
    squeue --noheader --array --all --format=%i|%j|%T|%N|%r --name runner-ID1
    scancel --name runner-ID1
    results/grid/.run/submit/ID1/stop
    ");
    site.fake("squeue", "");
    let said = site.runner("cancel results/grid");
    assert_eq!(said.status, 0);
    assert!(said.err.contains("results/grid: nothing was running or waiting"), "{}", said.err);
    // a run has the folder alone again
    let said = site.0.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = site.runner("status results/grid");
    assert!(said.out.contains("grid: 4 of 4 jobs done\nall is done;"), "{}", said.out);
}

#[test]
fn where_slurm_does_not_answer_workers_are_told_all_the_same_and_a_second_cancel_tries_again() {
    let site = Site::new();
    assert_eq!(site.runner("submit grid.toml").status, 0);
    for name in ["squeue", "scancel"] {
        site.fake(
            name,
            &format!("echo '{name}: error: Unable to contact slurm controller (connect failure)' >&2; exit 1"),
        );
    }
    let said = site.runner("cancel results/grid");
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(said.err.contains("its workers stop when they see that it is canceled"), "{}", said.err);
    assert!(site.submission().join("stop").exists());
    site.fake("squeue", &format!("echo '812_0|runner-{}|RUNNING|n1|None'", site.id()));
    site.fake("scancel", "");
    fs::remove_file(site.0.path("calls")).unwrap();
    assert_eq!(site.runner("cancel results/grid").status, 0);
    assert!(site.calls().iter().any(|call| call == "scancel --name runner-ID1"), "{:?}", site.calls());
}
