//! Heads of keys and values that several query heads share (Ainslie et al. 2023).
//!
//! A token's row has the queries of all heads, then keys, then values, each `[heads, width]`; packed, keys and values once
//! for each group of successive query heads. Repeated, they are as attention reads them; the gradient of one is the sum of
//! those of its group, in order.

use super::ROWS_A_TASK;
use super::queries::Heads;
use super::team::chunks;

/// repeated: `[tokens, 3·heads·width]`; packed: `[tokens, (heads + 2·shared)·width]`.
pub fn forward(repeated: &mut [f32], packed: &[f32], heads: Heads, shared: usize) {
    let (columns, packed_columns) = (3 * heads.hidden(), (heads.count + 2 * shared) * heads.width);
    chunks([repeated], [columns * ROWS_A_TASK], |task, [repeated]| {
        let packed = packed[task * ROWS_A_TASK * packed_columns..].chunks_exact(packed_columns);
        for (to, from) in repeated.chunks_exact_mut(columns).zip(packed) {
            for (head, to) in to.chunks_exact_mut(heads.width).enumerate() {
                to.copy_from_slice(&from[source(head, heads, shared) * heads.width..][..heads.width]);
            }
        }
    });
}

/// packed: the gradient of what [`forward`] read, written; repeated: that of what it wrote.
pub fn backward(packed: &mut [f32], repeated: &[f32], heads: Heads, shared: usize) {
    let (columns, packed_columns) = (3 * heads.hidden(), (heads.count + 2 * shared) * heads.width);
    chunks([packed], [packed_columns * ROWS_A_TASK], |task, [packed]| {
        let repeated = repeated[task * ROWS_A_TASK * columns..].chunks_exact(columns);
        for (to, from) in packed.chunks_exact_mut(packed_columns).zip(repeated) {
            to.fill(0.0);
            for (head, from) in from.chunks_exact(heads.width).enumerate() {
                let to = &mut to[source(head, heads, shared) * heads.width..][..heads.width];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            }
        }
    });
}

/// The packed head that `head`, counted through queries, keys and values, is a copy of.
fn source(head: usize, heads: Heads, shared: usize) -> usize {
    let (part, head) = (head / heads.count, head % heads.count);
    match part {
        0 => head,
        _ => heads.count + (part - 1) * shared + head / (heads.count / shared),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::{assert_close, dot, draws, numeric_gradient, wide};
    use super::*;

    #[test]
    fn heads_that_share_a_key_have_it_and_its_gradient_is_the_sum_of_theirs() {
        for (heads, shared) in [(4, 2), (6, 2), (3, 1), (2, 2)] {
            let heads = Heads { count: heads, width: 5 };
            let (tokens, columns) = (ROWS_A_TASK + 2, (heads.count + 2 * shared) * heads.width);
            let (packed, outer) = (draws("packed", tokens * columns), draws("outer", tokens * 3 * heads.hidden()));
            let reference = |packed: &[f64]| -> Vec<f64> {
                let row = |row: &[f64]| -> Vec<f64> {
                    let (queries, rest) = row.split_at(heads.hidden());
                    let (keys, values) = rest.split_at(shared * heads.width);
                    let times = heads.count / shared;
                    let repeated =
                        |part: &[f64]| part.chunks(heads.width).flat_map(|head| head.repeat(times)).collect::<Vec<_>>();
                    [queries.to_vec(), repeated(keys), repeated(values)].concat()
                };
                packed.chunks_exact(columns).flat_map(row).collect()
            };
            let mut repeated = vec![f32::NAN; outer.len()];
            forward(&mut repeated, &packed, heads, shared);
            assert_close(&repeated, &reference(&wide(&packed)), "repeated");
            let mut gradient = vec![f32::NAN; packed.len()];
            backward(&mut gradient, &outer, heads, shared);
            assert_close(&gradient, &numeric_gradient(&packed, |packed| dot(&reference(packed), &outer)), "∂packed");
        }
    }
}
