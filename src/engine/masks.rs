//! The dropout masks of one epoch, by place in the model.

use crate::model::Config;
use crate::random::Stream;
use crate::spec::LoraTarget;

use super::mask::Mask;

/// Where dropout happens and with which probability; outside training, nowhere.
#[derive(Debug, Clone, Copy)]
pub struct Masks {
    stream: Option<Stream>,
    embeddings: f64,
    attention: f64,
    attention_output: f64,
    gate: f64,
    feed_forward: f64,
    classifier: f64,
    adapter: f64,
    layers: usize,
}

/// Places within a layer.
const PLACES: u32 = 3;

impl Masks {
    /// No dropout: evaluation.
    pub fn none(config: &Config) -> Self {
        Self { stream: None, ..Self::training(config, 0, 0) }
    }

    /// The masks of `epoch`, from the stream (`seed`, "dropout"), with the configuration's probabilities, wherever its
    /// family has dropout. A place has the same number in every family.
    pub fn training(config: &Config, seed: u64, epoch: u64) -> Self {
        Self {
            stream: Some(Stream::new(seed, "dropout", epoch)),
            embeddings: config.embedding_dropout.unwrap_or_default(),
            attention: config.attention_dropout,
            attention_output: config.attention_output_dropout.unwrap_or_default(),
            gate: config.gate_dropout.unwrap_or_default(),
            feed_forward: config.feed_forward_dropout.unwrap_or_default(),
            classifier: config.classifier_dropout.unwrap_or_default(),
            adapter: config.lora().map_or(0.0, |lora| lora.dropout),
            layers: config.layers,
        }
    }

    fn mask(&self, site: u32, probability: f64) -> Option<Mask> {
        self.stream.and_then(|stream| Mask::new(stream, site, probability))
    }

    /// After the embeddings' norm.
    pub(super) fn embeddings(&self) -> Option<Mask> {
        self.mask(0, self.embeddings)
    }

    /// Of a layer's attention weights.
    pub(super) fn attention(&self, layer: usize) -> Option<Mask> {
        self.mask(1 + PLACES * layer as u32, self.attention)
    }

    /// Of a layer's attention output.
    pub(super) fn attention_output(&self, layer: usize) -> Option<Mask> {
        self.mask(2 + PLACES * layer as u32, self.attention_output)
    }

    /// Of a layer's feed-forward output.
    pub(super) fn feed_forward(&self, layer: usize) -> Option<Mask> {
        self.mask(3 + PLACES * layer as u32, self.feed_forward)
    }

    /// Of a layer's gate.
    pub(super) fn gate(&self, layer: usize) -> Option<Mask> {
        self.mask(2 + PLACES * self.layers as u32 + layer as u32, self.gate)
    }

    /// Of the table of relative positions, as a layer reads it.
    pub(super) fn relative(&self, layer: usize) -> Option<Mask> {
        self.mask(2 + (PLACES + 1) * self.layers as u32 + layer as u32, self.embeddings)
    }

    /// Of the convolution's output.
    pub(super) fn convolution(&self) -> Option<Mask> {
        self.mask(2 + (PLACES + 2) * self.layers as u32, self.embeddings)
    }

    /// Before a layer's adapter of low rank; `relative`: where it reads the table of relative positions.
    pub(super) fn adapter(&self, layer: usize, target: LoraTarget, relative: bool) -> Option<Mask> {
        let targets = LoraTarget::ALL.len();
        let place = (2 * layer + usize::from(relative)) * targets + target as usize;
        self.mask(3 + (PLACES + 2) * self.layers as u32 + place as u32, self.adapter)
    }

    /// Before the classifier.
    pub(super) fn classifier(&self) -> Option<Mask> {
        self.mask(1 + PLACES * self.layers as u32, self.classifier)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Where transformers 5.24 has a dropout: a letter each for attention weights, attention output, feed-forward output
    /// and gate of a layer.
    #[test]
    fn each_family_drops_where_transformers_does() {
        for (name, places) in [
            ("bert", "aof"),
            ("roberta", "aof"),
            ("xlm-roberta", "aof"),
            ("camembert", "aof"),
            ("distilbert", "af"),
            ("electra", "aof"),
            ("albert", "ao"),
            ("deberta-v2", "aof"),
            ("modernbert", "aog"),
            ("eurobert", "a"),
            ("gte", "aofg"),
            ("nomic_bert", "aof"),
        ] {
            let text = format!("{{\"model_type\": \"{name}\"}}");
            let config = Config::parse(&text, Path::new("config.json")).expect("valid").with_dropout(Some(0.1));
            let masks = Masks::training(&config, 1, 0);
            let layer = [
                ("a", masks.attention(1)),
                ("o", masks.attention_output(1)),
                ("f", masks.feed_forward(1)),
                ("g", masks.gate(1)),
            ];
            let dropped: String = layer.iter().filter(|(_, mask)| mask.is_some()).map(|(place, _)| *place).collect();
            assert_eq!(dropped, places, "{name}");
            let around = [masks.embeddings(), masks.classifier()].map(|mask| mask.is_some());
            assert_eq!(around, [name != "eurobert"; 2], "{name}");
        }
    }
}
