//! AdamW as Trainer sets it up: parameter groups, clipping by the global norm, bias correction.

use crate::model::{Parameter, Role, Span};

use super::cpu::{Cpu, Update};
use super::encoder::Encoder;

/// The optimiser's constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// β₁ and β₂.
    pub betas: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decay of all but biases and norms.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; 0: none.
    pub max_grad_norm: f64,
    /// What a rate is multiplied by for each layer below the classifier; 1: nothing changes.
    pub layer_decay: f64,
}

/// The learning rates of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Of the encoder.
    pub encoder: f64,
    /// Of the classifier.
    pub head: f64,
}

/// Elements of a partial sum of squares; embeddings are summed by rows.
const CHUNK: usize = 4096;

/// One learning parameter.
#[derive(Debug)]
struct Learning {
    parameter: Span,
    gradient: Span,
    moments: [Span; 2],
    decays: bool,
    head: bool,
    /// Layers above it, the classifier counted as one.
    above: usize,
    chunk: usize,
    /// The word embedding, whose rows mostly have no gradient.
    words: bool,
}

/// The optimiser's state beside the moments, which lie in the arena.
#[derive(Debug)]
pub(super) struct Optimizer {
    learning: Vec<Learning>,
    /// Partial sums of squares.
    sums: Vec<f64>,
    /// Word rows that ever had a gradient.
    met: Vec<bool>,
    /// Steps taken.
    pub steps: u64,
}

impl Optimizer {
    /// For what learns in `encoder`.
    pub(super) fn new(encoder: &Encoder) -> Self {
        let learns = |p: &&Parameter| p.span.start >= encoder.learning_from;
        Self::over(encoder.layout.parameters.iter().filter(learns).map(|p| Learning::new(encoder, p)).collect())
    }

    fn over(learning: Vec<Learning>) -> Self {
        let chunks = |p: &Learning| p.parameter.len.div_ceil(p.chunk);
        let longest = learning.iter().map(chunks).max().unwrap_or_default();
        let words = learning.iter().find(|p| p.words).map(chunks).unwrap_or_default();
        Self { learning, sums: vec![0.0; longest], met: vec![false; words], steps: 0 }
    }

    /// Goes on after `steps` steps from the moments in the arena. What else there is to know follows from them: a word
    /// row whose moments are all zero has had no gradient, or none that left a trace.
    pub(super) fn resume(&mut self, cpu: &Cpu<'_>, steps: u64) {
        self.steps = steps;
        for parameter in self.learning.iter().filter(|p| p.words) {
            let [m, v] = parameter.moments.map(|moment| cpu.values(moment).chunks_exact(parameter.chunk));
            let has_trace = |row: &[f32]| row.iter().any(|x| *x != 0.0);
            for (met, (m, v)) in self.met.iter_mut().zip(m.zip(v)) {
                *met = has_trace(m) || has_trace(v);
            }
        }
    }

    /// The norm of the whole gradient: chunks summed in float32 lanes, their sums in float64 in order.
    /// `touched`: the word rows with a gradient, in ascending order; all others' are zero.
    pub(super) fn gradient_norm(&mut self, cpu: &Cpu<'_>, touched: &[u32]) -> f64 {
        let mut total = 0.0;
        for parameter in &self.learning {
            let chunks = if parameter.words { touched.len() } else { parameter.gradient.len.div_ceil(parameter.chunk) };
            let sums = &mut self.sums[..chunks];
            if parameter.words {
                cpu.squares_of_rows(sums, parameter.gradient, parameter.chunk, touched);
            } else {
                cpu.squares(sums, parameter.gradient, parameter.chunk);
            }
            total += sums.iter().sum::<f64>();
        }
        libm::sqrt(total)
    }

    /// Takes a step along the gradient, whose norm is `norm`; `touched` as for the norm.
    pub(super) fn step(&mut self, cpu: &mut Cpu<'_>, options: &AdamW, rates: Rates, norm: f64, touched: &[u32]) {
        self.steps += 1;
        if !self.met.is_empty() {
            touched.iter().for_each(|row| self.met[*row as usize] = true);
        }
        for parameter in &self.learning {
            let rate = options.rate(rates, parameter);
            let decay = if parameter.decays { options.weight_decay } else { 0.0 };
            let [m, v] = parameter.moments;
            let constants = options.update(self.steps, rate, decay, norm);
            let spans = [parameter.parameter, m, v, parameter.gradient];
            if parameter.words {
                cpu.update_rows(spans, parameter.chunk, &self.met, &constants);
            } else {
                cpu.update(spans, &constants);
            }
        }
    }
}

impl Learning {
    fn new(encoder: &Encoder, parameter: &Parameter) -> Self {
        let workspace = &encoder.workspace;
        let by_rows = matches!(parameter.role, Role::WordEmbedding | Role::PositionEmbedding | Role::SegmentEmbedding);
        Self {
            parameter: parameter.span,
            gradient: encoder.gradient(parameter.span),
            moments: [workspace.first_moments, workspace.second_moments].map(|m| encoder.moved(parameter.span, m)),
            decays: parameter.role.decays(),
            head: parameter.role.is_classifier(),
            above: layers_above(parameter, encoder.config.own_layers()),
            chunk: if by_rows { encoder.config.embedding_width() } else { CHUNK },
            words: parameter.role == Role::WordEmbedding,
        }
    }
}

/// Layers above `parameter`, of `layers` with parameters of their own: 0 for the classifier, layers - l for layer l
/// (from 0), layers + 1 for the embeddings and their projection.
fn layers_above(parameter: &Parameter, layers: usize) -> usize {
    match parameter.layer {
        Some(layer) => layers - layer,
        None if parameter.role.is_classifier() => 0,
        None => layers + 1,
    }
}

