//! Where parameters lie in a flat buffer: spans, by the part of the model that they are of.

use std::ops::Range;

use crate::spec::LoraTarget;

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

/// The matrices of an adapter of low rank.
#[derive(Debug, Clone, Copy)]
pub struct AdapterSpans {
    /// `[rank, inputs]`
    pub a: Span,
    /// `[outputs, rank]`
    pub b: Span,
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
    /// Of each target, in the order of [`LoraTarget::ALL`]; none where it has no adapter.
    pub adapters: [Option<AdapterSpans>; LoraTarget::ALL.len()],
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
