//! A GPU at work on a batch: launches and products over spans of its memory, and the first failure among them.

use crate::engine::error::EngineError;
use crate::engine::operations::{Added, Linear};
use crate::engine::product::{Shape, Write};
use crate::model::Span;

use super::arguments::{self as kernel, Arguments, COLUMNS_A_BLOCK, ELEMENT_THREADS};
use super::buffer::Buffer;
use super::indices::{BatchAddresses, Groups};
use super::memory::Memory;
use super::runtime::{Grid, Operands, Product, Runtime, launch};

/// Blocks of a launch, in two dimensions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks([u32; 2]);

impl Blocks {
    /// One for each row, group or chunk.
    pub(super) fn each(count: usize) -> Self {
        Self([count as u32, 1])
    }

    /// Enough for a thread for each element.
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

/// The spans of a product; see [`Product`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Factors {
    pub out: Span,
    pub a: Span,
    pub b: Span,
}

/// Sums over the rows of `values`, for each column.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnSums {
    pub sums: Span,
    pub values: Span,
    pub rows: usize,
    pub write: Write,
}

/// Rows of a table's gradient, to which those of the tokens that share each are added.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupSums {
    pub table_gradient: Span,
    pub token_gradients: Span,
    pub width: usize,
    pub groups: Groups,
}

/// A GPU at work on a batch.
pub(super) struct Cuda<'a> {
    pub runtime: &'a dyn Runtime,
    pub memory: &'a Memory,
    pub batch: BatchAddresses,
    pub score_gradients: &'a Buffer,
    /// Features on their way to the device.
    pub features: &'a mut Vec<f32>,
    /// The first failure; nothing is launched after it.
    pub failed: Option<EngineError>,
}

impl Cuda<'_> {
    /// Runs a kernel on so many blocks, unless something failed before.
    pub(super) fn run<A: Arguments>(&mut self, blocks: Blocks, arguments: A) {
        let grid = Grid { blocks: blocks.0, threads: A::THREADS };
        if self.failed.is_none() && !grid.blocks.contains(&0) {
            // SAFETY: the arguments are spans of the memory and integers of the batch, whose sizes go together.
            self.failed = unsafe { launch(self.runtime, grid, &arguments) }.err();
        }
    }

    pub(super) fn product(&mut self, product: Product, factors: Factors, shape: Shape, write: Write) {
        let operands = Operands {
            out: self.memory.at(factors.out),
            a: self.memory.operand(factors.a),
            b: self.memory.operand(factors.b),
            bf16: self.memory.is_bf16(),
        };
        if self.failed.is_none() {
            // SAFETY: the spans are of that shape.
            self.failed = unsafe { self.runtime.product(product, operands, shape, write) }.err();
        }
    }

    /// x·Wᵗ and what is added, without the bias.
    pub(super) fn multiply(&mut self, y: Span, linear: Linear) {
        let factors = Factors { out: y, a: linear.x, b: linear.parameters.weight };
        self.product(Product::Forward, factors, linear.shape, Write::Set);
        for Added { product, columns } in linear.added.into_iter().flatten() {
            let arguments = kernel::AddColumns {
                to: self.memory.at(y),
                from: self.memory.at(product),
                len: product.len as u32,
                width: columns.width as u32,
                of: columns.of as u32,
                first: columns.first as u32,
                scale: columns.scale,
            };
            self.run(Blocks::elements(product.len), arguments);
        }
    }

    pub(super) fn sum_groups(&mut self, GroupSums { table_gradient, token_gradients, width, groups }: GroupSums) {
        let arguments = kernel::SumGroups {
            table: self.memory.at(table_gradient),
            gradient: self.memory.at(token_gradients),
            rows: groups.rows,
            starts: groups.starts,
            members: groups.members,
            width: width as u32,
        };
        self.run(Blocks::each(groups.count), arguments);
    }

    pub(super) fn sum_columns(&mut self, ColumnSums { sums, values, rows, write }: ColumnSums) {
        let arguments = kernel::ColumnSums {
            sums: self.memory.at(sums),
            values: self.memory.at(values),
            rows: rows as u32,
            width: sums.len as u32,
            add: (write == Write::Add).into(),
        };
        self.run(Blocks::columns(sums.len), arguments);
    }

    /// The first failure of all that was done.
    ///
    /// # Errors
    /// That failure.
    pub(super) fn finish(self) -> Result<(), EngineError> {
        self.failed.map_or(Ok(()), Err)
    }
}
