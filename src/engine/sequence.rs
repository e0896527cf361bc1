//! Where a sentence of a batch lies.

/// One sentence of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    /// Its first token in the batch.
    pub start: usize,
    /// Its tokens.
    pub len: usize,
    /// Its index in the subset: dropout depends on it.
    pub example: u32,
    /// Where its attention weights start: `[heads, len, stride(len)]`.
    pub weights: usize,
    /// Its first token among the selected ones.
    pub first_selected: usize,
    /// Its tokens that are selected.
    pub selected: usize,
}
