//! The blocks that a product's reduction is cut into.

use std::ops::Range;

/// Elements of a block.
pub(super) const BLOCK: usize = 384;

/// The blocks of a reduction of `length` elements; the last one may be shorter.
pub(super) fn blocks(length: usize) -> impl Iterator<Item = Range<usize>> {
    (0..length).step_by(BLOCK).map(move |start| start..(start + BLOCK).min(length))
}
