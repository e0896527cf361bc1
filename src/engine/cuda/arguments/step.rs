//! Arguments of the kernels of the loss and the optimizer.

use crate::engine::cuda::runtime::Address;

use super::blocks::{CHUNK_THREADS, ELEMENT_THREADS};

arguments! {
    /// The cross-entropy summed over the labeled tokens, times `scale`, is added to the record's loss, or written; logits
    /// become their gradient times `scale` if `differentiate`. One block.
    CrossEntropy = "cross_entropy", ELEMENT_THREADS {
        /// `[rows, classes]`, read and written.
        logits: Address,
        /// Of the gradient; may be none.
        bf16: Address,
        /// `[rows]`, i32; negative: no label.
        labels: Address,
        /// `[classes]`, float64; may be none.
        weights: Address,
        /// One [`Record`](super::Record).
        record: Address,
        /// Loss and gradient are multiplied by it.
        scale: f64,
        /// Share of the target that all classes get alike.
        smoothing: f64,
        /// Rows.
        rows: u32,
        /// Columns.
        classes: u32,
        /// 1: logits become their gradient; 0: they stay.
        differentiate: u32,
        /// 1: the loss is added to what is there; 0: written.
        add: u32,
    }

    /// The first of the largest logits of each row. A thread a row.
    Argmax = "argmax", ELEMENT_THREADS {
        /// `[rows]`, u32.
        classes: Address,
        /// `[rows, width]`
        logits: Address,
        /// Rows.
        rows: u32,
        /// Columns.
        width: u32,
    }

    /// Σ x² of each [`CHUNK`](super::CHUNK) floats, in float64 at the end. A block a chunk.
    Squares = "squares", CHUNK_THREADS {
        /// `[chunks]`, float64.
        sums: Address,
        /// `[len]`
        x: Address,
        /// Floats.
        len: u32,
    }

    /// The norm from the sums of [`Squares`], in order. One block.
    Norm = "gradient_norm", CHUNK_THREADS {
        /// One [`Record`](super::Record), of which the norm is written.
        record: Address,
        /// `[chunks]`, float64.
        sums: Address,
        /// Their number.
        chunks: u32,
    }

    /// One AdamW step, clipped to the largest norm; nothing where the norm is not finite. A block a chunk, which starts
    /// at a multiple of four.
    Adamw = "adamw", CHUNK_THREADS {
        /// The parameters that learn, read and written.
        parameters: Address,
        /// Of the parameters; may be none.
        bf16: Address,
        /// First moments, read and written.
        first: Address,
        /// Second moments, read and written.
        second: Address,
        /// Gradients.
        gradient: Address,
        /// `[chunks]` of [`Chunk`](super::Chunk).
        chunks: Address,
        /// `[groups]` of [`Constants`](super::Constants).
        constants: Address,
        /// One [`Record`](super::Record), of which the norm is read.
        record: Address,
        /// Largest norm; 0: none.
        max_norm: f64,
    }

    /// Moves an average with the parameters: see [`Averaging`](crate::engine::Averaging). A thread an element.
    Average = "average", ELEMENT_THREADS {
        /// `[len]`, read and written.
        average: Address,
        /// `[len]`
        parameters: Address,
        /// Elements.
        len: u32,
        /// How far it moves toward the parameters, where there is no count.
        weight: f32,
        /// Of which it becomes the mean; 0: none.
        count: f32,
    }

    /// The bfloat16 nearest to each float. A thread [`NARROW_A_THREAD`](super::NARROW_A_THREAD) elements; both start at multiples of four.
    Narrow = "narrow", ELEMENT_THREADS {
        /// `[len]`, bfloat16.
        bf16: Address,
        /// `[len]`
        x: Address,
        /// Elements.
        len: u32,
    }
}
