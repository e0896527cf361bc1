//! Embedding tables, of which a step reads few rows. The others take their optimizer steps lazily, before they are next
//! read, with the same bits as if each had been taken in time (as LazyAdam, but exact).
//!
//! Without a gradient a row's step depends on the step's constants alone, so those are kept and replayed. Most rows are
//! of words that no sentence has: of their steps only the decay remains.

use crate::model::Span;

use super::adamw::{StaleRow, square};
use super::operations::Cpu;
use crate::engine::adamw::{TrainingState, Update};

/// Most outstanding steps; then all rows take theirs.
const OUTSTANDING: usize = 512;

/// A table `[rows, width]` with its gradient and moments.
#[derive(Debug)]
pub(super) struct LazyTable {
    state: TrainingState<Span>,
    gradient: Span,
    width: usize,
    /// How many of the outstanding steps each row has taken.
    taken: Vec<u32>,
    /// Whether a row ever had a gradient; if not, its moments are zero.
    had_gradient: Vec<bool>,
    /// The constants of the outstanding steps.
    steps: Vec<Update>,
    /// Rows with a gradient in the current step; they may repeat.
    touched: Vec<u32>,
    /// Rows to be brought up to date.
    stale: Vec<StaleRow>,
}

impl LazyTable {
    /// A table of `width` columns without outstanding steps.
    pub(super) fn new(state: TrainingState<Span>, gradient: Span, width: usize) -> Self {
        let rows = state.parameters.len / width;
        Self {
            state,
            gradient,
            width,
            taken: vec![0; rows],
            had_gradient: vec![false; rows],
            steps: Vec::with_capacity(OUTSTANDING),
            touched: Vec::new(),
            stale: Vec::with_capacity(rows),
        }
    }

    /// Continues from the moments in the arena, which are up to date. A row whose moments are all zero has had no
    /// gradient, or none that left a trace.
    pub(super) fn resume(&mut self, cpu: &Cpu<'_>) {
        self.steps.clear();
        self.taken.fill(0);
        let rows = |span| cpu.values(span).chunks_exact(self.width);
        let (m, v) = (rows(self.state.first_moments), rows(self.state.second_moments));
        let has_trace = |row: &[f32]| row.iter().any(|x| *x != 0.0);
        for (had_gradient, (m, v)) in self.had_gradient.iter_mut().zip(m.zip(v)) {
            *had_gradient = has_trace(m) || has_trace(v);
        }
    }

    /// Sets the gradients of the last step to zero: then all are.
    pub(super) fn clear_gradient(&mut self, cpu: &mut Cpu<'_>) {
        for row in self.touched.drain(..) {
            cpu.clear(Span { start: self.gradient.start + row as usize * self.width, len: self.width });
        }
    }

    /// Brings `rows` up to date: they will be read and have a gradient. They may repeat.
    pub(super) fn touch(&mut self, cpu: &mut Cpu<'_>, rows: impl Iterator<Item = u32>) {
        let before = self.touched.len();
        self.touched.extend(rows);
        let now = self.steps.len() as u32;
        for row in &self.touched[before..] {
            let taken = std::mem::replace(&mut self.taken[*row as usize], now);
            if taken < now {
                self.stale.push(StaleRow { row: *row, taken, had_gradient: self.had_gradient[*row as usize] });
            }
        }
        self.replay(cpu);
    }

    /// Σ x² of the gradient, row by row. Precedes the step, since it puts the rows in order.
    pub(super) fn squares(&mut self, cpu: &Cpu<'_>) -> f64 {
        self.touched.sort_unstable();
        self.touched.dedup();
        let rows = cpu.values(self.gradient);
        self.touched.iter().map(|row| square(&rows[*row as usize * self.width..][..self.width])).sum()
    }

    /// Takes a step: rows with a gradient at once, all others lazily.
    pub(super) fn step(&mut self, cpu: &mut Cpu<'_>, constants: &Update) {
        cpu.update_rows(self.state, self.gradient, self.width, &self.touched, constants);
        self.steps.push(*constants);
        for row in &self.touched {
            self.had_gradient[*row as usize] = true;
            self.taken[*row as usize] = self.steps.len() as u32;
        }
        if self.steps.len() == OUTSTANDING {
            self.flush(cpu);
        }
    }

