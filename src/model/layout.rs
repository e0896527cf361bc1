//! The layout of all parameters in one flat buffer.
//!
//! Parameters are in the order of the forward pass, so that those that `model.freeze` leaves to train are one span at the
//! end. Query, key and value are adjacent and form one matrix. Starts are multiples of [`ALIGNMENT`]; gaps are zero.

use std::ops::Range;

use crate::spec::Freeze;

use super::config::Config;
use super::role::Role;

/// Parameters start at multiples of so many floats (a cache line).
pub const ALIGNMENT: usize = 16;

/// A range of a flat buffer of floats.
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

/// One parameter tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its role in the model.
    pub role: Role,
    /// Its layer, if it has one, below [`Config::own_layers`].
    pub layer: Option<usize>,
    /// Its name in transformers.
    pub name: String,
    /// `[rows, columns]` or `[columns]`; weights are `[outputs, inputs]`.
    pub shape: Vec<usize>,
    /// Its place in the buffer.
    pub span: Span,
}

/// Weight `[outputs, inputs]` and bias `[outputs]` of a linear layer; without a bias, that is empty.
#[derive(Debug, Clone, Copy)]
pub struct LinearSpans {
    /// The matrix.
    pub weight: Span,
    /// The bias.
    pub bias: Span,
}

/// Scale and shift of a layer norm, each `[width]`; without a shift, that is empty.
#[derive(Debug, Clone, Copy)]
pub struct NormSpans {
    /// Scale.
    pub weight: Span,
    /// Shift.
    pub bias: Span,
}

/// A norm that a family lacks.
const NO_NORM: NormSpans = NormSpans { weight: Span { start: 0, len: 0 }, bias: Span { start: 0, len: 0 } };

/// The parameters of the embeddings; `width` is the embeddings' width.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddingSpans {
    /// `[vocabulary, width]`
    pub word: Span,
    /// `[positions, width]`; empty without absolute positions.
    pub position: Span,
    /// `[segments, width]`; empty without segments.
    pub segment: Span,
    /// The norm after the sum, or, in a family without it, that before the lowest attention, which lies in that layer.
    pub norm: NormSpans,
    /// The projection to the encoder's width, `[hidden, width]`, if there is one.
    pub projection: Option<LinearSpans>,
    /// The table of relative positions, if attention has one.
    pub relative: Option<RelativeSpans>,
    /// The convolution beside the first layer, if there is one.
    pub convolution: Option<ConvolutionSpans>,
}

/// The table of relative positions.
#[derive(Debug, Clone, Copy)]
pub struct RelativeSpans {
    /// `[2·span, hidden]`; of biases `[2·span, heads]`.
    pub table: Span,
    /// The norm after it, if there is one.
    pub norm: Option<NormSpans>,
}

/// The convolution beside the first layer.
#[derive(Debug, Clone, Copy)]
pub struct ConvolutionSpans {
    /// `[hidden, hidden·width]`: of a row, each input's weights by the token's place.
    pub linear: LinearSpans,
    /// The norm after the sum.
    pub norm: NormSpans,
}

/// The layer between encoder and classifier.
#[derive(Debug, Clone, Copy)]
pub struct HeadSpans {
    /// `[hidden, hidden]`
    pub dense: LinearSpans,
    /// Behind the activation.
    pub norm: NormSpans,
}

/// One layer's parameters.
#[derive(Debug, Clone, Copy)]
pub struct LayerSpans {
    /// Query, key and value: `[3·hidden, hidden]`; fewer rows where keys and values are shared by heads.
    pub qkv: LinearSpans,
    /// The projection after attention: `[hidden, hidden]`.
    pub output: LinearSpans,
    /// The norm after attention and residual.
    pub attention_norm: NormSpans,
    /// `[intermediate, hidden]`; twice as many rows with a gate, which are its.
    pub up: LinearSpans,
    /// `[hidden, intermediate]`
    pub down: LinearSpans,
    /// The norm after feed-forward layer and residual; if norms stand first, that before the next layer's attention, and
    /// for the last layer the encoder's final one.
    pub feed_forward_norm: NormSpans,
    /// Where the layer's first parameter lies.
    pub start: usize,
}

