//! A written submission given to Slurm, and what is done where it is refused or no reply comes.

use std::fs;

use super::draft::Written;
use super::error::ClusterError;
use super::queue::Queue;
use super::slurm::{Accepted, accept};
use super::submission::Scheduled;

/// Gives a submission to Slurm. Of one that is refused, nothing stays.
///
/// # Errors
/// Slurm refuses, or gives no answer. Then it may have the jobs all the same, and the submission stays to be looked for.
pub fn schedule(written: &Written) -> Result<Accepted, ClusterError> {
    let id = &written.submission.id;
    let folder = std::path::absolute(&written.folder).map_err(ClusterError::file(&written.folder))?;
    let accepted = match accept(&folder, written.submission.workers) {
        Ok(accepted) => accepted,
        Err(error) if error.is_lost() => {
            let found = Queue::of(&[id]).unwrap_or_default();
            let mut jobs: Vec<String> = found.tasks.iter().map(|task| task.job().to_owned()).collect();
            jobs.dedup();
            if jobs.is_empty() {
                return Err(ClusterError::Lost { id: id.clone(), error });
            }
            let notice = format!("the reply was lost ({error}), but Slurm has the jobs");
            Accepted { jobs, workers: found.tasks.len(), notices: vec![notice] }
        }
        Err(error) => {
            // whatever stays is a submission without jobs, which the next one marks as over
            let _ = fs::remove_dir_all(&written.folder);
            return Err(error.into());
        }
    };
    Scheduled::new(accepted.jobs.clone(), accepted.workers).write(&written.folder)?;
    Ok(accepted)
}
