//! Where a pass keeps what its parts need on the way back.

use crate::model::Span;

/// What a layer keeps from forward to backward, a row a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerSpans {
    /// `[hidden]`: the output of the layer before.
    pub input: Span,
    /// `[3·hidden]`
    pub qkv: Span,
    /// Softmax of each head.
    pub weights: Span,
    /// A row a distance: `[2·hidden]`, its queries and keys; empty without a table of relative positions.
    pub products: Span,
    /// `[hidden]`
    pub context: Span,
    /// `[hidden]`: attention's output and residual.
    pub attention_sum: Span,
    /// `[2]`
    pub attention_statistics: Span,
    /// `[hidden]`: input of the feed-forward part.
    pub middle: Span,
    /// `[intermediate]`, or twice that with a gate: before the activation.
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

/// Of the table of relative positions, a row a distance.
#[derive(Debug, Clone, Copy)]
pub(super) struct RelativeSpans {
    /// `[2]`
    pub statistics: Span,
    /// `[hidden]`: the norm's output.
    pub output: Span,
    /// `[hidden]`: that after a layer's dropout, or its gradient.
    pub dropped: Span,
    /// `[hidden]`: the gradient of the norm's output.
    pub gradient: Span,
    /// `[2·hidden]`: the gradient of a layer's queries and keys.
    pub products_gradient: Span,
}

/// Of the convolution, a row a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConvolutionSpans {
    /// `[hidden·width]`: the neighborhoods, then their gradient.
    pub unfolded: Span,
    /// `[hidden]`: before the activation.
    pub pre: Span,
    /// `[hidden]`: before the norm.
    pub sum: Span,
    /// `[2]`
    pub statistics: Span,
    /// `[hidden]`: the next layer's input.
    pub output: Span,
}

/// Of the layer before the classifier, a row a selected token.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadSpans {
    /// `[hidden]`: the encoder's output.
    pub input: Span,
    /// `[hidden]`: before the activation.
    pub up: Span,
    /// `[hidden]`: after it, before the norm.
    pub activated: Span,
    /// `[2]`
    pub statistics: Span,
}
