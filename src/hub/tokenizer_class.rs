//! The classes of transformers' tokenizers whose settings lie over a `tokenizer.json`, and what each has by default. Must not
//! know where the settings stand.

use serde_json::{Map, Value};

/// The tokenizer's kind, after transformers' classes; all others take `tokenizer.json` as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// WordPiece
    Bert,
    /// Byte-level BPE
    Roberta,
    /// Unigram behind Metaspace: XLM-RoBERTa, CamemBERT.
    Metaspace,
    /// `TokenizersBackend`, once `PreTrainedTokenizerFast`, and what is not known here.
    General,
}

impl Class {
    /// `tokenizer_class` counts before `model_type`, but a class made for other pieces than the file's counts for nothing.
    pub(super) fn of(settings: &Map<String, Value>, config: &Map<String, Value>, pieces: Option<&str>) -> Self {
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
        if pieces.is_none_or(|pieces| pieces == made_for) { class } else { Self::General }
    }

    /// Names of the pieces that begin and end a sentence unless settings say otherwise.
    pub(super) fn around(self) -> [&'static str; 2] {
        if self == Self::Bert { ["[CLS]", "[SEP]"] } else { ["<s>", "</s>"] }
    }

    /// The keys under which settings name these.
    pub(super) fn keys_around(self) -> [&'static str; 2] {
        if self == Self::Metaspace { ["bos_token", "eos_token"] } else { ["cls_token", "sep_token"] }
    }

    /// The special pieces by their keys, with their names unless settings say otherwise.
    pub(super) fn special(self) -> [(&'static str, &'static str); 5] {
        let [begin, end] = self.around();
        let [unknown, padding, mask] =
            if self == Self::Bert { ["[UNK]", "[PAD]", "[MASK]"] } else { ["<unk>", "<pad>", "<mask>"] };
        [("cls_token", begin), ("sep_token", end), ("unk_token", unknown), ("pad_token", padding), ("mask_token", mask)]
    }
}
