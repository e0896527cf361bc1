//! Arguments of the kernels of other losses than cross-entropy.

use crate::engine::cuda::runtime::Address;

use super::blocks::{CHAIN_THREADS, ELEMENT_THREADS};

arguments! {
    /// The focal or Dice loss summed over the labeled tokens, times `scale`, is added to the record's loss, or written;
    /// logits become their gradient times `scale`. One block.
    GoldLoss = "gold_loss", ELEMENT_THREADS {
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
        /// Of Dice.
        alpha: f64,
        /// Of both.
        gamma: f64,
        /// Rows.
        rows: u32,
        /// Columns.
        classes: u32,
        /// 1: Dice; 0: focal.
        dice: u32,
        /// 1: the loss is added to what is there; 0: written.
        add: u32,
    }

    /// Both passes over each chain: what every tag of every word gathers from before and after it. A block a chain.
    ChainPasses = "chain_passes", CHAIN_THREADS {
        /// `[words, classes]`, float64.
        alphas: Address,
        /// `[words, classes]`, float64.
        betas: Address,
        /// `[chains, 2]`, float64: log Z, and the negative log-likelihood.
        totals: Address,
        /// `[rows, classes]`
        logits: Address,
        /// `[rows]`, i32.
        labels: Address,
        /// `[classes]`
        start: Address,
        /// `[classes]`
        end: Address,
        /// `[from, to]`
        transitions: Address,
        /// `[words]`: the row of each.
        rows: Address,
        /// `[chains + 1]`: each chain's first word, then their number.
        starts: Address,
        /// Columns.
        classes: u32,
    }

    /// The gradient of the chains' parameters times `scale`, written or added; logits are still those of the passes. A
    /// thread a parameter: start, end, transitions.
    ChainParameters = "chain_parameters", ELEMENT_THREADS {
        /// `[classes]`
        start_gradient: Address,
        /// `[classes]`
        end_gradient: Address,
        /// `[from, to]`
        transitions_gradient: Address,
        /// As the passes leave them.
        alphas: Address,
        /// As the passes leave them.
        betas: Address,
        /// As the passes leave them.
        totals: Address,
        /// `[rows, classes]`
        logits: Address,
        /// `[rows]`, i32.
        labels: Address,
        /// `[from, to]`
        transitions: Address,
        /// As for [`ChainPasses`].
        rows: Address,
        /// As for [`ChainPasses`].
        starts: Address,
        /// The gradient is multiplied by it.
        scale: f64,
        /// Their number.
        chains: u32,
        /// Columns.
        classes: u32,
        /// 1: the gradient is added to what is there; 0: written.
        add: u32,
    }

    /// Logits become their gradient times `scale`, 0 in rows of no chain; the chains' loss times `scale` is added to the
    /// record's, or written. One block.
    ChainLogits = "chain_logits", ELEMENT_THREADS {
        /// `[rows, classes]`, written.
        logits: Address,
        /// Of the gradient; may be none.
        bf16: Address,
        /// `[rows]`, i32; negative: of no chain.
        labels: Address,
        /// As the passes leave them.
        alphas: Address,
        /// As the passes leave them.
        betas: Address,
        /// As the passes leave them.
        totals: Address,
        /// One [`Record`](super::Record).
        record: Address,
        /// As for [`ChainPasses`].
        rows: Address,
        /// As for [`ChainPasses`].
        starts: Address,
        /// Loss and gradient are multiplied by it.
        scale: f64,
        /// Their number.
        chains: u32,
        /// Rows of the logits.
        all_rows: u32,
        /// Columns.
        classes: u32,
        /// 1: the loss is added to what is there; 0: written.
        add: u32,
    }
}
