//! How rows, lanes and threads divide an output. Divisions change speed, never bits.

use super::kernel::Kernels;
use crate::engine::cpu::team;
use std::ops::Range;

/// Multiply-adds below which a product stays on its thread: handing a part to another costs about a microsecond, and one
/// core does 100 multiply-adds a nanosecond.
const SERIAL: usize = 1 << 18;
/// Pieces a thread, so that others take the share of a late one.
const PIECES: usize = 4;

/// Lanes `start .. start + width`, of which the first `columns` exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strip {
    pub(super) start: usize,
    pub(super) columns: usize,
    pub(super) vectors: usize,
    pub(super) width: usize,
}

/// Divides `columns` lanes into strips of almost equal numbers of vectors.
pub(super) fn strips(kernels: &Kernels, columns: usize) -> impl ExactSizeIterator<Item = Strip> + Clone {
    let vectors = columns.div_ceil(kernels.lanes);
    let lanes = kernels.lanes;
    parts(vectors, kernels.vectors).map(move |part| Strip {
        start: part.start * lanes,
        columns: (columns - part.start * lanes).min(part.len() * lanes),
        vectors: part.len(),
        width: part.len() * lanes,
    })
}

/// Divides `0..length` into the fewest parts of at most `largest`, almost equal.
pub(super) fn parts(length: usize, largest: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let count = length.div_ceil(largest);
    (0..count).map(move |part| part * length / count..(part + 1) * length / count)
}

/// Runs `work` over `0..length` in pieces that start at multiples of `unit`, on the threads of the pass.
pub(super) fn spread(length: usize, unit: usize, operations: usize, work: impl Fn(Range<usize>) + Sync) {
    let threads = team::threads();
    let units = length.div_ceil(unit);
    if threads == 1 || units < 2 || operations < SERIAL {
        return work(0..length);
    }
    let pieces = units.min(threads * PIECES);
    team::tasks(pieces, |piece| {
        let [start, end] = [piece, piece + 1].map(|piece| piece * units / pieces * unit);
        work(start..end.min(length));
    });
}
