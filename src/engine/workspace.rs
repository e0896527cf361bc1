//! The arena's plan beyond the parameters: gradients, moments, activations, and room for the backward pass.

use crate::model::{ALIGNMENT, Config, Layout, Span};

use super::activations::{ConvolutionSpans, HeadSpans, LayerSpans, RelativeSpans};
use super::adapter_workspace::AdapterWorkspace;
use super::batch::Batch;
use super::learning::Learning;
use super::operations::STATISTICS;
use super::squares::Squares;

/// The largest batch a workspace can hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Packed tokens.
    pub tokens: usize,
    /// Floats of a layer's attention weights: see [`Batch::attention_weights`].
    pub attention_weights: usize,
}

impl Capacity {
    /// Room for both.
    pub fn max(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.max(other.tokens),
            attention_weights: self.attention_weights.max(other.attention_weights),
        }
    }

    /// What `batch` needs.
    pub fn of(batch: &Batch) -> Self {
        Self { tokens: batch.tokens().max(batch.selected.len()), attention_weights: batch.attention_weights() }
    }
}

/// Where everything lies in the arena, after the parameters.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    /// The largest batch.
    pub capacity: Capacity,
    /// Gradients of the learning parameters.
    pub gradients: Span,
    /// First moments of the learning parameters.
    pub first_moments: Span,
    /// Second moments of the learning parameters.
    pub second_moments: Span,
    /// The average of the learning parameters; empty where none is kept.
    pub average: Span,
    /// Sums of squares of the gradients of linear layers' weights, row by row.
    pub squares: Squares,
    /// Where the activations start; they and the room for backward reach to the end.
    pub activations: usize,
    /// `[embedding width]`: the sum of the embeddings.
    pub embedding_sum: Span,
    /// `[2]`
    pub embedding_statistics: Span,
    /// `[embedding width]`: the projection's input; without one, the first layer's.
    pub embedding_output: Span,
    /// The layers. Those below the first that learns share spans, since they have no backward pass.
    pub layers: Vec<LayerSpans>,
    /// `[hidden]`: the selected rows of the last layer's input.
    pub selected_input: Span,
    /// `[hidden]`: the classifier's input.
    pub classifier_input: Span,
    /// `[labels]`
    pub logits: Span,
    /// `[max(hidden, embedding width)]`, twice: gradients on their way back.
    pub hidden_gradients: [Span; 2],
    /// `[max(3·hidden, columns before the activation)]`
    pub wide_gradient: Span,
    /// Queries, keys and values, or their gradients, where heads share keys and values: each once.
    pub packed: Option<Span>,
    /// Zeros in place of biases that a family lacks.
    pub zeros: Span,
    /// Where gradients go that nobody reads: those of such biases, and of norms that do not learn.
    pub unread: Span,
    /// The tables of rotary positions by their base, `[positions, head]`; constant.
    pub rotary: Vec<(f64, Span)>,
    /// Of the table of relative positions, if there is one.
    pub relative: Option<RelativeSpans>,
    /// Of the convolution, if there is one.
    pub convolution: Option<ConvolutionSpans>,
    /// Of adapters of low rank, if the model has such.
    pub adapters: Option<AdapterWorkspace>,
    /// Of the layer before the classifier, if there is one.
    pub head: Option<HeadSpans>,
    /// All floats, parameters included.
    pub len: usize,
}

struct Arenas<'a> {
    config: &'a Config,
    capacity: Capacity,
    end: usize,
}

