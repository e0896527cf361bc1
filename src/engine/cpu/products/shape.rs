//! The shape of a product, the blocks of its sums, and what becomes of the old output.

/// Elements of a block of the reduction.
pub const BLOCK: usize = 384;

/// The shape of a linear layer's product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Rows of `x`, `y` and their gradients; may be 0.
    pub tokens: usize,
    /// Columns of `x` and of the weights.
    pub inputs: usize,
    /// Columns of `y`, rows of the weights.
    pub outputs: usize,
}

/// What becomes of the output's old elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// They are overwritten, never read.
    Set,
    /// The first chain starts from them.
    Add,
}

impl Shape {
    /// Panics unless the slices have the lengths that the shape says; the kernels rely on it.
    pub(super) fn check(self, of_outputs: &[f32], of_inputs: &[f32], weights: &[f32]) {
        let Shape { tokens, inputs, outputs } = self;
        assert_eq!(Some(of_outputs.len()), tokens.checked_mul(outputs), "[tokens, outputs] of {self:?}");
        assert_eq!(Some(of_inputs.len()), tokens.checked_mul(inputs), "[tokens, inputs] of {self:?}");
        assert_eq!(Some(weights.len()), outputs.checked_mul(inputs), "[outputs, inputs] of {self:?}");
    }
}
