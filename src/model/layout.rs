//! Where each parameter lies in the flat buffer that holds them all.
//!
//! Parameters lie in the order of the forward pass, so that whatever a frozen part leaves to learn is one stretch at the
//! end; query, key and value lie behind each other and serve as one matrix. Starts are multiples of [`ALIGNMENT`]; the
//! gaps stay zero.

use std::ops::Range;

use crate::spec::Freeze;

use super::config::Config;

/// Every parameter starts at a multiple of so many floats (a cache line).
pub const ALIGNMENT: usize = 16;

/// A stretch of a flat buffer of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First element.
    pub start: usize,
    /// Number of elements.
    pub len: usize,
}

impl Span {
    /// As a range of indices.
    pub fn range(self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// The first `len` elements.
    pub fn first(self, len: usize) -> Self {
        debug_assert!(len <= self.len, "{len} of {}", self.len);
        Self { start: self.start, len }
    }
}

/// What a parameter is, whatever a checkpoint calls it.
#[expect(missing_docs, reason = "the names say it")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    WordEmbedding,
    PositionEmbedding,
    SegmentEmbedding,
    EmbeddingNormWeight,
    EmbeddingNormBias,
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

    /// Whether weight decay applies: Trainer's rule exempts biases and norms; embeddings decay.
    pub fn decays(self) -> bool {
        matches!(
            self,
            Self::WordEmbedding
                | Self::PositionEmbedding
                | Self::SegmentEmbedding
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

/// One parameter tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// What it is.
    pub role: Role,
    /// Its layer, where it has one.
    pub layer: Option<usize>,
    /// Its name as transformers saves it.
    pub name: String,
    /// `[rows, columns]` or `[columns]`; weights are `[outputs, inputs]`.
    pub shape: Vec<usize>,
    /// Where it lies.
    pub span: Span,
}

/// Weight `[outputs, inputs]` and bias `[outputs]` of a linear layer.
#[derive(Debug, Clone, Copy)]
pub struct LinearSpans {
    /// The matrix.
    pub weight: Span,
    /// The bias.
    pub bias: Span,
}

/// Scale and shift `[hidden]` of a layer norm.
#[derive(Debug, Clone, Copy)]
pub struct NormSpans {
    /// Scale.
    pub weight: Span,
    /// Shift.
    pub bias: Span,
}

/// The embeddings' parameters.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddingSpans {
    /// `[vocabulary, hidden]`
    pub word: Span,
    /// `[positions, hidden]`
    pub position: Span,
    /// `[segments, hidden]`
    pub segment: Span,
    /// After the sum.
    pub norm: NormSpans,
}

/// One layer's parameters.
#[derive(Debug, Clone, Copy)]
pub struct LayerSpans {
    /// Query, key and value as one: `[3·hidden, hidden]`.
    pub qkv: LinearSpans,
    /// After attention: `[hidden, hidden]`.
    pub output: LinearSpans,
    /// After attention's residual.
    pub attention_norm: NormSpans,
    /// `[intermediate, hidden]`
    pub up: LinearSpans,
    /// `[hidden, intermediate]`
    pub down: LinearSpans,
    /// After the feed-forward residual.
    pub feed_forward_norm: NormSpans,
}

/// The flat buffer's plan.
#[derive(Debug, Clone)]
pub struct Layout {
    /// All parameters, in order of their place.
    pub parameters: Vec<Parameter>,
    /// The embeddings.
    pub embeddings: EmbeddingSpans,
    /// The layers.
    pub layers: Vec<LayerSpans>,
    /// The classifier: `[labels, hidden]`.
    pub classifier: LinearSpans,
    /// Floats in all, gaps included.
    pub len: usize,
}

impl Layout {
    /// The layout of `config` with a classifier of `labels` classes.
    pub fn new(config: &Config, labels: usize) -> Self {
        let mut parameters = Parameters { config, labels, list: Vec::new(), end: 0 };
        let embeddings = parameters.embeddings();
        let layers = (0..config.layers).map(|layer| parameters.layer(layer)).collect();
        let classifier = parameters.linear(&[Role::ClassifierWeight], &[Role::ClassifierBias], None);
        Self {
            embeddings,
            layers,
            classifier,
            len: parameters.end.next_multiple_of(ALIGNMENT),
            parameters: parameters.list,
        }
    }

    /// Where the learning stretch starts under `freeze`; it reaches to the end.
    pub fn learning_from(&self, freeze: Freeze) -> usize {
        match freeze {
            Freeze::Nothing => 0,
            Freeze::Encoder => self.classifier.weight.start,
            Freeze::Embeddings => self.layer_start(0),
            Freeze::Layers(n) => self.layer_start(n),
        }
    }

    fn layer_start(&self, layer: usize) -> usize {
        self.layers.get(layer).map_or(self.classifier.weight.start, |spans| spans.qkv.weight.start)
    }
}

/// A layout under construction.
struct Parameters<'a> {
    config: &'a Config,
    labels: usize,
    list: Vec<Parameter>,
    end: usize,
}

