//! A model on a CPU: its numbers in an arena, and passes over them. It never runs ahead: each call returns when its work
//! is done, and reports at once what is not finite.

use std::cell::RefCell;

use candle_core::Tensor;

use crate::engine::adamw::{AdamW, Rates};
use crate::engine::averaging::Averaging;
use crate::engine::backend::Backend;
use crate::engine::batch::Batch;
use crate::engine::crf::Scratch;
use crate::engine::error::EngineError;
use crate::engine::masks::Masks;
use crate::engine::model_plan::ModelPlan;
use crate::engine::pass::Pass;
use crate::engine::product::Write;
use crate::engine::step_stats::StepStats;
use crate::engine::target::Target;
use crate::model::Span;

use super::arena::Arena;
use super::operations::Cpu;
use super::optimizer::Optimizer;

/// The numbers of a model, and its optimizer.
#[derive(Debug)]
pub(in crate::engine) struct CpuBackend {
    arena: Arena,
    bytes: usize,
    /// Its lazy rows are flushed even where the model is only read.
    optimizer: RefCell<Optimizer>,
    chain: Scratch,
    /// The losses accumulated in the current step, each times its batch's scale.
    step_loss: f64,
    /// Of the last batch.
    loss: f64,
    /// Steps not yet drained.
    steps: Vec<StepStats>,
}

impl CpuBackend {
    /// For a model of `plan`, whose numbers are all 0.
    ///
    /// # Errors
    /// Too little memory.
    pub(in crate::engine) fn new(plan: &ModelPlan) -> Result<Self, EngineError> {
        let arena = Arena::zeros(plan.workspace.len)?;
        let optimizer = Optimizer::new(plan);
        arena.pass(|memory| optimizer.begin(&mut Cpu::new(memory)))?;
        let bytes = plan.workspace.len * size_of::<f32>();
        let (optimizer, steps) = (RefCell::new(optimizer), Vec::new());
        let chain = plan.layout.crf.map(|_| Scratch::of(plan.workspace.capacity.tokens, plan.labels));
        let chain = chain.unwrap_or_default();
        Ok(Self { arena, bytes, optimizer, chain, step_loss: 0.0, loss: 0.0, steps })
    }

    /// Takes the outstanding steps of lazy rows, before the whole model is read.
    fn flush(&self) -> Result<(), EngineError> {
        let mut optimizer = self.optimizer.borrow_mut();
        if optimizer.outstanding {
            self.arena.pass(|memory| optimizer.flush(&mut Cpu::new(memory)))?;
        }
        Ok(())
    }

    /// Runs `batch` through the model without dropout, then `read` with where the logits lie.
    fn predict<R>(
        &self,
        plan: &ModelPlan,
        batch: &Batch,
        read: impl FnOnce(&Cpu<'_>, Span) -> R,
    ) -> Result<R, EngineError> {
        self.flush()?;
        self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            let masks = Masks::none(&plan.config);
            let logits = Pass { plan, device: &mut cpu, batch, masks: &masks }.forward();
            read(&cpu, logits)
        })
    }
}

