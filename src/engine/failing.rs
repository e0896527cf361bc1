//! A GPU for tests: it computes as the processor does, and fails after so many steps of all engines on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::Tensor;

use crate::model::Span;

use super::adamw::{AdamW, Rates};
use super::averaging::Averaging;
use super::backend::Backend;
use super::batch::Batch;
use super::error::EngineError;
use super::masks::Masks;
use super::model_plan::ModelPlan;
use super::product::Write;
use super::step_stats::StepStats;
use super::target::Target;

/// Steps that a GPU takes before it fails; from then on every call fails.
#[derive(Debug, Clone)]
pub struct StepsLeft(Arc<AtomicU64>);

impl StepsLeft {
    /// So many.
    pub fn new(steps: u64) -> Self {
        Self(Arc::new(AtomicU64::new(steps)))
    }

    /// # Errors
    /// The GPU failed.
    pub fn check(&self) -> Result<(), EngineError> {
        let text = "DriverError(CUDA_ERROR_ECC_UNCORRECTABLE, \"uncorrectable ECC error encountered\")";
        if self.0.load(Ordering::Relaxed) == 0 { Err(EngineError::Gpu(text.to_owned())) } else { Ok(()) }
    }

    fn count(&self) {
        let _at_zero = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    }
}

/// Another device's work, as long as the GPU has steps left.
#[derive(Debug)]
pub(super) struct FailingBackend {
    pub(super) inner: Box<dyn Backend>,
    pub(super) left: StepsLeft,
}

impl Backend for FailingBackend {
    fn runs_ahead(&self) -> bool {
        self.inner.runs_ahead()
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
        self.left.check()?;
        self.inner.accumulate(plan, batch, masks, target, write)
    }

    fn wait_for_loss(&mut self) -> Result<f64, EngineError> {
        self.left.check()?;
        self.inner.wait_for_loss()
    }

    fn step(&mut self, plan: &ModelPlan, options: &AdamW, rates: Rates, accumulated: bool) -> Result<(), EngineError> {
        self.left.check()?;
        self.left.count();
        self.inner.step(plan, options, rates, accumulated)
    }

    fn average(&mut self, average: Span, parameters: Span, averaging: Averaging) -> Result<(), EngineError> {
        self.left.check()?;
        self.inner.average(average, parameters, averaging)
    }

    fn exchange(&mut self, parameters: Span, other: Span) -> Result<(), EngineError> {
        self.left.check()?;
        self.inner.exchange(parameters, other)
    }

    fn drain(&mut self, steps: &mut Vec<StepStats>) -> Result<(), EngineError> {
        self.left.check()?;
        self.inner.drain(steps)
    }

    fn classify(
        &self,
        plan: &ModelPlan,
        batch: &Batch,
        classes: &mut Vec<u16>,
        with_loss: bool,
    ) -> Result<f64, EngineError> {
        self.left.check()?;
        self.inner.classify(plan, batch, classes, with_loss)
    }

    fn infer(&self, plan: &ModelPlan, batch: &Batch, output: Span, values: &mut Vec<f32>) -> Result<(), EngineError> {
        self.left.check()?;
        self.inner.infer(plan, batch, output, values)
    }

    fn read(&self, spans: &[Span], read: &mut dyn FnMut(&[&[f32]])) -> Result<(), EngineError> {
        self.left.check()?;
        self.inner.read(spans, read)
    }

    fn write(&mut self, spans: &[Span], fill: &mut dyn FnMut(&mut [&mut [f32]])) -> Result<(), EngineError> {
        self.left.check()?;
        self.inner.write(spans, fill)
    }

    fn resume(&mut self, steps: u64) -> Result<(), EngineError> {
        self.left.check()?;
        self.inner.resume(steps)
    }

    fn tensor(&self, span: Span, shape: &[usize]) -> Result<Tensor, EngineError> {
        self.left.check()?;
        self.inner.tensor(span, shape)
    }
}
