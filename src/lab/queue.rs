//! The trainings of a run that nobody has begun: which one a worker takes next, and what goes back when a GPU fails. It
//! knows a training by its place in the order of the plan, and not how one is run.

use std::collections::{BTreeMap, BTreeSet};

/// What a training is expected to take; 0 where that is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Expected {
    /// Time, in units that all trainings of a run share.
    pub work: f64,
    /// Memory, in bytes.
    pub bytes: u64,
}

/// What a worker does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It runs the training at this place.
    Training(usize),
    /// It waits: what runs elsewhere may come back, or give memory free.
    Wait,
    /// It ends.
    End,
}

/// What becomes of a training whose GPU failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PutBack {
    /// Whether it waits for another GPU; otherwise it has failed on two, and is not tried on a third.
    pub waits: bool,
    /// How many trainings ran on the GPU when it failed first, this one included; none if it had failed before.
    pub first: Option<usize>,
    /// GPUs that can still take trainings.
    pub gpus_left: usize,
}

/// A GPU, or the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lane {
    /// Memory for the trainings that run here together, in bytes.
    memory: u64,
    /// The trainings that run here.
    running: BTreeSet<usize>,
    /// Whether there is a worker for it.
    has_worker: bool,
    /// Whether it failed.
    is_lost: bool,
}

impl Lane {
    fn takes_trainings(&self) -> bool {
        self.has_worker && !self.is_lost
    }
}

/// The trainings that wait, and those that run on each device.
///
/// On the processor and on one GPU trainings run in the order of the plan. Several GPUs take the longest first, so that the
/// last ones to end are short; of equal ones the first in the plan; only what fits into the memory that is free.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    expected: Vec<Expected>,
    waiting: BTreeSet<usize>,
    lanes: Vec<Lane>,
    /// On how many GPUs each training failed.
    failures: BTreeMap<usize, usize>,
}

impl Queue {
    /// All of `expected`, in the order of the plan, for so many workers, which take the GPUs in turn. `memory`: free bytes of
    /// each GPU; none: they run on the processor, where whoever chose the number of workers looked at the memory.
    pub(super) fn new(expected: Vec<Expected>, memory: &[u64], workers: usize) -> Self {
        let memory = if memory.is_empty() { &[u64::MAX] } else { memory };
        let lane = |(at, memory): (usize, &u64)| Lane {
            memory: *memory,
            running: BTreeSet::new(),
            has_worker: at < workers,
            is_lost: false,
        };
        let lanes = memory.iter().enumerate().map(lane).collect();
        Self { waiting: (0..expected.len()).collect(), expected, lanes, failures: BTreeMap::new() }
    }

    /// Devices: the GPUs, or the processor.
    pub(super) fn devices(&self) -> usize {
        self.lanes.len()
    }

    /// Takes the next training for the device of this number.
    pub(super) fn take(&mut self, device: usize) -> Next {
        if self.lanes[device].is_lost {
            return Next::End;
        }
        let next = match self.lanes.len() {
            1 => self.waiting.first().copied(),
            _ => self.longest_that_fits(device),
        };
        match next {
            Some(place) => {
                self.waiting.remove(&place);
                self.lanes[device].running.insert(place);
                Next::Training(place)
            }
            None if self.lanes.len() > 1 && (!self.waiting.is_empty() || self.is_running()) => Next::Wait,
            None => Next::End,
        }
    }

    /// The training ended, or somebody else has it: it does not come back.
    pub(super) fn done(&mut self, device: usize, place: usize) {
        self.lanes[device].running.remove(&place);
    }

    /// The GPU failed under the training: it takes no more, and the training waits for another one, unless it is the second
    /// that failed so.
    pub(super) fn put_back(&mut self, device: usize, place: usize) -> PutBack {
        let lane = &mut self.lanes[device];
        let first = (!lane.is_lost).then_some(lane.running.len());
        lane.running.remove(&place);
        lane.is_lost = true;
        let failures = self.failures.entry(place).or_default();
        *failures += 1;
        let waits = *failures < 2;
        if waits {
            self.waiting.insert(place);
        }
        PutBack { waits, first, gpus_left: self.lanes.iter().filter(|lane| !lane.is_lost).count() }
    }

    /// A GPU that had no worker, for the worker of one that failed.
    pub(super) fn spare(&mut self) -> Option<usize> {
        let spare = self.lanes.iter().position(|lane| !lane.has_worker && !lane.is_lost)?;
        self.lanes[spare].has_worker = true;
        Some(spare)
    }

