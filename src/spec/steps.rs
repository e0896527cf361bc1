//! How many optimizer steps a training takes, as Trainer counts them.

use super::{Average, Settings, Size, Train, Warmup};

impl Train {
    /// Steps of an epoch over so many sentences: ceil(ceil(examples / batch) / accumulation).
    pub fn steps_per_epoch(&self, examples: usize) -> u64 {
        examples.div_ceil(self.batch_size).div_ceil(self.gradient_accumulation) as u64
    }

    /// Steps in all over so many sentences.
    pub fn steps(&self, examples: usize) -> u64 {
        let of_epochs = || libm::ceil(self.epochs * self.steps_per_epoch(examples) as f64) as u64;
        if examples == 0 { 0 } else { self.max_steps.unwrap_or_else(of_epochs) }
    }
}

impl Train {
    /// Whether a step does not depend on how many follow it: neither does the rate, which warms up over a number of steps.
    pub fn is_endless(&self) -> bool {
        let warms_up = match self.warmup {
            Warmup::Steps(_) => false,
            Warmup::Ratio(ratio) => ratio > 0.0,
        };
        // the last steps are those of the whole training
        self.schedule.is_endless() && !warms_up && self.average != Average::Last
    }
}

impl Settings {
    /// Steps in all, where the settings tell: `data.train_size = "all"` does not, unless `train.max_steps` does.
    pub fn steps(&self) -> Option<u64> {
        match self.data.train_size {
            Size::Rows(rows) => Some(self.train.steps(rows)),
            Size::All => self.train.max_steps,
        }
    }
}
