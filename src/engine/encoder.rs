//! The encoder and its classifier, forward and backward, as a sequence of operations on one arena.
//!
//! Devlin et al. 2019, with dropout and layer norm where transformers has them for the family: what a family lacks is
//! an empty table, a mask that drops nothing, or a projection that is not there.

use crate::model::{Config, Layout, LinearSpans, NormSpans, Span};

use super::batch::{Batch, Tokens};
use super::masks::Masks;
use super::operations::{Linear, Normed, Operations, STATISTICS};
use super::product::{Shape, Write};
use super::workspace::{LayerSpans, Workspace};

/// A model's plan on a device: where each operand lies, and what learns.
#[derive(Debug)]
pub(super) struct Encoder {
    pub config: Config,
    pub labels: usize,
    pub layout: Layout,
    pub workspace: Workspace,
    /// Where the learning stretch of the parameters starts.
    pub learning_from: usize,
    /// The lowest layer with a backward pass; the number of layers where only the classifier learns.
    pub first_learning: usize,
}

impl Encoder {
    fn embeddings_learn(&self) -> bool {
        self.learning_from == 0
    }

    /// Where the gradient of a learning parameter lies.
    pub(super) fn gradient(&self, parameter: Span) -> Span {
        self.moved(parameter, self.workspace.gradients)
    }

    /// The place of `parameter` in a buffer over the learning stretch.
    pub(super) fn moved(&self, parameter: Span, buffer: Span) -> Span {
        Span { start: buffer.start + (parameter.start - self.learning_from), len: parameter.len }
    }

    /// Where the gradients of a linear layer lie, and the sums of squares of its weight's rows.
    fn linear_gradients(&self, linear: LinearSpans) -> (LinearSpans, Span) {
        let gradients = LinearSpans { weight: self.gradient(linear.weight), bias: self.gradient(linear.bias) };
        (gradients, self.workspace.squares.of_rows(linear.weight, linear.bias.len))
    }

    fn norm_gradients(&self, norm: NormSpans) -> NormSpans {
        NormSpans { weight: self.gradient(norm.weight), bias: self.gradient(norm.bias) }
    }

    fn rows(&self, batch: &Batch) -> Rows {
        let Config { hidden, intermediate, .. } = self.config;
        let (embedding, attention_weights) = (self.config.embedding_width(), batch.attention_weights());
        Rows { which: Tokens::All, tokens: batch.tokens(), embedding, hidden, intermediate, attention_weights }
    }

    /// The rows of `layer` behind its attention: behind the last one only the tokens that are selected.
    fn rows_behind_attention(&self, batch: &Batch, layer: usize) -> Rows {
        let rows = self.rows(batch);
        let is_last = layer + 1 == self.config.layers;
        if is_last { Rows { which: Tokens::Selected, tokens: batch.selected.len(), ..rows } } else { rows }
    }

    fn classifier_shape(&self, batch: &Batch) -> Shape {
        Shape { tokens: batch.selected.len(), inputs: self.config.hidden, outputs: self.labels }
    }

    /// Whether backward meets the layer's parameters first in it.
    fn is_last_of_its_group(&self, layer: usize) -> bool {
        layer + 1 == self.config.layers || self.config.group(layer + 1) != self.config.group(layer)
    }

    fn epsilon(&self) -> f32 {
        self.config.norm_epsilon as f32
    }

    fn tables(&self) -> [Span; 3] {
        let embeddings = &self.layout.embeddings;
        [embeddings.word, embeddings.position, embeddings.segment]
    }

    /// From pieces, or their features, to logits, which come back as a span `[selected tokens, labels]`.
    pub(super) fn forward(&self, device: &mut impl Operations, batch: &Batch, masks: &Masks) -> Span {
        let rows = self.rows_behind_attention(batch, self.config.layers - 1);
        let input = rows.hidden(self.workspace.classifier_input);
        let states = match &batch.features {
            Some(features) => {
                device.load(input, features, batch);
                input
            }
            None => {
                let every = self.rows(batch);
                self.embed(device, batch, masks, &every);
                for layer in 0..self.config.layers {
                    self.layer(device, batch, masks, &every, layer);
                }
                rows.hidden(self.last_output())
            }
        };
        device.dropout(input, states, rows.hidden, masks.classifier(), (batch, rows.which));
        let logits = self.workspace.logits.first(rows.tokens * self.labels);
        device.linear(logits, self.classifier(input, batch));
        logits
    }

