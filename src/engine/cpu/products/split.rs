//! How rows, lanes and threads divide an output. Divisions change speed, never bits.

use super::kernel::Kernels;
use rayon::prelude::*;
use std::ops::Range;

/// Multiply-adds below which a product stays on its thread: waking another costs some 10 µs, and one core does 100
/// multiply-adds a nanosecond.
const SERIAL: usize = 1 << 20;
/// Pieces a thread, so that a thread that comes late leaves its share to others.
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

/// Divides `0..length` into as few parts of at most `largest` as there can be, almost equal.
pub(super) fn parts(length: usize, largest: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let count = length.div_ceil(largest);
    (0..count).map(move |part| part * length / count..(part + 1) * length / count)
}

/// Runs `work` over `0..length` in pieces that begin at multiples of `unit`, on the current thread pool.
pub(super) fn spread(length: usize, unit: usize, operations: usize, work: impl Fn(Range<usize>) + Sync) {
    let threads = rayon::current_num_threads();
    let units = length.div_ceil(unit);
    if threads == 1 || units < 2 || operations < SERIAL {
        return work(0..length);
    }
    let pieces = units.min(threads * PIECES);
    (0..pieces).into_par_iter().for_each(|piece| {
        let [start, end] = [piece, piece + 1].map(|piece| piece * units / pieces * unit);
        work(start..end.min(length));
    });
}

/// A pointer that the pieces of one product share; each writes elements of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared<T>(T);

// SAFETY: a `Shared` is made only for the time of one call, over slices borrowed for that call, and the pieces of the
// call write disjoint elements.
unsafe impl<T> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Shared<T> {}

impl<T: Copy> Shared<T> {
    pub(super) fn new(pointer: T) -> Self {
        Shared(pointer)
    }

    pub(super) fn get(self) -> T {
        self.0
    }
}
