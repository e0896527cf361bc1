//! The average that an engine keeps beside its weights: moved after steps, shown in their place, lent and restored.

use super::adamw::TrainingState;
use super::averaging::Averaging;
use super::engine::Engine;
use super::error::EngineError;

impl Engine {
    /// Moves the average of the weights with the learning parameters as they are now. A GPU may still be working when the
    /// call returns.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Panics
    /// If the engine has no room for an average, the average is shown, or a mean of several has not begun.
    pub fn average_ahead(&mut self, averaging: Averaging) -> Result<(), EngineError> {
        assert!(self.keeps_average() && !self.average.shown, "an average beside the weights");
        assert!(self.average.begun || averaging == Averaging::Mean(1), "an average begins with one step's weights");
        self.average.begun = true;
        self.backend.average(self.plan.workspace.average, self.plan.state().parameters, averaging)
    }

    /// Whether there is room for an average of the weights.
    pub fn keeps_average(&self) -> bool {
        self.plan.workspace.average.len > 0
    }

    /// Puts the average in place of the learning parameters, or these back in their place. Before an average has begun,
    /// nothing changes.
    ///
    /// # Errors
    /// Those of the device.
    pub fn show_average(&mut self, shown: bool) -> Result<(), EngineError> {
        if self.average.begun && self.average.shown != shown {
            self.backend.exchange(self.plan.state().parameters, self.plan.workspace.average)?;
            self.average.shown = shown;
        }
        Ok(())
    }

    /// Lends the state of the training as steps go on from it, and the average if it has begun: whichever is shown.
    ///
    /// # Errors
    /// Those of the device.
    pub fn with_average<R>(
        &self,
        read: impl FnOnce(TrainingState<&[f32]>, Option<&[f32]>) -> R,
    ) -> Result<R, EngineError> {
        let TrainingState { parameters, first_moments, second_moments } = self.plan.state();
        let average = self.plan.workspace.average;
        let (parameters, average) = if self.average.shown { (average, parameters) } else { (parameters, average) };
        let mut spans = vec![parameters, first_moments, second_moments];
        spans.extend(self.average.begun.then_some(average));
        let (mut read, mut result) = (Some(read), None);
        self.backend.read(&spans, &mut |spans| {
            let read = read.take().expect("a backend lends once");
            result = Some(read(TrainingState::from_array([spans[0], spans[1], spans[2]]), spans.get(3).copied()));
        })?;
        Ok(result.expect("a backend lends"))
    }

    /// Sets the average to what `fill` writes: it has begun.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Panics
    /// If the engine has no room for an average.
    pub fn restore_average<R>(&mut self, fill: impl FnOnce(&mut [f32]) -> R) -> Result<R, EngineError> {
        assert!(self.keeps_average(), "room for an average");
        let (mut fill, mut result) = (Some(fill), None);
        self.backend.write(&[self.plan.workspace.average], &mut |spans| {
            let fill = fill.take().expect("a backend fills once");
            result = Some(fill(&mut *spans[0]));
        })?;
        self.average.begun = true;
        Ok(result.expect("a backend fills"))
    }
}