    /// Brings every row up to date.
    pub(super) fn flush(&mut self, cpu: &mut Cpu<'_>) {
        let now = self.steps.len() as u32;
        let rows = self.taken.iter().zip(&self.had_gradient).enumerate();
        let stale = rows.filter(|(_, (taken, _))| **taken < now);
        self.stale.extend(stale.map(|(row, (taken, had_gradient))| StaleRow {
            row: row as u32,
            taken: *taken,
            had_gradient: *had_gradient,
        }));
        self.replay(cpu);
        self.steps.clear();
        self.taken.fill(0);
    }

    fn replay(&mut self, cpu: &mut Cpu<'_>) {
        self.stale.sort_unstable_by_key(|stale| stale.row);
        cpu.replay(self.state, self.width, &self.stale, &self.steps);
        self.stale.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 7;
    const WIDTH: usize = 19;
    const TABLE: usize = ROWS * WIDTH;

    /// A quarter of the test's memory each for parameters, first and second moments, gradient.
    fn spans() -> (TrainingState<Span>, Span) {
        let [parameters, first_moments, second_moments, gradient] =
            [0, 1, 2, 3].map(|part| Span { start: part * TABLE, len: TABLE });
        (TrainingState { parameters, first_moments, second_moments }, gradient)
    }

    /// A number below `below`, by Knuth's MMIX generator.
    fn draw(state: &mut u64, below: usize) -> usize {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as usize % below
    }

    fn constants(step: usize, keep: f32) -> Update {
        let (correction, epsilon) = (1.0 + 1.0 / step as f32, 1e-8);
        let (betas, complements) = ([0.9, 0.999], [0.1, 0.001]);
        Update { keep, step: 0.01 / step as f32, correction, betas, complements, epsilon, clip: 0.7 }
    }

    /// Parameters and moments after `steps` steps in which rows 0 to 4 have gradients now and then, row 5 never, and row
    /// 6 only in the first; lazily, or all at once each time.
    fn train(steps: usize, keep: f32, lazy: bool) -> Vec<u32> {
        let mut memory: Vec<f32> =
            (0..4 * TABLE).map(|i| if i < TABLE { i as f32 * 0.01 - 0.6 } else { 0.0 }).collect();
        let (state, gradient) = spans();
        let mut table = LazyTable::new(state, gradient, WIDTH);
        let mut seed = 7;
        for step in 1..=steps {
            let mut cpu = Cpu::new(&mut memory);
            let mut rows = vec![draw(&mut seed, 5) as u32, draw(&mut seed, 5) as u32];
            rows.extend((step == 1).then_some(6));
            table.clear_gradient(&mut cpu);
            table.touch(&mut cpu, rows.iter().copied());
            for row in &rows {
                let row_gradient = &mut cpu.values_mut(gradient)[*row as usize * WIDTH..][..WIDTH];
                row_gradient.iter_mut().for_each(|g| *g += draw(&mut seed, 1000) as f32 * 1e-3 - 0.5);
            }
            table.squares(&cpu);
            if lazy {
                table.step(&mut cpu, &constants(step, keep));
            } else {
                cpu.update(state, gradient, &constants(step, keep));
            }
        }
        let mut cpu = Cpu::new(&mut memory);
        table.flush(&mut cpu);
        memory[..3 * TABLE].iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn lazy_rows_end_with_the_bits_of_rows_that_step_each_time() {
        for keep in [1.0, 0.9999] {
            // fewer than may be outstanding, and many more
            for steps in [1, 2, 100, 3 * OUTSTANDING + 5] {
                assert_eq!(train(steps, keep, true), train(steps, keep, false), "{steps} steps, {keep} kept");
            }
        }
    }

    #[test]
    fn a_table_continues_from_its_moments_alone() {
        let mut memory: Vec<f32> = (0..4 * TABLE).map(|i| if i < TABLE { 1.0 } else { 0.0 }).collect();
        memory[TABLE + 2 * WIDTH + 3] = 0.25;
        let mut expected = memory.clone();
        let mut cpu = Cpu::new(&mut memory);
        let (state, gradient) = spans();
        let mut table = LazyTable::new(state, gradient, WIDTH);
        table.resume(&cpu);
        table.step(&mut cpu, &constants(9, 0.99));
        table.flush(&mut cpu);
        Cpu::new(&mut expected).update(state, gradient, &constants(9, 0.99));
        assert_eq!(memory, expected);
        assert!(memory[2 * WIDTH + 3] != memory[2 * WIDTH + 4], "the moment has moved its parameter");
    }
}
