//! The learning rate over a training, as the file says it. What it is at each step is in `train`.

use crate::words::words;

words! {
    /// Shape of the learning rate after warm-up.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Schedule {
        /// Straight to zero at the end.
        Linear => "linear",
        /// Half a cosine wave, to zero or a least rate.
        Cosine => "cosine",
        /// Unchanged.
        Constant => "constant",
        /// A power of the steps that are left, to zero or a least rate.
        Polynomial => "polynomial",
        /// Half a cosine wave to zero, again and again.
        CosineWithRestarts => "cosine_with_restarts",
        /// One over the square root of the steps so far.
        InverseSqrt => "inverse_sqrt",
        /// Unchanged, then straight to zero at the end.
        WarmupStableDecay => "warmup_stable_decay",
    }
}

/// Length of the linear warm-up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Warmup {
    /// `train.warmup_steps`
    Steps(u64),
    /// `train.warmup_ratio`: ceil(ratio × total) steps.
    Ratio(f64),
}

/// Length of the last part of [`Schedule::WarmupStableDecay`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decay {
    /// `train.decay_steps`
    Steps(u64),
    /// `train.decay_ratio`: ceil(ratio × total) steps.
    Ratio(f64),
}

impl Schedule {
    /// Whether a rate does not depend on how many steps follow, but for the length of the warm-up.
    pub(super) fn is_endless(self) -> bool {
        matches!(self, Self::Constant | Self::InverseSqrt)
    }

    /// Whether it may end at a least rate above 0.
    pub(super) fn ends_above_zero(self) -> bool {
        matches!(self, Self::Cosine | Self::Polynomial)
    }
}