impl Workspace {
    /// For batches up to `capacity`.
    pub(super) fn new(config: &Config, layout: &Layout, labels: usize, capacity: Capacity, learning: Learning) -> Self {
        let mut arena = Arenas { config, capacity, end: layout.len };
        let [gradients, first_moments, second_moments] = [(); 3].map(|()| arena.take(layout.len - learning.from));
        let average = arena.average(layout, learning);
        let squares = Squares::new(layout, learning.from, |len| arena.take(len));
        let activations = arena.end.next_multiple_of(ALIGNMENT);
        let width = config.embedding_width();
        let (embedding_sum, input) = (arena.rows(width), arena.rows(config.hidden));
        let embedding_statistics = arena.take(capacity.tokens * STATISTICS);
        let embedding_output = config.projected_from.map_or(input, |width| arena.rows(width));
        let convolution = arena.convolution();
        let layers = arena.layers(input, convolution, learning.first_layer);
        let [selected_input, classifier_input] = [(); 2].map(|()| arena.rows(config.hidden));
        let logits = arena.rows(labels);
        let hidden_gradients = [(); 2].map(|()| arena.rows(config.hidden.max(width)));
        let wide_gradient = arena.rows((3 * config.hidden).max(config.up_width()));
        let packed = arena.packed();
        let [zeros, unread] = arena.missing_biases();
        Self {
            packed,
            zeros,
            unread,
            rotary: arena.rotary(),
            relative: arena.relative(),
            convolution,
            adapters: arena.adapters(),
            head: arena.head(),
            capacity,
            gradients,
            first_moments,
            second_moments,
            average,
            squares,
            activations,
            embedding_sum,
            embedding_statistics,
            embedding_output,
            layers,
            selected_input,
            classifier_input,
            logits,
            hidden_gradients,
            wide_gradient,
            len: arena.end,
        }
    }

    /// For a classifier over features: gradients, moments, a batch's features and logits.
    pub(super) fn of_classifier(
        config: &Config,
        layout: &Layout,
        labels: usize,
        capacity: Capacity,
        learning: Learning,
    ) -> Self {
        let mut arena = Arenas { config, capacity, end: layout.len };
        let [gradients, first_moments, second_moments] = [(); 3].map(|()| arena.take(layout.len - learning.from));
        let average = arena.average(layout, learning);
        let squares = Squares::new(layout, learning.from, |len| arena.take(len));
        let activations = arena.end.next_multiple_of(ALIGNMENT);
        let classifier_input = arena.rows(config.hidden);
        let logits = arena.rows(labels);
        let nothing = Span::default();
        let [zeros, unread] = arena.missing_biases();
        let head = arena.head();
        Self {
            packed: None,
            zeros,
            unread,
            rotary: Vec::new(),
            relative: None,
            convolution: None,
            adapters: None,
            head,
            capacity,
            gradients,
            first_moments,
            second_moments,
            average,
            squares,
            activations,
            embedding_sum: nothing,
            embedding_statistics: nothing,
            embedding_output: nothing,
            layers: Vec::new(),
            selected_input: nothing,
            classifier_input,
            logits,
            hidden_gradients: [(); 2].map(|()| head.map_or(nothing, |_| arena.rows(config.hidden))),
            wide_gradient: nothing,
            len: arena.end,
        }
    }
}