/// The parameters of a CRF.
#[derive(Debug, Clone, Copy)]
pub struct CrfSpans {
    /// `[labels]`: of a sentence's first word.
    pub start: Span,
    /// `[labels]`: of its last word.
    pub end: Span,
    /// `[from, to]`
    pub transitions: Span,
}

/// The layout of a model.
#[derive(Debug, Clone)]
pub struct Layout {
    /// All parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The embeddings.
    pub embeddings: EmbeddingSpans,
    /// The layers; those of one group have the same spans.
    pub layers: Vec<LayerSpans>,
    /// The layer between encoder and classifier, if there is one.
    pub head: Option<HeadSpans>,
    /// The classifier: `[labels, hidden]`.
    pub classifier: LinearSpans,
    /// The parameters of a chain over each sentence's tags, behind all others.
    pub crf: Option<CrfSpans>,
    /// Total number of floats, gaps included.
    pub len: usize,
}

impl Layout {
    /// The layout of `config` with a classifier of `labels` classes.
    pub fn new(config: &Config, labels: usize) -> Self {
        let mut parameters = Parameters { config, labels, list: Vec::new(), end: 0 };
        let mut embeddings = parameters.embeddings();
        let own = parameters.layers(&mut embeddings.norm);
        let layers = (0..config.layers).map(|layer| own[config.group(layer)]).collect();
        let head = parameters.head();
        let classifier = parameters.linear(&[Role::ClassifierWeight], &[Role::ClassifierBias], true, None);
        let crf = parameters.crf();
        Self {
            embeddings,
            layers,
            head,
            classifier,
            crf,
            len: parameters.end.next_multiple_of(ALIGNMENT),
            parameters: parameters.list,
        }
    }

    /// The layout of a classifier alone, with `labels` classes over the hidden states of `config`; with the layer before it,
    /// if there is one.
    pub fn of_classifier(config: &Config, labels: usize) -> Self {
        let nothing = Span::default();
        let embeddings = EmbeddingSpans {
            word: nothing,
            position: nothing,
            segment: nothing,
            norm: NO_NORM,
            projection: None,
            relative: None,
            convolution: None,
        };
        let mut parameters = Parameters { config, labels, list: Vec::new(), end: 0 };
        let head = parameters.head();
        let classifier = parameters.linear(&[Role::ClassifierWeight], &[Role::ClassifierBias], true, None);
        let crf = parameters.crf();
        let len = parameters.end.next_multiple_of(ALIGNMENT);
        Self { embeddings, layers: Vec::new(), head, classifier, crf, len, parameters: parameters.list }
    }

    /// Offset of the first parameter that trains under `freeze`; all later ones train too. Layers that share parameters with
    /// a frozen layer are frozen.
    pub fn learning_from(&self, freeze: Freeze) -> usize {
        match freeze {
            Freeze::Nothing => 0,
            Freeze::Embeddings | Freeze::Layers(_) | Freeze::Encoder => self.layer_start(self.first_learning(freeze)),
        }
    }

    /// The lowest layer that trains under `freeze`; the number of layers if only the classifier trains.
    pub fn first_learning(&self, freeze: Freeze) -> usize {
        let fixed = match freeze {
            Freeze::Nothing | Freeze::Embeddings => 0,
            Freeze::Layers(n) => n.min(self.layers.len()),
            Freeze::Encoder => self.layers.len(),
        };
        let last = fixed.checked_sub(1).map(|layer| self.layer_start(layer));
        (fixed..self.layers.len()).find(|layer| Some(self.layer_start(*layer)) != last).unwrap_or(self.layers.len())
    }

    fn layer_start(&self, layer: usize) -> usize {
        self.layers.get(layer).map_or(self.head_start(), |spans| spans.start)
    }

