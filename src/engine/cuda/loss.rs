//! Losses on a GPU: their launches, and the memory that they need beside the arena.

use crate::engine::error::EngineError;
use crate::engine::model_plan::ModelPlan;
use crate::engine::product::Write;
use crate::engine::target::{Loss, Target};
use crate::model::Span;

use super::arguments::{ChainLogits, ChainParameters, ChainPasses, CrossEntropy, GoldLoss};
use super::buffer::Buffer;
use super::indices::Chains;
use super::runtime::{Address, Runtime};
use super::work::{Blocks, Cuda};

/// The memory of losses.
#[derive(Debug)]
pub(super) struct LossMemory {
    /// `[classes]`, float64.
    weights: Buffer,
    /// What is in it.
    sent: Vec<f64>,
    /// Of a model with a CRF.
    passes: Option<Passes>,
}

/// What the passes over chains leave.
#[derive(Debug)]
struct Passes {
    alphas: Buffer,
    betas: Buffer,
    totals: Buffer,
}

/// The logits of a batch, and where its loss goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub logits: Span,
    pub record: Address,
}

impl LossMemory {
    /// For a model of `plan`.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(runtime: &dyn Runtime, plan: &ModelPlan) -> Result<Self, EngineError> {
        let zeros = |doubles: usize| Buffer::zeros(runtime, doubles * size_of::<f64>());
        let tokens = plan.workspace.capacity.tokens;
        let of_passes = || {
            let [alphas, betas] = [zeros(tokens * plan.labels)?, zeros(tokens * plan.labels)?];
            Ok::<_, EngineError>(Passes { alphas, betas, totals: zeros(2 * tokens)? })
        };
        let passes = plan.layout.crf.map(|_| of_passes()).transpose()?;
        Ok(Self { weights: zeros(plan.labels)?, sent: Vec::new(), passes })
    }

    /// Bytes of it.
    pub(super) fn bytes_of(plan: &ModelPlan) -> usize {
        let of_chains = if plan.layout.crf.is_some() { 2 * (plan.labels + 1) } else { 0 };
        (plan.labels + plan.workspace.capacity.tokens * of_chains) * size_of::<f64>()
    }

    /// Sends the weights of a target, unless they are there.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn prepare(&mut self, runtime: &dyn Runtime, target: Target<'_>) -> Result<(), EngineError> {
        if self.sent != target.weights {
            self.weights.upload(runtime, 0, bytemuck::cast_slice(target.weights))?;
            self.sent = target.weights.to_vec();
        }
        Ok(())
    }

    /// The loss of a batch; its logits become their gradient, and that of a CRF's parameters is written or added.
    pub(super) fn run(&self, cuda: &mut Cuda<'_>, plan: &ModelPlan, place: Place, target: Target<'_>, write: Write) {
        let add = (write == Write::Add).into();
        match target.loss {
            Loss::CrossEntropy { smoothing } => {
                let arguments = CrossEntropy {
                    bf16: cuda.memory.bf16(place.logits),
                    weights: self.weights_of(target),
                    scale: target.scale,
                    smoothing,
                    differentiate: 1,
                    add,
                    ..plain(cuda, plan, place)
                };
                cuda.run(Blocks::each(1), arguments);
            }
            Loss::Focal { gamma } => self.gold(cuda, plan, place, target, (0, 0.0, gamma), add),
            Loss::Dice { alpha, gamma } => self.gold(cuda, plan, place, target, (1, alpha, gamma), add),
            Loss::Crf => self.chains(cuda, plan, place, target.scale, add),
        }
    }

    fn weights_of(&self, target: Target<'_>) -> Address {
        if target.weights.is_empty() { Address::NONE } else { self.weights.at(0, size_of_val(target.weights)) }
    }

    fn gold(
        &self,
        cuda: &mut Cuda<'_>,
        plan: &ModelPlan,
        place: Place,
        target: Target<'_>,
        (dice, alpha, gamma): (u32, f64, f64),
        add: u32,
    ) {
        let arguments = GoldLoss {
            logits: cuda.memory.at(place.logits),
            bf16: cuda.memory.bf16(place.logits),
            labels: cuda.batch.labels,
            weights: self.weights_of(target),
            record: place.record,
            scale: target.scale,
            alpha,
            gamma,
            rows: rows(plan, place),
            classes: plan.labels as u32,
            dice,
            add,
        };
        cuda.run(Blocks::each(1), arguments);
    }

    fn chains(&self, cuda: &mut Cuda<'_>, plan: &ModelPlan, place: Place, scale: f64, add: u32) {
        let (Some(passes), Some((spans, gradients))) = (&self.passes, plan.crf()) else {
            unreachable!("a chain has parameters")
        };
        let Chains { count, rows: chain_rows, starts } = cuda.batch.chains;
        let (all_rows, classes, labels) = (rows(plan, place), plan.labels as u32, cuda.batch.labels);
        let doubles = |buffer: &Buffer, count: usize| buffer.at(0, count * size_of::<f64>());
        let elements = all_rows as usize * plan.labels;
        let [alphas, betas] = [&passes.alphas, &passes.betas].map(|buffer| doubles(buffer, elements));
        let totals = doubles(&passes.totals, 2 * count);
        let (logits, transitions) = (cuda.memory.at(place.logits), cuda.memory.at(spans.transitions));
        let arguments = ChainPasses {
            alphas,
            betas,
            totals,
            logits,
            labels,
            start: cuda.memory.at(spans.start),
            end: cuda.memory.at(spans.end),
            transitions,
            rows: chain_rows,
            starts,
            classes,
        };
        cuda.run(Blocks::each(count), arguments);
        let arguments = ChainParameters {
            start_gradient: cuda.memory.at(gradients.start),
            end_gradient: cuda.memory.at(gradients.end),
            transitions_gradient: cuda.memory.at(gradients.transitions),
            alphas,
            betas,
            totals,
            logits,
            labels,
            transitions,
            rows: chain_rows,
            starts,
            scale,
            chains: count as u32,
            classes,
            add,
        };
        cuda.run(Blocks::elements((plan.labels + 2) * plan.labels), arguments);
        let arguments = ChainLogits {
            logits,
            bf16: cuda.memory.bf16(place.logits),
            labels,
            alphas,
            betas,
            totals,
            record: place.record,
            rows: chain_rows,
            starts,
            scale,
            chains: count as u32,
            all_rows,
            classes,
            add,
        };
        cuda.run(Blocks::each(1), arguments);
    }
}

/// The plain cross-entropy of a batch, whose logits stay.
pub(super) fn plain(cuda: &Cuda<'_>, plan: &ModelPlan, place: Place) -> CrossEntropy {
    CrossEntropy {
        logits: cuda.memory.at(place.logits),
        bf16: Address::NONE,
        labels: cuda.batch.labels,
        weights: Address::NONE,
        record: place.record,
        scale: 1.0,
        smoothing: 0.0,
        rows: rows(plan, place),
        classes: plan.labels as u32,
        differentiate: 0,
        add: 0,
    }
}

fn rows(plan: &ModelPlan, place: Place) -> u32 {
    (place.logits.len / plan.labels) as u32
}
