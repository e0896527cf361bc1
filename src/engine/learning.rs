//! What of a model learns.

use crate::model::{Config, Layout};
use crate::spec::Freeze;

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
}

impl Learning {
    /// What `freeze` leaves to learn, or, of an adapted model, the adapted part of it.
    pub(super) fn under(freeze: Freeze, layout: &Layout, config: &Config) -> Self {
        let (from, first_layer) = (layout.learning_from(freeze), layout.first_learning(freeze));
        let all = freeze == Freeze::Nothing;
        let (embeddings, tables) = (all && config.lora().is_none(), all && config.adapter.is_none());
        Self { from, embeddings, tables, first_layer }
    }

    /// The classifier and the layer before it, over an encoder of `layers` layers.
    pub(super) fn classifier(layout: &Layout, layers: usize) -> Self {
        Self { from: layout.head_start(), embeddings: false, tables: false, first_layer: layers }
    }
}
