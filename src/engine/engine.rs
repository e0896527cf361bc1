//! A model on a device: gradients accumulated batch by batch, optimiser steps, predictions.

use std::cell::RefCell;

use candle_core::{Device, Tensor};

use crate::model::{Config, Layout, Parameter, Span};
use crate::spec::Freeze;

use super::arena::Arena;
use super::batch::Batch;
use super::cpu::products::Write;
use super::cpu::{Cpu, Target};
use super::encoder::Encoder;
use super::error::EngineError;
use super::masks::Masks;
use super::optimizer::{AdamW, Optimizer, Rates};
use super::workspace::{Capacity, Workspace};

/// The numerics of this engine: from the first release on it changes whenever a result's bits do.
pub const NUMERICS_VERSION: u32 = 1;

/// A model at work.
#[derive(Debug)]
pub struct Engine {
    encoder: Encoder,
    arena: Arena,
    /// Brings rows up to date where the model is only read, too.
    optimizer: RefCell<Optimizer>,
    /// Whether a batch has been accumulated since the last step.
    accumulated: bool,
    label_smoothing: f64,
}

impl Engine {
    /// A model of `config` with `labels` classes, of which `freeze` leaves a part to learn, for batches up to `capacity`;
    /// its parameters, laid out as `layout` says, come from `fill`.
    ///
    /// # Errors
    /// Those of the device, and of `fill`.
    pub fn new<E: From<EngineError>, R>(
        config: Config,
        labels: usize,
        freeze: Freeze,
        capacity: Capacity,
        device: &Device,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        let layout = Layout::new(&config, labels);
        let (learning_from, first_learning) = (layout.learning_from(freeze), layout.first_learning(freeze));
        let workspace = Workspace::new(&config, &layout, labels, capacity, learning_from, first_learning);
        Self::of(Encoder { config, labels, layout, workspace, learning_from, first_learning }, device, fill)
    }

    /// The classifier of [`Engine::new`] alone, for batches with features up to `capacity`: it answers and learns as under
    /// a frozen encoder, which is not there. `fill` lays out a classifier and nothing else.
    ///
    /// # Errors
    /// As for [`Engine::new`].
    ///
    /// # Panics
    /// Its methods panic on a batch without features.
    pub fn over_features<E: From<EngineError>, R>(
        config: Config,
        labels: usize,
        capacity: Capacity,
        device: &Device,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        Self::of(Encoder::classifier_alone(config, labels, capacity), device, fill)
    }

    fn of<E: From<EngineError>, R>(
        encoder: Encoder,
        device: &Device,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        let (config, layout) = (&encoder.config, &encoder.layout);
        let arena = Arena::zeros(encoder.workspace.len, device)?;
        let filled = arena.with(|memory| fill(config, layout, &mut memory[..layout.len]))??;
        let optimizer = Optimizer::new(&encoder);
        arena.pass(|memory| optimizer.begin(&mut Cpu::new(memory)))?;
        let optimizer = RefCell::new(optimizer);
        Ok((Self { encoder, arena, optimizer, accumulated: false, label_smoothing: 0.0 }, filled))
    }

    /// The model's shape.
    pub fn config(&self) -> &Config {
        &self.encoder.config
    }

    /// Bytes of the arena: parameters, gradients, moments, activations.
    pub fn bytes(&self) -> usize {
        self.encoder.workspace.len * size_of::<f32>()
    }

    /// Makes every batch's target a mixture from now on: 1 - `share` of the label, `share` of all classes alike
    /// (0 ≤ `share` < 1; 0, as at first: the label alone). Evaluations stay plain.
    pub fn smooth_labels(&mut self, share: f64) {
        self.label_smoothing = share;
    }

