//! Features: the last hidden states that a frozen encoder gives sentences, for a classifier that learns on them alone.
//! Knows neither how they are computed nor who shares them.

use std::ops::Range;

use super::sequence::Sequence;

/// The last hidden states of the labeled tokens of some sentences, without dropout.
#[derive(Debug, Clone)]
pub struct Features {
    width: usize,
    /// `[labeled tokens, width]`
    values: Vec<f32>,
    /// `[sentences + 1]`: each sentence's first labeled token, then the number of tokens.
    starts: Vec<usize>,
}

impl Features {
    /// Zeros, `width` a token. `starts`: each sentence's first token, then the number of tokens.
    pub fn zeros(width: usize, starts: Vec<usize>) -> Self {
        let tokens = starts.last().copied().unwrap_or_default();
        Self { width, values: vec![0.0; tokens * width], starts }
    }

    /// Bytes of the states.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.values[..])
    }

    /// Where the states of sentence `at` lie.
    fn range(&self, at: u32) -> Range<usize> {
        let [start, end] = [at, at + 1].map(|at| self.starts[at as usize] * self.width);
        start..end
    }

    /// Sets the features of the sentences `members` to `states`: `[labeled tokens, width]`, sentence by sentence.
    ///
    /// # Panics
    /// If `states` has another number of tokens than these sentences.
    pub fn scatter(&mut self, states: &[f32], members: &[u32]) {
        let mut rest = states;
        for &at in members {
            let range = self.range(at);
            let (own, others) = rest.split_at(range.len());
            self.values[range].copy_from_slice(own);
            rest = others;
        }
        assert!(rest.is_empty(), "states of no sentence");
    }

    /// Copies the features of a batch's sentences: `[selected tokens, width]`.
    ///
    /// # Panics
    /// If the batch selects another number of a sentence's tokens than it has features.
    pub(super) fn gather(&self, to: &mut [f32], sequences: &[Sequence]) {
        for sequence in sequences {
            let to = &mut to[sequence.first_selected * self.width..][..sequence.selected * self.width];
            to.copy_from_slice(&self.values[self.range(sequence.example)]);
        }
    }
}
