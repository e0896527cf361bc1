//! The keys of each family's `config.json`, with the defaults of transformers' configuration classes (5.23).

/// A key and its default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry<T> {
    pub key: &'static str,
    pub default: T,
}

/// The keys of a family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Keys {
    pub vocabulary: Entry<usize>,
    pub hidden: Entry<usize>,
    pub layers: Entry<usize>,
    pub heads: Entry<usize>,
    /// Heads of keys and values; null, or none: as many as of queries.
    pub key_heads: Option<&'static str>,
    pub intermediate: Entry<usize>,
    pub positions: Entry<usize>,
    /// None: no segment embedding.
    pub segments: Option<Entry<usize>>,
    /// Width of the embeddings; none: the encoder's.
    pub embedding: Option<Entry<usize>>,
    /// Number of groups of layers that share parameters; none: each layer has its own.
    pub groups: Option<Entry<usize>>,
    /// None: always 1e-12.
    pub norm_epsilon: Option<Entry<f64>>,
    pub activation: Entry<&'static str>,
    /// After the embeddings; none: the family has no dropout there. The same of those below.
    pub embedding_dropout: Option<Entry<f64>>,
    /// Of the attention weights, which all families drop from.
    pub attention_dropout: Entry<f64>,
    /// After the attention output.
    pub attention_output_dropout: Option<Entry<f64>>,
    /// After the gate of the feed-forward layer.
    pub gate_dropout: Option<Entry<f64>>,
    /// After the feed-forward output.
    pub feed_forward_dropout: Option<Entry<f64>>,
    /// Before the classifier; with null, or without default: the dropout after the embeddings.
    pub classifier_dropout: Option<Entry<Option<f64>>>,
    pub initializer_range: Entry<f64>,
    pub padding: Entry<usize>,
}

const fn entry<T: Copy>(key: &'static str, default: T) -> Entry<T> {
    Entry { key, default }
}

pub(super) const BERT: Keys = Keys {
    vocabulary: entry("vocab_size", 30522),
    hidden: entry("hidden_size", 768),
    layers: entry("num_hidden_layers", 12),
    heads: entry("num_attention_heads", 12),
    key_heads: None,
    intermediate: entry("intermediate_size", 3072),
    positions: entry("max_position_embeddings", 512),
    segments: Some(entry("type_vocab_size", 2)),
    embedding: None,
    groups: None,
    norm_epsilon: Some(entry("layer_norm_eps", 1e-12)),
    activation: entry("hidden_act", "gelu"),
    embedding_dropout: Some(entry("hidden_dropout_prob", 0.1)),
    attention_dropout: entry("attention_probs_dropout_prob", 0.1),
    attention_output_dropout: Some(entry("hidden_dropout_prob", 0.1)),
    gate_dropout: None,
    feed_forward_dropout: Some(entry("hidden_dropout_prob", 0.1)),
    classifier_dropout: Some(entry("classifier_dropout", None)),
    initializer_range: entry("initializer_range", 0.02),
    padding: entry("pad_token_id", 0),
};

pub(super) const ROBERTA: Keys = Keys { vocabulary: entry("vocab_size", 50265), ..XLM_ROBERTA };

/// Also those of CamemBERT.
pub(super) const XLM_ROBERTA: Keys = Keys { padding: entry("pad_token_id", 1), ..BERT };

pub(super) const DISTILBERT: Keys = Keys {
    hidden: entry("dim", 768),
    layers: entry("n_layers", 6),
    heads: entry("n_heads", 12),
    intermediate: entry("hidden_dim", 3072),
    segments: None,
    norm_epsilon: None,
    activation: entry("activation", "gelu"),
    embedding_dropout: Some(entry("dropout", 0.1)),
    attention_dropout: entry("attention_dropout", 0.1),
    attention_output_dropout: None,
    feed_forward_dropout: Some(entry("dropout", 0.1)),
    classifier_dropout: Some(entry("dropout", None)),
    ..BERT
};

pub(super) const ELECTRA: Keys = Keys {
    hidden: entry("hidden_size", 256),
    heads: entry("num_attention_heads", 4),
    intermediate: entry("intermediate_size", 1024),
    embedding: Some(entry("embedding_size", 128)),
    ..BERT
};

pub(super) const ALBERT: Keys = Keys {
    vocabulary: entry("vocab_size", 30000),
    hidden: entry("hidden_size", 4096),
    heads: entry("num_attention_heads", 64),
    intermediate: entry("intermediate_size", 16384),
    embedding: Some(entry("embedding_size", 128)),
    groups: Some(entry("num_hidden_groups", 1)),
    activation: entry("hidden_act", "gelu_new"),
    embedding_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    attention_dropout: entry("attention_probs_dropout_prob", 0.0),
    attention_output_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    feed_forward_dropout: None,
    classifier_dropout: Some(entry("classifier_dropout_prob", Some(0.1))),
    ..BERT
};

pub(super) const DATA2VEC_TEXT: Keys = Keys { vocabulary: entry("vocab_size", 30522), ..XLM_ROBERTA };

pub(super) const LUKE: Keys = Keys { vocabulary: entry("vocab_size", 50267), ..XLM_ROBERTA };

