//! The supported architectures as data: how BERT and its relatives differ in keys of config.json, names of tensors,
//! positions and parts.

use super::biases::Biases;
use super::keys::{self, Keys};
use super::names;
use super::role::Role;

/// One architecture.
#[derive(Debug, PartialEq)]
pub struct Family {
    /// `model_type` in config.json.
    pub name: &'static str,
    /// The class of transformers with a token classifier, for `architectures` in config.json.
    pub token_classifier: &'static str,
    /// Prefixes of the encoder's tensors in a checkpoint; the first is that of transformers.
    pub prefixes: &'static [&'static str],
    /// Position of the first token.
    pub(super) first_position: FirstPosition,
    /// Whether a linear layer projects embeddings to the encoder's width.
    pub(super) projection: Projection,
    /// Whether norms stand before attention and feed-forward part, whose outputs are added to a sum that runs through all
    /// layers (pre-norm); else behind each addition.
    pub norm_first: bool,
    /// Whether norms divide by the root mean square alone, without mean or shift (Zhang and Sennrich 2019).
    pub root_mean_square: bool,
    /// Whether half of the feed-forward layer is a gate: activation(first half)·second half (Shazeer 2020).
    pub gated: bool,
    /// How attention knows positions.
    pub(super) positions: Positions,
    /// Which operations have biases; none: config.json says.
    pub(super) biases: Option<Biases>,
    /// Up to which length attention is to all tokens: sentences are limited to that.
    pub(super) whole: Whole,
    /// Whether dropout of the embeddings stands before their norm, not behind it.
    pub drops_first: bool,
    /// Whether a new classifier is drawn from a truncated distribution, as ModernBERT's is.
    pub(super) truncated_initials: bool,
    /// Keys of config.json, with defaults.
    pub(super) keys: Keys,
    /// Tensor name of each parameter, without prefix; `{}` is the layer or its group.
    pub(super) names: &'static [names::Names],
    /// Other names and groups of tensors in its checkpoints, without prefix.
    pub(super) stored: names::Stored,
}

/// Position of a sentence's first token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstPosition {
    /// Position 0.
    Zero,
    /// The padding token's id + 1, as in fairseq.
    AfterPadding,
}

/// How attention knows positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Positions {
    /// By a table whose rows are added to the embeddings.
    Absolute,
    /// By rotating queries and keys (Su et al. 2021), in all layers alike. The base is config.json's, else this.
    Rotary(u32),
    /// By rotating them, in some layers by another base and among near tokens only.
    RotaryByLayer,
    /// By scores between contents and a table of distances (He et al. 2021).
    Disentangled,
    /// By a table whose rows are added to the embeddings, and one of distances that is added to the scores of all layers
    /// (Raffel et al. 2020).
    Biased,
}

/// Up to which length attention is to all tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// Always, or as far as each layer's own attention says.
    Always,
    /// As far as `attention_window` covers a sentence from any token.
    WithinWindow,
    /// As long as `block_sparse` attention would have fewer blocks than it takes.
    WithinBlocks,
}

/// A linear layer between embeddings and encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Projection {
    /// No layer: embeddings have the encoder's width.
    Never,
    /// If embeddings have another width than the encoder.
    BetweenWidths,
    /// Always.
    Always,
}

/// Devlin et al. 2019, as transformers' BertForTokenClassification.
const BERT: Family = Family {
    name: "bert",
    token_classifier: "BertForTokenClassification",
    prefixes: &["bert.", ""],
    first_position: FirstPosition::Zero,
    projection: Projection::Never,
    norm_first: false,
    root_mean_square: false,
    gated: false,
    positions: Positions::Absolute,
    biases: Some(Biases { attention: true, up: true, down: true, norms: true }),
    whole: Whole::Always,
    drops_first: false,
    truncated_initials: false,
    keys: keys::BERT,
    names: &[names::EMBEDDINGS, names::SEGMENTS, names::BERT_LAYER, names::CLASSIFIER],
    stored: &[],
};

/// The parts of BERT whose layers are named as Llama's, with the norms behind.
const ROTATED_BERT: &[names::Names] =
    &[names::EMBEDDINGS, names::SEGMENTS, names::LLAMA_LAYER, names::LLAMA_NORMS_BEHIND, names::CLASSIFIER];

/// Liu et al. 2019.
const ROBERTA: Family = Family {
    name: "roberta",
    token_classifier: "RobertaForTokenClassification",
    prefixes: &["roberta.", ""],
    first_position: FirstPosition::AfterPadding,
    keys: keys::ROBERTA,
    ..BERT
};

