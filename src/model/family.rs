//! What distinguishes the BERT-like architectures, as data: names of tensors, positions, segments.

use super::layout::Role;

/// One architecture.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// `model_type` in config.json.
    pub name: &'static str,
    /// Prefixes that the encoder's tensors may carry in a checkpoint, as saved by transformers first.
    pub prefixes: &'static [&'static str],
    /// Position of the first piece.
    pub first_position: usize,
    /// Tensor name of each parameter, without prefix; `{}` stands for the layer.
    names: &'static [(Role, &'static str)],
}

/// Devlin et al. 2019, as transformers' BertForTokenClassification names it.
const BERT: Family = Family {
    name: "bert",
    prefixes: &["bert.", ""],
    first_position: 0,
    names: &[
        (Role::WordEmbedding, "embeddings.word_embeddings.weight"),
        (Role::PositionEmbedding, "embeddings.position_embeddings.weight"),
        (Role::SegmentEmbedding, "embeddings.token_type_embeddings.weight"),
        (Role::EmbeddingNormWeight, "embeddings.LayerNorm.weight"),
        (Role::EmbeddingNormBias, "embeddings.LayerNorm.bias"),
        (Role::QueryWeight, "encoder.layer.{}.attention.self.query.weight"),
        (Role::KeyWeight, "encoder.layer.{}.attention.self.key.weight"),
        (Role::ValueWeight, "encoder.layer.{}.attention.self.value.weight"),
        (Role::QueryBias, "encoder.layer.{}.attention.self.query.bias"),
        (Role::KeyBias, "encoder.layer.{}.attention.self.key.bias"),
        (Role::ValueBias, "encoder.layer.{}.attention.self.value.bias"),
        (Role::OutputWeight, "encoder.layer.{}.attention.output.dense.weight"),
        (Role::OutputBias, "encoder.layer.{}.attention.output.dense.bias"),
        (Role::AttentionNormWeight, "encoder.layer.{}.attention.output.LayerNorm.weight"),
        (Role::AttentionNormBias, "encoder.layer.{}.attention.output.LayerNorm.bias"),
        (Role::UpWeight, "encoder.layer.{}.intermediate.dense.weight"),
        (Role::UpBias, "encoder.layer.{}.intermediate.dense.bias"),
        (Role::DownWeight, "encoder.layer.{}.output.dense.weight"),
        (Role::DownBias, "encoder.layer.{}.output.dense.bias"),
        (Role::FeedForwardNormWeight, "encoder.layer.{}.output.LayerNorm.weight"),
        (Role::FeedForwardNormBias, "encoder.layer.{}.output.LayerNorm.bias"),
        (Role::ClassifierWeight, "classifier.weight"),
        (Role::ClassifierBias, "classifier.bias"),
    ],
};

static FAMILIES: [Family; 1] = [BERT];

impl Family {
    /// The family of that `model_type`.
    pub fn named(name: Option<&str>) -> Option<&'static Family> {
        FAMILIES.iter().find(|family| Some(family.name) == name)
    }

    /// The names of all families, for messages.
    pub fn names() -> String {
        FAMILIES.iter().map(|family| family.name).collect::<Vec<_>>().join(", ")
    }

    /// Name of the tensor that holds `role`, as transformers saves it: with the prefix, unless it is the classifier's.
    pub fn tensor(&self, role: Role, layer: Option<usize>) -> String {
        let prefix = if role.is_classifier() { "" } else { self.prefixes[0] };
        format!("{prefix}{}", self.bare_tensor(role, layer))
    }

    /// [`Family::tensor`] without the prefix.
    pub fn bare_tensor(&self, role: Role, layer: Option<usize>) -> String {
        let (_, pattern) = self.names.iter().find(|(r, _)| *r == role).expect("every family names every role");
        match layer {
            Some(layer) => pattern.replace("{}", &layer.to_string()),
            None => (*pattern).to_owned(),
        }
    }
}
