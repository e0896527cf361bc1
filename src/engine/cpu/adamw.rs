//! The optimiser's two passes over the flat buffers: the gradient's norm, and AdamW.

use super::math::sum_by_lanes;
use super::team::{Shared, chunks, tasks};

/// Elements that one task of the update takes.
const ELEMENTS: usize = 16 * 1024;
/// Rows of a table that one task takes.
const ROWS_A_TASK: usize = 8;

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

/// A row of a table that has steps outstanding.
#[derive(Debug, Clone, Copy)]
pub struct Stale {
    /// Its index.
    pub row: u32,
    /// Of the outstanding steps, how many it has taken.
    pub taken: u32,
    /// Whether it ever had a gradient.
    pub met: bool,
}

simd! {
/// Σ x² in float32 lanes.
pub(super) fn square(x: &[f32]) -> f32 {
    sum_by_lanes(x.len(), |i| x[i] * x[i])
}
}

/// One AdamW step on a stretch: parameters p, gradients g, moments m and v, all of one length.
pub(super) fn update([p, m, v]: [&mut [f32]; 3], g: &[f32], constants: &Update) {
    chunks([p, m, v], [ELEMENTS; 3], |task, [p, m, v]| {
        let g = &g[task * ELEMENTS..][..p.len()];
        update_chunk([p, m, v], g, constants);
    });
}

/// [`update`] of some rows of tables of `width` columns, each row once.
pub(super) fn update_rows(tables: [&mut [f32]; 3], g: &[f32], width: usize, rows: &[u32], constants: &Update) {
    each_row(
        tables,
        width,
        rows,
        |row| *row,
        |row, values| {
            update_chunk(values, &g[*row as usize * width..][..width], constants);
        },
    );
}

/// The outstanding `steps` of some rows of tables of `width` columns, each row once: [`update`] with a gradient of zero.
/// A row that never met a gradient has zero for moments, too, so that only the decay remains of its steps, to the bit.
pub(super) fn replay(tables: [&mut [f32]; 3], width: usize, rows: &[Stale], steps: &[Update]) {
    each_row(
        tables,
        width,
        rows,
        |stale| stale.row,
        |stale, values| {
            let steps = &steps[stale.taken as usize..];
            match values {
                values if stale.met => replay_row(values, steps),
                [p, _, _] => decay_row(p, steps),
            }
        },
    );
}

/// Runs `work` on the rows of the tables that `rows` are of; they are distinct.
fn each_row<T: Sync>(
    tables: [&mut [f32]; 3],
    width: usize,
    rows: &[T],
    index: impl Fn(&T) -> u32 + Sync,
    work: impl Fn(&T, [&mut [f32]; 3]) + Sync,
) {
    let len = tables[0].len();
    assert!(tables.iter().all(|table| table.len() == len), "tables of one shape");
    let tables = tables.map(|table| Shared::new(table.as_mut_ptr()));
    tasks(rows.len().div_ceil(ROWS_A_TASK), |task| {
        for row in rows[task * ROWS_A_TASK..].iter().take(ROWS_A_TASK) {
            let start = index(row) as usize * width;
            assert!(start + width <= len, "a row of the table");
            // SAFETY: within the tables, as asserted; rows are distinct, and this one is this task's.
            let values = tables.map(|table| unsafe { std::slice::from_raw_parts_mut(table.get().add(start), width) });
            work(row, values);
        }
    });
}

simd! {
fn decay_row(p: &mut [f32], steps: &[Update]) {
    for constants in steps.iter().filter(|constants| constants.keep != 1.0) {
        p.iter_mut().for_each(|p| *p *= constants.keep);
    }
}
}

simd! {
fn replay_row([p, m, v]: [&mut [f32]; 3], steps: &[Update]) {
    for constants in steps {
        for ((p, m), v) in p.iter_mut().zip(m.iter_mut()).zip(v.iter_mut()) {
            step(p, m, v, 0.0, constants);
        }
    }
}
}

simd! {
fn update_chunk([p, m, v]: [&mut [f32]; 3], g: &[f32], constants: &Update) {
    for (((p, m), v), g) in p.iter_mut().zip(m.iter_mut()).zip(v.iter_mut()).zip(g) {
        step(p, m, v, *g, constants);
    }
}
}

#[inline(always)]
fn step(p: &mut f32, m: &mut f32, v: &mut f32, g: f32, constants: &Update) {
    let Update { keep, step, correction, betas, complements, epsilon, clip } = *constants;
    let g = g * clip;
    *m = betas[0].mul_add(*m, complements[0] * g);
    *v = betas[1].mul_add(*v, complements[1] * g * g);
    let denominator = v.sqrt().mul_add(correction, epsilon);
    *p = (*p * keep) - step * (*m / denominator);
}
