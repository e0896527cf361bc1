//! The sum of word, position and segment embedding, and its gradient.

use super::ROWS_A_TASK;
use super::team::chunks;
use crate::engine::batch::{Batch, NO_POSITION};
use crate::engine::operations::EmbeddingTables;

/// Rows of the three tables for each token. The segment is always row 0, as for a single sentence.
#[derive(Debug, Clone, Copy)]
pub struct Lookup<'a> {
    /// Word row of each token.
    pub ids: &'a [u32],
    /// Row of each token in the position table, counted from that of position 0.
    pub position_ids: &'a [u32],
    /// Row of position 0.
    pub first_position: usize,
    /// The padding token, if there is one.
    pub padding: Option<u32>,
}

impl<'a> Lookup<'a> {
    /// Those of `batch`; `first_position`: the row of position 0.
    pub fn of(batch: &'a Batch, first_position: usize) -> Self {
        let Batch { ids, position_ids, padding, .. } = batch;
        Self { ids, position_ids, first_position, padding: *padding }
    }

    /// The token's row of the position table; that of padding is the one before the first.
    fn position(&self, token: usize) -> usize {
        self.position_ids[token].wrapping_add(self.first_position as u32) as usize
    }
}

/// out: `[tokens, hidden]`; tables: `[rows, hidden]`; those of positions and segments may be empty.
pub fn forward(out: &mut [f32], tables: EmbeddingTables<&[f32]>, width: usize, at: Lookup<'_>) {
    let EmbeddingTables { words, positions, segments } = tables;
    chunks([out], [width * ROWS_A_TASK], |task, [chunk]| {
        for (row, out) in chunk.chunks_exact_mut(width).enumerate() {
            let token = task * ROWS_A_TASK + row;
            let word = &words[at.ids[token] as usize * width..][..width];
            if positions.is_empty() {
                match segments.get(..width) {
                    Some(segment) => out.iter_mut().zip(word).zip(segment).for_each(|((o, w), s)| *o = w + s),
                    None => out.copy_from_slice(word),
                }
                continue;
            }
            let position = &positions[at.position(token) * width..][..width];
            // transformers adds the segment to the word first, then the position
            match segments.get(..width) {
                Some(segment) => {
                    for (((o, w), s), p) in out.iter_mut().zip(word).zip(segment).zip(position) {
                        *o = (w + s) + p;
                    }
                }
                None => out.iter_mut().zip(word).zip(position).for_each(|((o, w), p)| *o = w + p),
            }
        }
    });
}

/// Adds each token's gradient to its rows, in the order of the tokens; padding has none (`padding_idx` of
/// `torch.nn.Embedding`). gradient: `[tokens, hidden]`.
pub fn backward(gradients: EmbeddingTables<&mut [f32]>, gradient: &[f32], width: usize, at: Lookup<'_>) {
    let EmbeddingTables { words, positions, segments } = gradients;
    let add = |row: &mut [f32], gradient: &[f32]| row.iter_mut().zip(gradient).for_each(|(r, g)| *r += g);
    for (token, gradient) in gradient.chunks_exact(width).enumerate() {
        if at.padding != Some(at.ids[token]) {
            add(&mut words[at.ids[token] as usize * width..][..width], gradient);
        }
        if !positions.is_empty() && at.position_ids[token] != NO_POSITION {
            add(&mut positions[at.position(token) * width..][..width], gradient);
        }
        if let Some(segment) = segments.get_mut(..width) {
            add(segment, gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::{assert_close, dot, draws, numeric_gradient, wide};
    use super::*;

    /// Two sentences whose words and positions recur, with and without tables of segments and positions.
    #[test]
    fn the_sum_of_embeddings_and_its_gradients_are_those_of_the_reference() {
        let (ids, positions, first_position) = ([4, 0, 4, 2, 4], [0, 1, 2, 0, 1], 2);
        let at = Lookup { ids: &ids, position_ids: &positions, first_position, padding: None };
        for (width, segment_rows, position_rows) in [(5, 2, 7), (33, 1, 7), (33, 0, 7), (5, 0, 0), (5, 2, 0)] {
            let words = draws("words", 6 * width);
            let places = draws("positions", position_rows * width);
            let segments = draws("segments", segment_rows * width);
            let outer = draws("outer", ids.len() * width);
            let reference = |words: &[f64], places: &[f64], segments: &[f64]| -> Vec<f64> {
                let cell = |token: usize, i: usize| {
                    let place = places.get((positions[token] as usize + first_position) * width + i);
                    words[ids[token] as usize * width + i]
                        + place.copied().unwrap_or(0.0)
                        + segments.get(i).copied().unwrap_or(0.0)
                };
                (0..ids.len() * width).map(|at| cell(at / width, at % width)).collect()
            };
            let loss = |w: &[f64], p: &[f64], s: &[f64]| dot(&reference(w, p, s), &outer);
            let [w, p, s] = [&words, &places, &segments].map(|table| wide(table));

            let mut out = vec![f32::NAN; outer.len()];
            let tables = EmbeddingTables { words: &words[..], positions: &places[..], segments: &segments[..] };
            forward(&mut out, tables, width, at);
            assert_close(&out, &reference(&w, &p, &s), "out");

            let mut gradients = [6, position_rows, segment_rows].map(|rows| vec![0.0; rows * width]);
            let [words_gradient, positions, segments_gradient] = gradients.each_mut().map(Vec::as_mut_slice);
            let tables = EmbeddingTables { words: words_gradient, positions, segments: segments_gradient };
            backward(tables, &outer, width, at);
            assert_close(&gradients[0], &numeric_gradient(&words, |w| loss(w, &p, &s)), "∂words");
            assert_close(&gradients[1], &numeric_gradient(&places, |p| loss(&w, p, &s)), "∂positions");
            assert_close(&gradients[2], &numeric_gradient(&segments, |s| loss(&w, &p, s)), "∂segments");
        }
    }
}
