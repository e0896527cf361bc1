//! Structures in the device's memory or within a kernel's arguments.

use crate::engine::cuda::runtime::Address;
use crate::engine::mask;

/// A dropout mask, as [`crate::engine::Mask`]: nothing is dropped where the threshold is 0.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Mask {
    /// The stream's Philox key.
    pub key: [u32; 2],
    /// Place in the model.
    pub site: u32,
    /// Words below it drop their element.
    pub threshold: u32,
    /// Kept elements are multiplied by it: 1/(1-p).
    pub scale: f32,
}

impl From<Option<&mask::Mask>> for Mask {
    fn from(mask: Option<&mask::Mask>) -> Self {
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
    /// How many tokens it has.
    pub len: u32,
    /// Its index in the subset.
    pub example: u32,
    /// Where its attention weights start.
    pub weights: u32,
    /// Its first selected token, among those of the batch.
    pub first_selected: u32,
    /// How many of its tokens are selected.
    pub selected: u32,
}

/// The queries and keys of distances, as [`crate::engine::Distances`] gives them rows. All 0 for a model without them.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Relative {
    /// `[distances, 2·heads·width]`: queries, then keys; none without a table of relative positions.
    pub products: Address,
    /// `[2·longest - 1]`, u32: the row of each distance from 1 - `longest` on.
    pub rows: Address,
    /// `[distances + 1]`, u32: where each row's distances start.
    pub starts: Address,
    /// Tokens of the longest sentence.
    pub longest: u32,
    /// Rows.
    pub distances: u32,
}

/// What a step leaves for the host to read.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Record {
    /// Cross-entropy summed over the labeled tokens, times the scale of the target.
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
    /// Index of its constants.
    pub group: u32,
}

/// Constants of one AdamW step of one group, as [`crate::engine::Update`] but for clipping.
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
