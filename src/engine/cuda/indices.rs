//! The integers of a batch on a GPU: pieces, positions, examples, labels, sentences, and, for the gradients of the
//! embedding tables, which tokens share a row. They go there in one copy.

use std::ops::Range;

use crate::engine::batch::{Batch, Distances, NO_LABEL, NO_POSITION, TokenPositions, Tokens};
use crate::engine::error::EngineError;
use crate::engine::model_plan::ModelPlan;

use super::arguments::{Relative, Sentence};
use super::buffer::Buffer;
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

/// The labeled words of sentences: see [`super::arguments::ChainPasses`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chains {
    /// Number of sentences that have one.
    pub count: usize,
    /// `[words]`
    pub rows: Address,
    /// `[count + 1]`
    pub starts: Address,
}

/// Where example and position of each row of an operand lie.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowAddresses {
    pub positions: Address,
    pub examples: Address,
}

/// Where the integers of the current batch lie.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BatchAddresses {
    /// Piece of each token.
    pub ids: Address,
    /// Of each token.
    pub all: RowAddresses,
    /// Row of each token in the position table, counted from that of position 0.
    pub position_ids: Address,
    /// Index of each selected token.
    pub selected_tokens: Address,
    /// Of each selected token.
    pub selected: RowAddresses,
    /// Label of each selected token.
    pub labels: Address,
    /// The sentences.
    pub sentences: Address,
    /// By piece.
    pub words: Groups,
    /// By position.
    pub positions: Groups,
    /// Of each row of the table of relative positions that the batch needs.
    pub distances: RowAddresses,
    /// That table's products are not among these.
    pub relative: Relative,
    /// The labeled words of each sentence, if the model has a CRF.
    pub chains: Chains,
}

impl BatchAddresses {
    /// Of each of `tokens`.
    pub(super) fn rows(&self, tokens: Tokens) -> RowAddresses {
        match tokens {
            Tokens::All => self.all,
            Tokens::Selected => self.selected,
            Tokens::Distances => self.distances,
        }
    }
}

/// A buffer of integers on the device, and one here of what goes there.
#[derive(Debug)]
pub(super) struct Indices {
    buffer: Buffer,
    /// In words.
    capacity: usize,
    words: Vec<u32>,
    /// Row and token, for putting tokens in the order of their rows.
    sorted: Vec<u64>,
    /// Whether the words of chains are sent.
    has_chains: bool,
    /// Of the batch that was sent last.
    pub addresses: BatchAddresses,
}

impl Indices {
    /// Room for the batches of `plan`; with the distances of its table of relative positions and the chains of its CRF, if it
    /// has them.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(runtime: &dyn Runtime, plan: &ModelPlan) -> Result<Self, EngineError> {
        let (tokens, has_chains) = (plan.workspace.capacity.tokens, plan.layout.crf.is_some());
        // eight of a token, six of a sentence, twice a row, a start and a member of a group; a row and a start of a chain;
        // four ends; for each of up to twice as many distances as tokens an example, a row, a row again and a start
        let distances = if plan.config.relative.is_some() { 2 * 4 } else { 0 };
        let capacity = (8 + SENTENCE + 2 * 3 + 2 + distances) * tokens + 16;
        let buffer = Buffer::zeros(runtime, capacity * size_of::<u32>())?;
        let (words, sorted) = (Vec::with_capacity(capacity), Vec::with_capacity(tokens));
        Ok(Self { buffer, capacity, words, sorted, has_chains, addresses: BatchAddresses::default() })
    }

    /// Sends the integers of `batch`; with those for the gradients of the embedding tables, if the row of position 0 is
    /// given.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn send(
        &mut self,
        runtime: &dyn Runtime,
        batch: &Batch,
        first_position: Option<usize>,
    ) -> Result<(), EngineError> {
        self.words.clear();
        let selected = &batch.selected;
        // only attention reads sentences, and a batch of features may have more of them than tokens
        let sentences = if batch.features.is_some() { &[] } else { &batch.sequences[..] };
        self.addresses = BatchAddresses {
            ids: self.push(batch.ids.iter().copied()),
            all: self.push_rows(batch.all()),
            position_ids: self.push(batch.position_ids.iter().copied()),
            selected_tokens: self.push(selected.tokens.iter().copied()),
            selected: self.push_rows(batch.rows(Tokens::Selected)),
            labels: self.push(selected.labels.iter().map(|label| *label as u32)),
            sentences: self.push(sentences.iter().flat_map(|sequence| {
                let place = [sequence.start, sequence.len].map(|count| count as u32);
                let rest = [sequence.weights, sequence.first_selected, sequence.selected].map(|count| count as u32);
                [place[0], place[1], sequence.example, rest[0], rest[1], rest[2]]
            })),
            distances: self.push_rows(batch.rows(Tokens::Distances)),
            ..BatchAddresses::default()
        };
        if batch.distances.longest > 0 {
            let Distances { of, starts, longest, rows, .. } = &batch.distances;
            self.addresses.relative = Relative {
                products: Address::NONE,
                rows: self.push(of.iter().copied()),
                starts: self.push(starts.iter().copied()),
                longest: *longest as u32,
                distances: rows.len() as u32,
            };
        }
        if let Some(first_position) = first_position {
            let learns = |id: &u32| Some(*id).filter(|id| batch.padding != Some(*id));
            self.addresses.words = self.groups(batch.ids.iter().map(learns));
            let row = |id: &u32| (*id != NO_POSITION).then(|| id + first_position as u32);
            self.addresses.positions = self.groups(batch.position_ids.iter().map(row));
        }
        if self.has_chains {
            self.addresses.chains = self.chains(batch);
        }
        assert!(self.words.len() <= self.capacity, "a batch within the engine's capacity");
        self.buffer.upload(runtime, 0, &self.words)
    }

    fn push(&mut self, words: impl Iterator<Item = u32>) -> Address {
        let start = self.words.len();
        self.words.extend(words);
        self.buffer.at(start * size_of::<u32>(), (self.words.len() - start) * size_of::<u32>())
    }

    fn push_rows(&mut self, rows: TokenPositions<'_>) -> RowAddresses {
        let TokenPositions { positions, examples } = rows;
        let (positions, examples) = (positions.iter().copied(), examples.iter().copied());
        RowAddresses { positions: self.push(positions), examples: self.push(examples) }
    }

    /// The labeled words of each sentence that has one.
    fn chains(&mut self, batch: &Batch) -> Chains {
        let words = |chain: &Range<usize>| chain.clone().filter(|row| batch.selected.labels[*row] != NO_LABEL);
        let counts = || batch.chains.iter().map(|chain| words(chain).count()).filter(|count| *count > 0);
        let ends = counts().scan(0, |end, count| {
            *end += count as u32;
            Some(*end)
        });
        Chains {
            count: counts().count(),
            rows: self.push(batch.chains.iter().flat_map(words).map(|row| row as u32)),
            starts: self.push([0].into_iter().chain(ends)),
        }
    }

    /// Tokens grouped by the row that each adds its gradient to, if it adds to one.
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
