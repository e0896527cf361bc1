//! From the logits of a sentence's words to its best sequence of tags. It knows no tags by name.

use crate::metrics::Transitions;

use super::crf::Crf;

/// Decodes sentences: by the tags' own scores, or by a chain's.
#[derive(Debug, Clone)]
pub struct Decoder {
    classes: usize,
    /// `[classes]`: of a sentence's first word, -∞ where it cannot have the tag.
    start: Vec<f64>,
    /// `[classes]`: of its last word.
    end: Vec<f64>,
    /// `[from, to]`
    transitions: Vec<f64>,
    crf: Option<Crf<Vec<f32>>>,
}

impl Decoder {
    /// For sequences that `allowed` has; with the parameters of a chain, if the model has one.
    pub(super) fn new(allowed: &Transitions, crf: Option<Crf<Vec<f32>>>) -> Self {
        let classes = allowed.tags();
        let score = |is_allowed: bool, of_chain: Option<f32>| {
            if is_allowed { of_chain.map_or(0.0, f64::from) } else { f64::NEG_INFINITY }
        };
        let chain = crf.as_ref();
        let start = |to: usize| score(allowed.may_start(to), chain.map(|crf| crf.start[to]));
        let end = |from: usize| score(true, chain.map(|crf| crf.end[from]));
        let transition = |at: usize| {
            let is_allowed = allowed.may_follow(at / classes, at % classes);
            score(is_allowed, chain.map(|crf| crf.transitions[at]))
        };
        Self {
            classes,
            start: (0..classes).map(start).collect(),
            end: (0..classes).map(end).collect(),
            transitions: (0..classes * classes).map(transition).collect(),
            crf,
        }
    }

    /// The sequence of the highest score (Viterbi 1967); of equal ones, that of the first tags from its end. Logits:
    /// `[words, classes]`, of one sentence.
    ///
    /// Without a chain, a word's scores are the logarithms of its softmax.
    pub fn best_path(&self, logits: &[f32]) -> Vec<u16> {
        let classes = self.classes;
        let (mut scores, mut before) = (Vec::new(), Vec::new());
        for logits in logits.chunks_exact(classes) {
            let own = self.scores(logits);
            let reached = |to: usize| match scores.is_empty() {
                true => (self.start[to], 0),
                false => best((0..classes).map(|from: usize| scores[from] + self.transitions[from * classes + to])),
            };
            let reached: Vec<(f64, u16)> = (0..classes).map(reached).collect();
            scores = reached.iter().zip(own).map(|((score, _), own)| score + own).collect::<Vec<f64>>();
            before.push(reached.into_iter().map(|(_, from)| from).collect::<Vec<u16>>());
        }
        if before.is_empty() {
            return Vec::new();
        }
        let (_, mut tag) = best(scores.iter().zip(&self.end).map(|(score, end)| score + end));
        let mut path = vec![tag; before.len()];
        for t in (1..before.len()).rev() {
            tag = before[t][usize::from(tag)];
            path[t - 1] = tag;
        }
        path
    }

    /// The probability of each tag of `path`: its share of the word's softmax, or, of a chain, its marginal over all
    /// sequences. Logits: `[words, classes]`, of one sentence.
    pub fn probabilities(&self, logits: &[f32], path: &[u16]) -> Vec<f64> {
        match &self.crf {
            Some(Crf { start, end, transitions }) => {
                Crf { start: &start[..], end, transitions }.marginals(logits, path)
            }
            None => {
                let share = |(logits, tag): (&[f32], &u16)| libm::exp(log_softmax(logits)[usize::from(*tag)]);
                logits.chunks_exact(self.classes).zip(path).map(share).collect()
            }
        }
    }

    fn scores(&self, logits: &[f32]) -> Vec<f64> {
        match self.crf {
            Some(_) => logits.iter().copied().map(f64::from).collect(),
            None => log_softmax(logits),
        }
    }
}

fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let largest = f64::from(logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b)));
    let shifted = |logit: &f32| f64::from(*logit) - largest;
    let total = libm::log(logits.iter().map(|logit| libm::exp(shifted(logit))).sum());
    logits.iter().map(|logit| shifted(logit) - total).collect()
}

