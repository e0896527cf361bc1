//! The encoder and its classifier, forward and backward, as a sequence of operations on one arena.
//!
//! Devlin et al. 2019, with dropout and layer norm where transformers has them for the family: what a family lacks is
//! an empty table, a mask that drops nothing, or a projection that is not there.

use crate::model::{Config, Layout, LinearSpans, NormSpans, Span};

use super::batch::{Batch, Which};
use super::cpu::Cpu;
use super::cpu::products::{Shape, Write};
use super::masks::Masks;
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
        Rows { which: Which::Every, tokens: batch.tokens(), embedding, hidden, intermediate, attention_weights }
    }

    /// The rows of `layer` behind its attention: behind the last one only the tokens that are asked for.
    fn rows_behind_attention(&self, batch: &Batch, layer: usize) -> Rows {
        let rows = self.rows(batch);
        let is_last = layer + 1 == self.config.layers;
        if is_last { Rows { which: Which::Asked, tokens: batch.asked.len(), ..rows } } else { rows }
    }

    fn classifier_shape(&self, batch: &Batch) -> Shape {
        Shape { tokens: batch.asked.len(), inputs: self.config.hidden, outputs: self.labels }
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

    /// From pieces, or their features, to logits, which come back as a span `[tokens asked for, labels]`.
    pub(super) fn forward(&self, cpu: &mut Cpu<'_>, batch: &Batch, masks: &Masks) -> Span {
        let rows = self.rows_behind_attention(batch, self.config.layers - 1);
        let input = rows.hidden(self.workspace.classifier_input);
        match &batch.features {
            Some(features) => features.gather(cpu.values_mut(input), batch),
            None => {
                let every = self.rows(batch);
                self.embed(cpu, batch, masks, &every);
                for layer in 0..self.config.layers {
                    self.layer(cpu, batch, masks, &every, layer);
                }
                cpu.copy(input, rows.hidden(self.last_output()));
            }
        }
        cpu.dropout(input, rows.hidden, masks.classifier().as_ref(), batch.rows(rows.which));
        let logits = self.workspace.logits.first(rows.tokens * self.labels);
        cpu.linear(logits, input, self.layout.classifier, self.classifier_shape(batch));
        logits
    }

    fn last_output(&self) -> Span {
        self.workspace.layers.last().expect("a model has a layer").output
    }

    fn embed(&self, cpu: &mut Cpu<'_>, batch: &Batch, masks: &Masks, rows: &Rows) {
        let sum = rows.embedding(self.workspace.embedding_sum);
        let out = rows.embedding(self.workspace.embedding_output);
        cpu.embed(sum, self.tables(), self.config.first_position, batch);
        let statistics = rows.statistics(self.workspace.embedding_statistics);
        cpu.norm(out, [sum, statistics], self.layout.embeddings.norm, self.epsilon());
        cpu.dropout(out, rows.embedding, masks.embeddings().as_ref(), batch.rows(rows.which));
        if let Some(projection) = self.layout.embeddings.projection {
            let input = rows.hidden(self.workspace.layers[0].input);
            cpu.linear(input, out, projection, rows.shape(rows.embedding, rows.hidden));
        }
    }

    /// `gradients`: that of the first layer's input, and a buffer beside it.
    fn embed_backward(
        &self,
        cpu: &mut Cpu<'_>,
        batch: &Batch,
        masks: &Masks,
        rows: &Rows,
        [gradient, other]: [Span; 2],
        write: Write,
    ) {
        let embeddings = &self.layout.embeddings;
        let kept = [rows.embedding(self.workspace.embedding_sum), rows.statistics(self.workspace.embedding_statistics)];
        let gradient = rows.hidden(gradient);
        let gradient = embeddings.projection.map_or(gradient, |projection| {
            let (shape, out) =
                (rows.shape(rows.embedding, rows.hidden), rows.embedding(self.workspace.embedding_output));
            cpu.linear_parameters_backward(self.linear_gradients(projection), gradient, out, shape, write);
            let narrow = rows.embedding(other);
            cpu.linear_input_backward(narrow, gradient, projection.weight, shape, Write::Set);
            narrow
        });
        cpu.dropout(gradient, rows.embedding, masks.embeddings().as_ref(), batch.rows(rows.which));
        cpu.norm_parameters_backward(self.norm_gradients(embeddings.norm), gradient, kept, write);
        cpu.norm_backward(gradient, kept, embeddings.norm.weight);
        let tables = self.tables().map(|table| self.gradient(table));
        cpu.embed_backward(tables, gradient, self.config.first_position, batch);
    }

    /// One layer: attention, then the feed-forward part, each with dropout, residual and norm.
    fn layer(&self, cpu: &mut Cpu<'_>, batch: &Batch, masks: &Masks, rows: &Rows, layer: usize) {
        let (at, parameters) = (rows.layer(&self.workspace.layers[layer]), &self.layout.layers[layer]);
        cpu.linear(at.qkv, at.input, parameters.qkv, rows.shape(rows.hidden, 3 * rows.hidden));
        let rows = &self.rows_behind_attention(batch, layer);
        let (at, qkv) = (rows.layer(&self.workspace.layers[layer]), at.qkv);
        let residual = self.residual(cpu, batch, rows, layer);
        let mask = masks.attention(layer);
        cpu.attention(at.context, [at.weights, qkv], self.config.heads, mask.as_ref(), (batch, rows.which));
        cpu.linear(at.attention_sum, at.context, parameters.output, rows.shape(rows.hidden, rows.hidden));
        cpu.add_norm(
            at.middle,
            [at.attention_sum, at.attention_statistics, residual],
            parameters.attention_norm,
            self.epsilon(),
            masks.attention_output(layer),
            batch.rows(rows.which),
        );
        cpu.linear(at.up, at.middle, parameters.up, rows.shape(rows.hidden, rows.intermediate));
        cpu.activate(at.activated, at.up, self.config.activation);
        cpu.linear(at.feed_forward_sum, at.activated, parameters.down, rows.shape(rows.intermediate, rows.hidden));
        cpu.add_norm(
            at.output,
            [at.feed_forward_sum, at.feed_forward_statistics, at.middle],
            parameters.feed_forward_norm,
            self.epsilon(),
            masks.feed_forward(layer),
            batch.rows(rows.which),
        );
    }

    /// The rows of a layer's input that are added to what its attention gives.
    fn residual(&self, cpu: &mut Cpu<'_>, batch: &Batch, rows: &Rows, layer: usize) -> Span {
        let input = self.workspace.layers[layer].input;
        match rows.which {
            Which::Every => rows.hidden(input),
            Which::Asked => {
                let asked = rows.hidden(self.workspace.asked_input);
                cpu.gather(asked, self.rows(batch).hidden(input), rows.hidden, &batch.asked.tokens);
                asked
            }
        }
    }

    /// From the gradient of the logits, in their place, to the gradients of all that learns; written, or added.
    pub(super) fn backward(&self, cpu: &mut Cpu<'_>, batch: &Batch, masks: &Masks, write: Write) {
        let rows = self.rows_behind_attention(batch, self.config.layers - 1);
        let logits = self.workspace.logits.first(rows.tokens * self.labels);
        let input = rows.hidden(self.workspace.classifier_input);
        let shape = self.classifier_shape(batch);
        cpu.linear_parameters_backward(self.linear_gradients(self.layout.classifier), logits, input, shape, write);
        if self.first_learning == self.config.layers && !self.embeddings_learn() {
            return;
        }
        let [mut gradient, mut other] = self.workspace.hidden_gradients;
        let of_input = rows.hidden(gradient);
        cpu.linear_input_backward(of_input, logits, self.layout.classifier.weight, shape, Write::Set);
        cpu.dropout(of_input, rows.hidden, masks.classifier().as_ref(), batch.rows(rows.which));
        for layer in (self.first_learning..self.config.layers).rev() {
            let reach = layer > self.first_learning || self.embeddings_learn();
            let write = if self.is_last_of_its_group(layer) { write } else { Write::Add };
            let rows = self.rows_behind_attention(batch, layer);
            self.feed_forward_backward(cpu, batch, masks, &rows, layer, [gradient, other], write);
            self.attention_backward(cpu, batch, masks, &rows, layer, [gradient, other], write, reach);
            if rows.which == Which::Asked {
                // the gradient of the tokens asked for was spread over those of all
                [gradient, other] = [other, gradient];
            }
        }
        if self.embeddings_learn() {
            self.embed_backward(cpu, batch, masks, &self.rows(batch), [gradient, other], write);
        }
    }

    /// `gradient`: of the layer's output, then of its middle.
    #[expect(clippy::too_many_arguments, reason = "the operands of one half of a layer")]
    fn feed_forward_backward(
        &self,
        cpu: &mut Cpu<'_>,
        batch: &Batch,
        masks: &Masks,
        rows: &Rows,
        layer: usize,
        [gradient, branch]: [Span; 2],
        write: Write,
    ) {
        let (at, parameters) = (rows.layer(&self.workspace.layers[layer]), &self.layout.layers[layer]);
        let kept = [at.feed_forward_sum, at.feed_forward_statistics];
        let wide = self.workspace.wide_gradient.first(rows.tokens * rows.intermediate);
        let [gradient, branch] = [gradient, branch].map(|span| rows.hidden(span));
        let (up, down) = (rows.shape(rows.hidden, rows.intermediate), rows.shape(rows.intermediate, rows.hidden));

        cpu.norm_parameters_backward(self.norm_gradients(parameters.feed_forward_norm), gradient, kept, write);
        cpu.norm_backward(gradient, kept, parameters.feed_forward_norm.weight);
        cpu.copy(branch, gradient);
        cpu.dropout(branch, rows.hidden, masks.feed_forward(layer).as_ref(), batch.rows(rows.which));
        cpu.linear_parameters_backward(self.linear_gradients(parameters.down), branch, at.activated, down, write);
        cpu.linear_input_backward(wide, branch, parameters.down.weight, down, Write::Set);
        cpu.activate_backward(wide, at.up, self.config.activation);
        cpu.linear_parameters_backward(self.linear_gradients(parameters.up), wide, at.middle, up, write);
        cpu.linear_input_backward(gradient, wide, parameters.up.weight, up, Write::Add);
    }

    /// `gradient`: of the layer's middle, then, if `reach`, of its input; of the last layer's input it lies in `other`.
    #[expect(clippy::too_many_arguments, reason = "the operands of one half of a layer")]
    fn attention_backward(
        &self,
        cpu: &mut Cpu<'_>,
        batch: &Batch,
        masks: &Masks,
        rows: &Rows,
        layer: usize,
        [gradient, other]: [Span; 2],
        write: Write,
        reach: bool,
    ) {
        let (at, parameters) = (rows.layer(&self.workspace.layers[layer]), &self.layout.layers[layer]);
        let kept = [at.attention_sum, at.attention_statistics];
        let every = self.rows(batch);
        let whole = every.layer(&self.workspace.layers[layer]);
        let qkv = self.workspace.wide_gradient.first(whole.qkv.len);
        let (into, out) = (every.shape(rows.hidden, 3 * rows.hidden), rows.shape(rows.hidden, rows.hidden));
        let [of_middle, branch] = [gradient, other].map(|span| rows.hidden(span));

        cpu.norm_parameters_backward(self.norm_gradients(parameters.attention_norm), of_middle, kept, write);
        cpu.norm_backward(of_middle, kept, parameters.attention_norm.weight);
        cpu.copy(branch, of_middle);
        cpu.dropout(branch, rows.hidden, masks.attention_output(layer).as_ref(), batch.rows(rows.which));
        cpu.linear_parameters_backward(self.linear_gradients(parameters.output), branch, at.context, out, write);
        // the gradient of the context may take the place of the sum it came from: the norm is behind it
        let context = at.attention_sum;
        cpu.linear_input_backward(context, branch, parameters.output.weight, out, Write::Set);
        let mask = masks.attention(layer);
        let kept = [at.weights, whole.qkv];
        cpu.attention_backward(qkv, context, kept, self.config.heads, mask.as_ref(), (batch, rows.which));
        cpu.linear_parameters_backward(self.linear_gradients(parameters.qkv), qkv, whole.input, into, write);
        let residual = match rows.which {
            Which::Every => of_middle,
            Which::Asked => {
                let spread = every.hidden(other);
                cpu.scatter(spread, of_middle, rows.hidden, &batch.asked.tokens);
                spread
            }
        };
        if reach {
            cpu.linear_input_backward(residual, qkv, parameters.qkv.weight, into, Write::Add);
        }
    }
}

/// Cuts the workspace's spans to a batch, or to its tokens that are asked for.
struct Rows {
    which: Which,
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
        span.first(Cpu::statistics(self.tokens))
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
