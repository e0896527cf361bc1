//! The sizes of a batch's operands, to which the workspace's spans are cut.

use crate::model::Span;

use super::activations::LayerSpans;
use super::operations::{Rows, STATISTICS};
use super::product::Shape;

/// How many rows there are, and how wide.
#[derive(Clone, Copy)]
pub(super) struct BatchSizes<'b> {
    pub rows: Rows<'b>,
    /// Rows.
    pub count: usize,
    pub embedding: usize,
    pub hidden: usize,
    /// Columns of queries, keys and values, each head's once.
    pub qkv: usize,
    pub intermediate: usize,
    /// Columns of the feed-forward part before its activation.
    pub up: usize,
    pub attention_weights: usize,
    /// Rows of the table of relative positions.
    pub distances: usize,
}

impl BatchSizes<'_> {
    pub(super) fn shape(&self, inputs: usize, outputs: usize) -> Shape {
        Shape { tokens: self.count, inputs, outputs }
    }

    pub(super) fn embedding(&self, span: Span) -> Span {
        span.first(self.count * self.embedding)
    }

    pub(super) fn hidden(&self, span: Span) -> Span {
        span.first(self.count * self.hidden)
    }

    /// Of queries, keys and values, each head's once.
    pub(super) fn packed(&self, span: Span) -> Span {
        span.first(self.count * self.qkv)
    }

    pub(super) fn intermediate(&self, span: Span) -> Span {
        span.first(self.count * self.intermediate)
    }

    pub(super) fn up(&self, span: Span) -> Span {
        span.first(self.count * self.up)
    }

    /// Of the queries and keys of distances.
    pub(super) fn products(&self, span: Span) -> Span {
        span.first(self.distances * 2 * self.hidden)
    }

    pub(super) fn statistics(&self, span: Span) -> Span {
        span.first(self.count * STATISTICS)
    }

    pub(super) fn layer(&self, spans: &LayerSpans) -> LayerSpans {
        LayerSpans {
            input: self.hidden(spans.input),
            qkv: spans.qkv.first(self.count * 3 * self.hidden),
            weights: spans.weights.first(self.attention_weights),
            products: self.products(spans.products),
            context: self.hidden(spans.context),
            attention_sum: self.hidden(spans.attention_sum),
            attention_statistics: self.statistics(spans.attention_statistics),
            middle: self.hidden(spans.middle),
            up: self.up(spans.up),
            activated: self.intermediate(spans.activated),
            feed_forward_sum: self.hidden(spans.feed_forward_sum),
            feed_forward_statistics: self.statistics(spans.feed_forward_statistics),
            output: self.hidden(spans.output),
        }
    }
}
