//! AdamW on a GPU: two passes over the learning parameters, one for the norm and one for the step, in which every row of
//! every table takes its step at once. Neither waits for the host: the norm, and so the clipping, stays on the device.

use crate::engine::adamw::{AdamW, Group, Rates, TrainingState};
use crate::engine::error::EngineError;
use crate::engine::model_plan::ModelPlan;
use crate::model::Span;

use super::arguments::{self, Adamw, Chunk, Constants, Norm, Squares};
use super::buffer::Buffer;
use super::runtime::{Address, Runtime};
use super::work::{Blocks, Cuda};

/// Floats of a chunk of the update, and of the norm.
const CHUNK: usize = arguments::CHUNK as usize;

/// What the passes need beside the arena.
#[derive(Debug)]
pub(super) struct Optimizer {
    state: TrainingState<Span>,
    gradients: Span,
    /// Parameters of one group share one set of constants.
    groups: Vec<Group>,
    chunks: Buffer,
    chunk_count: usize,
    constants: Buffer,
    sums: Buffer,
    /// Steps taken.
    pub steps: u64,
}

impl Optimizer {
    /// For what learns in `plan`.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(runtime: &dyn Runtime, plan: &ModelPlan) -> Result<Self, EngineError> {
        let (from, state) = (plan.learning.from, plan.state());
        let (mut groups, mut chunks) = (Vec::new(), Vec::new());
        for parameter in plan.learning_parameters() {
            let group = plan.group(parameter);
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
        let zeros = |bytes| Buffer::zeros(runtime, bytes);
        let optimizer = Self {
            state,
            gradients: plan.workspace.gradients,
            chunks: zeros(size_of_val(&words[..]))?,
            chunk_count: chunks.len(),
            constants: zeros(groups.len() * size_of::<Constants>())?,
            sums: zeros(state.parameters.len.div_ceil(CHUNK) * size_of::<f64>())?,
            groups,
            steps: 0,
        };
        optimizer.chunks.upload(runtime, 0, &words)?;
        Ok(optimizer)
    }

    /// Counts a step and sends its constants.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn begin(&mut self, runtime: &dyn Runtime, options: &AdamW, rates: Rates) -> Result<(), EngineError> {
        self.steps += 1;
        let constants = self.groups.iter().map(|group| {
            // the host does not know the norm: the device clips
            let update = options.update(*group, self.steps, rates, 0.0);
            let [beta1, beta2] = update.betas;
            let [rest1, rest2] = update.complements;
            [update.keep, update.step, update.correction, beta1, beta2, rest1, rest2, update.epsilon].map(f32::to_bits)
        });
        self.constants.upload(runtime, 0, constants.collect::<Vec<_>>().as_flattened())
    }

    /// Takes the step along the gradient and leaves its norm in `record`; a norm that is not finite changes nothing.
    pub(super) fn step(&self, device: &mut Cuda<'_>, options: &AdamW, record: Address) {
        let len = self.gradients.len;
        let chunks = len.div_ceil(CHUNK);
        let (gradient, sums) = (device.memory.at(self.gradients), self.sums.at(0, chunks * size_of::<f64>()));
        device.run(Blocks::each(chunks), Squares { sums, x: gradient, len: len as u32 });
        device.run(Blocks::each(1), Norm { record, sums, chunks: chunks as u32 });
        let TrainingState { parameters, first_moments, second_moments } = self.state;
        let update = Adamw {
            parameters: device.memory.at(parameters),
            bf16: device.memory.bf16(parameters),
            first: device.memory.at(first_moments),
            second: device.memory.at(second_moments),
            gradient,
            chunks: self.chunks.at(0, self.chunk_count * size_of::<Chunk>()),
            constants: self.constants.at(0, self.groups.len() * size_of::<Constants>()),
            record,
            max_norm: options.max_grad_norm,
        };
        device.run(Blocks::each(self.chunk_count), update);
    }
}
