//! `dx = g·W`. Inputs are the lanes: rows of `W` are vectors in place. The first tile of a strip reads them at a stride
//! and copies them into a panel that stays in the second-level cache for the next tiles.

use super::block::{BLOCK, blocks};
use super::buffer::Buffer;
use super::edge;
use super::kernel::{Chain, Kernels, Tile};
use super::split::{Strip, parts, spread, strips};
use crate::engine::cpu::team::Shared;
use crate::engine::product::{Shape, Write};
use std::ops::Range;

struct InputGradient<'a> {
    kernels: &'a Kernels,
    shape: Shape,
    dx: Shared<*mut f32>,
    g: Shared<*const f32>,
    w: Shared<*const f32>,
    write: Write,
}

/// As [`super::input_gradient`], with chosen kernels and slices already checked.
pub(super) fn input_gradient(kernels: &Kernels, dx: &mut [f32], g: &[f32], w: &[f32], shape: Shape, write: Write) {
    let Shape { tokens, inputs, outputs } = shape;
    let product = InputGradient {
        kernels,
        shape,
        dx: Shared::new(dx.as_mut_ptr()),
        g: Shared::new(g.as_ptr()),
        w: Shared::new(w.as_ptr()),
        write,
    };
    let unit = kernels.lanes * kernels.vectors;
    spread(inputs, unit, tokens * inputs * outputs, |columns| product.multiply(columns));
}

impl InputGradient<'_> {
    /// Computes some columns of `dx`.
    fn multiply(&self, columns: Range<usize>) {
        let mut buffer = Buffer::borrow(BLOCK * self.kernels.lanes * self.kernels.vectors);
        for strip in strips(self.kernels, columns.len()) {
            let strip = Strip { start: columns.start + strip.start, ..strip };
            for block in blocks(self.shape.outputs) {
                self.column(strip, &block, buffer.pointer());
            }
        }
    }

    /// Adds one block of the reduction to a strip of every token.
    fn column(&self, strip: Strip, block: &Range<usize>, panel: *mut f32) {
        let Shape { tokens, inputs, outputs } = self.shape;
        let w = self.w.get().wrapping_add(block.start * inputs + strip.start);
        let edge = strip.columns < strip.width;
        if edge {
            // SAFETY: the strip's real columns of these rows lie in `w`; the panel holds a whole block.
            unsafe { pad(w, inputs, strip, block.len(), panel) }
        }
        let chain = match (block.start, self.write) {
            (0, Write::Set) => Chain::Fresh,
            (0, Write::Add) => Chain::Continued,
            _ => Chain::Partial,
        };
        for group in parts(tokens, self.kernels.rows[strip.vectors - 1]) {
            let rows = group.len();
            let from_matrix = group.start == 0 && !edge;
            let (b, b_step) = if from_matrix { (w, inputs) } else { (panel.cast_const(), strip.width) };
            let a = self.g.get().wrapping_add(group.start * outputs + block.start);
            let tile = Tile {
                a,
                a_row: outputs,
                a_step: 1,
                b,
                b_step,
                c: self.dx.get().wrapping_add(group.start * inputs + strip.start),
                c_row: inputs,
                depth: block.len(),
                chain,
                panel,
                ahead: a.wrapping_add(rows * outputs),
            };
            let kernel = if from_matrix {
                self.kernels.packing(rows, strip.vectors)
            } else {
                self.kernels.streaming(rows, strip.vectors)
            };
            // SAFETY: the kernels are of a present instruction set; these elements of `g` and `w` exist, the panel
            // holds the block once it is read, and the strip's columns of `dx` are this piece's.
            unsafe { edge::run(kernel, &tile, rows, strip) }
        }
    }
}

/// Copies `depth` rows of a strip into `panel`, zeros beyond its real columns.
///
/// # Safety
/// The strip's real columns of `depth` rows can be read at `from`, and whole rows of it written to `panel`.
pub(super) unsafe fn pad(from: *const f32, row: usize, strip: Strip, depth: usize, panel: *mut f32) {
    for step in 0..depth {
        // SAFETY: the caller's promise.
        unsafe {
            let panel = panel.add(step * strip.width);
            panel.copy_from_nonoverlapping(from.add(step * row), strip.columns);
            panel.add(strip.columns).write_bytes(0, strip.width - strip.columns);
        }
    }
}
