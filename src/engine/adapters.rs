//! Adapters of low rank (Hu et al. 2021), forward and backward: y += (alpha/rank)·B·A·dropout(x) beside a linear layer.
//!
//! With u = A·dropout(x) and s = alpha/rank: ∂B = s·∂y·uᵗ, ∂u = s·Bᵗ·∂y, ∂A = ∂u·dropout(x)ᵗ, ∂x += dropout(Aᵗ·∂u). u is
//! computed again on the way back, since it costs less than room for it in every layer.

use crate::model::{AdapterSpans, LinearSpans, Span};
use crate::spec::LoraTarget;

use super::adapter_workspace::AdapterWorkspace;
use super::batch_sizes::BatchSizes;
use super::mask::Mask;
use super::operations::{Added, Columns, Dropout, Linear, Operations};
use super::pass::Pass;
use super::product::{Shape, Write};

/// Query, key and value, whose weights are one matrix.
pub(super) const QKV: &[LoraTarget] = &[LoraTarget::Query, LoraTarget::Key, LoraTarget::Value];

/// The part of it that also projects the table of relative positions.
pub(super) const RELATIVE: &[LoraTarget] = &[LoraTarget::Query, LoraTarget::Key];

/// A linear layer of an encoder's layer, and its rows.
#[derive(Clone, Copy)]
pub(super) struct Adapted<'b> {
    pub layer: usize,
    /// The targets whose outputs are its columns, side by side.
    pub targets: &'static [LoraTarget],
    pub rows: BatchSizes<'b>,
    pub shape: Shape,
}

/// One adapter at work.
#[derive(Clone, Copy)]
struct Adapter {
    /// Its place among those of its linear layer.
    slot: usize,
    /// Where its ∂u lies.
    inner_gradient: usize,
    spans: AdapterSpans,
    columns: Columns,
    rank: usize,
    mask: Option<Mask>,
}

impl Adapter {
    fn a(&self, Adapted { shape, .. }: Adapted<'_>) -> Shape {
        Shape { outputs: self.rank, ..shape }
    }

    fn b(&self, Adapted { shape, .. }: Adapted<'_>) -> Shape {
        Shape { inputs: self.rank, outputs: self.columns.width, ..shape }
    }
}

impl<D: Operations> Pass<'_, D> {
    fn adapters(&self, at: Adapted<'_>) -> impl Iterator<Item = Adapter> + use<D> {
        let lora = self.plan.config.lora();
        let spans = self.plan.layout.layers[at.layer].adapters;
        let (rank, scale) = lora.map_or((0, 0.0), |lora| (lora.rank, lora.scale()));
        let (masks, of) = (*self.masks, at.shape.outputs);
        let (hidden, keys) = (self.plan.config.hidden, self.plan.config.key_width());
        let relative = at.targets == RELATIVE;
        at.targets.iter().enumerate().filter_map(move |(slot, target)| {
            let spans = spans[*target as usize]?;
            // keys and values may have fewer columns than queries
            let (first, width) = match slot {
                0 if at.targets.len() == 1 => (0, of),
                0 => (0, hidden),
                _ => (hidden + (slot - 1) * keys, keys),
            };
            let columns = Columns { first, width, of, scale };
            let inner_gradient = if relative { QKV.len() + slot } else { slot };
            Some(Adapter {
                slot,
                inner_gradient,
                spans,
                columns,
                rank,
                mask: masks.adapter(at.layer, *target, relative),
            })
        })
    }

    fn adapter_workspace(&self) -> AdapterWorkspace {
        self.plan.workspace.adapters.expect("a layout with adapters has room for them")
    }

    /// What an adapter reads of the linear layer's input `x`.
    fn adapter_input(&mut self, adapter: &Adapter, x: Span, at: Adapted<'_>) -> Span {
        if adapter.mask.is_none() {
            return x;
        }
        let to = self.adapter_workspace().dropped.first(x.len);
        let dropout = Dropout { to, from: x, width: at.shape.inputs, mask: adapter.mask };
        self.device.dropout(dropout, at.rows.rows);
        to
    }

    /// A product without a bias.
    fn product(&mut self, y: Span, x: Span, weight: Span, shape: Shape) {
        self.device.linear(y, self.linear(x, LinearSpans { weight, bias: Span::default() }, shape));
    }

    /// u
    fn inner(&mut self, adapter: &Adapter, x: Span, at: Adapted<'_>) -> Span {
        let inner = self.adapter_workspace().inner.first(at.shape.tokens * adapter.rank);
        self.product(inner, x, adapter.spans.a, adapter.a(at));
        inner
    }

    /// The linear layer with the products of its adapters, which are computed, to be added.
    pub(super) fn adapted(&mut self, linear: Linear, at: Adapted<'_>) -> Linear {
        let mut added = [None; 3];
        for adapter in self.adapters(at) {
            let x = self.adapter_input(&adapter, linear.x, at);
            let inner = self.inner(&adapter, x, at);
            let product = self.adapter_workspace().products[adapter.slot];
            let product = product.first(at.shape.tokens * adapter.columns.width);
            self.product(product, inner, adapter.spans.b, adapter.b(at));
            added[adapter.slot] = Some(Added { product, columns: adapter.columns });
        }
        Linear { added, ..linear }
    }

    /// ∂A and ∂B, from the gradient `dy` of the linear layer's output. ∂u stays for [`Pass::adapters_input_backward`].
    pub(super) fn adapters_backward(&mut self, dy: Span, x: Span, at: Adapted<'_>, write: Write) {
        for adapter in self.adapters(at) {
            let (workspace, a, b) = (self.adapter_workspace(), adapter.spans.a, adapter.spans.b);
            let x = self.adapter_input(&adapter, x, at);
            let inner = self.inner(&adapter, x, at);
            let scaled = workspace.products[adapter.slot].first(at.shape.tokens * adapter.columns.width);
            self.device.take_columns(scaled, dy, adapter.columns);
            let weight = |weight| LinearSpans { weight, bias: Span::default() };
            self.linear_parameters_backward(weight(b), scaled, inner, adapter.b(at), write);
            let inner_gradient = workspace.inner_gradients[adapter.inner_gradient].first(inner.len);
            self.linear_input_backward(inner_gradient, scaled, b, adapter.b(at), Write::Set);
            self.device.refresh_bf16(inner_gradient);
            self.linear_parameters_backward(weight(a), inner_gradient, x, adapter.a(at), write);
        }
    }

    /// Adds to `dx`, the gradient of the linear layer's input, what goes through its adapters.
    pub(super) fn adapters_input_backward(&mut self, dx: Span, at: Adapted<'_>) {
        for adapter in self.adapters(at) {
            let workspace = self.adapter_workspace();
            let inner_gradient =
                workspace.inner_gradients[adapter.inner_gradient].first(at.shape.tokens * adapter.rank);
            if adapter.mask.is_none() {
                self.linear_input_backward(dx, inner_gradient, adapter.spans.a, adapter.a(at), Write::Add);
                continue;
            }
            let own = workspace.dropped.first(dx.len);
            self.linear_input_backward(own, inner_gradient, adapter.spans.a, adapter.a(at), Write::Set);
            let dropout = Dropout { to: own, from: own, width: at.shape.inputs, mask: adapter.mask };
            self.device.dropout(dropout, at.rows.rows);
            self.device.add(dx, own);
        }
    }
}
