//! Rows copied out of a table, and back.

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
