//! What distinguishes the BERT-like architectures, as data: keys of config.json, names of tensors, positions, the parts
//! that only some have. Knows no values of a checkpoint.

use super::keys::{self, Keys};
use super::names;
use super::role::Role;

/// One architecture.
#[derive(Debug, PartialEq)]
pub struct Family {
    /// `model_type` in config.json.
    pub name: &'static str,
    /// Prefixes that the encoder's tensors may carry in a checkpoint, as saved by transformers first.
    pub prefixes: &'static [&'static str],
    /// Position of the first piece.
    pub(super) first_position: FirstPosition,
    /// Whether a linear layer leads from embeddings to encoder.
    pub(super) projection: Projection,
    /// Whether the attention output is dropped from.
    pub drops_attention_output: bool,
    /// Whether the feed-forward output is dropped from.
    pub drops_feed_forward: bool,
    /// Keys of config.json, with defaults.
    pub(super) keys: Keys,
    /// Tensor name of each parameter, without prefix; `{}` stands for the layer, or its group.
    names: &'static [&'static [(Role, &'static str)]],
}

/// Row of the position table for a sentence's first piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstPosition {
    /// The first.
    Zero,
    /// The one after the padding piece's id, as fairseq counts.
    AfterPadding,
}

/// A linear layer between embeddings and encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Projection {
    /// None: embeddings are as wide as the encoder.
    Never,
    /// Where embeddings are of another width.
    BetweenWidths,
    /// Always.
    Always,
}

/// Devlin et al. 2019, as transformers' BertForTokenClassification.
const BERT: Family = Family {
    name: "bert",
    prefixes: &["bert.", ""],
    first_position: FirstPosition::Zero,
    projection: Projection::Never,
    drops_attention_output: true,
    drops_feed_forward: true,
    keys: keys::BERT,
    names: &[names::EMBEDDINGS, names::SEGMENTS, names::BERT_LAYER, names::CLASSIFIER],
};

/// Liu et al. 2019.
const ROBERTA: Family = Family {
    name: "roberta",
    prefixes: &["roberta.", ""],
    first_position: FirstPosition::AfterPadding,
    keys: keys::ROBERTA,
    ..BERT
};

static FAMILIES: [Family; 7] = [
    BERT,
    ROBERTA,
    // Conneau et al. 2020
    Family { name: "xlm-roberta", keys: keys::XLM_ROBERTA, ..ROBERTA },
    // Martin et al. 2020
    Family { name: "camembert", keys: keys::XLM_ROBERTA, ..ROBERTA },
    // Sanh et al. 2019
    Family {
        name: "distilbert",
        prefixes: &["distilbert.", ""],
        drops_attention_output: false,
        keys: keys::DISTILBERT,
        names: &[names::EMBEDDINGS, names::DISTILBERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Clark et al. 2020
    Family {
        name: "electra",
        prefixes: &["electra.", ""],
        projection: Projection::BetweenWidths,
        keys: keys::ELECTRA,
        names: &[names::EMBEDDINGS, names::SEGMENTS, names::ELECTRA_PROJECTION, names::BERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Lan et al. 2020: layers share their parameters by groups
    Family {
        name: "albert",
        prefixes: &["albert.", ""],
        projection: Projection::Always,
        drops_feed_forward: false,
        keys: keys::ALBERT,
        names: &[names::EMBEDDINGS, names::SEGMENTS, names::ALBERT_PROJECTION, names::ALBERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
];

/// Architectures that users may have in hand, and what they have that the engine has not.
const OTHERS: &[(&str, &str)] = &[
    ("deberta", "it attends by relative positions"),
    ("deberta-v2", "it attends by relative positions"),
    ("modernbert", "it turns queries and keys by their positions and attends locally"),
    ("eurobert", "it turns queries and keys by their positions"),
    ("nomic_bert", "it turns queries and keys by their positions"),
    ("mpnet", "it attends by relative positions"),
    ("xlnet", "it attends by relative positions over permuted orders"),
    ("funnel", "it attends by relative positions and pools the sentence"),
    ("t5", "it attends by relative positions"),
    ("mt5", "it attends by relative positions"),
    ("umt5", "it attends by relative positions"),
    ("longformer", "it attends within windows"),
    ("big_bird", "it attends to blocks chosen at random"),
    ("convbert", "it mixes attention with convolutions"),
    ("squeezebert", "its layers are convolutions by groups"),
    ("mobilebert", "its layers have bottlenecks and norms of their own"),
    ("canine", "it reads characters"),
    ("luke", "it attends to entities beside words"),
    ("mluke", "it attends to entities beside words"),
    ("layoutlm", "it reads places on a page"),
    ("megatron-bert", "its norms come before the sums"),
    ("roberta-prelayernorm", "its norms come before the sums"),
    ("xlm-roberta-xl", "its norms come before the sums"),
    ("xlm", "it adds embeddings of languages, and its layers are built otherwise"),
    ("flaubert", "its layers are those of XLM"),
    ("gpt2", "it is a decoder, which sees only the words before"),
    ("bart", "it is an encoder with a decoder"),
    ("mbart", "it is an encoder with a decoder"),
];

impl Family {
    /// The family of that `model_type`.
    pub fn named(name: &str) -> Option<&'static Family> {
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// The names of all families, for messages.
    pub fn names() -> String {
        FAMILIES.iter().map(|family| family.name).collect::<Vec<_>>().join(", ")
    }

    /// Why the architecture of that `model_type` is none of the families, if it is a known one.
    pub(super) fn why_not(name: &str) -> Option<&'static str> {
        OTHERS.iter().find(|(other, _)| *other == name).map(|(_, why)| *why)
    }

    /// Name of the tensor that holds `role`, as transformers saves it: with the prefix, unless it is the classifier's.
    pub fn tensor(&self, role: Role, layer: Option<usize>) -> String {
        let prefix = if role.is_classifier() { "" } else { self.prefixes[0] };
        format!("{prefix}{}", self.bare_tensor(role, layer))
    }

    /// [`Family::tensor`] without the prefix.
    ///
    /// # Panics
    /// If the family has no parameter of that role: a layout has none either.
    pub fn bare_tensor(&self, role: Role, layer: Option<usize>) -> String {
        let mut names = self.names.iter().copied().flatten();
        let (_, pattern) = names.find(|(r, _)| *r == role).expect("a layout asks for what its family has");
        match layer {
            Some(layer) => pattern.replace("{}", &layer.to_string()),
            None => (*pattern).to_owned(),
        }
    }
}