impl Backend for CpuBackend {
    fn runs_ahead(&self) -> bool {
        false
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn steps(&self) -> u64 {
        self.optimizer.borrow().steps
    }

    fn accumulate(
        &mut self,
        plan: &ModelPlan,
        batch: &Batch,
        masks: &Masks,
        target: Target<'_>,
        write: Write,
    ) -> Result<(), EngineError> {
        let (optimizer, chain) = (self.optimizer.get_mut(), &mut self.chain);
        let loss = self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            if write == Write::Set {
                clear_embeddings(plan, &mut cpu, optimizer);
            }
            optimizer.touch(&mut cpu, batch, plan.config.first_position);
            let logits = Pass { plan, device: &mut cpu, batch, masks }.forward();
            let loss = match plan.crf() {
                Some(spans) => cpu.loss_of_chains(logits, spans, target.scale, (batch, write), chain),
                None => cpu.loss_of_tokens(logits, plan.labels, target, batch),
            };
            Pass { plan, device: &mut cpu, batch, masks }.backward(write);
            loss
        })?;
        if !loss.is_finite() {
            return Err(EngineError::NotFinite { what: "loss", step: self.steps() + 1 });
        }
        self.step_loss += loss * target.scale;
        self.loss = loss;
        Ok(())
    }

    fn wait_for_loss(&mut self) -> Result<f64, EngineError> {
        Ok(self.loss)
    }

    fn step(&mut self, plan: &ModelPlan, options: &AdamW, rates: Rates, accumulated: bool) -> Result<(), EngineError> {
        let (loss, optimizer) = (std::mem::take(&mut self.step_loss), self.optimizer.get_mut());
        let grad_norm = self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            if !accumulated {
                clear_embeddings(plan, &mut cpu, optimizer);
                cpu.clear(plan.workspace.gradients);
                cpu.clear(plan.workspace.squares.all());
            }
            let norm = optimizer.gradient_norm(&cpu);
            if norm.is_finite() {
                optimizer.step(&mut cpu, options, rates, norm);
            }
            norm
        })?;
        if !grad_norm.is_finite() {
            return Err(EngineError::NotFinite { what: "gradient norm", step: self.steps() + 1 });
        }
        self.steps.push(StepStats { loss, grad_norm });
        Ok(())
    }

    /// Rows that step lazily take their steps first: the average is of all weights after each step.
    fn average(&mut self, average: Span, parameters: Span, averaging: Averaging) -> Result<(), EngineError> {
        self.flush()?;
        self.arena.pass(|memory| Cpu::new(memory).average(average, parameters, averaging))
    }

    fn exchange(&mut self, parameters: Span, other: Span) -> Result<(), EngineError> {
        self.flush()?;
        self.arena.with(|memory| {
            let [one, other] = memory
                .get_disjoint_mut([parameters.range(), other.range()])
                .expect("buffers lie apart within the arena");
            one.swap_with_slice(other);
        })
    }

    fn drain(&mut self, steps: &mut Vec<StepStats>) -> Result<(), EngineError> {
        steps.append(&mut self.steps);
        Ok(())
    }

    fn classify(
        &self,
        plan: &ModelPlan,
        batch: &Batch,
        classes: &mut Vec<u16>,
        with_loss: bool,
    ) -> Result<f64, EngineError> {
        self.predict(plan, batch, |cpu, logits| {
            classes.extend(cpu.argmax(logits, plan.labels));
            if with_loss { cpu.loss(logits, plan.labels, batch) } else { 0.0 }
        })
    }

    fn infer(&self, plan: &ModelPlan, batch: &Batch, output: Span, values: &mut Vec<f32>) -> Result<(), EngineError> {
        self.predict(plan, batch, |cpu, _| values.extend_from_slice(cpu.values(output)))
    }

    fn read(&self, spans: &[Span], read: &mut dyn FnMut(&[&[f32]])) -> Result<(), EngineError> {
        self.flush()?;
        self.arena.with(|memory| {
            let values: Vec<&[f32]> = spans.iter().map(|span| &memory[span.range()]).collect();
            read(&values);
        })
    }

    fn write(&mut self, spans: &[Span], fill: &mut dyn FnMut(&mut [&mut [f32]])) -> Result<(), EngineError> {
        self.flush()?;
        self.arena.with(|memory| fill(&mut slices(memory, spans)))
    }

    fn resume(&mut self, steps: u64) -> Result<(), EngineError> {
        let optimizer = self.optimizer.get_mut();
        self.arena.with(|memory| optimizer.resume(&Cpu::new(memory), steps))
    }

    /// Shares the arena's memory.
    fn tensor(&self, span: Span, shape: &[usize]) -> Result<Tensor, EngineError> {
        self.flush()?;
        self.arena.view(span, shape)
    }
}

/// `spans` of `memory`, ascending and apart, as slices.
fn slices<'m>(memory: &'m mut [f32], spans: &[Span]) -> Vec<&'m mut [f32]> {
    let (mut rest, mut start) = (memory, 0);
    let cut = spans.iter().map(|span| {
        let (_, from) = std::mem::take(&mut rest).split_at_mut(span.start - start);
        let (values, after) = from.split_at_mut(span.len);
        (rest, start) = (after, span.range().end);
        values
    });
    cut.collect()
}

/// Clears the gradients of the embedding tables, to which backward only adds.
fn clear_embeddings(plan: &ModelPlan, cpu: &mut Cpu<'_>, optimizer: &mut Optimizer) {
    if plan.learning.tables {
        optimizer.clear_tables(cpu);
        cpu.clear(plan.gradient(plan.layout.embeddings.segment));
        if let Some(relative) = plan.layout.embeddings.relative {
            cpu.clear(plan.gradient(relative.table));
        }
    }
}