/// The largest and its place, the first of equal ones.
fn best(scores: impl Iterator<Item = f64>) -> (f64, u16) {
    let better = |best: (f64, u16), next: (f64, u16)| if next.0 > best.0 { next } else { best };
    scores.zip(0..).reduce(better).expect("a model has a class")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::TagSet;

    fn allowed(names: &[&str]) -> Transitions {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Transitions::iob2(&TagSet::new(&names).expect("valid names"))
    }

    /// Every sequence of so many words.
    fn sequences(words: usize, classes: u16) -> Vec<Vec<u16>> {
        (0..words).fold(vec![Vec::new()], |all, _| {
            let longer = |one: &Vec<u16>| (0..classes).map(|tag| [&one[..], &[tag]].concat()).collect::<Vec<_>>();
            all.iter().flat_map(longer).collect()
        })
    }

    fn is_allowed(allowed: &Transitions, path: &[u16]) -> bool {
        path.first().is_none_or(|first| allowed.may_start((*first).into()))
            && path.windows(2).all(|pair| allowed.may_follow(pair[0].into(), pair[1].into()))
    }

    /// The score of a sequence by the definition.
    fn score(logits: &[f32], path: &[u16], crf: Option<&Crf<Vec<f32>>>, classes: usize) -> f64 {
        let at = |t: usize| usize::from(path[t]);
        let rows = logits.chunks_exact(classes).enumerate();
        let own = rows.map(|(t, row)| match crf {
            Some(_) => f64::from(row[at(t)]),
            None => f64::from(row[at(t)]) - row.iter().map(|logit| f64::from(*logit).exp()).sum::<f64>().ln(),
        });
        let own: f64 = own.sum();
        let Some(crf) = crf else { return own };
        let pairs = (1..path.len()).map(|t| f64::from(crf.transitions[at(t - 1) * classes + at(t)]));
        own + f64::from(crf.start[at(0)]) + f64::from(crf.end[at(path.len() - 1)]) + pairs.sum::<f64>()
    }

    const NAMES: [&str; 5] = ["I-X", "O", "B-X", "B-Y", "I-Y"];

    proptest! {
        #[test]
        fn the_best_path_is_that_of_enumeration(
            words in 1_usize..5,
            values in proptest::collection::vec(-4.0_f32..4.0, 20),
            chain in proptest::option::of(proptest::collection::vec(-3.0_f32..3.0, 35)),
        ) {
            let (allowed, logits) = (allowed(&NAMES), &values[..words * 5]);
            let crf = chain.map(|chain| Crf {
                start: chain[..5].to_vec(),
                end: chain[5..10].to_vec(),
                transitions: chain[10..].to_vec(),
            });
            let path = Decoder::new(&allowed, crf.clone()).best_path(logits);
            prop_assert!(is_allowed(&allowed, &path), "{path:?}");
            let of = |path: &[u16]| score(logits, path, crf.as_ref(), 5);
            let all = sequences(words, 5).into_iter().filter(|path| is_allowed(&allowed, path));
            let best = all.map(|path| of(&path)).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((of(&path) - best).abs() < 1e-9, "{} for {best}", of(&path));
        }

        #[test]
        fn where_argmax_is_allowed_it_is_the_best_path(values in proptest::collection::vec(-4.0_f32..4.0, 15)) {
            let allowed = allowed(&NAMES);
            let argmax: Vec<u16> = crate::engine::cpu::loss::argmax(&values, 5).collect();
            prop_assume!(is_allowed(&allowed, &argmax));
            prop_assert_eq!(Decoder::new(&allowed, None).best_path(&values), argmax);
        }
    }

    #[test]
    fn a_stray_inside_becomes_what_is_best_together() {
        let decoder = Decoder::new(&allowed(&["O", "B-X", "I-X"]), None);
        // alone: O I-X; the first word is nearly B-X
        assert_eq!(decoder.best_path(&[1.0, 0.9, 0.0, 0.0, 0.0, 3.0]), [1, 2]);
        // alone: I-X; nothing comes before it
        assert_eq!(decoder.best_path(&[0.0, 1.0, 3.0]), [1]);
        assert_eq!(decoder.best_path(&[]), [0; 0]);
    }

    #[test]
    fn probabilities_are_shares_of_the_softmax_or_marginals() {
        let allowed = allowed(&["O", "B-X"]);
        let logits = [1.0, 3.0, 0.5, -0.5];
        let shares = Decoder::new(&allowed, None).probabilities(&logits, &[1, 0]);
        assert!((shares[0] - 0.880_797_077_977_882).abs() < 1e-12, "{shares:?}");
        let crf = Crf { start: vec![0.5, -0.25], end: vec![0.0, 1.0], transitions: vec![0.75, -1.0, 0.25, 2.0] };
        let total: f64 = sequences(2, 2).iter().map(|path| score(&logits, path, Some(&crf), 2).exp()).sum();
        let with = |t: usize, tag: u16| {
            let with = sequences(2, 2).into_iter().filter(move |path| path[t] == tag);
            with.map(|path| score(&logits, &path, Some(&crf), 2).exp()).sum::<f64>() / total
        };
        let found = Decoder::new(&allowed, Some(crf.clone())).probabilities(&logits, &[1, 0]);
        assert!((found[0] - with(0, 1)).abs() < 1e-12 && (found[1] - with(1, 0)).abs() < 1e-12, "{found:?}");
    }
}
