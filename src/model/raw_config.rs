//! The keys of `config.json` by family: which are read, what they mean, and which values are not supported.

use serde_json::{Map, Value};

use super::attention::{Convolution, LayerAttention, Relative};
use super::config::{Activation, Biases, Config, HeadLayer, Initial, TRAINING_KEY};
use super::family::{Family, FirstPosition, Positions, Projection};
use super::keys::Entry;

/// The keys and values of config.json, and the family that defines them.
pub(super) struct RawConfig<'a> {
    pub family: &'static Family,
    pub keys: &'a Map<String, Value>,
}

/// Keys of which only one value is supported, which all usual checkpoints have.
const FIXED: &[(&str, &[&str])] = &[
    ("position_embedding_type", &["absolute", "sans_pos"]),
    ("is_decoder", &["false"]),
    ("inner_group_num", &["1"]),
    ("use_task_id", &["false"]),
];

impl RawConfig<'_> {
    /// What they say, sizes not yet checked.
    ///
    /// # Errors
    /// A value of another type, or one that is not supported.
    pub(super) fn config(&self) -> Result<Config, String> {
        let keys = &self.family.keys;
        self.check_fixed()?;
        let (hidden, embedding_dropout) = (self.size(keys.hidden)?, self.number(keys.embedding_dropout)?);
        let embedding = keys.embedding.map_or(Ok(hidden), |entry| self.size(entry))?;
        let projected = match self.family.projection {
            Projection::Never => false,
            Projection::BetweenWidths => embedding != hidden,
            Projection::Always => true,
        };
        let first_position = match self.family.first_position {
            FirstPosition::Zero => 0,
            FirstPosition::AfterPadding => self.size(keys.padding)?.saturating_add(1),
        };
        let layers = self.size(keys.layers)?;
        let optional = |entry: Option<Entry<f64>>| entry.map(|entry| self.number(entry)).transpose();
        Ok(Config {
            family: self.family,
            vocabulary: self.size(keys.vocabulary)?,
            hidden,
            layers,
            groups: keys.groups.map(|entry| self.size(entry)).transpose()?,
            heads: self.size(keys.heads)?,
            intermediate: self.size(keys.intermediate)?,
            positions: self.size(keys.positions)?,
            absolute: self.is_absolute()?,
            within_window: self.within_window()?,
            first_position,
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
            training: self.keys.get(TRAINING_KEY).and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn check_fixed(&self) -> Result<(), String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for (key, known) in FIXED {
            if let Some(found) = self.keys.get(*key).filter(|found| !found.is_null() && !known.contains(&&*text(found)))
            {
                return Err(format!("{key} = {found} is not supported, only {}", known[0]));
            }
        }
        Ok(())
    }

    /// Whether there is a table of absolute positions.
    fn is_absolute(&self) -> Result<bool, String> {
        match self.family.positions {
            Positions::Absolute => Ok(true),
            Positions::Rotary => Ok(false),
            Positions::Disentangled => self.flag("position_biased_input", true),
        }
    }

    /// Longformer's `attention_window`, a number or one for each layer: a token sees half of it on either side.
    fn within_window(&self) -> Result<Option<usize>, String> {
        if !self.family.within_window {
            return Ok(None);
        }
        let windows: Vec<&Value> = match self.keys.get("attention_window") {
            Some(Value::Array(windows)) => windows.iter().collect(),
            Some(window) => vec![window],
            None => return Ok(Some(512 / 2 + 1)),
        };
        let sizes: Option<Vec<u64>> = windows.iter().map(|window| window.as_u64().filter(|size| *size >= 2)).collect();
        let smallest = sizes.and_then(|sizes| sizes.into_iter().min());
        let found = || format!("attention_window = {} is no window size of at least 2", self.keys["attention_window"]);
        smallest.map(|size| Some(size as usize / 2 + 1)).ok_or_else(found)
    }

    fn layer_attention(&self, layers: usize) -> Result<Vec<LayerAttention>, String> {
        // a damaged number of layers is found later; this list must not be as long
        let layers = layers.min(super::config::MOST_LAYERS);
        match self.family.positions {
            Positions::Absolute | Positions::Disentangled => Ok(vec![LayerAttention::default(); layers]),
            Positions::Rotary => (0..layers).map(|layer| self.rotary(layer)).collect(),
        }
    }

    /// A layer of `ModernBertConfig`: newer files have `layer_types` and `rope_parameters` in place of
    /// `global_attn_every_n_layers`, `global_rope_theta` and `local_rope_theta`.
    fn rotary(&self, layer: usize) -> Result<LayerAttention, String> {
        const FULL: &str = "full_attention";
        let kind = match self.keys.get("layer_types").filter(|types| !types.is_null()) {
            Some(types) => types
                .get(layer)
                .and_then(Value::as_str)
                .filter(|kind| [FULL, "sliding_attention"].contains(kind))
                .ok_or_else(|| format!("layer_types has no full_attention or sliding_attention for layer {layer}"))?,
            None => {
                let every = self.size(Entry { key: "global_attn_every_n_layers", default: 3 })?.max(1);
                if layer.is_multiple_of(every) { FULL } else { "sliding_attention" }
            }
        };
        let full = kind == FULL;
        let parameters = self.keys.get("rope_parameters").and_then(|parameters| parameters.get(kind));
        let rope = parameters.or_else(|| self.keys.get("rope_scaling")).and_then(Value::as_object);
        let rope_type = rope.and_then(|rope| rope.get("rope_type")).and_then(Value::as_str).unwrap_or("default");
        if rope_type != "default" {
            return Err(format!("rope_type = \"{rope_type}\" is not supported, only default"));
        }
        let (key, default) = if full { ("global_rope_theta", 160_000.0) } else { ("local_rope_theta", 10_000.0) };
        let theta = match rope.and_then(|rope| rope.get("rope_theta")).filter(|theta| !theta.is_null()) {
            Some(theta) => theta.as_f64().ok_or_else(|| format!("rope_theta = {theta} is not a number; correct it"))?,
            None => self.number(Entry { key, default })?,
        };
        if !(theta.is_finite() && theta > 0.0) {
            return Err(format!("{key} = {theta} is not above 0; correct it"));
        }
        let local = self.size(Entry { key: "local_attention", default: 128 })?;
        Ok(LayerAttention { theta: Some(theta), reach: (!full).then_some(local / 2) })
    }

    /// The relative positions of DeBERTa, v2 and v3; other variants than the published ones are refused.
    fn relative(&self) -> Result<Option<Relative>, String> {
        if self.family.positions != Positions::Disentangled || !self.flag("relative_attention", false)? {
            return Ok(None);
        }
        let mut kinds: Vec<&str> = match self.keys.get("pos_att_type") {
            Some(Value::String(text)) => text.split('|').map(str::trim).collect(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        kinds.sort_unstable();
        if kinds != ["c2p", "p2c"] {
            return Err(format!("pos_att_type = {} is not supported, only c2p|p2c", kinds.join("|")));
        }
        if !self.flag("share_att_key", false)? {
            return Err("share_att_key = false is not supported, only true".to_owned());
        }
        let whole = |key| match self.keys.get(key) {
            Some(value) if value.as_i64() == Some(-1) => Ok(0),
            Some(Value::Null) => Ok(0),
            _ => self.size(Entry { key, default: 0 }),
        };
        let (buckets, farthest) = (whole("position_buckets")?, whole("max_relative_positions")?);
        let farthest = if farthest == 0 { self.size(self.family.keys.positions)? } else { farthest };
        let norms = self.keys.get("norm_rel_ebd").and_then(Value::as_str).unwrap_or("none").to_lowercase();
        let normed = norms.split('|').any(|norm| norm.trim() == "layer_norm");
        Relative::new(buckets, farthest, normed).map(Some)
    }

    /// The convolution beside the first layer of DeBERTa v2's largest models (`ConvLayer`).
    fn convolution(&self) -> Result<Option<Convolution>, String> {
        let kernel = Entry { key: "conv_kernel_size", default: 0 };
        if self.family.positions != Positions::Disentangled || self.size(kernel)? == 0 {
            return Ok(None);
        }
        let (width, groups) = (self.size(kernel)?, self.size(Entry { key: "conv_groups", default: 1 })?);
        if width.is_multiple_of(2) || width > 31 || groups != 1 {
            let found = format!("{} = {width}, conv_groups = {groups}", kernel.key);
            return Err(format!("{found} is not supported, only odd widths below 32 and one group"));
        }
        let activation = self.activation(Entry { key: "conv_act", default: "tanh" })?;
        Ok(Some(Convolution { width, activation }))
    }

    fn biases(&self) -> Result<Biases, String> {
        if !self.family.optional_biases {
            return Ok(Biases { attention: true, feed_forward: true, norms: true });
        }
        Ok(Biases {
            attention: self.flag("attention_bias", false)?,
            feed_forward: self.flag("mlp_bias", false)?,
            norms: self.flag("norm_bias", false)?,
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

    fn flag(&self, key: &str, default: bool) -> Result<bool, String> {
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| format!("{key} = {value} is neither true nor false")),
        }
    }

    fn size(&self, entry: Entry<usize>) -> Result<usize, String> {
        let Some(value) = self.keys.get(entry.key) else { return Ok(entry.default) };
        let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| format!("{} = {value} is not a whole number; correct it", entry.key))
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

    fn number(&self, entry: Entry<f64>) -> Result<f64, String> {
        let Some(value) = self.keys.get(entry.key) else { return Ok(entry.default) };
        value.as_f64().ok_or_else(|| format!("{} = {value} is not a number; correct it", entry.key))
    }

    fn classifier_dropout(&self, embedding_dropout: f64) -> Result<f64, String> {
        let entry = self.family.keys.classifier_dropout;
        match self.keys.get(entry.key) {
            Some(Value::Null) => Ok(embedding_dropout),
            _ => self.number(Entry { key: entry.key, default: entry.default.unwrap_or(embedding_dropout) }),
        }
    }

    fn activation(&self, Entry { key, default }: Entry<&'static str>) -> Result<Activation, String> {
        let name = self.keys.get(key).map_or(Some(default), Value::as_str);
        name.and_then(Activation::named).ok_or_else(|| {
            let found = self.keys.get(key).map_or_else(|| default.to_owned(), Value::to_string);
            format!("{key} = {found} is not supported, only gelu, gelu_new and relu")
        })
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
