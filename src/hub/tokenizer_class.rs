//! The tokenizer classes of transformers: which one a checkpoint's files name, and, for a `tokenizer.json`, whose settings
//! override parts of it, with their defaults.

use serde_json::{Map, Value};

/// A tokenizer class of transformers 5, under the name of the class that does the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenizerClass {
    /// `BertTokenizer`, also under other names: WordPiece.
    Bert,
    /// `MPNetTokenizer`: WordPiece between `<s>` and `</s>`.
    Mpnet,
    /// `RobertaTokenizer`, also under other names: byte-level BPE.
    Roberta,
    /// `LukeTokenizer`: RoBERTa's with tokens for entities.
    Luke,
    /// `DebertaTokenizer`: byte-level BPE between `[CLS]` and `[SEP]`.
    Deberta,
    /// `HerbertTokenizer`: BPE of words that end in `</w>`.
    Herbert,
    /// `XLMRobertaTokenizer`: SentencePiece's numbers and one more.
    XlmRoberta,
    /// `CamembertTokenizer`
    Camembert,
    /// `DebertaV2Tokenizer`
    DebertaV2,
    /// `AlbertTokenizer`
    Albert,
    /// `T5Tokenizer`
    T5,
    /// `RemBertTokenizer`
    RemBert,
    /// `BigBirdTokenizer`
    BigBird,
    /// `XLNetTokenizer`
    XlNet,
    /// `TokenizersBackend` (formerly `PreTrainedTokenizerFast`), which uses files as they are; also where no class is named.
    General,
    /// A class that is none of these, by its name.
    Other(String),
}

/// Model types whose `tokenizer_class` transformers overrules (`MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS`), encoders only.
const OVERRULED: [&str; 2] = ["modernbert", "camembertv2-base"];

impl TokenizerClass {
    /// The class that `AutoTokenizer.from_pretrained` takes: `tokenizer_class` of tokenizer_config.json, else of
    /// config.json, else the one of `model_type`.
    pub fn of(settings: &Map<String, Value>, config: &Map<String, Value>) -> Self {
        let text = |map: &Map<String, Value>, key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
        let named = text(settings, "tokenizer_class").or_else(|| text(config, "tokenizer_class"));
        let kind = text(config, "model_type");
        let of_kind = kind.as_deref().and_then(Self::of_model_type);
        let overruled =
            [kind, text(config, "model_name")].iter().flatten().any(|name| OVERRULED.contains(&name.as_str()));
        match (named, of_kind) {
            (Some(_), Some(Self::General)) => Self::General,
            (Some(_), Some(class)) if overruled => class,
            (Some(name), _) => Self::of_name(&name),
            (None, class) => class.unwrap_or(Self::General),
        }
    }

    /// By `model_type` (`TOKENIZER_MAPPING_NAMES`); none for a type that is not an encoder here.
    fn of_model_type(kind: &str) -> Option<Self> {
        Some(match kind {
            "bert" | "distilbert" | "electra" | "ernie" | "nomic_bert" | "convbert" | "squeezebert"
            | "megatron-bert" | "nezha" | "realm" | "layoutlm" => Self::Bert,
            "mpnet" => Self::Mpnet,
            "roberta" | "longformer" | "data2vec-text" | "roberta-prelayernorm" | "ibert" | "lilt" | "mega" => {
                Self::Roberta
            }
            "luke" => Self::Luke,
            "deberta" => Self::Deberta,
            "herbert" => Self::Herbert,
            "xlm-roberta" | "gte" | "xmod" | "jina_embeddings_v3" => Self::XlmRoberta,
            "camembert" => Self::Camembert,
            "deberta-v2" => Self::DebertaV2,
            "albert" | "yoso" => Self::Albert,
            "t5" | "mt5" | "switch_transformers" => Self::T5,
            "rembert" => Self::RemBert,
            "big_bird" => Self::BigBird,
            "xlnet" => Self::XlNet,
            "modernbert" | "umt5" | "xlm-roberta-xl" | "nystromformer" => Self::General,
            _ => return None,
        })
    }

