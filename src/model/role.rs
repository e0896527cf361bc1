//! The role of a parameter, independent of its name in a checkpoint.

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
    UpWeight,
    UpBias,
    DownWeight,
    DownBias,
    FeedForwardNormWeight,
    FeedForwardNormBias,
    ClassifierWeight,
    ClassifierBias,
}

impl Role {
    /// Whether it is part of the classifier, not the encoder.
    pub fn is_classifier(self) -> bool {
        matches!(self, Self::ClassifierWeight | Self::ClassifierBias)
    }

    /// Whether it is the matrix of a linear layer.
    pub fn is_linear_weight(self) -> bool {
        let embedding = matches!(self, Self::WordEmbedding | Self::PositionEmbedding | Self::SegmentEmbedding);
        self.decays() && !embedding
    }

    /// Whether weight decay applies. As in transformers' Trainer, biases and norms are exempt; embeddings are not.
    pub fn decays(self) -> bool {
        matches!(
            self,
            Self::WordEmbedding
                | Self::PositionEmbedding
                | Self::SegmentEmbedding
                | Self::ProjectionWeight
                | Self::QueryWeight
                | Self::KeyWeight
                | Self::ValueWeight
                | Self::OutputWeight
                | Self::UpWeight
                | Self::DownWeight
                | Self::ClassifierWeight
        )
    }
}
