//! Cross-entropy over the labeled tokens, and the best class of each token.

use crate::engine::batch::{NO_CLASS, NO_LABEL};
use crate::engine::target::{Loss, Target};

use super::{focal, weighted};

/// The loss summed over the labeled tokens, each for itself; logits become its gradient, times the target's scale.
///
/// # Panics
/// If the target is a chain.
pub(super) fn summed_with_gradient(logits: &mut [f32], labels: &[i32], classes: usize, target: Target<'_>) -> f64 {
    match target.loss {
        Loss::CrossEntropy { smoothing } if target.weights.is_empty() => {
            cross_entropy(logits, labels, classes, smoothing, target.scale)
        }
        Loss::CrossEntropy { smoothing } => weighted::cross_entropy(logits, labels, smoothing, target),
        Loss::Focal { .. } | Loss::Dice { .. } => focal::summed_with_gradient(logits, labels, classes, target),
        Loss::Crf => unreachable!("a chain has parameters"),
    }
}

/// The sum of the cross-entropy over the labeled tokens; logits become its gradient, times `scale`.
///
/// Szegedy et al. 2016, as transformers' LabelSmoother: with p = softmax(logits), C classes and a share ε,
/// loss = -(1-ε)·log p\[label\] - ε/C·Σ log p, and its gradient p - (1-ε)·\[class = label\] - ε/C.
///
/// logits: `[tokens, classes]`; labels: `[tokens]`, [`NO_LABEL`] where a token has none (gradient 0). In float64, since
/// there are few classes and the loss is what a reader compares.
pub fn cross_entropy(logits: &mut [f32], labels: &[i32], classes: usize, smoothing: f64, scale: f64) -> f64 {
    let mut sum = 0.0;
    let shared = smoothing / classes as f64;
    for (logits, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        if label == NO_LABEL {
            logits.fill(0.0);
            continue;
        }
        let largest = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let shifted = |logit: f32| f64::from(logit) - f64::from(largest);
        let total: f64 = logits.iter().map(|l| libm::exp(shifted(*l))).sum();
        let own = libm::log(total) - shifted(logits[label as usize]);
        sum += if smoothing > 0.0 {
            let mean = libm::log(total) - logits.iter().map(|l| shifted(*l)).sum::<f64>() / classes as f64;
            (1.0 - smoothing) * own + smoothing * mean
        } else {
            own
        };
        for (class, logit) in logits.iter_mut().enumerate() {
            let one = if class == label as usize { 1.0 - smoothing } else { 0.0 };
            *logit = ((libm::exp(shifted(*logit)) / total - (one + shared)) * scale) as f32;
        }
    }
    sum
}

