//! `submit`, `status` and `cancel`, with programs of Slurm that the test makes: what is written when, what Slurm is asked, and
//! what happens where a site lacks something or does not answer.

mod batch_script;
mod site_limits;
mod status;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::workshop::{GRID, Said, Workshop, assert_same};

/// What the scripts of the tests use. Nothing else is found: this machine may have programs of Slurm.
const TOOLS: [&str; 13] =
    ["bash", "sh", "ls", "tr", "dirname", "basename", "grep", "env", "sleep", "date", "uname", "rm", "cat"];

/// A cluster of made-up programs, each of which notes how it was called.
struct Site(Workshop);

impl Site {
    /// Where sbatch accepts everything as job 812, and squeue lists nothing.
    fn new() -> Self {
        let site = Self(Workshop::new(GRID));
        fs::create_dir(site.0.path("bin")).unwrap();
        let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect();
        for tool in TOOLS {
            let found = folders.iter().map(|folder| folder.join(tool)).find(|path| path.exists());
            std::os::unix::fs::symlink(found.unwrap(), site.0.path(&format!("bin/{tool}"))).unwrap();
        }
        site.fake("sbatch", "echo 812");
        site.fake("squeue", "");
        site.fake("scancel", "");
        site
    }

    /// A program that does this.
    fn fake(&self, name: &str, body: &str) {
        let calls = self.0.path("calls");
        let text = format!("#!/bin/sh\necho \"{name} $*\" >>'{}'\n{body}\n", calls.display());
        self.0.write(&format!("bin/{name}"), text);
        fs::set_permissions(self.0.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self) -> String {
        self.0.path("bin").display().to_string()
    }

    fn runner(&self, line: &str) -> Said {
        let (path, config) = (self.path(), self.0.path("config").display().to_string());
        self.0.runner_with(line, &[("PATH", &path), ("XDG_CONFIG_HOME", &config), ("COLUMNS", "120")])
    }

    /// Calls of the programs so far, in order, without paths and ids that vary.
    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.0.path("calls")).unwrap_or_default();
        text.lines().map(|line| self.plain(line)).collect()
    }

    /// The folders of the submissions of results/grid.
    fn submissions(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.path("results/grid/.run/submit")).into_iter().flatten();
        let mut folders: Vec<PathBuf> =
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    }

    fn submission(&self) -> PathBuf {
        self.submissions().pop().expect("there is a submission")
    }

    fn id(&self) -> String {
        self.submission().file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// A text without what varies: this folder, ids of submissions.
    fn plain(&self, text: &str) -> String {
        let mut text = self.0.redacted(text);
        for (number, folder) in self.submissions().iter().enumerate() {
            let id = folder.file_name().unwrap().to_str().unwrap();
            text = text.replace(id, &format!("ID{}", number + 1));
        }
        text
    }
}

