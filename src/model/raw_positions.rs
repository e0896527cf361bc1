//! What a checkpoint's `config.json` says of positions: tables, rotations, how far attention sees, and the convolution.

use serde_json::{Map, Value};

use super::attention::{Convolution, LayerAttention, Relative};
use super::config::MOST_LAYERS;
use super::family::{FirstPosition, Positions, Whole};
use super::keys::Entry;
use super::raw_keys::RawConfig;

impl RawConfig<'_> {
    /// Whether there is a table of absolute positions.
    pub(super) fn is_absolute(&self) -> Result<bool, String> {
        match self.family.positions {
            Positions::Absolute | Positions::Biased => Ok(true),
            Positions::Rotary(_) | Positions::RotaryByLayer => Ok(false),
            Positions::Disentangled => self.flag("position_biased_input", true),
        }
    }

    /// The longest sentence that is attended to whole; none: any.
    pub(super) fn within_window(&self) -> Result<Option<usize>, String> {
        match self.family.whole {
            Whole::Always => Ok(None),
            Whole::WithinWindow => self.window(),
            Whole::WithinBlocks => self.blocks(),
        }
    }

    /// BigBird attends to all tokens if `attention_type` says so, and where there are at most as many as `BigBirdModel` has
    /// blocks of them for.
    fn blocks(&self) -> Result<Option<usize>, String> {
        if self.keys.get("attention_type").and_then(Value::as_str) == Some("original_full") {
            return Ok(None);
        }
        let block = self.size(Entry { key: "block_size", default: 64 })?;
        let random = self.size(Entry { key: "num_random_blocks", default: 3 })?;
        let tokens = random.checked_mul(2).and_then(|blocks| blocks.checked_add(5)?.checked_mul(block));
        let tokens = tokens.filter(|tokens| *tokens > 0);
        tokens.map(Some).ok_or_else(|| format!("block_size = {block} and num_random_blocks = {random} are no blocks"))
    }

    /// Longformer's `attention_window`, a number or one for each layer: a token sees half of it on either side.
    fn window(&self) -> Result<Option<usize>, String> {
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

    pub(super) fn layer_attention(&self, layers: usize) -> Result<Vec<LayerAttention>, String> {
        // a damaged number of layers is found later; this list must not be as long
        let layers = layers.min(MOST_LAYERS);
        match self.family.positions {
            Positions::Absolute | Positions::Biased | Positions::Disentangled => {
                Ok(vec![LayerAttention::default(); layers])
            }
            Positions::Rotary(base) => Ok(vec![self.rotary(base)?; layers]),
            Positions::RotaryByLayer => (0..layers).map(|layer| self.rotary_by_layer(layer)).collect(),
        }
    }

    /// A layer of `ModernBertConfig`: newer files have `layer_types` and `rope_parameters` in place of
    /// `global_attn_every_n_layers`, `global_rope_theta` and `local_rope_theta`.
    fn rotary_by_layer(&self, layer: usize) -> Result<LayerAttention, String> {
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
        let (key, default) = if full { ("global_rope_theta", 160_000.0) } else { ("local_rope_theta", 10_000.0) };
        let theta = self.base(rope, Entry { key, default })?;
        let local = self.size(Entry { key: "local_attention", default: 128 })?;
        Ok(LayerAttention { theta: Some(theta), reach: (!full).then_some(local / 2) })
    }

    /// The layers of a family that rotates alike in all of them (`RotaryEmbeddingConfigMixin`): `rope_scaling` goes before
    /// `rope_parameters`, and a base there before `rope_theta`.
    fn rotary(&self, base: u32) -> Result<LayerAttention, String> {
        let (hidden, heads) = (self.size(self.family.keys.hidden)?, self.size(self.family.keys.heads)?);
        if let Some(width) = self.keys.get("head_dim").filter(|width| !width.is_null())
            && width.as_u64().and_then(|width| width.checked_mul(heads as u64)) != Some(hidden as u64)
        {
            let keys = [self.family.keys.hidden.key, self.family.keys.heads.key].join(" / ");
            return Err(format!("head_dim = {width} is not supported, only {keys}"));
        }
        let object = |key: &str| self.keys.get(key).and_then(Value::as_object).filter(|rope| !rope.is_empty());
        let rope = object("rope_scaling").or_else(|| object("rope_parameters"));
        let theta = self.base(rope, Entry { key: "rope_theta", default: f64::from(base) })?;
        Ok(LayerAttention { theta: Some(theta), reach: None })
    }

    /// The base of rotary positions: that of `rope`, else of `entry`.
    fn base(&self, rope: Option<&Map<String, Value>>, entry: Entry<f64>) -> Result<f64, String> {
        let named = ["rope_type", "type"].iter().find_map(|key| rope?.get(*key)?.as_str()).unwrap_or("default");
        if named != "default" {
            return Err(format!("rope_type = \"{named}\" is not supported, only default"));
        }
        let theta = match rope.and_then(|rope| rope.get("rope_theta")).filter(|theta| !theta.is_null()) {
            Some(theta) => theta.as_f64().ok_or_else(|| format!("rope_theta = {theta} is not a number; correct it"))?,
            None => self.number(entry)?,
        };
        if !(theta.is_finite() && theta > 0.0) {
            return Err(format!("{} = {theta} is not above 0; correct it", entry.key));
        }
        Ok(theta)
    }

    /// The relative positions of MPNet, or of DeBERTa, v2 and v3; other variants than the published ones are refused.
    pub(super) fn relative(&self) -> Result<Option<Relative>, String> {
        if self.family.positions == Positions::Biased {
            let rows = self.size(Entry { key: "relative_attention_num_buckets", default: 32 })?;
            return Relative::bias(rows).map(Some);
        }
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
    pub(super) fn convolution(&self) -> Result<Option<Convolution>, String> {
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

    /// Position of a sentence's first token.
    pub(super) fn first_position(&self) -> Result<usize, String> {
        match self.family.first_position {
            FirstPosition::Zero => Ok(0),
            FirstPosition::AfterPadding => Ok(self.size(self.family.keys.padding)?.saturating_add(1)),
        }
    }
}
