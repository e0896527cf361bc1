//! AdamW as Trainer sets it up: parameter groups, their learning rates, and the constants of a step.

use crate::model::{Parameter, Role};
use crate::spec::ParameterGroup;

/// The optimizer's constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// β₁ and β₂.
    pub betas: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decay of all parameters but biases and norms, where their group has no other.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; 0: no limit.
    pub max_grad_norm: f64,
    /// Each layer's rate is that of the layer above it times this; 1: all are equal.
    pub layer_decay: f64,
}

/// The learning rates of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Of the encoder.
    pub encoder: f64,
    /// Of the classifier.
    pub head: f64,
    /// What the highest rate of a group with one of its own is multiplied by.
    pub factor: f64,
}

/// Learning parameters and their moments: as values, or as spans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingState<T> {
    /// The parameters.
    pub parameters: T,
    /// Running means of the gradient.
    pub first_moments: T,
    /// Running means of its square.
    pub second_moments: T,
}

impl<T> TrainingState<T> {
    /// Parameters, first moments, second moments.
    pub fn into_array(self) -> [T; 3] {
        [self.parameters, self.first_moments, self.second_moments]
    }

    /// From the order of [`TrainingState::into_array`].
    pub fn from_array([parameters, first_moments, second_moments]: [T; 3]) -> Self {
        Self { parameters, first_moments, second_moments }
    }

    /// What `work` makes of each.
    pub fn map<U>(self, work: impl FnMut(T) -> U) -> TrainingState<U> {
        TrainingState::from_array(self.into_array().map(work))
    }
}

/// Parameters with the same constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Group {
    /// Whether it decays.
    pub decays: bool,
    /// Whether it is of the classifier.
    pub head: bool,
    /// Layers above it, the classifier counted as one.
    pub above: usize,
    /// Its own highest rate.
    pub rate: Option<f64>,
    /// Its own decay.
    pub decay: Option<f64>,
}

/// The constants of one AdamW step on one stretch (Loshchilov and Hutter 2019), computed in float64.
#[derive(Debug, Clone, Copy)]
pub struct Update {
    /// A parameter's share that decay leaves: 1 - rate·decay.
    pub keep: f32,
    /// rate / (1 - β₁ᵗ)
    pub step: f32,
    /// 1 / √(1 - β₂ᵗ)
    pub correction: f32,
    /// β₁ and β₂.
    pub betas: [f32; 2],
    /// 1 - β₁ and 1 - β₂.
    pub complements: [f32; 2],
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Clipping: the gradient is multiplied by it.
    pub clip: f32,
}

impl Group {
    /// The group of a parameter in a model of `layers` layers with parameters of their own. Layers above it: 0 for the
    /// classifier and the layer before it, layers - l for layer l (from 0), 1 for a norm behind the last, layers + 1 for the
    /// embeddings and their projection.
    pub(super) fn of(parameter: &Parameter, layers: usize) -> Self {
        let head = !parameter.role.is_encoder();
        let above = match parameter.layer {
            Some(layer) => layers - layer,
            None if head => 0,
            None if matches!(parameter.role, Role::FinalNormWeight | Role::FinalNormBias) => 1,
            None => layers + 1,
        };
        Self { decays: parameter.role.decays(), head, above, rate: None, decay: None }
    }

    /// The same with the constants of a named group, if the parameter is in one.
    pub(super) fn with(self, named: Option<&ParameterGroup>) -> Self {
        let Some(ParameterGroup { learning_rate, weight_decay, .. }) = named else { return self };
        Self { rate: *learning_rate, decay: *weight_decay, ..self }
    }
}

impl AdamW {
    /// A group's rate, in float64: its own times the schedule's factor, or the head's or encoder's times decay^(layers above
    /// it), as in ELECTRA (Clark et al. 2020) and BEiT (Bao et al. 2022).
    pub(super) fn rate(&self, rates: Rates, group: Group) -> f64 {
        if let Some(rate) = group.rate {
            return rate * rates.factor;
        }
        let rate = if group.head { rates.head } else { rates.encoder };
        rate * libm::pow(self.layer_decay, group.above as f64)
    }

    /// Constants of a group in step `step` (from 1), as torch's AdamW and `clip_grad_norm_` compute them.
    pub(super) fn update(&self, group: Group, step: u64, rates: Rates, norm: f64) -> Update {
        let rate = self.rate(rates, group);
        let decay = if group.decays { group.decay.unwrap_or(self.weight_decay) } else { 0.0 };
        let [beta1, beta2] = self.betas;
        let power = step as f64;
        let clip = if self.max_grad_norm > 0.0 { (self.max_grad_norm / (norm + 1e-6)).min(1.0) } else { 1.0 };
        Update {
            keep: (1.0 - rate * decay) as f32,
            step: (rate / (1.0 - libm::pow(beta1, power))) as f32,
            correction: (1.0 / libm::sqrt(1.0 - libm::pow(beta2, power))) as f32,
            betas: [beta1 as f32, beta2 as f32],
            complements: [(1.0 - beta1) as f32, (1.0 - beta2) as f32],
            epsilon: self.epsilon as f32,
            clip: clip as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::{Config, Layout};

    /// The rate of each parameter of a model of three layers; the encoder's is 1, the classifier's 10, the decay a half.
    /// The exponent is that of BEiT's `get_layer_id`: 3 + 1 - id, with id 0 for the embeddings.
    #[test]
    fn every_layers_rate_is_decayed_by_the_layers_above_it() {
        let text = r#"{"model_type": "electra", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 3,
            "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9, "embedding_size": 4}"#;
        let config = Config::parse(text, Path::new("config.json")).expect("valid");
        let layout = Layout::new(&config, 7);
        let rate = |decay: f64, parameter: &Parameter| {
            let options =
                AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0, max_grad_norm: 0.0, layer_decay: decay };
            options.rate(Rates { encoder: 1.0, head: 10.0, factor: 1.0 }, Group::of(parameter, config.own_layers()))
        };
        for parameter in &layout.parameters {
            let name = &parameter.name;
            let (undecayed, decayed) = match name.split('.').nth(3) {
                _ if name.starts_with("classifier") => (10.0, 10.0),
                _ if name.starts_with("electra.embeddings") => (1.0, 0.0625),
                Some("0") => (1.0, 0.125),
                Some("1") => (1.0, 0.25),
                Some("2") => (1.0, 0.5),
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!((rate(1.0, parameter), rate(0.5, parameter)), (undecayed, decayed), "{name}");
        }
    }
}