    fn classifier(&self, x: Span, batch: &Batch) -> Linear {
        Linear { x, parameters: self.layout.classifier, shape: self.classifier_shape(batch) }
    }

    fn last_output(&self) -> Span {
        self.workspace.layers.last().expect("a model has a layer").output
    }

    /// The norm of the embeddings.
    fn embedding_norm(&self, rows: &Rows) -> Normed {
        Normed {
            sum: rows.embedding(self.workspace.embedding_sum),
            statistics: rows.statistics(self.workspace.embedding_statistics),
            parameters: self.layout.embeddings.norm,
            epsilon: self.epsilon(),
        }
    }

    fn embed(&self, device: &mut impl Operations, batch: &Batch, masks: &Masks, rows: &Rows) {
        let out = rows.embedding(self.workspace.embedding_output);
        let (norm, first) = (self.embedding_norm(rows), self.config.first_position);
        device.embed(out, norm, self.tables(), first, masks.embeddings(), batch);
        if let Some(parameters) = self.layout.embeddings.projection {
            let input = rows.hidden(self.workspace.layers[0].input);
            device.linear(input, Linear { x: out, parameters, shape: rows.shape(rows.embedding, rows.hidden) });
        }
    }

    /// `gradients`: that of the first layer's input, and a buffer beside it.
    fn embed_backward(
        &self,
        device: &mut impl Operations,
        batch: &Batch,
        masks: &Masks,
        rows: &Rows,
        [gradient, other]: [Span; 2],
        write: Write,
    ) {
        let gradient = rows.hidden(gradient);
        let gradient = self.layout.embeddings.projection.map_or(gradient, |projection| {
            let (shape, out) =
                (rows.shape(rows.embedding, rows.hidden), rows.embedding(self.workspace.embedding_output));
            device.refresh_bf16(gradient);
            device.linear_parameters_backward(self.linear_gradients(projection), gradient, out, shape, write);
            let narrow = rows.embedding(other);
            device.linear_input_backward(narrow, gradient, projection.weight, shape, Write::Set);
            narrow
        });
        let norm = self.embedding_norm(rows);
        device.dropout(gradient, gradient, rows.embedding, masks.embeddings(), (batch, rows.which));
        device.norm_backward(gradient, norm, (self.norm_gradients(norm.parameters), write), None, (batch, rows.which));
        let tables = self.tables().map(|table| self.gradient(table));
        device.embed_backward(tables, gradient, self.config.first_position, batch);
    }

    /// The norm behind a layer's attention.
    fn attention_norm(&self, at: &LayerSpans, layer: usize) -> Normed {
        Normed {
            sum: at.attention_sum,
            statistics: at.attention_statistics,
            parameters: self.layout.layers[layer].attention_norm,
            epsilon: self.epsilon(),
        }
    }

    /// The norm behind a layer's feed-forward part.
    fn feed_forward_norm(&self, at: &LayerSpans, layer: usize) -> Normed {
        Normed {
            sum: at.feed_forward_sum,
            statistics: at.feed_forward_statistics,
            parameters: self.layout.layers[layer].feed_forward_norm,
            epsilon: self.epsilon(),
        }
    }

