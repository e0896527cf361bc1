//! What the loss compares the predictions with, and how.

/// What a training minimizes. p is the softmax's share of a token's label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// -log p.
    CrossEntropy {
        /// Share of the target that all classes get alike, from 0 to below 1; the label gets the rest.
        smoothing: f64,
    },
    /// -(1-p)^γ·log p: Lin et al. 2017, "Focal Loss for Dense Object Detection".
    Focal {
        /// γ, from 0.
        gamma: f64,
    },
    /// 1 - (2(1-p)^α·p + γ) / ((1-p)^α·p + 1 + γ): the self-adjusting Dice loss of Li et al. 2020, "Dice Loss for
    /// Data-imbalanced NLP Tasks".
    Dice {
        /// α, from 0.
        alpha: f64,
        /// γ, from 0.
        gamma: f64,
    },
    /// The negative log-likelihood of a sentence's labels in a linear chain: Lafferty et al. 2001.
    Crf,
}

/// The target of a batch's loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target<'w> {
    /// What is minimized.
    pub loss: Loss,
    /// `[classes]`: how much a token counts, by its label; empty: all alike. A CRF has none.
    pub weights: &'w [f64],
    /// The gradient is multiplied by it.
    pub scale: f64,
}
