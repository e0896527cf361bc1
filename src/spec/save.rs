//! The settings of what stays on disk.

use crate::words::words;

words! {
    /// Which trained models stay on disk.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum SaveModels {
        /// All, if they fit 10 GB together.
        Auto => "auto",
        /// All.
        All => "all",
        /// None.
        None => "none",
    }
}

/// `[save]`
#[derive(Debug, Clone, PartialEq)]
pub struct Save {
    /// `save.models`
    pub models: SaveModels,
    /// `save.checkpoint_minutes`
    pub checkpoint_minutes: f64,
}

impl Default for Save {
    fn default() -> Self {
        Self { models: SaveModels::Auto, checkpoint_minutes: 5.0 }
    }
}
