//! The encoder and its classifier, forward and backward, as a sequence of operations on one arena.
//!
//! Devlin et al. 2019, with dropout and layer norm where transformers has them for the family. What a family lacks is an
//! empty table, a mask that drops nothing, or a projection that is missing.

use crate::model::{Config, LinearSpans, Span};

use super::batch::{Batch, Tokens};
use super::batch_sizes::BatchSizes;
use super::masks::Masks;
use super::model_plan::ModelPlan;
use super::operations::{
    Activate, ActivateBackward, AddNorm, Attention, AttentionBackward, Branch, Dropout, Embed, EmbedBackward,
    EmbeddingTables, Linear, LinearInputBackward, LinearParametersBackward, NormBackward, Normed, Operations, RowCopy,
    Rows,
};
use super::product::{Shape, Write};
use super::workspace::LayerSpans;

/// A pass of one batch through a model on a device.
pub(super) struct Pass<'p, D> {
    pub plan: &'p ModelPlan,
    pub device: &'p mut D,
    pub batch: &'p Batch,
    pub masks: &'p Masks,
}

/// The two buffers that gradients of hidden states take in turn on their way back.
#[derive(Debug, Clone, Copy)]
struct HiddenGradients {
    /// Of the output of the layer that is next.
    current: Span,
    spare: Span,
}

