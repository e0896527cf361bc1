//! An average of the weights of several steps: how it moves. A device keeps it beside the parameters.

/// What an average becomes with the weights p of one more step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Averaging {
    /// average + weight·(p - average): an exponential moving average of decay 1 - weight.
    Toward(f32),
    /// The mean of so many weights, p the last of them; of one: p.
    Mean(u32),
}

impl Averaging {
    /// The average after p, in float32, as torch's `lerp` and `swa_utils.get_swa_avg_fn` compute it.
    #[inline(always)]
    pub(super) fn of(self, average: f32, p: f32) -> f32 {
        let apart = p - average;
        match self {
            Self::Toward(weight) if weight < 0.5 => average + weight * apart,
            Self::Toward(weight) => p - apart * (1.0 - weight),
            Self::Mean(1) => p,
            Self::Mean(count) => average + apart / count as f32,
        }
    }
}

/// Where an engine's average is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AverageState {
    /// It is of one step's weights at least.
    pub begun: bool,
    /// It lies in place of the weights, and they in its place.
    pub shown: bool,
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// torch's AveragedModel over some steps: the origin is tests/peer/averages.py.
    #[derive(Deserialize)]
    struct Golden {
        weights: Vec<Vec<f32>>,
        ema: Vec<Ema>,
        mean: Vec<Vec<f32>>,
    }

    #[derive(Deserialize)]
    struct Ema {
        decay: f64,
        averages: Vec<Vec<f32>>,
    }

    #[test]
    fn averages_are_those_of_torch() {
        let text = include_str!("../../tests/goldens/averages.json");
        let golden: Golden = serde_json::from_str(text).expect("the golden's format");
        let check = |theirs: &[Vec<f32>], averaging: &dyn Fn(u32) -> Averaging| {
            let mut ours = vec![f32::NAN; golden.weights[0].len()];
            for (step, (weights, theirs)) in (0..).zip(golden.weights.iter().zip(theirs)) {
                ours.iter_mut().zip(weights).for_each(|(average, p)| *average = averaging(step).of(*average, *p));
                for (ours, theirs) in ours.iter().zip(theirs) {
                    assert!((ours - theirs).abs() <= 1e-6 * theirs.abs().max(0.1), "{step}: {ours} for {theirs}");
                }
            }
        };
        for Ema { decay, averages } in &golden.ema {
            let weight = (1.0 - decay) as f32;
            check(averages, &|step| if step == 0 { Averaging::Mean(1) } else { Averaging::Toward(weight) });
        }
        check(&golden.mean, &|step| Averaging::Mean(step + 1));
    }
}