    /// Where the first parameter behind the encoder lies.
    pub fn head_start(&self) -> usize {
        self.head.map_or(self.classifier.weight.start, |head| head.dense.weight.start)
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
        let config = self.config;
        let table = |rows: usize, role| if rows > 0 { vec![role] } else { Vec::new() };
        EmbeddingSpans {
            word: self.push(&[Role::WordEmbedding], None),
            position: self.push(&table(config.position_rows(), Role::PositionEmbedding), None),
            segment: self.push(&table(config.segments, Role::SegmentEmbedding), None),
            norm: match config.family.normalizes_embeddings() {
                true => self.norm(Role::EmbeddingNormWeight, Role::EmbeddingNormBias, None),
                false => NO_NORM,
            },
            projection: config
                .projected_from
                .map(|_| self.linear(&[Role::ProjectionWeight], &[Role::ProjectionBias], true, None)),
            relative: config.relative.map(|relative| RelativeSpans {
                table: self
                    .push(if relative.biases { &[Role::RelativeBias] } else { &[Role::RelativeEmbedding] }, None),
                norm: relative.normed.then(|| self.norm(Role::RelativeNormWeight, Role::RelativeNormBias, None)),
            }),
            convolution: config.convolution.map(|_| ConvolutionSpans {
                linear: self.linear(&[Role::ConvolutionWeight], &[Role::ConvolutionBias], true, None),
                norm: self.norm(Role::ConvolutionNormWeight, Role::ConvolutionNormBias, None),
            }),
        }
    }

    /// The layers with parameters of their own; if norms stand first, each layer's norm before its attention is the one
    /// behind the layer below. `lowest`: that of the embeddings, or room for the one before the lowest attention.
    fn layers(&mut self, lowest: &mut NormSpans) -> Vec<LayerSpans> {
        let mut layers: Vec<LayerSpans> = Vec::with_capacity(self.config.own_layers());
        for layer in 0..self.config.own_layers() {
            let start = self.end.next_multiple_of(ALIGNMENT);
            let family = self.config.family;
            if family.norm_first && (layer > 0 || !family.normalizes_embeddings()) {
                let norm = self.norm(Role::EntryNormWeight, Role::EntryNormBias, Some(layer));
                *layers.last_mut().map_or(&mut *lowest, |below| &mut below.feed_forward_norm) = norm;
            }
            layers.push(self.layer(layer, start));
        }
        if let Some(last) = layers.last_mut().filter(|_| self.config.family.norm_first) {
            last.feed_forward_norm = self.norm(Role::FinalNormWeight, Role::FinalNormBias, None);
        }
        layers
    }

    fn layer(&mut self, layer: usize, start: usize) -> LayerSpans {
        let (at, biases) = (Some(layer), self.config.biases);
        let qkv: [&[Role]; 2] = if self.config.family.has(Role::QkvWeight) {
            [&[Role::QkvWeight], &[Role::QkvBias]]
        } else {
            let weights = &[Role::QueryWeight, Role::KeyWeight, Role::ValueWeight];
            [weights, &[Role::QueryBias, Role::KeyBias, Role::ValueBias]]
        };
        let up: [&[Role]; 2] = match self.config.family.has(Role::GateWeight) {
            true => [&[Role::GateWeight, Role::UpWeight], &[Role::GateBias, Role::UpBias]],
            false => [&[Role::UpWeight], &[Role::UpBias]],
        };
        LayerSpans {
            start,
            qkv: self.linear(qkv[0], qkv[1], biases.attention, at),
            output: self.linear(&[Role::OutputWeight], &[Role::OutputBias], biases.attention, at),
            attention_norm: self.norm(Role::AttentionNormWeight, Role::AttentionNormBias, at),
            up: self.linear(up[0], up[1], biases.up, at),
            down: self.linear(&[Role::DownWeight], &[Role::DownBias], biases.down, at),
            feed_forward_norm: if self.config.family.norm_first {
                NO_NORM
            } else {
                self.norm(Role::FeedForwardNormWeight, Role::FeedForwardNormBias, at)
            },
        }
    }

    fn head(&mut self) -> Option<HeadSpans> {
        let head = self.config.head_layer?;
        Some(HeadSpans {
            dense: self.linear(&[Role::HeadWeight], &[Role::HeadBias], head.bias, None),
            norm: self.norm(Role::HeadNormWeight, Role::HeadNormBias, None),
        })
    }