    /// Whether a GPU failed.
    pub(super) fn is_lost(&self, device: usize) -> bool {
        self.lanes[device].is_lost
    }

    /// Trainings that nobody has begun.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn is_running(&self) -> bool {
        self.lanes.iter().any(|lane| !lane.running.is_empty())
    }

    /// The longest training that this GPU has memory for; of equal ones the first.
    fn longest_that_fits(&self, device: usize) -> Option<usize> {
        let lane = &self.lanes[device];
        let used = lane.running.iter().map(|place| self.expected[*place].bytes).fold(0, u64::saturating_add);
        let fits = |place: &usize| {
            let bytes = self.expected[*place].bytes;
            if self.is_too_large(bytes) {
                lane.running.is_empty() && self.largest() == Some(device)
            } else {
                used.saturating_add(bytes) <= lane.memory
            }
        };
        let work = |place: &usize| self.expected[*place].work;
        let fitting = self.waiting.iter().copied().filter(fits);
        fitting.reduce(|best, place| if work(&place) > work(&best) { place } else { best })
    }

    /// Whether no GPU has this much memory.
    fn is_too_large(&self, bytes: u64) -> bool {
        self.lanes.iter().filter(|lane| lane.takes_trainings()).all(|lane| bytes > lane.memory)
    }

    /// The GPU with the most memory; of equal ones the first.
    fn largest(&self) -> Option<usize> {
        let lanes = self.lanes.iter().enumerate().filter(|(_, lane)| lane.takes_trainings());
        lanes.rev().max_by_key(|(_, lane)| lane.memory).map(|(device, _)| device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1 << 30;

    fn expected(work: &[f64]) -> Vec<Expected> {
        work.iter().map(|work| Expected { work: *work, bytes: GB }).collect()
    }

    /// Runs a queue on GPUs, a worker each, until all end; a training takes as long as its work. `fails`: whether a GPU fails
    /// under a training, and what part of its work was done by then. Returns the work of each GPU, and the trainings in the
    /// order in which they ended.
    fn played(queue: &mut Queue, fails: &dyn Fn(usize, usize) -> Option<f64>) -> (Vec<f64>, Vec<usize>) {
        let gpus = queue.lanes.len();
        let (mut now, mut busy, mut ended) = (0.0, vec![0.0; gpus], Vec::new());
        let mut running: Vec<Option<(usize, f64, bool)>> = vec![None; gpus];
        loop {
            for (gpu, slot) in running.iter_mut().enumerate().filter(|(_, slot)| slot.is_none()) {
                if let Next::Training(place) = queue.take(gpu) {
                    let part = fails(gpu, place);
                    let work = queue.expected[place].work * part.unwrap_or(1.0);
                    busy[gpu] += work;
                    *slot = Some((place, now + work, part.is_some()));
                }
            }
            let ends = running.iter().enumerate().filter_map(|(gpu, slot)| slot.map(|slot| (gpu, slot)));
            let Some((gpu, (place, end, fails))) = ends.min_by(|a, b| a.1.1.total_cmp(&b.1.1)) else { break };
            now = end;
            running[gpu] = None;
            if fails {
                queue.put_back(gpu, place);
            } else {
                queue.done(gpu, place);
                ended.push(place);
            }
        }
        assert!((0..gpus).all(|gpu| queue.take(gpu) == Next::End), "nobody waits for ever");
        (busy, ended)
    }

    #[test]
    fn one_device_runs_in_the_order_of_the_plan() {
        for memory in [&[][..], &[GB / 2][..]] {
            let mut queue = Queue::new(expected(&[1.0, 3.0, 2.0]), memory, 1);
            let taken: Vec<Next> = (0..4).map(|_| queue.take(0)).collect();
            assert_eq!(taken, [Next::Training(0), Next::Training(1), Next::Training(2), Next::End]);
        }
    }

    #[test]
    fn eight_gpus_are_evenly_used_by_jobs_of_mixed_lengths() {
        // 24 jobs of 1 to 24 units, the longest last in the plan: 300 units in all
        let work: Vec<f64> = (1..=24).map(f64::from).collect();
        let (busy, ended) = played(&mut Queue::new(expected(&work), &[GB; 8], 8), &|_, _| None);
        assert_eq!((ended.len(), busy.iter().sum::<f64>()), (24, 300.0));
        // in the order of the plan the last one would end after 48 units
        assert_eq!(busy, [41.0, 40.0, 39.0, 38.0, 37.0, 36.0, 35.0, 34.0]);
    }

    #[test]
    fn of_equal_trainings_the_first_is_taken_first() {
        let mut queue = Queue::new(expected(&[1.0, 2.0, 2.0, 1.0]), &[GB, GB], 2);
        let taken = [0, 1, 0, 1].map(|gpu| {
            let next = queue.take(gpu);
            if let Next::Training(place) = next {
                queue.done(gpu, place);
            }
            next
        });
        assert_eq!(taken, [1, 2, 0, 3].map(Next::Training));
    }

    #[test]
    fn a_gpu_takes_what_fits_and_the_largest_takes_what_fits_none() {
        let bytes = [2 * GB, 9 * GB, GB];
        let trainings = bytes.map(|bytes| Expected { work: bytes as f64, bytes });
        let mut queue = Queue::new(trainings.to_vec(), &[GB, 4 * GB], 2);
        assert_eq!(queue.take(0), Next::Training(2), "the longest that fits");
        assert_eq!(queue.take(1), Next::Training(1), "it fits nowhere: most memory");
        queue.done(0, 2);
        assert_eq!(queue.take(0), Next::Wait, "it fits the other GPU");
        assert_eq!(queue.take(1), Next::Wait, "not beside what runs there");
        queue.done(1, 1);
        assert_eq!(queue.take(1), Next::Training(0));
        queue.done(1, 0);
        assert_eq!([queue.take(0), queue.take(1)], [Next::End, Next::End]);
    }

    #[test]
    fn jobs_share_a_gpu_within_its_memory() {
        let mut queue = Queue::new(expected(&[1.0; 4]), &[2 * GB, GB], 4);
        let taken = [0, 0, 0, 1].map(|gpu| queue.take(gpu));
        assert_eq!(taken, [Next::Training(0), Next::Training(1), Next::Wait, Next::Training(2)]);
    }

    #[test]
    fn a_gpu_that_fails_at_once_leaves_its_work_to_the_others() {
        let (busy, ended) =
            played(&mut Queue::new(expected(&[1.0; 21]), &[GB; 8], 8), &|gpu, _| (gpu == 3).then_some(0.0));
        assert_eq!((busy[3], ended.len()), (0.0, 21));
        assert!(busy.iter().enumerate().all(|(gpu, work)| gpu == 3 || *work == 3.0), "{busy:?}");
    }

    #[test]
    fn a_gpu_that_fails_on_its_last_training_does_not_lose_it() {
        // two trainings, two GPUs: the other one has ended its own by then, and has to be there still
        let fails = |gpu, _| (gpu == 0).then_some(0.9);
        let (busy, ended) = played(&mut Queue::new(expected(&[10.0, 1.0]), &[GB; 2], 2), &fails);
        assert_eq!((busy, ended), (vec![9.0, 11.0], vec![1, 0]));
    }

    #[test]
    fn a_training_that_two_gpus_fail_under_is_not_tried_on_a_third() {
        let mut queue = Queue::new(expected(&[1.0]), &[GB; 3], 3);
        assert_eq!(queue.take(0), Next::Training(0));
        assert_eq!(queue.put_back(0, 0), PutBack { waits: true, first: Some(1), gpus_left: 2 });
        assert_eq!([queue.take(0), queue.take(1)], [Next::End, Next::Training(0)]);
        assert_eq!(queue.put_back(1, 0), PutBack { waits: false, first: Some(1), gpus_left: 1 });
        assert_eq!((queue.take(2), queue.waiting()), (Next::End, 0));
    }

    #[test]
    fn a_gpu_without_a_worker_takes_the_place_of_one_that_failed() {
        let mut queue = Queue::new(expected(&[1.0]), &[GB; 2], 1);
        assert_eq!(queue.take(0), Next::Training(0));
        assert_eq!(queue.put_back(0, 0), PutBack { waits: true, first: Some(1), gpus_left: 1 });
        assert_eq!([queue.spare(), queue.spare()], [Some(1), None]);
        assert_eq!(queue.take(1), Next::Training(0));
    }

    #[test]
    fn when_all_gpus_failed_everybody_ends_and_nothing_is_lost() {
        let mut queue = Queue::new(expected(&[1.0; 9]), &[GB; 8], 8);
        let (_, ended) = played(&mut queue, &|_, _| Some(0.5));
        assert!(ended.is_empty());
        // each of the eight failed under a training; four of these failed on two GPUs
        let twice = queue.failures.values().filter(|failures| **failures == 2).count();
        assert_eq!(queue.waiting(), 9 - twice);
    }
}
