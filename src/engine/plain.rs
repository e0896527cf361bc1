//! The plain cross-entropy of logits that lie here: what evaluations say.

use super::batch::NO_LABEL;

/// The sum over the labeled tokens: to the bit that of the CPU's training without smoothing, of logits that stay as they
/// are. logits: `[tokens, classes]`.
pub(super) fn cross_entropy(logits: &[f32], labels: &[i32], classes: usize) -> f64 {
    let rows = logits.chunks_exact(classes).zip(labels).filter(|(_, label)| **label != NO_LABEL);
    rows.fold(0.0, |sum, (logits, &label)| {
        let largest = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let shifted = |logit: f32| f64::from(logit) - f64::from(largest);
        let total: f64 = logits.iter().map(|l| libm::exp(shifted(*l))).sum();
        sum + (libm::log(total) - shifted(logits[label as usize]))
    })
}
