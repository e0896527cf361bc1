//! A checkpoint's `config.json`, read and checked.

use std::path::Path;

use serde_json::Value;

use super::attention::{Convolution, LayerAttention, Relative};
use super::error::ModelError;
use super::family::Family;
use super::raw_config::RawConfig;
use crate::hub::is_lfs_pointer;

/// The activation function of the feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x·Φ(x), with the error function.
    Gelu,
    /// x·Φ(x), approximated with tanh.
    GeluTanh,
    /// max(x, 0)
    Relu,
}

impl Activation {
    /// The function called `name` in transformers.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "gelu" | "gelu_python" => Some(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_python_tanh" => Some(Self::GeluTanh),
            "relu" => Some(Self::Relu),
            _ => None,
        }
    }
}

/// Which operations of an encoder have biases; the classifier always has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Biases {
    /// The linear layers of attention.
    pub attention: bool,
    /// Those of the feed-forward part.
    pub feed_forward: bool,
    /// The layer norms.
    pub norms: bool,
}

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
    /// Dropout after the embeddings, of the table of relative positions, and in the convolution.
    pub embedding_dropout: f64,
    /// Dropout of the attention weights.
    pub attention_dropout: f64,
    /// Dropout after a layer's attention; none: the family has no such place. The same of the two below.
    pub attention_output_dropout: Option<f64>,
    /// Dropout after the gate of a feed-forward layer.
    pub gate_dropout: Option<f64>,
    /// Dropout after a layer's feed-forward part.
    pub feed_forward_dropout: Option<f64>,
    /// Dropout before the classifier.
    pub classifier_dropout: f64,
    /// How a new classifier's weights are drawn.
    pub initial: Initial,
    /// Standard deviation of the encoder's weights before any training.
    pub initializer_range: f64,
    /// The names of the checkpoint's classes, by row; empty if it has none.
    pub class_names: Vec<String>,
    /// Whether a CRF follows the classifier: as the job's loss says, not config.json.
    pub crf: bool,
    /// The key of the training that the checkpoint is from ([`TRAINING_KEY`]); none if it is not a job's model.
    pub training: Option<String>,
}

/// The key of `config.json` that names the training which a checkpoint is the model of. It is this program's own.
pub const TRAINING_KEY: &str = "runner_training";

/// The key of `config.json` that says that `model.safetensors` has a CRF, which transformers would not use.
pub const CRF_KEY: &str = "runner_crf";

