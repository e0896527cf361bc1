//! A checkpoint's `config.json`: which keys are read for a family, what they mean, and which values are not supported.

use std::path::Path;

use serde_json::Value;

use super::biases::Biases;
use super::config::{Config, HeadLayer, Initial, TRAINING_KEY};
use super::error::ModelError;
use super::family::{Family, Positions, Projection};
use super::keys::Entry;
use super::raw_keys::RawConfig;
use crate::hub::is_lfs_pointer;

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

/// Keys of which only one value is supported, which all usual checkpoints have.
const FIXED: &[(&str, &[&str])] = &[
    ("position_embedding_type", &["absolute", "sans_pos"]),
    ("is_decoder", &["false"]),
    ("inner_group_num", &["1"]),
    ("use_task_id", &["false"]),
    ("use_bias", &["true"]),
    ("rescale_embeddings", &["false"]),
    ("qkv_proj_bias", &["false"]),
    ("mlp_fc1_bias", &["false"]),
    ("prenorm", &["false"]),
    ("rotary_emb_interleaved", &["false"]),
];

impl RawConfig<'_> {
    /// What they say, sizes not yet checked.
    ///
    /// # Errors
    /// A value of another type, or one that is not supported.
    pub(super) fn config(&self) -> Result<Config, String> {
        let keys = &self.family.keys;
        self.check_fixed()?;
        let optional = |entry: Option<Entry<f64>>| entry.map(|entry| self.number(entry)).transpose();
        let (hidden, embedding_dropout) = (self.size(keys.hidden)?, optional(keys.embedding_dropout)?);
        let embedding = keys.embedding.map_or(Ok(hidden), |entry| self.size(entry))?;
        let projected = match self.family.projection {
            Projection::Never => false,
            Projection::BetweenWidths => embedding != hidden,
            Projection::Always => true,
        };
        let (layers, heads) = (self.size(keys.layers)?, self.size(keys.heads)?);
        Ok(Config {
            family: self.family,
            vocabulary: self.size(keys.vocabulary)?,
            hidden,
            layers,
            groups: keys.groups.map(|entry| self.size(entry)).transpose()?,
            heads,
            key_heads: self.key_heads(heads)?,
            intermediate: self.size(keys.intermediate)?,
            positions: self.size(keys.positions)?,
            absolute: self.is_absolute()?,
            within_window: self.within_window()?,
            first_position: self.first_position()?,
            padding: self.padding()?,
            projected_from: projected.then_some(embedding),
            segments: keys.segments.map_or(Ok(0), |entry| self.size(entry))?,
            norm_epsilon: keys.norm_epsilon.map_or(Ok(1e-12), |entry| self.number(entry))?,
            activation: self.activation(keys.activation)?,
            attention: self.layer_attention(layers)?,
            relative: self.relative()?,
            convolution: self.convolution()?,
            biases: self.biases()?,
            head_layer: self.head_layer()?,
            embedding_dropout,
            attention_dropout: self.number(keys.attention_dropout)?,
            attention_output_dropout: optional(keys.attention_output_dropout)?,
            gate_dropout: optional(keys.gate_dropout)?,
            feed_forward_dropout: optional(keys.feed_forward_dropout)?,
            classifier_dropout: self.classifier_dropout(embedding_dropout)?,
            initial: self.initial(hidden)?,
            initializer_range: self.number(keys.initializer_range)?,
            class_names: self.class_names()?,
            crf: false,
            adapter: None,
            training: self.keys.get(TRAINING_KEY).and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn check_fixed(&self) -> Result<(), String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for (key, known) in FIXED {
            // a name for what a family with rotary positions always has
            if *key == "position_embedding_type" && matches!(self.family.positions, Positions::Rotary(_)) {
                continue;
            }
            if let Some(found) = self.keys.get(*key).filter(|found| !found.is_null() && !known.contains(&&*text(found)))
            {
                return Err(format!("{key} = {found} is not supported, only {}", known[0]));
            }
        }
        Ok(())
    }

    /// The heads of keys and values, if there are fewer than of queries.
    fn key_heads(&self, heads: usize) -> Result<Option<usize>, String> {
        let Some(key) =
            self.family.keys.key_heads.filter(|key| self.keys.get(*key).is_some_and(|value| !value.is_null()))
        else {
            return Ok(None);
        };
        Ok(Some(self.size(Entry { key, default: heads })?).filter(|shared| *shared != heads))
    }

    fn biases(&self) -> Result<Biases, String> {
        if let Some(biases) = self.family.biases {
            return Ok(biases);
        }
        let feed_forward = self.flag("mlp_bias", false)?;
        Ok(Biases {
            attention: self.flag("attention_bias", false)?,
            up: feed_forward,
            down: feed_forward,
            norms: !self.family.root_mean_square && self.flag("norm_bias", false)?,
        })
    }

    /// `ModernBertPredictionHead`
    fn head_layer(&self) -> Result<Option<HeadLayer>, String> {
        if !self.family.has_head_layer() {
            return Ok(None);
        }
        let activation = self.activation(Entry { key: "classifier_activation", default: "gelu" })?;
        Ok(Some(HeadLayer { activation, bias: self.flag("classifier_bias", false)? }))
    }

    /// How a new classifier is drawn: see [`Initial`].
    fn initial(&self, hidden: usize) -> Result<Initial, String> {
        let deviation = self.number(self.family.keys.initializer_range)?;
        if !self.family.truncated_initials {
            return Ok(Initial { deviation, cutoff: None });
        }
        let cutoff = match self.keys.get("initializer_cutoff_factor") {
            Some(Value::Null) => 3.0,
            _ => self.number(Entry { key: "initializer_cutoff_factor", default: 2.0 })?,
        };
        if cutoff.is_nan() || cutoff <= 0.0 {
            return Err(format!("initializer_cutoff_factor = {cutoff} is not above 0; correct it"));
        }
        Ok(Initial { deviation: 1.0 / (hidden.max(1) as f64).sqrt(), cutoff: Some(cutoff) })
    }

    /// `padding_idx` of `torch.nn.Embedding`; null is none.
    fn padding(&self) -> Result<Option<u32>, String> {
        match self.keys.get(self.family.keys.padding.key) {
            Some(Value::Null) => Ok(None),
            // some checkpoints have -1 for none
            Some(value) if value.as_i64() == Some(-1) => Ok(None),
            _ => Ok(u32::try_from(self.size(self.family.keys.padding)?).ok()),
        }
    }

    fn classifier_dropout(&self, embedding_dropout: Option<f64>) -> Result<Option<f64>, String> {
        let Some(Entry { key, default }) = self.family.keys.classifier_dropout else { return Ok(None) };
        let instead = embedding_dropout.unwrap_or_default();
        match self.keys.get(key) {
            Some(Value::Null) => Ok(Some(instead)),
            _ => self.number(Entry { key, default: default.unwrap_or(instead) }).map(Some),
        }
    }

    fn class_names(&self) -> Result<Vec<String>, String> {
        let names = match self.keys.get("id2label") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(names) => names.as_object().ok_or("id2label is not an object of names by number")?,
        };
        if !names.values().all(Value::is_string) {
            return Err("id2label has a name that is not a string".to_owned());
        }
        Ok((0..names.len()).map_while(|i| names.get(&i.to_string())?.as_str().map(str::to_owned)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::activation::Activation;
    use super::*;

    const BERT: &str = r#"{"model_type": "bert", "vocab_size": 10, "hidden_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 32}"#;

    fn said(text: &str) -> String {
        Config::parse(text, Path::new("config.json")).expect_err("a bad configuration").to_string()
    }

    #[test]
    fn keys_left_out_take_transformers_defaults() {
        let config = Config::parse(BERT, Path::new("config.json")).expect("valid");
        assert_eq!((config.segments, config.norm_epsilon, config.embedding_dropout), (2, 1e-12, Some(0.1)));
        assert_eq!(config.classifier_dropout, config.embedding_dropout);
        assert_eq!(config.longest(), 32);
    }

    /// `BERT` with `more` keys.
    fn with(more: &str) -> String {
        BERT.replace("\"vocab_size\": 10", &format!("\"vocab_size\": 10, {more}"))
    }

    #[test]
    fn what_the_engine_lacks_is_refused_by_name() {
        insta::assert_snapshot!(said(&BERT.replace("bert", "t5")), @r#"config.json: architecture "t5" is not supported: its attention is not scaled, and dropout follows its last norm; choose a checkpoint of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, big_bird, megatron-bert, xlm-roberta-xl, mpnet, deberta-v2, modernbert, eurobert, gte, nomic_bert"#);
        insta::assert_snapshot!(said(&BERT.replace("bert", "wombat")), @r#"config.json: architecture "wombat" is not supported; choose a checkpoint of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, big_bird, megatron-bert, xlm-roberta-xl, mpnet, deberta-v2, modernbert, eurobert, gte, nomic_bert"#);
        insta::assert_snapshot!(said("{}"), @"config.json: `model_type` is missing; set it to the checkpoint's architecture, one of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, big_bird, megatron-bert, xlm-roberta-xl, mpnet, deberta-v2, modernbert, eurobert, gte, nomic_bert");
        insta::assert_snapshot!(said(&with("\"hidden_act\": \"mish\"")), @r#"config.json: hidden_act = "mish" is not supported, only gelu, gelu_new, relu and silu"#);
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
        insta::assert_snapshot!(deberta("\"conv_kernel_size\": 3"), @"config.json: conv_act = tanh is not supported, only gelu, gelu_new, relu and silu");
        insta::assert_snapshot!(said(&BERT.replace("bert", "new")), @r#"config.json: architecture "new" is not supported: its code is part of its repository; transformers has it as `gte`, in repositories of alibaba-nlp-community; choose a checkpoint of: bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, rembert, ernie, data2vec-text, luke, longformer, big_bird, megatron-bert, xlm-roberta-xl, mpnet, deberta-v2, modernbert, eurobert, gte, nomic_bert"#);
        let euro = |more: &str| said(&with(more).replace("\"bert\"", "\"eurobert\""));
        insta::assert_snapshot!(euro("\"num_key_value_heads\": 0"), @"config.json: num_attention_heads = 2 is not a multiple of num_key_value_heads = 0");
        insta::assert_snapshot!(euro("\"head_dim\": 8"), @"config.json: head_dim = 8 is not supported, only hidden_size / num_attention_heads");
        insta::assert_snapshot!(euro("\"rope_scaling\": {\"type\": \"ntk\", \"factor\": 8.0}"), @r#"config.json: rope_type = "ntk" is not supported, only default"#);
        let bird = |more: &str| said(&with(more).replace("\"bert\"", "\"big_bird\""));
        insta::assert_snapshot!(bird("\"use_bias\": false"), @"config.json: use_bias = false is not supported, only true");
        insta::assert_snapshot!(bird("\"block_size\": 0"), @"config.json: block_size = 0 and num_random_blocks = 3 are no blocks");
        let mpnet = |more: &str| said(&with(more).replace("\"bert\"", "\"mpnet\""));
        insta::assert_snapshot!(mpnet("\"relative_attention_num_buckets\": 8"), @"config.json: relative_attention_num_buckets = 8 is not supported, only 32");
        let nomic = |more: &str| said(&with(more).replace("\"bert\"", "\"nomic_bert\""));
        insta::assert_snapshot!(nomic("\"qkv_proj_bias\": true"), @"config.json: qkv_proj_bias = true is not supported, only false");
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
        assert_eq!(["silu", "swish"].map(parsed), [Activation::Silu; 2]);
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
            let place = |dropout: Option<f64>| dropout.map_or("-".to_owned(), |p| format!("{p:?}"));
            let dropouts = [config.embedding_dropout, Some(config.attention_dropout), config.classifier_dropout];
            let dropouts = dropouts.map(place).join(", ");
            format!("{name}: {sizes:?} {activation:?} [{dropouts}], longest {}", config.longest())
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
        big_bird: [50358, 768, 12, 12, 3072, 4096, 2, 768] GeluTanh [0.1, 0.1, 0.1], longest 704
        megatron-bert: [29056, 1024, 24, 16, 4096, 512, 2, 1024] Gelu [0.1, 0.1, 0.1], longest 512
        xlm-roberta-xl: [250880, 2560, 36, 32, 10240, 514, 1, 2560] Gelu [0.1, 0.1, 0.1], longest 512
        mpnet: [30527, 768, 12, 12, 3072, 512, 0, 768] Gelu [0.1, 0.1, 0.1], longest 510
        deberta-v2: [128100, 1536, 24, 24, 6144, 512, 0, 1536] Gelu [0.1, 0.1, 0.1], longest 512
        modernbert: [50368, 768, 22, 12, 1152, 8192, 0, 768] Gelu [0.0, 0.0, 0.0], longest 8192
        eurobert: [128256, 768, 12, 12, 3072, 8192, 0, 768] Silu [-, 0.0, -], longest 8192
        gte: [250048, 768, 12, 12, 3072, 8192, 1, 768] Gelu [0.1, 0.0, 0.1], longest 8192
        nomic_bert: [30528, 768, 12, 12, 3072, 2048, 2, 768] Silu [0.0, 0.0, 0.0], longest 2048
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
