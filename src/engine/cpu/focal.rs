//! Losses of the label's probability alone: focal and self-adjusting Dice.

use crate::engine::batch::NO_LABEL;
use crate::engine::target::{Loss, Target};

/// A loss of the label's probability, and its pull: the derivative by the label's logit.
#[derive(Debug, Clone, Copy)]
struct Slope {
    loss: f64,
    pull: f64,
}

/// The focal or Dice loss summed over the labeled tokens, each times its label's weight; logits become its gradient,
/// times the target's scale.
///
/// With p the label's share of the softmax, q = 1 - p, e the exponentials, and [class = label] - p(class) = q·s: s is 1
/// for the label and -e(class) / Σ of the others' e for another class, so that no small q divides.
/// ∂loss/∂logit = ∂loss/∂p · p · q·s = pull·s:
///
/// - focal, -q^γ·log p: pull = γ·p·q^γ·log p - q^(γ+1);
/// - Dice, 1 - (2x+γ)/(x+1+γ) with x = q^α·p: ∂loss/∂x = -(2+γ)/(x+1+γ)², p·q·∂x/∂p = p·q^(α+1) - α·p²·q^α.
///
/// logits: `[tokens, classes]`; labels: `[tokens]`, [`NO_LABEL`] where a token has none (gradient 0). In float64, as
/// cross-entropy.
///
/// # Panics
/// If the target is another loss.
pub fn summed_with_gradient(logits: &mut [f32], labels: &[i32], classes: usize, target: Target<'_>) -> f64 {
    let mut sum = 0.0;
    for (logits, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        if label == NO_LABEL {
            logits.fill(0.0);
            continue;
        }
        let label = label as usize;
        let weight = target.weights.get(label).copied().unwrap_or(1.0);
        let largest = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let shifted = |logit: f32| f64::from(logit) - f64::from(largest);
        let own = libm::exp(shifted(logits[label]));
        let (mut total, mut others) = (0.0, 0.0);
        for (class, logit) in logits.iter().enumerate() {
            let power = libm::exp(shifted(*logit));
            total += power;
            others += if class == label { 0.0 } else { power };
        }
        let (p, q) = (own / total, others / total);
        // where p is near 1, log p by q keeps its digits
        let log = if q < 0.5 { libm::log1p(-q) } else { shifted(logits[label]) - libm::log(total) };
        let slope = slope(target.loss, p, q, log);
        sum += weight * slope.loss;
        let pull = weight * slope.pull * target.scale;
        for (class, logit) in logits.iter_mut().enumerate() {
            *logit = if class == label {
                pull as f32
            } else if others > 0.0 {
                (-pull * (libm::exp(shifted(*logit)) / others)) as f32
            } else {
                0.0
            };
        }
    }
    sum
}

/// `log`: of p.
fn slope(loss: Loss, p: f64, q: f64, log: f64) -> Slope {
    match loss {
        Loss::Focal { gamma } => {
            let focus = libm::pow(q, gamma);
            Slope { loss: -focus * log, pull: gamma * p * focus * log - focus * q }
        }
        Loss::Dice { alpha, gamma } => {
            let focus = libm::pow(q, alpha);
            let x = focus * p;
            let below = x + 1.0 + gamma;
            let change = p * focus * q - alpha * p * p * focus;
            Slope { loss: 1.0 - (2.0 * x + gamma) / below, pull: -(2.0 + gamma) / (below * below) * change }
        }
        Loss::CrossEntropy { .. } | Loss::Crf => unreachable!("a loss of another file"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::{assert_close, draws, numeric_gradient, wide};
    use super::*;

    /// The definition, in float64.
    fn defined(logits: &[f64], labels: &[i32], classes: usize, target: Target<'_>) -> f64 {
        let rows = logits.chunks_exact(classes).zip(labels).filter(|(_, label)| **label != NO_LABEL);
        let of = |(row, label): (&[f64], &i32)| {
            let p = libm::exp(row[*label as usize]) / row.iter().map(|logit| libm::exp(*logit)).sum::<f64>();
            let loss = match target.loss {
                Loss::Focal { gamma } => -libm::pow(1.0 - p, gamma) * libm::log(p),
                Loss::Dice { alpha, gamma } => {
                    let x = libm::pow(1.0 - p, alpha) * p;
                    1.0 - (2.0 * x + gamma) / (x + 1.0 + gamma)
                }
                _ => unreachable!("no such loss here"),
            };
            target.weights.get(*label as usize).copied().unwrap_or(1.0) * loss
        };
        rows.map(of).sum()
    }

    #[test]
    fn focal_and_dice_and_their_gradients_are_those_of_the_definition() {
        let losses = [
            Loss::Focal { gamma: 0.0 },
            Loss::Focal { gamma: 0.5 },
            Loss::Focal { gamma: 2.0 },
            Loss::Dice { alpha: 0.0, gamma: 0.0 },
            Loss::Dice { alpha: 0.6, gamma: 1.0 },
            Loss::Dice { alpha: 1.0, gamma: 1.0 },
        ];
        for loss in losses {
            for (tokens, classes) in [(1, 2), (3, 7), (17, 9)] {
                let logits = draws("logits", tokens * classes);
                let label = |t: usize| if t % 3 == 1 { NO_LABEL } else { (t * 5 % classes) as i32 };
                let labels: Vec<i32> = (0..tokens).map(label).collect();
                let weights: Vec<f64> = (0..classes).map(|class| 0.3 + class as f64).collect();
                for weights in [&weights[..], &[]] {
                    let target = Target { loss, weights, scale: 0.37 };
                    let mut gradient = logits.clone();
                    let sum = summed_with_gradient(&mut gradient, &labels, classes, target);
                    let expected = defined(&wide(&logits), &labels, classes, target);
                    assert!((sum - expected).abs() < 1e-12 * expected, "{loss:?}: {sum} for {expected}");
                    let gradients =
                        numeric_gradient(&logits, |logits| 0.37 * defined(logits, &labels, classes, target));
                    assert_close(&gradient, &gradients, "∂logits");
                }
            }
        }
    }

    #[test]
    fn logits_that_decide_have_a_finite_loss_and_gradient() {
        for loss in [Loss::Focal { gamma: 0.5 }, Loss::Dice { alpha: 0.5, gamma: 1.0 }] {
            for (label, logits) in [(0, [2000.0, 0.0, -2000.0]), (2, [2000.0, 0.0, -2000.0]), (0, [30.0, 0.0, 0.0])] {
                let mut logits = logits;
                let target = Target { loss, weights: &[], scale: 1.0 };
                let sum = summed_with_gradient(&mut logits, &[label], 3, target);
                assert!(sum.is_finite() && logits.iter().all(|g| g.is_finite()), "{loss:?}: {sum}, {logits:?}");
            }
        }
    }
}
