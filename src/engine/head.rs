//! A classifier without its encoder, as a plan of an arena: what it takes to learn and answer on features.

use crate::model::{Config, Layout};

use super::encoder::Encoder;
use super::workspace::{Capacity, Workspace};

impl Encoder {
    /// The plan of a classifier of `labels` classes over features, for batches up to `capacity`; of the encoder there is
    /// only the shape, by which dropout is placed.
    pub(super) fn classifier_alone(config: Config, labels: usize, capacity: Capacity) -> Self {
        let layout = Layout::of_classifier(&config, labels);
        let workspace = Workspace::of_classifier(&config, &layout, labels, capacity);
        let (learning_from, first_learning) = (layout.classifier.weight.start, config.layers);
        Self { config, labels, layout, workspace, learning_from, first_learning }
    }
}
