//! Dropout on a CPU: the elements of a [`Mask`] drawn again in the backward pass, never stored.

use crate::engine::batch::TokenPositions;
use crate::engine::mask::Mask;
use crate::random::LANES;

use super::ROWS_A_TASK;
use super::team::chunks;

/// Elements that one round of [`crate::random::Stream::lanes`] decides.
const GROUP: usize = 4 * LANES;

impl Mask {
    /// Drops from one row: `x` becomes x/(1-p) or 0. `row`: the token's position in its sentence.
    #[inline(always)]
    pub(super) fn apply(&self, x: &mut [f32], example: u32, row: u32) {
        let (groups, rest) = x.as_chunks_mut::<GROUP>();
        let whole = groups.len();
        for (group, values) in groups.iter_mut().enumerate() {
            self.group(values, group, example, row);
        }
        if !rest.is_empty() {
            let mut values = [0.0; GROUP];
            values[..rest.len()].copy_from_slice(rest);
            self.group(&mut values, whole, example, row);
            rest.copy_from_slice(&values[..rest.len()]);
        }
    }

    /// Drops from the rows `queries` of a head's attention weights, `columns` each, a multiple of 16.
    #[inline(always)]
    pub(super) fn apply_to_square(&self, x: &mut [f32], columns: usize, example: u32, head: u32, queries: &[u32]) {
        let mut drawn = None;
        let mut words = [[0; LANES]; 4];
        for (row, query) in x.chunks_exact_mut(columns).zip(queries) {
            let first = *query as usize * columns / LANES;
            for (at, values) in row.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let (group, word) = ((first + at) / 4, (first + at) % 4);
                if drawn != Some(group) {
                    words = self.stream.lanes((group * LANES) as u32, [head, self.site, example]);
                    drawn = Some(group);
                }
                self.choose(values, &words[word]);
            }
        }
    }

    /// Drops the elements whose word is below the threshold.
    #[inline(always)]
    fn choose(&self, values: &mut [f32; LANES], words: &[u32; LANES]) {
        for (value, word) in values.iter_mut().zip(words) {
            *value = if *word < self.threshold { 0.0 } else { *value * self.scale };
        }
    }

    #[inline(always)]
    fn group(&self, values: &mut [f32; GROUP], group: usize, example: u32, row: u32) {
        let words = self.stream.lanes((group * LANES) as u32, [row, self.site, example]);
        for (values, words) in values.as_chunks_mut::<LANES>().0.iter_mut().zip(&words) {
            self.choose(values, words);
        }
    }
}

/// Drops from `x`: `[tokens, width]`. Backward is the same call on the gradient.
pub fn rows(x: &mut [f32], width: usize, mask: &Mask, tokens: TokenPositions<'_>) {
    chunks([x], [width * ROWS_A_TASK], |task, [chunk]| {
        drop_rows(chunk, width, mask, tokens, task * ROWS_A_TASK);
    });
}

