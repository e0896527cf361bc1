//! The optimizer's passes over the flat buffers: the gradient's norm, AdamW, and the average of the weights.

use crate::engine::adamw::{TrainingState, Update};
use crate::engine::averaging::Averaging;

use super::math::{sum_by_lanes, sum_lanes};
use super::team::{Shared, chunks, tasks};

/// Elements of a task of the update.
const ELEMENTS: usize = 16 * 1024;
/// Rows of a table that a task takes.
const ROWS_A_TASK: usize = 8;

/// A row of a table with outstanding steps.
#[derive(Debug, Clone, Copy)]
pub struct StaleRow {
    /// Its index.
    pub row: u32,
    /// How many of the outstanding steps it has taken.
    pub taken: u32,
    /// Whether it ever had a gradient.
    pub had_gradient: bool,
}

/// Σ x², in float32 lanes.
pub(super) fn square(x: &[f32]) -> f64 {
    f64::from(square_of(x))
}

simd! {
fn square_of(x: &[f32]) -> f32 {
    sum_by_lanes(x.len(), |i| x[i] * x[i])
}
}

simd! {
/// [`square`] of each row of `x`: `[sums.len(), width]`. Four rows at a time, since one sum after the other waits for its
/// additions.
pub(super) fn squares(sums: &mut [f32], x: &[f32], width: usize) {
    if width == 0 {
        return sums.fill(0.0);
    }
    let (groups, rest) = sums.as_chunks_mut::<4>();
    let (whole, last) = x.split_at(groups.len() * 4 * width);
    for (sums, rows) in groups.iter_mut().zip(whole.chunks_exact(4 * width)) {
        let [mut a, mut b, mut c, mut d] = [[0.0f32; 16]; 4];
        let (first, second) = rows.split_at(2 * width);
        let ((rows_a, rows_b), (rows_c, rows_d)) = (first.split_at(width), second.split_at(width));
        let even = width / 16 * 16;
        for at in (0..even).step_by(16) {
            for lane in 0..16 {
                a[lane] += rows_a[at + lane] * rows_a[at + lane];
                b[lane] += rows_b[at + lane] * rows_b[at + lane];
                c[lane] += rows_c[at + lane] * rows_c[at + lane];
                d[lane] += rows_d[at + lane] * rows_d[at + lane];
            }
        }
        for (sum, (mut lanes, row)) in sums.iter_mut().zip([(a, rows_a), (b, rows_b), (c, rows_c), (d, rows_d)]) {
            lanes.iter_mut().zip(&row[even..]).for_each(|(lane, x)| *lane += x * x);
            *sum = sum_lanes(lanes);
        }
    }
    for (sum, row) in rest.iter_mut().zip(last.chunks_exact(width)) {
        *sum = sum_by_lanes(width, |i| row[i] * row[i]);
    }
}
}

/// One AdamW step on a stretch: state and gradient g are of one length.
pub fn update(state: TrainingState<&mut [f32]>, g: &[f32], constants: &Update) {
    chunks(state.into_array(), [ELEMENTS; 3], |task, [p, m, v]| {
        let g = &g[task * ELEMENTS..][..p.len()];
        update_chunk([p, m, v], g, constants);
    });
}

/// Moves an average with the parameters p, which are as many.
pub fn average(average: &mut [f32], p: &[f32], averaging: Averaging) {
    chunks([average], [ELEMENTS], |task, [average]| {
        average_chunk(average, &p[task * ELEMENTS..][..average.len()], averaging);
    });
}

simd! {
fn average_chunk(average: &mut [f32], p: &[f32], averaging: Averaging) {
    average.iter_mut().zip(p).for_each(|(average, p)| *average = averaging.of(*average, *p));
}
}

/// [`update`] of some rows of tables of `width` columns, each once and in ascending order.
pub(super) fn update_rows(
    tables: TrainingState<&mut [f32]>,
    g: &[f32],
    width: usize,
    rows: &[u32],
    constants: &Update,
) {
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

/// The outstanding `steps` of some rows of tables of `width` columns, each once and in ascending order: [`update`] with a
/// gradient of zero. The moments of a row that never had a gradient are zero, too: exactly the decay remains of its steps.
pub(super) fn replay(tables: TrainingState<&mut [f32]>, width: usize, rows: &[StaleRow], steps: &[Update]) {
    each_row(
        tables,
        width,
        rows,
        |stale| stale.row,
        |stale, values| {
            let steps = &steps[stale.taken as usize..];
            match values {
                values if stale.had_gradient => replay_row(values, steps),
                [p, _, _] => decay_row(p, steps),
            }
        },
    );
}

/// Runs `work` on those rows of the tables that `index` gives for `rows`.
///
/// # Panics
/// If the rows are not ascending, each once, or exceed the tables.
fn each_row<T: Sync>(
    tables: TrainingState<&mut [f32]>,
    width: usize,
    rows: &[T],
    index: impl Fn(&T) -> u32 + Sync,
    work: impl Fn(&T, [&mut [f32]; 3]) + Sync,
) {
    let tables = tables.into_array();
    let len = tables[0].len();
    assert!(tables.iter().all(|table| table.len() == len), "tables of one shape");
    assert!(rows.is_sorted_by(|a, b| index(a) < index(b)), "each row once, in order");
    let tables = tables.map(|table| Shared::new(table.as_mut_ptr()));
    tasks(rows.len().div_ceil(ROWS_A_TASK), |task| {
        for row in rows[task * ROWS_A_TASK..].iter().take(ROWS_A_TASK) {
            let start = index(row) as usize * width;
            assert!(start + width <= len, "a row of the table");
            // SAFETY: within the tables and distinct, as asserted, and this row is this task's.
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
