//! Trainings that are equal up to a step run that part once: the shorter is a stop on the way of the longest. A function of
//! what is pending; it runs nothing.

use std::collections::BTreeMap;

use crate::plan::{BeginningKey, Progress};
use crate::spec::Settings;

use super::ledger::{Id, Ledger, Part};
use super::pending::{PendingJob, PendingTraining, by_training};

/// How long a training is: comparable where all are known, or none is.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Length {
    Steps(u64),
    /// Over all rows, whose number is not known.
    Epochs(f64),
}

impl Length {
    fn of(settings: &Settings) -> Self {
        settings.steps().map_or(Self::Epochs(settings.train.epochs), Self::Steps)
    }
}

/// Lets trainings of one beginning follow each other, the shortest first: each but the longest trains through the longest
/// one's checkpoints, and waits for those that are shorter. A search with rungs has checkpoints of its own.
pub fn share_beginnings(ledger: &Ledger, trainings: &mut [PendingTraining]) {
    let mut families: BTreeMap<(&BeginningKey, bool), Vec<(Length, usize)>> = BTreeMap::new();
    for (place, training) in trainings.iter().enumerate() {
        let id = training.jobs[0].trained();
        let has_rungs = !matches!(ledger.progress(id.job), None | Some(Progress::ToTheEnd(0)));
        let Some(beginning) = ledger.beginning(id).filter(|_| training.until.is_none() && !has_rungs) else { continue };
        let length = Length::of(ledger.settings_of(id));
        families.entry((beginning, matches!(length, Length::Steps(_)))).or_default().push((length, place));
    }
    for mut family in families.into_values() {
        // of equal lengths in the order of the plan
        family.sort_by(|(one, _), (other, _)| one.partial_cmp(other).expect("lengths of one family compare"));
        let Some(&(_, longest)) = family.last() else { continue };
        let through = trainings[longest].jobs[0].trained();
        for (at, (_, place)) in family.iter().enumerate() {
            trainings[*place].through = (*place != longest).then_some(through);
            trainings[*place].waits = at > 0;
        }
    }
}

impl Ledger {
    fn beginning(&self, id: Id) -> Option<&BeginningKey> {
        self.entries[&id].beginning.as_ref()
    }

    /// The jobs whose trainings are the first steps of that of `id`, with the steps, where those are known.
    pub fn beginnings(&self, id: Id) -> Vec<(u64, usize)> {
        let steps = |id: Id| Some((self.beginning(id)?, self.settings_of(id).steps()?));
        let Some((beginning, all)) = steps(id) else { return Vec::new() };
        let others = self.entries.keys().filter_map(|other| Some((other.job, steps(*other)?)));
        let mut shorter: Vec<(u64, usize)> = others
            .filter(|(job, (other, steps))| *job != id.job && *other == beginning && *steps < all)
            .map(|(job, (_, steps))| (steps, job))
            .collect();
        shorter.dedup();
        shorter
    }
}

/// The steps of the trainings of some jobs in all, and those of them that run once for several trainings; none where some
/// are not known.
pub fn steps_with_beginnings(ledger: &Ledger, selection: &[usize]) -> Option<[u64; 2]> {
    let job = |job: &usize| PendingJob { job: *job, row: Some(Part::Whole), sets: Vec::new() };
    let mut trainings = by_training(ledger, selection.iter().map(job).collect());
    share_beginnings(ledger, &mut trainings);
    let steps = |training: &PendingTraining| ledger.settings_of(training.jobs[0].trained()).steps();
    let all: Option<u64> = trainings.iter().map(steps).sum();
    let shared: Option<u64> = trainings.iter().filter(|training| training.through.is_some()).map(steps).sum();
    Some([all?, shared?])
}
