//! A model on a device: gradients accumulated batch by batch, optimizer steps, predictions.

use candle_core::Tensor;

use crate::model::{Config, Layout, Parameter, Span};

use super::adamw::{AdamW, Rates, TrainingState};
use super::averaging::AverageState;
use super::backend::Backend;
use super::batch::{Batch, NO_CLASS, NO_LABEL};
use super::device::Device;
use super::error::{EVALUATION, EngineError};
use super::learning::Learns;
use super::masks::Masks;
use super::model_plan::ModelPlan;
use super::product::Write;
use super::rotary;
use super::step_stats::StepStats;
use super::target::{Loss, Target};
use super::workspace::Capacity;

/// The version of the engine's numerics: from the first release on it changes whenever the bits of a result do.
pub const NUMERICS_VERSION: u32 = 1;

/// A model on a device.
#[derive(Debug)]
pub struct Engine {
    pub(super) plan: ModelPlan,
    pub(super) backend: Box<dyn Backend>,
    /// Whether a batch was accumulated since the last step.
    accumulated: bool,
    loss: Loss,
    /// `[classes]`; empty: all alike.
    class_weights: Vec<f64>,
    pub(super) average: AverageState,
    /// Steps that [`Engine::step`] drained together with its own, for [`Engine::drain`].
    waited: Vec<StepStats>,
}

impl Engine {
    /// A model of `config` with `labels` classes on `device`, for batches up to `capacity`; `learns` says what
    /// learns. `fill` writes the parameters, where the layout says.
    ///
    /// # Errors
    /// Those of the device, and of `fill`.
    pub fn new<E: From<EngineError>, R>(
        config: Config,
        labels: usize,
        learns: impl Into<Learns>,
        capacity: Capacity,
        device: Device,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        let plan = ModelPlan::new(config, labels, learns.into(), capacity);
        let backend = device.open(&plan)?;
        Self::over(plan, backend, fill)
    }

    /// A classifier without its encoder, for batches with features up to `capacity`: it predicts and learns as under a
    /// frozen encoder. `learns`: of its training. `fill` writes the classifier's parameters alone.
    ///
    /// # Errors
    /// As for [`Engine::new`].
    ///
    /// # Panics
    /// Its methods panic on a batch without features.
    pub fn over_features<E: From<EngineError>, R>(
        config: Config,
        labels: usize,
        learns: impl Into<Learns>,
        capacity: Capacity,
        device: Device,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        let plan = ModelPlan::of_classifier(config, labels, learns.into(), capacity);
        let backend = device.open(&plan)?;
        Self::over(plan, backend, fill)
    }

    fn over<E: From<EngineError>, R>(
        plan: ModelPlan,
        mut backend: Box<dyn Backend>,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        let (mut fill, mut filled) = (Some(fill), None);
        backend.write(&[Span { start: 0, len: plan.layout.len }], &mut |spans| {
            let fill = fill.take().expect("a backend fills once");
            filled = Some(fill(&plan.config, &plan.layout, &mut *spans[0]));
        })?;
        let filled = filled.expect("a backend fills")?;
        for (theta, table) in &plan.workspace.rotary {
            backend.write(&[*table], &mut |spans| rotary::fill(&mut *spans[0], *theta, plan.config.head_width()))?;
        }
        let loss = if plan.config.crf { Loss::Crf } else { Loss::CrossEntropy { smoothing: 0.0 } };
        let (class_weights, average, waited) = (Vec::new(), AverageState::default(), Vec::new());
        let engine = Self { plan, backend, accumulated: false, loss, class_weights, average, waited };
        Ok((engine, filled))
    }

    /// The model's shape.
    pub fn config(&self) -> &Config {
        &self.plan.config
    }

    /// Bytes of the device's memory: parameters, gradients, moments, activations.
    pub fn bytes(&self) -> usize {
        self.backend.bytes()
    }

