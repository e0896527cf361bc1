//! Several workers in one results folder: `runner work` and `runner run`, without a scheduler.

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use crate::workshop::{GRID, Said, Workshop, assert_same};

/// A folder with a submission whose workers nobody started, and one with the results of a single run.
struct Shop {
    shop: Workshop,
    alone: Workshop,
}

impl Shop {
    fn new(grid: &str, options: &str) -> Self {
        let [shop, alone] = [(); 2].map(|()| Workshop::new(grid));
        assert_eq!(alone.runner("run grid.toml").status, 0);
        let said = shop.runner(&format!("submit grid.toml --script-only --threads 1 {options}"));
        assert_eq!(said.status, 0, "{}", said.err);
        Self { shop, alone }
    }

    /// The folder of the submission.
    fn submission(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.shop.path("results/grid/.run/submit")).unwrap();
        entries.find_map(|entry| Some(entry.unwrap().path()).filter(|path| path.is_dir())).unwrap()
    }

    fn work(&self) -> Said {
        self.shop.runner(&format!("work {}", self.submission().display()))
    }

    fn start(&self) -> Child {
        self.shop.start(&format!("work {}", self.submission().display()))
    }

    /// Waits until a worker has entered a step of some training.
    fn wait_for_claim(&self) {
        let claims = self.shop.path("results/grid/.run/claims");
        let is_training = |name: &str| !name.starts_with("tables");
        let names = || fs::read_dir(&claims).into_iter().flatten().flatten().map(|entry| entry.file_name());
        while !names().any(|name| is_training(name.to_str().unwrap())) {
            sleep(Duration::from_millis(5));
        }
    }

    fn assert_done(&self) {
        assert_same(&self.alone.committed("results/grid"), &self.shop.committed("results/grid"));
        assert!(self.submission().join("finished").exists());
        // a run that has the folder alone takes in what the workers entered, and trains nothing
        let said = self.shop.runner("run grid.toml");
        assert!(said.status == 0 && said.err.contains("all 4 jobs are already done"), "{}", said.err);
        assert_same(&self.alone.committed("results/grid"), &self.shop.committed("results/grid"));
        for left in ["claims", "workers"] {
            assert!(!self.shop.path("results/grid/.run").join(left).exists(), "{left}");
        }
    }
}

/// As GRID, with trainings that last long enough to be met.
fn long(steps: u64) -> String {
    let steps = format!("max_steps = {steps}");
    GRID.replace("max_steps = 12", &steps) + "\n[save]\ncheckpoint_minutes = 0.002\n"
}

#[test]
fn workers_share_the_trainings_and_leave_the_tables_of_one_run() {
    let shop = Shop::new(GRID, "--workers 3");
    let workers: Vec<Child> = (0..3).map(|_| shop.start()).collect();
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    shop.assert_done();
    // a task that starts when all is done
    let late = shop.work();
    assert!(late.status == 0 && late.err.ends_with("is finished; nothing to do\n"), "{}", late.err);
}

#[test]
fn a_run_of_the_same_file_takes_part_and_one_of_another_file_does_not() {
    let shop = Shop::new(&long(1200), "");
    let worker = shop.start();
    shop.wait_for_claim();
    let other = shop.shop.runner("run grid.toml --set train.seed=7 --name grid");
    assert_eq!(other.status, 3);
    assert!(other.err.contains("its experiment.toml differs from this experiment; wait for them"), "{}", other.err);
    let forced = shop.shop.runner("run grid.toml --force");
    assert!(forced.status == 3 && forced.err.contains("--update need it alone"), "{}", forced.err);
    for line in ["rescore results/grid", "clean results/grid --checkpoints"] {
        let said = shop.shop.runner(line);
        assert!(said.status != 0 && said.err.contains("is shared by submission"), "{line}: {}", said.err);
    }
    let said = shop.shop.runner("run grid.toml --threads 1");
    assert!(said.status == 0 && said.err.contains("; taking part as one more worker"), "{}", said.err);
    assert_eq!(worker.wait_with_output().unwrap().status.code(), Some(0));
    shop.assert_done();
}

#[cfg(unix)]
#[test]
fn what_a_killed_worker_had_is_taken_over_at_once_on_its_machine() {
    let shop = Shop::new(&long(400), "");
    let mut worker = shop.start();
    shop.wait_for_claim();
    worker.kill().unwrap();
    worker.wait().unwrap();
    let said = shop.work();
    assert_eq!(said.status, 0, "{}", said.err);
    shop.assert_done();
}

