//! A model on a device: gradients accumulated batch by batch, optimizer steps, predictions.

use candle_core::Tensor;

use crate::model::{Config, Layout, Parameter, Span};
use crate::spec::Freeze;

use super::adamw::{AdamW, Rates};
use super::batch::{Batch, NO_CLASS};
use super::device::Device;
use super::encoder::Encoder;
use super::error::{EVALUATION, EngineError};
use super::masks::Masks;
use super::product::Write;
use super::step_stats::StepStats;
use super::target::Target;
use super::workspace::{Capacity, Workspace};
use super::{cpu, cuda};

/// The numerics of this engine: from the first release on it changes whenever a result's bits do.
pub const NUMERICS_VERSION: u32 = 1;

/// A model at work.
#[derive(Debug)]
pub struct Engine {
    encoder: Encoder,
    body: Body,
    /// Whether a batch has been accumulated since the last step.
    accumulated: bool,
    label_smoothing: f64,
    /// What was accumulated since, times its scale; on a GPU as far as it was waited for.
    loss: f64,
    /// Steps on the CPU that [`Engine::drain`] has not told yet.
    taken: Vec<StepStats>,
}

/// Where the numbers are.
#[derive(Debug)]
enum Body {
    Cpu(cpu::Body),
    Cuda(Box<cuda::Body>),
}

impl Engine {
    /// A model of `config` with `labels` classes on `device`, of which `freeze` leaves a part to learn, for batches up to
    /// `capacity`; its parameters, laid out as `layout` says, come from `fill`.
    ///
    /// # Errors
    /// Those of the device, and of `fill`.
    pub fn new<E: From<EngineError>, R>(
        config: Config,
        labels: usize,
        freeze: Freeze,
        capacity: Capacity,
        device: Device,
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
        device: Device,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        Self::of(Encoder::classifier_alone(config, labels, capacity), device, fill)
    }

    fn of<E: From<EngineError>, R>(
        encoder: Encoder,
        device: Device,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        let (body, filled) = match device {
            Device::Cpu => {
                let (body, filled) = cpu::Body::new(&encoder, fill)?;
                (Body::Cpu(body), filled)
            }
            Device::Cuda { runtime, bf16 } => {
                let (body, filled) = cuda::Body::new(&encoder, runtime, bf16, fill)?;
                (Body::Cuda(Box::new(body)), filled)
            }
        };
        let engine = Self { encoder, body, accumulated: false, label_smoothing: 0.0, loss: 0.0, taken: Vec::new() };
        Ok((engine, filled))
    }

    /// The model's shape.
    pub fn config(&self) -> &Config {
        &self.encoder.config
    }

    /// Bytes of the device's memory: parameters, gradients, moments, activations.
    pub fn bytes(&self) -> usize {
        match &self.body {
            Body::Cpu(_) => self.encoder.workspace.len * size_of::<f32>(),
            Body::Cuda(body) => body.bytes(),
        }
    }

    /// Makes every batch's target a mixture from now on: 1 - `share` of the label, `share` of all classes alike
    /// (0 ≤ `share` < 1; 0, as at first: the label alone). Evaluations stay plain.
    pub fn smooth_labels(&mut self, share: f64) {
        self.label_smoothing = share;
    }

    /// Adds the gradient of `batch` to the step under way: that of the summed loss times `scale` (1 over the labeled
    /// tokens of the whole step makes it the mean's). A batch without labels adds nothing. On a GPU the work goes on
    /// after the call.
    ///
    /// # Errors
    /// Those of the device; on a CPU, a loss that is not finite.
    ///
    /// # Panics
    /// If the batch is beyond the engine's capacity; so do the others.
    pub fn accumulate_ahead(&mut self, batch: &Batch, masks: &Masks, scale: f64) -> Result<(), EngineError> {
        self.add(batch, masks, scale).map(|_| ())
    }

    /// [`Engine::accumulate_ahead`]; the summed loss, where it is known already.
    fn add(&mut self, batch: &Batch, masks: &Masks, scale: f64) -> Result<Option<f64>, EngineError> {
        if batch.labeled() == 0 {
            return Ok(Some(0.0));
        }
        self.fits(batch);
        let (encoder, target) = (&self.encoder, Target { scale, smoothing: self.label_smoothing });
        let write = if self.accumulated { Write::Add } else { Write::Set };
        self.accumulated = true;
        match &mut self.body {
            Body::Cpu(body) => {
                let loss = body.accumulate(encoder, batch, masks, target, write)?;
                if !loss.is_finite() {
                    return Err(EngineError::NotFinite { what: "loss", step: body.steps() + 1 });
                }
                self.loss += loss * scale;
                Ok(Some(loss))
            }
            Body::Cuda(body) => body.accumulate(encoder, batch, masks, target, write).map(|()| None),
        }
    }