    fn crf(&mut self) -> Option<CrfSpans> {
        self.config.crf.then(|| CrfSpans {
            start: self.push(&[Role::CrfStart], None),
            end: self.push(&[Role::CrfEnd], None),
            transitions: self.push(&[Role::CrfTransitions], None),
        })
    }

    fn linear(&mut self, weights: &[Role], biases: &[Role], biased: bool, layer: Option<usize>) -> LinearSpans {
        LinearSpans {
            weight: self.push(weights, layer),
            bias: if biased { self.push(biases, layer) } else { Span::default() },
        }
    }

    fn norm(&mut self, weight: Role, bias: Role, layer: Option<usize>) -> NormSpans {
        let weight = self.push(&[weight], layer);
        NormSpans { weight, bias: if self.config.biases.norms { self.push(&[bias], layer) } else { Span::default() } }
    }

    /// Adds adjacent parameters as one span.
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
        let embedding = self.config.embedding_width();
        // of a matrix without the gate, if another has that
        let up = if self.config.family.has(Role::GateWeight) { intermediate } else { self.config.up_width() };
        match role {
            Role::WordEmbedding => vec![self.config.vocabulary, embedding],
            Role::PositionEmbedding => vec![self.config.position_rows(), embedding],
            Role::SegmentEmbedding => vec![self.config.segments, embedding],
            Role::EmbeddingNormWeight | Role::EmbeddingNormBias => vec![embedding],
            Role::ProjectionWeight => vec![hidden, embedding],
            Role::QueryWeight | Role::OutputWeight => vec![hidden, hidden],
            Role::KeyWeight | Role::ValueWeight => vec![self.config.key_width(), hidden],
            Role::KeyBias | Role::ValueBias => vec![self.config.key_width()],
            Role::RelativeEmbedding => vec![self.config.relative.map_or(0, |table| table.rows()), hidden],
            Role::RelativeBias => vec![self.config.relative.map_or(0, |table| table.rows()), self.config.heads],
            Role::ConvolutionWeight => vec![hidden, hidden, self.config.convolution.map_or(0, |c| c.width)],
            Role::QkvWeight => vec![3 * hidden, hidden],
            Role::QkvBias => vec![3 * hidden],
            Role::HeadWeight => vec![hidden, hidden],
            Role::GateWeight => vec![intermediate, hidden],
            Role::GateBias => vec![intermediate],
            Role::UpWeight => vec![up, hidden],
            Role::UpBias => vec![up],
            Role::DownWeight => vec![hidden, intermediate],
            Role::ClassifierWeight => vec![self.labels, hidden],
            Role::ClassifierBias | Role::CrfStart | Role::CrfEnd => vec![self.labels],
            Role::CrfTransitions => vec![self.labels, self.labels],
            _ => vec![hidden],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const BERT: &str = r#"{"model_type": "bert", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9}"#;

    const DISTILBERT: &str = r#"{"model_type": "distilbert", "vocab_size": 11, "dim": 6, "n_layers": 2, "n_heads": 2,
        "hidden_dim": 10, "max_position_embeddings": 9}"#;

    const ELECTRA: &str = r#"{"model_type": "electra", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9, "embedding_size": 4}"#;

