//! What the loss compares the predictions with.

/// The target of a batch's loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The gradient is multiplied by it.
    pub scale: f64,
    /// Share of the target that all classes get alike, from 0 to below 1; the label gets the rest.
    pub smoothing: f64,
}