    /// [`Engine::accumulate_ahead`], waited for. Returns the summed loss; the two are not to be mixed within a step.
    ///
    /// # Errors
    /// As there; a loss that is not finite.
    pub fn accumulate(&mut self, batch: &Batch, masks: &Masks, scale: f64) -> Result<f64, EngineError> {
        let before = self.loss;
        match (self.add(batch, masks, scale)?, &self.body) {
            (Some(loss), _) => Ok(loss),
            (None, Body::Cuda(body)) => {
                self.loss = body.loss()?;
                Ok((self.loss - before) / scale)
            }
            (None, Body::Cpu(_)) => unreachable!("a CPU knows the loss"),
        }
    }

    /// Takes the optimizer step over what was accumulated. On a GPU the work goes on after the call; what came of it
    /// tells [`Engine::drain`].
    ///
    /// # Errors
    /// Those of the device; on a CPU, a norm that is not finite.
    pub fn step_ahead(&mut self, options: &AdamW, rates: Rates) -> Result<(), EngineError> {
        let (encoder, accumulated) = (&self.encoder, std::mem::take(&mut self.accumulated));
        let loss = std::mem::take(&mut self.loss);
        match &mut self.body {
            Body::Cpu(body) => {
                let grad_norm = body.step(encoder, options, rates, accumulated)?;
                if !grad_norm.is_finite() {
                    return Err(EngineError::NotFinite { what: "gradient norm", step: body.steps() + 1 });
                }
                self.taken.push(StepStats { loss, grad_norm });
                Ok(())
            }
            Body::Cuda(body) => body.step(encoder, options, rates, accumulated),
        }
    }

    /// Appends what the steps did that were taken since this was last selected, in order; waits for the last of them.
    ///
    /// # Errors
    /// Those of the device; a loss or norm that is not finite, with the first step that had one.
    pub fn drain(&mut self, taken: &mut Vec<StepStats>) -> Result<(), EngineError> {
        match &mut self.body {
            Body::Cpu(_) => taken.append(&mut self.taken),
            Body::Cuda(body) => body.drain(taken)?,
        }
        Ok(())
    }

    /// Whether steps go on after their calls, so that asking for them one by one would cost time.
    pub fn runs_ahead(&self) -> bool {
        matches!(self.body, Body::Cuda(_))
    }

    /// [`Engine::step_ahead`], waited for. Returns the gradient's norm before clipping.
    ///
    /// # Errors
    /// As there; a norm that is not finite.
    pub fn step(&mut self, options: &AdamW, rates: Rates) -> Result<f64, EngineError> {
        self.step_ahead(options, rates)?;
        if let Body::Cuda(body) = &mut self.body {
            body.drain(&mut self.taken)?;
        }
        Ok(self.taken.pop().expect("a step was taken").grad_norm)
    }

    fn fits(&self, batch: &Batch) {
        let (capacity, needed) = (self.encoder.workspace.capacity, Capacity::of(batch));
        assert_eq!(capacity.max(needed), capacity, "a batch is beyond the capacity that the engine was made for");
    }

    /// The best class of each token of `batch` that is selected, without dropout.
    ///
    /// # Errors
    /// Those of the device; logits that are not finite.
    pub fn predict(&self, batch: &Batch, classes: &mut Vec<u16>) -> Result<(), EngineError> {
        self.classify(batch, classes, false).map(|_| ())
    }

    /// [`Engine::predict`], with the cross-entropy summed over the labeled tokens of `batch`. Gradients accumulated so
    /// far and the state of the training stay as they are.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite.
    pub fn evaluate(&self, batch: &Batch, classes: &mut Vec<u16>) -> Result<f64, EngineError> {
        let loss = self.classify(batch, classes, true)?;
        let (what, step) = (EVALUATION, self.steps());
        if loss.is_finite() { Ok(loss) } else { Err(EngineError::NotFinite { what, step }) }
    }

    /// Steps taken.
    fn steps(&self) -> u64 {
        match &self.body {
            Body::Cpu(body) => body.steps(),
            Body::Cuda(body) => body.steps(),
        }
    }

    fn classify(&self, batch: &Batch, classes: &mut Vec<u16>, with_loss: bool) -> Result<f64, EngineError> {
        if batch.selected.is_empty() {
            return Ok(0.0);
        }
        self.fits(batch);
        let known = classes.len();
        let loss = match &self.body {
            Body::Cpu(body) => body.classify(&self.encoder, batch, classes, with_loss),
            Body::Cuda(body) => body.classify(&self.encoder, batch, classes, with_loss),
        }?;
        if classes[known..].contains(&NO_CLASS) {
            return Err(EngineError::LogitsNotFinite { steps: self.steps() });
        }
        Ok(loss)
    }

