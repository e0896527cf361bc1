//! Cross-entropy of which each class has a weight.

use crate::engine::batch::NO_LABEL;
use crate::engine::target::Target;

/// The cross-entropy summed over the labeled tokens; logits become its gradient, times the target's scale.
///
/// torch's `CrossEntropyLoss(weight=w, label_smoothing=ε)` before its division by Σ w\[label\]: with p = softmax(logits)
/// and C classes, loss = -(1-ε)·w\[label\]·log p\[label\] - ε/C·Σ w·log p, and its gradient by the logit of class c
/// p\[c\]·((1-ε)·w\[label\] + ε/C·Σ w) - (1-ε)·w\[label\]·\[c = label\] - ε/C·w\[c\].
///
/// logits: `[tokens, classes]`; labels: `[tokens]`, [`NO_LABEL`] where a token has none (gradient 0). In float64, as
/// without weights.
///
/// # Panics
/// If the target has no weights.
pub fn cross_entropy(logits: &mut [f32], labels: &[i32], smoothing: f64, target: Target<'_>) -> f64 {
    let (weights, classes) = (target.weights, target.weights.len());
    let shared = smoothing / classes as f64;
    let all: f64 = weights.iter().sum();
    let mut sum = 0.0;
    for (logits, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        if label == NO_LABEL {
            logits.fill(0.0);
            continue;
        }
        let label = label as usize;
        let own = (1.0 - smoothing) * weights[label];
        let largest = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let shifted = |logit: f32| f64::from(logit) - f64::from(largest);
        let total: f64 = logits.iter().map(|l| libm::exp(shifted(*l))).sum();
        let logarithm = libm::log(total);
        sum += own * (logarithm - shifted(logits[label]));
        if smoothing > 0.0 {
            let each = logits.iter().zip(weights).map(|(l, weight)| weight * (logarithm - shifted(*l)));
            sum += shared * each.sum::<f64>();
        }
        for (class, logit) in logits.iter_mut().enumerate() {
            let one = if class == label { own } else { 0.0 };
            let share = libm::exp(shifted(*logit)) / total * (own + shared * all);
            *logit = ((share - (one + shared * weights[class])) * target.scale) as f32;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::loss;
    use super::super::reference::{assert_close, cross_entropy as plain, draws, numeric_gradient, wide};
    use super::*;
    use crate::engine::target::Loss;

    /// torch's definition, in float64.
    fn defined(logits: &[f64], labels: &[i32], weights: &[f64], smoothing: f64) -> f64 {
        let rows = logits.chunks_exact(weights.len()).zip(labels).filter(|(_, label)| **label != NO_LABEL);
        let of = |(row, label): (&[f64], &i32)| {
            let loss = |class: usize| weights[class] * plain(row, &[Some(class)]);
            let spread: f64 = (0..weights.len()).map(loss).sum();
            (1.0 - smoothing) * loss(*label as usize) + smoothing / weights.len() as f64 * spread
        };
        rows.map(of).sum()
    }

    #[test]
    fn weighted_cross_entropy_and_its_gradient_are_those_of_the_definition() {
        for (tokens, classes, smoothing) in [(1, 2, 0.0), (3, 7, 0.0), (17, 9, 0.3)] {
            let logits = draws("logits", tokens * classes);
            let label = |t: usize| if t % 3 == 1 { NO_LABEL } else { (t * 5 % classes) as i32 };
            let labels: Vec<i32> = (0..tokens).map(label).collect();
            let weights: Vec<f64> = (0..classes).map(|class| 0.3 + class as f64).collect();
            let target = Target { loss: Loss::CrossEntropy { smoothing }, weights: &weights, scale: 0.37 };
            let mut gradient = logits.clone();
            let sum = cross_entropy(&mut gradient, &labels, smoothing, target);
            let expected = defined(&wide(&logits), &labels, &weights, smoothing);
            assert!((sum - expected).abs() < 1e-12 * expected, "{sum} for {expected}");
            let gradients = numeric_gradient(&logits, |logits| 0.37 * defined(logits, &labels, &weights, smoothing));
            assert_close(&gradient, &gradients, "∂logits");
        }
    }

    #[test]
    fn weights_of_one_are_no_weights() {
        let (logits, labels) = (draws("logits", 12), [2, NO_LABEL, 0]);
        for smoothing in [0.0, 0.1] {
            let [mut ones, mut none] = [logits.clone(), logits.clone()];
            let target = Target { loss: Loss::CrossEntropy { smoothing }, weights: &[1.0; 4], scale: 0.5 };
            let sum = cross_entropy(&mut ones, &labels, smoothing, target);
            let expected = loss::cross_entropy(&mut none, &labels, 4, smoothing, 0.5);
            assert!((sum - expected).abs() < 1e-14 * expected);
            assert!(ones.iter().zip(&none).all(|(one, other)| (one - other).abs() < 1e-7));
        }
    }
}
