//! What a parameter is, whatever a checkpoint calls it.

/// The part that a parameter plays in the encoder or classifier.
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
    /// Part of the classifier, not the encoder.
    pub fn is_classifier(self) -> bool {
        matches!(self, Self::ClassifierWeight | Self::ClassifierBias)
    }

    /// The matrix of a linear layer.
    pub fn is_linear_weight(self) -> bool {
        let embedding = matches!(self, Self::WordEmbedding | Self::PositionEmbedding | Self::SegmentEmbedding);
        self.decays() && !embedding
    }

    /// Whether weight decay applies: Trainer's rule exempts biases and norms; embeddings decay.
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
