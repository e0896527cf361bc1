//! The sizes and constants of an encoder, checked.

use super::activation::Activation;
use super::attention::{Convolution, LayerAttention, Relative};
use super::biases::Biases;
use super::family::Family;
use crate::spec::{Adapter, Lora, LossKind, Settings};

/// A dense layer with an activation and a norm between encoder and classifier. It learns with the classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLayer {
    /// Between dense layer and norm.
    pub activation: Activation,
    /// Whether the dense layer has a bias.
    pub bias: bool,
}

/// A normal distribution of mean 0 from which weights are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Initial {
    /// Its standard deviation.
    pub deviation: f64,
    /// Weights beyond so many deviations are drawn again (`trunc_normal_` of torch); none: no weight is.
    pub cutoff: Option<f64>,
}

/// Sizes and constants of an encoder with a token classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The architecture.
    pub family: &'static Family,
    /// Rows of the word embedding.
    pub vocabulary: usize,
    /// Width of the encoder.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Groups of successive layers that share parameters; none: each layer has its own.
    pub groups: Option<usize>,
    /// Attention heads a layer.
    pub heads: usize,
    /// Heads of keys and values, each shared by as many successive query heads (Ainslie et al. 2023); none: each query head
    /// has its own.
    pub key_heads: Option<usize>,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// The longest input, and [`Config::first_position`]: the rows of the position embedding, where there is one.
    pub positions: usize,
    /// Whether there is a position embedding.
    pub absolute: bool,
    /// The longest input for which attention is computed as the model has it; none: any.
    pub within_window: Option<usize>,
    /// The position of a sentence's first token; below `positions`.
    pub first_position: usize,
    /// The padding token; none if config.json has none.
    pub padding: Option<u32>,
    /// Width of the embeddings if a linear layer projects them to the encoder's width; none without such a layer.
    pub projected_from: Option<usize>,
    /// Rows of the segment embedding; 0 without one.
    pub segments: usize,
    /// Epsilon of the layer norms, added to the variance.
    pub norm_epsilon: f64,
    /// The activation of the feed-forward layer.
    pub activation: Activation,
    /// Each layer's attention.
    pub attention: Vec<LayerAttention>,
    /// The table of relative positions, if attention has one.
    pub relative: Option<Relative>,
    /// The convolution beside the first layer, if there is one.
    pub convolution: Option<Convolution>,
    /// Which operations have biases.
    pub biases: Biases,
    /// The layer between encoder and classifier, if there is one.
    pub head_layer: Option<HeadLayer>,
    /// Dropout after the embeddings, of the table of relative positions, and in the convolution; none: the family has no such
    /// place. The same of those below.
    pub embedding_dropout: Option<f64>,
    /// Dropout of the attention weights, which all families have.
    pub attention_dropout: f64,
    /// Dropout after a layer's attention.
    pub attention_output_dropout: Option<f64>,
    /// Dropout after the gate of a feed-forward layer.
    pub gate_dropout: Option<f64>,
    /// Dropout after a layer's feed-forward part.
    pub feed_forward_dropout: Option<f64>,
    /// Dropout before the classifier.
    pub classifier_dropout: Option<f64>,
    /// How a new classifier's weights are drawn.
    pub initial: Initial,
    /// Standard deviation of the encoder's weights before any training.
    pub initializer_range: f64,
    /// The names of the checkpoint's classes, by row; empty if it has none.
    pub class_names: Vec<String>,
    /// Whether a CRF follows the classifier: as the job's loss says, not config.json.
    pub crf: bool,
    /// How it is adapted: as the job says, not config.json; none: as a whole.
    pub adapter: Option<Adapter>,
    /// The key of the training that the checkpoint is from ([`TRAINING_KEY`]); none if it is not a job's model.
    pub training: Option<String>,
}

/// The key of `config.json` that names the training which a checkpoint is the model of. It is this program's own.
pub const TRAINING_KEY: &str = "runner_training";

