//! Which submissions of a results folder somebody still works on, as Slurm and the workers' beacons say. What is over is
//! marked as such, and a reply that was lost is found.

use super::error::{ClusterError, SlurmError};
use super::queue::Queue;
use super::submission::{Scheduled, Submission};
use crate::claims::{Beacon, live};
use crate::results::Layout;

/// The submissions of a results folder that are not over, and who works on them.
#[derive(Debug)]
pub struct Activity {
    /// By time.
    pub standing: Vec<Standing>,
    /// The workers that may live.
    pub workers: Vec<Beacon>,
    /// What Slurm has of them; the error says why that is not known.
    pub queue: Result<Queue, SlurmError>,
}

/// How a submission stands that is not over.
#[derive(Debug)]
pub struct Standing {
    /// The submission.
    pub submission: Submission,
    /// What Slurm accepted; none where it was not asked, or its reply was lost.
    pub scheduled: Option<Scheduled>,
    /// Whether its reply was lost, and Slurm has its jobs.
    pub is_found: bool,
}

impl Activity {
    /// The workers of a submission that wait or run, as far as anybody knows.
    pub fn workers_of(&self, standing: &Standing) -> usize {
        let id = &standing.submission.id;
        let live = self.workers.iter().filter(|worker| worker.submission.as_ref() == Some(id)).count();
        match &self.queue {
            Ok(queue) => queue.tasks_of(id).count().max(live),
            Err(_) => standing.scheduled.as_ref().map_or(live, |scheduled| scheduled.workers),
        }
    }
}

/// Asks Slurm once for all submissions that are not over. Those that turn out to be are marked, unless `only_look`.
///
/// # Errors
/// Files that cannot be read or written. That Slurm gives no answer is no error: then all of them may be under way.
pub fn activity(layout: &Layout, only_look: bool) -> Result<Activity, ClusterError> {
    let open = Submission::all(layout)?.into_iter().filter(|submission| !submission.is_over(layout));
    activity_of(layout, open.collect(), only_look)
}

/// [`activity`] of these submissions.
pub(super) fn activity_of(layout: &Layout, open: Vec<Submission>, only_look: bool) -> Result<Activity, ClusterError> {
    let asked: Vec<&str> = open.iter().filter(|one| !one.script_only).map(|one| one.id.as_str()).collect();
    let queue = Queue::of(&asked);
    let has_left = |identity: &crate::claims::Identity| match (&queue, &identity.slurm) {
        (Ok(queue), Some(task)) => queue.has_left(task),
        _ => false,
    };
    let workers = live(&layout.run_folder(), &has_left);
    let mut standing = Vec::new();
    for submission in open {
        let folder = submission.folder(layout);
        let mut scheduled = Submission::scheduled(&folder)?;
        let tasks = queue.as_ref().ok().map(|queue| queue.tasks_of(&submission.id).collect::<Vec<_>>());
        let lives = workers.iter().any(|worker| worker.submission.as_ref() == Some(&submission.id));
        let is_found = scheduled.is_none() && tasks.as_ref().is_some_and(|tasks| !tasks.is_empty());
        if let Some(tasks) = tasks.filter(|_| !submission.script_only) {
            if tasks.is_empty() && !lives {
                if !only_look {
                    submission.finish(layout)?;
                }
                continue;
            }
            if is_found {
                let mut jobs: Vec<String> = tasks.iter().map(|task| task.job().to_owned()).collect();
                jobs.dedup();
                let found = Scheduled::new(jobs, tasks.len());
                if !only_look {
                    found.write(&folder)?;
                }
                scheduled = Some(found);
            }
        }
        standing.push(Standing { submission, scheduled, is_found });
    }
    Ok(Activity { standing, workers, queue })
}