    /// One layer: attention, then the feed-forward part, each with dropout, residual and norm.
    fn layer(&self, device: &mut impl Operations, batch: &Batch, masks: &Masks, every: &Rows, layer: usize) {
        let (whole, parameters) = (every.layer(&self.workspace.layers[layer]), &self.layout.layers[layer]);
        let rows = &self.rows_behind_attention(batch, layer);
        let at = rows.layer(&self.workspace.layers[layer]);
        let which = (batch, rows.which);
        let linear = |x, parameters, inputs, outputs| Linear { x, parameters, shape: rows.shape(inputs, outputs) };

        let shape = every.shape(every.hidden, 3 * every.hidden);
        let into = Linear { x: whole.input, parameters: parameters.qkv, shape };
        let kept = [at.weights, whole.qkv];
        device.attention(at.context, kept, into, self.config.heads, masks.attention(layer), which);
        let residual = self.residual(device, batch, rows, layer);
        let out = linear(at.context, parameters.output, rows.hidden, rows.hidden);
        let norm = self.attention_norm(&at, layer);
        device.add_norm(at.middle, norm, out, residual, masks.attention_output(layer), which);

        let up = linear(at.middle, parameters.up, rows.hidden, rows.intermediate);
        device.activate(at.activated, at.up, up, self.config.activation);
        let down = linear(at.activated, parameters.down, rows.intermediate, rows.hidden);
        let norm = self.feed_forward_norm(&at, layer);
        device.add_norm(at.output, norm, down, at.middle, masks.feed_forward(layer), which);
    }

    /// The rows of a layer's input that are added to what its attention gives.
    fn residual(&self, device: &mut impl Operations, batch: &Batch, rows: &Rows, layer: usize) -> Span {
        let input = self.workspace.layers[layer].input;
        match rows.which {
            Tokens::All => rows.hidden(input),
            Tokens::Selected => {
                let selected = rows.hidden(self.workspace.selected_input);
                device.gather(selected, self.rows(batch).hidden(input), rows.hidden, batch);
                selected
            }
        }
    }

    /// From the gradient of the logits, in their place, to the gradients of all that learns; written, or added.
    pub(super) fn backward(&self, device: &mut impl Operations, batch: &Batch, masks: &Masks, write: Write) {
        let rows = self.rows_behind_attention(batch, self.config.layers - 1);
        let logits = self.workspace.logits.first(rows.tokens * self.labels);
        let input = rows.hidden(self.workspace.classifier_input);
        let shape = self.classifier_shape(batch);
        device.linear_parameters_backward(self.linear_gradients(self.layout.classifier), logits, input, shape, write);
        if self.first_learning == self.config.layers && !self.embeddings_learn() {
            return;
        }
        let [mut gradient, mut other] = self.workspace.hidden_gradients;
        let of_input = rows.hidden(gradient);
        device.linear_input_backward(of_input, logits, self.layout.classifier.weight, shape, Write::Set);
        device.dropout(of_input, of_input, rows.hidden, masks.classifier(), (batch, rows.which));
        for layer in (self.first_learning..self.config.layers).rev() {
            let reach = layer > self.first_learning || self.embeddings_learn();
            let write = if self.is_last_of_its_group(layer) { write } else { Write::Add };
            let rows = self.rows_behind_attention(batch, layer);
            self.feed_forward_backward(device, batch, masks, &rows, layer, [gradient, other], write);
            self.attention_backward(device, batch, masks, &rows, layer, [gradient, other], write, reach);
            if rows.which == Tokens::Selected {
                // the gradient of the selected tokens was spread over those of all
                [gradient, other] = [other, gradient];
            }
        }
        if self.embeddings_learn() {
            self.embed_backward(device, batch, masks, &self.rows(batch), [gradient, other], write);
        }
    }

    /// `gradient`: of the layer's output, then of its middle.
    #[expect(clippy::too_many_arguments, reason = "the operands of one half of a layer")]
    fn feed_forward_backward(
        &self,
        device: &mut impl Operations,
        batch: &Batch,
        masks: &Masks,
        rows: &Rows,
        layer: usize,
        [gradient, branch]: [Span; 2],
        write: Write,
    ) {
        let (at, parameters) = (rows.layer(&self.workspace.layers[layer]), &self.layout.layers[layer]);
        let norm = self.feed_forward_norm(&at, layer);
        let wide = self.workspace.wide_gradient.first(rows.tokens * rows.intermediate);
        let [gradient, branch] = [gradient, branch].map(|span| rows.hidden(span));
        let (up, down) = (rows.shape(rows.hidden, rows.intermediate), rows.shape(rows.intermediate, rows.hidden));

        let (gradients, dropped) = (self.norm_gradients(norm.parameters), (branch, masks.feed_forward(layer)));
        device.norm_backward(gradient, norm, (gradients, write), Some(dropped), (batch, rows.which));
        device.linear_parameters_backward(self.linear_gradients(parameters.down), branch, at.activated, down, write);
        device.linear_input_backward(wide, branch, parameters.down.weight, down, Write::Set);
        device.activate_backward(wide, at.up, self.config.activation);
        device.linear_parameters_backward(self.linear_gradients(parameters.up), wide, at.middle, up, write);
        device.linear_input_backward(gradient, wide, parameters.up.weight, up, Write::Add);
    }

