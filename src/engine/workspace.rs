//! The arena's plan beyond the parameters: gradients, moments, activations, and room for the backward pass.

use crate::model::{ALIGNMENT, Config, Layout, Span};

use super::batch::Batch;
use super::learning::Learning;
use super::operations::STATISTICS;

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

/// What a layer keeps from forward to backward, a row a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerSpans {
    /// `[hidden]`: the output of the layer before.
    pub input: Span,
    /// `[3·hidden]`
    pub qkv: Span,
    /// Softmax of each head.
    pub weights: Span,
    /// `[hidden]`
    pub context: Span,
    /// `[hidden]`: attention's output and residual.
    pub attention_sum: Span,
    /// `[2]`
    pub attention_statistics: Span,
    /// `[hidden]`: input of the feed-forward part.
    pub middle: Span,
    /// `[intermediate]`: before the activation.
    pub up: Span,
    /// `[intermediate]`: after it.
    pub activated: Span,
    /// `[hidden]`
    pub feed_forward_sum: Span,
    /// `[2]`
    pub feed_forward_statistics: Span,
    /// `[hidden]`
    pub output: Span,
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
    /// `[max(3·hidden, intermediate)]`
    pub wide_gradient: Span,
    /// All floats, parameters included.
    pub len: usize,
}

/// A float for each row of each linear layer's weight that learns.
#[derive(Debug, Clone)]
pub(super) struct Squares {
    /// Where each weight starts among the parameters, and where the floats of its rows lie; in ascending order.
    of_weights: Vec<(usize, Span)>,
    all: Span,
}

impl Squares {
    fn new(arena: &mut Arenas<'_>, layout: &Layout, learning_from: usize) -> Self {
        let weights = layout.parameters.iter().filter(|p| p.span.start >= learning_from && p.role.is_linear_weight());
        // without gaps, so that those of query, key and value, which serve as one matrix, are one stretch
        let rows: Vec<_> = weights.map(|weight| (weight.span.start, weight.shape[0])).collect();
        let all = arena.take(rows.iter().map(|(_, rows)| rows).sum());
        let mut next = all.start;
        let of_weights = rows.into_iter().map(|(start, len)| {
            let span = Span { start: next, len };
            next += len;
            (start, span)
        });
        Self { of_weights: of_weights.collect(), all }
    }

    /// The floats of all weights.
    pub(super) fn all(&self) -> Span {
        self.all
    }

    /// The floats of the weight at `parameter`.
    pub(super) fn of(&self, parameter: Span) -> Option<Span> {
        let at = self.of_weights.binary_search_by_key(&parameter.start, |(start, _)| *start).ok()?;
        Some(self.of_weights[at].1)
    }

    /// The floats of `rows` rows from `weight` on: it and the next weights may serve as one matrix.
    pub(super) fn of_rows(&self, weight: Span, rows: usize) -> Span {
        Span { len: rows, ..self.of(weight).expect("a weight that learns in a linear layer") }
    }
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
        let squares = Squares::new(&mut arena, layout, learning.from);
        let activations = arena.end.next_multiple_of(ALIGNMENT);
        let width = config.embedding_width();
        let (embedding_sum, input) = (arena.rows(width), arena.rows(config.hidden));
        let embedding_statistics = arena.take(capacity.tokens * STATISTICS);
        let embedding_output = config.projected_from.map_or(input, |width| arena.rows(width));
        let layers = arena.layers(input, learning.first_layer);
        let [selected_input, classifier_input] = [(); 2].map(|()| arena.rows(config.hidden));
        let logits = arena.rows(labels);
        let hidden_gradients = [(); 2].map(|()| arena.rows(config.hidden.max(width)));
        let wide_gradient = arena.rows((3 * config.hidden).max(config.intermediate));
        Self {
            capacity,
            gradients,
            first_moments,
            second_moments,
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
        let squares = Squares::new(&mut arena, layout, learning.from);
        let activations = arena.end.next_multiple_of(ALIGNMENT);
        let classifier_input = arena.rows(config.hidden);
        let logits = arena.rows(labels);
        let nothing = Span::default();
        Self {
            capacity,
            gradients,
            first_moments,
            second_moments,
            squares,
            activations,
            embedding_sum: nothing,
            embedding_statistics: nothing,
            embedding_output: nothing,
            layers: Vec::new(),
            selected_input: nothing,
            classifier_input,
            logits,
            hidden_gradients: [nothing; 2],
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

    fn rows(&mut self, width: usize) -> Span {
        self.take(self.capacity.tokens * width)
    }

    /// Layers below `first_learning` share one set of spans and take two for their outputs in turn.
    fn layers(&mut self, input: Span, first_learning: usize) -> Vec<LayerSpans> {
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
            input = spans.output;
            layers.push(spans);
        }
        layers
    }

    fn layer(&mut self, input: Span) -> LayerSpans {
        let Config { hidden, intermediate, .. } = *self.config;
        LayerSpans {
            input,
            qkv: self.rows(3 * hidden),
            weights: self.take(self.capacity.attention_weights),
            context: self.rows(hidden),
            attention_sum: self.rows(hidden),
            attention_statistics: self.take(self.capacity.tokens * STATISTICS),
            middle: self.rows(hidden),
            up: self.rows(intermediate),
            activated: self.rows(intermediate),
            feed_forward_sum: self.rows(hidden),
            feed_forward_statistics: self.take(self.capacity.tokens * STATISTICS),
            output: self.rows(hidden),
        }
    }
}
