//! Cross-entropy over the labelled tokens, and the choice of a label.

use crate::engine::batch::NO_LABEL;

/// The sum of -log softmax(logits)[label] over the labelled tokens; logits become their gradient, times `scale`.
///
/// logits: `[tokens, classes]`; labels: `[tokens]`, [`NO_LABEL`] where a token has none (gradient 0). In float64, since
/// there are few classes and the loss is what a reader compares.
pub(super) fn cross_entropy(logits: &mut [f32], labels: &[i32], classes: usize, scale: f64) -> f64 {
    let mut sum = 0.0;
    for (logits, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        if label == NO_LABEL {
            logits.fill(0.0);
            continue;
        }
        let largest = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let shifted = |logit: f32| f64::from(logit) - f64::from(largest);
        let total: f64 = logits.iter().map(|l| libm::exp(shifted(*l))).sum();
        sum += libm::log(total) - shifted(logits[label as usize]);
        for (class, logit) in logits.iter_mut().enumerate() {
            let one = if class == label as usize { 1.0 } else { 0.0 };
            *logit = ((libm::exp(shifted(*logit)) / total - one) * scale) as f32;
        }
    }
    sum
}

/// The sum that [`cross_entropy`] returns, to the bit, of logits that stay as they are.
pub(super) fn summed(logits: &[f32], labels: &[i32], classes: usize) -> f64 {
    let rows = logits.chunks_exact(classes).zip(labels).filter(|(_, label)| **label != NO_LABEL);
    rows.fold(0.0, |sum, (logits, &label)| {
        let largest = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let shifted = |logit: f32| f64::from(logit) - f64::from(largest);
        let total: f64 = logits.iter().map(|l| libm::exp(shifted(*l))).sum();
        sum + (libm::log(total) - shifted(logits[label as usize]))
    })
}

/// The first of the largest logits of each token, as numpy's argmax; logits: `[tokens, classes]`.
pub(super) fn argmax(logits: &[f32], classes: usize) -> impl Iterator<Item = u16> + '_ {
    logits.chunks_exact(classes).map(|row| {
        let mut best = 0;
        for (class, logit) in row.iter().enumerate() {
            if *logit > row[best] {
                best = class;
            }
        }
        best as u16
    })
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, assert_close, draws, slopes, wide};
    use super::*;

    #[test]
    fn cross_entropy_and_its_gradient_are_those_of_the_reference() {
        for (tokens, classes) in [(1, 2), (3, 7), (17, 9)] {
            let logits = draws("logits", tokens * classes);
            let some: Vec<Option<usize>> = (0..tokens).map(|t| (t % 3 != 1).then_some(t * 5 % classes)).collect();
            let labels: Vec<i32> = some.iter().map(|label| label.map_or(NO_LABEL, |label| label as i32)).collect();
            let scale = 0.37;
            let mut gradient = logits.clone();
            let alone = summed(&logits, &labels, classes);
            let loss = cross_entropy(&mut gradient, &labels, classes, scale);
            let expected = reference::cross_entropy(&wide(&logits), &some);
            assert!((loss - expected).abs() < 1e-12 * expected, "{loss} for {expected}");
            assert_eq!(loss.to_bits(), alone.to_bits());
            let slopes = slopes(&logits, |logits| scale * reference::cross_entropy(logits, &some));
            assert_close(&gradient, &slopes, "∂logits");
        }
    }

    #[test]
    fn large_logits_neither_overflow_nor_lose_the_loss() {
        let mut logits = [1000.0, 0.0, -1000.0];
        assert_eq!(cross_entropy(&mut logits, &[1], 3, 1.0), 1000.0);
        assert_eq!(logits, [1.0, -1.0, 0.0]);
    }

    #[test]
    fn of_equal_logits_the_first_is_the_class() {
        let classes: Vec<u16> = argmax(&[0.0, 2.0, 2.0, -1.0, -1.0, -1.0], 3).collect();
        assert_eq!(classes, [1, 0]);
    }
}
