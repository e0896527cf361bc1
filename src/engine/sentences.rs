//! A model that answers by whole sentences: the best sequence of tags over each, and the likelihood of a chain.

use crate::metrics::Transitions;
use crate::model::CrfSpans;

use super::batch::Batch;
use super::crf::{Crf, Scratch};
use super::decoder::Decoder;
use super::engine::Engine;
use super::error::{EVALUATION, EngineError};
use super::plain::cross_entropy;

impl Engine {
    /// A decoder of sentences whose tags follow each other as `allowed` says, with the model's CRF as it is now, if it has
    /// one.
    ///
    /// # Errors
    /// Those of the device.
    pub fn decoder(&self, allowed: &Transitions) -> Result<Decoder, EngineError> {
        Ok(Decoder::new(allowed, self.crf()?))
    }

    /// The parameters of the CRF; none without one.
    fn crf(&self) -> Result<Option<Crf<Vec<f32>>>, EngineError> {
        let Some(CrfSpans { start, end, transitions }) = self.plan.layout.crf else { return Ok(None) };
        let mut crf = None;
        self.backend.read(&[start, end, transitions], &mut |spans| {
            let [start, end, transitions] = [0, 1, 2].map(|at| spans[at].to_vec());
            crf = Some(Crf { start, end, transitions });
        })?;
        Ok(crf)
    }

    /// [`Engine::predict`] by sentences: appends the best sequence over the selected tokens of each.
    ///
    /// # Errors
    /// As there.
    pub fn predict_sentences(
        &self,
        decoder: &Decoder,
        batch: &Batch,
        classes: &mut Vec<u16>,
    ) -> Result<(), EngineError> {
        self.decode(decoder, batch, classes).map(|_| ())
    }

    /// [`Engine::evaluate`] by sentences. The loss of a model with a CRF is its negative log-likelihood, summed over
    /// sentences.
    ///
    /// # Errors
    /// As there.
    pub fn evaluate_sentences(
        &self,
        decoder: &Decoder,
        batch: &Batch,
        classes: &mut Vec<u16>,
    ) -> Result<f64, EngineError> {
        let logits = self.decode(decoder, batch, classes)?;
        let labels = &batch.selected.labels;
        let loss = match self.crf()? {
            None => cross_entropy(&logits, labels, self.plan.labels),
            Some(Crf { start, end, transitions }) => {
                let crf = Crf { start: &start[..], end: &end, transitions: &transitions };
                crf.summed(&logits, labels, &batch.chains, &mut Scratch::default())
            }
        };
        let (what, step) = (EVALUATION, self.backend.steps());
        if loss.is_finite() { Ok(loss) } else { Err(EngineError::NotFinite { what, step }) }
    }

    /// Appends the best sequences; returns the logits.
    fn decode(&self, decoder: &Decoder, batch: &Batch, classes: &mut Vec<u16>) -> Result<Vec<f32>, EngineError> {
        let logits = self.logits(batch)?;
        if !logits.iter().all(|logit| logit.is_finite()) {
            return Err(EngineError::LogitsNotFinite { steps: self.backend.steps() });
        }
        for words in &batch.chains {
            classes.extend(decoder.best_path(&logits[words.start * self.plan.labels..words.end * self.plan.labels]));
        }
        Ok(logits)
    }
}
