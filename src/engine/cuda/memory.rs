//! Where an engine's numbers lie on a GPU: the arena of float32 that every device has, and beside it, where products take
//! bfloat16, one of copies of what products read.

use crate::model::Span;

use super::driver::{Address, Driver};
use crate::engine::encoder::Encoder;
use crate::engine::error::EngineError;

/// The two buffers. The copies are of parameters and activations; gradients of parameters and moments have none.
#[derive(Debug)]
pub(super) struct Memory {
    arena: Address,
    half: Option<Address>,
    /// Floats of the parameters, at the arena's beginning.
    parameters: usize,
    /// Where its activations begin.
    activations: usize,
    len: usize,
}

impl Memory {
    /// Zeros for `encoder`.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(driver: &dyn Driver, encoder: &Encoder, half: bool) -> Result<Self, EngineError> {
        let (parameters, workspace) = (encoder.layout.len, &encoder.workspace);
        let (activations, len) = (workspace.activations, workspace.len);
        let mut memory = Self { arena: Address::NONE, half: None, parameters, activations, len };
        let halves = if half { memory.halves() * size_of::<u16>() } else { 0 };
        let floats = len * size_of::<f32>();
        // a refusal names the whole need, whichever part it was of
        let zeros = |bytes| {
            driver.zeros(bytes).map_err(|error| match error {
                EngineError::GpuMemory { .. } => EngineError::GpuMemory { bytes: floats + halves },
                other => other,
            })
        };
        memory.arena = zeros(floats)?;
        if half {
            memory.half = Some(zeros(halves)?);
        }
        Ok(memory)
    }

    fn halves(&self) -> usize {
        self.parameters + self.len - self.activations
    }

    /// Bytes of both.
    pub(super) fn bytes(&self) -> usize {
        self.len * size_of::<f32>() + self.half.map_or(0, |_| self.halves() * size_of::<u16>())
    }

    /// Whether products take bfloat16.
    pub(super) fn is_half(&self) -> bool {
        self.half.is_some()
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
    pub(super) fn half(&self, span: Span) -> Address {
        let Some(half) = self.half.filter(|_| span.len > 0) else { return Address::NONE };
        let at = if self.is_parameter(span) {
            span.start
        } else {
            assert!(span.start >= self.activations, "gradients of parameters and moments have no copies");
            span.start - self.activations + self.parameters
        };
        half.offset(at * size_of::<u16>())
    }

    /// What a product reads of a span.
    pub(super) fn operand(&self, span: Span) -> Address {
        if self.is_half() { self.half(span) } else { self.at(span) }
    }
}