/// The key of `config.json` that says that `model.safetensors` has a CRF, which transformers would not use.
pub const CRF_KEY: &str = "runner_crf";

impl Config {
    /// This, if its sizes go together.
    ///
    /// # Errors
    /// What does not.
    pub(super) fn checked(self) -> Result<Self, String> {
        let keys = &self.family.keys;
        let groups = keys.groups.map_or("", |entry| entry.key);
        let embedding = keys.embedding.map_or("", |entry| entry.key);
        // a family whose default is none or one may have none
        let segments = keys.segments.filter(|entry| entry.default > 1).map(|entry| (entry.key, self.segments));
        let sizes = [
            (keys.vocabulary.key, self.vocabulary),
            (keys.hidden.key, self.hidden),
            (keys.layers.key, self.layers),
            (keys.heads.key, self.heads),
            (keys.intermediate.key, self.intermediate),
            (keys.positions.key, self.positions),
            (groups, self.groups.unwrap_or(1)),
            (embedding, self.embedding_width()),
        ];
        if let Some((name, _)) = sizes.into_iter().chain(segments).find(|(_, size)| *size == 0) {
            return Err(format!("{name} = 0, but must be at least 1; correct it"));
        }
        let small = [
            (keys.layers.key, self.layers, MOST_LAYERS),
            (keys.hidden.key, self.hidden, WIDEST),
            (keys.intermediate.key, self.intermediate, WIDEST),
            (embedding, self.embedding_width(), WIDEST),
            (keys.vocabulary.key, self.vocabulary, MOST_ROWS),
            (keys.positions.key, self.positions, MOST_ROWS),
        ];
        let segments = keys.segments.map(|entry| (entry.key, self.segments, MOST_ROWS));
        if let Some((name, size, most)) = small.into_iter().chain(segments).find(|(_, size, most)| size > most) {
            return Err(format!("{name} = {size} is too large (at most {most}); correct it"));
        }
        self.check_heads()?;
        if self.groups.is_some_and(|groups| !self.layers.is_multiple_of(groups)) {
            let count = self.own_layers();
            return Err(format!("{} = {} is not a multiple of {groups} = {count}", keys.layers.key, self.layers));
        }
        if self.positions.checked_sub(self.first_position).is_none_or(|longest| longest == 0) {
            let (positions, first) = (self.positions, self.first_position);
            return Err(format!(
                "{} = {positions} leaves no position, because the first is {first}; choose another checkpoint",
                keys.positions.key
            ));
        }
        self.check_attention()?;
        if !self.dropouts().all(|p| (0.0..1.0).contains(&p)) {
            return Err("a dropout is not in 0 ≤ p < 1".to_owned());
        }
        Ok(self)
    }

    fn check_heads(&self) -> Result<(), String> {
        let keys = &self.family.keys;
        let (hidden, heads) = (self.hidden, self.heads);
        if !hidden.is_multiple_of(heads) {
            return Err(format!("{} = {hidden} is not a multiple of {} = {heads}", keys.hidden.key, keys.heads.key));
        }
        if let Some(found) = self.key_heads.filter(|shared| *shared == 0 || !heads.is_multiple_of(*shared)) {
            let entry = keys.key_heads.unwrap_or_default();
            return Err(format!("{} = {heads} is not a multiple of {entry} = {found}", keys.heads.key));
        }
        Ok(())
    }

    fn check_attention(&self) -> Result<(), String> {
        if self.attention.iter().any(|layer| layer.theta.is_some()) && !self.head_width().is_multiple_of(2) {
            return Err(format!("heads of {} features cannot be rotated: the width must be even", self.head_width()));
        }
        if self.convolution.is_some() && self.layers < 2 {
            return Err("conv_kernel_size needs at least two layers".to_owned());
        }
        Ok(())
    }