    /// `gradient`: of the layer's middle, then, if `reach`, of its input; of the last layer's input it lies in `other`.
    #[expect(clippy::too_many_arguments, reason = "the operands of one half of a layer")]
    fn attention_backward(
        &self,
        device: &mut impl Operations,
        batch: &Batch,
        masks: &Masks,
        rows: &Rows,
        layer: usize,
        [gradient, other]: [Span; 2],
        write: Write,
        reach: bool,
    ) {
        let (at, parameters) = (rows.layer(&self.workspace.layers[layer]), &self.layout.layers[layer]);
        let norm = self.attention_norm(&at, layer);
        let every = self.rows(batch);
        let whole = every.layer(&self.workspace.layers[layer]);
        let qkv = self.workspace.wide_gradient.first(whole.qkv.len);
        let (into, out) = (every.shape(rows.hidden, 3 * rows.hidden), rows.shape(rows.hidden, rows.hidden));
        let [of_middle, branch] = [gradient, other].map(|span| rows.hidden(span));

        let (gradients, dropped) = (self.norm_gradients(norm.parameters), (branch, masks.attention_output(layer)));
        device.norm_backward(of_middle, norm, (gradients, write), Some(dropped), (batch, rows.which));
        device.linear_parameters_backward(self.linear_gradients(parameters.output), branch, at.context, out, write);
        // the gradient of the context may take the place of the sum it came from: the norm is behind it
        let context = at.attention_sum;
        device.linear_input_backward(context, branch, parameters.output.weight, out, Write::Set);
        let (kept, mask) = ([at.weights, whole.qkv], masks.attention(layer));
        device.attention_backward(qkv, context, kept, self.config.heads, mask, (batch, rows.which));
        device.linear_parameters_backward(self.linear_gradients(parameters.qkv), qkv, whole.input, into, write);
        let residual = match rows.which {
            Tokens::All => of_middle,
            Tokens::Selected => {
                let spread = every.hidden(other);
                device.scatter(spread, of_middle, rows.hidden, batch);
                spread
            }
        };
        if reach {
            device.linear_input_backward(residual, qkv, parameters.qkv.weight, into, Write::Add);
        }
    }
}

/// Cuts the workspace's spans to a batch, or to its tokens that are selected.
struct Rows {
    which: Tokens,
    tokens: usize,
    embedding: usize,
    hidden: usize,
    intermediate: usize,
    attention_weights: usize,
}

impl Rows {
    fn shape(&self, inputs: usize, outputs: usize) -> Shape {
        Shape { tokens: self.tokens, inputs, outputs }
    }

    fn embedding(&self, span: Span) -> Span {
        span.first(self.tokens * self.embedding)
    }

    fn hidden(&self, span: Span) -> Span {
        span.first(self.tokens * self.hidden)
    }

    fn statistics(&self, span: Span) -> Span {
        span.first(self.tokens * STATISTICS)
    }

    fn layer(&self, spans: &LayerSpans) -> LayerSpans {
        LayerSpans {
            input: self.hidden(spans.input),
            qkv: spans.qkv.first(self.tokens * 3 * self.hidden),
            weights: spans.weights.first(self.attention_weights),
            context: self.hidden(spans.context),
            attention_sum: self.hidden(spans.attention_sum),
            attention_statistics: self.statistics(spans.attention_statistics),
            middle: self.hidden(spans.middle),
            up: spans.up.first(self.tokens * self.intermediate),
            activated: spans.activated.first(self.tokens * self.intermediate),
            feed_forward_sum: self.hidden(spans.feed_forward_sum),
            feed_forward_statistics: self.statistics(spans.feed_forward_statistics),
            output: self.hidden(spans.output),
        }
    }
}
