//! Rotary positions: queries and keys turned by angles that grow with the position (Su et al. 2021).
//!
//! Of each head's features i and i + head/2 are one pair, turned by the angle α of position and i: a' = a·cos α - b·sin α,
//! b' = b·cos α + a·sin α (`apply_rotary_pos_emb` of transformers). A rotation's gradient is the rotation back:
//! ∂a = ∂a'·cos α + ∂b'·sin α, ∂b = ∂b'·cos α - ∂a'·sin α.

use super::ROWS_A_TASK;
use super::queries::Heads;
use super::team::chunks;

/// Which way queries and keys are turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// As the forward pass does.
    Forward,
    /// Back: of gradients.
    Back,
}

/// Turns the queries and keys of `qkv`, `[tokens, 3·hidden]`; table: `[positions, head]`, cosines then sines of half a head
/// each; positions: of each token in its sentence.
pub(super) fn turn(qkv: &mut [f32], table: &[f32], positions: &[u32], heads: Heads, turn: Turn) {
    let width = 3 * heads.count * heads.width;
    chunks([qkv], [width * ROWS_A_TASK], |task, [qkv]| {
        turn_rows(qkv, table, &positions[task * ROWS_A_TASK..], heads, turn);
    });
}

simd! {
fn turn_rows(qkv: &mut [f32], table: &[f32], positions: &[u32], heads: Heads, turn: Turn) {
    let (hidden, half) = (heads.count * heads.width, heads.width / 2);
    let sign = if turn == Turn::Forward { 1.0f32 } else { -1.0 };
    for (row, position) in qkv.chunks_exact_mut(3 * hidden).zip(positions) {
        let (cosines, sines) = table[*position as usize * heads.width..][..heads.width].split_at(half);
        // queries and keys lie side by side
        for head in row[..2 * hidden].chunks_exact_mut(heads.width) {
            let (first, second) = head.split_at_mut(half);
            for (((a, b), cosine), sine) in first.iter_mut().zip(second).zip(cosines).zip(sines) {
                let (x, y, sine) = (*a, *b, sign * sine);
                *a = x * cosine - y * sine;
                *b = y * cosine + x * sine;
            }
        }
    }
}
}

#[cfg(test)]
mod tests {
    use super::super::reference::{assert_close, dot, draws, numeric_gradient, wide};
    use super::*;

    #[test]
    fn a_rotation_and_its_gradient_are_those_of_the_reference() {
        let (heads, positions) = (Heads { count: 3, width: 4 }, [0u32, 1, 2, 0, 1, 7]);
        let table = draws("table", 8 * heads.width);
        let (qkv, outer) = (draws("qkv", positions.len() * 36), draws("outer", positions.len() * 36));
        let reference = |qkv: &[f64]| -> Vec<f64> {
            let element = |at: usize| {
                let (token, feature) = (at / 36, at % 36);
                if feature >= 24 {
                    return qkv[at];
                }
                let (lane, half) = (feature % 4, heads.width / 2);
                let row = &table[positions[token] as usize * 4..][..4];
                let (cosine, sine) = (f64::from(row[lane % half]), f64::from(row[half + lane % half]));
                let other = if lane < half { -qkv[at + half] } else { qkv[at - half] };
                qkv[at] * cosine + other * sine
            };
            (0..qkv.len()).map(element).collect()
        };
        let mut turned = qkv.clone();
        turn(&mut turned, &table, &positions, heads, Turn::Forward);
        assert_close(&turned, &reference(&wide(&qkv)), "turned");
        let mut gradient = outer.clone();
        turn(&mut gradient, &table, &positions, heads, Turn::Back);
        assert_close(&gradient, &numeric_gradient(&qkv, |qkv| dot(&reference(qkv), &outer)), "∂qkv");
    }
}
