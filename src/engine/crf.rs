//! A linear chain over the labels of each sentence: its likelihood, forward and backward, and the marginals.
//!
//! Lafferty, McCallum and Pereira 2001, with the parameters of pytorch-crf's `CRF`: the score of the tags y of T words is
//!
//! score(y) = start\[y₁\] + Σₜ logits\[t, yₜ\] + Σₜ transitions\[yₜ, yₜ₊₁\] + end\[y_T\],
//!
//! and loss = log Z - score(labels), log Z = log Σ e^score over all sequences. Forward and backward in log space:
//!
//! αₜ\[j\] = logits\[t, j\] + log Σᵢ e^(αₜ₋₁\[i\] + transitions\[i, j\]), α₁ = start + logits\[1\],
//! log Z = log Σ e^(α_T + end);
//! βₜ\[i\] = log Σⱼ e^(transitions\[i, j\] + logits\[t+1, j\] + βₜ₊₁\[j\]), β_T = end.
//!
//! The derivative of log Z by a term is the probability that a sequence has it, so with [·] for the labels' own:
//!
//! ∂logits\[t, j\] = e^(αₜ\[j\] + βₜ\[j\] - log Z) - \[yₜ = j\]; ∂start and ∂end are those of the first and last word;
//! ∂transitions\[i, j\] = Σₜ e^(αₜ\[i\] + transitions\[i, j\] + logits\[t+1, j\] + βₜ₊₁\[j\] - log Z) - \[yₜ = i, yₜ₊₁ = j\].
//!
//! All in float64, on one thread: every sum has one order. It is the CPU's own, and that of whoever has logits here.

use std::ops::Range;

use super::batch::NO_LABEL;

/// The chain's parameters, or their gradients.
#[derive(Debug, Clone, Copy)]
pub struct Crf<T> {
    /// `[classes]`: of a sentence's first word.
    pub start: T,
    /// `[classes]`: of its last word.
    pub end: T,
    /// `[from, to]`
    pub transitions: T,
}

/// Memory of the passes, kept from one batch to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Rows of the chain's words among the logits.
    rows: Vec<usize>,
    /// `[words, classes]`
    alphas: Vec<f64>,
    /// `[words, classes]`
    betas: Vec<f64>,
    /// The gradient of start, end and transitions.
    sums: Vec<f64>,
}

impl Scratch {
    /// Room for chains of `words` words.
    pub fn of(words: usize, classes: usize) -> Self {
        let room = || Vec::with_capacity(words * classes);
        let (rows, sums) = (Vec::with_capacity(words), Vec::with_capacity((classes + 2) * classes));
        Self { rows, alphas: room(), betas: room(), sums }
    }

    /// Takes the labeled words of a sentence as the chain; says whether there are any.
    fn take(&mut self, words: &Range<usize>, labels: &[i32]) -> bool {
        self.rows.clear();
        self.rows.extend(words.clone().filter(|row| labels[*row] != NO_LABEL));
        !self.rows.is_empty()
    }
}

/// log Σ e^value.
fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    largest + libm::log(values.map(|value| libm::exp(value - largest)).sum())
}

impl Crf<&[f32]> {
    fn classes(&self) -> usize {
        self.start.len()
    }

    fn transition(&self, from: usize, to: usize) -> f64 {
        f64::from(self.transitions[from * self.classes() + to])
    }

    /// Fills `alphas`; returns log Z.
    fn forward(&self, logits: &[f32], rows: &[usize], alphas: &mut Vec<f64>) -> f64 {
        let classes = self.classes();
        alphas.clear();
        for (t, row) in rows.iter().enumerate() {
            for to in 0..classes {
                let logit = f64::from(logits[row * classes + to]);
                let before = match t {
                    0 => f64::from(self.start[to]),
                    _ => {
                        let last = &alphas[(t - 1) * classes..t * classes];
                        log_sum((0..classes).map(|from| last[from] + self.transition(from, to)))
                    }
                };
                alphas.push(before + logit);
            }
        }
        let last = &alphas[alphas.len() - classes..];
        log_sum(last.iter().zip(self.end).map(|(alpha, end)| alpha + f64::from(*end)))
    }

    /// Fills `betas`.
    fn backward(&self, logits: &[f32], rows: &[usize], betas: &mut Vec<f64>) {
        let classes = self.classes();
        betas.clear();
        betas.resize(rows.len() * classes, 0.0);
        let last = (rows.len() - 1) * classes;
        betas[last..].iter_mut().zip(self.end).for_each(|(beta, end)| *beta = f64::from(*end));
        for t in (0..rows.len() - 1).rev() {
            let (here, after) = betas.split_at_mut((t + 1) * classes);
            let next = &logits[rows[t + 1] * classes..][..classes];
            for (from, beta) in here[t * classes..].iter_mut().enumerate() {
                let value = |to: usize| self.transition(from, to) + f64::from(next[to]) + after[to];
                *beta = log_sum((0..classes).map(value));
            }
        }
    }

