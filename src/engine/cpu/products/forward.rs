//! `y = x·Wᵗ + b`. Tokens are the lanes: `x` is transposed once into strips, weights are broadcast in place, and each
//! tile of outputs × tokens is transposed into `y`. So every weight is read once a block, in order.

use super::block::blocks;
use super::buffer::Buffer;
use super::kernel::{Chain, Kernels, MAX_TILE, Matrix, Tile};
use super::split::{Strip, parts, spread, strips};
use crate::engine::cpu::team::Shared;
use crate::engine::product::Shape;
use std::ops::Range;

/// Tokens transposed at a time: with a block of 384 they fill 720 KiB, within the second-level cache.
const CHUNK: usize = 480;

/// Tiles computed before they are written to `y`: two of eight outputs fill a cache line of every token.
const TILES: usize = 2;

/// The product for a chunk of tokens; each piece of work borrows it.
struct Forward<'a> {
    kernels: &'a Kernels,
    shape: Shape,
    /// From the chunk's first token on: `[tokens, inputs]` and `[tokens, outputs]`.
    x: Shared<*const f32>,
    y: Shared<*mut f32>,
    w: Shared<*const f32>,
    bias: Option<&'a [f32]>,
    tokens: usize,
    /// Lanes of all strips.
    lanes: usize,
    packed: Shared<*mut f32>,
}

/// As [`super::forward`], with chosen kernels and slices already checked.
pub(super) fn forward(kernels: &Kernels, y: &mut [f32], x: &[f32], w: &[f32], bias: Option<&[f32]>, shape: Shape) {
    for chunk in parts(shape.tokens, CHUNK) {
        let tokens = chunk.len();
        let lanes = tokens.next_multiple_of(kernels.lanes);
        let mut buffer = Buffer::borrow(lanes * shape.inputs);
        let forward = Forward {
            kernels,
            shape,
            x: Shared::new(x[chunk.start * shape.inputs..].as_ptr()),
            y: Shared::new(y[chunk.start * shape.outputs..].as_mut_ptr()),
            w: Shared::new(w.as_ptr()),
            bias,
            tokens,
            lanes,
            packed: Shared::new(buffer.pointer()),
        };
        let Shape { inputs, outputs, .. } = shape;
        // A transposed element costs about as much as eight multiply-adds.
        spread(inputs, 16, tokens * inputs * 8, |columns| forward.pack(columns));
        let rows = TILES * forward.rows();
        spread(outputs, rows, tokens * inputs * outputs, |outputs| forward.multiply(outputs));
    }
}

impl Forward<'_> {
    fn strips(&self) -> impl ExactSizeIterator<Item = Strip> + Clone {
        strips(self.kernels, self.tokens)
    }

    /// Rows of a tile: as many as the widest strip allows.
    fn rows(&self) -> usize {
        let widest = self.strips().map(|strip| strip.vectors).max().expect("a chunk has tokens");
        self.kernels.rows[widest - 1]
    }

    /// Where a strip's block of inputs starts: blocks, then strips, then inputs, then lanes.
    fn packed(&self, block: &Range<usize>, strip: Strip) -> *mut f32 {
        self.packed.get().wrapping_add(block.start * self.lanes + strip.start * block.len())
    }

    /// Transposes some inputs of every strip.
    fn pack(&self, columns: Range<usize>) {
        for block in blocks(self.shape.inputs) {
            let (start, end) = (block.start.max(columns.start), block.end.min(columns.end));
            if start >= end {
                continue;
            }
            for strip in self.strips() {
                let to = self.packed(&block, strip).wrapping_add((start - block.start) * strip.width);
                let at = self.x.get().wrapping_add(strip.start * self.shape.inputs + start);
                let from = Matrix { at, row: self.shape.inputs, rows: strip.columns, columns: end - start };
                // SAFETY: the strip's tokens and these inputs lie in `x`, and their part of the buffer belongs to this piece.
                unsafe {
                    for column in 0..end - start {
                        to.add(column * strip.width + strip.columns).write_bytes(0, strip.width - strip.columns);
                    }
                    (self.kernels.transpose)(from, to, strip.width, false);
                }
            }
        }
    }

    /// Computes some outputs of every token of the chunk.
    fn multiply(&self, outputs: Range<usize>) {
        let mut scratch = ScratchTile([0.0; TILES * MAX_TILE]);
        for block in blocks(self.shape.inputs) {
            for group in parts(outputs.len(), TILES * self.rows()) {
                let group = outputs.start + group.start..outputs.start + group.end;
                for strip in self.strips() {
                    self.group(&mut scratch, &block, &group, strip);
                }
            }
        }
    }

    /// Computes the tiles of a group of outputs, one below the other, then writes them to `y`.
    fn group(&self, scratch: &mut ScratchTile, block: &Range<usize>, group: &Range<usize>, strip: Strip) {
        let first = block.start == 0;
        let width = strip.width;
        if let (true, Some(bias)) = (first, self.bias) {
            for (row, bias) in scratch.0.chunks_exact_mut(width).zip(&bias[group.clone()]) {
                row.fill(*bias);
            }
        }
        let inputs = self.shape.inputs;
        let at = scratch.0.as_mut_ptr();
        for part in parts(group.len(), self.rows()) {
            let rows = part.len();
            let a = self.w.get().wrapping_add((group.start + part.start) * inputs + block.start);
            let tile = Tile {
                a,
                a_row: inputs,
                a_step: 1,
                b: self.packed(block, strip),
                b_step: width,
                c: at.wrapping_add(part.start * width),
                c_row: width,
                depth: block.len(),
                chain: if first && self.bias.is_some() { Chain::Continued } else { Chain::Fresh },
                panel: std::ptr::null_mut(),
                ahead: a.wrapping_add(group.len() * inputs),
            };
            let kernel = if strip.start == 0 {
                self.kernels.streaming(rows, strip.vectors)
            } else {
                self.kernels.tile(rows, strip.vectors)
            };
            // SAFETY: the kernels are of a present instruction set; these weights lie in `w`, the strip in the buffer,
            // the tile in `scratch`.
            unsafe { kernel(&tile) }
        }
        let from = Matrix { at, row: width, rows: group.len(), columns: strip.columns };
        let y = self.y.get().wrapping_add(strip.start * self.shape.outputs + group.start);
        // SAFETY: the tiles lie in `scratch`, and these elements of `y` are this piece's.
        unsafe { (self.kernels.transpose)(from, y, self.shape.outputs, !first) }
    }
}

/// The tiles of a group.
#[repr(align(64))]
struct ScratchTile([f32; TILES * MAX_TILE]);
