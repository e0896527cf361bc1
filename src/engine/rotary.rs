//! The table by which rotary positions turn queries and keys (Su et al. 2021).

/// Fills `table`, `[positions, width]`: of position p, cos(p·f) of width/2 frequencies, then sin(p·f). The frequencies are
/// theta^(-2i/width), and everything is rounded to float32 where `ModernBertRotaryEmbedding` of transformers does.
pub(super) fn fill(table: &mut [f32], theta: f64, width: usize) {
    let frequencies: Vec<f32> = (0..width / 2)
        .map(|i| {
            let exponent = (2 * i) as f32 / width as f32;
            1.0 / libm::pow(theta, f64::from(exponent)) as f32
        })
        .collect();
    for (position, row) in table.chunks_exact_mut(width).enumerate() {
        let (cosines, sines) = row.split_at_mut(width / 2);
        for ((cosine, sine), frequency) in cosines.iter_mut().zip(sines).zip(&frequencies) {
            let angle = f64::from(position as f32 * frequency);
            (*cosine, *sine) = (libm::cos(angle) as f32, libm::sin(angle) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_positions_times_frequencies() {
        let mut table = [0.0; 12];
        fill(&mut table, 100.0, 4);
        assert_eq!(table[..4], [1.0, 1.0, 0.0, 0.0]);
        for (position, row) in (0..3u8).zip(table.chunks_exact(4)) {
            let expected = [1.0f64, 0.1].map(|frequency| f64::from(position) * frequency);
            for (angle, at) in expected.iter().zip(0..) {
                assert!((f64::from(row[at]) - angle.cos()).abs() < 1e-6);
                assert!((f64::from(row[2 + at]) - angle.sin()).abs() < 1e-6);
            }
        }
    }
}
