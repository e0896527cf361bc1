//! The layout of all parameters in one flat buffer.
//!
//! Parameters are in the order of the forward pass, so that those that `model.freeze` leaves to train are one span at the
//! end. In an adapted model those that learn lie behind all others, in the same order. Query, key and value are adjacent
//! and form one matrix. Starts are multiples of [`ALIGNMENT`]; gaps are zero.

use crate::spec::{Adapter, Freeze, LoraTarget};

use super::config::Config;
use super::role::Role;
use super::spans::{
    AdapterSpans, ConvolutionSpans, CrfSpans, EmbeddingSpans, HeadSpans, LayerSpans, LinearSpans, NormSpans,
    RelativeSpans, Span,
};

/// Parameters start at multiples of so many floats (a cache line).
pub const ALIGNMENT: usize = 16;

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

/// A norm that a family lacks.
const NO_NORM: NormSpans = NormSpans { weight: Span { start: 0, len: 0 }, bias: Span { start: 0, len: 0 } };

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
    /// Where the parameters lie that learn in an adapted model; else 0.
    adapted_from: usize,
    /// Total number of floats, gaps included.
    pub len: usize,
}

impl Layout {
    /// The layout of `config` with a classifier of `labels` classes.
    pub fn new(config: &Config, labels: usize) -> Self {
        if config.adapter.is_none() {
            return Self::with_learned_from(config, labels, 0);
        }
        // what learns begins behind the rest, whose length the first of the two passes tells
        let fixed = Self::with_learned_from(config, labels, 0).len;
        Self::with_learned_from(config, labels, fixed)
    }

    /// The layout whose adapted parameters start at `adapted_from`. Its length is where the others end, if that is 0.
    fn with_learned_from(config: &Config, labels: usize, adapted_from: usize) -> Self {
        let mut parameters = Parameters { config, labels, list: Vec::new(), end: 0, adapted_end: adapted_from };
        let mut embeddings = parameters.embeddings();
        let own = parameters.layers(&mut embeddings.norm);
        let layers = (0..config.layers).map(|layer| own[config.group(layer)]).collect();
        let head = parameters.head();
        let classifier = parameters.linear(&[Role::ClassifierWeight], &[Role::ClassifierBias], true, None);
        let crf = parameters.crf();
        let end = if adapted_from > 0 { parameters.adapted_end } else { parameters.end };
        parameters.list.sort_by_key(|parameter| parameter.span.start);
        Self {
            embeddings,
            layers,
            head,
            classifier,
            crf,
            adapted_from,
            len: end.next_multiple_of(ALIGNMENT),
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
        // whatever of the encoder learns, all of this does
        let config = &Config { adapter: None, ..config.clone() };
        let mut parameters = Parameters { config, labels, list: Vec::new(), end: 0, adapted_end: 0 };
        let head = parameters.head();
        let classifier = parameters.linear(&[Role::ClassifierWeight], &[Role::ClassifierBias], true, None);
        let crf = parameters.crf();
        let len = parameters.end.next_multiple_of(ALIGNMENT);
        Self {
            embeddings,
            layers: Vec::new(),
            head,
            classifier,
            crf,
            adapted_from: 0,
            len,
            parameters: parameters.list,
        }
    }

    /// Offset of the first parameter that trains under `freeze`; all later ones train too. Layers that share parameters with
    /// a frozen layer are frozen.
    pub fn learning_from(&self, freeze: Freeze) -> usize {
        match freeze {
            Freeze::Nothing => self.adapted_from,
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
    /// Where those end that do not learn in an adapted model; in another, where all end.
    end: usize,
    /// Where the others end.
    adapted_end: usize,
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
            adapters: LoraTarget::ALL.map(|target| self.adapter(target, at)),
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

    fn adapter(&mut self, target: LoraTarget, layer: Option<usize>) -> Option<AdapterSpans> {
        let has = self.config.lora()?.targets.contains(&target);
        has.then(|| AdapterSpans {
            a: self.push(&[Role::LoraA(target)], layer),
            b: self.push(&[Role::LoraB(target)], layer),
        })
    }

    /// Whether a parameter lies behind those that do not learn.
    fn is_adapted(&self, role: Role) -> bool {
        match &self.config.adapter {
            None => false,
            Some(_) if !role.is_encoder() => true,
            Some(Adapter::Bitfit) => role.is_bias(),
            Some(Adapter::Lora(_)) => role.is_lora(),
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
        let is_adapted = roles.first().is_some_and(|role| self.is_adapted(*role));
        let start = if is_adapted { self.adapted_end } else { self.end }.next_multiple_of(ALIGNMENT);
        let mut end = start;
        for &role in roles {
            let shape = self.shape(role);
            let span = Span { start: end, len: shape.iter().product() };
            end += span.len;
            let name = self.config.family.tensor(role, layer);
            self.list.push(Parameter { role, layer, name, shape, span });
        }
        *if is_adapted { &mut self.adapted_end } else { &mut self.end } = end;
        Span { start, len: end - start }
    }

    fn rank(&self) -> usize {
        self.config.lora().map_or(0, |lora| lora.rank)
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
            Role::LoraA(LoraTarget::Down) => vec![self.rank(), intermediate],
            Role::LoraA(_) => vec![self.rank(), hidden],
            Role::LoraB(LoraTarget::Up) => vec![self.config.up_width(), self.rank()],
            Role::LoraB(LoraTarget::Key | LoraTarget::Value) => vec![self.config.key_width(), self.rank()],
            Role::LoraB(_) => vec![hidden, self.rank()],
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
