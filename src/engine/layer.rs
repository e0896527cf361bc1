//! A layer of the encoder, forward and backward: attention and a feed-forward part, each with dropout, residual and norm.
//!
//! Norms stand behind each addition (Vaswani et al. 2017), or first (Xiong et al. 2020): then the sums run through all
//! layers beside them, and the norm behind a layer's second addition is the one before the next layer's attention.

use crate::model::{NormSpans, Span};
use crate::spec::LoraTarget;

use super::activations::LayerSpans;
use super::adapters::{Adapted, QKV};
use super::batch::Tokens;
use super::batch_sizes::BatchSizes;
use super::operations::{
    Activate, ActivateBackward, AddNorm, Attention, AttentionBackward, AttentionPositions, Branch, Dropout, Normed,
    Operations, RowCopy, SharedHeads,
};
use super::pass::{HiddenGradients, Pass};
use super::product::Write;

impl<'p, D: Operations> Pass<'p, D> {
    /// The rows of `layer` after its attention: in the last layer only the selected tokens.
    fn after_attention(&self, layer: usize) -> BatchSizes<'p> {
        if layer + 1 == self.plan.config.layers { self.selected() } else { self.all() }
    }

    /// The norm after a layer's attention, and its parameters.
    fn attention_norm(&self, at: &LayerSpans, layer: usize) -> (Normed, NormSpans) {
        let parameters = self.plan.layout.layers[layer].attention_norm;
        (self.normed(at.attention_sum, at.attention_statistics, parameters), parameters)
    }

    /// The norm after a layer's feed-forward part, and its parameters.
    fn feed_forward_norm(&self, at: &LayerSpans, layer: usize) -> (Normed, NormSpans) {
        let parameters = self.plan.layout.layers[layer].feed_forward_norm;
        (self.normed(at.feed_forward_sum, at.feed_forward_statistics, parameters), parameters)
    }

    /// What the scores of a layer's attention depend on; `relative`: see [`AttentionPositions`].
    fn attention_positions(&self, layer: usize, relative: Option<Span>) -> AttentionPositions {
        let reach = self.plan.config.attention[layer].reach;
        AttentionPositions { rotary: self.plan.rotary(layer), reach, relative, bias: self.bias_table() }
    }

    /// Queries, keys and values, or their gradients, `repeated` for each query head, where heads share keys and values.
    fn shared_heads(&self, repeated: Span) -> Option<SharedHeads> {
        let config = &self.plan.config;
        let (shared, packed) = (config.key_heads?, self.all().packed(self.plan.workspace.packed?));
        Some(SharedHeads { repeated, packed, heads: config.heads, shared, width: config.head_width() })
    }

    /// The linear layer of a layer's queries, keys and values.
    fn qkv(&self, layer: usize) -> Adapted<'p> {
        let rows = self.all();
        Adapted { layer, targets: QKV, rows, shape: rows.shape(rows.hidden, rows.qkv) }
    }

    /// The projection after a layer's attention.
    fn output(&self, layer: usize) -> Adapted<'p> {
        let rows = self.after_attention(layer);
        Adapted { layer, targets: &[LoraTarget::Output], rows, shape: rows.shape(rows.hidden, rows.hidden) }
    }

    /// The first linear layer of a layer's feed-forward part.
    fn up(&self, layer: usize) -> Adapted<'p> {
        let rows = self.after_attention(layer);
        Adapted { layer, targets: &[LoraTarget::Up], rows, shape: rows.shape(rows.hidden, rows.up) }
    }

    /// Its second.
    fn down(&self, layer: usize) -> Adapted<'p> {
        let rows = self.after_attention(layer);
        Adapted { layer, targets: &[LoraTarget::Down], rows, shape: rows.shape(rows.intermediate, rows.hidden) }
    }

    pub(super) fn layer(&mut self, layer: usize) {
        let (plan, all, sizes) = (self.plan, self.all(), self.after_attention(layer));
        let (spans, parameters) = (&plan.workspace.layers[layer], &plan.layout.layers[layer]);
        let (whole, at) = (all.layer(spans), sizes.layer(spans));

        let relative = self.relative_products(layer);
        let qkv = self.qkv(layer);
        let linear = self.linear(whole.input, parameters.qkv, qkv.shape);
        let linear = self.adapted(linear, qkv);
        let shared = self.shared_heads(whole.qkv);
        if let Some(shared) = shared {
            self.device.linear(shared.packed, linear);
            self.device.repeat_heads(shared);
        }
        let attention = Attention {
            context: at.context,
            weights: at.weights,
            qkv: whole.qkv,
            linear: shared.is_none().then_some(linear),
            heads: plan.config.heads,
            positions: self.attention_positions(layer, relative),
            mask: self.masks.attention(layer),
        };
        self.device.attention(attention, sizes.rows);
        let residual = self.residual(layer, &sizes);
        let output = self.output(layer);
        let linear = self.linear(at.context, parameters.output, output.shape);
        let add_norm = AddNorm {
            out: at.middle,
            norm: self.attention_norm(&at, layer).0,
            linear: self.adapted(linear, output),
            residual,
            mask: self.masks.attention_output(layer),
        };
        self.device.add_norm(add_norm, sizes.rows);

        self.feed_forward(layer, &at, &sizes);
        if layer == 0 {
            self.convolve();
        }
    }

    fn feed_forward(&mut self, layer: usize, at: &LayerSpans, sizes: &BatchSizes<'_>) {
        let (plan, parameters) = (self.plan, &self.plan.layout.layers[layer]);
        let (up, down) = (self.up(layer), self.down(layer));
        let linear = self.adapted(self.linear(at.middle, parameters.up, up.shape), up);
        self.device.activate(Activate {
            out: at.activated,
            up: at.up,
            linear: Some(linear),
            activation: plan.config.activation,
            width: sizes.intermediate,
            gated: plan.config.family.gated,
        });
        self.drop_gate(layer, at.activated, sizes);
        let linear = self.linear(at.activated, parameters.down, down.shape);
        let add_norm = AddNorm {
            out: at.output,
            norm: self.feed_forward_norm(at, layer).0,
            linear: self.adapted(linear, down),
            residual: if self.norm_first() { at.attention_sum } else { at.middle },
            mask: self.masks.feed_forward(layer),
        };
        self.device.add_norm(add_norm, sizes.rows);
    }

    fn drop_gate(&mut self, layer: usize, span: Span, sizes: &BatchSizes<'_>) {
        if let Some(mask) = self.masks.gate(layer) {
            let dropout = Dropout { to: span, from: span, width: sizes.intermediate, mask: Some(mask) };
            self.device.dropout(dropout, sizes.rows);
        }
    }

    /// The rows that are added to the output of a layer's attention: of its input, or of the sum that runs beside.
    fn residual(&mut self, layer: usize, sizes: &BatchSizes<'_>) -> Span {
        let (all, workspace) = (self.all(), &self.plan.workspace);
        let from = match layer.checked_sub(1) {
            Some(below) if self.norm_first() => workspace.layers[below].feed_forward_sum,
            None if self.norm_before_lowest() => workspace.embedding_sum,
            _ => workspace.layers[layer].input,
        };
        let from = all.hidden(from);
        match sizes.rows.tokens {
            Tokens::Selected => {
                let to = sizes.hidden(workspace.selected_input);
                self.device.gather(RowCopy { to, from, width: sizes.hidden }, self.batch);
                to
            }
            Tokens::All | Tokens::Distances => from,
        }
    }

    /// From the gradient of the layer's output to that of its input, if anything below learns.
    pub(super) fn layer_backward(&mut self, layer: usize, gradients: HiddenGradients, write: Write) -> HiddenGradients {
        if layer == 0 {
            self.convolve_backward(gradients, write);
        }
        let gradients = self.feed_forward_backward(layer, gradients, write);
        let gradients = self.attention_backward(layer, gradients, write);
        if layer == 0 && self.plan.learning.embeddings {
            self.spread_convolution(gradients);
        }
        self.entry_norm_backward(layer, gradients, write);
        gradients
    }

    /// The gradient of the layer's output becomes that of its middle; that of the sum beside it, if norms stand first, is
    /// the other of the two.
    fn feed_forward_backward(&mut self, layer: usize, gradients: HiddenGradients, write: Write) -> HiddenGradients {
        let (plan, sizes) = (self.plan, self.after_attention(layer));
        let (at, parameters) = (sizes.layer(&plan.workspace.layers[layer]), &plan.layout.layers[layer]);
        let wide = sizes.up(plan.workspace.wide_gradient);
        let (gradient, branch) = (sizes.hidden(gradients.current), sizes.hidden(gradients.spare));

        let residual = (self.norm_first() && layer + 1 < plan.config.layers).then_some(branch);
        let dropped = Branch { gradient: branch, mask: self.masks.feed_forward(layer) };
        let norm = self.feed_forward_norm(&at, layer);
        self.norm_backward(norm, gradient, residual, Some(dropped), sizes.rows, write);
        let (up, down) = (self.up(layer), self.down(layer));
        self.linear_parameters_backward(parameters.down, branch, at.activated, down.shape, write);
        self.adapters_backward(branch, at.activated, down, write);
        let gated = plan.config.family.gated;
        // with a gate the gradient has half the columns of what it turns into, and the activated values are no longer needed
        let activated = if gated { at.activated } else { wide };
        self.linear_input_backward(activated, branch, parameters.down.weight, down.shape, Write::Set);
        self.adapters_input_backward(activated, down);
        self.drop_gate(layer, activated, &sizes);
        self.device.activate_backward(ActivateBackward {
            gradient: activated,
            up_gradient: wide,
            up: at.up,
            activation: plan.config.activation,
            width: sizes.intermediate,
            gated,
        });
        self.linear_parameters_backward(parameters.up, wide, at.middle, up.shape, write);
        self.adapters_backward(wide, at.middle, up, write);
        let (dx, write, gradients) = match self.norm_first() {
            true => (branch, Write::Set, gradients.swapped()),
            false => (gradient, Write::Add, gradients),
        };
        self.linear_input_backward(dx, wide, parameters.up.weight, up.shape, write);
        self.adapters_input_backward(dx, up);
        gradients
    }

    /// The gradient of the layer's middle becomes that of its input, if anything below learns; that of the sum beside it,
    /// if norms stand first, is the other of the two.
    fn attention_backward(&mut self, layer: usize, gradients: HiddenGradients, write: Write) -> HiddenGradients {
        let (plan, all, sizes) = (self.plan, self.all(), self.after_attention(layer));
        let (spans, parameters) = (&plan.workspace.layers[layer], &plan.layout.layers[layer]);
        let (whole, at) = (all.layer(spans), sizes.layer(spans));
        let (middle, branch) = (sizes.hidden(gradients.current), sizes.hidden(gradients.spare));

        let residual = self.norm_first().then_some(branch);
        let dropped = Branch { gradient: branch, mask: self.masks.attention_output(layer) };
        let norm = self.attention_norm(&at, layer);
        self.norm_backward(norm, middle, residual, Some(dropped), sizes.rows, write);
        let (qkv, output) = (self.qkv(layer), self.output(layer));
        self.linear_parameters_backward(parameters.output, branch, at.context, output.shape, write);
        self.adapters_backward(branch, at.context, output, write);
        // the norm no longer needs the sum, so the gradient of the context may take its place
        let context_gradient = at.attention_sum;
        self.linear_input_backward(context_gradient, branch, parameters.output.weight, output.shape, Write::Set);
        self.adapters_input_backward(context_gradient, output);
        let qkv_gradient = plan.workspace.wide_gradient.first(whole.qkv.len);
        let relative = plan.config.disentangled().map(|_| whole.products);
        let attention = AttentionBackward {
            qkv_gradient,
            context_gradient,
            weights: at.weights,
            qkv: whole.qkv,
            heads: plan.config.heads,
            positions: self.attention_positions(layer, relative),
            relative_gradient: self.relative_gradient(),
            bias_gradient: self.bias_table().filter(|_| plan.learning.tables).map(|table| plan.gradient(table)),
            mask: self.masks.attention(layer),
        };
        self.device.attention_backward(attention, sizes.rows);
        let shared = self.shared_heads(qkv_gradient);
        if let Some(shared) = shared {
            self.device.repeat_heads_backward(shared);
        }
        let qkv_gradient = shared.map_or(qkv_gradient, |shared| shared.packed);
        self.linear_parameters_backward(parameters.qkv, qkv_gradient, whole.input, qkv.shape, write);
        self.adapters_backward(qkv_gradient, whole.input, qkv, write);
        self.relative_products_backward(layer);
        let gradients = self.spread(gradients, sizes.rows.tokens);
        if !self.passes_below(layer) {
            return gradients;
        }
        // where there is no norm before the lowest attention, both ways to its input meet there
        let (dx, write, gradients) = match self.norm_before(layer) {
            true => (gradients.spare, Write::Set, gradients.swapped()),
            false => (gradients.current, Write::Add, gradients),
        };
        self.linear_input_backward(all.hidden(dx), qkv_gradient, parameters.qkv.weight, qkv.shape, write);
        self.adapters_input_backward(all.hidden(dx), qkv);
        gradients
    }

    /// Whether anything needs the gradient of the layer's input: what learns below, or the norm before its attention.
    fn passes_below(&self, layer: usize) -> bool {
        let learning = &self.plan.learning;
        layer > learning.first_layer || learning.embeddings || self.norm_before(layer)
    }

    /// Whether a norm stands before the layer's attention, beside which the sum runs on.
    fn norm_before(&self, layer: usize) -> bool {
        self.norm_first() && (layer > 0 || self.norm_before_lowest())
    }

    /// The norm before the attention of the lowest layer that learns, which no layer below it goes through.
    fn entry_norm_backward(&mut self, layer: usize, gradients: HiddenGradients, write: Write) {
        if layer != self.plan.learning.first_layer || !self.norm_first() {
            return;
        }
        let all = self.all();
        let norm = match layer.checked_sub(1) {
            Some(below) => self.feed_forward_norm(&all.layer(&self.plan.workspace.layers[below]), below),
            // that of learning embeddings is differentiated with them
            None if self.norm_before_lowest() && !self.plan.learning.embeddings => self.embedding_norm(),
            None => return,
        };
        self.norm_backward(norm, all.hidden(gradients.current), None, None, all.rows, write);
    }
}
