//! The batch script at work, under a program that stands in for the worker: which signals reach it, and when a task starts
//! again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Site;
use crate::workshop::assert_same;

impl Site {
    /// A submission whose worker does this. It finds its restarts so far in `$RESTARTED`.
    fn with_worker(body: &str) -> Self {
        let site = Self::new();
        assert_eq!(site.runner("submit grid.toml").status, 0);
        fs::remove_file(site.0.path("calls")).unwrap();
        let program = site.submission().join("runner");
        // the copy may be open: a new file in its place
        fs::remove_file(&program).unwrap();
        fs::write(&program, format!("#!/bin/bash\n{body}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        site.fake("scontrol", "");
        site
    }

    fn script(&self) -> Command {
        let mut command = Command::new("bash");
        command.arg(self.submission().join("job.sh")).env("PATH", self.path()).current_dir("/");
        command.env_remove("SLURM_JOB_ID").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// As task 3 of the job 812.
    fn task(&self) -> Command {
        let mut command = self.script();
        command.envs([("SLURM_JOB_ID", "815"), ("SLURM_ARRAY_JOB_ID", "812"), ("SLURM_ARRAY_TASK_ID", "3")]);
        command
    }

    /// Exit status and words of a script, without times.
    fn ended(&self, child: Child) -> (Option<i32>, String) {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        let without_time = |line: &str| match line.split_once("Z ") {
            Some((time, text)) if time.len() == 19 => text.to_owned(),
            _ => line.to_owned(),
        };
        let lines: Vec<String> = text.lines().map(|line| without_time(&self.plain(line))).collect();
        (output.status.code(), lines.join("\n"))
    }
}

#[test]
fn a_worker_that_stopped_before_its_end_has_its_own_task_requeued() {
    let site = Site::with_worker("echo \"$@\"; exit 75");
    let (status, said) = site.ended(site.task().spawn().unwrap());
    assert_eq!(status, Some(75));
    insta::assert_snapshot!(said, @r"
    work WORKSHOP/results/grid/.run/submit/ID1
    requeued as 812_3
    ");
    insta::assert_snapshot!(site.calls().join("\n"), @r"
    scontrol -o show job 812_3
    scontrol requeue 812_3
    ");
    fs::write(site.submission().join("stop"), "").unwrap();
    let (_, said) = site.ended(site.task().spawn().unwrap());
    assert!(said.contains("ended by Slurm: canceled"), "{said}");
}

#[test]
fn a_worker_that_is_done_or_fails_ends_the_task() {
    for end in [0, 1, 3, 101] {
        let site = Site::with_worker(&format!("exit {end}"));
        assert_eq!(site.ended(site.task().spawn().unwrap()).0, Some(end));
        assert!(site.calls().is_empty(), "{:?}", site.calls());
    }
}

#[test]
fn signals_reach_the_worker_and_its_last_words_count() {
    for signal in ["USR1", "TERM"] {
        let site = Site::with_worker(
            "trap 'echo heard; sleep 0.3; exit 75' USR1 TERM; : >\"$2/started\"; while :; do sleep 0.02; done",
        );
        let child = site.task().spawn().unwrap();
        let begun = Instant::now();
        while !site.submission().join("started").exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        let kill = |signal: &str| Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill(signal).success());
        std::thread::sleep(Duration::from_millis(100));
        // Slurm sends more than one; a second would end the worker before its checkpoint
        assert!(kill("TERM").success());
        let (status, said) = site.ended(child);
        assert_eq!((status, said.matches("heard").count()), (Some(75), 1), "{said}");
        assert!(said.contains("requeued as 812_3"), "{said}");
    }
}

#[test]
fn a_killed_worker_starts_again_in_the_same_task_three_times_at_most() {
    let site = Site::with_worker("kill -KILL $$");
    let (status, said) = site.ended(site.task().spawn().unwrap());
    assert_eq!(status, Some(137));
    assert_eq!(said.matches("the worker was killed (exit status 137); starting it again").count(), 3, "{said}");
    let site = Site::with_worker("[ -e \"$2/once\" ] && exit 0; : >\"$2/once\"; kill -KILL $$");
    assert_eq!(site.ended(site.task().spawn().unwrap()).0, Some(0));
}

#[test]
fn three_restarts_without_a_step_are_enough_and_a_step_begins_anew() {
    let site = Site::with_worker("[ -e \"$2/moves\" ] && rm -f \"$RUNNER_RESTARTS\"; exit 75");
    let task = || site.ended(site.task().spawn().unwrap()).1;
    for _ in 0..3 {
        assert!(task().contains("requeued as 812_3"));
    }
    assert!(task().contains("stopped: 3 restarts in a row without a step of progress"));
    assert_eq!(site.calls().iter().filter(|call| call.contains("requeue")).count(), 3);
    fs::write(site.submission().join("moves"), "").unwrap();
    assert!(task().contains("requeued as 812_3"));
}

#[test]
fn without_scontrol_the_script_submits_itself_and_without_slurm_it_says_what_to_do() {
    let site = Site::with_worker("exit 75");
    fs::remove_file(site.0.path("bin/scontrol")).unwrap();
    site.fake("sbatch", "env | grep -c ^SLURM_ >>calls; echo 920");
    let (_, said) = site.ended(site.task().spawn().unwrap());
    assert!(said.contains("submitted again as 920"), "{said}");
    assert!(site.submission().join("resubmitted/920").exists());
    insta::assert_snapshot!(site.calls().join("\n"), @r"
    sbatch --parsable --output=WORKSHOP/results/grid/.run/submit/ID1/logs/%j.txt WORKSHOP/results/grid/.run/submit/ID1/job.sh
    0
    ");
    fs::remove_file(site.0.path("bin/sbatch")).unwrap();
    let (_, said) = site.ended(site.task().spawn().unwrap());
    assert!(said.contains("cannot go on by itself: run `runner submit` again"), "{said}");
    let (_, said) = site.ended(site.script().spawn().unwrap());
    assert!(said.contains("stopped before its end; start this script again to go on"), "{said}");
}

#[test]
fn a_job_that_its_user_canceled_is_not_requeued() {
    let site = Site::with_worker("trap 'exit 75' TERM; : >\"$2/started\"; while :; do sleep 0.02; done");
    site.fake("scontrol", "echo JobId=815 JobState=COMPLETING Reason=None");
    let child = site.task().spawn().unwrap();
    while !site.submission().join("started").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let (status, said) = site.ended(child);
    assert_eq!(status, Some(75));
    assert!(said.contains("ended by Slurm: canceled, or preempted without a requeue"), "{said}");
    assert!(site.calls().iter().all(|call| !call.contains("requeue")), "{:?}", site.calls());
}

#[test]
fn workers_that_somebody_starts_make_the_tables_of_a_run() {
    let (site, other) = (Site::new(), Site::new());
    assert_eq!(site.runner("submit grid.toml --script-only --workers 2").status, 0);
    let workers: Vec<Child> = (0..2).map(|_| site.script().spawn().unwrap()).collect();
    for worker in workers {
        let (status, said) = site.ended(worker);
        assert_eq!(status, Some(0), "{said}");
    }
    assert_eq!(other.0.runner("run grid.toml").status, 0);
    assert_same(&site.0.committed("results/grid"), &other.0.committed("results/grid"));
    let said = site.runner("status results/grid");
    assert!(said.out.contains("grid: 4 of 4 jobs done\nall is done;"), "{}", said.out);
    // the last worker said that nothing is left
    let said = site.runner("clean results/grid --submissions");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(site.submissions().is_empty());
}

#[test]
fn what_workers_need_is_not_freed_while_their_submission_is_open() {
    let site = Site::new();
    assert_eq!(site.runner("submit grid.toml --script-only").status, 0);
    let said = site.runner("clean results/grid --submissions");
    assert_eq!(said.status, 3, "{}", said.out);
    assert!(said.err.contains("is shared by submission"), "{}", said.err);
    assert!(site.submission().join("runner").exists());
}