pub(super) const LONGFORMER: Keys =
    Keys { classifier_dropout: Some(entry("hidden_dropout_prob", Some(0.1))), ..DATA2VEC_TEXT };

pub(super) const BIG_BIRD: Keys = Keys {
    vocabulary: entry("vocab_size", 50358),
    positions: entry("max_position_embeddings", 4096),
    activation: entry("hidden_act", "gelu_new"),
    ..BERT
};

pub(super) const MEGATRON_BERT: Keys = Keys {
    vocabulary: entry("vocab_size", 29056),
    hidden: entry("hidden_size", 1024),
    layers: entry("num_hidden_layers", 24),
    heads: entry("num_attention_heads", 16),
    intermediate: entry("intermediate_size", 4096),
    classifier_dropout: Some(entry("hidden_dropout_prob", Some(0.1))),
    ..BERT
};

pub(super) const XLM_ROBERTA_XL: Keys = Keys {
    vocabulary: entry("vocab_size", 250_880),
    hidden: entry("hidden_size", 2560),
    layers: entry("num_hidden_layers", 36),
    heads: entry("num_attention_heads", 32),
    intermediate: entry("intermediate_size", 10240),
    positions: entry("max_position_embeddings", 514),
    segments: Some(entry("type_vocab_size", 1)),
    norm_epsilon: Some(entry("layer_norm_eps", 1e-5)),
    ..XLM_ROBERTA
};

pub(super) const MPNET: Keys = Keys {
    vocabulary: entry("vocab_size", 30527),
    segments: None,
    classifier_dropout: Some(entry("hidden_dropout_prob", Some(0.1))),
    ..XLM_ROBERTA
};

pub(super) const REMBERT: Keys = Keys {
    vocabulary: entry("vocab_size", 250_300),
    hidden: entry("hidden_size", 1152),
    layers: entry("num_hidden_layers", 32),
    heads: entry("num_attention_heads", 18),
    intermediate: entry("intermediate_size", 4608),
    embedding: Some(entry("input_embedding_size", 256)),
    embedding_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    attention_dropout: entry("attention_probs_dropout_prob", 0.0),
    attention_output_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    feed_forward_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    classifier_dropout: Some(entry("classifier_dropout_prob", Some(0.1))),
    ..BERT
};

/// Those of DeBERTa v2 and v3; `pooler_dropout` and `cls_dropout` are for whole sentences.
pub(super) const DEBERTA_V2: Keys = Keys {
    vocabulary: entry("vocab_size", 128_100),
    hidden: entry("hidden_size", 1536),
    layers: entry("num_hidden_layers", 24),
    heads: entry("num_attention_heads", 24),
    intermediate: entry("intermediate_size", 6144),
    segments: Some(entry("type_vocab_size", 0)),
    embedding: None,
    norm_epsilon: Some(entry("layer_norm_eps", 1e-7)),
    classifier_dropout: Some(entry("hidden_dropout_prob", Some(0.1))),
    ..BERT
};

pub(super) const EUROBERT: Keys = Keys {
    vocabulary: entry("vocab_size", 128_256),
    key_heads: Some("num_key_value_heads"),
    positions: entry("max_position_embeddings", 8192),
    segments: None,
    norm_epsilon: Some(entry("rms_norm_eps", 1e-5)),
    activation: entry("hidden_act", "silu"),
    embedding_dropout: None,
    attention_dropout: entry("attention_dropout", 0.0),
    attention_output_dropout: None,
    feed_forward_dropout: None,
    classifier_dropout: None,
    padding: entry("pad_token_id", 128_001),
    ..BERT
};

pub(super) const GTE: Keys = Keys {
    vocabulary: entry("vocab_size", 250_048),
    positions: entry("max_position_embeddings", 8192),
    segments: Some(entry("type_vocab_size", 1)),
    attention_dropout: entry("attention_probs_dropout_prob", 0.0),
    gate_dropout: Some(entry("hidden_dropout_prob", 0.1)),
    padding: entry("pad_token_id", 1),
    ..BERT
};

pub(super) const NOMIC_BERT: Keys = Keys {
    vocabulary: entry("vocab_size", 30528),
    positions: entry("max_position_embeddings", 2048),
    activation: entry("hidden_act", "silu"),
    embedding_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    attention_dropout: entry("attention_probs_dropout_prob", 0.0),
    attention_output_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    feed_forward_dropout: Some(entry("hidden_dropout_prob", 0.0)),
    ..BERT
};

pub(super) const MODERNBERT: Keys = Keys {
    vocabulary: entry("vocab_size", 50368),
    layers: entry("num_hidden_layers", 22),
    intermediate: entry("intermediate_size", 1152),
    positions: entry("max_position_embeddings", 8192),
    segments: None,
    norm_epsilon: Some(entry("norm_eps", 1e-5)),
    activation: entry("hidden_activation", "gelu"),
    embedding_dropout: Some(entry("embedding_dropout", 0.0)),
    attention_dropout: entry("attention_dropout", 0.0),
    attention_output_dropout: Some(entry("attention_dropout", 0.0)),
    gate_dropout: Some(entry("mlp_dropout", 0.0)),
    feed_forward_dropout: None,
    classifier_dropout: Some(entry("classifier_dropout", Some(0.0))),
    padding: entry("pad_token_id", 50283),
    ..BERT
};
