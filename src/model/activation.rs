//! Activation functions.

/// The activation function of the feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x·Φ(x), with the error function.
    Gelu,
    /// x·Φ(x), approximated with tanh.
    GeluTanh,
    /// max(x, 0)
    Relu,
    /// x·σ(x), with the logistic function σ (Elfwing et al. 2018), also called swish.
    Silu,
}

impl Activation {
    /// The function called `name` in transformers.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "gelu" | "gelu_python" => Some(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_python_tanh" => Some(Self::GeluTanh),
            "relu" => Some(Self::Relu),
            "silu" | "swish" => Some(Self::Silu),
            _ => None,
        }
    }
}
