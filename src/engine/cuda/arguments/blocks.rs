//! The sizes of blocks, as compiled into the kernels in `kernels/arguments.cuh`.

/// Threads of a block that takes a row.
pub const ROW_THREADS: u32 = 128;
/// Threads of a block that takes columns: as many rows of threads as columns.
pub const COLUMN_THREADS: u32 = 1024;
/// Columns that such a block takes.
pub const COLUMNS_A_BLOCK: u32 = 32;
/// Threads of a block of which each takes an element, or a row of logits.
pub const ELEMENT_THREADS: u32 = 256;
/// Threads of a block that takes a chain of labels.
pub const CHAIN_THREADS: u32 = 64;
/// Elements that a thread of [`Narrow`](super::Narrow) takes.
pub const NARROW_A_THREAD: u32 = 4;
/// Threads of a block that takes a sentence and head.
pub const ATTENTION_THREADS: u32 = 256;
/// Most features of a head.
pub const WIDEST_HEAD: u32 = 128;
// a thread for each feature of a distance's query and key: see `RelativeTableBackward`
const _: () = assert!(2 * WIDEST_HEAD <= ATTENTION_THREADS);
/// Threads of a block that takes a group of rows.
pub const GROUP_THREADS: u32 = 256;
/// Threads of a block that takes a stretch of the flat buffers, or that is the only one.
pub const CHUNK_THREADS: u32 = 256;
/// Floats that a block of [`Squares`](super::Squares) takes; the most of a [`Chunk`](super::Chunk).
pub const CHUNK: u32 = 8192;