impl Arenas<'_> {
    fn take(&mut self, len: usize) -> Span {
        let start = self.end.next_multiple_of(ALIGNMENT);
        self.end = start + len;
        Span { start, len }
    }

    fn average(&mut self, layout: &Layout, learning: Learning) -> Span {
        if learning.averages { self.take(layout.len - learning.from) } else { Span::default() }
    }

    fn rows(&mut self, width: usize) -> Span {
        self.take(self.capacity.tokens * width)
    }

    /// Zeros and room for gradients that are not read, both as wide as the widest operation that may lack a bias; room for
    /// the gradients of a norm that may not learn.
    fn missing_biases(&mut self) -> [Span; 2] {
        let config = self.config;
        let biases = config.biases;
        let all = biases.attention && biases.up && biases.down && biases.norms;
        let complete = all && config.head_layer.is_none_or(|head| head.bias) && config.convolution.is_none();
        let widest = match (&config.adapter, complete) {
            (Some(_), _) => AdapterWorkspace::widest(config),
            (None, true) => 0,
            (None, false) => (3 * config.hidden).max(config.up_width()),
        };
        [(); 2].map(|()| self.take(widest))
    }

    fn packed(&mut self) -> Option<Span> {
        self.config.key_heads.map(|_| self.rows(self.config.qkv_width()))
    }

    /// A table for each base that a layer has.
    fn rotary(&mut self) -> Vec<(f64, Span)> {
        let mut bases: Vec<f64> = self.config.attention.iter().filter_map(|layer| layer.theta).collect();
        bases.sort_by(f64::total_cmp);
        bases.dedup();
        let positions = self.longest();
        bases.into_iter().map(|base| (base, self.take(positions * self.config.head_width()))).collect()
    }

    /// Tokens of the longest sentence that there may be.
    fn longest(&self) -> usize {
        self.capacity.tokens.min(self.config.longest())
    }

    /// Rows of the table of relative positions that a batch may need.
    fn distances(&self) -> usize {
        self.config.disentangled().map_or(0, |table| table.needed(self.longest()).1)
    }

    fn adapters(&mut self) -> Option<AdapterWorkspace> {
        let (config, rows) = (self.config, self.capacity.tokens.max(self.distances()));
        AdapterWorkspace::new(config, rows, |len| self.take(len))
    }

    fn relative(&mut self) -> Option<RelativeSpans> {
        self.config.disentangled()?;
        let (rows, hidden) = (self.distances(), self.config.hidden);
        Some(RelativeSpans {
            statistics: self.take(rows * STATISTICS),
            output: self.take(rows * hidden),
            dropped: self.take(rows * hidden),
            gradient: self.take(rows * hidden),
            products_gradient: self.take(rows * 2 * hidden),
        })
    }

    fn convolution(&mut self) -> Option<ConvolutionSpans> {
        let (convolution, hidden) = (self.config.convolution?, self.config.hidden);
        Some(ConvolutionSpans {
            unfolded: self.rows(hidden * convolution.width),
            pre: self.rows(hidden),
            sum: self.rows(hidden),
            statistics: self.take(self.capacity.tokens * STATISTICS),
            output: self.rows(hidden),
        })
    }

    fn head(&mut self) -> Option<HeadSpans> {
        self.config.head_layer?;
        Some(HeadSpans {
            input: self.rows(self.config.hidden),
            up: self.rows(self.config.hidden),
            activated: self.rows(self.config.hidden),
            statistics: self.take(self.capacity.tokens * STATISTICS),
        })
    }

    /// Layers below `first_learning` share one set of spans and take two for their outputs in turn.
    fn layers(&mut self, input: Span, convolution: Option<ConvolutionSpans>, first_learning: usize) -> Vec<LayerSpans> {
        let mut layers = Vec::with_capacity(self.config.layers);
        let mut input = input;
        let mut shared: Option<(LayerSpans, [Span; 2])> = None;
        for layer in 0..self.config.layers {
            let spans = if layer < first_learning {
                let (spans, outputs) = *shared.get_or_insert_with(|| {
                    let spans = self.layer(input);
                    (spans, [spans.output, input])
                });
                LayerSpans { input, output: outputs[layer % 2], ..spans }
            } else {
                self.layer(input)
            };
            input = convolution.filter(|_| layer == 0).map_or(spans.output, |convolution| convolution.output);
            layers.push(spans);
        }
        layers
    }

    fn layer(&mut self, input: Span) -> LayerSpans {
        let Config { hidden, intermediate, .. } = *self.config;
        let (up, distances) = (self.config.up_width(), self.distances());
        LayerSpans {
            input,
            qkv: self.rows(3 * hidden),
            weights: self.take(self.capacity.attention_weights),
            products: self.take(distances * 2 * hidden),
            context: self.rows(hidden),
            attention_sum: self.rows(hidden),
            attention_statistics: self.take(self.capacity.tokens * STATISTICS),
            middle: self.rows(hidden),
            up: self.rows(up),
            activated: self.rows(intermediate),
            feed_forward_sum: self.rows(hidden),
            feed_forward_statistics: self.take(self.capacity.tokens * STATISTICS),
            output: self.rows(hidden),
        }
    }
}
