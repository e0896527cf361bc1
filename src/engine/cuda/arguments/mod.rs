//! What each kernel is given: structures as `kernels/arguments.cuh` has them, field by field. Knows nothing of how
//! kernels are run.
//!
//! Addresses may be [`super::Address::NONE`] where a comment says so. Tables, activations and gradients are row-major float32;
//! a `half` beside an output is where its copy in bfloat16, rounded to nearest even, is written too, or none.

mod attention;
mod elements;
mod learning;
mod rows;

use crate::engine::cpu;

pub use attention::{Attention, AttentionBackward};
pub use elements::{Activate, ActivateBackward, AddBias, DropoutRows, GatherRows, Narrow, ScatterRows};
pub use learning::{Adamw, Argmax, CrossEntropy, Norm, Squares};
pub use rows::{AddNorm, ColumnSums, EmbedNorm, NormBackward, NormParametersBackward, SumGroups};

/// Threads of a block that takes a row.
pub const ROW_THREADS: u32 = 128;
/// Threads of a block that takes columns: as many rows of threads as columns.
pub const COLUMN_THREADS: u32 = 1024;
/// Columns that such a block takes.
pub const COLUMNS_A_BLOCK: u32 = 32;
/// Threads of a block of which each takes an element, or a row of logits.
pub const ELEMENT_THREADS: u32 = 256;
/// Elements that a thread of [`Narrow`] takes.
pub const NARROW_A_THREAD: u32 = 4;
/// Threads of a block that takes a sentence and head.
pub const ATTENTION_THREADS: u32 = 256;
/// Most features of a head.
pub const WIDEST_HEAD: u32 = 128;
/// Threads of a block that takes a group of rows.
pub const GROUP_THREADS: u32 = 256;
/// Threads of a block that takes a stretch of the flat buffers, and of those that are alone.
pub const CHUNK_THREADS: u32 = 256;
/// Floats that a block of [`Squares`] takes; the most of a [`Chunk`].
pub const CHUNK: u32 = 8192;

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

        /// The kernels of this file, with the size of their arguments.
        pub(super) const KERNELS: &[(&str, usize)] = &[$(($kernel, size_of::<$name>())),*];
    };
}

use arguments;

/// A dropout mask, as [`crate::engine::cpu::Mask`]: nothing is dropped where the threshold is 0.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Mask {
    /// The stream's Philox key.
    pub key: [u32; 2],
    /// Place in the model.
    pub site: u32,
    /// Words below it drop their element.
    pub threshold: u32,
    /// What is kept grows by 1/(1-p).
    pub scale: f32,
}

impl From<Option<&cpu::Mask>> for Mask {
    fn from(mask: Option<&cpu::Mask>) -> Self {
        mask.map_or_else(Self::default, |mask| Self {
            key: mask.stream.key(),
            site: mask.site,
            threshold: mask.threshold,
            scale: mask.scale,
        })
    }
}

/// A sentence of a batch, as [`crate::engine::Sequence`].
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sentence {
    /// Its first token.
    pub start: u32,
    /// Its tokens.
    pub len: u32,
    /// Its index in the subset.
    pub example: u32,
    /// Where its attention weights start.
    pub weights: u32,
    /// Its first token among those asked for.
    pub first_asked: u32,
    /// Its tokens that are asked for.
    pub asked: u32,
}

/// What a step leaves for the host to read: [`Record::loss`] and [`Record::norm`].
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Record {
    /// Cross-entropy summed over the labelled tokens, times the scale of the target.
    pub loss: f64,
    /// Norm of the gradient before clipping.
    pub norm: f64,
}

/// A stretch of the learning parameters that AdamW updates with one set of constants.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chunk {
    /// First float, among the parameters that learn.
    pub start: u32,
    /// Floats.
    pub len: u32,
    /// Which constants.
    pub group: u32,
}

/// Constants of one AdamW step of one group, as [`crate::engine::cpu::Update`] but for clipping.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Constants {
    /// 1 - rate·decay.
    pub keep: f32,
    /// rate / (1 - β₁ᵗ)
    pub step: f32,
    /// 1 / √(1 - β₂ᵗ)
    pub correction: f32,
    /// β₁ and β₂.
    pub betas: [f32; 2],
    /// 1 - β₁ and 1 - β₂.
    pub complements: [f32; 2],
    /// Added to the root of the second moment.
    pub epsilon: f32,
}

/// Every kernel with the size of its arguments.
pub fn kernels() -> impl Iterator<Item = (&'static str, usize)> {
    [rows::KERNELS, elements::KERNELS, attention::KERNELS, learning::KERNELS].into_iter().flatten().copied()
}
