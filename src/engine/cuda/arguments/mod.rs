//! What each kernel is given: structures as `kernels/arguments.cuh` has them, field by field. Knows nothing of how
//! kernels are run.
//!
//! Addresses may be [`NONE`](super::Address::NONE) where a comment says so. Tables, activations and gradients are
//! row-major float32; a `half` beside an output is where its copy in bfloat16, rounded to nearest even, is written too,
//! or none.

macro_rules! arguments {
    ($($(#[$attribute:meta])* $name:ident = $kernel:literal, $threads:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$attribute])*
            #[repr(C)]
            #[derive(Debug, Clone, Copy, Default)]
            pub struct $name {
                $($(#[$of_field])* pub $field: $type,)*
            }

            // SAFETY: `repr(C)`, field by field as in arguments.cuh; the tests of kernels compare the sizes.
            unsafe impl super::Arguments for $name {
                const KERNEL: &'static str = $kernel;
                const THREADS: u32 = $threads;
            }
        )*

        /// Each of these kernels with the size of its arguments.
        pub(super) const KERNELS: &[(&str, usize)] = &[$(($kernel, size_of::<$name>())),*];
    };
}

mod attention;
mod blocks;
mod records;
mod rows;
mod step;

pub use attention::{Attention, AttentionBackward};
pub use blocks::*;
pub use records::{Chunk, Constants, Mask, Record, Sentence};
pub use rows::{
    Activate, ActivateBackward, AddBias, AddNorm, ColumnSums, DropoutRows, EmbedNorm, GatherRows, NormBackward,
    NormParametersBackward, ScatterRows, SumGroups,
};
pub use step::{Adamw, Argmax, CrossEntropy, Narrow, Norm, Squares};

/// A kernel's arguments: one structure, passed by value.
///
/// # Safety
/// The layout is that of the structure of this name in `kernels/arguments.cuh`, without padding that matters.
pub unsafe trait Arguments: Copy {
    /// The kernel's name.
    const KERNEL: &'static str;
    /// Threads of its blocks, as it is compiled for.
    const THREADS: u32;
}

/// Every kernel with the size of its arguments.
pub fn kernels() -> impl Iterator<Item = (&'static str, usize)> {
    [rows::KERNELS, attention::KERNELS, step::KERNELS].into_iter().flatten().copied()
}
