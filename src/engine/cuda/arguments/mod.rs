//! The arguments of each kernel: the structures of `kernels/arguments.cuh`, field by field. Knows nothing of how kernels
//! run.
//!
//! Addresses may be [`NONE`](super::Address::NONE) where a comment says so. Tables, activations and gradients are
//! row-major float32; `bf16` beside an output is where its copy in bfloat16, rounded to nearest even, goes, or none.

#[macro_use]
mod structure;

mod attention;
mod blocks;
mod loss;
mod records;
mod rows;
mod step;

pub use attention::{
    Attention, AttentionBackward, BiasBackward, BiasedAttention, RelativeAttention, RelativeContentBackward,
    RelativeTableBackward, RepeatHeads, RepeatHeadsBackward, Rotate,
};
pub use blocks::*;
pub use loss::{ChainLogits, ChainParameters, ChainPasses, GoldLoss};
pub use records::{Chunk, Constants, Mask, Record, Relative, Sentence};
pub use rows::{
    Activate, ActivateBackward, Add, AddBias, AddColumns, AddNorm, ColumnSums, DropoutRows, EmbedNorm, Gate,
    GateBackward, GatherRows, NormBackward, NormParametersBackward, NormRows, ScatterRows, SumGroups, TakeColumns,
    Unfold, UnfoldBackward,
};
pub use step::{Adamw, Argmax, Average, CrossEntropy, Narrow, Norm, Squares};
pub use structure::Arguments;

/// Every kernel with the size of its arguments.
pub fn kernels() -> impl Iterator<Item = (&'static str, usize)> {
    [rows::KERNELS, attention::KERNELS, loss::KERNELS, step::KERNELS].into_iter().flatten().copied()
}