    /// From now on the loss of every trained batch; at first plain cross-entropy, or that of the model's CRF. Evaluations
    /// do not change with it.
    ///
    /// # Panics
    /// If it is that of a CRF and the model has none, or the other way round.
    pub fn minimize(&mut self, loss: Loss) {
        assert_eq!(loss == Loss::Crf, self.plan.config.crf, "a chain has parameters");
        self.loss = loss;
    }

    /// From now on each labeled token of a trained batch counts as much as `weights` says for its label: `[classes]`, or
    /// none where all count alike, as at first. Evaluations stay plain.
    pub fn weigh_classes(&mut self, weights: Vec<f64>) {
        self.class_weights = weights;
    }

    /// What labeled tokens count together: their number, or the sum of their weights, in order.
    pub fn weight_of(&self, labels: impl Iterator<Item = i32>) -> f64 {
        let labels = labels.filter(|label| *label != NO_LABEL);
        match &self.class_weights[..] {
            [] => labels.count() as f64,
            weights => labels.map(|label| weights[label as usize]).sum(),
        }
    }

    /// Adds the gradient of `batch` to the current step: that of the summed loss times `scale` (1 over the step's
    /// labeled tokens makes it the mean's). A batch without labels adds nothing. A GPU may still be working when the
    /// call returns.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite, unless the device runs ahead.
    ///
    /// # Panics
    /// If the batch exceeds the engine's capacity; so do the other methods.
    pub fn accumulate_ahead(&mut self, batch: &Batch, masks: &Masks, scale: f64) -> Result<(), EngineError> {
        if batch.labeled() == 0 {
            return Ok(());
        }
        self.check_capacity(batch);
        let target = Target { loss: self.loss, weights: &self.class_weights, scale };
        let write = if self.accumulated { Write::Add } else { Write::Set };
        self.accumulated = true;
        self.backend.accumulate(&self.plan, batch, masks, target, write)
    }

    /// [`Engine::accumulate_ahead`], waited for. Returns the batch's summed loss. Within a step, either this or
    /// `accumulate_ahead` is called, not both.
    ///
    /// # Errors
    /// As there; a loss that is not finite.
    pub fn accumulate(&mut self, batch: &Batch, masks: &Masks, scale: f64) -> Result<f64, EngineError> {
        if batch.labeled() == 0 {
            return Ok(0.0);
        }
        self.accumulate_ahead(batch, masks, scale)?;
        self.backend.wait_for_loss()
    }

    /// Takes the optimizer step along what was accumulated. A GPU may still be working when the call returns;
    /// [`Engine::drain`] waits for it.
    ///
    /// # Errors
    /// Those of the device; a norm that is not finite, unless the device runs ahead.
    pub fn step_ahead(&mut self, options: &AdamW, rates: Rates) -> Result<(), EngineError> {
        let accumulated = std::mem::take(&mut self.accumulated);
        self.backend.step(&self.plan, options, rates, accumulated)
    }

    /// Waits for all steps and appends the statistics of those not yet drained, in order.
    ///
    /// # Errors
    /// Those of the device; a loss or norm that is not finite, with the number of its step.
    pub fn drain(&mut self, steps: &mut Vec<StepStats>) -> Result<(), EngineError> {
        steps.append(&mut self.waited);
        self.backend.drain(steps)
    }

    /// Whether the device works on after a step returns, so that draining each one costs time.
    pub fn runs_ahead(&self) -> bool {
        self.backend.runs_ahead()
    }

    /// [`Engine::step_ahead`], waited for. Returns the gradient's norm before clipping.
    ///
    /// # Errors
    /// As there; a norm that is not finite.
    pub fn step(&mut self, options: &AdamW, rates: Rates) -> Result<f64, EngineError> {
        self.step_ahead(options, rates)?;
        self.backend.drain(&mut self.waited)?;
        Ok(self.waited.pop().expect("a step was taken").grad_norm)
    }

    fn check_capacity(&self, batch: &Batch) {
        let (capacity, needed) = (self.plan.workspace.capacity, Capacity::of(batch));
        assert_eq!(capacity.max(needed), capacity, "a batch exceeds the engine's capacity");
    }

