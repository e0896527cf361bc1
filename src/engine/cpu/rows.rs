//! Rows copied out of a table, and back; columns of rows.

use crate::engine::operations::Columns;

use super::ROWS_A_TASK;
use super::team::chunks;

/// to = the rows `rows` of `from`: `[_, width]`.
pub fn gather(to: &mut [f32], from: &[f32], width: usize, rows: &[u32]) {
    for (to, row) in to.chunks_exact_mut(width).zip(rows) {
        to.copy_from_slice(&from[*row as usize * width..][..width]);
    }
}

/// The rows `rows` of `to` become those of `from`: `[rows.len(), width]`, all others 0.
pub fn scatter(to: &mut [f32], from: &[f32], width: usize, rows: &[u32]) {
    to.fill(0.0);
    for (from, row) in from.chunks_exact(width).zip(rows) {
        to[*row as usize * width..][..width].copy_from_slice(from);
    }
}

/// to += scale·from in those columns of `to`: `[rows, of]` from `[rows, width]`.
pub(super) fn add_columns(to: &mut [f32], from: &[f32], Columns { first, width, of, scale }: Columns) {
    chunks([to], [ROWS_A_TASK * of], |task, [to]| {
        let from = from[task * ROWS_A_TASK * width..].chunks_exact(width);
        for (to, from) in to.chunks_exact_mut(of).zip(from) {
            to[first..][..width].iter_mut().zip(from).for_each(|(to, from)| *to += scale * *from);
        }
    });
}

/// to = scale·from of those columns of `from`: `[rows, width]` from `[rows, of]`.
pub(super) fn take_columns(to: &mut [f32], from: &[f32], Columns { first, width, of, scale }: Columns) {
    chunks([to], [ROWS_A_TASK * width], |task, [to]| {
        let from = from[task * ROWS_A_TASK * of..].chunks_exact(of);
        for (to, from) in to.chunks_exact_mut(width).zip(from) {
            to.iter_mut().zip(&from[first..][..width]).for_each(|(to, from)| *to = scale * *from);
        }
    });
}
