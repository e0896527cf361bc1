//! What of a model learns.

use super::Value;
use crate::words::{Word, words};

words! {
    /// What learns beside the classifier, and the layer before it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Adapt {
        /// All that `model.freeze` leaves.
        All => "all",
        /// The last `model.last_layers` layers.
        Last => "last",
        /// The biases of linear layers and norms (Ben Zaken et al. 2022).
        Bitfit => "bitfit",
        /// Adapters of low rank beside linear layers (Hu et al. 2021).
        Lora => "lora",
    }
}

words! {
    /// A linear layer of each of the encoder's layers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum LoraTarget {
        /// Of attention's queries.
        Query => "query",
        /// Of its keys.
        Key => "key",
        /// Of its values.
        Value => "value",
        /// The projection after attention.
        Output => "output",
        /// The first of the feed-forward part.
        Up => "up",
        /// Its second.
        Down => "down",
    }
}

/// Adapters of low rank: a target's output is W·x + b + (alpha/rank)·B·A·dropout(x), of which A and B learn.
#[derive(Debug, Clone, PartialEq)]
pub struct Lora {
    /// `model.lora_rank`: rows of A, columns of B.
    pub rank: usize,
    /// `model.lora_alpha`
    pub alpha: f64,
    /// `model.lora_dropout`
    pub dropout: f64,
    /// `model.lora_targets`, each once, in order.
    pub targets: Vec<LoraTarget>,
}

impl Lora {
    /// alpha/rank
    pub fn scale(&self) -> f32 {
        (self.alpha / self.rank as f64) as f32
    }
}

impl Default for Lora {
    fn default() -> Self {
        Self { rank: 8, alpha: 16.0, dropout: 0.0, targets: vec![LoraTarget::Query, LoraTarget::Value] }
    }
}

/// How a model is adapted.
#[derive(Debug, Clone, PartialEq)]
pub enum Adapter {
    /// Its biases learn.
    Bitfit,
    /// Adapters of low rank learn.
    Lora(Lora),
}

impl Adapter {
    /// Its adapters of low rank, if it has such.
    pub fn lora(&self) -> Option<&Lora> {
        match self {
            Self::Lora(lora) => Some(lora),
            Self::Bitfit => None,
        }
    }
}

impl From<&[LoraTarget]> for Value {
    fn from(targets: &[LoraTarget]) -> Self {
        Self::List(targets.iter().map(|target| target.word().into()).collect())
    }
}