static FAMILIES: [Family; 21] = [
    BERT,
    ROBERTA,
    // Conneau et al. 2020
    Family {
        name: "xlm-roberta",
        token_classifier: "XLMRobertaForTokenClassification",
        keys: keys::XLM_ROBERTA,
        ..ROBERTA
    },
    // Martin et al. 2020
    Family {
        name: "camembert",
        token_classifier: "CamembertForTokenClassification",
        keys: keys::XLM_ROBERTA,
        ..ROBERTA
    },
    // Sanh et al. 2019
    Family {
        name: "distilbert",
        token_classifier: "DistilBertForTokenClassification",
        prefixes: &["distilbert.", ""],
        keys: keys::DISTILBERT,
        names: &[names::EMBEDDINGS, names::DISTILBERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Clark et al. 2020
    Family {
        name: "electra",
        token_classifier: "ElectraForTokenClassification",
        prefixes: &["electra.", ""],
        projection: Projection::BetweenWidths,
        keys: keys::ELECTRA,
        names: &[names::EMBEDDINGS, names::SEGMENTS, names::ELECTRA_PROJECTION, names::BERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Lan et al. 2020: layers share their parameters by groups
    Family {
        name: "albert",
        token_classifier: "AlbertForTokenClassification",
        prefixes: &["albert.", ""],
        projection: Projection::Always,
        keys: keys::ALBERT,
        names: &[names::EMBEDDINGS, names::SEGMENTS, names::ALBERT_PROJECTION, names::ALBERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Chung et al. 2021
    Family {
        name: "rembert",
        token_classifier: "RemBertForTokenClassification",
        prefixes: &["rembert.", ""],
        projection: Projection::Always,
        keys: keys::REMBERT,
        names: &[names::EMBEDDINGS, names::SEGMENTS, names::ALBERT_PROJECTION, names::BERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Sun et al. 2020, without task ids
    Family { name: "ernie", token_classifier: "ErnieForTokenClassification", prefixes: &["ernie.", ""], ..BERT },
    // Baevski et al. 2022
    Family {
        name: "data2vec-text",
        token_classifier: "Data2VecTextForTokenClassification",
        prefixes: &["data2vec_text.", ""],
        keys: keys::DATA2VEC_TEXT,
        ..ROBERTA
    },
    // Yamada et al. 2020, over words alone
    Family {
        name: "luke",
        token_classifier: "LukeForTokenClassification",
        prefixes: &["luke.", ""],
        keys: keys::LUKE,
        ..ROBERTA
    },
    // Beltagy et al. 2020, for sentences that its window covers
    Family {
        name: "longformer",
        token_classifier: "LongformerForTokenClassification",
        prefixes: &["longformer.", ""],
        whole: Whole::WithinWindow,
        keys: keys::LONGFORMER,
        ..ROBERTA
    },
    // Zaheer et al. 2020, for sentences that it attends to whole
    Family {
        name: "big_bird",
        token_classifier: "BigBirdForTokenClassification",
        whole: Whole::WithinBlocks,
        drops_first: true,
        keys: keys::BIG_BIRD,
        ..BERT
    },
    // Shoeybi et al. 2020
    Family {
        name: "megatron-bert",
        token_classifier: "MegatronBertForTokenClassification",
        norm_first: true,
        drops_first: true,
        keys: keys::MEGATRON_BERT,
        names: &[names::SEGMENTS, names::MEGATRON_BERT, names::BERT_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Goyal et al. 2021
    Family {
        name: "xlm-roberta-xl",
        token_classifier: "XLMRobertaXLForTokenClassification",
        norm_first: true,
        drops_first: true,
        keys: keys::XLM_ROBERTA_XL,
        names: &[names::SEGMENTS, names::XLM_ROBERTA_XL, names::BERT_LAYER, names::CLASSIFIER],
        ..ROBERTA
    },
    // Song et al. 2020
    Family {
        name: "mpnet",
        token_classifier: "MPNetForTokenClassification",
        prefixes: &["mpnet.", ""],
        positions: Positions::Biased,
        keys: keys::MPNET,
        names: &[names::EMBEDDINGS, names::MPNET, names::BERT_LAYER, names::CLASSIFIER],
        ..ROBERTA
    },
    // He et al. 2021 and 2023: DeBERTa v2 and v3
    Family {
        name: "deberta-v2",
        token_classifier: "DebertaV2ForTokenClassification",
        prefixes: &["deberta.", ""],
        positions: Positions::Disentangled,
        keys: keys::DEBERTA_V2,
        names: &[
            names::EMBEDDINGS,
            names::SEGMENTS,
            names::DEBERTA_V2_POSITIONS,
            names::DEBERTA_V2_CONVOLUTION,
            names::DEBERTA_V2_LAYER,
            names::BERT_LAYER,
            names::CLASSIFIER,
        ],
        ..BERT
    },
    // Warner et al. 2024
    Family {
        name: "modernbert",
        token_classifier: "ModernBertForTokenClassification",
        prefixes: &["model.", ""],
        norm_first: true,
        gated: true,
        positions: Positions::RotaryByLayer,
        biases: None,
        truncated_initials: true,
        keys: keys::MODERNBERT,
        names: &[names::MODERNBERT, names::CLASSIFIER],
        ..BERT
    },
    // Boizard et al. 2025
    Family {
        name: "eurobert",
        token_classifier: "EuroBertForTokenClassification",
        prefixes: &["model.", ""],
        norm_first: true,
        root_mean_square: true,
        gated: true,
        positions: Positions::Rotary(10_000),
        biases: None,
        keys: keys::EUROBERT,
        names: &[names::EUROBERT, names::LLAMA_LAYER, names::CLASSIFIER],
        ..BERT
    },
    // Zhang et al. 2024
    Family {
        name: "gte",
        token_classifier: "GteForTokenClassification",
        prefixes: &["gte.", "new.", ""],
        gated: true,
        positions: Positions::Rotary(160_000),
        biases: Some(Biases { attention: true, up: false, down: true, norms: true }),
        keys: keys::GTE,
        names: ROTATED_BERT,
        stored: names::STORED_GTE,
        ..BERT
    },
    // Nussbaum et al. 2024
    Family {
        name: "nomic_bert",
        token_classifier: "NomicBertForTokenClassification",
        prefixes: &["nomic_bert.", "bert.", ""],
        gated: true,
        positions: Positions::Rotary(1000),
        biases: Some(Biases { attention: false, up: false, down: false, norms: true }),
        keys: keys::NOMIC_BERT,
        names: ROTATED_BERT,
        stored: names::STORED_NOMIC_BERT,
        ..BERT
    },
];

/// Known architectures that are not supported, and why.
const OTHERS: &[(&str, &str)] = &[
    ("deberta", "it uses relative positions"),
    (
        "new",
        "its code is part of its repository; transformers has it as `gte`, in repositories of alibaba-nlp-community",
    ),
    ("xlnet", "it uses relative positions and permuted orders"),
    ("funnel", "it uses relative positions and pools the sentence"),
    ("t5", "its attention is not scaled, and dropout follows its last norm"),
    ("mt5", "its attention is not scaled, and dropout follows its last norm"),
    ("umt5", "its attention is not scaled, and each layer has its own table of relative positions"),
    ("convbert", "it mixes attention with convolutions"),
    ("squeezebert", "its layers are grouped convolutions"),
    ("mobilebert", "its layers have bottlenecks and other norms"),
    ("canine", "it reads characters"),
    ("mluke", "it attends to entities as well as words"),
    ("layoutlm", "it uses positions on a page"),
    ("roberta-prelayernorm", "it normalizes the embeddings, and again before the first layer"),
    ("xlm", "it adds language embeddings, and its layers differ"),
    ("flaubert", "its layers are those of XLM"),
    ("gpt2", "it is a decoder"),
    ("bart", "it has an encoder and a decoder"),
    ("mbart", "it has an encoder and a decoder"),
];

impl Family {
    /// The family with that `model_type`.
    pub fn named(name: &str) -> Option<&'static Family> {
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// Whether it has parameters of that role.
    pub fn has(&self, role: Role) -> bool {
        self.names.iter().copied().flatten().any(|(other, _)| *other == role)
    }

    /// Whether a norm follows the embeddings; else, if norms stand first, the first is that before the lowest attention.
    pub fn normalizes_embeddings(&self) -> bool {
        self.has(Role::EmbeddingNormWeight)
    }

    /// Whether a layer stands between encoder and classifier.
    pub(super) fn has_head_layer(&self) -> bool {
        self.has(Role::HeadWeight)
    }

    /// The names of all families, for messages.
    pub fn names() -> String {
        FAMILIES.iter().map(|family| family.name).collect::<Vec<_>>().join(", ")
    }

    /// Why the architecture with that `model_type` is not supported, if it is a known one.
    pub(super) fn why_not(name: &str) -> Option<&'static str> {
        OTHERS.iter().find(|(other, _)| *other == name).map(|(_, why)| *why)
    }
}
