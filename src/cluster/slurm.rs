//! Submission to Slurm: one job array; where a site has none, a job for each worker; where a site lets a user submit fewer
//! jobs, fewer workers. What was given up is said.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::words::counted;

use super::error::SlurmError;
use super::program::run;
use super::script::log_pattern;

/// How long sbatch may take: it tries for a while to reach a busy controller.
const SBATCH: Duration = Duration::from_secs(90);

/// How long scancel may take.
const SCANCEL: Duration = Duration::from_secs(60);

/// What Slurm accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The ids of the jobs.
    pub jobs: Vec<String>,
    /// How many workers they are.
    pub workers: usize,
    /// What of the site changed what was asked for.
    pub notices: Vec<String>,
}

/// Submits the script in a submission's folder for so many workers.
///
/// # Errors
/// Slurm refuses it even for one worker, or gives no answer.
pub(super) fn accept(folder: &Path, workers: usize) -> Result<Accepted, SlurmError> {
    let mut asked = workers;
    let mut limit: Option<String> = None;
    loop {
        match sbatch(folder, Some(asked)) {
            Ok(job) => {
                let notices = limit.map(|said| fewer(asked, workers, &said)).into_iter().collect();
                return Ok(Accepted { jobs: vec![job], workers: asked, notices });
            }
            Err(SlurmError::Refused { said, .. }) if refuses_arrays(&said) => return one_by_one(folder, workers, said),
            Err(SlurmError::Refused { said, .. }) if is_limit(&said) && asked > 1 => {
                asked -= (asked / 4).max(1);
                limit = Some(said);
            }
            Err(error) => return Err(error),
        }
    }
}

/// A job for each worker, up to the first that the site's limits refuse.
fn one_by_one(folder: &Path, workers: usize, no_arrays: String) -> Result<Accepted, SlurmError> {
    let mut notices = vec![format!("no job arrays here ({no_arrays}): each worker is a job of its own")];
    let mut jobs = Vec::new();
    while jobs.len() < workers {
        match sbatch(folder, None) {
            Ok(job) => jobs.push(job),
            // those that were accepted run
            Err(error) if !jobs.is_empty() => {
                let said = match error {
                    SlurmError::Refused { said, .. } => said,
                    other => other.to_string(),
                };
                notices.push(fewer(jobs.len(), workers, &said));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Accepted { workers: jobs.len(), jobs, notices })
}

fn fewer(accepted: usize, asked: usize, said: &str) -> String {
    let them = counted(accepted, "worker");
    format!("{them} instead of {asked}: Slurm says: {said}")
}

/// One call of sbatch; returns the job's id. `array`: the number of tasks; none: a job that is no array.
fn sbatch(folder: &Path, array: Option<usize>) -> Result<String, SlurmError> {
    let kind = match array {
        Some(tasks) => format!("--array=0-{}", tasks.saturating_sub(1)),
        None => format!("--output={}", log_pattern(folder, "%j")),
    };
    let script = folder.join("job.sh");
    let arguments = [OsString::from("--parsable"), kind.into(), script.into_os_string()];
    let said = run("sbatch", &arguments, SBATCH)?;
    if !said.is_well {
        let complaint = said.complaint("sbatch");
        return Err(if is_out_of_reach(&complaint) {
            SlurmError::OutOfReach { program: "sbatch", said: complaint }
        } else {
            SlurmError::Refused { program: "sbatch", said: complaint }
        });
    }
    // `ID` or `ID;CLUSTER`, behind what a site's own wrapper may say
    let id = said.out.lines().rev().map(|line| line.split(';').next().unwrap_or_default().trim());
    let mut ids = id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
    ids.next().map(str::to_owned).ok_or_else(|| SlurmError::NoId { said: said.complaint("sbatch") })
}

/// Cancels all jobs of this name; what is not there is no error.
///
/// # Errors
/// Slurm refuses, or gives no answer.
pub(super) fn scancel(name: &str) -> Result<(), SlurmError> {
    let said = run("scancel", &["--name", name], SCANCEL)?;
    if said.is_well {
        return Ok(());
    }
    let said = said.complaint("scancel");
    Err(if is_out_of_reach(&said) {
        SlurmError::OutOfReach { program: "scancel", said }
    } else {
        SlurmError::Refused { program: "scancel", said }
    })
}

/// Whether sbatch says that the site has no job arrays, or none as large.
fn refuses_arrays(said: &str) -> bool {
    let said = said.to_lowercase();
    said.contains("job array") || said.contains("maxarraysize")
}

/// Whether sbatch says that a user may not have as many jobs.
fn is_limit(said: &str) -> bool {
    let said = said.to_lowercase();
    ["accounting/qos policy", "maxsubmit", "submit limit", "job count", "too many jobs"]
        .iter()
        .any(|words| said.contains(words))
}

/// Whether the controller is out of reach, or its reply did not come.
fn is_out_of_reach(said: &str) -> bool {
    let said = said.to_lowercase();
    ["unable to contact slurm", "socket timed out", "connection", "zero bytes", "communication"]
        .iter()
        .any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slurms_words_are_told_apart() {
        // src/common/slurm_errno.c of Slurm 22.05 to 24.05
        let array = "Batch job submission failed: Invalid job array specification";
        let limit = "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";
        let reach = [
            "Batch job submission failed: Unable to contact slurm controller (connect failure)",
            "Batch job submission failed: Socket timed out on send/recv operation",
            "Batch job submission failed: Zero Bytes were transmitted or received",
        ];
        assert!(refuses_arrays(array) && !is_limit(array) && !is_out_of_reach(array));
        assert!(is_limit(limit) && !refuses_arrays(limit) && !is_out_of_reach(limit));
        assert!(is_limit("error: QOSMaxSubmitJobPerUserLimit"));
        assert!(reach.iter().all(|said| is_out_of_reach(said) && !is_limit(said) && !refuses_arrays(said)));
        let other = "Batch job submission failed: Invalid partition name specified";
        assert!(!is_limit(other) && !refuses_arrays(other) && !is_out_of_reach(other));
    }
}