    /// The logits of `batch`: `[selected tokens, labels]`, without dropout.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logits(&self, batch: &Batch) -> Result<Vec<f32>, EngineError> {
        let mut values = Vec::new();
        self.answer(batch, None, &mut values)?;
        Ok(values)
    }

    /// Appends the last hidden states of the selected tokens of `batch`, without dropout:
    /// `[selected tokens, hidden]`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn hidden_states(&self, batch: &Batch, states: &mut Vec<f32>) -> Result<(), EngineError> {
        let input = self.encoder.workspace.classifier_input.first(batch.selected.len() * self.encoder.config.hidden);
        self.answer(batch, Some(input), states)
    }

    fn answer(&self, batch: &Batch, span: Option<Span>, values: &mut Vec<f32>) -> Result<(), EngineError> {
        if batch.selected.is_empty() {
            return Ok(());
        }
        self.fits(batch);
        match &self.body {
            Body::Cpu(body) => body.answer(&self.encoder, batch, span, values),
            Body::Cuda(body) => body.answer(&self.encoder, batch, span, values),
        }
    }

    /// Lends the state of the training: parameters, first and second moments of all that learns, each one flat buffer.
    ///
    /// # Errors
    /// Those of the device.
    pub fn with_state<R>(&self, read: impl FnOnce([&[f32]; 3]) -> R) -> Result<R, EngineError> {
        self.with(self.state(), read)
    }

    fn with<const N: usize, R>(&self, spans: [Span; N], read: impl FnOnce([&[f32]; N]) -> R) -> Result<R, EngineError> {
        match &self.body {
            Body::Cpu(body) => body.with(spans, read),
            Body::Cuda(body) => body.with(spans, read),
        }
    }

    /// Sets the state of [`Engine::with_state`] to what `fill` writes, after `steps` steps.
    ///
    /// # Errors
    /// Those of the device.
    pub fn restore<R>(&mut self, steps: u64, fill: impl FnOnce([&mut [f32]; 3]) -> R) -> Result<R, EngineError> {
        let state = self.state();
        match &mut self.body {
            Body::Cpu(body) => body.restore(state, steps, fill),
            Body::Cuda(body) => body.restore(state, steps, fill),
        }
    }

    /// A copy of all parameters that learn, as one flat buffer: for keeping the best weights of a training.
    ///
    /// # Errors
    /// Those of the device.
    pub fn learned(&self) -> Result<Vec<f32>, EngineError> {
        let [parameters, _, _] = self.state();
        self.with([parameters], |[parameters]| parameters.to_vec())
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
        assert_eq!(values.len(), parameters.len, "a copy of an engine of this shape");
        match &mut self.body {
            Body::Cpu(body) => body.set(parameters, values),
            Body::Cuda(body) => body.set(parameters, values),
        }
    }

    fn state(&self) -> [Span; 3] {
        let (workspace, start) = (&self.encoder.workspace, self.encoder.learning_from);
        let parameters = Span { start, len: self.encoder.layout.len - start };
        [parameters, workspace.first_moments, workspace.second_moments]
    }

    /// Every parameter that learns, with its values, in order; on a CPU, tensors share the arena's memory.
    ///
    /// # Errors
    /// Those of the device.
    pub fn learned_parameters(&self) -> impl Iterator<Item = Result<(&Parameter, Tensor), EngineError>> {
        self.learning().map(|p| Ok((p, self.tensor(p.span, &p.shape, true)?)))
    }

    /// The parameters that learn, with the gradients accumulated so far.
    ///
    /// # Errors
    /// Those of the device.
    pub fn gradients(&self) -> impl Iterator<Item = Result<(&Parameter, Tensor), EngineError>> {
        self.learning().map(|p| Ok((p, self.tensor(self.encoder.gradient(p.span), &p.shape, false)?)))
    }

    /// The parameters that learn, in order.
    pub fn learning(&self) -> impl Iterator<Item = &Parameter> {
        let learns = |p: &&Parameter| p.span.start >= self.encoder.learning_from;
        self.encoder.layout.parameters.iter().filter(learns)
    }

    fn tensor(&self, span: Span, shape: &[usize], parameters: bool) -> Result<Tensor, EngineError> {
        match &self.body {
            Body::Cpu(body) => body.tensor(span, shape, parameters),
            Body::Cuda(body) => {
                let values = body.with([span], |[values]| values.to_vec())?;
                Ok(Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?)
            }
        }
    }
}
