//! What Slurm's queue says of the jobs of submissions: one question for all of them, by their names. Jobs that it does not
//! list are gone; where it gives no answer, nothing is known.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::SlurmError;
use super::program::run;
use super::script::job_name;

/// How long squeue may take.
const LIMIT: Duration = Duration::from_secs(30);

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
        let arguments = ["--noheader", "--array", "--all", "--format=%i|%j|%T|%N|%r", "--name", &asked];
        let said = run("squeue", &arguments, LIMIT)?;
        if !said.is_well {
            let said = said.complaint("squeue");
            return Err(SlurmError::OutOfReach { program: "squeue", said });
        }
        Ok(Self { tasks: said.out.lines().filter_map(|line| task(line, &names)).collect() })
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

fn task(line: &str, names: &BTreeMap<String, &str>) -> Option<Task> {
    let mut cells = line.splitn(5, '|').map(|cell| cell.chars().filter(|c| !c.is_control()).collect::<String>());
    let mut cell = || cells.next().map(|cell| cell.trim().to_owned());
    let (id, name, state, node) = (cell()?, cell()?, cell()?, cell()?);
    let reason = cell().unwrap_or_default();
    let submission = (*names.get(&name)?).to_owned();
    Some(Task { id, submission, state, node: Some(node).filter(|node| !node.is_empty()), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(text: &str) -> Queue {
        let names = BTreeMap::from([("runner-a".to_owned(), "a"), ("runner-b".to_owned(), "b")]);
        Queue { tasks: text.lines().filter_map(|line| task(line, &names)).collect() }
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