    /// The score of the labels.
    fn score(&self, logits: &[f32], labels: &[i32], rows: &[usize]) -> f64 {
        let classes = self.classes();
        let label = |row: usize| labels[row] as usize;
        let (first, last) = (rows[0], rows[rows.len() - 1]);
        let mut score = f64::from(self.start[label(first)]) + f64::from(logits[first * classes + label(first)]);
        for pair in rows.windows(2) {
            score += self.transition(label(pair[0]), label(pair[1]));
            score += f64::from(logits[pair[1] * classes + label(pair[1])]);
        }
        score + f64::from(self.end[label(last)])
    }

    /// The negative log-likelihood summed over the sentences' labeled words; logits: `[rows, classes]`, which stay.
    pub fn summed(&self, logits: &[f32], labels: &[i32], chains: &[Range<usize>], scratch: &mut Scratch) -> f64 {
        let mut sum = 0.0;
        for chain in chains {
            if scratch.take(chain, labels) {
                let log_z = self.forward(logits, &scratch.rows, &mut scratch.alphas);
                sum += log_z - self.score(logits, labels, &scratch.rows);
            }
        }
        sum
    }

    /// [`Crf::summed`]; logits become its gradient times `scale`, and that of the parameters, times `scale`, is added to
    /// `gradients`, or written if `set`.
    pub fn summed_with_gradient(
        &self,
        logits: &mut [f32],
        labels: &[i32],
        chains: &[Range<usize>],
        scale: f64,
        (gradients, set): (Crf<&mut [f32]>, bool),
        scratch: &mut Scratch,
    ) -> f64 {
        let classes = self.classes();
        let mut sum = 0.0;
        scratch.sums.clear();
        scratch.sums.resize((classes + 2) * classes, 0.0);
        for chain in chains {
            if scratch.take(chain, labels) {
                sum += self.sentence(logits, labels, scale, scratch);
            }
        }
        for (logits, _) in logits.chunks_exact_mut(classes).zip(labels).filter(|(_, label)| **label == NO_LABEL) {
            logits.fill(0.0);
        }
        let all = gradients.start.iter_mut().chain(gradients.end).chain(gradients.transitions);
        for (gradient, sum) in all.zip(&scratch.sums) {
            let before = if set { 0.0 } else { *gradient };
            *gradient = before + (sum * scale) as f32;
        }
        sum
    }

    /// One chain: adds to the sums, and turns its logits into their gradient.
    fn sentence(&self, logits: &mut [f32], labels: &[i32], scale: f64, scratch: &mut Scratch) -> f64 {
        let classes = self.classes();
        let Scratch { rows, alphas, betas, sums } = scratch;
        let log_z = self.forward(logits, rows, alphas);
        self.backward(logits, rows, betas);
        let loss = log_z - self.score(logits, labels, rows);
        let (ends, transitions) = sums.split_at_mut(2 * classes);
        let label = |t: usize| labels[rows[t]] as usize;
        let own = |is: bool| if is { 1.0 } else { 0.0 };
        for t in 1..rows.len() {
            for (from, to) in (0..classes).flat_map(|from| (0..classes).map(move |to| (from, to))) {
                let next = f64::from(logits[rows[t] * classes + to]) + betas[t * classes + to];
                let score = alphas[(t - 1) * classes + from] + self.transition(from, to) + next;
                let is_own = label(t - 1) == from && label(t) == to;
                transitions[from * classes + to] += libm::exp(score - log_z) - own(is_own);
            }
        }
        for t in 0..rows.len() {
            for class in 0..classes {
                let at = t * classes + class;
                let gradient = libm::exp(alphas[at] + betas[at] - log_z) - own(label(t) == class);
                if t == 0 {
                    ends[class] += gradient;
                }
                if t + 1 == rows.len() {
                    ends[classes + class] += gradient;
                }
                logits[rows[t] * classes + class] = (gradient * scale) as f32;
            }
        }
        loss
    }

