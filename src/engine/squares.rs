//! Where the sums of squares of weights' gradients lie, from which the gradient's norm is taken.

use crate::model::{Layout, Span};

/// A float for each row of each linear layer's weight that learns.
#[derive(Debug, Clone)]
pub(super) struct Squares {
    /// Where each weight starts among the parameters, and where the floats of its rows lie; in ascending order.
    of_weights: Vec<(usize, Span)>,
    all: Span,
}

impl Squares {
    /// For the parameters from `learning_from` on; `take` gives a stretch of so many floats.
    pub(super) fn new(layout: &Layout, learning_from: usize, take: impl FnOnce(usize) -> Span) -> Self {
        let weights = layout.parameters.iter().filter(|p| p.span.start >= learning_from && p.role.is_linear_weight());
        // without gaps, so that those of query, key and value, which serve as one matrix, are one stretch
        let rows: Vec<_> = weights.map(|weight| (weight.span.start, weight.shape[0])).collect();
        let all = take(rows.iter().map(|(_, rows)| rows).sum());
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
