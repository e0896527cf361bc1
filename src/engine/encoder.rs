//! The encoder and its classifier, forward and backward, as a sequence of operations on one arena: what stands before and
//! behind the layers.
//!
//! Devlin et al. 2019, and what its relatives changed, with dropout and layer norms where transformers has them for the
//! family. What a family lacks is an empty table, zeros, a mask that drops nothing, or a part that is missing.

use crate::model::Span;

use super::operations::{
    Activate, ActivateBackward, Dropout, Embed, EmbedBackward, EmbeddingTables, Normed, Operations,
};
use super::pass::{HiddenGradients, Pass};
use super::product::Write;

impl<D: Operations> Pass<'_, D> {
    /// From tokens, or their features, to logits; returns where they lie: `[selected tokens, labels]`.
    pub(super) fn forward(&mut self) -> Span {
        let (plan, batch, selected) = (self.plan, self.batch, self.selected());
        let input = plan.classifier_input(batch);
        let output = plan.encoder_output(batch);
        let mut states = match &batch.features {
            Some(features) => {
                self.device.load(output, features, batch);
                output
            }
            None => {
                self.embed();
                self.relate();
                (0..plan.config.layers).for_each(|layer| self.layer(layer));
                let last = plan.workspace.layers.last().expect("a model has a layer");
                selected.hidden(last.output)
            }
        };
        if plan.layout.head.is_some() {
            self.head(states, output, input);
            states = input;
        }
        let dropout = Dropout { to: input, from: states, width: selected.hidden, mask: self.masks.classifier() };
        self.device.dropout(dropout, selected.rows);
        let logits = plan.logits(batch);
        let shape = selected.shape(selected.hidden, plan.labels);
        self.device.linear(logits, self.linear(input, plan.layout.classifier, shape));
        logits
    }

    /// The layer between encoder and classifier: a norm over activation(dense(states)). `kept`: where its input stays.
    fn head(&mut self, states: Span, kept: Span, out: Span) {
        let (plan, selected) = (self.plan, self.selected());
        let (Some(parameters), Some(workspace)) = (plan.layout.head, plan.workspace.head) else { return };
        if states != kept {
            let copy = Dropout { to: kept, from: states, width: selected.hidden, mask: None };
            self.device.dropout(copy, selected.rows);
        }
        let shape = selected.shape(selected.hidden, selected.hidden);
        self.device.activate(Activate {
            out: selected.hidden(workspace.activated),
            up: selected.hidden(workspace.up),
            linear: Some(self.linear(kept, parameters.dense, shape)),
            activation: plan.config.head_layer.expect("the layout's").activation,
            width: selected.hidden,
            gated: false,
        });
        self.device.norm(out, self.head_norm());
    }

    fn head_norm(&self) -> Normed {
        let (selected, head) = (self.selected(), self.plan.layout.head.expect("asked of a model that has one"));
        let workspace = self.plan.workspace.head.expect("the layout's");
        self.normed(selected.hidden(workspace.activated), selected.statistics(workspace.statistics), head.norm)
    }

    /// From the gradient of the head's output, `current`, to that of the encoder's output, if anything below learns.
    fn head_backward(&mut self, gradients: HiddenGradients, write: Write) -> HiddenGradients {
        let (plan, selected) = (self.plan, self.selected());
        let (Some(parameters), Some(workspace)) = (plan.layout.head, plan.workspace.head) else { return gradients };
        let gradient = selected.hidden(gradients.current);
        self.norm_backward((self.head_norm(), parameters.norm), gradient, None, None, selected.rows, write);
        self.device.activate_backward(ActivateBackward {
            gradient,
            up_gradient: gradient,
            up: selected.hidden(workspace.up),
            activation: plan.config.head_layer.expect("the layout's").activation,
            width: selected.hidden,
            gated: false,
        });
        let (shape, x) = (selected.shape(selected.hidden, selected.hidden), plan.encoder_output(self.batch));
        self.linear_parameters_backward(parameters.dense, gradient, x, shape, write);
        if !plan.encoder_learns() {
            return gradients;
        }
        let dx = selected.hidden(gradients.spare);
        self.linear_input_backward(dx, gradient, parameters.dense.weight, shape, Write::Set);
        gradients.swapped()
    }

    fn tables(&self) -> EmbeddingTables<Span> {
        let embeddings = &self.plan.layout.embeddings;
        EmbeddingTables { words: embeddings.word, positions: embeddings.position, segments: embeddings.segment }
    }

    fn embed(&mut self) {
        let (sizes, workspace) = (self.all(), &self.plan.workspace);
        let out = sizes.embedding(workspace.embedding_output);
        let embed = Embed {
            out,
            norm: self.embedding_norm().0,
            tables: self.tables(),
            first_position: self.plan.config.first_position,
            mask: self.masks.embeddings(),
            drops_first: self.plan.config.family.drops_first,
        };
        self.device.embed(embed, self.batch);
        if let Some(parameters) = self.plan.layout.embeddings.projection {
            let input = sizes.hidden(workspace.layers[0].input);
            let shape = sizes.shape(sizes.embedding, sizes.hidden);
            self.device.linear(input, self.linear(out, parameters, shape));
        }
    }

    fn embed_backward(&mut self, HiddenGradients { current, spare }: HiddenGradients, write: Write) {
        let (plan, sizes) = (self.plan, self.all());
        let mut gradient = sizes.hidden(current);
        if let Some(projection) = plan.layout.embeddings.projection {
            let shape = sizes.shape(sizes.embedding, sizes.hidden);
            self.device.refresh_bf16(gradient);
            let x = sizes.embedding(plan.workspace.embedding_output);
            self.linear_parameters_backward(projection, gradient, x, shape, write);
            let dx = sizes.embedding(spare);
            self.linear_input_backward(dx, gradient, projection.weight, shape, Write::Set);
            gradient = dx;
        }
        let (mask, drops_first) = (self.masks.embeddings(), plan.config.family.drops_first);
        let dropout = Dropout { to: gradient, from: gradient, width: sizes.embedding, mask };
        if !drops_first {
            self.device.dropout(dropout, sizes.rows);
        }
        let residual = self.norm_before_lowest().then(|| sizes.hidden(spare));
        self.norm_backward(self.embedding_norm(), gradient, residual, None, sizes.rows, write);
        if !plan.learning.tables {
            return;
        }
        if drops_first {
            self.device.dropout(dropout, sizes.rows);
        }
        let EmbeddingTables { words, positions, segments } = self.tables();
        let gradients = EmbeddingTables {
            words: plan.gradient(words),
            positions: plan.gradient(positions),
            segments: plan.gradient(segments),
        };
        let first_position = plan.config.first_position;
        self.device.embed_backward(EmbedBackward { gradients, sum_gradient: gradient, first_position }, self.batch);
    }

    /// From the gradient of the logits, in their place, to the gradients of all that learns; written, or added.
    pub(super) fn backward(&mut self, write: Write) {
        let (plan, batch, selected) = (self.plan, self.batch, self.selected());
        let (logits, input, classifier) = (plan.logits(batch), plan.classifier_input(batch), plan.layout.classifier);
        let shape = selected.shape(selected.hidden, plan.labels);
        self.linear_parameters_backward(classifier, logits, input, shape, write);
        if !plan.encoder_learns() && plan.layout.head.is_none() {
            return;
        }
        let [current, spare] = plan.workspace.hidden_gradients;
        let mut gradients = HiddenGradients { current, spare };
        let dx = selected.hidden(gradients.current);
        self.linear_input_backward(dx, logits, classifier.weight, shape, Write::Set);
        let mask = self.masks.classifier();
        self.device.dropout(Dropout { to: dx, from: dx, width: selected.hidden, mask }, selected.rows);
        gradients = self.head_backward(gradients, write);
        if !plan.encoder_learns() {
            return;
        }
        for layer in (plan.learning.first_layer..plan.config.layers).rev() {
            // layers of one group share their parameters, so that all but the first of them add
            let write = if self.is_last_of_its_group(layer) { write } else { Write::Add };
            gradients = self.layer_backward(layer, gradients, write);
        }
        if plan.learning.embeddings {
            self.relate_backward(write);
            self.embed_backward(gradients, write);
        }
    }

    /// Whether the backward pass reaches the layer's parameters first in it.
    fn is_last_of_its_group(&self, layer: usize) -> bool {
        let config = &self.plan.config;
        layer + 1 == config.layers || config.group(layer + 1) != config.group(layer)
    }
}
