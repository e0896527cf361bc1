//! What the engine needs of a device: the contract that each device's folder fulfills. A new device is a folder with an
//! implementation of [`Backend`], and a line in `device`.

use std::fmt::Debug;

use candle_core::Tensor;

use crate::model::Span;

use super::adamw::{AdamW, Rates};
use super::averaging::Averaging;
use super::batch::Batch;
use super::error::EngineError;
use super::masks::Masks;
use super::model_plan::ModelPlan;
use super::product::Write;
use super::step_stats::StepStats;
use super::target::Target;

/// The numbers of one model on a device. `plan` is always the one that the backend was made for, and a batch never
/// exceeds its capacity.
///
/// A backend may run ahead: [`Backend::accumulate`] and [`Backend::step`] then return before the device is done, and
/// report no loss or norm that is not finite. [`Backend::wait_for_loss`] and [`Backend::drain`] wait and report it. A
/// backend that does not run ahead reports it at once. Either way a step whose gradient is not finite changes no
/// parameter, and the statistics of each step are kept until they are drained. All other methods act on the model as it
/// is after every step so far.
pub(super) trait Backend: Debug + Send {
    /// Whether the device works on after `accumulate` and `step` return, so that waiting for each step costs time.
    fn runs_ahead(&self) -> bool;

    /// Bytes of the device's memory that the model takes.
    fn bytes(&self) -> usize;

    /// Steps taken.
    fn steps(&self) -> u64;

    /// Computes the gradient of `batch`: sets that of the current step, or adds to it.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite, unless the backend runs ahead.
    fn accumulate(
        &mut self,
        plan: &ModelPlan,
        batch: &Batch,
        masks: &Masks,
        target: Target<'_>,
        write: Write,
    ) -> Result<(), EngineError>;

    /// Waits for the summed loss of the last batch. Within a step this is called after every batch, or never.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite.
    fn wait_for_loss(&mut self) -> Result<f64, EngineError>;

    /// Takes an optimizer step along what was `accumulated`, or, if nothing was, along a gradient of zero.
    ///
    /// # Errors
    /// Those of the device; a norm that is not finite, unless the backend runs ahead.
    fn step(&mut self, plan: &ModelPlan, options: &AdamW, rates: Rates, accumulated: bool) -> Result<(), EngineError>;

    /// Moves the average at `average` with the parameters at `parameters`, as they are after every step so far. A backend
    /// that runs ahead does not wait.
    ///
    /// # Errors
    /// Those of the device.
    fn average(&mut self, average: Span, parameters: Span, averaging: Averaging) -> Result<(), EngineError>;

    /// Exchanges the values of two spans of one length, of which `parameters` is of parameters.
    ///
    /// # Errors
    /// Those of the device.
    fn exchange(&mut self, parameters: Span, other: Span) -> Result<(), EngineError>;

    /// Waits for all steps and appends the statistics of those not yet drained, in order.
    ///
    /// # Errors
    /// Those of the device; a loss or norm that is not finite, with the number of its step.
    fn drain(&mut self, steps: &mut Vec<StepStats>) -> Result<(), EngineError>;

    /// Appends the best class of each selected token, without dropout. Returns the plain loss summed over the labeled
    /// ones if `with_loss`, else 0.
    ///
    /// # Errors
    /// Those of the device.
    fn classify(
        &self,
        plan: &ModelPlan,
        batch: &Batch,
        classes: &mut Vec<u16>,
        with_loss: bool,
    ) -> Result<f64, EngineError>;

    /// Runs `batch` through the model without dropout, then appends the values at `output`.
    ///
    /// # Errors
    /// Those of the device.
    fn infer(&self, plan: &ModelPlan, batch: &Batch, output: Span, values: &mut Vec<f32>) -> Result<(), EngineError>;

    /// Lends the values of `spans`.
    ///
    /// # Errors
    /// Those of the device.
    fn read(&self, spans: &[Span], read: &mut dyn FnMut(&[&[f32]])) -> Result<(), EngineError>;

    /// Lends the values of `spans`, ascending and apart, to be overwritten: `fill` is called once.
    ///
    /// # Errors
    /// Those of the device.
    fn write(&mut self, spans: &[Span], fill: &mut dyn FnMut(&mut [&mut [f32]])) -> Result<(), EngineError>;

    /// Continues the training after `steps` steps, from the parameters and moments that were written.
    ///
    /// # Errors
    /// Those of the device.
    fn resume(&mut self, steps: u64) -> Result<(), EngineError>;

    /// The values of `span` as a tensor of `shape`, which may share the device's memory.
    ///
    /// # Errors
    /// Those of the device.
    fn tensor(&self, span: Span, shape: &[usize]) -> Result<Tensor, EngineError>;
}
