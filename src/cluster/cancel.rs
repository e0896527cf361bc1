//! An end to all submissions of a results folder: workers are told by a file, and Slurm by scancel.

use super::activity::activity_of;
use super::error::{ClusterError, SlurmError};
use super::script::job_name;
use super::slurm::scancel;
use super::submission::Submission;
use crate::files;
use crate::results::Layout;

/// What was canceled.
#[derive(Debug)]
pub struct Canceled {
    /// The submission.
    pub id: String,
    /// Its workers that waited or ran, as far as anybody knows.
    pub workers: usize,
    /// Why Slurm did not cancel its jobs; its workers still stop when they see the file.
    pub problem: Option<SlurmError>,
}

/// Cancels all submissions that are not over.
///
/// # Errors
/// Nothing was ever submitted; files that cannot be read or written. That Slurm gives no answer is in what is returned.
pub fn cancel(layout: &Layout) -> Result<Vec<Canceled>, ClusterError> {
    if !layout.submissions_folder().is_dir() {
        return Err(ClusterError::NotSubmitted(layout.root().to_owned()));
    }
    // those canceled before, too: Slurm may not have answered then
    let open = Submission::all(layout)?.into_iter().filter(|submission| !submission.is_finished(layout));
    let activity = activity_of(layout, open.collect(), false)?;
    // all of them before Slurm is asked: what is canceled must not start again
    for standing in &activity.standing {
        let path = standing.submission.folder(layout).join("stop");
        files::replace(&path, b"").map_err(ClusterError::file(&path))?;
    }
    let canceled = activity.standing.iter().map(|standing| {
        let submission = &standing.submission;
        let problem = (!submission.script_only).then(|| scancel(&job_name(&submission.id)).err()).flatten();
        Canceled { id: submission.id.clone(), workers: activity.workers_of(standing), problem }
    });
    Ok(canceled.collect())
}
