//! `y = x·Wᵗ + b` for many tokens. Outputs are the lanes: a strip of `W` is transposed into a panel that serves
//! hundreds of tokens, so that neither `x` nor `y` needs to be.

use super::block::{BLOCK, blocks};
use super::buffer::Buffer;
use super::edge;
use super::kernel::{Chain, Kernels, Matrix, Tile};
use super::split::{Strip, parts, spread, strips};
use crate::engine::cpu::team::{Shared, threads};
use crate::engine::product::Shape;
use std::ops::Range;

/// Tokens from which on transposing a strip pays.
const MANY: usize = 256;

/// Tokens that a panel serves: a block of 384 of their inputs fills 768 KiB, within the second-level cache.
const CHUNK: usize = 512;

/// Whether `shape` has many tokens, and a strip for every thread.
pub(super) fn suits(kernels: &Kernels, shape: Shape) -> bool {
    shape.tokens >= MANY && shape.outputs >= threads() * kernels.lanes * kernels.vectors
}

struct ForwardMany<'a> {
    kernels: &'a Kernels,
    shape: Shape,
    y: Shared<*mut f32>,
    x: Shared<*const f32>,
    w: Shared<*const f32>,
    bias: Option<&'a [f32]>,
}

/// As [`super::forward`], with chosen kernels and slices already checked.
pub(super) fn forward_many(kernels: &Kernels, y: &mut [f32], x: &[f32], w: &[f32], bias: Option<&[f32]>, shape: Shape) {
    let Shape { tokens, inputs, outputs } = shape;
    let (y, x, w) = (Shared::new(y.as_mut_ptr()), Shared::new(x.as_ptr()), Shared::new(w.as_ptr()));
    let product = ForwardMany { kernels, shape, y, x, w, bias };
    spread(outputs, kernels.lanes * kernels.vectors, tokens * inputs * outputs, |outputs| product.multiply(outputs));
}

impl ForwardMany<'_> {
    /// Computes some columns of `y`.
    fn multiply(&self, outputs: Range<usize>) {
        let mut buffer = Buffer::borrow(BLOCK * self.kernels.lanes * self.kernels.vectors);
        for chunk in parts(self.shape.tokens, CHUNK) {
            for block in blocks(self.shape.inputs) {
                for strip in strips(self.kernels, outputs.len()) {
                    let strip = Strip { start: outputs.start + strip.start, ..strip };
                    self.pack(&block, strip, buffer.pointer());
                    self.strip(&chunk, &block, strip, buffer.pointer());
                }
            }
        }
    }

    /// Transposes a block of a strip's weights into the panel: inputs, then lanes.
    fn pack(&self, block: &Range<usize>, strip: Strip, panel: *mut f32) {
        let inputs = self.shape.inputs;
        let at = self.w.get().wrapping_add(strip.start * inputs + block.start);
        let from = Matrix { at, row: inputs, rows: strip.columns, columns: block.len() };
        // SAFETY: the strip's rows of `w` exist, and the panel holds a whole block.
        unsafe {
            for step in 0..block.len() {
                panel.add(step * strip.width + strip.columns).write_bytes(0, strip.width - strip.columns);
            }
            (self.kernels.transpose)(from, panel, strip.width, false);
        }
    }

    /// Adds one block of the reduction to a strip of the chunk's tokens.
    fn strip(&self, chunk: &Range<usize>, block: &Range<usize>, strip: Strip, panel: *mut f32) {
        let Shape { inputs, outputs, .. } = self.shape;
        let bias = self.bias.filter(|_| block.start == 0);
        let chain = match block.start {
            0 if bias.is_none() => Chain::Fresh,
            0 => Chain::Continued,
            _ => Chain::Partial,
        };
        for group in parts(chunk.len(), self.kernels.rows[strip.vectors - 1]) {
            let (first, rows) = (chunk.start + group.start, group.len());
            let c = self.y.get().wrapping_add(first * outputs + strip.start);
            if let Some(bias) = bias {
                let bias = &bias[strip.start..][..strip.columns];
                for row in 0..rows {
                    // SAFETY: the strip's columns of these rows of `y` exist and are this piece's.
                    unsafe { c.add(row * outputs).copy_from_nonoverlapping(bias.as_ptr(), bias.len()) }
                }
            }
            let a = self.x.get().wrapping_add(first * inputs + block.start);
            let tile = Tile {
                a,
                a_row: inputs,
                a_step: 1,
                b: panel,
                b_step: strip.width,
                c,
                c_row: outputs,
                depth: block.len(),
                chain,
                panel: std::ptr::null_mut(),
                ahead: a.wrapping_add(rows * inputs),
            };
            let kernel = self.kernels.streaming(rows, strip.vectors);
            // SAFETY: the kernels are of a present instruction set; these elements of `x` exist, the panel holds the block,
            // and the strip's columns of `y` are this piece's.
            unsafe { edge::run(kernel, &tile, rows, strip) }
        }
    }
}
