//! Where the numbers of a model lie on a GPU: the float32 arena that every device has, and, if products take bfloat16, a
//! second buffer with copies of what they read.

use crate::engine::error::EngineError;
use crate::engine::model_plan::ModelPlan;
use crate::model::Span;

use super::buffer::Buffer;
use super::runtime::{Address, Runtime};

/// The two buffers. Parameters and activations have copies; gradients of parameters and moments have none.
#[derive(Debug)]
pub(super) struct Memory {
    arena: Buffer,
    copies: Option<Buffer>,
    /// Floats of the parameters, at the arena's start.
    parameters: usize,
    /// Where the activations start.
    activations: usize,
}

impl Memory {
    /// Zeros for a model of `plan`; with copies if `bf16`.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(runtime: &dyn Runtime, plan: &ModelPlan, bf16: bool) -> Result<Self, EngineError> {
        let copies = bf16.then(|| Buffer::zeros(runtime, bytes_of_copies(plan)));
        Ok(Self {
            copies: copies.transpose()?,
            arena: Buffer::zeros(runtime, bytes_of_arena(plan))?,
            parameters: plan.layout.len,
            activations: plan.workspace.activations,
        })
    }

    /// Bytes of both buffers; with copies if `bf16`.
    pub(super) fn bytes_of(plan: &ModelPlan, bf16: bool) -> usize {
        bytes_of_arena(plan) + if bf16 { bytes_of_copies(plan) } else { 0 }
    }

    /// Whether products take bfloat16.
    pub(super) fn is_bf16(&self) -> bool {
        self.copies.is_some()
    }

    /// Whether a span is of parameters.
    pub(super) fn is_parameter(&self, span: Span) -> bool {
        span.start < self.parameters
    }

    /// The floats of a span; [`Address::NONE`] for an empty one.
    pub(super) fn at(&self, span: Span) -> Address {
        if span.len == 0 { Address::NONE } else { self.arena.at(floats(span.start), floats(span.len)) }
    }

    /// The copy of a span in bfloat16; [`Address::NONE`] if products take float32.
    pub(super) fn bf16(&self, span: Span) -> Address {
        let Some(copies) = self.copies.as_ref().filter(|_| span.len > 0) else { return Address::NONE };
        let start = if self.is_parameter(span) {
            span.start
        } else {
            assert!(span.start >= self.activations, "gradients of parameters and moments have no copies");
            span.start - self.activations + self.parameters
        };
        copies.at(start * size_of::<u16>(), span.len * size_of::<u16>())
    }

    /// What a product reads of a span.
    pub(super) fn operand(&self, span: Span) -> Address {
        if self.is_bf16() { self.bf16(span) } else { self.at(span) }
    }

    /// Copies `values` to the start of a span.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn upload(&self, runtime: &dyn Runtime, to: Span, values: &[f32]) -> Result<(), EngineError> {
        self.arena.upload(runtime, floats(to.start), bytemuck::cast_slice(values))
    }

    /// Copies the values of a span, once all work so far is done.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn download(&self, runtime: &dyn Runtime, from: Span) -> Result<Vec<f32>, EngineError> {
        let mut values = vec![0.0f32; from.len];
        self.arena.download(runtime, floats(from.start), bytemuck::cast_slice_mut(&mut values))?;
        Ok(values)
    }

    /// Sets a span to zero.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn clear(&self, runtime: &dyn Runtime, span: Span) -> Result<(), EngineError> {
        self.arena.clear(runtime, floats(span.start), floats(span.len))
    }
}

/// Bytes of so many floats.
fn floats(count: usize) -> usize {
    count * size_of::<f32>()
}

fn bytes_of_arena(plan: &ModelPlan) -> usize {
    floats(plan.workspace.len)
}

fn bytes_of_copies(plan: &ModelPlan) -> usize {
    (plan.layout.len + plan.workspace.len - plan.workspace.activations) * size_of::<u16>()
}
