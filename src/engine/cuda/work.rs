//! A GPU at work on a batch: launches and products over spans of its memory, and the first failure among them.

use crate::engine::error::EngineError;
use crate::engine::operations::Linear;
use crate::engine::product::{Shape, Write};
use crate::model::Span;

use super::arguments::{self as kernel, Arguments, COLUMNS_A_BLOCK, ELEMENT_THREADS};
use super::indices::{Groups, Places};
use super::memory::Memory;
use super::runtime::{Address, Grid, Operands, Product, Runtime, launch};

/// Blocks of a launch, in two dimensions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks([u32; 2]);

impl Blocks {
    /// One for each row, group or chunk.
    pub(super) fn each(count: usize) -> Self {
        Self([count as u32, 1])
    }

    /// As many as have a thread for each element.
    pub(super) fn elements(len: usize) -> Self {
        Self::each(len.div_ceil(ELEMENT_THREADS as usize))
    }

    /// One for each stretch of columns.
    pub(super) fn columns(width: usize) -> Self {
        Self::each(width.div_ceil(COLUMNS_A_BLOCK as usize))
    }

    /// One for each sentence and head.
    pub(super) fn heads(sentences: usize, heads: usize) -> Self {
        Self([sentences as u32, heads as u32])
    }
}

/// A GPU at work on a batch.
pub(super) struct Cuda<'a> {
    pub runtime: &'a dyn Runtime,
    pub memory: &'a Memory,
    pub places: Places,
    /// Room for the gradients of the scores of a layer's attention weights.
    pub score_gradients: Address,
    /// Room for features on their way.
    pub features: &'a mut Vec<f32>,
    /// The first failure; nothing is launched after it.
    pub failed: Option<EngineError>,
}

impl<'a> Cuda<'a> {
    /// At work on the batch whose integers lie at `places`; room for an attention's score_gradients, and for features on their way.
    pub(super) fn new(
        runtime: &'a dyn Runtime,
        memory: &'a Memory,
        places: Places,
        (score_gradients, features): (Address, &'a mut Vec<f32>),
    ) -> Self {
        Self { runtime, memory, places, score_gradients, features, failed: None }
    }

    /// Runs a kernel on so many blocks, unless something failed before.
    pub(super) fn run<A: Arguments>(&mut self, blocks: Blocks, arguments: A) {
        let grid = Grid { blocks: blocks.0, threads: A::THREADS };
        if self.failed.is_none() && !grid.blocks.contains(&0) {
            // SAFETY: the arguments are spans of the memory, and integers of the batch, of the shapes that go with them.
            self.failed = unsafe { launch(self.runtime, grid, &arguments) }.err();
        }
    }

    pub(super) fn product(&mut self, product: Product, [out, a, b]: [Span; 3], shape: Shape, write: Write) {
        let bf16 = self.memory.is_bf16();
        let operands =
            Operands { out: self.memory.at(out), a: self.memory.operand(a), b: self.memory.operand(b), bf16 };
        if self.failed.is_none() {
            // SAFETY: the spans are of that shape.
            self.failed = unsafe { self.runtime.product(product, operands, shape, write) }.err();
        }
    }

    /// x·Wᵗ, without the bias.
    pub(super) fn multiply(&mut self, y: Span, linear: Linear) {
        self.product(Product::Forward, [y, linear.x, linear.parameters.weight], linear.shape, Write::Set);
    }

    pub(super) fn sum_groups(&mut self, table: Span, gradient: Span, width: usize, groups: Groups) {
        self.run(
            Blocks::each(groups.count),
            kernel::SumGroups {
                table: self.memory.at(table),
                gradient: self.memory.at(gradient),
                rows: groups.rows,
                starts: groups.starts,
                members: groups.members,
                width: width as u32,
            },
        );
    }

    pub(super) fn column_sums(&mut self, sums: Span, values: Span, rows: usize, add: bool) {
        self.run(
            Blocks::columns(sums.len),
            kernel::ColumnSums {
                sums: self.memory.at(sums),
                values: self.memory.at(values),
                rows: rows as u32,
                width: sums.len as u32,
                add: add.into(),
            },
        );
    }

    /// What is done with the whole: the first failure.
    ///
    /// # Errors
    /// It.
    pub(super) fn finish(self) -> Result<(), EngineError> {
        self.failed.map_or(Ok(()), Err)
    }
}
