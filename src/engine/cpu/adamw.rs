//! The optimiser's two passes over the flat buffers: the gradient's norm, and AdamW.

use super::math::sum_by_lanes;
use super::team::chunks;

/// Elements that one task of the update takes.
const ELEMENTS: usize = 16 * 1024;

/// The constants of one AdamW step on one stretch (Loshchilov and Hutter 2019), computed in float64.
#[derive(Debug, Clone, Copy)]
pub struct Update {
    /// 1 - rate·decay: what decay leaves of a parameter.
    pub keep: f32,
    /// rate / (1 - β₁ᵗ)
    pub step: f32,
    /// 1 / √(1 - β₂ᵗ)
    pub correction: f32,
    /// β₁ and β₂.
    pub betas: [f32; 2],
    /// 1 - β₁ and 1 - β₂.
    pub complements: [f32; 2],
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Clipping: what the gradient is multiplied by.
    pub clip: f32,
}

/// Adds Σ x² of chunks of `chunk` elements to `sums`: one partial sum a chunk, whatever the threads.
pub(super) fn squares(sums: &mut [f64], x: &[f32], chunk: usize) {
    sums.iter_mut().zip(x.chunks(chunk)).for_each(|(sum, x)| *sum = square(x));
}

simd! {
fn square(x: &[f32]) -> f64 {
    f64::from(sum_by_lanes(x.len(), |i| x[i] * x[i]))
}
}

/// One AdamW step on a stretch: parameters p, gradients g, moments m and v, all of one length.
pub(super) fn update([p, m, v]: [&mut [f32]; 3], g: &[f32], constants: &Update) {
    chunks([p, m, v], [ELEMENTS; 3], |task, [p, m, v]| {
        let g = &g[task * ELEMENTS..][..p.len()];
        update_chunk([p, m, v], g, constants);
    });
}

/// Σ x² of the rows `rows` of `x`: `[rows of a table, width]`; the same bits as [`squares`] gives for them.
pub(super) fn squares_of_rows(sums: &mut [f64], x: &[f32], width: usize, rows: &[u32]) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        *sum = square(&x[*row as usize * width..][..width]);
    }
}

/// [`update`] on a table of `width` columns. The rows that never `met` a gradient have zero for gradient and moments, so
/// of the step only the decay remains, to the bit; their gradients and moments are not read.
pub(super) fn update_rows([p, m, v]: [&mut [f32]; 3], g: &[f32], width: usize, met: &[bool], constants: &Update) {
    let rows = (ELEMENTS / width).max(1);
    chunks([p, m, v], [rows * width; 3], |task, [p, m, v]| {
        let moments = m.chunks_exact_mut(width).zip(v.chunks_exact_mut(width));
        let rows = p.chunks_exact_mut(width).zip(moments).enumerate();
        for (row, (p, (m, v))) in rows.map(|(row, values)| (task * (ELEMENTS / width).max(1) + row, values)) {
            if met[row] {
                update_chunk([p, m, v], &g[row * width..][..width], constants);
            } else if constants.keep != 1.0 {
                p.iter_mut().for_each(|p| *p *= constants.keep);
            }
        }
    });
}

simd! {
fn update_chunk([p, m, v]: [&mut [f32]; 3], g: &[f32], constants: &Update) {
    let Update { keep, step, correction, betas, complements, epsilon, clip } = *constants;
    for (((p, m), v), g) in p.iter_mut().zip(m.iter_mut()).zip(v.iter_mut()).zip(g) {
        let g = g * clip;
        *m = betas[0].mul_add(*m, complements[0] * g);
        *v = betas[1].mul_add(*v, complements[1] * g * g);
        let denominator = v.sqrt().mul_add(correction, epsilon);
        *p = (*p * keep) - step * (*m / denominator);
    }
}
}