impl AdamW {
    /// A parameter's rate, in float64: its own times decay^(layers above it), as ELECTRA (Clark et al. 2020) and BEiT
    /// (Bao et al. 2022) fine-tune.
    fn rate(&self, rates: Rates, parameter: &Learning) -> f64 {
        let rate = if parameter.head { rates.head } else { rates.encoder };
        rate * libm::pow(self.layer_decay, parameter.above as f64)
    }

    /// Constants of step `step` (from 1), as torch's AdamW and `clip_grad_norm_` compute them.
    fn update(&self, step: u64, rate: f64, decay: f64, norm: f64) -> Update {
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

    use serde::Deserialize;

    use super::*;
    use crate::model::{Config, Layout};

    /// torch's AdamW with Trainer's groups, clipping and schedule: the origin is make_goldens.py, `optimizer`.
    #[derive(Deserialize)]
    struct Golden {
        start: Start,
        weight_decay: f64,
        betas: [f64; 2],
        eps: f64,
        clip: f64,
        steps: Vec<Step>,
    }

    #[derive(Deserialize)]
    struct Start {
        weight: Vec<Vec<f32>>,
        bias: Vec<f32>,
    }

    #[derive(Deserialize)]
    struct Step {
        grad_weight: Vec<Vec<f32>>,
        grad_bias: Vec<f32>,
        grad_norm: f64,
        learning_rate: f64,
        weight: Vec<Vec<f32>>,
        bias: Vec<f32>,
    }

    /// Parameters, gradients and both moments of `len` each, behind each other.
    fn learning(start: usize, len: usize, total: usize, decays: bool) -> Learning {
        let [parameter, gradient, m, v] = [0, 1, 2, 3].map(|buffer| Span { start: buffer * total + start, len });
        Learning { parameter, gradient, moments: [m, v], decays, head: false, above: 0, chunk: CHUNK, words: false }
    }

    #[test]
    fn adamw_matches_torch_at_every_step() {
        let text = include_str!("../../tests/goldens/optimizer.json");
        let golden: Golden = serde_json::from_str(text).expect("the golden's format");
        let start = [golden.start.weight.concat(), golden.start.bias].concat();
        let total = start.len();
        let mut optimizer = Optimizer::over(vec![learning(0, 12, total, true), learning(12, 3, total, false)]);
        let options = AdamW {
            betas: golden.betas,
            epsilon: golden.eps,
            weight_decay: golden.weight_decay,
            max_grad_norm: golden.clip,
            layer_decay: 1.0,
        };
        let mut memory = [start, vec![0.0; 3 * total]].concat();
        for (index, step) in golden.steps.iter().enumerate() {
            memory[total..2 * total].copy_from_slice(&[step.grad_weight.concat(), step.grad_bias.clone()].concat());
            let mut cpu = Cpu::new(&mut memory);
            let norm = optimizer.gradient_norm(&cpu, &[]);
            let rates = Rates { encoder: step.learning_rate, head: step.learning_rate };
            optimizer.step(&mut cpu, &options, rates, norm, &[]);
            assert!((norm - step.grad_norm).abs() < 1e-6 * step.grad_norm, "step {index}: {norm} {}", step.grad_norm);
            for (ours, theirs) in memory.iter().zip([step.weight.concat(), step.bias.clone()].concat()) {
                assert!((ours - theirs).abs() < 1e-6, "step {index}: {ours} against {theirs}");
            }
        }
    }

    /// A table of five rows of three, of which row 1 has a gradient at step 0, rows 1 and 3 at step 2, none at step 1.
    #[test]
    fn rows_without_a_gradient_step_as_if_updated_with_zeros() {
        let run = |words: bool| {
            let table = Learning { chunk: 3, words, ..learning(0, 15, 15, true) };
            let mut optimizer = Optimizer::over(vec![table]);
            let options =
                AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.1, max_grad_norm: 0.5, layer_decay: 1.0 };
            let mut memory: Vec<f32> = (0..60).map(|i| if i < 15 { i as f32 * 0.1 - 0.7 } else { 0.0 }).collect();
            let mut bits = Vec::new();
            for touched in [&[1u32][..], &[], &[1, 3]] {
                memory[15..30].fill(0.0);
                for row in touched {
                    memory[15 + *row as usize * 3..][..3].copy_from_slice(&[0.3, -0.2, 0.7]);
                }
                let mut cpu = Cpu::new(&mut memory);
                let norm = optimizer.gradient_norm(&cpu, touched);
                optimizer.step(&mut cpu, &options, Rates { encoder: 0.01, head: 0.0 }, norm, touched);
                bits.push(norm.to_bits());
                bits.extend(memory.iter().map(|value| u64::from(value.to_bits())));
            }
            bits
        };
        assert_eq!(run(true), run(false));
    }

    /// The rate of each parameter of a model of three layers, whose encoder's is 1 and whose classifier's 10, decayed by
    /// a half, by the exponent that BEiT's `get_layer_id` gives it: 3 + 1 - id, with id 0 for the embeddings.
    #[test]
    fn every_layers_rate_is_decayed_by_the_layers_above_it() {
        let text = r#"{"model_type": "electra", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 3,
            "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9, "embedding_size": 4}"#;
        let config = Config::parse(text, Path::new("config.json")).expect("valid");
        let layout = Layout::new(&config, 7);
        let rate = |decay: f64, parameter: &Parameter| {
            let options =
                AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0, max_grad_norm: 0.0, layer_decay: decay };
            let (head, above) = (parameter.role.is_classifier(), layers_above(parameter, config.own_layers()));
            options.rate(Rates { encoder: 1.0, head: 10.0 }, &Learning { head, above, ..learning(0, 1, 1, true) })
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
