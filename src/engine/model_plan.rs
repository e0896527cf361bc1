//! The plan of a model that every device follows: where each operand lies in memory, and what learns.

use crate::model::{Config, Layout, LinearSpans, NormSpans, Parameter, Span};
use crate::spec::Freeze;

use super::adamw::TrainingState;
use super::batch::Batch;
use super::learning::Learning;
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

/// The plan of a model's memory.
#[derive(Debug)]
pub(super) struct ModelPlan {
    pub config: Config,
    pub labels: usize,
    pub layout: Layout,
    pub workspace: Workspace,
    pub learning: Learning,
}

impl ModelPlan {
    /// A model of `config` with `labels` classes, for batches up to `capacity`.
    pub(super) fn new(config: Config, labels: usize, freeze: Freeze, capacity: Capacity) -> Self {
        let layout = Layout::new(&config, labels);
        let learning = Learning::under(freeze, &layout);
        let workspace = Workspace::new(&config, &layout, labels, capacity, learning);
        Self { config, labels, layout, workspace, learning }
    }

    /// A classifier of `labels` classes over features, for batches up to `capacity`. The encoder's shape is
    /// kept, since the place of the classifier's dropout depends on it.
    pub(super) fn of_classifier(config: Config, labels: usize, capacity: Capacity) -> Self {
        let layout = Layout::of_classifier(&config, labels);
        let learning = Learning::classifier(&layout, config.layers);
        let workspace = Workspace::of_classifier(&config, &layout, labels, capacity, learning);
        Self { config, labels, layout, workspace, learning }
    }

    /// The learning parameters, in order.
    pub(super) fn learning_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.layout.parameters.iter().filter(|parameter| parameter.span.start >= self.learning.from)
    }

    /// Where the learning parameters and their moments lie.
    pub(super) fn state(&self) -> TrainingState<Span> {
        let parameters = Span { start: self.learning.from, len: self.layout.len - self.learning.from };
        let (first_moments, second_moments) = (self.workspace.first_moments, self.workspace.second_moments);
        TrainingState { parameters, first_moments, second_moments }
    }

    /// Whether anything below the classifier learns.
    pub(super) fn encoder_learns(&self) -> bool {
        self.learning.embeddings || self.learning.first_layer < self.config.layers
    }

    /// Where the gradient of a learning parameter lies.
    pub(super) fn gradient(&self, parameter: Span) -> Span {
        self.within(self.workspace.gradients, parameter)
    }

    /// The part of `buffer`, which is as long as the learning parameters, that belongs to `parameter`.
    pub(super) fn within(&self, buffer: Span, parameter: Span) -> Span {
        Span { start: buffer.start + (parameter.start - self.learning.from), len: parameter.len }
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