impl Parameters<'_> {
    fn embeddings(&mut self) -> EmbeddingSpans {
        EmbeddingSpans {
            word: self.push(&[Role::WordEmbedding], None),
            position: self.push(&[Role::PositionEmbedding], None),
            segment: self.push(&[Role::SegmentEmbedding], None),
            norm: self.norm(Role::EmbeddingNormWeight, Role::EmbeddingNormBias, None),
        }
    }

    fn layer(&mut self, layer: usize) -> LayerSpans {
        let at = Some(layer);
        LayerSpans {
            qkv: self.linear(
                &[Role::QueryWeight, Role::KeyWeight, Role::ValueWeight],
                &[Role::QueryBias, Role::KeyBias, Role::ValueBias],
                at,
            ),
            output: self.linear(&[Role::OutputWeight], &[Role::OutputBias], at),
            attention_norm: self.norm(Role::AttentionNormWeight, Role::AttentionNormBias, at),
            up: self.linear(&[Role::UpWeight], &[Role::UpBias], at),
            down: self.linear(&[Role::DownWeight], &[Role::DownBias], at),
            feed_forward_norm: self.norm(Role::FeedForwardNormWeight, Role::FeedForwardNormBias, at),
        }
    }

    fn linear(&mut self, weights: &[Role], biases: &[Role], layer: Option<usize>) -> LinearSpans {
        LinearSpans { weight: self.push(weights, layer), bias: self.push(biases, layer) }
    }

    fn norm(&mut self, weight: Role, bias: Role, layer: Option<usize>) -> NormSpans {
        NormSpans { weight: self.push(&[weight], layer), bias: self.push(&[bias], layer) }
    }

    /// Parameters that lie behind each other without a gap, as one stretch.
    fn push(&mut self, roles: &[Role], layer: Option<usize>) -> Span {
        let start = self.end.next_multiple_of(ALIGNMENT);
        self.end = start;
        for &role in roles {
            let shape = self.shape(role);
            let span = Span { start: self.end, len: shape.iter().product() };
            self.end += span.len;
            let name = self.config.family.tensor(role, layer);
            self.list.push(Parameter { role, layer, name, shape, span });
        }
        Span { start, len: self.end - start }
    }

    fn shape(&self, role: Role) -> Vec<usize> {
        let Config { hidden, intermediate, .. } = *self.config;
        match role {
            Role::WordEmbedding => vec![self.config.vocabulary, hidden],
            Role::PositionEmbedding => vec![self.config.positions, hidden],
            Role::SegmentEmbedding => vec![self.config.segments, hidden],
            Role::QueryWeight | Role::KeyWeight | Role::ValueWeight | Role::OutputWeight => vec![hidden, hidden],
            Role::UpWeight => vec![intermediate, hidden],
            Role::UpBias => vec![intermediate],
            Role::DownWeight => vec![hidden, intermediate],
            Role::ClassifierWeight => vec![self.labels, hidden],
            Role::ClassifierBias => vec![self.labels],
            _ => vec![hidden],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn layout() -> Layout {
        let text = r#"{"model_type": "bert", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9}"#;
        Layout::new(&Config::parse(text, Path::new("config.json")).expect("valid"), 7)
    }

    #[test]
    fn parameters_neither_overlap_nor_leave_the_buffer() {
        let layout = layout();
        for pair in layout.parameters.windows(2) {
            assert!(pair[0].span.range().end <= pair[1].span.start, "{} and {}", pair[0].name, pair[1].name);
        }
        assert!(layout.parameters.iter().all(|p| p.span.range().end <= layout.len));
        assert!(layout.parameters.iter().all(|p| p.span.len == p.shape.iter().product::<usize>()));
    }

    #[test]
    fn query_key_and_value_are_one_matrix() {
        let qkv = layout().layers[1].qkv;
        assert_eq!((qkv.weight.len, qkv.bias.len), (3 * 6 * 6, 3 * 6));
    }

    #[test]
    fn what_learns_is_the_end_of_the_buffer() {
        let layout = layout();
        let learning = |freeze| {
            let from = layout.learning_from(freeze);
            layout.parameters.iter().filter(|p| p.span.start >= from).count()
        };
        assert_eq!(learning(Freeze::Nothing), 5 + 2 * 16 + 2);
        assert_eq!(learning(Freeze::Embeddings), 2 * 16 + 2);
        assert_eq!(learning(Freeze::Layers(1)), 16 + 2);
        assert_eq!(learning(Freeze::Layers(2)), 2);
        assert_eq!(learning(Freeze::Encoder), 2);
    }

    #[test]
    fn biases_and_norms_do_not_decay() {
        for parameter in layout().parameters {
            let exempt = parameter.name.ends_with("bias") || parameter.name.contains("LayerNorm");
            assert_eq!(parameter.role.decays(), !exempt, "{}", parameter.name);
        }
    }
}