    /// Adds the gradient of `batch` to the step under way: that of the summed loss times `scale` (1 over the labelled
    /// tokens of the whole step makes it the mean's). Returns the summed loss. A batch without labels adds nothing.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite.
    ///
    /// # Panics
    /// If the batch is beyond the engine's capacity; so do the others.
    pub fn accumulate(&mut self, batch: &Batch, masks: &Masks, scale: f64) -> Result<f64, EngineError> {
        if batch.labelled() == 0 {
            return Ok(0.0);
        }
        self.fits(batch);
        let (encoder, optimizer, smoothing) = (&self.encoder, self.optimizer.get_mut(), self.label_smoothing);
        let write = if self.accumulated { Write::Add } else { Write::Set };
        let loss = self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            if write == Write::Set {
                clear_embeddings(encoder, &mut cpu, optimizer);
            }
            optimizer.touch(&mut cpu, batch, encoder.config.first_position);
            let logits = encoder.forward(&mut cpu, batch, masks);
            let loss = cpu.cross_entropy(logits, encoder.labels, Target { scale, smoothing }, batch);
            encoder.backward(&mut cpu, batch, masks, write);
            loss
        })?;
        self.accumulated = true;
        if loss.is_finite() { Ok(loss) } else { Err(self.not_finite("loss")) }
    }

    /// Takes the optimiser step over what was accumulated, and returns the gradient's norm before clipping.
    ///
    /// # Errors
    /// Those of the device; a norm that is not finite.
    pub fn step(&mut self, options: &AdamW, rates: Rates) -> Result<f64, EngineError> {
        let (encoder, optimizer, accumulated) = (&self.encoder, self.optimizer.get_mut(), self.accumulated);
        let norm = self.arena.pass(|memory| {
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
        })?;
        self.accumulated = false;
        if norm.is_finite() { Ok(norm) } else { Err(self.not_finite("gradient norm")) }
    }

    /// Takes the steps that rows of tables have outstanding, before all of the model is read.
    fn settle(&self) -> Result<(), EngineError> {
        let mut optimizer = self.optimizer.borrow_mut();
        if optimizer.outstanding {
            self.arena.pass(|memory| optimizer.settle(&mut Cpu::new(memory)))?;
        }
        Ok(())
    }

    fn fits(&self, batch: &Batch) {
        let (capacity, needed) = (self.encoder.workspace.capacity, Capacity::of(batch));
        assert_eq!(capacity.max(needed), capacity, "a batch is beyond the capacity that the engine was made for");
    }

    fn not_finite(&self, what: &'static str) -> EngineError {
        EngineError::NotFinite { what, step: self.optimizer.borrow().steps + 1 }
    }

    /// The best class of each token of `batch` that is asked for, without dropout.
    ///
    /// # Errors
    /// Those of the device.
    pub fn predict(&self, batch: &Batch, classes: &mut Vec<u16>) -> Result<(), EngineError> {
        self.with_logits(batch, |cpu, logits| classes.extend(cpu.argmax(logits, self.encoder.labels)))
    }

    /// [`Engine::predict`], with the cross-entropy summed over the labelled tokens of `batch`. Gradients accumulated so
    /// far and the state of the training stay as they are.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite.
    pub fn evaluate(&self, batch: &Batch, classes: &mut Vec<u16>) -> Result<f64, EngineError> {
        let (labels, mut loss) = (self.encoder.labels, 0.0);
        self.with_logits(batch, |cpu, logits| {
            classes.extend(cpu.argmax(logits, labels));
            loss = cpu.loss(logits, labels, batch);
        })?;
        let (what, step) = ("loss of an evaluation", self.optimizer.borrow().steps);
        if loss.is_finite() { Ok(loss) } else { Err(EngineError::NotFinite { what, step }) }
    }

    /// The logits of `batch`: `[tokens asked for, labels]`, without dropout.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logits(&self, batch: &Batch) -> Result<Vec<f32>, EngineError> {
        let mut values = Vec::new();
        self.with_logits(batch, |cpu, logits| values.extend_from_slice(cpu.values(logits)))?;
        Ok(values)
    }

    /// Appends the last hidden states of the tokens of `batch` that are asked for, without dropout:
    /// `[tokens asked for, hidden]`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn hidden_states(&self, batch: &Batch, states: &mut Vec<f32>) -> Result<(), EngineError> {
        let input = self.encoder.workspace.classifier_input.first(batch.asked.len() * self.encoder.config.hidden);
        self.with_logits(batch, |cpu, _| states.extend_from_slice(cpu.values(input)))
    }

    fn with_logits(&self, batch: &Batch, read: impl FnOnce(&Cpu<'_>, Span)) -> Result<(), EngineError> {
        if batch.asked.is_empty() {
            return Ok(());
        }
        self.fits(batch);
        self.settle()?;
        self.arena.pass(|memory| {
            let mut cpu = Cpu::new(memory);
            let logits = self.encoder.forward(&mut cpu, batch, &Masks::none(&self.encoder.config));
            read(&cpu, logits);
        })
    }

    /// Lends the state of the training: parameters, first and second moments of all that learns, each one flat buffer.
    ///
    /// # Errors
    /// Those of the device.
    pub fn with_state<R>(&self, read: impl FnOnce([&[f32]; 3]) -> R) -> Result<R, EngineError> {
        let state = self.state();
        self.settle()?;
        self.arena.with(|memory| read(state.map(|span| &memory[span.range()])))
    }

    /// Sets the state of [`Engine::with_state`] to what `fill` writes, after `steps` steps.
    ///
    /// # Errors
    /// Those of the device.
    pub fn restore<R>(&mut self, steps: u64, fill: impl FnOnce([&mut [f32]; 3]) -> R) -> Result<R, EngineError> {
        let (state, optimizer) = (self.state(), self.optimizer.get_mut());
        self.arena.with(|memory| {
            let mut cpu = Cpu::new(memory);
            let filled = fill(cpu.slices(state));
            optimizer.resume(&cpu, steps);
            filled
        })
    }

    /// A copy of all parameters that learn, as one flat buffer: for keeping the best weights of a training.
    ///
    /// # Errors
    /// Those of the device.
    pub fn learned(&self) -> Result<Vec<f32>, EngineError> {
        self.with_state(|[parameters, _, _]| parameters.to_vec())
    }

    /// Sets the parameters that learn to what [`Engine::learned`] copied; moments and steps stay as they are.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Panics
    /// If the copy is of an engine of another shape.
    pub fn set_learned(&mut self, values: &[f32]) -> Result<(), EngineError> {
        let [parameters, _, _] = self.state();
        self.settle()?;
        self.arena.with(|memory| memory[parameters.range()].copy_from_slice(values))
    }

    fn state(&self) -> [Span; 3] {
        let (workspace, start) = (&self.encoder.workspace, self.encoder.learning_from);
        let parameters = Span { start, len: self.encoder.layout.len - start };
        [parameters, workspace.first_moments, workspace.second_moments]
    }

    /// Every parameter that learns, with its values, in order; tensors share the arena's memory.
    ///
    /// # Errors
    /// Those of the device.
    pub fn learned_parameters(&self) -> impl Iterator<Item = Result<(&Parameter, Tensor), EngineError>> {
        let learns = |p: &&Parameter| p.span.start >= self.encoder.learning_from;
        let parameters = self.encoder.layout.parameters.iter().filter(learns);
        parameters.map(|p| {
            self.settle()?;
            Ok((p, self.arena.view(p.span, &p.shape)?))
        })
    }

    /// The parameters that learn, with the gradients accumulated so far.
    ///
    /// # Errors
    /// Those of the device.
    pub fn gradients(&self) -> impl Iterator<Item = Result<(&Parameter, Tensor), EngineError>> {
        let learns = |p: &&Parameter| p.span.start >= self.encoder.learning_from;
        let parameters = self.encoder.layout.parameters.iter().filter(learns);
        parameters.map(|p| Ok((p, self.arena.view(self.encoder.gradient(p.span), &p.shape)?)))
    }
}

/// Clears the gradients of the embedding tables, to which backward only adds.
fn clear_embeddings(encoder: &Encoder, cpu: &mut Cpu<'_>, optimizer: &mut Optimizer) {
    if encoder.learning_from == 0 {
        optimizer.clear_tables(cpu);
        cpu.clear(encoder.gradient(encoder.layout.embeddings.segment));
    }
}