simd! {
fn drop_rows(x: &mut [f32], width: usize, mask: &Mask, tokens: TokenPositions<'_>, first: usize) {
    for (row, values) in x.chunks_exact_mut(width).enumerate() {
        let token = first + row;
        mask.apply(values, tokens.examples[token], tokens.positions[token]);
    }
}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn mask(site: u32, probability: f64) -> Mask {
        Mask::new(Stream::new(42, "dropout", 0), site, probability).expect("a positive probability")
    }

    #[test]
    fn the_share_dropped_is_the_probability_and_the_mean_stays() {
        let mut x = vec![1.0f32; 400_000];
        for (row, values) in x.chunks_exact_mut(400).enumerate() {
            mask(3, 0.1).apply(values, 5, row as u32);
        }
        let dropped = x.iter().filter(|v| **v == 0.0).count() as f64 / x.len() as f64;
        let mean = x.iter().map(|v| f64::from(*v)).sum::<f64>() / x.len() as f64;
        assert!((dropped - 0.1).abs() < 0.002, "{dropped}");
        assert!((mean - 1.0).abs() < 0.002, "{mean}");
    }

    #[test]
    fn a_mask_depends_on_the_example_and_not_on_its_place_in_the_batch() {
        let width = 100;
        let drop = |examples: &[u32], positions: &[u32]| {
            let mut x = vec![1.0f32; examples.len() * width];
            rows(&mut x, width, &mask(1, 0.5), TokenPositions { examples, positions });
            x
        };
        let together = drop(&[7, 7, 9], &[0, 1, 0]);
        let alone = drop(&[9], &[0]);
        assert_eq!(together[2 * width..], alone);
        assert_ne!(together[..width], together[width..2 * width]);
        assert_ne!(together[..width], together[2 * width..]);
    }

    #[test]
    fn a_query_drops_the_same_keys_whichever_other_queries_there_are() {
        for columns in [16, 32, 48, 80] {
            let drop = |queries: &[u32]| {
                let mut x = vec![1.0f32; queries.len() * columns];
                mask(2, 0.5).apply_to_square(&mut x, columns, 7, 3, queries);
                x
            };
            let every = drop(&[0, 1, 2, 3, 4, 5, 6, 7]);
            let some = [1, 2, 5, 7];
            let expected: Vec<f32> =
                some.iter().flat_map(|query| &every[*query as usize * columns..][..columns]).copied().collect();
            assert_eq!(drop(&some), expected);
            let rows: std::collections::BTreeSet<Vec<u32>> =
                every.chunks_exact(columns).map(|row| row.iter().map(|x| x.to_bits()).collect()).collect();
            assert_eq!(rows.len(), 8, "every query has a mask of its own");
        }
    }

    #[test]
    fn sites_and_epochs_have_masks_of_their_own() {
        let drop = |mask: Mask| {
            let mut x = vec![1.0f32; 256];
            mask.apply(&mut x, 0, 0);
            x
        };
        let later = Mask::new(Stream::new(42, "dropout", 1), 1, 0.5).expect("positive");
        assert_ne!(drop(mask(1, 0.5)), drop(mask(2, 0.5)));
        assert_ne!(drop(mask(1, 0.5)), drop(later));
    }

    #[test]
    fn dropout_and_its_gradient_are_a_product_with_the_masks_factors() {
        use super::super::reference::{assert_close, dot, draws, numeric_gradient};
        for (tokens, width) in [(1, 5), (3, 64), (17, 100)] {
            let (examples, positions): (Vec<u32>, Vec<u32>) = (0..tokens).map(|token| (token / 4, token % 4)).unzip();
            let at = TokenPositions { examples: &examples, positions: &positions };
            let len = tokens as usize * width;
            let drop = |mut x: Vec<f32>| {
                rows(&mut x, width, &mask(2, 0.3), at);
                x
            };
            let (x, outer, factors) = (draws("x", len), draws("outer", len), drop(vec![1.0; len]));
            let scale = (1.0 / 0.7) as f32;
            assert!(factors.iter().all(|factor| *factor == 0.0 || *factor == scale));
            let reference =
                |x: &[f64]| -> Vec<f64> { x.iter().zip(&factors).map(|(x, f)| x * f64::from(*f)).collect() };
            let wide: Vec<f64> = x.iter().copied().map(f64::from).collect();
            assert_close(&drop(x.clone()), &reference(&wide), "out");
            assert_close(&drop(outer.clone()), &numeric_gradient(&x, |x| dot(&reference(x), &outer)), "∂x");
        }
    }

    /// Pins the function itself: these bits may change only with the engine's numerics version.
    #[test]
    fn masks_are_pinned() {
        let mut x = vec![1.0f32; 70];
        mask(4, 0.5).apply(&mut x, 11, 2);
        let kept: String = x.iter().map(|v| if *v == 0.0 { '.' } else { '1' }).collect();
        assert_eq!(kept, "11...1.111...11.1..1.1.11.111.111..11.1..11..11.1111..1.1....111.111..");
    }
}
