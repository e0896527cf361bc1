//! What of a model learns.

use crate::model::{Config, Layout};
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
    /// Whether anything before the first layer learns.
    pub embeddings: bool,
    /// Whether the embeddings' tables do.
    pub tables: bool,
    /// The lowest layer in which something learns; the number of layers if only the classifier does.
    pub first_layer: usize,
    /// Whether there is room for an average of the weights.
    pub averages: bool,
}

impl Learning {
    /// What `freeze` leaves to learn, or, of an adapted model, the adapted part of it.
    pub(super) fn under(freeze: Freeze, averages: bool, layout: &Layout, config: &Config) -> Self {
        let (from, first_layer) = (layout.learning_from(freeze), layout.first_learning(freeze));
        let all = freeze == Freeze::Nothing;
        let (embeddings, tables) = (all && config.lora().is_none(), all && config.adapter.is_none());
        Self { from, embeddings, tables, first_layer, averages }
    }

    /// The classifier and the layer before it, over an encoder of `layers` layers.
    pub(super) fn classifier(layout: &Layout, layers: usize, averages: bool) -> Self {
        Self { from: layout.head_start(), embeddings: false, tables: false, first_layer: layers, averages }
    }
}
