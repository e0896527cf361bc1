//! The tokenizer classes of transformers whose settings override parts of a `tokenizer.json`, and their defaults.

use serde_json::{Map, Value};

/// A group of transformers' tokenizer classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// WordPiece
    Bert,
    /// Byte-level BPE
    Roberta,
    /// Unigram with Metaspace: XLM-RoBERTa, CamemBERT.
    Metaspace,
    /// `TokenizersBackend` (formerly `PreTrainedTokenizerFast`) and unknown classes, which use `tokenizer.json` as it is.
    General,
}

impl Class {
    /// By `tokenizer_class`, else by `model_type`; but [`Self::General`] if the file's model is of another kind than the
    /// class's. `model`: the kind, such as `WordPiece`.
    pub(super) fn of(settings: &Map<String, Value>, config: &Map<String, Value>, model: Option<&str>) -> Self {
        let text = |map: &Map<String, Value>, key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
        let named = text(settings, "tokenizer_class").or_else(|| text(config, "tokenizer_class"));
        let class = match (named.as_deref().map(|name| name.trim_end_matches("Fast")), text(config, "model_type")) {
            (Some("BertTokenizer" | "DistilBertTokenizer" | "ElectraTokenizer"), _) => Self::Bert,
            (Some("RobertaTokenizer"), _) => Self::Roberta,
            (Some("XLMRobertaTokenizer" | "CamembertTokenizer"), _) => Self::Metaspace,
            (Some(_), _) => Self::General,
            (None, Some(kind)) => match kind.as_str() {
                "bert" | "distilbert" | "electra" => Self::Bert,
                "roberta" => Self::Roberta,
                "xlm-roberta" | "camembert" => Self::Metaspace,
                _ => Self::General,
            },
            (None, None) => Self::General,
        };
        let made_for = match class {
            Self::Bert => "WordPiece",
            Self::Roberta => "BPE",
            Self::Metaspace => "Unigram",
            Self::General => return class,
        };
        if model.is_none_or(|model| model == made_for) { class } else { Self::General }
    }

    /// Default names of the tokens that begin and end a sentence.
    pub(super) fn boundaries(self) -> [&'static str; 2] {
        if self == Self::Bert { ["[CLS]", "[SEP]"] } else { ["<s>", "</s>"] }
    }

    /// The settings' keys for these.
    pub(super) fn boundary_keys(self) -> [&'static str; 2] {
        if self == Self::Metaspace { ["bos_token", "eos_token"] } else { ["cls_token", "sep_token"] }
    }

    /// The keys of the special tokens, with their default names.
    pub(super) fn special(self) -> [(&'static str, &'static str); 5] {
        let [begin, end] = self.boundaries();
        let [unknown, padding, mask] =
            if self == Self::Bert { ["[UNK]", "[PAD]", "[MASK]"] } else { ["<unk>", "<pad>", "<mask>"] };
        [("cls_token", begin), ("sep_token", end), ("unk_token", unknown), ("pad_token", padding), ("mask_token", mask)]
    }
}
