//! How a number of rows is divided among languages by their weights. It must not know which rows.

/// So many rows in the proportion of `weights`, by largest remainders: each gets the whole part of its share, and those
/// with the largest rests one more, of equal ones the first.
///
/// `weights`: above 0.
pub(super) fn divided(rows: usize, weights: &[f64]) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let shares: Vec<f64> = weights.iter().map(|weight| rows as f64 * weight / sum).collect();
    let mut counts: Vec<usize> = shares.iter().map(|share| share.floor() as usize).collect();
    let mut by_rest: Vec<usize> = (0..weights.len()).collect();
    by_rest.sort_by(|one, other| shares[*other].fract().total_cmp(&shares[*one].fract()));
    let missing = rows.saturating_sub(counts.iter().sum());
    by_rest.into_iter().cycle().take(missing).for_each(|place| counts[place] += 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_divided_by_largest_remainders() {
        assert_eq!(divided(1000, &[3.0, 1.0]), [750, 250]);
        assert_eq!(divided(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(divided(7, &[0.5, 0.3, 0.2]), [4, 2, 1]);
        assert_eq!(divided(1, &[1.0, 3.0]), [0, 1]);
        for rows in 0..200 {
            assert_eq!(divided(rows, &[0.1, 0.7, 1.3, 2.9]).iter().sum::<usize>(), rows);
        }
    }
}
