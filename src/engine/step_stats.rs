//! Loss and gradient norm of a step.

/// Statistics of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepStats {
    /// Summed loss of its batches, each times its scale.
    pub loss: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
}
