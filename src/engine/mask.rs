//! A dropout mask: a function of seed, epoch, place, example and element alone, so that no device stores one.
//!
//! Srivastava et al. 2014. Element e of a row takes word (e / 16) mod 4 of the Philox block 16·(e / 64) + e mod 16, at
//! counter `[block, row, site, example]`: sixteen blocks side by side give 64 neighboring elements without a shuffle.
//! The attention weights of a head are one such row, query after query: most queries have fewer than 64.

use crate::random::Stream;

/// The mask of one place in the model, for one epoch.
#[derive(Debug, Clone, Copy)]
pub struct Mask {
    pub(super) stream: Stream,
    pub(super) site: u32,
    /// Words below it drop their element.
    pub(super) threshold: u32,
    /// Kept elements are multiplied by it: 1/(1-p).
    pub(super) scale: f32,
}

impl Mask {
    /// Drops with `probability` at `site` of `stream`; none if nothing would be dropped.
    pub fn new(stream: Stream, site: u32, probability: f64) -> Option<Self> {
        let threshold = (probability * 4_294_967_296.0).round() as u32;
        (threshold > 0).then(|| Self { stream, site, threshold, scale: (1.0 / (1.0 - probability)) as f32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_dropout_is_no_mask() {
        assert!(Mask::new(Stream::new(42, "dropout", 0), 0, 0.0).is_none());
    }
}