    /// The best class of each selected token of `batch`, without dropout.
    ///
    /// # Errors
    /// Those of the device; logits that are not finite.
    pub fn predict(&self, batch: &Batch, classes: &mut Vec<u16>) -> Result<(), EngineError> {
        self.classify(batch, classes, false).map(|_| ())
    }

    /// [`Engine::predict`], with the cross-entropy summed over the labeled tokens of `batch`. Accumulated gradients and
    /// the state of the training do not change.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite.
    pub fn evaluate(&self, batch: &Batch, classes: &mut Vec<u16>) -> Result<f64, EngineError> {
        let loss = self.classify(batch, classes, true)?;
        let (what, step) = (EVALUATION, self.backend.steps());
        if loss.is_finite() { Ok(loss) } else { Err(EngineError::NotFinite { what, step }) }
    }

    fn classify(&self, batch: &Batch, classes: &mut Vec<u16>, with_loss: bool) -> Result<f64, EngineError> {
        if batch.selected.is_empty() {
            return Ok(0.0);
        }
        self.check_capacity(batch);
        let before = classes.len();
        let loss = self.backend.classify(&self.plan, batch, classes, with_loss)?;
        if classes[before..].contains(&NO_CLASS) {
            return Err(EngineError::LogitsNotFinite { steps: self.backend.steps() });
        }
        Ok(loss)
    }

