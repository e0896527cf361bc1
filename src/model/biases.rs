//! Which operations of an encoder have biases.

/// Which operations of an encoder have biases; the classifier always has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Biases {
    /// The linear layers of attention.
    pub attention: bool,
    /// The first linear layer of the feed-forward part, its gate included.
    pub up: bool,
    /// The second.
    pub down: bool,
    /// The layer norms.
    pub norms: bool,
}