#[test]
fn everything_is_frozen_before_slurm_is_asked_once() {
    let site = Site::new();
    site.fake(
        "sbatch",
        "ls -A \"$(dirname \"$3\")\" | tr '\\n' ' ' >>calls; ls -A results/grid results/grid/.run >>calls; echo 812",
    );
    let said = site.runner("submit grid.toml --workers 2");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(site.plain(&said.err), @r"
    submitted grid: 2 workers for 4 trainings, job 812, submission ID1
    watch it: runner status results/grid
    cancel it: runner cancel results/grid
    resume it, or add workers: the same command again
    ");
    insta::assert_snapshot!(site.calls().join("\n"), @r"
    sbatch --parsable --array=0-1 WORKSHOP/results/grid/.run/submit/ID1/job.sh
    experiment.toml job.sh jobs.csv lock.toml logs restarts resubmitted runner submission.json results/grid:
    .run
    curves.csv
    experiment.toml
    lock.toml
    per_entity.csv
    results.csv
    summary.csv

    results/grid/.run:
    .gitignore
    journal.jsonl
    lock
    submit
    ");
    let folder = site.submission();
    let json = fs::read_to_string(folder.join("scheduler.json")).unwrap();
    assert!(json.contains("\"812\"") && json.contains("\"workers\": 2"), "{json}");
    let jobs = fs::read_to_string(folder.join("jobs.csv")).unwrap();
    assert!(jobs.starts_with("job,key,training\n\"train_size=32,freeze=false\","), "{jobs}");
    assert_eq!(jobs.lines().count(), 5);
    // the copy is this program, and runs
    let output = std::process::Command::new(folder.join("runner")).arg("--version").output().unwrap();
    assert!(output.status.success());
    assert_eq!(site.0.read("results/grid/.run/.gitignore"), "*\n");
}

#[test]
fn the_definition_is_that_of_a_run() {
    let (site, other) = (Site::new(), Workshop::new(GRID));
    assert_eq!(site.runner("submit grid.toml").status, 0);
    assert_eq!(other.runner("run grid.toml").status, 0);
    assert_eq!(site.0.read("results/grid/experiment.toml"), other.read("results/grid/experiment.toml"));
    // a worker adds its environment
    let lock = other.read("results/grid/lock.toml");
    assert_eq!(site.0.read("results/grid/lock.toml").trim(), lock.split("\n[environment").next().unwrap().trim());
    let jobs = fs::read_to_string(site.submission().join("jobs.csv")).unwrap();
    for job in other.jobs("results/grid") {
        let key = other.cell("results/grid", &job, "key").unwrap();
        assert!(jobs.contains(&format!("\"{job}\",{key},")), "{job} {key}: {jobs}");
    }
}

#[test]
fn local_data_is_found_from_the_frozen_experiment_under_the_same_keys() {
    let site = Site::new();
    let sentences = [("Ana lee .", "B-PER O O"), ("Ana en Lima", "B-PER O B-LOC"), ("Lima", "B-LOC")];
    for split in ["train", "test"] {
        site.0.write_split(&format!("own data/{split}-00000-of-00001.parquet"), &sentences);
    }
    let text = GRID.replace("\"builtin:es\"\ntest_size = 40", "\"./own data\"").replace("[32, 64]", "[2, 3]");
    site.0.write("grid.toml", text);
    let said = site.runner("submit grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let frozen = site.submission().join("experiment.toml");
    let lock = fs::read_to_string(site.submission().join("lock.toml")).unwrap();
    assert!(lock.contains("id = \"../../../../../own data\""), "{lock}");
    assert!(site.0.read("results/grid/lock.toml").contains("id = \"./own data\""));
    fs::rename(&frozen, site.submission().join("grid.toml")).unwrap();
    let line = format!("run results/grid/.run/submit/{}/grid.toml --out elsewhere --offline", site.id());
    assert_eq!(site.0.runner(&line).status, 0);
    let jobs = fs::read_to_string(site.submission().join("jobs.csv")).unwrap();
    for job in site.0.jobs("elsewhere/grid") {
        assert!(jobs.contains(&site.0.cell("elsewhere/grid", &job, "key").unwrap()), "{job}: {jobs}");
    }
}

#[test]
fn a_dry_run_prints_the_script_and_writes_nothing() {
    let site = Site::new();
    let said = site.runner("submit grid.toml --dry-run --workers 3 -- --partition=gpu");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.starts_with("#!/bin/bash\n#SBATCH --job-name=runner-"), "{}", said.out);
    assert!(said.out.contains("#SBATCH --partition=gpu\n"), "{}", said.out);
    assert!(!site.0.path("results").exists() && site.calls().is_empty());
}

#[test]
fn what_is_asked_of_the_scheduler_comes_from_the_command_line_the_experiment_and_the_users_file() {
    let site = Site::new();
    site.0.write(
        "config/runner/cluster.toml",
        "account = \"nlp\"\npartition = \"cpu\"\nmodules = [\"gcc\"]\nworkers = 1\n",
    );
    site.0.write("grid.toml", format!("{GRID}\n[cluster]\npartition = \"gpu\"\ntime = \"1:00:00\"\nworkers = 3\n"));
    let said = site.runner("submit grid.toml -- -t 2:00:00");
    assert_eq!(said.status, 0, "{}", said.err);
    let script = fs::read_to_string(site.submission().join("job.sh")).unwrap();
    let asked: Vec<&str> =
        script.lines().filter(|line| line.starts_with("#SBATCH") || line.contains("module")).collect();
    insta::assert_snapshot!(asked[5..].join("\n"), @r"
    #SBATCH --partition=gpu
    #SBATCH --account=nlp
    #SBATCH -t 2:00:00
    type module >/dev/null 2>&1 || . /etc/profile
    module load 'gcc' || exit 3
    ");
    assert!(site.calls().last().unwrap().contains("--array=0-2"), "{:?}", site.calls());
    site.0.write("config/runner/cluster.toml", "acount = \"nlp\"\n");
    let said = site.runner("submit grid.toml");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("unknown key `acount` in this file") && said.err.contains("did you mean `account`?"));
}

#[test]
fn where_nothing_is_pending_nothing_is_submitted() {
    let site = Site::new();
    assert_eq!(site.0.runner("run grid.toml").status, 0);
    let before = site.0.files("results");
    let said = site.runner("submit grid.toml");
    assert_eq!(said.status, 0);
    assert!(said.err.contains("all 4 jobs are already done; nothing is submitted"), "{}", said.err);
    assert!(site.calls().is_empty());
    assert_same(&site.0.files("results"), &before);
}

#[test]
fn no_more_workers_are_asked_for_than_there_are_trainings() {
    let site = Site::new();
    let said = site.runner("submit grid.toml --only train_size=32 --workers 9");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("2 workers for 2 trainings"), "{}", said.err);
}

#[test]
fn a_job_that_will_fail_is_named_and_an_experiment_of_such_jobs_is_refused() {
    let site = Site::new();
    site.0.write("grid.toml", GRID.replace("[32, 64]", "[32, 64000]"));
    let said = site.runner("submit grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("will fail: 2 jobs (train_size=64000,freeze=false; "), "{}", said.err);
    let said = site.runner("submit grid.toml --only train_size=64000 --name other");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(!site.0.path("results/other").exists());
}

#[test]
fn a_folder_that_a_run_works_in_is_refused() {
    let site = Site::new();
    site.0.write("grid.toml", GRID.replace("max_steps = 12", "max_steps = 100000"));
    let mut child = site.0.start("run grid.toml");
    while !site.0.path("results/grid/results.csv").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let said = site.runner("submit grid.toml");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(said.err.contains("is in use by process"), "{}", said.err);
    assert!(site.submissions().is_empty() && site.calls().is_empty());
}

#[test]
fn a_second_submission_adds_workers_and_another_version_is_refused_while_the_first_is_active() {
    let site = Site::new();
    assert_eq!(site.runner("submit grid.toml --workers 2").status, 0);
    site.fake(
        "squeue",
        &format!("echo '812_0|runner-{0}|RUNNING|n1|None'; echo '812_1|runner-{0}|PENDING||Priority'", site.id()),
    );
    let said = site.runner("submit grid.toml --workers 1");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(site.plain(&said.err), @r"
    submission ID1 is still active with 2 workers; this adds 1
    submitted grid: 1 worker for 4 trainings, job 812, submission ID2
    watch it: runner status results/grid
    cancel it: runner cancel results/grid
    resume it, or add workers: the same command again
    ");
    let said = site.runner("submit grid.toml --set train.max_steps=3 --name grid");
    assert_eq!(said.status, 2, "{}", said.err);
    insta::assert_snapshot!(site.plain(&said.err), @r"
    error: submission ID1 in results/grid has another version of the experiment and is not finished; wait
      for it, cancel it (`runner cancel results/grid`), or choose another folder with --name
    ");
    assert_eq!(site.submissions().len(), 2);
    // nobody works on them any more
    site.fake("squeue", "");
    let said = site.runner("submit grid.toml --set train.max_steps=3 --name grid");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(site.submissions().iter().filter(|folder| folder.join("finished").exists()).count(), 2);
}

#[test]
fn a_script_alone_asks_no_scheduler_and_says_how_workers_start() {
    let site = Site::new();
    for name in ["sbatch", "squeue", "scancel"] {
        fs::remove_file(site.0.path(&format!("bin/{name}"))).unwrap();
    }
    let said = site.runner("submit grid.toml --script-only");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(site.plain(&said.out), @r"
    submission ID1 is written: 4 trainings, 4 workers. Each of them runs

        WORKSHOP/results/grid/.run/submit/ID1/runner work WORKSHOP/results/grid/.run/submit/ID1

    on a machine that sees this folder and the inputs, as many and as often as you like. Exit status 75: stopped before
    its end, start it again. WORKSHOP/results/grid/.run/submit/ID1/job.sh does that under Slurm.
    ");
    let said = site.runner("status results/grid");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(site.plain(&said.out), @r"
    grid: 0 of 4 jobs done, 4 left
    no worker has started yet; start them as `runner submit --script-only` said
    ");
}
