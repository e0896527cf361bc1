//! The plan of a model that every device follows: where each operand lies in memory, and what learns.

use crate::model::{Config, CrfSpans, Layout, LinearSpans, NormSpans, Parameter, Span, named_group};
use crate::spec::{Freeze, ParameterGroup};

use super::adamw::{Group, TrainingState};
use super::batch::Batch;
use super::learning::{Learning, Learns};
use super::workspace::{Capacity, Workspace};

/// Bytes that a model takes on the CPU; without `freeze`, a classifier over features. `averages`: with room for an average
/// of the weights.
pub fn planned_bytes(
    config: &Config,
    labels: usize,
    freeze: Option<Freeze>,
    averages: bool,
    capacity: Capacity,
) -> usize {
    let config = config.clone();
    let learns = |freeze| Learns { averages, ..Learns::from(freeze) };
    let plan = match freeze {
        Some(freeze) => ModelPlan::new(config, labels, learns(freeze), capacity),
        None => ModelPlan::of_classifier(config, labels, learns(Freeze::Encoder), capacity),
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
    groups: Vec<ParameterGroup>,
}

impl ModelPlan {
    /// A model of `config` with `labels` classes, for batches up to `capacity`.
    pub(super) fn new(config: Config, labels: usize, learns: Learns, capacity: Capacity) -> Self {
        let layout = Layout::new(&config, labels);
        let Learns { freeze, averages, groups } = learns;
        let learning = Learning::under(freeze, averages, &layout, &config);
        let workspace = Workspace::new(&config, &layout, labels, capacity, learning);
        Self { config, labels, layout, workspace, learning, groups }
    }

    /// A classifier of `labels` classes over features, for batches up to `capacity`. The encoder's shape is
    /// kept, since the place of the classifier's dropout depends on it.
    pub(super) fn of_classifier(config: Config, labels: usize, learns: Learns, capacity: Capacity) -> Self {
        let layout = Layout::of_classifier(&config, labels);
        let Learns { averages, groups, .. } = learns;
        let learning = Learning::classifier(&layout, config.layers, averages);
        let workspace = Workspace::of_classifier(&config, &layout, labels, capacity, learning);
        Self { config, labels, layout, workspace, learning, groups }
    }

    /// The learning parameters, in order.
    pub(super) fn learning_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.layout.parameters.iter().filter(|parameter| parameter.span.start >= self.learning.from)
    }

    /// The optimizer's group of a parameter.
    pub(super) fn group(&self, parameter: &Parameter) -> Group {
        let named = named_group(&self.groups, parameter, &self.config);
        Group::of(parameter, self.config.own_layers()).with(named)
    }

    /// Where the learning parameters and their moments lie.
    pub(super) fn state(&self) -> TrainingState<Span> {
        let parameters = Span { start: self.learning.from, len: self.layout.len - self.learning.from };
        let (first_moments, second_moments) = (self.workspace.first_moments, self.workspace.second_moments);
        TrainingState { parameters, first_moments, second_moments }
    }

    /// Whether a parameter learns; an empty one does not.
    pub(super) fn learns(&self, parameter: Span) -> bool {
        parameter.len > 0 && parameter.start >= self.learning.from
    }

    /// Whether anything below the classifier learns.
    pub(super) fn encoder_learns(&self) -> bool {
        self.learning.embeddings || self.learning.first_layer < self.config.layers
    }

    /// Where the gradient of a learning parameter lies; an empty one has none.
    pub(super) fn gradient(&self, parameter: Span) -> Span {
        self.within(self.workspace.gradients, parameter)
    }

    /// The part of `buffer`, which is as long as the learning parameters, that belongs to `parameter`.
    pub(super) fn within(&self, buffer: Span, parameter: Span) -> Span {
        if parameter.len == 0 {
            return Span::default();
        }
        Span { start: buffer.start + (parameter.start - self.learning.from), len: parameter.len }
    }

    /// A linear layer of `outputs` columns as operations take it: a missing bias is zeros.
    pub(super) fn linear(&self, linear: LinearSpans, outputs: usize) -> LinearSpans {
        LinearSpans { bias: self.or(linear.bias, self.workspace.zeros, outputs), ..linear }
    }

    /// A norm as operations take it: a missing shift is zeros.
    pub(super) fn norm(&self, norm: NormSpans) -> NormSpans {
        NormSpans { bias: self.or(norm.bias, self.workspace.zeros, norm.weight.len), ..norm }
    }

    /// Where the gradients of a linear layer lie; empty where it does not learn.
    pub(super) fn linear_gradients(&self, LinearSpans { weight, bias }: LinearSpans) -> LinearSpans {
        let gradient = |parameter| if self.learns(parameter) { self.gradient(parameter) } else { Span::default() };
        LinearSpans { weight: gradient(weight), bias: gradient(bias) }
    }

    /// Where the gradients of a norm lie, if it learns; that of a part that does not, or is missing, is not read.
    pub(super) fn norm_gradients(&self, norm: NormSpans) -> Option<NormSpans> {
        let width = norm.weight.len;
        (self.learns(norm.weight) || self.learns(norm.bias)).then(|| NormSpans {
            weight: self.gradient_or_unread(norm.weight, 0, width),
            bias: self.gradient_or_unread(norm.bias, width, width),
        })
    }

    fn gradient_or_unread(&self, parameter: Span, at: usize, len: usize) -> Span {
        if self.learns(parameter) {
            return self.gradient(parameter);
        }
        let unread = self.workspace.unread;
        debug_assert!(at + len <= unread.len, "the workspace has room for what is not read");
        Span { start: unread.start + at, len }
    }

    fn or(&self, span: Span, instead: Span, len: usize) -> Span {
        if span.len == 0 { instead.first(len) } else { span }
    }

    /// The table of rotary positions of `layer`, if it has one.
    pub(super) fn rotary(&self, layer: usize) -> Option<Span> {
        let theta = self.config.attention[layer].theta?;
        let mut tables = self.workspace.rotary.iter();
        tables.find(|(other, _)| other.to_bits() == theta.to_bits()).map(|(_, span)| *span)
    }

    /// Where the encoder's output of `batch` lies after a forward pass: `[selected tokens, hidden]`.
    pub(super) fn encoder_output(&self, batch: &Batch) -> Span {
        let output = self.workspace.head.map_or(self.workspace.classifier_input, |head| head.input);
        output.first(batch.selected.len() * self.config.hidden)
    }

    /// Where the parameters of the chain lie, and their gradients; none without one.
    pub(super) fn crf(&self) -> Option<(CrfSpans, CrfSpans)> {
        self.layout.crf.map(|spans| {
            let CrfSpans { start, end, transitions } = spans;
            let [start, end, transitions] = [start, end, transitions].map(|span| self.gradient(span));
            (spans, CrfSpans { start, end, transitions })
        })
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
