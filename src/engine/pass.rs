//! A pass of one batch through a model on a device: what the parts of the encoder share.

use crate::model::{Config, LinearSpans, NormSpans, Span};

use super::batch::{Batch, Tokens};
use super::batch_sizes::BatchSizes;
use super::masks::Masks;
use super::model_plan::ModelPlan;
use super::operations::{
    Branch, Linear, LinearInputBackward, LinearParametersBackward, NormBackward, Normed, Operations, RowCopy, Rows,
};
use super::product::{Shape, Write};

/// A pass of one batch through a model on a device.
pub(super) struct Pass<'p, D> {
    pub plan: &'p ModelPlan,
    pub device: &'p mut D,
    pub batch: &'p Batch,
    pub masks: &'p Masks,
}

/// The two buffers that gradients of hidden states take in turn on their way back.
#[derive(Debug, Clone, Copy)]
pub(super) struct HiddenGradients {
    /// Of what is next on the way.
    pub current: Span,
    /// Free, or, if norms stand first, the gradient of the sum that runs beside.
    pub spare: Span,
}

impl HiddenGradients {
    pub(super) fn swapped(self) -> Self {
        Self { current: self.spare, spare: self.current }
    }
}

impl<'p, D: Operations> Pass<'p, D> {
    pub(super) fn all(&self) -> BatchSizes<'p> {
        let config = &self.plan.config;
        let Config { hidden, intermediate, .. } = *config;
        BatchSizes {
            rows: Rows { batch: self.batch, tokens: Tokens::All },
            count: self.batch.tokens(),
            embedding: config.embedding_width(),
            hidden,
            qkv: config.qkv_width(),
            intermediate,
            up: config.up_width(),
            attention_weights: self.batch.attention_weights(),
            distances: self.batch.distances.rows.len(),
        }
    }

    pub(super) fn selected(&self) -> BatchSizes<'p> {
        let rows = Rows { batch: self.batch, tokens: Tokens::Selected };
        BatchSizes { rows, count: self.batch.selected.len(), ..self.all() }
    }

    /// The rows of the table of relative positions that the batch needs.
    pub(super) fn distances(&self) -> BatchSizes<'p> {
        let rows = Rows { batch: self.batch, tokens: Tokens::Distances };
        let all = self.all();
        BatchSizes { rows, count: all.distances, ..all }
    }

    /// Whether norms stand before attention and feed-forward part.
    pub(super) fn norm_first(&self) -> bool {
        self.plan.config.family.norm_first
    }

    /// Whether the lowest attention has a norm of its own before it, beside which the embeddings run on.
    pub(super) fn norm_before_lowest(&self) -> bool {
        self.norm_first() && !self.plan.config.family.normalizes_embeddings()
    }

    /// A norm over `sum`.
    pub(super) fn normed(&self, sum: Span, statistics: Span, parameters: NormSpans) -> Normed {
        let (epsilon, centered) = (self.plan.config.norm_epsilon as f32, !self.plan.config.family.root_mean_square);
        Normed { sum, statistics, parameters: self.plan.norm(parameters), epsilon, centered }
    }

    /// The norm after the embeddings, or before the lowest attention, and its parameters.
    pub(super) fn embedding_norm(&self) -> (Normed, NormSpans) {
        let (sizes, workspace) = (self.all(), &self.plan.workspace);
        let (sum, statistics) = (workspace.embedding_sum, workspace.embedding_statistics);
        let parameters = self.plan.layout.embeddings.norm;
        (self.normed(sizes.embedding(sum), sizes.statistics(statistics), parameters), parameters)
    }

    /// A linear layer over `x`.
    pub(super) fn linear(&self, x: Span, parameters: LinearSpans, shape: Shape) -> Linear {
        Linear { x, parameters: self.plan.linear(parameters, shape.outputs), shape, added: [None; 3] }
    }

    pub(super) fn linear_parameters_backward(
        &mut self,
        linear: LinearSpans,
        dy: Span,
        x: Span,
        shape: Shape,
        write: Write,
    ) {
        let gradients = self.plan.linear_gradients(linear);
        if gradients.weight.len == 0 && gradients.bias.len == 0 {
            return;
        }
        let of_rows = || self.plan.workspace.squares.of_rows(linear.weight, shape.outputs);
        let squares = if gradients.weight.len > 0 { of_rows() } else { Span::default() };
        self.device.linear_parameters_backward(LinearParametersBackward { gradients, squares, dy, x, shape, write });
    }

    /// dx = dy·W
    pub(super) fn linear_input_backward(&mut self, dx: Span, dy: Span, weight: Span, shape: Shape, write: Write) {
        self.device.linear_input_backward(LinearInputBackward { dx, dy, weight, shape, write });
    }

    /// `parameters`: of the norm, where the layout has them; `residual`: see [`NormBackward`].
    pub(super) fn norm_backward(
        &mut self,
        (norm, parameters): (Normed, NormSpans),
        gradient: Span,
        residual: Option<Span>,
        branch: Option<Branch>,
        rows: Rows<'_>,
        write: Write,
    ) {
        let parameter_gradients = self.plan.norm_gradients(parameters);
        let operands = NormBackward { gradient, residual, norm, parameter_gradients, write, branch };
        self.device.norm_backward(operands, rows);
    }

    /// The gradient `current` of a residual's rows as one of all rows.
    pub(super) fn spread(&mut self, gradients: HiddenGradients, tokens: Tokens) -> HiddenGradients {
        if tokens != Tokens::Selected {
            return gradients;
        }
        let (all, from) = (self.all(), self.selected().hidden(gradients.current));
        let to = all.hidden(gradients.spare);
        self.device.scatter(RowCopy { to, from, width: all.hidden }, self.batch);
        gradients.swapped()
    }
}
