//! What Slurm's queue says of the jobs of submissions: one question for all of them, by their names. Jobs that it does not
//! list are gone; where it gives no answer, nothing is known.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::SlurmError;
use super::program::run;
use super::script::job_name;
use crate::claims::Identity;

/// How long squeue may take.
const LIMIT: Duration = Duration::from_secs(30);

/// How long an answer about all tasks of the user holds.
const HOLDS: Duration = Duration::from_secs(30);

/// The last answer about all tasks of the user, and when it came; none where Slurm gave none.
static LAST: Mutex<Option<(Instant, Option<Queue>)>> = Mutex::new(None);

/// Whether Slurm no longer has a worker's task running. False where there is no Slurm, or it gives no answer. It is asked
/// twice a minute at most, whoever wants to know.
pub fn has_left(worker: &Identity) -> bool {
    let Some(task) = &worker.slurm else { return false };
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.as_ref().is_none_or(|(when, _)| when.elapsed() >= HOLDS) {
        *last = Some((Instant::now(), Queue::of_user().ok()));
    }
    last.as_ref().and_then(|(_, queue)| queue.as_ref()).is_some_and(|queue| queue.has_left(task))
}

/// A task in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// `812_3`, or `812` where it is not of an array.
    pub id: String,
    /// The submission that it belongs to.
    pub submission: String,
    /// In Slurm's word: PENDING, RUNNING, COMPLETING, ...
    pub state: String,
    /// Its node, where it has one.
    pub node: Option<String>,
    /// Why it waits.
    pub reason: String,
}

impl Task {
    /// The id of its job.
    pub(super) fn job(&self) -> &str {
        self.id.split('_').next().unwrap_or(&self.id)
    }

    /// Whether no process of it runs: it waits, for the first time or again.
    pub fn waits(&self) -> bool {
        ["PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"].contains(&self.state.as_str())
    }
}

/// The tasks that Slurm has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// In Slurm's order.
    pub tasks: Vec<Task>,
}

impl Queue {
    /// The tasks of these submissions, which wait, run or end.
    ///
    /// # Errors
    /// Slurm gives no answer: nothing is known of any task.
    pub fn of(submissions: &[&str]) -> Result<Self, SlurmError> {
        if submissions.is_empty() {
            return Ok(Self::default());
        }
        let names: BTreeMap<String, &str> = submissions.iter().map(|id| (job_name(id), *id)).collect();
        let asked = names.keys().cloned().collect::<Vec<_>>().join(",");
        // by name, since squeue fails for an id that it forgot
        let said = squeue(["--name", &asked])?;
        Ok(Self { tasks: said.lines().filter_map(|line| task(line, |name| names.get(name).copied())).collect() })
    }

    /// All tasks of this user, whatever their names: a run within a job of one's own is a worker, too.
    fn of_user() -> Result<Self, SlurmError> {
        let user = user().ok_or(SlurmError::Missing { program: "squeue" })?;
        let said = squeue(["--user", &user])?;
        Ok(Self { tasks: said.lines().filter_map(|line| task(line, |_| Some(""))).collect() })
    }

    /// The tasks of a submission.
    pub fn tasks_of<'q>(&'q self, submission: &'q str) -> impl Iterator<Item = &'q Task> {
        self.tasks.iter().filter(move |task| task.submission == submission)
    }

    /// Whether a worker of this task runs no more: Slurm does not list the task, or it waits to start again.
    pub fn has_left(&self, task: &str) -> bool {
        self.tasks.iter().find(|known| known.id == task).is_none_or(Task::waits)
    }
}

/// What squeue lists, a line a task.
fn squeue(which: [&str; 2]) -> Result<String, SlurmError> {
    let [option, value] = which;
    let arguments = ["--noheader", "--array", "--all", "--format=%i|%j|%T|%N|%r", option, value];
    let said = run("squeue", &arguments, LIMIT)?;
    match said.is_well {
        true => Ok(said.out),
        false => Err(SlurmError::OutOfReach { program: "squeue", said: said.complaint("squeue") }),
    }
}

/// The number of this process's user.
#[cfg(unix)]
fn user() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|process| process.uid().to_string())
}

#[cfg(not(unix))]
fn user() -> Option<String> {
    None
}

fn task<'s>(line: &str, submission_of: impl Fn(&str) -> Option<&'s str>) -> Option<Task> {
    let mut cells = line.splitn(5, '|').map(|cell| cell.chars().filter(|c| !c.is_control()).collect::<String>());
    let mut cell = || cells.next().map(|cell| cell.trim().to_owned());
    let (id, name, state, node) = (cell()?, cell()?, cell()?, cell()?);
    let reason = cell().unwrap_or_default();
    let submission = submission_of(&name)?.to_owned();
    Some(Task { id, submission, state, node: Some(node).filter(|node| !node.is_empty()), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(text: &str) -> Queue {
        let submission = |name: &str| ["a", "b"].into_iter().find(|id| job_name(id) == name);
        Queue { tasks: text.lines().filter_map(|line| task(line, submission)).collect() }
    }

    #[test]
    fn a_task_that_is_not_listed_or_waits_again_has_no_worker() {
        let queue = queue(
            "7_0|runner-a|RUNNING|n1|None\n7_1|runner-a|PENDING||Resources\n9|runner-b|COMPLETING|n2|None\nodd\n8|x|RUNNING|n1|None\n",
        );
        assert_eq!(queue.tasks.len(), 3);
        let left = ["7_0", "7_1", "7_2", "9", "8"].map(|task| queue.has_left(task));
        assert_eq!(left, [false, true, true, false, true]);
        assert_eq!(queue.tasks_of("a").count(), 2);
        assert_eq!((queue.tasks[1].node.as_deref(), queue.tasks[1].reason.as_str()), (None, "Resources"));
    }
}
