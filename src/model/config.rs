//! A checkpoint's `config.json`: the encoder's shape, checked.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::error::ModelError;
use super::family::Family;

/// The nonlinearity between the two feed-forward products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x·Φ(x), with the error function.
    Gelu,
}

/// Shape and constants of an encoder with a token classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Names and peculiarities of the architecture.
    pub family: &'static Family,
    /// Rows of the word embedding.
    pub vocabulary: usize,
    /// Width of the encoder.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads a layer.
    pub heads: usize,
    /// Width between the two feed-forward products.
    pub intermediate: usize,
    /// Rows of the position embedding.
    pub positions: usize,
    /// Rows of the segment embedding; 0: none.
    pub segments: usize,
    /// Added to the variance in a layer norm.
    pub norm_epsilon: f64,
    /// Between the feed-forward products.
    pub activation: Activation,
    /// Dropout after embeddings and after the two output products of a layer.
    pub hidden_dropout: f64,
    /// Dropout of the attention weights.
    pub attention_dropout: f64,
    /// Dropout before the classifier.
    pub classifier_dropout: f64,
    /// Standard deviation of a new classifier's weights.
    pub initializer_range: f64,
    /// The checkpoint's names of its classes, by row; empty where it has none.
    pub class_names: Vec<String>,
}

/// The keys of `config.json` that bear on the model; all else there is ignored.
#[derive(Deserialize)]
struct Raw {
    model_type: Option<String>,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    #[serde(default = "tiny")]
    layer_norm_eps: f64,
    #[serde(default = "gelu")]
    hidden_act: String,
    #[serde(default = "tenth")]
    hidden_dropout_prob: f64,
    #[serde(default = "tenth")]
    attention_probs_dropout_prob: f64,
    classifier_dropout: Option<f64>,
    #[serde(default = "fiftieth")]
    initializer_range: f64,
    #[serde(default = "absolute")]
    position_embedding_type: String,
    id2label: Option<BTreeMap<String, String>>,
}

// Defaults of transformers' BertConfig, for checkpoints that leave a key out.
fn two() -> usize {
    2
}
fn tiny() -> f64 {
    1e-12
}
fn gelu() -> String {
    "gelu".to_owned()
}
fn tenth() -> f64 {
    0.1
}
fn fiftieth() -> f64 {
    0.02
}
fn absolute() -> String {
    "absolute".to_owned()
}

impl Config {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// Not readable, not JSON, a key missing, an architecture or activation that the engine has not, or sizes that do
    /// not fit each other.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ModelError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// [`Config::read`] of text; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ModelError> {
        let bad = |what: String| ModelError::Config { path: path.to_owned(), what };
        let json: serde_json::Value = serde_json::from_str(text).map_err(|e| bad(e.to_string()))?;
        let kind = json.get("model_type").and_then(serde_json::Value::as_str).map(str::to_owned);
        let family = Family::named(kind.as_deref()).ok_or_else(|| ModelError::Family {
            path: path.to_owned(),
            found: kind.unwrap_or_default(),
            known: Family::names(),
        })?;
        let raw: Raw = serde_json::from_value(json).map_err(|e| bad(e.to_string()))?;
        raw.check().map_err(bad)?;
        Ok(raw.into_config(family))
    }

    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.hidden / self.heads
    }

    /// The longest input, in pieces.
    pub fn longest(&self) -> usize {
        self.positions - self.family.first_position
    }

    /// Sets all of the model's dropouts, as `model.dropout` does.
    pub fn with_dropout(mut self, probability: Option<f64>) -> Self {
        if let Some(p) = probability {
            (self.hidden_dropout, self.attention_dropout, self.classifier_dropout) = (p, p, p);
        }
        self
    }
}

impl Raw {
    fn check(&self) -> Result<(), String> {
        if self.model_type.is_none() {
            return Err("the key `model_type` is missing".to_owned());
        }
        if self.hidden_act != "gelu" {
            return Err(format!("hidden_act \"{}\" is not supported; `gelu` is", self.hidden_act));
        }
        if self.position_embedding_type != "absolute" {
            let kind = &self.position_embedding_type;
            return Err(format!("position_embedding_type \"{kind}\" is not supported; `absolute` is"));
        }
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(format!("{name} is 0"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
            return Err(format!("hidden_size {hidden} is not a multiple of num_attention_heads {heads}"));
        }
        let dropouts =
            [Some(self.hidden_dropout_prob), Some(self.attention_probs_dropout_prob), self.classifier_dropout];
        if dropouts.into_iter().flatten().any(|p| !(0.0..1.0).contains(&p)) {
            return Err("a dropout is outside 0 ≤ p < 1".to_owned());
        }
        Ok(())
    }

    fn into_config(self, family: &'static Family) -> Config {
        let names = self.id2label.unwrap_or_default();
        let class_names = (0..names.len()).map_while(|i| names.get(&i.to_string()).cloned()).collect();
        Config {
            family,
            vocabulary: self.vocab_size,
            hidden: self.hidden_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            intermediate: self.intermediate_size,
            positions: self.max_position_embeddings,
            segments: self.type_vocab_size,
            norm_epsilon: self.layer_norm_eps,
            activation: Activation::Gelu,
            hidden_dropout: self.hidden_dropout_prob,
            attention_dropout: self.attention_probs_dropout_prob,
            classifier_dropout: self.classifier_dropout.unwrap_or(self.hidden_dropout_prob),
            initializer_range: self.initializer_range,
            class_names,
        }
    }
}

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
        assert_eq!((config.segments, config.norm_epsilon, config.hidden_dropout), (2, 1e-12, 0.1));
        assert_eq!(config.classifier_dropout, config.hidden_dropout);
        assert_eq!(config.longest(), 32);
    }

    #[test]
    fn what_the_engine_lacks_is_refused_by_name() {
        insta::assert_snapshot!(said(&BERT.replace("bert", "deberta-v2")), @r#"config.json: architecture "deberta-v2" is not supported; choose a checkpoint of: bert"#);
        insta::assert_snapshot!(said(&BERT.replace("\"vocab_size\": 10", "\"vocab_size\": 10, \"hidden_act\": \"swish\"")), @r#"config.json: hidden_act "swish" is not supported; `gelu` is"#);
        insta::assert_snapshot!(said(&BERT.replace("\"num_attention_heads\": 2", "\"num_attention_heads\": 3")), @"config.json: hidden_size 8 is not a multiple of num_attention_heads 3");
        insta::assert_snapshot!(said("{"), @"config.json: EOF while parsing an object at line 1 column 1");
    }
}