    /// By the name of a class, with or without `Fast` at its end.
    fn of_name(name: &str) -> Self {
        match name.strip_suffix("Fast").unwrap_or(name) {
            "BertTokenizer"
            | "DistilBertTokenizer"
            | "ElectraTokenizer"
            | "SqueezeBertTokenizer"
            | "LxmertTokenizer"
            | "MobileBertTokenizer" => Self::Bert,
            "MPNetTokenizer" => Self::Mpnet,
            "RobertaTokenizer" | "LongformerTokenizer" | "BartTokenizer" | "LEDTokenizer" => Self::Roberta,
            "LukeTokenizer" => Self::Luke,
            "DebertaTokenizer" => Self::Deberta,
            "HerbertTokenizer" => Self::Herbert,
            "XLMRobertaTokenizer" => Self::XlmRoberta,
            "CamembertTokenizer" => Self::Camembert,
            "DebertaV2Tokenizer" => Self::DebertaV2,
            "AlbertTokenizer" => Self::Albert,
            "T5Tokenizer" => Self::T5,
            "RemBertTokenizer" => Self::RemBert,
            "BigBirdTokenizer" => Self::BigBird,
            "XLNetTokenizer" => Self::XlNet,
            // those without a constructor of their own read tokenizer.json as it is
            "PreTrainedTokenizer" | "TokenizersBackend" | "ConvBertTokenizer" | "FNetTokenizer" => Self::General,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Its name in transformers.
    pub fn name(&self) -> &str {
        match self {
            Self::Bert => "BertTokenizer",
            Self::Mpnet => "MPNetTokenizer",
            Self::Roberta => "RobertaTokenizer",
            Self::Luke => "LukeTokenizer",
            Self::Deberta => "DebertaTokenizer",
            Self::Herbert => "HerbertTokenizer",
            Self::XlmRoberta => "XLMRobertaTokenizer",
            Self::Camembert => "CamembertTokenizer",
            Self::DebertaV2 => "DebertaV2Tokenizer",
            Self::Albert => "AlbertTokenizer",
            Self::T5 => "T5Tokenizer",
            Self::RemBert => "RemBertTokenizer",
            Self::BigBird => "BigBirdTokenizer",
            Self::XlNet => "XLNetTokenizer",
            Self::General => "TokenizersBackend",
            Self::Other(name) => name,
        }
    }
}

/// A group of classes whose settings override parts of a `tokenizer.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// WordPiece
    Bert,
    /// Byte-level BPE
    Roberta,
    /// Unigram with Metaspace: XLM-RoBERTa, CamemBERT.
    Metaspace,
    /// The other classes: `tokenizer.json` stays as it is.
    General,
}

impl Group {
    /// That of a class; but [`Self::General`] if the file's model is of another kind than the class's. `model`: the kind,
    /// such as `WordPiece`.
    pub(super) fn of(class: &TokenizerClass, model: Option<&str>) -> Self {
        let (group, made_for) = match class {
            TokenizerClass::Bert => (Self::Bert, "WordPiece"),
            TokenizerClass::Roberta => (Self::Roberta, "BPE"),
            TokenizerClass::XlmRoberta | TokenizerClass::Camembert => (Self::Metaspace, "Unigram"),
            _ => return Self::General,
        };
        if model.is_none_or(|model| model == made_for) { group } else { Self::General }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    /// `AutoTokenizer.from_pretrained(FOLDER).__class__.__name__`, transformers 5.24.
    #[test]
    fn the_class_is_the_one_that_autotokenizer_takes() {
        let class = |settings: &str, config: &str| {
            let read = |text: &str| serde_json::from_str(text).unwrap();
            TokenizerClass::of(&read(settings), &read(config)).name().to_owned()
        };
        let taken = |named: &str, kind: &str| {
            let named =
                if named.is_empty() { "{}".to_owned() } else { format!("{{\"tokenizer_class\": \"{named}\"}}") };
            class(&named, &format!("{{\"model_type\": \"{kind}\"}}"))
        };
        for (named, kind, expected) in [
            ("", "bert", "BertTokenizer"),
            ("", "distilbert", "BertTokenizer"),
            ("", "longformer", "RobertaTokenizer"),
            ("", "deberta-v2", "DebertaV2Tokenizer"),
            ("", "modernbert", "TokenizersBackend"),
            ("", "nobody", "TokenizersBackend"),
            ("BertTokenizer", "roberta", "BertTokenizer"),
            ("XLMRobertaTokenizerFast", "camembert", "XLMRobertaTokenizer"),
            ("XLMRobertaTokenizer", "bert", "XLMRobertaTokenizer"),
            ("HerbertTokenizerFast", "bert", "HerbertTokenizer"),
            ("BertTokenizer", "modernbert", "TokenizersBackend"),
            ("PreTrainedTokenizerFast", "bert", "TokenizersBackend"),
            ("MLukeTokenizer", "luke", "MLukeTokenizer"),
        ] {
            assert_eq!(taken(named, kind), expected, "{named} {kind}");
        }
        let config =
            r#"{"model_type": "roberta", "model_name": "camembertv2-base", "tokenizer_class": "BertTokenizer"}"#;
        assert_eq!(class("{}", config), "RobertaTokenizer");
        assert_eq!(
            class("{}", r#"{"model_type": "bert", "tokenizer_class": "XLMRobertaTokenizer"}"#),
            "XLMRobertaTokenizer"
        );
    }
}
