//! `dw = gᵗ·x`. Inputs are the lanes. `x` is packed into strips of lanes and `g` into groups of rows, a chunk of tokens
//! at a time; a later chunk continues the chains that earlier ones left in `dw`.

use super::buffer::Buffer;
use super::edge;
use super::input_gradient::pad;
use super::kernel::{Chain, Kernels, Tile};
use super::split::{Strip, spread, strips};
use crate::engine::cpu::adamw::squares;
use crate::engine::cpu::team::Shared;
use crate::engine::product::{Shape, Write};
use std::ops::Range;

/// Tokens packed at a time: a strip of 48 lanes then fills 48 KiB, about a first-level cache.
const CHUNK: usize = 256;

/// Elements of packed `x` that a second-level cache keeps beside the rest: 1 MiB.
const NEAR: usize = 1 << 18;

/// Tiles between the one computed and the one prefetched: with few tokens a tile takes less time than memory.
const AHEAD: usize = 2;

struct WeightGradient<'a> {
    kernels: &'a Kernels,
    shape: Shape,
    dw: Shared<*mut f32>,
    /// From the chunk's first token on.
    g: Shared<*const f32>,
    x: Shared<*const f32>,
    tokens: usize,
    /// Rows of a group.
    rows: usize,
    strips: Shared<*mut f32>,
    groups: Shared<*mut f32>,
    /// Sums of squares to be written, in the last chunk.
    squares: Option<Shared<*mut f32>>,
    chain: Chain,
}

/// As [`super::weight_gradient`], with chosen kernels and slices already checked.
pub(super) fn weight_gradient(
    kernels: &Kernels,
    dw: &mut [f32],
    g: &[f32],
    x: &[f32],
    shape: Shape,
    write: Write,
    squares: Option<&mut [f32]>,
) {
    let squares = squares.map(|squares| Shared::new(squares.as_mut_ptr()));
    let Shape { inputs, outputs, .. } = shape;
    let widest = strips(kernels, inputs).map(|strip| strip.vectors).max().expect("a layer has inputs");
    let rows = kernels.rows[widest - 1];
    for start in (0..shape.tokens).step_by(CHUNK) {
        let tokens = CHUNK.min(shape.tokens - start);
        let mut strip_buffer = Buffer::borrow(tokens * inputs.next_multiple_of(kernels.lanes));
        let mut group_buffer = Buffer::borrow(tokens * outputs.next_multiple_of(rows));
        let product = WeightGradient {
            kernels,
            shape,
            dw: Shared::new(dw.as_mut_ptr()),
            g: Shared::new(g[start * outputs..].as_ptr()),
            x: Shared::new(x[start * inputs..].as_ptr()),
            tokens,
            rows,
            strips: Shared::new(strip_buffer.pointer()),
            groups: Shared::new(group_buffer.pointer()),
            squares: squares.filter(|_| start + tokens == shape.tokens),
            chain: if start == 0 && write == Write::Set { Chain::Fresh } else { Chain::Continued },
        };
        product.pack();
        spread(outputs, rows, tokens * inputs * outputs, |outputs| product.multiply(outputs));
    }
}

impl WeightGradient<'_> {
    /// Packs the chunk: `x` as strips × tokens × lanes, `g` as groups × tokens × rows.
    fn pack(&self) {
        let Shape { inputs, outputs, .. } = self.shape;
        let strips = strips(self.kernels, inputs);
        // A copied element costs about as much as four multiply-adds.
        spread(strips.len(), 1, self.tokens * inputs * 4, |some| {
            for strip in strips.clone().skip(some.start).take(some.len()) {
                let to = self.strips.get().wrapping_add(strip.start * self.tokens);
                // SAFETY: the strip's columns of the chunk's tokens lie in `x`; its place in the buffer is this piece's.
                unsafe { pad(self.x.get().wrapping_add(strip.start), inputs, strip, self.tokens, to) }
            }
        });
        spread(outputs, self.rows, self.tokens * outputs * 4, |some| {
            for start in some.clone().step_by(self.rows) {
                self.pack_group(start, self.rows.min(some.end - start));
            }
        });
    }

    /// Packs the group of `rows` outputs from `start` on.
    fn pack_group(&self, start: usize, rows: usize) {
        let Shape { outputs, .. } = self.shape;
        let from = self.g.get().wrapping_add(start);
        let to = self.groups.get().wrapping_add(start * self.tokens);
        // SAFETY: the group's columns of the chunk's tokens lie in `g`; its place in the buffer is this piece's.
        unsafe {
            match (rows, self.rows) {
                (8, 8) => pack_whole::<8>(from, outputs, self.tokens, to),
                (6, 6) => pack_whole::<6>(from, outputs, self.tokens, to),
                _ => {
                    for token in 0..self.tokens {
                        to.add(token * self.rows).copy_from_nonoverlapping(from.add(token * outputs), rows);
                    }
                }
            }
        }
    }

    /// Computes some rows of `dw`, from the start of a group on: row by row if the strips fit into the second-level
    /// cache, else strip by strip.
    fn multiply(&self, outputs: Range<usize>) {
        let inputs = self.shape.inputs;
        let end = outputs.end;
        let groups = outputs.clone().step_by(self.rows).map(|start| start..end.min(start + self.rows));
        let strips = strips(self.kernels, inputs);
        if self.tokens * inputs <= NEAR {
            for group in groups {
                for strip in strips.clone() {
                    self.tile(&group, strip, AHEAD * strip.width);
                }
            }
        } else {
            for strip in strips {
                for group in groups.clone() {
                    self.tile(&group, strip, AHEAD * self.rows * inputs);
                }
            }
        }
        if let Some(sums) = self.squares {
            let (first, rows) = (outputs.start, outputs.len());
            // SAFETY: these rows of `dw` and their sums are this piece's, and no tile is at work on them any more.
            let (sums, rows) = unsafe {
                let at = self.dw.get().add(first * inputs);
                let sums = std::slice::from_raw_parts_mut(sums.get().add(first), rows);
                (sums, std::slice::from_raw_parts(at, rows * inputs))
            };
            squares(sums, rows, inputs);
        }
    }

    /// Computes a tile and prefetches the one `ahead` elements further on.
    fn tile(&self, group: &Range<usize>, strip: Strip, ahead: usize) {
        let Shape { inputs, .. } = self.shape;
        let c = self.dw.get().wrapping_add(group.start * inputs + strip.start);
        let tile = Tile {
            a: self.groups.get().wrapping_add(group.start * self.tokens),
            a_row: 1,
            a_step: self.rows,
            b: self.strips.get().wrapping_add(strip.start * self.tokens),
            b_step: strip.width,
            c,
            c_row: inputs,
            depth: self.tokens,
            chain: self.chain,
            panel: std::ptr::null_mut(),
            ahead: c.wrapping_add(ahead),
        };
        // SAFETY: the kernels are of a present instruction set; group and strip are packed, and these rows of `dw` are
        // this piece's.
        unsafe { edge::run(self.kernels.tile(group.len(), strip.vectors), &tile, group.len(), strip) }
    }
}

/// Copies a column of `ROWS` values a token.
///
/// # Safety
/// `ROWS` values of each token can be read at `from` and written to `to`.
unsafe fn pack_whole<const ROWS: usize>(from: *const f32, row: usize, tokens: usize, to: *mut f32) {
    for token in 0..tokens {
        // SAFETY: the caller's promise; arrays of `f32` need no more alignment than one.
        unsafe { *to.add(token * ROWS).cast::<[f32; ROWS]>() = *from.add(token * row).cast::<[f32; ROWS]>() }
    }
}
