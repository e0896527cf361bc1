//! Where a sentence lies in a batch.

/// A sentence of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    /// Its first token in the batch.
    pub start: usize,
    /// How many tokens it has.
    pub len: usize,
    /// Its index in the subset, on which dropout depends.
    pub example: u32,
    /// Where its attention weights start: `[heads, len, stride(len)]`.
    pub weights: usize,
    /// Its first selected token, among those of the batch.
    pub first_selected: usize,
    /// How many of its tokens are selected.
    pub selected: usize,
}
