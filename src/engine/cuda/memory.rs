//! Where an engine's numbers lie on a GPU: the arena of float32 that every device has, and beside it, where products take
//! bfloat16, one of copies of what products read.

use crate::model::Span;

use super::runtime::{Address, Runtime};
use crate::engine::encoder::Encoder;
use crate::engine::error::EngineError;

/// The two buffers. The copies are of parameters and activations; gradients of parameters and moments have none.
#[derive(Debug)]
pub(super) struct Memory {
    arena: Address,
    bf16: Option<Address>,
    /// Floats of the parameters, at the arena's beginning.
    parameters: usize,
    /// Where its activations begin.
    activations: usize,
}

impl Memory {
    /// Zeros for `encoder`.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(runtime: &dyn Runtime, encoder: &Encoder, bf16: bool) -> Result<Self, EngineError> {
        let workspace = &encoder.workspace;
        let halves = if bf16 { Some(runtime.zeros(halves(encoder) * size_of::<u16>())?) } else { None };
        Ok(Self {
            arena: runtime.zeros(workspace.len * size_of::<f32>())?,
            bf16: halves,
            parameters: encoder.layout.len,
            activations: workspace.activations,
        })
    }

    /// Bytes of both, with copies if `bf16`.
    pub(super) fn bytes_of(encoder: &Encoder, bf16: bool) -> usize {
        let copies = if bf16 { halves(encoder) * size_of::<u16>() } else { 0 };
        encoder.workspace.len * size_of::<f32>() + copies
    }

    /// Whether products take bfloat16.
    pub(super) fn is_bf16(&self) -> bool {
        self.bf16.is_some()
    }

    /// Whether a span is of parameters.
    pub(super) fn is_parameter(&self, span: Span) -> bool {
        span.start < self.parameters
    }

    /// The floats of a span; none of an empty one.
    pub(super) fn at(&self, span: Span) -> Address {
        if span.len == 0 { Address::NONE } else { self.arena.offset(span.start * size_of::<f32>()) }
    }

    /// Their copies in bfloat16; none where products take float32.
    pub(super) fn bf16(&self, span: Span) -> Address {
        let Some(bf16) = self.bf16.filter(|_| span.len > 0) else { return Address::NONE };
        let at = if self.is_parameter(span) {
            span.start
        } else {
            assert!(span.start >= self.activations, "gradients of parameters and moments have no copies");
            span.start - self.activations + self.parameters
        };
        bf16.offset(at * size_of::<u16>())
    }

    /// What a product reads of a span.
    pub(super) fn operand(&self, span: Span) -> Address {
        if self.is_bf16() { self.bf16(span) } else { self.at(span) }
    }
}

/// Elements of the copies.
fn halves(encoder: &Encoder) -> usize {
    encoder.layout.len + encoder.workspace.len - encoder.workspace.activations
}
