//! How many tokens a model reads at a time, and what becomes of longer sentences.

use std::fmt;

/// `model.window`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// `false`: longer sentences are cut off.
    Off,
    /// `true`: they are read in windows of `model.max_length` tokens.
    Longest,
    /// `n`: in windows of n tokens.
    Tokens(usize),
}

/// The most tokens of an input, special ones included, and what becomes of longer sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputLength {
    /// The rest is cut off.
    Cut(usize),
    /// They are read in overlapping windows of this length.
    Windows {
        /// Tokens of a window.
        tokens: usize,
        /// Tokens that two neighbors share at least; none: half of those beside the special ones.
        stride: Option<usize>,
    },
}

impl InputLength {
    /// Tokens of the longest input.
    pub fn tokens(self) -> usize {
        match self {
            Self::Cut(tokens) | Self::Windows { tokens, .. } => tokens,
        }
    }

    /// The same where nothing is ever cut off.
    pub fn uncut(self) -> Self {
        match self {
            Self::Cut(tokens) => Self::Windows { tokens, stride: None },
            windows @ Self::Windows { .. } => windows,
        }
    }

    /// Tokens that windows share with their neighbors where each has `room` beside its special ones; none: there are no
    /// windows.
    pub fn stride(self, room: usize) -> Option<usize> {
        match self {
            Self::Cut(_) => None,
            Self::Windows { stride, .. } => Some(stride.unwrap_or(room / 2)),
        }
    }
}

impl From<usize> for InputLength {
    fn from(tokens: usize) -> Self {
        Self::Cut(tokens)
    }
}

impl fmt::Display for InputLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(tokens) => write!(f, "model.max_length = {tokens}"),
            Self::Windows { tokens, .. } => write!(f, "a window of {tokens} tokens (model.window)"),
        }
    }
}
