//! The dropout masks of one epoch, by place in the model.

use crate::model::Config;
use crate::random::Stream;

use super::cpu::Mask;

/// Where dropout happens and how often, for one epoch; nowhere outside training.
#[derive(Debug, Clone, Copy)]
pub struct Masks {
    stream: Option<Stream>,
    hidden: f64,
    attention: f64,
    classifier: f64,
    layers: usize,
}

/// Places within a layer.
const PLACES: u32 = 3;

impl Masks {
    /// No dropout: evaluation.
    pub fn none(config: &Config) -> Self {
        Self { stream: None, ..Self::training(config, 0, 0) }
    }

    /// The masks of `epoch`, from the stream (`seed`, "dropout"), with the configuration's probabilities.
    pub fn training(config: &Config, seed: u64, epoch: u64) -> Self {
        Self {
            stream: Some(Stream::new(seed, "dropout", epoch)),
            hidden: config.hidden_dropout,
            attention: config.attention_dropout,
            classifier: config.classifier_dropout,
            layers: config.layers,
        }
    }

    fn mask(&self, site: u32, probability: f64) -> Option<Mask> {
        self.stream.and_then(|stream| Mask::new(stream, site, probability))
    }

    /// After the embeddings' norm.
    pub(super) fn embeddings(&self) -> Option<Mask> {
        self.mask(0, self.hidden)
    }

    /// Of a layer's attention weights.
    pub(super) fn attention(&self, layer: usize) -> Option<Mask> {
        self.mask(1 + PLACES * layer as u32, self.attention)
    }

    /// Of a layer's attention output.
    pub(super) fn attention_output(&self, layer: usize) -> Option<Mask> {
        self.mask(2 + PLACES * layer as u32, self.hidden)
    }

    /// Of a layer's feed-forward output.
    pub(super) fn feed_forward(&self, layer: usize) -> Option<Mask> {
        self.mask(3 + PLACES * layer as u32, self.hidden)
    }

    /// Before the classifier.
    pub(super) fn classifier(&self) -> Option<Mask> {
        self.mask(1 + PLACES * self.layers as u32, self.classifier)
    }
}
