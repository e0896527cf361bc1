//! The table of relative positions of disentangled attention (He et al. 2021), forward and backward.
//!
//! R = norm(table). A layer projects the rows that the batch's distances need by its own query and key matrices, after a
//! dropout of their own: Q(d) and K(d) of distance d. Attention adds Q(i)·K(d) and Q(d)·K(j) to the scores.

use crate::model::{LinearSpans, NormSpans, Span};

use super::adapters::{Adapted, RELATIVE};
use super::operations::{Dropout, Normed, Operations};
use super::pass::Pass;
use super::product::{Shape, Write};

impl<'p, D: Operations> Pass<'p, D> {
    /// The rows of the table that the batch needs.
    fn table_rows(&self) -> Span {
        let table = self.plan.layout.embeddings.relative.expect("asked of a model that has one").table;
        let (hidden, distances) = (self.plan.config.hidden, &self.batch.distances);
        Span { start: table.start + distances.first * hidden, len: distances.rows.len() * hidden }
    }

    fn table_norm(&self) -> Option<(Normed, NormSpans)> {
        let parameters = self.plan.layout.embeddings.relative?.norm?;
        let statistics = self.plan.workspace.relative.expect("the layout's").statistics;
        let norm = self.normed(self.table_rows(), self.distances().statistics(statistics), parameters);
        Some((norm, parameters))
    }

    /// R of the rows that the batch needs.
    fn related(&self) -> Span {
        let output = self.plan.workspace.relative.expect("the layout's").output;
        if self.table_norm().is_some() { self.distances().hidden(output) } else { self.table_rows() }
    }

    /// R, once for all layers.
    pub(super) fn relate(&mut self) {
        if self.plan.config.disentangled().is_none() {
            return;
        }
        if let Some((norm, _)) = self.table_norm() {
            self.device.norm(self.related(), norm);
        }
    }

    /// R as `layer` reads it.
    fn dropped_relation(&mut self, layer: usize) -> Span {
        let (sizes, related) = (self.distances(), self.related());
        let Some(mask) = self.masks.relative(layer) else { return related };
        let dropped = sizes.hidden(self.plan.workspace.relative.expect("the layout's").dropped);
        let dropout = Dropout { to: dropped, from: related, width: sizes.hidden, mask: Some(mask) };
        self.device.dropout(dropout, sizes.rows);
        dropped
    }

    /// The query and key matrices of a layer as one.
    fn queries_and_keys(&self, layer: usize) -> (LinearSpans, Shape) {
        let (sizes, qkv) = (self.distances(), self.plan.layout.layers[layer].qkv);
        let outputs = 2 * sizes.hidden;
        let linear = LinearSpans { weight: qkv.weight.first(outputs * sizes.hidden), bias: qkv.bias.first(outputs) };
        (linear, sizes.shape(sizes.hidden, outputs))
    }

    /// The same for adapters.
    fn adapted_distances(&self, layer: usize, shape: Shape) -> Adapted<'p> {
        Adapted { layer, targets: RELATIVE, rows: self.distances(), shape }
    }

    /// Q(d) and K(d) of the batch's distances, `[distances, 2·hidden]`, if the model has a table of them.
    pub(super) fn relative_products(&mut self, layer: usize) -> Option<Span> {
        self.plan.config.disentangled()?;
        let x = self.dropped_relation(layer);
        let (linear, shape) = self.queries_and_keys(layer);
        let products = self.distances().layer(&self.plan.workspace.layers[layer]).products;
        let adapted = self.adapted(self.linear(x, linear, shape), self.adapted_distances(layer, shape));
        self.device.linear(products, adapted);
        Some(products)
    }

    /// The table of biases of scores, if the model has one.
    pub(super) fn bias_table(&self) -> Option<Span> {
        let relative = self.plan.config.relative.filter(|relative| relative.biases);
        relative.and_then(|_| Some(self.plan.layout.embeddings.relative?.table))
    }

    /// Where attention writes the gradient of those; empty without a table.
    pub(super) fn relative_gradient(&self) -> Span {
        let workspace = self.plan.workspace.relative;
        workspace.map_or(Span::default(), |workspace| self.distances().products(workspace.products_gradient))
    }

    /// From that gradient to those of the layer's matrices, added to what the tokens gave, and of R.
    pub(super) fn relative_products_backward(&mut self, layer: usize) {
        let (plan, sizes, gradient) = (self.plan, self.distances(), self.relative_gradient());
        let Some(workspace) = plan.workspace.relative else { return };
        let x = self.dropped_relation(layer);
        let (linear, shape) = self.queries_and_keys(layer);
        self.linear_parameters_backward(linear, gradient, x, shape, Write::Add);
        self.adapters_backward(gradient, x, self.adapted_distances(layer, shape), Write::Add);
        if !plan.learning.embeddings {
            return;
        }
        let total = sizes.hidden(workspace.gradient);
        let write = if layer + 1 == plan.config.layers { Write::Set } else { Write::Add };
        let Some(mask) = self.masks.relative(layer) else {
            return self.linear_input_backward(total, gradient, linear.weight, shape, write);
        };
        let own = if write == Write::Set { total } else { sizes.hidden(workspace.dropped) };
        self.linear_input_backward(own, gradient, linear.weight, shape, Write::Set);
        let dropout = Dropout { to: own, from: own, width: sizes.hidden, mask: Some(mask) };
        self.device.dropout(dropout, sizes.rows);
        if write == Write::Add {
            self.device.add(total, own);
        }
    }

    /// From the gradient of R to that of the table, whose other rows have none.
    pub(super) fn relate_backward(&mut self, write: Write) {
        let Some(workspace) = self.plan.workspace.relative else { return };
        let sizes = self.distances();
        let gradient = sizes.hidden(workspace.gradient);
        if let Some(norm) = self.table_norm() {
            self.norm_backward(norm, gradient, None, None, sizes.rows, write);
        }
        if self.plan.learning.tables {
            self.device.add(self.plan.gradient(self.table_rows()), gradient);
        }
    }
}