impl Config {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// Unreadable, invalid JSON, a missing key, an unsupported architecture or activation, inconsistent sizes.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|source| ModelError::Read { path: path.to_owned(), source })?;
        let bad = |what: &str| ModelError::Config { path: path.to_owned(), what: what.to_owned() };
        let text = String::from_utf8(bytes).map_err(|_| bad("not UTF-8 text; fetch the file again"))?;
        Self::parse(&text, path)
    }

    /// [`Config::read`] of text; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ModelError> {
        let bad = |what: String| ModelError::Config { path: path.to_owned(), what };
        let text = text.trim_start_matches('\u{feff}');
        let json: Value = serde_json::from_str(text).map_err(|error| bad(no_json(text, &error)))?;
        let keys = json
            .as_object()
            .ok_or_else(|| bad("not a JSON object; use the checkpoint's own config.json".to_owned()))?;
        let kind = keys.get("model_type").and_then(Value::as_str).ok_or_else(|| bad(no_type()))?;
        let family = Family::named(kind).ok_or_else(|| {
            let why = Family::why_not(kind).unwrap_or_default();
            ModelError::Family { path: path.to_owned(), found: kind.to_owned(), why, known: Family::names() }
        })?;
        RawConfig { family, keys }.config().and_then(Self::checked).map_err(bad)
    }

    fn checked(self) -> Result<Self, String> {
        let keys = &self.family.keys;
        let groups = keys.groups.map_or("", |entry| entry.key);
        let embedding = keys.embedding.map_or("", |entry| entry.key);
        // a family whose default is none may have none
        let segments = keys.segments.filter(|entry| entry.default > 0).map(|entry| (entry.key, self.segments));
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
        let (hidden, heads) = (self.hidden, self.heads);
        if !hidden.is_multiple_of(heads) {
            return Err(format!("{} = {hidden} is not a multiple of {} = {heads}", keys.hidden.key, keys.heads.key));
        }
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
        let optional = [self.attention_output_dropout, self.gate_dropout, self.feed_forward_dropout];
        let always = [self.embedding_dropout, self.attention_dropout, self.classifier_dropout];
        always.into_iter().chain(optional.into_iter().flatten())
    }

    /// Whether the encoder has dropout.
    pub fn encoder_drops(&self) -> bool {
        let optional = [self.attention_output_dropout, self.gate_dropout, self.feed_forward_dropout];
        let always = [self.embedding_dropout, self.attention_dropout];
        always.into_iter().chain(optional.into_iter().flatten()).any(|p| p > 0.0)
    }

    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.hidden / self.heads
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
            (self.embedding_dropout, self.attention_dropout, self.classifier_dropout) = (p, p, p);
            for place in [&mut self.attention_output_dropout, &mut self.gate_dropout, &mut self.feed_forward_dropout] {
                *place = place.map(|_| p);
            }
        }
        self
    }

    /// With a CRF behind the classifier, or without one.
    pub fn with_crf(self, crf: bool) -> Self {
        Self { crf, ..self }
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

/// What the text is instead of JSON, and what to do.
fn no_json(text: &str, error: &serde_json::Error) -> String {
    let start = text.trim_start();
    if is_lfs_pointer(start.as_bytes()) {
        "a Git LFS pointer, not the file itself; run `git lfs pull` in its folder, or use the hub id".to_owned()
    } else if start.is_empty() {
        "the file is empty; copy it again".to_owned()
    } else if start.starts_with('<') {
        "a web page (HTML), not JSON; fetch the file again, with a token if the hub requires one".to_owned()
    } else {
        format!("not valid JSON: {error}; fetch the file again, or correct it")
    }
}

fn no_type() -> String {
    format!("`model_type` is missing; set it to the checkpoint's architecture, one of: {}", Family::names())
}

/// Most layers. With this and the other limits, sizes of layouts and plans do not overflow.
pub(super) const MOST_LAYERS: usize = 1 << 12;
/// Largest width of the encoder and of the feed-forward layer.
const WIDEST: usize = 1 << 20;
/// Most rows of an embedding: a token's id has 31 bits.
const MOST_ROWS: usize = (1 << 31) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    const BERT: &str = r#"{"model_type": "bert", "vocab_size": 10, "hidden_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 32}"#;

    fn said(text: &str) -> String {
        Config::parse(text, Path::new("config.json")).expect_err("a bad configuration").to_string()
    }

    #[test]
    fn keys_left_out_take_transformers_defaults() {
        let config = Config::parse(BERT, Path::new("config.json")).expect("valid");
        assert_eq!((config.segments, config.norm_epsilon, config.embedding_dropout), (2, 1e-12, 0.1));
        assert_eq!(config.classifier_dropout, config.embedding_dropout);
        assert_eq!(config.longest(), 32);
    }

    /// `BERT` with `more` keys.
    fn with(more: &str) -> String {
        BERT.replace("\"vocab_size\": 10", &format!("\"vocab_size\": 10, {more}"))
    }

    #[test]
    fn what_the_engine_lacks_is_refused_by_name() {
        insta::assert_snapshot!(said(&BERT.replace("bert", "mpnet")), @r#"config.json: architecture "mpnet" is not supported: it uses relative positions; choose a checkpoint of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, deberta-v2, modernbert"#);
        insta::assert_snapshot!(said(&BERT.replace("bert", "eurobert")), @r#"config.json: architecture "eurobert" is not supported: its norms are root mean squares, and its gates SiLU; choose a checkpoint of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, deberta-v2, modernbert"#);
        insta::assert_snapshot!(said(&BERT.replace("bert", "wombat")), @r#"config.json: architecture "wombat" is not supported; choose a checkpoint of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, deberta-v2, modernbert"#);
        insta::assert_snapshot!(said("{}"), @"config.json: `model_type` is missing; set it to the checkpoint's architecture, one of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, deberta-v2, modernbert");
        insta::assert_snapshot!(said(&with("\"hidden_act\": \"swish\"")), @r#"config.json: hidden_act = "swish" is not supported, only gelu, gelu_new and relu"#);
        insta::assert_snapshot!(said(&with("\"position_embedding_type\": \"relative_key\"")), @r#"config.json: position_embedding_type = "relative_key" is not supported, only absolute"#);
        insta::assert_snapshot!(said(&with("\"is_decoder\": true")), @"config.json: is_decoder = true is not supported, only false");
        insta::assert_snapshot!(said(&with("\"layer_norm_eps\": \"small\"")), @r#"config.json: layer_norm_eps = "small" is not a number; correct it"#);
        insta::assert_snapshot!(said(&with("\"type_vocab_size\": -1")), @"config.json: type_vocab_size = -1 is not a whole number; correct it");
        insta::assert_snapshot!(said(&BERT.replace("\"num_attention_heads\": 2", "\"num_attention_heads\": 3")), @"config.json: hidden_size = 8 is not a multiple of num_attention_heads = 3");
        let deberta = |more: &str| {
            let relative = "\"relative_attention\": true, \"pos_att_type\": \"p2c|c2p\", \"share_att_key\": true";
            said(&with(&format!("{relative}, {more}")).replace("\"bert\"", "\"deberta-v2\""))
        };
        insta::assert_snapshot!(deberta("\"share_att_key\": false"), @"config.json: share_att_key = false is not supported, only true");
        insta::assert_snapshot!(deberta("\"pos_att_type\": [\"c2p\"]"), @"config.json: pos_att_type = c2p is not supported, only c2p|p2c");
        insta::assert_snapshot!(deberta("\"position_buckets\": 256, \"max_relative_positions\": 100"), @"config.json: position_buckets = 256 and max_relative_positions = 100 do not go together; correct them");
        insta::assert_snapshot!(deberta("\"conv_kernel_size\": 4"), @"config.json: conv_kernel_size = 4, conv_groups = 1 is not supported, only odd widths below 32 and one group");
        insta::assert_snapshot!(deberta("\"conv_kernel_size\": 3"), @"config.json: conv_act = tanh is not supported, only gelu, gelu_new and relu");
        let modern = |more: &str| said(&with(more).replace("\"bert\"", "\"modernbert\""));
        insta::assert_snapshot!(modern("\"layer_types\": [\"linear_attention\"]"), @"config.json: layer_types has no full_attention or sliding_attention for layer 0");
        insta::assert_snapshot!(modern("\"rope_scaling\": {\"rope_type\": \"yarn\"}"), @r#"config.json: rope_type = "yarn" is not supported, only default"#);
        insta::assert_snapshot!(modern("\"global_rope_theta\": 0"), @"config.json: global_rope_theta = 0 is not above 0; correct it");
        insta::assert_snapshot!(said("{"), @"config.json: not valid JSON: EOF while parsing an object at line 1 column 1; fetch the file again, or correct it");
        insta::assert_snapshot!(said("[]"), @"config.json: not a JSON object; use the checkpoint's own config.json");
        insta::assert_snapshot!(said(" \n"), @"config.json: the file is empty; copy it again");
        insta::assert_snapshot!(said("<!doctype html>"), @"config.json: a web page (HTML), not JSON; fetch the file again, with a token if the hub requires one");
        insta::assert_snapshot!(said("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n"), @"config.json: a Git LFS pointer, not the file itself; run `git lfs pull` in its folder, or use the hub id");
    }

    #[test]
    fn sizes_beyond_any_encoder_are_refused_before_memory_is_asked_for() {
        let said = |from: &str, to: &str| said(&BERT.replace(from, to));
        insta::assert_snapshot!(said("\"vocab_size\": 10", "\"vocab_size\": 1000000000000"), @"config.json: vocab_size = 1000000000000 is too large (at most 2147483647); correct it");
        insta::assert_snapshot!(said("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 1000000000000"), @"config.json: num_hidden_layers = 1000000000000 is too large (at most 4096); correct it");
        insta::assert_snapshot!(said("\"hidden_size\": 8", "\"hidden_size\": 9223372036854775808"), @"config.json: hidden_size = 9223372036854775808 is too large (at most 1048576); correct it");
        insta::assert_snapshot!(said("\"intermediate_size\": 16", "\"intermediate_size\": 4294967296"), @"config.json: intermediate_size = 4294967296 is too large (at most 1048576); correct it");
        insta::assert_snapshot!(said("\"vocab_size\": 10", "\"vocab_size\": 1e400"), @"config.json: not valid JSON: number out of range at line 1 column 42; fetch the file again, or correct it");
    }

    #[test]
    fn activations_go_by_the_names_of_transformers() {
        let parsed = |name: &str| {
            let text = with(&format!("\"hidden_act\": \"{name}\""));
            Config::parse(&text, Path::new("config.json")).expect("valid").activation
        };
        assert_eq!(["gelu", "gelu_python"].map(parsed), [Activation::Gelu; 2]);
        assert_eq!(["gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh"].map(parsed), [Activation::GeluTanh; 3]);
        assert_eq!(parsed("relu"), Activation::Relu);
    }

    /// What transformers 5.24 has for `AutoConfig.for_model(name)`: vocabulary, hidden, layers, heads, intermediate,
    /// positions, segments, width of the embeddings, activation, dropouts of hidden states, attention and classifier.
    #[test]
    fn a_family_of_which_nothing_is_written_has_transformers_defaults() {
        let shown = |name: &str| {
            let config = Config::parse(&format!("{{\"model_type\": \"{name}\"}}"), Path::new("")).expect("valid");
            let Config { vocabulary, hidden, layers, heads, intermediate, positions, segments, activation, .. } =
                config;
            let sizes =
                [vocabulary, hidden, layers, heads, intermediate, positions, segments, config.embedding_width()];
            let dropouts = [config.embedding_dropout, config.attention_dropout, config.classifier_dropout];
            format!("{name}: {sizes:?} {activation:?} {dropouts:?}, longest {}", config.longest())
        };
        let all = Family::names().split(", ").map(shown).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(all, @"
        bert: [30522, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 512
        roberta: [50265, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 510
        xlm-roberta: [30522, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 510
        camembert: [30522, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 510
        distilbert: [30522, 768, 6, 12, 3072, 512, 0, 768] Gelu [0.1, 0.1, 0.1], longest 512
        electra: [30522, 256, 12, 4, 1024, 512, 2, 128] Gelu [0.1, 0.1, 0.1], longest 512
        albert: [30000, 4096, 12, 64, 16384, 512, 2, 128] GeluTanh [0.0, 0.0, 0.1], longest 512
        rembert: [250300, 1152, 32, 18, 4608, 512, 2, 256] Gelu [0.0, 0.0, 0.1], longest 512
        ernie: [30522, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 512
        data2vec-text: [30522, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 510
        luke: [50267, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 510
        longformer: [30522, 768, 12, 12, 3072, 512, 2, 768] Gelu [0.1, 0.1, 0.1], longest 257
        deberta-v2: [128100, 1536, 24, 24, 6144, 512, 0, 1536] Gelu [0.1, 0.1, 0.1], longest 512
        modernbert: [50368, 768, 22, 12, 1152, 8192, 0, 768] Gelu [0.0, 0.0, 0.0], longest 8192
        ");
    }

    #[test]
    fn positions_that_the_padding_leaves_none_of_are_refused() {
        let roberta = |positions: usize| {
            let size = format!("\"max_position_embeddings\": {positions}");
            BERT.replace("bert", "roberta").replace("\"max_position_embeddings\": 32", &size)
        };
        let longest = |text: &str| Config::parse(text, Path::new("config.json")).expect("valid").longest();
        assert_eq!(longest(&roberta(514)), 512);
        assert_eq!(longest(&roberta(3)), 1);
        insta::assert_snapshot!(said(&roberta(2)), @"config.json: max_position_embeddings = 2 leaves no position, because the first is 2; choose another checkpoint");
        insta::assert_snapshot!(said(&roberta(1)), @"config.json: max_position_embeddings = 1 leaves no position, because the first is 2; choose another checkpoint");
    }

    #[test]
    fn layers_share_the_parameters_of_their_group() {
        let text = |groups: usize| {
            let albert = format!("\"albert\", \"embedding_size\": 8, \"num_hidden_groups\": {groups}");
            BERT.replace("\"bert\"", &albert).replace("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 6")
        };
        let groups = |groups: usize| -> Vec<usize> {
            let config = Config::parse(&text(groups), Path::new("config.json")).expect("valid");
            assert_eq!(config.own_layers(), groups);
            (0..6).map(|layer| config.group(layer)).collect()
        };
        assert_eq!(groups(1), [0; 6]);
        assert_eq!(groups(2), [0, 0, 0, 1, 1, 1]);
        assert_eq!(groups(6), [0, 1, 2, 3, 4, 5]);
        insta::assert_snapshot!(said(&text(4)), @"config.json: num_hidden_layers = 6 is not a multiple of num_hidden_groups = 4");
        insta::assert_snapshot!(said(&text(0)), @"config.json: num_hidden_groups = 0, but must be at least 1; correct it");
    }
}
