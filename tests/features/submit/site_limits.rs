//! What a site without job arrays, with few jobs a user, with a slow or absent controller gets.

use std::fs;

use super::Site;

/// The last words of a message, and the calls.
fn shown(site: &Site, line: &str, status: i32) -> String {
    let said = site.runner(line);
    assert_eq!(said.status, status, "{}", said.err);
    let warnings = said.err.lines().filter(|line| !line.contains(": runner "));
    let text = warnings.chain(["--"]).map(str::to_owned).chain(site.calls()).collect::<Vec<_>>().join("\n");
    site.plain(&text)
}

#[test]
fn without_job_arrays_each_worker_is_a_job() {
    let site = Site::new();
    let body = "case \"$*\" in *--array*) echo 'sbatch: error: Batch job submission failed: Invalid job array specification' >&2; exit 1;; esac\n\
                echo 81$(grep -c output calls)";
    site.fake("sbatch", body);
    insta::assert_snapshot!(shown(&site, "submit grid.toml --workers 2", 0), @r"
    warning: no job arrays here (Batch job submission failed: Invalid job array specification): each worker is a job of its
      own
    submitted grid: 2 workers for 4 trainings, jobs 811, 812, submission ID1
    resume it, or add workers: the same command again
    --
    sbatch --parsable --array=0-1 WORKSHOP/results/grid/.run/submit/ID1/job.sh
    sbatch --parsable --output=WORKSHOP/results/grid/.run/submit/ID1/logs/%j.txt WORKSHOP/results/grid/.run/submit/ID1/job.sh
    sbatch --parsable --output=WORKSHOP/results/grid/.run/submit/ID1/logs/%j.txt WORKSHOP/results/grid/.run/submit/ID1/job.sh
    ");
    let json = fs::read_to_string(site.submission().join("scheduler.json")).unwrap();
    assert!(json.contains("\"811\",\n    \"812\""), "{json}");
}

#[test]
fn where_a_user_may_have_one_job_there_is_one_worker() {
    let site = Site::new();
    let refusal = "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";
    site.fake(
        "sbatch",
        &format!("case \"$*\" in *0-0*) echo 812;; *) echo \"sbatch: error: {refusal}\" >&2; exit 1;; esac"),
    );
    insta::assert_snapshot!(shown(&site, "submit grid.toml --workers 3", 0), @r"
    warning: 1 worker instead of 3: Slurm says: Batch job submission failed: Job violates accounting/QOS policy (job submit
      limit, user's size and/or time limits)
    submitted grid: 1 worker for 4 trainings, job 812, submission ID1
    resume it, or add workers: the same command again
    --
    sbatch --parsable --array=0-2 WORKSHOP/results/grid/.run/submit/ID1/job.sh
    sbatch --parsable --array=0-1 WORKSHOP/results/grid/.run/submit/ID1/job.sh
    sbatch --parsable --array=0-0 WORKSHOP/results/grid/.run/submit/ID1/job.sh
    ");
}

#[test]
fn what_slurm_refuses_leaves_no_submission() {
    let site = Site::new();
    site.fake("sbatch", "echo 'sbatch: error: invalid partition specified: gpux' >&2; echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1");
    let said = site.runner("submit grid.toml -- -p gpux");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err.trim_end(), @"error: sbatch: invalid partition specified: gpux; Batch job submission failed: Invalid partition name specified");
    assert!(site.submissions().is_empty());
    fs::remove_file(site.0.path("bin/sbatch")).unwrap();
    fs::remove_file(site.0.path("calls")).unwrap();
    insta::assert_snapshot!(shown(&site, "submit grid.toml", 3), @r"
    error: there is no program `sbatch` here; submit on a login node of a Slurm cluster, or write the script for another
      scheduler: --script-only
    --
    ");
    assert!(site.submissions().is_empty());
}

#[test]
fn a_lost_reply_is_looked_for_before_anything_is_submitted_again() {
    let site = Site::new();
    let lost = "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1";
    site.fake("sbatch", lost);
    site.fake("squeue", "echo 'squeue: error: slurm_receive_msg: Zero Bytes were transmitted or received' >&2; exit 1");
    insta::assert_snapshot!(shown(&site, "submit grid.toml --workers 2", 3), @r"
    error: sbatch: Batch job submission failed: Socket timed out on send/recv operation; `sinfo` says whether Slurm's
      controller runs; whether submission ID1 was accepted is not known: the same command looks for it
      before it submits again
    --
    sbatch --parsable --array=0-1 WORKSHOP/results/grid/.run/submit/ID1/job.sh
    squeue --noheader --array --all --format=%i|%j|%T|%N|%r --name runner-ID1
    ");
    assert!(!site.submission().join("scheduler.json").exists());
    // Slurm had taken it
    site.fake("sbatch", "echo 900");
    site.fake("squeue", &format!("for n in 0 1; do echo \"812_$n|runner-{}|RUNNING|n1|None\"; done", site.id()));
    fs::remove_file(site.0.path("calls")).unwrap();
    insta::assert_snapshot!(shown(&site, "submit grid.toml --workers 2", 0), @r"
    the reply to submission ID1 was lost, but Slurm has it: job 812 with 2 workers
    nothing is submitted again; to add workers, run the same command once more
    --
    squeue --noheader --array --all --format=%i|%j|%T|%N|%r --name runner-ID1
    ");
    assert!(fs::read_to_string(site.submission().join("scheduler.json")).unwrap().contains("\"812\""));
}

#[test]
fn a_submission_that_never_arrived_is_closed_and_another_one_submitted() {
    let site = Site::new();
    site.fake("sbatch", "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1");
    assert_eq!(site.runner("submit grid.toml").status, 3);
    site.fake("sbatch", "echo 900");
    let said = site.runner("submit grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let closed: Vec<bool> = site.submissions().iter().map(|folder| folder.join("finished").exists()).collect();
    assert_eq!(closed, [true, false]);
}

#[test]
fn a_reply_that_is_found_at_once_is_as_good_as_one() {
    let site = Site::new();
    site.fake("sbatch", "echo \"$3\" >script; echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1");
    site.fake("squeue", "[ -e script ] || exit 0; id=$(basename \"$(dirname \"$(cat script)\")\"); echo \"812_0|runner-$id|PENDING||None\"");
    let said = site.runner("submit grid.toml --workers 1");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("but Slurm has the jobs"), "{}", said.err);
}
