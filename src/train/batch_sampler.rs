//! Which examples each step visits. Everything follows from the step's number, so a training can start anywhere.

use crate::random::torch_randperm;
use crate::spec::{Interval, Train};

/// The batches of a training set, step by step.
#[derive(Debug, Clone)]
pub struct BatchSampler {
    examples: usize,
    batch: usize,
    group: usize,
    seed: u64,
    /// Steps an epoch: ceil(ceil(examples / batch) / accumulation).
    pub steps_per_epoch: u64,
    /// Steps in all.
    pub total: u64,
    /// The current epoch, and the order of its examples.
    order: Option<(u64, Vec<u32>)>,
}

impl BatchSampler {
    /// Over this many sentences, as `train` says.
    pub fn new(examples: usize, train: &Train) -> Self {
        let (steps_per_epoch, total) = (train.steps_per_epoch(examples), train.steps(examples));
        let group = train.batch_size.saturating_mul(train.gradient_accumulation);
        Self { examples, batch: train.batch_size, group, seed: train.seed, steps_per_epoch, total, order: None }
    }

    /// The epoch, from 0, of the step after `done` steps.
    pub fn epoch(&self, done: u64) -> u64 {
        done / self.steps_per_epoch.max(1)
    }

    /// Passes over the data after `done` steps, as Trainer counts them.
    pub fn passes(&self, done: u64) -> f64 {
        done as f64 / self.steps_per_epoch.max(1) as f64
    }

    /// Whether the model is evaluated after `done` steps: after every epoch or every n steps, and at the end.
    pub fn is_evaluated_after(&self, done: u64, every: Option<Interval>) -> bool {
        let Some(every) = every else { return false };
        let steps = match every {
            Interval::Epoch => self.steps_per_epoch,
            Interval::Steps(steps) => steps,
        };
        done > 0 && (done.is_multiple_of(steps) || done == self.total)
    }

    /// The batches of the step after `done` steps: as many as are accumulated; the last step and batch of an epoch may be
    /// short. Epoch e is visited in the order of `torch.randperm` seeded seed + e, as Trainer does.
    pub fn batches(&mut self, done: u64) -> impl Iterator<Item = &[u32]> {
        let epoch = self.epoch(done);
        if self.order.as_ref().is_none_or(|(at, _)| *at != epoch) {
            self.order = Some((epoch, torch_randperm(self.examples, self.seed.wrapping_add(epoch))));
        }
        let order = self.order.as_ref().map_or(&[][..], |(_, order)| order);
        let start = (done - epoch * self.steps_per_epoch) as usize * self.group;
        let end = start.saturating_add(self.group).min(self.examples);
        order[start..end].chunks(self.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(epochs: f64, batch_size: usize, gradient_accumulation: usize) -> Train {
        Train { epochs, batch_size, gradient_accumulation, ..Train::default() }
    }

    #[test]
    fn an_epoch_visits_every_example_once_and_ends_short() {
        let mut sampler = BatchSampler::new(11, &train(2.0, 2, 3));
        assert_eq!((sampler.steps_per_epoch, sampler.total), (2, 4));
        let sizes = |sampler: &mut BatchSampler, done| sampler.batches(done).map(<[u32]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(&mut sampler, 0), [2, 2, 2]);
        assert_eq!(sizes(&mut sampler, 1), [2, 2, 1]);
        let mut visited: Vec<u32> =
            (2..4).flat_map(|done| sampler.batches(done).flatten().copied().collect::<Vec<_>>()).collect();
        assert_ne!(visited, (0..11).collect::<Vec<_>>());
        visited.sort_unstable();
        assert_eq!(visited, (0..11).collect::<Vec<_>>());
    }

    #[test]
    fn a_step_can_be_reached_without_those_before_it() {
        let mut sampler = BatchSampler::new(50, &train(3.0, 8, 1));
        let all: Vec<Vec<u32>> =
            (0..sampler.total).map(|done| sampler.batches(done).flatten().copied().collect()).collect();
        let mut fresh = BatchSampler::new(50, &train(3.0, 8, 1));
        assert_eq!(fresh.batches(17).flatten().copied().collect::<Vec<_>>(), all[17]);
    }

    #[test]
    fn an_evaluation_comes_after_every_epoch_or_so_many_steps_and_at_the_end() {
        let at = |sampler: &BatchSampler, every| {
            (0..=sampler.total).filter(|s| sampler.is_evaluated_after(*s, every)).collect::<Vec<_>>()
        };
        let sampler = BatchSampler::new(30, &train(2.5, 10, 1));
        assert_eq!(at(&sampler, Some(Interval::Epoch)), [3, 6, 8]);
        assert_eq!(at(&sampler, Some(Interval::Steps(4))), [4, 8]);
        assert_eq!(at(&sampler, Some(Interval::Steps(100))), [8]);
        assert!(at(&sampler, None).is_empty());
        assert!(at(&BatchSampler::new(30, &train(0.0, 10, 1)), Some(Interval::Epoch)).is_empty());
    }

    #[test]
    fn totals_are_trainers() {
        assert_eq!(BatchSampler::new(1000, &train(3.0, 8, 1)).total, 375);
        assert_eq!(BatchSampler::new(1000, &train(0.5, 16, 1)).total, 32);
        assert_eq!(BatchSampler::new(1000, &Train { max_steps: Some(60), ..train(3.0, 8, 1) }).total, 60);
        assert_eq!(BatchSampler::new(1000, &train(0.0, 8, 1)).total, 0);
    }
}
