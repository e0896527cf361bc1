//! What a fixed encoder says of sentences: the last hidden states of their labeled tokens, for a classifier that learns
//! on them alone. Must not know how they come about, or who shares them.

use std::ops::Range;

use super::sequence::Sequence;

/// The last hidden states of the labeled tokens of some sentences, without dropout.
#[derive(Debug, Clone)]
pub struct Features {
    width: usize,
    /// `[labeled tokens, width]`
    values: Vec<f32>,
    /// `[sentences + 1]`: where each sentence begins among the labeled tokens, and their number.
    starts: Vec<usize>,
}

impl Features {
    /// Zeros of `width` values a token, for sentences of which each begins at its place in `starts`, which ends with the
    /// number of tokens.
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

    /// Sets those of the sentences `members` to `states`, where they lie behind each other: `[labeled tokens, width]`.
    ///
    /// # Panics
    /// If there are other than those.
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

    /// Copies those of the sentences of a batch behind each other: `[selected tokens, width]`.
    ///
    /// # Panics
    /// If a sentence has other than its labeled tokens in the batch.
    pub(super) fn gather(&self, to: &mut [f32], sequences: &[Sequence]) {
        for sequence in sequences {
            let to = &mut to[sequence.first_selected * self.width..][..sequence.selected * self.width];
            to.copy_from_slice(&self.values[self.range(sequence.example)]);
        }
    }
}
