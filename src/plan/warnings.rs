//! Warnings about a plan that its author may not intend. It must not know results.

use super::job::{Job, Plan};

impl Plan {
    /// The warnings to show before a run.
    pub fn warnings(&self) -> Vec<String> {
        self.selects_on_test().into_iter().chain(self.epochs_without_effect()).collect()
    }

    /// About `train.epochs` where `train.max_steps` overrides it, as in Trainer: 0, which otherwise evaluates without
    /// training, and values that vary.
    fn epochs_without_effect(&self) -> Option<String> {
        let stepped: Vec<&Job> = self.jobs.iter().filter(|job| job.settings.train.max_steps.is_some()).collect();
        let epochs = |job: &Job| job.settings.train.epochs;
        let zero = stepped.iter().filter(|job| epochs(job) == 0.0).count();
        let of = |count: usize| {
            if self.jobs.len() == 1 { String::new() } else { format!(" in {count} of {} jobs", self.jobs.len()) }
        };
        if zero > 0 {
            return Some(format!(
                "train.epochs = 0 has no effect{}: train.max_steps overrides it, and the model is trained. To evaluate \
                 the checkpoint as it is, remove train.max_steps; to train, remove train.epochs",
                of(zero)
            ));
        }
        let varies = stepped.windows(2).any(|pair| epochs(pair[0]) != epochs(pair[1]));
        varies.then(|| {
            format!(
                "train.epochs has no effect{}: train.max_steps overrides it, so jobs that differ only in epochs train the \
                 same model. Remove one of the two",
                of(stepped.len())
            )
        })
    }
}