    /// The probability of each word's tag on a path; logits: `[words, classes]`, of one sentence.
    pub fn marginals(&self, logits: &[f32], path: &[u16]) -> Vec<f64> {
        let classes = self.classes();
        let rows: Vec<usize> = (0..path.len()).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let (mut alphas, mut betas) = (Vec::new(), Vec::new());
        let log_z = self.forward(logits, &rows, &mut alphas);
        self.backward(logits, &rows, &mut betas);
        let at = |(t, tag): (usize, &u16)| t * classes + usize::from(*tag);
        path.iter().enumerate().map(at).map(|at| libm::exp(alphas[at] + betas[at] - log_z)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cpu::reference::{assert_close, draws, numeric_gradient, wide};

    /// Sentences of so many rows, one behind the other.
    fn chains(lengths: &[usize]) -> Vec<Range<usize>> {
        let ends = lengths.iter().scan(0, |end, len| {
            *end += len;
            Some(*end)
        });
        ends.zip(lengths).map(|(end, len)| end - len..end).collect()
    }

    /// A label for two rows out of three, or for all.
    fn labels(rows: usize, classes: usize, all: bool) -> Vec<i32> {
        let label = |row: usize| if !all && row % 3 == 1 { NO_LABEL } else { (row * 5 % classes) as i32 };
        (0..rows).map(label).collect()
    }

    /// The loss by enumeration of every sequence; `values`: logits, start, end, transitions.
    fn defined(values: &[f64], labels: &[i32], lengths: &[usize], classes: usize) -> f64 {
        let (logits, parameters) = values.split_at(labels.len() * classes);
        let (start, rest) = parameters.split_at(classes);
        let (end, transitions) = rest.split_at(classes);
        let of = |words: &Range<usize>| {
            let rows: Vec<usize> = words.clone().filter(|row| labels[*row] != NO_LABEL).collect();
            let score = |tags: &[usize]| {
                let own: f64 = rows.iter().zip(tags).map(|(row, tag)| logits[row * classes + tag]).sum();
                let pairs: f64 = tags.windows(2).map(|pair| transitions[pair[0] * classes + pair[1]]).sum();
                own + pairs + start[tags[0]] + end[tags[tags.len() - 1]]
            };
            let Some(digits) = u32::try_from(rows.len()).ok().filter(|rows| *rows > 0) else { return 0.0 };
            let tags =
                |number: usize| -> Vec<usize> { (0..digits).map(|t| number / classes.pow(t) % classes).collect() };
            let total: f64 = (0..classes.pow(digits)).map(|number| libm::exp(score(&tags(number)))).sum();
            let gold: Vec<usize> = rows.iter().map(|row| labels[*row] as usize).collect();
            libm::log(total) - score(&gold)
        };
        chains(lengths).iter().map(of).sum()
    }

    /// Loss and gradient, of logits, start, end and transitions in one.
    fn computed(
        values: &[f32],
        labels: &[i32],
        lengths: &[usize],
        scale: f64,
        before: Option<f32>,
    ) -> (f64, Vec<f32>, f64) {
        let classes = (1..).find(|c| labels.len() * c + 2 * c + c * c == values.len()).expect("a number of classes");
        let (logits, parameters) = values.split_at(labels.len() * classes);
        let parts = |values: &[f32]| {
            let (start, rest) = values.split_at(classes);
            let (end, transitions) = rest.split_at(classes);
            [start, end, transitions].map(<[f32]>::to_vec)
        };
        let [start, end, transitions] = parts(parameters);
        let crf = Crf { start: &start[..], end: &end[..], transitions: &transitions[..] };
        let mut scratch = Scratch::default();
        let alone = crf.summed(logits, labels, &chains(lengths), &mut scratch);
        let mut logits = logits.to_vec();
        let [mut of_start, mut of_end, mut of_transitions] = parts(&vec![before.unwrap_or(f32::NAN); parameters.len()]);
        let gradients = Crf { start: &mut of_start[..], end: &mut of_end[..], transitions: &mut of_transitions[..] };
        let write = (gradients, before.is_none());
        let sum = crf.summed_with_gradient(&mut logits, labels, &chains(lengths), scale, write, &mut scratch);
        (sum, [logits, of_start, of_end, of_transitions].concat(), alone)
    }

    #[test]
    fn the_likelihood_and_its_gradient_are_those_of_enumeration() {
        for (lengths, classes, all) in [(&[1][..], 2, true), (&[3, 1, 2], 3, true), (&[1, 5, 2, 4], 3, false)] {
            let rows: usize = lengths.iter().sum();
            let labels = labels(rows, classes, all);
            let values = draws("chain", rows * classes + 2 * classes + classes * classes);
            let (sum, gradient, alone) = computed(&values, &labels, lengths, 0.37, None);
            let expected = defined(&wide(&values), &labels, lengths, classes);
            assert!((sum - expected).abs() < 1e-12 * expected, "{sum} for {expected}");
            assert_eq!(sum.to_bits(), alone.to_bits());
            let gradients = numeric_gradient(&values, |values| 0.37 * defined(values, &labels, lengths, classes));
            assert_close(&gradient, &gradients, "∂chain");
        }
    }

    #[test]
    fn the_gradient_of_the_parameters_is_added_to_what_is_there() {
        let values = draws("chain", 3 * 3 + 6 + 9);
        let (_, alone, _) = computed(&values, &[0, 2, 1], &[3], 1.0, None);
        let (_, added, _) = computed(&values, &[0, 2, 1], &[3], 1.0, Some(2.0));
        assert!(alone[9..].iter().zip(&added[9..]).all(|(alone, added)| *added == 2.0 + alone));
    }

    #[test]
    fn scores_that_decide_have_a_finite_loss_and_gradient() {
        let values: Vec<f32> = draws("chain", 4 * 3 + 6 + 9).iter().map(|value| value * 1e4).collect();
        let (sum, gradient, _) = computed(&values, &[0, 2, 1, 0], &[4], 1.0, None);
        assert!(sum.is_finite() && gradient.iter().all(|value| value.is_finite()), "{sum}");
    }

    #[test]
    fn sentences_without_a_labeled_word_have_no_loss() {
        let values = draws("chain", 2 * 3 + 6 + 9);
        let (sum, gradient, _) = computed(&values, &[NO_LABEL; 2], &[2, 0], 1.0, None);
        assert_eq!((sum, gradient.iter().all(|value| *value == 0.0)), (0.0, true));
    }
}
