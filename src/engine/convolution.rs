//! The convolution beside the first layer of DeBERTa v2's largest models (`ConvLayer` of transformers), forward and
//! backward: the next layer's input is norm(output of the first + activation(dropout(convolution of the embeddings))). Its
//! parameters count as the embeddings' when layers are frozen.

use crate::model::{NormSpans, Span};

use super::operations::{Activate, ActivateBackward, Dropout, Normed, Operations, Unfold};
use super::pass::{HiddenGradients, Pass};
use super::product::{Shape, Write};

impl<D: Operations> Pass<'_, D> {
    fn unfolding(&self) -> Option<Unfold> {
        let (plan, all) = (self.plan, self.all());
        let (convolution, workspace) = (plan.config.convolution?, plan.workspace.convolution?);
        let kernel = convolution.width;
        let unfolded = workspace.unfolded.first(all.count * all.hidden * kernel);
        Some(Unfold { unfolded, values: all.hidden(plan.workspace.layers[0].input), width: all.hidden, kernel })
    }

    fn convolution_norm(&self) -> (Normed, NormSpans) {
        let (all, workspace) = (self.all(), self.plan.workspace.convolution.expect("asked of a model that has one"));
        let parameters = self.plan.layout.embeddings.convolution.expect("the configuration's").norm;
        (self.normed(all.hidden(workspace.sum), all.statistics(workspace.statistics), parameters), parameters)
    }

    fn convolution_shape(&self, kernel: usize) -> Shape {
        let all = self.all();
        all.shape(all.hidden * kernel, all.hidden)
    }

    /// The convolution, if the model has one, and its sum with the output of the first layer.
    pub(super) fn convolve(&mut self) {
        let (plan, all) = (self.plan, self.all());
        let Some(unfolding) = self.unfolding() else { return };
        let workspace = plan.workspace.convolution.expect("it is unfolded");
        let parameters = plan.layout.embeddings.convolution.expect("the configuration's");
        self.device.unfold(unfolding, self.batch);
        let (pre, sum) = (all.hidden(workspace.pre), all.hidden(workspace.sum));
        let shape = self.convolution_shape(unfolding.kernel);
        self.device.linear(pre, self.linear(unfolding.unfolded, parameters.linear, shape));
        self.drop_convolution(pre);
        let activation = plan.config.convolution.expect("it is unfolded").activation;
        let activate = Activate { out: sum, up: pre, linear: None, activation, width: all.hidden, gated: false };
        self.device.activate(activate);
        self.device.add(sum, all.hidden(plan.workspace.layers[0].output));
        self.device.norm(all.hidden(workspace.output), self.convolution_norm().0);
    }

    fn drop_convolution(&mut self, span: Span) {
        let all = self.all();
        if let Some(mask) = self.masks.convolution() {
            self.device.dropout(Dropout { to: span, from: span, width: all.hidden, mask: Some(mask) }, all.rows);
        }
    }

    /// The gradient of the next layer's input becomes that of the first layer's output. That of the unfolded embeddings
    /// stays until [`Pass::spread_convolution`].
    pub(super) fn convolve_backward(&mut self, gradients: HiddenGradients, write: Write) {
        let (plan, all) = (self.plan, self.all());
        let Some(unfolding) = self.unfolding() else { return };
        let workspace = plan.workspace.convolution.expect("it is unfolded");
        let (sum, own) = (all.hidden(gradients.current), all.hidden(gradients.spare));
        self.norm_backward(self.convolution_norm(), sum, None, None, all.rows, write);
        if !plan.learning.embeddings {
            return;
        }
        self.device.dropout(Dropout { to: own, from: sum, width: all.hidden, mask: None }, all.rows);
        self.device.activate_backward(ActivateBackward {
            gradient: own,
            up_gradient: own,
            up: all.hidden(workspace.pre),
            activation: plan.config.convolution.expect("it is unfolded").activation,
            width: all.hidden,
            gated: false,
        });
        self.drop_convolution(own);
        let linear = plan.layout.embeddings.convolution.expect("the configuration's").linear;
        let shape = self.convolution_shape(unfolding.kernel);
        self.linear_parameters_backward(linear, own, unfolding.unfolded, shape, write);
        self.linear_input_backward(unfolding.unfolded, own, linear.weight, shape, Write::Set);
    }

    /// Adds the gradient of the unfolded embeddings to that of the embeddings, `current`.
    pub(super) fn spread_convolution(&mut self, gradients: HiddenGradients) {
        if let Some(unfolding) = self.unfolding() {
            let values = self.all().hidden(gradients.current);
            self.device.unfold_backward(Unfold { values, ..unfolding }, self.batch);
        }
    }
}