    fn dropouts(&self) -> impl Iterator<Item = f64> {
        self.encoder_dropouts().chain(self.classifier_dropout)
    }

    fn encoder_dropouts(&self) -> impl Iterator<Item = f64> {
        let of_layer = [self.attention_output_dropout, self.gate_dropout, self.feed_forward_dropout];
        [self.embedding_dropout, Some(self.attention_dropout)].into_iter().chain(of_layer).flatten()
    }

    /// Whether the encoder has dropout.
    pub fn encoder_drops(&self) -> bool {
        self.encoder_dropouts().any(|p| p > 0.0)
    }

    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.hidden / self.heads
    }

    /// Features of a token's queries, keys and values side by side, each head's keys and values once.
    pub fn qkv_width(&self) -> usize {
        self.hidden + 2 * self.key_width()
    }

    /// Features of a token's keys, and of its values.
    pub fn key_width(&self) -> usize {
        self.key_heads.unwrap_or(self.heads) * self.head_width()
    }

    /// Length of the longest input in tokens.
    pub fn longest(&self) -> usize {
        let positions = self.positions.checked_sub(self.first_position).expect("checked when it was read");
        self.within_window.map_or(positions, |window| positions.min(window))
    }

    /// Width of the embeddings.
    pub fn embedding_width(&self) -> usize {
        self.projected_from.unwrap_or(self.hidden)
    }

    /// Number of layers with their own parameters: of groups, if layers share parameters.
    pub fn own_layers(&self) -> usize {
        self.groups.unwrap_or(self.layers)
    }

    /// The layer or group, below [`Config::own_layers`], that has the parameters of `layer`.
    pub fn group(&self, layer: usize) -> usize {
        layer * self.own_layers() / self.layers
    }

    /// Sets all dropouts of the model to `model.dropout`, if it is set.
    pub fn with_dropout(mut self, probability: Option<f64>) -> Self {
        if let Some(p) = probability {
            self.attention_dropout = p;
            for place in [
                &mut self.embedding_dropout,
                &mut self.attention_output_dropout,
                &mut self.gate_dropout,
                &mut self.feed_forward_dropout,
                &mut self.classifier_dropout,
            ] {
                *place = place.map(|_| p);
            }
        }
        self
    }

    /// With a CRF behind the classifier, or without one.
    pub fn with_crf(self, crf: bool) -> Self {
        Self { crf, ..self }
    }

    /// That of a job's model over this checkpoint: with a CRF and adapted as the settings say.
    pub fn of_job(self, settings: &Settings) -> Self {
        self.with_crf(settings.train.loss == LossKind::Crf).with_adapter(settings.model.adapter())
    }

    /// Adapted like that, or as a whole.
    pub fn with_adapter(self, adapter: Option<Adapter>) -> Self {
        Self { adapter, ..self }
    }

    /// The adapters of low rank, if it has such.
    pub fn lora(&self) -> Option<&Lora> {
        self.adapter.as_ref().and_then(Adapter::lora)
    }

    /// The table of relative positions, if attention is disentangled.
    pub fn disentangled(&self) -> Option<Relative> {
        self.relative.filter(|relative| !relative.biases)
    }

    /// Rows of the position embedding; 0 without one.
    pub fn position_rows(&self) -> usize {
        if self.absolute { self.positions } else { 0 }
    }

    /// Columns that the first layer of a feed-forward part has: twice its width where half of them are a gate.
    pub fn up_width(&self) -> usize {
        if self.family.gated { 2 * self.intermediate } else { self.intermediate }
    }
}

/// Most layers. With this and the other limits, sizes of layouts and plans do not overflow.
pub(super) const MOST_LAYERS: usize = 1 << 12;
/// Largest width of the encoder and of the feed-forward layer.
const WIDEST: usize = 1 << 20;
/// Most rows of an embedding: a token's id has 31 bits.
const MOST_ROWS: usize = (1 << 31) - 1;
