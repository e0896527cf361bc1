//! What of a model learns.

use crate::model::Layout;
use crate::spec::{Freeze, ParameterGroup};

/// What of a model learns, and what is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Learns {
    /// What does not.
    pub freeze: Freeze,
    /// Whether there is room for an average of the weights.
    pub averages: bool,
    /// What of it has a rate or a decay of its own.
    pub groups: Vec<ParameterGroup>,
}

impl From<Freeze> for Learns {
    fn from(freeze: Freeze) -> Self {
        Self { freeze, averages: false, groups: Vec::new() }
    }
}

/// The learning part of a model: the end of its parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Learning {
    /// Where the learning parameters start.
    pub from: usize,
    pub embeddings: bool,
    /// The lowest layer that learns; the number of layers if only the classifier does.
    pub first_layer: usize,
    /// Whether there is room for an average of the weights.
    pub averages: bool,
}

impl Learning {
    /// What `freeze` leaves to learn.
    pub(super) fn under(freeze: Freeze, averages: bool, layout: &Layout) -> Self {
        let (from, first_layer) = (layout.learning_from(freeze), layout.first_learning(freeze));
        Self { from, embeddings: freeze == Freeze::Nothing, first_layer, averages }
    }

    /// The classifier and the layer before it, over an encoder of `layers` layers.
    pub(super) fn classifier(layout: &Layout, layers: usize, averages: bool) -> Self {
        Self { from: layout.head_start(), embeddings: false, first_layer: layers, averages }
    }
}