/// The first of the largest logits of each token, as numpy's argmax, and [`NO_CLASS`] where one is not finite; logits:
/// `[tokens, classes]`.
pub fn argmax(logits: &[f32], classes: usize) -> impl Iterator<Item = u16> + '_ {
    logits.chunks_exact(classes).map(|row| {
        let mut best = 0;
        for (class, logit) in row.iter().enumerate() {
            if *logit > row[best] {
                best = class;
            }
        }
        if row.iter().all(|logit| logit.is_finite()) { best as u16 } else { NO_CLASS }
    })
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, assert_close, draws, numeric_gradient, wide};
    use super::*;
    use crate::engine::plain;

    #[test]
    fn cross_entropy_and_its_gradient_are_those_of_the_reference() {
        for (tokens, classes) in [(1, 2), (3, 7), (17, 9)] {
            let logits = draws("logits", tokens * classes);
            let some: Vec<Option<usize>> = (0..tokens).map(|t| (t % 3 != 1).then_some(t * 5 % classes)).collect();
            let labels: Vec<i32> = some.iter().map(|label| label.map_or(NO_LABEL, |label| label as i32)).collect();
            let scale = 0.37;
            let mut gradient = logits.clone();
            let alone = plain::cross_entropy(&logits, &labels, classes);
            let loss = cross_entropy(&mut gradient, &labels, classes, 0.0, scale);
            let expected = reference::cross_entropy(&wide(&logits), &some);
            assert!((loss - expected).abs() < 1e-12 * expected, "{loss} for {expected}");
            assert_eq!(loss.to_bits(), alone.to_bits());
            let gradients = numeric_gradient(&logits, |logits| scale * reference::cross_entropy(logits, &some));
            assert_close(&gradient, &gradients, "∂logits");
        }
    }

    #[test]
    fn smoothed_cross_entropy_and_its_gradient_are_those_of_the_reference() {
        for (tokens, classes, smoothing) in [(1, 2, 0.5), (3, 7, 0.1), (17, 9, 0.9)] {
            let logits = draws("logits", tokens * classes);
            let some: Vec<Option<usize>> = (0..tokens).map(|t| (t % 3 != 1).then_some(t * 5 % classes)).collect();
            let labels: Vec<i32> = some.iter().map(|label| label.map_or(NO_LABEL, |label| label as i32)).collect();
            let (scale, mut gradient) = (0.37, logits.clone());
            let loss = cross_entropy(&mut gradient, &labels, classes, smoothing, scale);
            let expected = reference::smoothed_cross_entropy(&wide(&logits), &some, smoothing);
            assert!((loss - expected).abs() < 1e-12 * expected, "{loss} for {expected}");
            let gradients =
                numeric_gradient(&logits, |logits| scale * reference::smoothed_cross_entropy(logits, &some, smoothing));
            assert_close(&gradient, &gradients, "∂logits");
        }
    }

    /// Three tokens of four classes, the second without a label: transformers 5.23's
    /// `LabelSmoother(epsilon=0.1)({"logits": x}, labels)` of float64 tensors, and its gradient. It sums over classes
    /// in float32, hence the tolerance.
    #[test]
    fn smoothed_cross_entropy_is_that_of_transformers() {
        let mut logits = [0.5, -1.25, 2.0, 0.75, 3.0, 1.0, -0.5, 0.0, -2.0, 0.25, 1.5, -0.75];
        let loss = cross_entropy(&mut logits, &[2, NO_LABEL, 0], 4, 0.1, 0.5) * 0.5;
        assert!((loss - 2.132_181_857_548_409_3).abs() < 2e-7, "{loss}");
        let gradient = [
            0.059_551_420_571_092_875,
            2.065_932_994_873_768_4e-5,
            -0.139_587_935_275_686_75,
            0.080_015_855_374_645_1,
            0.0,
            0.0,
            0.0,
            0.0,
            -0.451_882_830_635_468_4,
            0.088_232_899_841_518_14,
            0.339_092_368_010_415_1,
            0.024_557_562_783_535_01,
        ];
        for (ours, theirs) in logits.iter().zip(gradient) {
            assert!((f64::from(*ours) - theirs).abs() < 3e-8, "{ours} for {theirs}");
        }
    }

    #[test]
    fn large_logits_neither_overflow_nor_lose_the_loss() {
        let mut logits = [1000.0, 0.0, -1000.0];
        assert_eq!(cross_entropy(&mut logits, &[1], 3, 0.0, 1.0), 1000.0);
        assert_eq!(logits, [1.0, -1.0, 0.0]);
    }

    #[test]
    fn logits_that_are_not_finite_have_no_class() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let classes: Vec<u16> = argmax(&[0.0, odd, odd, 1.0, 2.0, 1.0], 3).collect();
            assert_eq!(classes, [NO_CLASS, 1]);
        }
    }

    #[test]
    fn of_equal_logits_the_first_is_the_class() {
        let classes: Vec<u16> = argmax(&[0.0, 2.0, 2.0, -1.0, -1.0, -1.0], 3).collect();
        assert_eq!(classes, [1, 0]);
    }
}