#[cfg(unix)]
#[test]
fn a_worker_that_is_asked_to_stop_gives_its_training_back_and_ends_with_75() {
    for signal in ["TERM", "USR1"] {
        let shop = Shop::new(&long(400), "");
        let worker = shop.start();
        shop.wait_for_claim();
        // the script forwards what Slurm sends to all: it comes twice
        for _ in 0..2 {
            let sent = std::process::Command::new("kill").args(["-s", signal, &worker.id().to_string()]).status();
            assert!(sent.unwrap().success());
        }
        let output = worker.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(75), "{said}");
        assert!(said.contains("left; another start of this task goes on"), "{said}");
        let claims = fs::read_dir(shop.shop.path("results/grid/.run/claims")).unwrap();
        for claim in claims {
            let text = fs::read_to_string(claim.unwrap().path()).unwrap();
            assert!(text.ends_with("released\n") || text.ends_with("done\n"), "{text}");
        }
        assert_eq!(shop.work().status, 0);
        shop.assert_done();
    }
}

#[test]
fn a_canceled_submission_stops_its_workers() {
    let shop = Shop::new(&long(5000).replace("[32, 64]", "[64]").replace("[false, true]", "[false]"), "");
    let worker = shop.start();
    shop.wait_for_claim();
    fs::write(shop.submission().join("stop"), "").unwrap();
    let output = worker.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    let late = shop.work();
    assert!(late.status == 0 && late.err.ends_with("is canceled; nothing to do\n"), "{}", late.err);
    // nobody shares the folder any more
    let run = shop.shop.runner("run grid.toml");
    assert_eq!(run.status, 0, "{}", run.err);
    assert_same(&shop.alone.committed("results/grid"), &shop.shop.committed("results/grid"));
}

#[test]
fn a_worker_in_another_environment_than_the_accepted_one_ends_at_once() {
    let shop = Shop::new(GRID, "--environment cuda-h100");
    let said = shop.work();
    assert_eq!(said.status, 3);
    assert!(said.err.contains("stand under cpu, and this submission takes cuda-h100 only"), "{}", said.err);
    assert!(!shop.shop.path("results/grid/.run/claims").exists());
}

#[test]
fn a_program_or_a_file_that_is_changed_later_changes_nothing_of_what_was_submitted() {
    let shop = Shop::new(GRID, "");
    shop.shop.write("grid.toml", GRID.replace("2e-3", "3e-3"));
    assert_eq!(shop.work().status, 0);
    shop.shop.write("grid.toml", GRID);
    shop.assert_done();
}

#[test]
fn a_wrong_submission_is_named() {
    let shop = Workshop::new(GRID);
    let said = shop.runner("work 20261128-1");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: no submission 20261128-1 in results; `runner status DIR` lists those of a results folder, and --out says where results are");
    let shop = Shop::new(GRID, "");
    fs::write(shop.submission().join("lock.toml"), "damaged").unwrap();
    let said = shop.work();
    assert!(said.status == 3 && said.err.contains("lock.toml"), "{}", said.err);
}

#[test]
fn data_that_changed_since_the_submission_are_not_trained_on() {
    let sentences = |count: usize| "Ana B-PER\nvive O\nen O\nLima B-LOC\n\n".repeat(count);
    let shop =
        Workshop::new(&GRID.replace("builtin:es", "./corpus").replace("[32, 64]", "[8, 16]").replace("= 40", "= 4"));
    shop.write("corpus/train.conll", sentences(20));
    shop.write("corpus/test.conll", sentences(4));
    assert_eq!(shop.runner("submit grid.toml --script-only").status, 0);
    let shop = Shop { alone: Workshop::new(GRID), shop };
    shop.shop.write("corpus/train.conll", sentences(21));
    let said = shop.work();
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(said.err.contains("changed since submission"), "{}", said.err);
    let said = shop.shop.runner("run grid.toml");
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(said.err.contains("data or a checkpoint changed since"), "{}", said.err);
    shop.shop.write("corpus/train.conll", sentences(20));
    assert_eq!(shop.work().status, 0);
}

#[test]
fn a_search_is_selected_and_scored_by_workers_as_by_one_run() {
    let search = GRID.replace("test_size = 40", "test_size = 40\nvalidation_size = 20")
        + "\n[select]\nby = \"validation_entity_f1\"\nover = [\"model.freeze\"]\n";
    let shop = Shop::new(&search, "");
    let workers = [shop.start(), shop.start()];
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    shop.assert_done();
}
