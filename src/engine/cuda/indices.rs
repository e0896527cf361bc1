//! The integers of a batch on a GPU: pieces, positions, examples, labels, sentences, and, for the gradients of the tables,
//! which tokens share a row. They go there in one copy.

use crate::engine::batch::{Batch, NO_POSITION, Tokens};
use crate::engine::error::EngineError;

use super::arguments::Sentence;
use super::runtime::{Address, Runtime};

/// Words of a [`Sentence`].
const SENTENCE: usize = size_of::<Sentence>() / size_of::<u32>();

/// Tokens that share a row of a table, for each such row: see [`super::arguments::SumGroups`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Groups {
    /// Number of rows.
    pub count: usize,
    /// `[count]`
    pub rows: Address,
    /// `[count + 1]`
    pub starts: Address,
    /// `[tokens]`
    pub members: Address,
}

/// Where the integers of the batch at work lie.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    /// Piece of each token.
    pub ids: Address,
    /// Position and example of each token.
    pub every: [Address; 2],
    /// Seat of each token.
    pub position_ids: Address,
    /// Which tokens are asked for.
    pub selected_tokens: Address,
    /// Position and example of each selected token.
    pub selected: [Address; 2],
    /// Label of each selected token.
    pub labels: Address,
    /// The sentences.
    pub sentences: Address,
    /// By piece.
    pub words: Groups,
    /// By position.
    pub positions: Groups,
}

impl Places {
    /// Position and example of each token of `which`.
    pub(super) fn rows(&self, which: Tokens) -> [Address; 2] {
        match which {
            Tokens::All => self.every,
            Tokens::Selected => self.selected,
        }
    }
}

/// A buffer of integers on the device, and one here of what goes there.
#[derive(Debug)]
pub(super) struct Indices {
    at: Address,
    capacity: usize,
    words: Vec<u32>,
    /// Row and token, for putting tokens in the order of their rows.
    sorted: Vec<u64>,
    /// What lies where.
    pub places: Places,
}

impl Indices {
    /// Room for batches of up to `tokens` tokens.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(runtime: &dyn Runtime, tokens: usize) -> Result<Self, EngineError> {
        // eight of a token, six of a sentence, twice a row, a start and a member of a group; three ends
        let capacity = (8 + SENTENCE + 2 * 3) * tokens + 16;
        let at = runtime.zeros(capacity * size_of::<u32>())?;
        let (words, sorted) = (Vec::with_capacity(capacity), Vec::with_capacity(tokens));
        Ok(Self { at, capacity, words, sorted, places: Places::default() })
    }

    /// Sends the integers of `batch`, with those for its gradients if it is to `learn`; `first_position`: the row of
    /// position 0.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn send(
        &mut self,
        runtime: &dyn Runtime,
        batch: &Batch,
        learn: bool,
        first_position: usize,
    ) -> Result<(), EngineError> {
        self.words.clear();
        let selected = &batch.selected;
        // attention alone asks for sentences; of features there may be more of them than tokens
        let sentences = if batch.features.is_some() { &[] } else { &batch.sequences[..] };
        self.places = Places {
            ids: self.push(batch.ids.iter().copied()),
            every: [self.push(batch.positions.iter().copied()), self.push(batch.examples.iter().copied())],
            position_ids: self.push(batch.position_ids.iter().copied()),
            selected_tokens: self.push(selected.tokens.iter().copied()),
            selected: [self.push(selected.positions.iter().copied()), self.push(selected.examples.iter().copied())],
            labels: self.push(selected.labels.iter().map(|label| *label as u32)),
            sentences: self.push(sentences.iter().flat_map(|sequence| {
                let place = [sequence.start, sequence.len].map(|count| count as u32);
                let rest = [sequence.weights, sequence.first_selected, sequence.selected].map(|count| count as u32);
                [place[0], place[1], sequence.example, rest[0], rest[1], rest[2]]
            })),
            ..Places::default()
        };
        if learn {
            let learns = |id: &u32| Some(*id).filter(|id| batch.padding != Some(*id));
            self.places.words = self.groups(batch.ids.iter().map(learns));
            let row = |seat: &u32| (*seat != NO_POSITION).then(|| seat + first_position as u32);
            self.places.positions = self.groups(batch.position_ids.iter().map(row));
        }
        assert!(self.words.len() <= self.capacity, "a batch within the engine's capacity");
        runtime.upload(self.at, &self.words)
    }

    fn push(&mut self, words: impl Iterator<Item = u32>) -> Address {
        let start = self.words.len();
        self.words.extend(words);
        self.at.offset(start * size_of::<u32>())
    }

    /// Tokens by the row that each takes; none: a token whose row has no gradient of it.
    fn groups(&mut self, rows: impl Iterator<Item = Option<u32>>) -> Groups {
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.clear();
        sorted.extend(rows.zip(0u64..).filter_map(|(row, token)| Some(u64::from(row?) << 32 | token)));
        sorted.sort_unstable();
        let row = |at: &u64| (at >> 32) as u32;
        let first = |(at, entry): &(usize, &u64)| *at == 0 || row(&sorted[at - 1]) != row(entry);
        let firsts = || sorted.iter().enumerate().filter(first);
        let groups = Groups {
            count: firsts().count(),
            rows: self.push(firsts().map(|(_, entry)| row(entry))),
            starts: self.push(firsts().map(|(at, _)| at as u32).chain([sorted.len() as u32])),
            members: self.push(sorted.iter().map(|entry| *entry as u32)),
        };
        self.sorted = sorted;
        groups
    }
}
