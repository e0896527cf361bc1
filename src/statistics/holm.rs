//! Correction of several tests.

/// The p values of tests that are read together, adjusted so that under any dependence the chance of one false alarm or
/// more is at most the level (Holm 1979), in their order.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut high = 0.0_f64;
    for (rank, test) in order.into_iter().enumerate() {
        high = high.max((p[test] * (p.len() - rank) as f64).min(1.0));
        adjusted[test] = high;
    }
    adjusted
}
