//! A model on this device: its numbers in an arena, and passes over them.

use std::cell::RefCell;

use candle_core::Tensor;

use crate::engine::adamw::{AdamW, Rates};
use crate::engine::batch::Batch;
use crate::engine::encoder::Encoder;
use crate::engine::error::EngineError;
use crate::engine::masks::Masks;
use crate::engine::product::Write;
use crate::engine::target::Target;
use crate::model::{Config, Layout, Span};

use super::arena::Arena;
use super::operations::Cpu;
use super::optimizer::Optimizer;

/// The numbers of a model, and its optimizer.
#[derive(Debug)]
pub(in crate::engine) struct Body {
    arena: Arena,
    /// Brings rows up to date where the model is only read, too.
    optimizer: RefCell<Optimizer>,
}

impl Body {
    /// The numbers of `encoder`, whose parameters come from `fill`.
    ///
    /// # Errors
    /// Those of the device, and of `fill`.
    pub(in crate::engine) fn new<E: From<EngineError>, R>(
        encoder: &Encoder,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        let (config, layout) = (&encoder.config, &encoder.layout);
        let arena = Arena::zeros(encoder.workspace.len)?;
        let filled = arena.with(|memory| fill(config, layout, &mut memory[..layout.len]))??;
        let optimizer = Optimizer::new(encoder);
        arena.pass(|memory| optimizer.begin(&mut Cpu::new(memory)))?;
        Ok((Self { arena, optimizer: RefCell::new(optimizer) }, filled))
    }

    /// Steps taken.
    pub(in crate::engine) fn steps(&self) -> u64 {
        self.optimizer.borrow().steps
    }

    /// Adds the gradient of `batch` to the step under way, or begins it with that. Returns the summed loss.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn accumulate(
        &mut self,
        encoder: &Encoder,
        batch: &Batch,
        masks: &Masks,
        target: Target,
        write: Write,
    ) -> Result<f64, EngineError> {
        let optimizer = self.optimizer.get_mut();
        self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            if write == Write::Set {
                clear_embeddings(encoder, &mut cpu, optimizer);
            }
            optimizer.touch(&mut cpu, batch, encoder.config.first_position);
            let logits = encoder.forward(&mut cpu, batch, masks);
            let loss = cpu.cross_entropy(logits, encoder.labels, target, batch);
            encoder.backward(&mut cpu, batch, masks, write);
            loss
        })
    }

    /// Takes a step over what was `accumulated`, if anything was, and returns the gradient's norm; a norm that is not
    /// finite changes nothing.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn step(
        &mut self,
        encoder: &Encoder,
        options: &AdamW,
        rates: Rates,
        accumulated: bool,
    ) -> Result<f64, EngineError> {
        let optimizer = self.optimizer.get_mut();
        self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            if !accumulated {
                clear_embeddings(encoder, &mut cpu, optimizer);
                cpu.clear(encoder.workspace.gradients);
                cpu.clear(encoder.workspace.squares.all());
            }
            let norm = optimizer.gradient_norm(&cpu);
            if norm.is_finite() {
                optimizer.step(&mut cpu, options, rates, norm);
            }
            norm
        })
    }

    /// The best class of each token that is selected, and the loss summed over those with a label.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn classify(
        &self,
        encoder: &Encoder,
        batch: &Batch,
        classes: &mut Vec<u16>,
        with_loss: bool,
    ) -> Result<f64, EngineError> {
        self.forward(encoder, batch, |cpu, logits| {
            classes.extend(cpu.argmax(logits, encoder.labels));
            if with_loss { cpu.loss(logits, encoder.labels, batch) } else { 0.0 }
        })
    }

    /// Runs `batch` through the model without dropout, and appends what then stands in `span` of its workspace; none: the
    /// logits.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn answer(
        &self,
        encoder: &Encoder,
        batch: &Batch,
        span: Option<Span>,
        values: &mut Vec<f32>,
    ) -> Result<(), EngineError> {
        self.forward(encoder, batch, |cpu, logits| values.extend_from_slice(cpu.values(span.unwrap_or(logits))))
    }

    fn forward<R>(
        &self,
        encoder: &Encoder,
        batch: &Batch,
        read: impl FnOnce(&Cpu<'_>, Span) -> R,
    ) -> Result<R, EngineError> {
        self.flush()?;
        self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            let logits = encoder.forward(&mut cpu, batch, &Masks::none(&encoder.config));
            read(&cpu, logits)
        })
    }

    /// Takes the steps that rows of tables have outstanding, before all of the model is read.
    fn flush(&self) -> Result<(), EngineError> {
        let mut optimizer = self.optimizer.borrow_mut();
        if optimizer.outstanding {
            self.arena.pass(|memory| optimizer.flush(&mut Cpu::new(memory)))?;
        }
        Ok(())
    }

    /// Lends the values of some spans.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn with<const N: usize, R>(
        &self,
        spans: [Span; N],
        read: impl FnOnce([&[f32]; N]) -> R,
    ) -> Result<R, EngineError> {
        self.flush()?;
        self.arena.with(|memory| read(spans.map(|span| &memory[span.range()])))
    }

    /// Sets spans that are the state of a training to what `fill` writes, after `steps` steps.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn restore<const N: usize, R>(
        &mut self,
        spans: [Span; N],
        steps: u64,
        fill: impl FnOnce([&mut [f32]; N]) -> R,
    ) -> Result<R, EngineError> {
        let optimizer = self.optimizer.get_mut();
        self.arena.with(|memory| {
            let mut cpu = Cpu::new(memory);
            let filled = fill(cpu.slices(spans));
            optimizer.resume(&cpu, steps);
            filled
        })
    }

    /// Sets parameters.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn set(&mut self, span: Span, values: &[f32]) -> Result<(), EngineError> {
        self.flush()?;
        self.arena.with(|memory| memory[span.range()].copy_from_slice(values))
    }

    /// A span as a tensor of `shape` that shares the arena's memory; all steps taken, if it is of parameters.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn tensor(
        &self,
        span: Span,
        shape: &[usize],
        parameters: bool,
    ) -> Result<Tensor, EngineError> {
        if parameters {
            self.flush()?;
        }
        self.arena.view(span, shape)
    }
}

/// Clears the gradients of the embedding tables, to which backward only adds.
fn clear_embeddings(encoder: &Encoder, cpu: &mut Cpu<'_>, optimizer: &mut Optimizer) {
    if encoder.learning_from == 0 {
        optimizer.clear_tables(cpu);
        cpu.clear(encoder.gradient(encoder.layout.embeddings.segment));
    }
}
