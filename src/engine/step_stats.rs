//! What a step did, as data.

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepStats {
    /// The summed loss of each batch times its scale.
    pub loss: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
}
