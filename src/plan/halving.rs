//! Successive halving: which jobs of a plan go on at each rung, and which are stopped there. A function of the scores at the
//! rungs and of the order of the plan; it must not know in which order jobs ran.

use super::job::{Job, Plan};
use super::select::{Candidate, JobResult, groups, means, ranked};
use crate::spec::{Fault, Halving, Problem, Select};

/// How far a job may go. Rungs count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It went on at so many rungs, and runs to its end.
    ToTheEnd(usize),
    /// It was not stopped before this rung, at which the scores of its group are not all there.
    At(usize),
    /// It is not among those of its group that go on from this rung.
    Stopped(usize),
}

impl Progress {
    /// The rungs from which it went on.
    pub fn passed(self) -> usize {
        match self {
            Self::ToTheEnd(rungs) | Self::At(rungs) | Self::Stopped(rungs) => rungs,
        }
    }
}

/// How far each of `jobs` may go. `result`: of a job at a rung; none without a result.
///
/// A rung of a group is decided when all its candidates that are left have results there. Of n candidates, the best
/// ceil(n / reduction factor) go on; of equal means the first in the plan; one with a job without a score never. A
/// candidate that is alone is compared no further.
pub fn progress(jobs: &[Job], select: &Select, result: impl Fn(&Job, usize) -> Option<JobResult>) -> Vec<Progress> {
    let mut progress = vec![Progress::ToTheEnd(0); jobs.len()];
    let Some(halving) = select.halving else { return progress };
    for group in groups(jobs, select) {
        let rungs = group.first().map_or(0, |candidate| jobs[candidate.jobs[0]].rungs(halving).len());
        let mut left = group;
        for rung in 0..rungs {
            if left.len() < 2 {
                break;
            }
            let Some(means) = means(&left, |job| result(&jobs[job], rung)) else {
                set(&mut progress, &left, Progress::At(rung));
                left.clear();
                break;
            };
            let mut kept = ranked(&means);
            kept.truncate(halving.kept(left.len()));
            let places = std::mem::take(&mut left).into_iter().enumerate();
            let (on, stopped): (Vec<_>, Vec<_>) = places.partition(|(place, _)| kept.contains(place));
            let candidates = |of: Vec<(usize, Candidate)>| of.into_iter().map(|(_, candidate)| candidate).collect();
            set(&mut progress, &candidates(stopped) as &Vec<_>, Progress::Stopped(rung));
            left = candidates(on);
            set(&mut progress, &left, Progress::ToTheEnd(rung + 1));
        }
    }
    progress
}

fn set(progress: &mut [Progress], candidates: &[Candidate], to: Progress) {
    candidates.iter().flat_map(|candidate| &candidate.jobs).for_each(|job| progress[*job] = to);
}

impl Job {
    /// The steps of its rungs.
    fn rungs(&self, halving: Halving) -> Vec<u64> {
        halving.rungs(self.settings.steps().unwrap_or_default())
    }
}

impl Plan {
    /// Whether its jobs are compared at rungs.
    pub fn has_rungs(&self) -> bool {
        self.experiment.select.as_ref().is_some_and(|select| select.halving.is_some())
    }

    /// The steps of a job's rungs.
    pub fn rungs(&self, job: &Job) -> Vec<u64> {
        let halving = self.experiment.select.as_ref().and_then(|select| select.halving);
        halving.map_or_else(Vec::new, |halving| job.rungs(halving))
    }

    /// The steps that its jobs take in all if none is stopped, and as rungs stop them; none without rungs.
    pub fn steps_with_rungs(&self) -> Option<[u64; 2]> {
        let select = self.experiment.select.as_ref()?;
        let halving = select.halving?;
        let (mut to_the_end, mut halved) = (0, 0);
        for group in groups(&self.jobs, select) {
            // which candidates are left is not known: at most those of the most jobs
            let mut jobs: Vec<u64> = group.iter().map(|candidate| candidate.jobs.len() as u64).collect();
            jobs.sort_unstable_by(|one, other| other.cmp(one));
            let first = &self.jobs[group[0].jobs[0]];
            let total = first.settings.steps().unwrap_or_default();
            to_the_end += total * jobs.iter().sum::<u64>();
            let mut before = 0;
            for rung in first.rungs(halving) {
                if jobs.len() < 2 {
                    break;
                }
                halved += (rung - before) * jobs.iter().sum::<u64>();
                before = rung;
                jobs.truncate(halving.kept(jobs.len()));
            }
            halved += (total - before) * jobs.iter().sum::<u64>();
        }
        Some([to_the_end, halved])
    }

    /// What keeps its jobs from being compared at rungs: unknown or unequal numbers of steps, no rung.
    pub(super) fn halving_problem(&self) -> Option<Problem> {
        let select = self.experiment.select.as_ref()?;
        let halving = select.halving?;
        let unknown = self.jobs.iter().find(|job| job.settings.steps().is_none());
        if let Some(job) = unknown {
            let problem = Problem::placeless(Fault::UnknownSteps { label: job.label.clone() });
            return Some(problem.help("set `data.train_size` to a number of rows, or `train.max_steps`"));
        }
        let steps = |job: usize| self.jobs[job].settings.steps().unwrap_or_default();
        for group in groups(&self.jobs, select) {
            let mut jobs = group.iter().flat_map(|candidate| &candidate.jobs);
            let first = *jobs.next()?;
            if let Some(other) = jobs.find(|job| steps(**job) != steps(first)) {
                let [one, other] = [first, *other];
                let [one_label, other_label] = [one, other].map(|job| self.jobs[job].label.clone());
                let fault =
                    Fault::UnequalSteps { one: one_label, steps: steps(one), other: other_label, others: steps(other) };
                let help = "set `train.max_steps`, so that all take as many, or remove `first_rung`";
                return Some(Problem::placeless(fault).help(help));
            }
        }
        let longest = (0..self.jobs.len()).map(steps).max().unwrap_or_default();
        let fault = Fault::NoRung { rung: halving.first_rung, steps: longest };
        (longest <= halving.first_rung)
            .then(|| Problem::placeless(fault).help("set `first_rung` to a fraction of these steps, or remove it"))
    }
}
