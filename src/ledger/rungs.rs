//! How far the jobs of a search go: the rungs that they passed, wait at or were stopped at, and the rows of rungs.csv.

use crate::plan::{Job, Plan, Progress};
use crate::results::{Ending, RungRecord};

use super::ledger::{Id, Ledger, Part, State};

impl Ledger {
    /// The steps after which a job is scored at a rung; none for other parts.
    pub fn until(&self, id: Id) -> Option<u64> {
        self.entries[&id].until
    }

    /// The step of the last rung that a job went on from; 0 without one.
    pub fn waited_at(&self, job: usize) -> u64 {
        let passed = self.progress(job).map_or(0, Progress::passed);
        let last = passed.checked_sub(1).and_then(|rung| self.until(Id { job, part: Part::Rung(rung) }));
        last.unwrap_or_default()
    }

    /// Of each rung that was decided for some jobs: how many were compared there, and how many went on.
    pub fn rungs_decided(&self) -> Vec<[usize; 2]> {
        let mut counts: Vec<[usize; 2]> = Vec::new();
        for progress in self.progress.iter().flatten() {
            let compared = progress.passed() + usize::from(matches!(progress, Progress::Stopped(_)));
            counts.resize(counts.len().max(compared), [0; 2]);
            counts[..compared].iter_mut().for_each(|[compared, _]| *compared += 1);
            counts[..progress.passed()].iter_mut().for_each(|[_, went_on]| *went_on += 1);
        }
        counts
    }

    /// Whether a job is scored at a rung where others of its group are not.
    pub fn waits(&self, job: usize) -> bool {
        matches!(self.progress(job), Some(Progress::At(_))) && matches!(self.state_of(self.row(job)), State::Done(_))
    }

    /// The rows of rungs.csv, in the order of the plan, then by rung; none where the experiment has no rungs.
    pub fn rungs(&self, plan: &Plan) -> Option<Vec<RungRecord>> {
        let jobs = plan.jobs.iter().zip(self.progress.iter().flatten());
        let record = |job: &Job, progress: Progress, rung: usize| {
            let outcome = self.outcome_of(Id { job: job.index, part: Part::Rung(rung) })?;
            matches!(outcome.ending, Ending::Ok(_)).then(|| RungRecord {
                label: job.label.clone(),
                rung: rung as u64 + 1,
                goes_on: (progress != Progress::At(rung)).then_some(rung < progress.passed()),
                outcome: outcome.clone(),
            })
        };
        let of_job = |(job, progress): (&Job, &Progress)| {
            let rungs = progress.passed() + usize::from(!matches!(progress, Progress::ToTheEnd(_)));
            (0..rungs).filter_map(|rung| record(job, *progress, rung)).collect::<Vec<_>>()
        };
        plan.has_rungs().then(|| jobs.flat_map(of_job).collect())
    }
}
