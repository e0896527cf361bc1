//! The three matrix products of a linear layer in float32, with bits that depend on the operands alone: not on the
//! instruction set, tile, number of rows, or threads. Knows nothing of models; slices are row-major without gaps.
//!
//! # The rule
//! An element is a sum of `a·b` over the reduction, which [`forward`] and [`input_gradient`] cut into blocks of 384
//! elements from its beginning, the last one shorter. `fma(s, a, b)` is `s + a·b` rounded once.
//! - The first block is one chain `s ⟵ fma(s, a, b)` in ascending order. It starts from the bias ([`forward`]), from
//!   the old element ([`Write::Add`]), or from zero.
//! - Each later block is such a chain from zero; its sum is added, rounded once, to the total so far, block by block.
//! - [`weight_gradient`] reduces over tokens, in one chain without blocks, from the old element or zero: two calls
//!   with [`Write::Add`] over the halves of a batch leave what one call over the whole of it leaves.
//!
//! Blocks bound the error of a long chain. Lanes always hold different elements, padding is always outside the output,
//! and threads divide rows or columns, so the rule holds however the work is divided. Bits of NaNs are not fixed.

mod block;
mod buffer;
mod edge;
mod forward;
mod forward_many;
mod input_gradient;
mod isa;
mod kernel;
mod split;
mod vector;
mod weight_gradient;

#[cfg(test)]
mod tests;

pub use isa::{FORCE, Isa, UnsupportedProcessor, instruction_set};

use crate::engine::product::{Shape, Write};

use super::adamw::squares as squares_of;
use super::team::with_team;
use kernel::Kernels;

/// `y = x·Wᵗ + b`, on the current rayon pool.
///
/// y: [tokens, outputs]; x: [tokens, inputs]; w: [outputs, inputs]; bias: [outputs].
///
/// # Panics
/// If a slice's length is not that of its shape.
pub fn forward(y: &mut [f32], x: &[f32], w: &[f32], bias: Option<&[f32]>, shape: Shape) {
    with_team(|| forward_on(instruction_set(), y, x, w, bias, shape));
}

/// `dx = g·W`, or `dx += g·W`, on the current rayon pool.
///
/// dx: [tokens, inputs]; g: [tokens, outputs]; w: [outputs, inputs].
///
/// # Panics
/// If a slice's length is not that of its shape.
pub fn input_gradient(dx: &mut [f32], g: &[f32], w: &[f32], shape: Shape, write: Write) {
    with_team(|| input_gradient_on(instruction_set(), dx, g, w, shape, write));
}

/// `dw = gᵗ·x`, or `dw += gᵗ·x`, on the current rayon pool; the sum of the squares of each row of `dw`, taken while the
/// row is in the cache, in 16 lanes like all sums of the engine.
///
/// dw: [outputs, inputs]; g: [tokens, outputs]; x: [tokens, inputs]; squares: [outputs].
///
/// # Panics
/// If a slice's length is not that of its shape.
pub fn weight_gradient(dw: &mut [f32], g: &[f32], x: &[f32], shape: Shape, write: Write, squares: Option<&mut [f32]>) {
    with_team(|| weight_gradient_on(instruction_set(), dw, g, x, shape, write, squares));
}

fn forward_on(isa: Isa, y: &mut [f32], x: &[f32], w: &[f32], bias: Option<&[f32]>, shape: Shape) {
    check(shape, y, x, w);
    assert!(bias.is_none_or(|bias| bias.len() == shape.outputs), "a bias has an element for each output");
    if shape.inputs == 0 || shape.outputs == 0 {
        return y.chunks_exact_mut(shape.outputs.max(1)).for_each(|y| match bias {
            Some(bias) => y.copy_from_slice(bias),
            None => y.fill(0.0),
        });
    }
    let kernels = Kernels::of(isa);
    if forward_many::suits(kernels, shape) {
        forward_many::forward_many(kernels, y, x, w, bias, shape);
    } else {
        forward::forward(kernels, y, x, w, bias, shape);
    }
}

fn input_gradient_on(isa: Isa, dx: &mut [f32], g: &[f32], w: &[f32], shape: Shape, write: Write) {
    check(shape, g, dx, w);
    if shape.outputs == 0 && write == Write::Set {
        dx.fill(0.0);
    }
    if shape.tokens > 0 && shape.inputs > 0 && shape.outputs > 0 {
        input_gradient::input_gradient(Kernels::of(isa), dx, g, w, shape, write);
    }
}

fn weight_gradient_on(
    isa: Isa,
    dw: &mut [f32],
    g: &[f32],
    x: &[f32],
    shape: Shape,
    write: Write,
    squares: Option<&mut [f32]>,
) {
    check(shape, g, x, dw);
    assert!(squares.as_ref().is_none_or(|squares| squares.len() == shape.outputs), "a sum for each output");
    if shape.tokens == 0 && write == Write::Set {
        dw.fill(0.0);
    }
    if shape.tokens > 0 && shape.inputs > 0 && shape.outputs > 0 {
        weight_gradient::weight_gradient(Kernels::of(isa), dw, g, x, shape, write, squares);
    } else if let Some(sums) = squares {
        squares_of(sums, dw, shape.inputs);
    }
}

/// Panics unless the slices have the lengths of `shape`; the kernels rely on it.
fn check(shape: Shape, of_outputs: &[f32], of_inputs: &[f32], weights: &[f32]) {
    let Shape { tokens, inputs, outputs } = shape;
    assert_eq!(Some(of_outputs.len()), tokens.checked_mul(outputs), "[tokens, outputs] of {shape:?}");
    assert_eq!(Some(of_inputs.len()), tokens.checked_mul(inputs), "[tokens, inputs] of {shape:?}");
    assert_eq!(Some(weights.len()), outputs.checked_mul(inputs), "[outputs, inputs] of {shape:?}");
}
