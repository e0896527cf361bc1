//! What every device is told of a model: where each operand lies in memory, and what learns.

use crate::model::{Config, Layout, LinearSpans, NormSpans, Parameter, Span};
use crate::spec::Freeze;

use super::adamw::TrainingState;
use super::batch::Batch;
use super::workspace::{Capacity, Workspace};

/// Bytes that a model takes on the CPU; without `freeze`, a classifier over features.
pub fn planned_bytes(config: &Config, labels: usize, freeze: Option<Freeze>, capacity: Capacity) -> usize {
    let config = config.clone();
    let plan = match freeze {
        Some(freeze) => ModelPlan::new(config, labels, freeze, capacity),
        None => ModelPlan::of_classifier(config, labels, capacity),
    };
    plan.workspace.len.saturating_mul(size_of::<f32>())
}

/// The plan of a model's memory. What learns is the end of the parameters, from `learning_from` on.
#[derive(Debug)]
pub(super) struct ModelPlan {
    pub config: Config,
    pub labels: usize,
    pub layout: Layout,
    pub workspace: Workspace,
    /// Where the learning parameters start.
    pub learning_from: usize,
    pub embeddings_learn: bool,
    /// The lowest layer that learns; the number of layers if only the classifier does.
    pub first_learning: usize,
}

impl ModelPlan {
    /// A model of `config` with `labels` classes, for batches up to `capacity`.
    pub(super) fn new(config: Config, labels: usize, freeze: Freeze, capacity: Capacity) -> Self {
        let layout = Layout::new(&config, labels);
        let (learning_from, first_learning) = (layout.learning_from(freeze), layout.first_learning(freeze));
        let workspace = Workspace::new(&config, &layout, labels, capacity, learning_from, first_learning);
        let embeddings_learn = freeze == Freeze::Nothing;
        Self { config, labels, layout, workspace, learning_from, embeddings_learn, first_learning }
    }

    /// A classifier of `labels` classes over features, for batches up to `capacity`. Of the encoder there is only the
    /// shape, since the place of the classifier's dropout depends on it.
    pub(super) fn of_classifier(config: Config, labels: usize, capacity: Capacity) -> Self {
        let layout = Layout::of_classifier(&config, labels);
        let workspace = Workspace::of_classifier(&config, &layout, labels, capacity);
        let (learning_from, first_learning) = (layout.classifier.weight.start, config.layers);
        Self { config, labels, layout, workspace, learning_from, embeddings_learn: false, first_learning }
    }

    /// The learning parameters, in order.
    pub(super) fn learning(&self) -> impl Iterator<Item = &Parameter> {
        self.layout.parameters.iter().filter(|parameter| parameter.span.start >= self.learning_from)
    }

    /// Where the learning parameters and their moments lie.
    pub(super) fn state(&self) -> TrainingState<Span> {
        let parameters = Span { start: self.learning_from, len: self.layout.len - self.learning_from };
        let (first_moments, second_moments) = (self.workspace.first_moments, self.workspace.second_moments);
        TrainingState { parameters, first_moments, second_moments }
    }

    /// Whether the backward pass goes on below the classifier.
    pub(super) fn encoder_learns(&self) -> bool {
        self.embeddings_learn || self.first_learning < self.config.layers
    }

    /// Where the gradient of a learning parameter lies.
    pub(super) fn gradient(&self, parameter: Span) -> Span {
        self.within(self.workspace.gradients, parameter)
    }

    /// The part of `buffer`, which is as long as the learning parameters, that belongs to `parameter`.
    pub(super) fn within(&self, buffer: Span, parameter: Span) -> Span {
        Span { start: buffer.start + (parameter.start - self.learning_from), len: parameter.len }
    }

    /// Where the gradients of a linear layer lie.
    pub(super) fn linear_gradients(&self, linear: LinearSpans) -> LinearSpans {
        LinearSpans { weight: self.gradient(linear.weight), bias: self.gradient(linear.bias) }
    }

    /// Where the gradients of a norm lie.
    pub(super) fn norm_gradients(&self, norm: NormSpans) -> NormSpans {
        NormSpans { weight: self.gradient(norm.weight), bias: self.gradient(norm.bias) }
    }

    /// Where the classifier's input of `batch` lies after a forward pass: `[selected tokens, hidden]`.
    pub(super) fn classifier_input(&self, batch: &Batch) -> Span {
        self.workspace.classifier_input.first(batch.selected.len() * self.config.hidden)
    }

    /// Where the logits of `batch` lie after a forward pass: `[selected tokens, labels]`.
    pub(super) fn logits(&self, batch: &Batch) -> Span {
        self.workspace.logits.first(batch.selected.len() * self.labels)
    }
}
