//! AdamW on a GPU: two passes over the learning parameters for the norm and the step, each row of every table at its time.
//! Neither waits for the host: the norm, and by it the clipping, stay on the device.

use crate::engine::adamw::{AdamW, Group, Rates};
use crate::engine::encoder::Encoder;
use crate::engine::error::EngineError;
use crate::model::Span;

use super::arguments::{self, Adamw, Chunk, Constants, Norm, Squares};
use super::runtime::{Address, Runtime};
use super::work::{Blocks, Cuda};

/// Floats of a chunk of the update, and of the norm.
const CHUNK: usize = arguments::CHUNK as usize;

/// What the passes need beside the arena.
#[derive(Debug)]
pub(super) struct Optimizer {
    /// Parameters, first and second moments, gradients, of all that learns.
    spans: [Span; 4],
    /// Sets of parameters with one set of constants.
    groups: Vec<Group>,
    chunks: Address,
    chunk_count: usize,
    constants: Address,
    sums: Address,
    /// Steps taken.
    pub steps: u64,
}

impl Optimizer {
    /// For what learns in `encoder`.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(runtime: &dyn Runtime, encoder: &Encoder) -> Result<Self, EngineError> {
        let (from, workspace) = (encoder.learning_from, &encoder.workspace);
        let parameters = Span { start: from, len: encoder.layout.len - from };
        let spans = [parameters, workspace.first_moments, workspace.second_moments, workspace.gradients];
        let (mut groups, mut chunks) = (Vec::new(), Vec::new());
        for parameter in encoder.layout.parameters.iter().filter(|p| p.span.start >= from) {
            let group = Group::of(parameter, encoder.config.own_layers());
            let at = groups.iter().position(|one| *one == group).unwrap_or(groups.len());
            if at == groups.len() {
                groups.push(group);
            }
            chunks.extend(parameter.span.range().step_by(CHUNK).map(|start| Chunk {
                start: (start - from) as u32,
                len: CHUNK.min(parameter.span.start + parameter.span.len - start) as u32,
                group: at as u32,
            }));
        }
        let words: Vec<u32> = chunks.iter().flat_map(|chunk| [chunk.start, chunk.len, chunk.group]).collect();
        let optimizer = Self {
            spans,
            chunks: runtime.zeros(size_of_val(&words[..]))?,
            chunk_count: chunks.len(),
            constants: runtime.zeros(groups.len() * size_of::<Constants>())?,
            sums: runtime.zeros(parameters.len.div_ceil(CHUNK) * size_of::<f64>())?,
            groups,
            steps: 0,
        };
        runtime.upload(optimizer.chunks, &words)?;
        Ok(optimizer)
    }

    /// Takes a step along the gradient, and leaves its norm in `record`; a norm that is not finite changes nothing.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn step(
        &mut self,
        mut device: Cuda<'_>,
        options: &AdamW,
        rates: Rates,
        record: Address,
    ) -> Result<(), EngineError> {
        self.steps += 1;
        let constants = self.groups.iter().map(|group| {
            // the norm is not known here: the device clips
            let update = options.update(*group, self.steps, rates, 0.0);
            let [beta1, beta2] = update.betas;
            let [rest1, rest2] = update.complements;
            [update.keep, update.step, update.correction, beta1, beta2, rest1, rest2, update.epsilon].map(f32::to_bits)
        });
        device.runtime.upload(self.constants, constants.collect::<Vec<_>>().as_flattened())?;
        let [parameters, first, second, gradient] = self.spans.map(|span| device.memory.at(span));
        let (len, chunks) = (self.spans[3].len, self.spans[3].len.div_ceil(CHUNK));
        device.run(Blocks::each(chunks), Squares { sums: self.sums, x: gradient, len: len as u32 });
        device.run(Blocks::each(1), Norm { record, sums: self.sums, chunks: chunks as u32 });
        let update = Adamw {
            parameters,
            bf16: device.memory.bf16(self.spans[0]),
            first,
            second,
            gradient,
            chunks: self.chunks,
            constants: self.constants,
            record,
            max_norm: options.max_grad_norm,
        };
        device.run(Blocks::each(self.chunk_count), update);
        device.finish()
    }
}
