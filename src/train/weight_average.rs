//! After which steps of a training the average of its weights moves, and how.

use crate::engine::{Averaging, Engine};
use crate::spec::{Average, Train};

use super::error::TrainError;

/// The average of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum WeightAverage {
    /// None.
    Off,
    /// Exponential, from the weights before the first step on, as torch's `swa_utils.AveragedModel` with
    /// `get_ema_multi_avg_fn`, updated once before the first step too.
    Ema {
        /// How far a step moves it.
        weight: f32,
    },
    /// The mean from this step on, as torch's `swa_utils.AveragedModel` updated after it and each later one.
    From(u64),
}

impl WeightAverage {
    /// That of `options` over `total` steps.
    pub(super) fn new(options: &Train, total: u64) -> Self {
        match options.average {
            Average::Off => Self::Off,
            Average::Ema => Self::Ema { weight: (1.0 - options.ema_decay) as f32 },
            Average::Last => {
                let steps = options.average_steps.expect("the file says how many steps are averaged");
                Self::From(total.saturating_sub(steps) + 1)
            }
        }
    }

    /// Moves the average of `engine` after so many steps.
    pub(super) fn update(self, engine: &mut Engine, steps: u64) -> Result<(), TrainError> {
        if let Some(averaging) = self.after(steps) {
            engine.average_ahead(averaging)?;
        }
        Ok(())
    }

    /// How it moves after so many steps; before the first: 0.
    pub(super) fn after(self, steps: u64) -> Option<Averaging> {
        match self {
            Self::Ema { .. } if steps == 0 => Some(Averaging::Mean(1)),
            Self::Ema { weight } => Some(Averaging::Toward(weight)),
            Self::From(first) if steps >= first => Some(Averaging::Mean((steps - first + 1) as u32)),
            Self::Off | Self::From(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(average: Average, average_steps: Option<u64>) -> Vec<Option<Averaging>> {
        let options = Train { average, average_steps, ema_decay: 0.75, ..Train::default() };
        (0..=4).map(|steps| WeightAverage::new(&options, 4).after(steps)).collect()
    }

    #[test]
    fn a_moving_average_starts_from_the_weights_before_the_first_step() {
        let toward = Some(Averaging::Toward(0.25));
        assert_eq!(course(Average::Ema, None), [Some(Averaging::Mean(1)), toward, toward, toward, toward]);
    }

    #[test]
    fn a_mean_is_over_the_last_steps_and_over_all_where_there_are_fewer() {
        let mean = |count| Some(Averaging::Mean(count));
        assert_eq!(course(Average::Last, Some(2)), [None, None, None, mean(1), mean(2)]);
        assert_eq!(course(Average::Last, Some(9)), [None, mean(1), mean(2), mean(3), mean(4)]);
    }
}
