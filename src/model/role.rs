//! The role of a parameter, independent of its name in a checkpoint.

use crate::spec::LoraTarget;

/// The role of a parameter in the encoder or classifier.
#[expect(missing_docs, reason = "the names say it")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    WordEmbedding,
    PositionEmbedding,
    SegmentEmbedding,
    EmbeddingNormWeight,
    EmbeddingNormBias,
    ProjectionWeight,
    ProjectionBias,
    RelativeEmbedding,
    RelativeBias,
    RelativeNormWeight,
    RelativeNormBias,
    ConvolutionWeight,
    ConvolutionBias,
    ConvolutionNormWeight,
    ConvolutionNormBias,
    EntryNormWeight,
    EntryNormBias,
    QkvWeight,
    QkvBias,
    QueryWeight,
    KeyWeight,
    ValueWeight,
    QueryBias,
    KeyBias,
    ValueBias,
    OutputWeight,
    OutputBias,
    AttentionNormWeight,
    AttentionNormBias,
    GateWeight,
    GateBias,
    UpWeight,
    UpBias,
    DownWeight,
    DownBias,
    FeedForwardNormWeight,
    FeedForwardNormBias,
    FinalNormWeight,
    FinalNormBias,
    HeadWeight,
    HeadBias,
    HeadNormWeight,
    HeadNormBias,
    ClassifierWeight,
    ClassifierBias,
    CrfStart,
    CrfEnd,
    CrfTransitions,
    LoraA(LoraTarget),
    LoraB(LoraTarget),
}

impl Role {
    /// Whether it is part of the classifier, its CRF included, not the encoder.
    pub fn is_classifier(self) -> bool {
        matches!(self, Self::ClassifierWeight | Self::ClassifierBias) || self.is_crf()
    }

    /// Whether it is a parameter of the CRF.
    pub fn is_crf(self) -> bool {
        matches!(self, Self::CrfStart | Self::CrfEnd | Self::CrfTransitions)
    }

    /// Whether it is part of the layer between encoder and classifier.
    pub fn is_head_layer(self) -> bool {
        matches!(self, Self::HeadWeight | Self::HeadBias | Self::HeadNormWeight | Self::HeadNormBias)
    }

    /// Whether it is part of the encoder.
    pub fn is_encoder(self) -> bool {
        !self.is_classifier() && !self.is_head_layer()
    }

    /// Whether it is a matrix of an adapter of low rank, which no checkpoint has.
    pub fn is_lora(self) -> bool {
        matches!(self, Self::LoraA(_) | Self::LoraB(_))
    }

    /// Whether it is the bias of a linear layer of the encoder, or the shift of a norm.
    pub fn is_bias(self) -> bool {
        // a table of biases of scores is none: it is one of relative positions
        !self.is_classifier() && !self.decays() && !self.is_norm_weight() && self != Self::RelativeBias
    }

    /// Whether it is the matrix of a linear layer, of a convolution's too.
    pub fn is_linear_weight(self) -> bool {
        let embedding = matches!(
            self,
            Self::WordEmbedding | Self::PositionEmbedding | Self::SegmentEmbedding | Self::RelativeEmbedding
        );
        self.decays() && !embedding
    }

    /// Whether it is the scale of a layer norm.
    pub fn is_norm_weight(self) -> bool {
        matches!(
            self,
            Self::EmbeddingNormWeight
                | Self::RelativeNormWeight
                | Self::ConvolutionNormWeight
                | Self::EntryNormWeight
                | Self::AttentionNormWeight
                | Self::FeedForwardNormWeight
                | Self::FinalNormWeight
                | Self::HeadNormWeight
        )
    }

    /// Whether weight decay applies. As in transformers' Trainer, biases and norms are exempt; embeddings are not, but a
    /// table of biases is, for its name.
    pub fn decays(self) -> bool {
        matches!(
            self,
            Self::WordEmbedding
                | Self::PositionEmbedding
                | Self::SegmentEmbedding
                | Self::ProjectionWeight
                | Self::RelativeEmbedding
                | Self::ConvolutionWeight
                | Self::QkvWeight
                | Self::QueryWeight
                | Self::KeyWeight
                | Self::ValueWeight
                | Self::OutputWeight
                | Self::GateWeight
                | Self::UpWeight
                | Self::DownWeight
                | Self::HeadWeight
                | Self::ClassifierWeight
                | Self::LoraA(_)
                | Self::LoraB(_)
        )
    }
}