    const ALBERT: &str = r#"{"model_type": "albert", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 4,
        "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9, "embedding_size": 6,
        "num_hidden_groups": 2}"#;

    const ALL: [&str; 4] = [BERT, DISTILBERT, ELECTRA, ALBERT];

    fn layout(text: &str) -> Layout {
        Layout::new(&Config::parse(text, Path::new("config.json")).expect("valid"), 7)
    }

    #[test]
    fn parameters_neither_overlap_nor_leave_the_buffer() {
        for layout in ALL.map(layout) {
            for pair in layout.parameters.windows(2) {
                assert!(pair[0].span.range().end <= pair[1].span.start, "{} and {}", pair[0].name, pair[1].name);
            }
            assert!(layout.parameters.iter().all(|p| p.span.range().end <= layout.len));
            assert!(layout.parameters.iter().all(|p| p.span.len == p.shape.iter().product::<usize>()));
        }
    }

    #[test]
    fn query_key_and_value_are_one_matrix() {
        let qkv = layout(BERT).layers[1].qkv;
        assert_eq!((qkv.weight.len, qkv.bias.len), (3 * 6 * 6, 3 * 6));
    }

    /// Of the parameters that learn: how many, and the first.
    fn learning(text: &str, freeze: Freeze) -> (usize, String) {
        let layout = layout(text);
        let from = layout.learning_from(freeze);
        let mut learning = layout.parameters.iter().filter(|p| p.span.start >= from);
        (learning.clone().count(), learning.next().expect("the classifier learns").name.clone())
    }

    #[test]
    fn what_learns_is_the_end_of_the_buffer() {
        let count = |freeze| learning(BERT, freeze).0;
        assert_eq!(count(Freeze::Nothing), 5 + 2 * 16 + 2);
        assert_eq!(count(Freeze::Embeddings), 2 * 16 + 2);
        assert_eq!(count(Freeze::Layers(1)), 16 + 2);
        assert_eq!(count(Freeze::Layers(2)), 2);
        assert_eq!(count(Freeze::Layers(99)), 2);
        assert_eq!(count(Freeze::Encoder), 2);
    }

    #[test]
    fn frozen_embeddings_take_the_projection_with_them() {
        assert_eq!(learning(ELECTRA, Freeze::Nothing).0, 5 + 2 + 2 * 16 + 2);
        let (count, first) = learning(ELECTRA, Freeze::Embeddings);
        assert_eq!((count, first.as_str()), (2 * 16 + 2, "electra.encoder.layer.0.attention.self.query.weight"));
    }

    #[test]
    fn a_family_without_segments_has_no_table_of_them() {
        assert_eq!(learning(DISTILBERT, Freeze::Nothing).0, 4 + 2 * 16 + 2);
        assert_eq!(layout(DISTILBERT).embeddings.segment.len, 0);
    }

    #[test]
    fn fixing_a_layer_fixes_those_that_share_its_parameters() {
        let layout = layout(ALBERT);
        let fixed = |freeze| (learning(ALBERT, freeze).0, layout.first_learning(freeze));
        assert_eq!(fixed(Freeze::Nothing), (7 + 2 * 16 + 2, 0));
        assert_eq!(fixed(Freeze::Embeddings), (2 * 16 + 2, 0));
        assert_eq!(fixed(Freeze::Layers(1)), (16 + 2, 2));
        assert_eq!(fixed(Freeze::Layers(2)), (16 + 2, 2));
        assert_eq!(fixed(Freeze::Layers(3)), (2, 4));
        assert_eq!(fixed(Freeze::Encoder), (2, 4));
    }

    #[test]
    fn a_crf_is_the_end_of_the_buffer_and_learns_with_the_classifier() {
        let config = Config::parse(BERT, Path::new("config.json")).expect("valid").with_crf(true);
        for layout in [Layout::new(&config, 7), Layout::of_classifier(&config, 7)] {
            let names: Vec<&str> = layout.parameters.iter().rev().take(5).map(|one| one.name.as_str()).collect();
            let crf = ["crf.transitions", "crf.end_transitions", "crf.start_transitions"];
            assert_eq!(names, [&crf[..], &["classifier.bias", "classifier.weight"]].concat());
            let learning = layout.parameters.iter().filter(|p| p.span.start >= layout.learning_from(Freeze::Encoder));
            assert_eq!(learning.count(), 5);
            let spans = layout.crf.expect("it has one");
            assert_eq!([spans.start.len, spans.end.len, spans.transitions.len], [7, 7, 49]);
            let of_crf = layout.parameters.iter().filter(|one| one.role.is_crf());
            assert!(of_crf.clone().count() == 3 && of_crf.clone().all(|one| !one.role.decays()));
        }
    }

    #[test]
    fn biases_and_norms_do_not_decay() {
        for parameter in ALL.map(layout).into_iter().flat_map(|layout| layout.parameters) {
            let norm = ["LayerNorm", "layer_norm"].iter().any(|norm| parameter.name.contains(norm));
            let exempt = parameter.name.ends_with("bias") || norm;
            assert_eq!(parameter.role.decays(), !exempt, "{}", parameter.name);
        }
    }
}
