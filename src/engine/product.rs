//! The shape of a linear layer's matrix products, and whether a result replaces the output or is added to it.

/// The shape of the three products of a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Rows of `x`, `y` and their gradients; may be 0.
    pub tokens: usize,
    /// Columns of `x` and of the weights.
    pub inputs: usize,
    /// Columns of `y`, rows of the weights.
    pub outputs: usize,
}

/// What happens to the old elements of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// They are overwritten, never read.
    Set,
    /// The result is added to them.
    Add,
}