    /// The logits of `batch`: `[selected tokens, labels]`, without dropout.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logits(&self, batch: &Batch) -> Result<Vec<f32>, EngineError> {
        let mut values = Vec::new();
        self.infer(batch, self.plan.logits(batch), &mut values)?;
        Ok(values)
    }

    /// Appends the last hidden states of the selected tokens of `batch`, without dropout: `[selected tokens, hidden]`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn hidden_states(&self, batch: &Batch, states: &mut Vec<f32>) -> Result<(), EngineError> {
        self.infer(batch, self.plan.encoder_output(batch), states)
    }

    fn infer(&self, batch: &Batch, output: Span, values: &mut Vec<f32>) -> Result<(), EngineError> {
        if batch.selected.is_empty() {
            return Ok(());
        }
        self.check_capacity(batch);
        self.backend.infer(&self.plan, batch, output, values)
    }

    /// Lends the state of the training: the learning parameters and their moments, each one flat buffer.
    ///
    /// # Errors
    /// Those of the device.
    pub fn with_state<R>(&self, read: impl FnOnce(TrainingState<&[f32]>) -> R) -> Result<R, EngineError> {
        let (mut read, mut result) = (Some(read), None);
        self.backend.read(&self.plan.state().into_array(), &mut |spans| {
            let read = read.take().expect("a backend lends once");
            result = Some(read(TrainingState::from_array([spans[0], spans[1], spans[2]])));
        })?;
        Ok(result.expect("a backend lends"))
    }

    /// Sets the state of [`Engine::with_state`] to what `fill` writes, after `steps` steps; an average has not begun.
    ///
    /// # Errors
    /// Those of the device.
    pub fn restore<R>(
        &mut self,
        steps: u64,
        fill: impl FnOnce(TrainingState<&mut [f32]>) -> R,
    ) -> Result<R, EngineError> {
        let (mut fill, mut result) = (Some(fill), None);
        self.backend.write(&self.plan.state().into_array(), &mut |spans| {
            let fill = fill.take().expect("a backend fills once");
            let [parameters, first_moments, second_moments] = spans else { unreachable!("three spans were named") };
            result = Some(fill(TrainingState { parameters, first_moments, second_moments }));
        })?;
        self.backend.resume(steps)?;
        self.average = AverageState::default();
        Ok(result.expect("a backend fills"))
    }

    /// A copy of the learning parameters, as one flat buffer: for keeping the best weights of a training.
    ///
    /// # Errors
    /// Those of the device.
    pub fn learned(&self) -> Result<Vec<f32>, EngineError> {
        let mut values = Vec::new();
        self.backend.read(&[self.plan.state().parameters], &mut |spans| values.extend_from_slice(spans[0]))?;
        Ok(values)
    }

    /// Sets the learning parameters to a copy from [`Engine::learned`]; moments and steps do not change.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Panics
    /// If the copy is from an engine of another shape.
    pub fn set_learned(&mut self, values: &[f32]) -> Result<(), EngineError> {
        self.backend.write(&[self.plan.state().parameters], &mut |spans| spans[0].copy_from_slice(values))
    }

    /// Every learning parameter with its values, in order; on a CPU, tensors share the arena's memory.
    ///
    /// # Errors
    /// Those of the device.
    pub fn learned_parameters(&self) -> impl Iterator<Item = Result<(&Parameter, Tensor), EngineError>> {
        self.learning().map(|p| Ok((p, self.backend.tensor(p.span, &p.shape)?)))
    }

    /// The learning parameters with the gradients accumulated so far.
    ///
    /// # Errors
    /// Those of the device.
    pub fn gradients(&self) -> impl Iterator<Item = Result<(&Parameter, Tensor), EngineError>> {
        self.learning().map(|p| Ok((p, self.backend.tensor(self.plan.gradient(p.span), &p.shape)?)))
    }

    /// The learning parameters, in order.
    pub fn learning(&self) -> impl Iterator<Item = &Parameter> {
        self.plan.learning_parameters()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::averaging::Averaging;
    use crate::spec::Freeze;

    /// A device that runs ahead: it does the work of another one, but reports only when it is waited for.
    #[derive(Debug)]
    struct Late {
        inner: Box<dyn Backend>,
        /// What was not finite, until it is reported.
        failed: Option<EngineError>,
    }

    impl Late {
        fn keep(&mut self, result: Result<(), EngineError>) -> Result<(), EngineError> {
            match result {
                Err(error @ EngineError::NotFinite { .. }) => _ = self.failed.get_or_insert(error),
                other => other?,
            }
            Ok(())
        }

        fn report(&mut self) -> Result<(), EngineError> {
            self.failed.take().map_or(Ok(()), Err)
        }
    }

    impl Backend for Late {
        fn runs_ahead(&self) -> bool {
            true
        }

        fn bytes(&self) -> usize {
            self.inner.bytes()
        }

        fn steps(&self) -> u64 {
            self.inner.steps()
        }

        fn accumulate(
            &mut self,
            plan: &ModelPlan,
            batch: &Batch,
            masks: &Masks,
            target: Target<'_>,
            write: Write,
        ) -> Result<(), EngineError> {
            let result = self.inner.accumulate(plan, batch, masks, target, write);
            self.keep(result)
        }

        fn wait_for_loss(&mut self) -> Result<f64, EngineError> {
            self.report()?;
            self.inner.wait_for_loss()
        }

        fn step(
            &mut self,
            plan: &ModelPlan,
            options: &AdamW,
            rates: Rates,
            accumulated: bool,
        ) -> Result<(), EngineError> {
            let result = self.inner.step(plan, options, rates, accumulated);
            self.keep(result)
        }

        fn average(&mut self, average: Span, parameters: Span, averaging: Averaging) -> Result<(), EngineError> {
            self.inner.average(average, parameters, averaging)
        }

        fn exchange(&mut self, parameters: Span, other: Span) -> Result<(), EngineError> {
            self.inner.exchange(parameters, other)
        }

        fn drain(&mut self, steps: &mut Vec<StepStats>) -> Result<(), EngineError> {
            self.report()?;
            self.inner.drain(steps)
        }

        fn classify(
            &self,
            plan: &ModelPlan,
            batch: &Batch,
            classes: &mut Vec<u16>,
            with_loss: bool,
        ) -> Result<f64, EngineError> {
            self.inner.classify(plan, batch, classes, with_loss)
        }

        fn infer(
            &self,
            plan: &ModelPlan,
            batch: &Batch,
            output: Span,
            values: &mut Vec<f32>,
        ) -> Result<(), EngineError> {
            self.inner.infer(plan, batch, output, values)
        }

        fn read(&self, spans: &[Span], read: &mut dyn FnMut(&[&[f32]])) -> Result<(), EngineError> {
            self.inner.read(spans, read)
        }

        fn write(&mut self, spans: &[Span], fill: &mut dyn FnMut(&mut [&mut [f32]])) -> Result<(), EngineError> {
            self.inner.write(spans, fill)
        }

        fn resume(&mut self, steps: u64) -> Result<(), EngineError> {
            self.inner.resume(steps)
        }

        fn tensor(&self, span: Span, shape: &[usize]) -> Result<Tensor, EngineError> {
            self.inner.tensor(span, shape)
        }
    }

    const OPTIONS: AdamW =
        AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };

    const RATES: Rates = Rates { encoder: 1e-3, head: 1e-2, factor: 1.0 };

    /// A small BERT with the backend of the CPU, or with what `wrap` makes of it.
    fn engine(wrap: impl FnOnce(Box<dyn Backend>) -> Box<dyn Backend>) -> Engine {
        let text = r#"{"model_type": "bert", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9}"#;
        let config = Config::parse(text, Path::new("config.json")).expect("valid");
        let capacity = Capacity { tokens: 16, attention_weights: 1024 };
        let plan = ModelPlan::new(config, 3, Freeze::Nothing.into(), capacity);
        let backend = wrap(Device::Cpu.open(&plan).expect("memory"));
        let fill = |_: &Config, _: &Layout, values: &mut [f32]| {
            values.iter_mut().enumerate().for_each(|(at, value)| *value = (at * 31 % 101) as f32 * 1e-2 - 0.5);
            Ok::<_, EngineError>(())
        };
        Engine::over(plan, backend, fill).expect("it fills").0
    }

    fn late() -> Engine {
        engine(|inner| Box::new(Late { inner, failed: None }))
    }

    fn batch() -> Batch {
        let mut batch = Batch::new(2);
        batch.push(0, &[1, 2, 3, 4], &[0, 1, 2, 1]);
        batch.push(1, &[5, 6], &[2, 0]);
        batch
    }

    #[test]
    fn a_training_on_a_device_that_runs_ahead_is_that_on_one_that_does_not() {
        let train = |mut engine: Engine| {
            let masks = Masks::training(engine.config(), 42, 0);
            for _ in 0..3 {
                engine.accumulate_ahead(&batch(), &masks, 0.1).expect("a loss");
                engine.accumulate_ahead(&batch(), &masks, 0.1).expect("a loss");
                engine.step_ahead(&OPTIONS, RATES).expect("a step");
            }
            let last = engine.accumulate(&batch(), &masks, 0.1).expect("a loss");
            let norm = engine.step(&OPTIONS, RATES).expect("a step");
            let mut steps = Vec::new();
            engine.drain(&mut steps).expect("finite");
            assert_eq!(steps.len(), 3, "the waited step is reported by itself");
            (last, norm, steps, engine.learned().expect("parameters"))
        };
        assert!(train(late()) == train(engine(|backend| backend)));
    }

    #[test]
    fn a_loss_that_is_not_finite_is_reported_at_once_or_by_the_call_that_waits() {
        let masks = |engine: &Engine| Masks::none(engine.config());
        let is_found = |result| matches!(result, Err(EngineError::NotFinite { what: "loss", step: 1 }));
        let spoilt = |mut engine: Engine| {
            let values = vec![f32::NAN; engine.learned().expect("parameters").len()];
            engine.set_learned(&values).expect("as long");
            engine
        };
        let mut at_once = spoilt(engine(|backend| backend));
        let masks_of = masks(&at_once);
        assert!(is_found(at_once.accumulate_ahead(&batch(), &masks_of, 0.1)));
        let mut ahead = spoilt(late());
        ahead.accumulate_ahead(&batch(), &masks_of, 0.1).expect("it is not waited for");
        assert!(is_found(ahead.drain(&mut Vec::new())));
    }
}