impl<'p, D: Operations> Pass<'p, D> {
    fn all(&self) -> BatchSizes<'p> {
        let Config { hidden, intermediate, .. } = self.plan.config;
        BatchSizes {
            rows: Rows { batch: self.batch, tokens: Tokens::All },
            count: self.batch.tokens(),
            embedding: self.plan.config.embedding_width(),
            hidden,
            intermediate,
            attention_weights: self.batch.attention_weights(),
        }
    }

    fn selected(&self) -> BatchSizes<'p> {
        let rows = Rows { batch: self.batch, tokens: Tokens::Selected };
        BatchSizes { rows, count: self.batch.selected.len(), ..self.all() }
    }

    /// The rows of `layer` after its attention: in the last layer only the selected tokens.
    fn after_attention(&self, layer: usize) -> BatchSizes<'p> {
        if layer + 1 == self.plan.config.layers { self.selected() } else { self.all() }
    }

    fn epsilon(&self) -> f32 {
        self.plan.config.norm_epsilon as f32
    }

    /// From tokens, or their features, to logits; returns where they lie: `[selected tokens, labels]`.
    pub(super) fn forward(&mut self) -> Span {
        let (plan, batch, selected) = (self.plan, self.batch, self.selected());
        let input = plan.classifier_input(batch);
        let states = match &batch.features {
            Some(features) => {
                self.device.load(input, features, batch);
                input
            }
            None => {
                self.embed();
                (0..plan.config.layers).for_each(|layer| self.layer(layer));
                let last = plan.workspace.layers.last().expect("a model has a layer");
                selected.hidden(last.output)
            }
        };
        let dropout = Dropout { to: input, from: states, width: selected.hidden, mask: self.masks.classifier() };
        self.device.dropout(dropout, selected.rows);
        let logits = plan.logits(batch);
        let shape = selected.shape(selected.hidden, plan.labels);
        self.device.linear(logits, Linear { x: input, parameters: plan.layout.classifier, shape });
        logits
    }

    fn embedding_norm(&self) -> Normed {
        let (sizes, workspace) = (self.all(), &self.plan.workspace);
        Normed {
            sum: sizes.embedding(workspace.embedding_sum),
            statistics: sizes.statistics(workspace.embedding_statistics),
            parameters: self.plan.layout.embeddings.norm,
            epsilon: self.epsilon(),
        }
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
            norm: self.embedding_norm(),
            tables: self.tables(),
            first_position: self.plan.config.first_position,
            mask: self.masks.embeddings(),
        };
        self.device.embed(embed, self.batch);
        if let Some(parameters) = self.plan.layout.embeddings.projection {
            let input = sizes.hidden(workspace.layers[0].input);
            let shape = sizes.shape(sizes.embedding, sizes.hidden);
            self.device.linear(input, Linear { x: out, parameters, shape });
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
            let (dx, weight) = (sizes.embedding(spare), projection.weight);
            self.device.linear_input_backward(LinearInputBackward {
                dx,
                dy: gradient,
                weight,
                shape,
                write: Write::Set,
            });
            gradient = dx;
        }
        let mask = self.masks.embeddings();
        self.device.dropout(Dropout { to: gradient, from: gradient, width: sizes.embedding, mask }, sizes.rows);
        self.norm_backward(self.embedding_norm(), gradient, None, sizes.rows, write);
        let EmbeddingTables { words, positions, segments } = self.tables();
        let gradients = EmbeddingTables {
            words: plan.gradient(words),
            positions: plan.gradient(positions),
            segments: plan.gradient(segments),
        };
        let first_position = plan.config.first_position;
        self.device.embed_backward(EmbedBackward { gradients, sum_gradient: gradient, first_position }, self.batch);
    }

    /// The norm after a layer's attention.
    fn attention_norm(&self, at: &LayerSpans, layer: usize) -> Normed {
        Normed {
            sum: at.attention_sum,
            statistics: at.attention_statistics,
            parameters: self.plan.layout.layers[layer].attention_norm,
            epsilon: self.epsilon(),
        }
    }

    /// The norm after a layer's feed-forward part.
    fn feed_forward_norm(&self, at: &LayerSpans, layer: usize) -> Normed {
        Normed {
            sum: at.feed_forward_sum,
            statistics: at.feed_forward_statistics,
            parameters: self.plan.layout.layers[layer].feed_forward_norm,
            epsilon: self.epsilon(),
        }
    }

    /// One layer: attention, then the feed-forward part, each with dropout, residual and norm.
    fn layer(&mut self, layer: usize) {
        let (plan, all, sizes) = (self.plan, self.all(), self.after_attention(layer));
        let (spans, parameters) = (&plan.workspace.layers[layer], &plan.layout.layers[layer]);
        let (whole, at) = (all.layer(spans), sizes.layer(spans));

        let shape = all.shape(all.hidden, 3 * all.hidden);
        let attention = Attention {
            context: at.context,
            weights: at.weights,
            qkv: whole.qkv,
            linear: Linear { x: whole.input, parameters: parameters.qkv, shape },
            heads: plan.config.heads,
            mask: self.masks.attention(layer),
        };
        self.device.attention(attention, sizes.rows);
        let residual = self.residual(whole.input, &sizes);
        let shape = sizes.shape(sizes.hidden, sizes.hidden);
        let add_norm = AddNorm {
            out: at.middle,
            norm: self.attention_norm(&at, layer),
            linear: Linear { x: at.context, parameters: parameters.output, shape },
            residual,
            mask: self.masks.attention_output(layer),
        };
        self.device.add_norm(add_norm, sizes.rows);

        let shape = sizes.shape(sizes.hidden, sizes.intermediate);
        let linear = Linear { x: at.middle, parameters: parameters.up, shape };
        self.device.activate(Activate { out: at.activated, up: at.up, linear, activation: plan.config.activation });
        let shape = sizes.shape(sizes.intermediate, sizes.hidden);
        let add_norm = AddNorm {
            out: at.output,
            norm: self.feed_forward_norm(&at, layer),
            linear: Linear { x: at.activated, parameters: parameters.down, shape },
            residual: at.middle,
            mask: self.masks.feed_forward(layer),
        };
        self.device.add_norm(add_norm, sizes.rows);
    }

    /// The rows of a layer's input that are added to the output of its attention.
    fn residual(&mut self, input: Span, sizes: &BatchSizes<'_>) -> Span {
        match sizes.rows.tokens {
            Tokens::All => input,
            Tokens::Selected => {
                let to = sizes.hidden(self.plan.workspace.selected_input);
                self.device.gather(RowCopy { to, from: input, width: sizes.hidden }, self.batch);
                to
            }
        }
    }

    /// From the gradient of the logits, in their place, to the gradients of all that learns; written, or added.
    pub(super) fn backward(&mut self, write: Write) {
        let (plan, batch, selected) = (self.plan, self.batch, self.selected());
        let (logits, input, classifier) = (plan.logits(batch), plan.classifier_input(batch), plan.layout.classifier);
        let shape = selected.shape(selected.hidden, plan.labels);
        self.linear_parameters_backward(classifier, logits, input, shape, write);
        if !plan.encoder_learns() {
            return;
        }
        let [current, spare] = plan.workspace.hidden_gradients;
        let mut gradients = HiddenGradients { current, spare };
        let (dx, weight) = (selected.hidden(gradients.current), classifier.weight);
        self.device.linear_input_backward(LinearInputBackward { dx, dy: logits, weight, shape, write: Write::Set });
        let mask = self.masks.classifier();
        self.device.dropout(Dropout { to: dx, from: dx, width: selected.hidden, mask }, selected.rows);
        for layer in (plan.learning.first_layer..plan.config.layers).rev() {
            // layers of one group share their parameters, so that all but the first of them add
            let write = if self.is_last_of_its_group(layer) { write } else { Write::Add };
            self.feed_forward_backward(layer, gradients, write);
            gradients = self.attention_backward(layer, gradients, write);
        }
        if plan.learning.embeddings {
            self.embed_backward(gradients, write);
        }
    }

    /// Whether the backward pass reaches the layer's parameters first in it.
    fn is_last_of_its_group(&self, layer: usize) -> bool {
        let config = &self.plan.config;
        layer + 1 == config.layers || config.group(layer + 1) != config.group(layer)
    }

    /// The gradient of the layer's output becomes that of its middle.
    fn feed_forward_backward(&mut self, layer: usize, gradients: HiddenGradients, write: Write) {
        let (plan, sizes) = (self.plan, self.after_attention(layer));
        let (at, parameters) = (sizes.layer(&plan.workspace.layers[layer]), &plan.layout.layers[layer]);
        let wide = sizes.intermediate(plan.workspace.wide_gradient);
        let (gradient, branch) = (sizes.hidden(gradients.current), sizes.hidden(gradients.spare));

        let dropped = Branch { gradient: branch, mask: self.masks.feed_forward(layer) };
        self.norm_backward(self.feed_forward_norm(&at, layer), gradient, Some(dropped), sizes.rows, write);
        let (shape, weight) = (sizes.shape(sizes.intermediate, sizes.hidden), parameters.down.weight);
        self.linear_parameters_backward(parameters.down, branch, at.activated, shape, write);
        self.device.linear_input_backward(LinearInputBackward {
            dx: wide,
            dy: branch,
            weight,
            shape,
            write: Write::Set,
        });
        let activation = plan.config.activation;
        self.device.activate_backward(ActivateBackward { gradient: wide, up: at.up, activation });
        let (shape, weight) = (sizes.shape(sizes.hidden, sizes.intermediate), parameters.up.weight);
        self.linear_parameters_backward(parameters.up, wide, at.middle, shape, write);
        self.device.linear_input_backward(LinearInputBackward {
            dx: gradient,
            dy: wide,
            weight,
            shape,
            write: Write::Add,
        });
    }

    /// The gradient of the layer's middle becomes that of its input, if anything below learns.
    fn attention_backward(&mut self, layer: usize, gradients: HiddenGradients, write: Write) -> HiddenGradients {
        let (plan, all, sizes) = (self.plan, self.all(), self.after_attention(layer));
        let (spans, parameters) = (&plan.workspace.layers[layer], &plan.layout.layers[layer]);
        let (whole, at) = (all.layer(spans), sizes.layer(spans));
        let (middle, branch) = (sizes.hidden(gradients.current), sizes.hidden(gradients.spare));

        let dropped = Branch { gradient: branch, mask: self.masks.attention_output(layer) };
        self.norm_backward(self.attention_norm(&at, layer), middle, Some(dropped), sizes.rows, write);
        let (shape, weight) = (sizes.shape(sizes.hidden, sizes.hidden), parameters.output.weight);
        self.linear_parameters_backward(parameters.output, branch, at.context, shape, write);
        // the norm no longer needs the sum, so the gradient of the context may take its place
        let context_gradient = at.attention_sum;
        let to_context = LinearInputBackward { dx: context_gradient, dy: branch, weight, shape, write: Write::Set };
        self.device.linear_input_backward(to_context);
        let qkv_gradient = plan.workspace.wide_gradient.first(whole.qkv.len);
        let attention = AttentionBackward {
            qkv_gradient,
            context_gradient,
            weights: at.weights,
            qkv: whole.qkv,
            heads: plan.config.heads,
            mask: self.masks.attention(layer),
        };
        self.device.attention_backward(attention, sizes.rows);
        let (shape, weight) = (all.shape(all.hidden, 3 * all.hidden), parameters.qkv.weight);
        self.linear_parameters_backward(parameters.qkv, qkv_gradient, whole.input, shape, write);
        let gradients = self.spread(middle, gradients, sizes.rows.tokens);
        if layer > plan.learning.first_layer || plan.learning.embeddings {
            let dx = all.hidden(gradients.current);
            self.device.linear_input_backward(LinearInputBackward {
                dx,
                dy: qkv_gradient,
                weight,
                shape,
                write: Write::Add,
            });
        }
        gradients
    }

    /// The gradient `from` of a residual's rows as one of all rows.
    fn spread(&mut self, from: Span, gradients: HiddenGradients, tokens: Tokens) -> HiddenGradients {
        match tokens {
            Tokens::All => gradients,
            Tokens::Selected => {
                let all = self.all();
                let to = all.hidden(gradients.spare);
                self.device.scatter(RowCopy { to, from, width: all.hidden }, self.batch);
                HiddenGradients { current: gradients.spare, spare: gradients.current }
            }
        }
    }

    fn linear_parameters_backward(&mut self, linear: LinearSpans, dy: Span, x: Span, shape: Shape, write: Write) {
        let squares = self.plan.workspace.squares.of_rows(linear.weight, linear.bias.len);
        let gradients = self.plan.linear_gradients(linear);
        self.device.linear_parameters_backward(LinearParametersBackward { gradients, squares, dy, x, shape, write });
    }

    fn norm_backward(&mut self, norm: Normed, gradient: Span, branch: Option<Branch>, rows: Rows<'_>, write: Write) {
        let parameter_gradients = self.plan.norm_gradients(norm.parameters);
        self.device.norm_backward(NormBackward { gradient, norm, parameter_gradients, write, branch }, rows);
    }
}
