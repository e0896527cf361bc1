//! What each kernel is given: structures as `kernels/arguments.cuh` has them, field by field. Knows nothing of how
//! kernels are run.
//!
//! Addresses may be [`Address::NONE`] where a comment says so. Tables, activations and gradients are row-major float32;
//! a `half` beside an output is where its copy in bfloat16, rounded to nearest even, is written too, or none.

use crate::engine::cpu;

use super::driver::Address;

/// Threads of a block that takes a row.
pub const ROW_THREADS: u32 = 128;
/// Threads of a block that takes columns: as many rows of threads as columns.
pub const COLUMN_THREADS: u32 = 1024;
/// Columns that such a block takes.
pub const COLUMNS_A_BLOCK: u32 = 32;
/// Threads of a block of which each takes an element, or a row of logits.
pub const ELEMENT_THREADS: u32 = 256;
/// Elements that a thread of [`Narrow`] takes.
pub const NARROW_A_THREAD: u32 = 4;
/// Threads of a block that takes a sentence and head.
pub const ATTENTION_THREADS: u32 = 256;
/// Most features of a head.
pub const WIDEST_HEAD: u32 = 128;
/// Threads of a block that takes a group of rows.
pub const GROUP_THREADS: u32 = 256;
/// Threads of a block that takes a stretch of the flat buffers, and of those that are alone.
pub const CHUNK_THREADS: u32 = 256;
/// Floats that a block of [`Squares`] takes; the most of a [`Chunk`].
pub const CHUNK: u32 = 8192;

/// A kernel's arguments: one structure, passed by value.
///
/// # Safety
/// The layout is that of the structure of this name in `kernels/arguments.cuh`, without padding that matters.
pub unsafe trait Arguments: Copy {
    /// The kernel's name.
    const KERNEL: &'static str;
    /// Threads of its blocks, as it is compiled for.
    const THREADS: u32;
}

macro_rules! arguments {
    ($($(#[$attribute:meta])* $name:ident = $kernel:literal, $threads:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$attribute])*
            #[repr(C)]
            #[derive(Debug, Clone, Copy, Default)]
            pub struct $name {
                $($(#[$of_field])* pub $field: $type,)*
            }

            // SAFETY: `repr(C)`, field by field as in arguments.cuh; the tests of kernels compare the sizes.
            unsafe impl Arguments for $name {
                const KERNEL: &'static str = $kernel;
                const THREADS: u32 = $threads;
            }
        )*

        /// Every kernel with the size of its arguments.
        pub const KERNELS: &[(&str, usize)] = &[$(($kernel, size_of::<$name>())),*];
    };
}

/// A dropout mask, as [`crate::engine::cpu::Mask`]: nothing is dropped where the threshold is 0.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Mask {
    /// The stream's Philox key.
    pub key: [u32; 2],
    /// Place in the model.
    pub site: u32,
    /// Words below it drop their element.
    pub threshold: u32,
    /// What is kept grows by 1/(1-p).
    pub scale: f32,
}

impl From<Option<&cpu::Mask>> for Mask {
    fn from(mask: Option<&cpu::Mask>) -> Self {
        mask.map_or_else(Self::default, |mask| Self {
            key: mask.stream.key(),
            site: mask.site,
            threshold: mask.threshold,
            scale: mask.scale,
        })
    }
}

/// A sentence of a batch, as [`crate::engine::Sequence`].
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sentence {
    /// Its first token.
    pub start: u32,
    /// Its tokens.
    pub len: u32,
    /// Its index in the subset.
    pub example: u32,
    /// Where its attention weights start.
    pub weights: u32,
    /// Its first token among those asked for.
    pub first_asked: u32,
    /// Its tokens that are asked for.
    pub asked: u32,
}

/// What a step leaves for the host to read: [`Record::loss`] and [`Record::norm`].
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Record {
    /// Cross-entropy summed over the labelled tokens, times the scale of the target.
    pub loss: f64,
    /// Norm of the gradient before clipping.
    pub norm: f64,
}

/// A stretch of the learning parameters that AdamW updates with one set of constants.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chunk {
    /// First float, among the parameters that learn.
    pub start: u32,
    /// Floats.
    pub len: u32,
    /// Which constants.
    pub group: u32,
}

/// Constants of one AdamW step of one group, as [`crate::engine::cpu::Update`] but for clipping.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Constants {
    /// 1 - rate·decay.
    pub keep: f32,
    /// rate / (1 - β₁ᵗ)
    pub step: f32,
    /// 1 / √(1 - β₂ᵗ)
    pub correction: f32,
    /// β₁ and β₂.
    pub betas: [f32; 2],
    /// 1 - β₁ and 1 - β₂.
    pub complements: [f32; 2],
    /// Added to the root of the second moment.
    pub epsilon: f32,
}

arguments! {
    /// sum = (word + segment) + position; out = dropout(norm(sum)). A block a token.
    EmbedNorm = "embed_norm", ROW_THREADS {
        /// `[tokens, width]`
        out: Address,
        /// Of `out`; may be none.
        half: Address,
        /// `[tokens, width]`
        sum: Address,
        /// `[tokens, 2]`: mean and reciprocal deviation.
        statistics: Address,
        /// `[_, width]`
        words: Address,
        /// `[_, width]`
        positions: Address,
        /// `[_, width]`, of which row 0 is taken; may be none.
        segments: Address,
        /// `[width]`
        weight: Address,
        /// `[width]`
        bias: Address,
        /// `[tokens]`, u32: word row.
        ids: Address,
        /// `[tokens]`, u32: position in the sentence.
        places: Address,
        /// `[tokens]`, u32.
        examples: Address,
        /// Columns.
        width: u32,
        /// Row of position 0.
        first_position: u32,
        /// Of the norm.
        epsilon: f32,
        /// After the norm.
        mask: Mask,
    }

    /// sum = dropout(sum + branch_bias) + residual; out = norm(sum). A block a row.
    AddNorm = "add_norm", ROW_THREADS {
        /// `[rows, width]`
        out: Address,
        /// Of `out`; may be none.
        half: Address,
        /// `[rows, width]`, read and written.
        sum: Address,
        /// `[rows, 2]`
        statistics: Address,
        /// `[rows, width]`
        residual: Address,
        /// `[width]`
        branch_bias: Address,
        /// `[width]`
        weight: Address,
        /// `[width]`
        bias: Address,
        /// `[rows]`, u32: position of each row in its sentence.
        places: Address,
        /// `[rows]`, u32.
        examples: Address,
        /// Columns.
        width: u32,
        /// Of the norm.
        epsilon: f32,
        /// Of the branch.
        mask: Mask,
    }

    /// ∂out becomes ∂sum in place; branch = dropout(∂sum). A block a row.
    NormBackward = "norm_backward", ROW_THREADS {
        /// `[rows, width]`, read and written.
        gradient: Address,
        /// `[rows, width]`; may be none.
        branch: Address,
        /// Of what `branch` is, even where that is none; may be none.
        half: Address,
        /// `[rows, width]`
        sum: Address,
        /// `[rows, 2]`
        statistics: Address,
        /// `[width]`
        weight: Address,
        /// `[rows]`, u32.
        places: Address,
        /// `[rows]`, u32.
        examples: Address,
        /// Columns.
        width: u32,
        /// Of the branch.
        mask: Mask,
    }

    /// ∂γ and ∂β from ∂out. A block 32 columns.
    NormParametersBackward = "norm_parameters_backward", COLUMN_THREADS {
        /// `[width]`
        weight: Address,
        /// `[width]`
        bias: Address,
        /// `[rows, width]`
        gradient: Address,
        /// `[rows, width]`
        sum: Address,
        /// `[rows, 2]`
        statistics: Address,
        /// Rows.
        rows: u32,
        /// Columns.
        width: u32,
        /// 1: added to what is there; 0: written.
        add: u32,
    }

    /// Σ over rows. A block 32 columns.
    ColumnSums = "column_sums", COLUMN_THREADS {
        /// `[width]`
        sums: Address,
        /// `[rows, width]`
        values: Address,
        /// Rows.
        rows: u32,
        /// Columns.
        width: u32,
        /// 1: added to what is there; 0: written.
        add: u32,
    }

    /// x += bias; out = activation(x). A thread an element.
    Activate = "activate", ELEMENT_THREADS {
        /// `[rows, width]`
        out: Address,
        /// Of `out`; may be none.
        half: Address,
        /// `[rows, width]`, read and written.
        x: Address,
        /// `[width]`
        bias: Address,
        /// Rows times columns.
        len: u32,
        /// Columns.
        width: u32,
        /// 0: GELU by the error function, 1: its form by tanh, 2: ReLU.
        activation: u32,
    }

    /// ∂out becomes ∂x. A thread an element.
    ActivateBackward = "activate_backward", ELEMENT_THREADS {
        /// `[len]`, read and written.
        gradient: Address,
        /// Of `gradient`; may be none.
        half: Address,
        /// `[len]`, the bias added.
        x: Address,
        /// Elements.
        len: u32,
        /// As in [`Activate`].
        activation: u32,
    }

    /// y += bias. A thread an element.
    AddBias = "add_bias", ELEMENT_THREADS {
        /// `[rows, width]`, read and written.
        y: Address,
        /// Of `y`; may be none.
        half: Address,
        /// `[width]`
        bias: Address,
        /// Rows times columns.
        len: u32,
        /// Columns.
        width: u32,
    }

    /// out = dropout(x), which may be one. A thread an element.
    DropoutRows = "dropout_rows", ELEMENT_THREADS {
        /// `[rows, width]`
        out: Address,
        /// Of `out`; may be none.
        half: Address,
        /// `[rows, width]`
        x: Address,
        /// `[rows]`, u32.
        places: Address,
        /// `[rows]`, u32.
        examples: Address,
        /// Rows times columns.
        len: u32,
        /// Columns.
        width: u32,
        /// What is dropped.
        mask: Mask,
    }

    /// Row i of `to` = row `rows[i]` of `from`. A thread an element of `to`.
    GatherRows = "gather_rows", ELEMENT_THREADS {
        /// `[rows, width]`
        to: Address,
        /// `[_, width]`
        from: Address,
        /// `[rows]`, u32.
        rows: Address,
        /// Elements of `to`.
        len: u32,
        /// Columns.
        width: u32,
    }

    /// Row `rows[i]` of `to` = row i of `from`; other rows of `to` stay. A thread an element of `from`.
    ScatterRows = "scatter_rows", ELEMENT_THREADS {
        /// `[_, width]`
        to: Address,
        /// `[rows, width]`
        from: Address,
        /// `[rows]`, u32.
        rows: Address,
        /// Elements of `from`.
        len: u32,
        /// Columns.
        width: u32,
    }

    /// qkv += bias; context = dropout(softmax(Q·Kᵗ/√head))·V of the queries; the softmax is kept. A block a sentence and
    /// head: grid `[sentences, heads]`.
    Attention = "attention", ATTENTION_THREADS {
        /// `[queries, heads·width]`
        context: Address,
        /// Of `context`; may be none.
        half: Address,
        /// Each sentence's `[heads, queries, stride(len)]`, the columns behind `len` zero.
        weights: Address,
        /// `[tokens, 3·heads·width]`, read and written.
        qkv: Address,
        /// `[3·heads·width]`
        bias: Address,
        /// `[sentences]` of [`Sentence`].
        sentences: Address,
        /// `[queries]`, u32: position of each query in its sentence.
        places: Address,
        /// Heads.
        heads: u32,
        /// Features of one.
        width: u32,
        /// 1: the queries are the tokens asked for; 0: every token.
        asked: u32,
        /// Of the weights.
        mask: Mask,
    }

    /// ∂qkv, written, from ∂context; the weights become those after dropout. Grid as in [`Attention`].
    AttentionBackward = "attention_backward", ATTENTION_THREADS {
        /// `[tokens, 3·heads·width]`
        gradient: Address,
        /// Of `gradient`; may be none.
        half: Address,
        /// `[queries, heads·width]`
        context_gradient: Address,
        /// As in [`Attention`], read and written.
        weights: Address,
        /// Room for as many floats as `weights` has.
        slopes: Address,
        /// `[tokens, 3·heads·width]`, the bias added.
        qkv: Address,
        /// `[sentences]` of [`Sentence`].
        sentences: Address,
        /// `[queries]`, u32.
        places: Address,
        /// Heads.
        heads: u32,
        /// Features of one.
        width: u32,
        /// As in [`Attention`].
        asked: u32,
        /// Of the weights.
        mask: Mask,
    }

    /// The cross-entropy summed over the labelled tokens, times `scale`, is added to the record's loss, or written; logits
    /// become their gradient times `scale` if asked. One block.
    CrossEntropy = "cross_entropy", ELEMENT_THREADS {
        /// `[rows, classes]`, read and written.
        logits: Address,
        /// Of the gradient; may be none.
        half: Address,
        /// `[rows]`, i32; negative: no label.
        labels: Address,
        /// One [`Record`].
        record: Address,
        /// What loss and gradient are multiplied by.
        scale: f64,
        /// Share of the target that goes to all classes alike.
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

    /// table\[row\] += Σ of the gradient's rows that are its members, in order. A block a group.
    SumGroups = "sum_groups", GROUP_THREADS {
        /// `[_, width]`
        table: Address,
        /// `[_, width]`
        gradient: Address,
        /// `[groups]`, u32: the table's row.
        rows: Address,
        /// `[groups + 1]`, u32: where each group's members start.
        starts: Address,
        /// u32: the gradient's rows.
        members: Address,
        /// Columns.
        width: u32,
    }

    /// Σ x² of each [`CHUNK`] floats, in float64 at the end. A block a chunk.
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
        /// One [`Record`], of which the norm is written.
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
        half: Address,
        /// First moments, read and written.
        first: Address,
        /// Second moments, read and written.
        second: Address,
        /// Gradients.
        gradient: Address,
        /// `[chunks]` of [`Chunk`].
        chunks: Address,
        /// `[groups]` of [`Constants`].
        constants: Address,
        /// One [`Record`], of which the norm is read.
        record: Address,
        /// Largest norm; 0: none.
        max_norm: f64,
    }

    /// The bfloat16 nearest to each float. A thread [`NARROW_A_THREAD`] elements; both start at multiples of four.
    Narrow = "narrow", ELEMENT_THREADS {
        /// `[len]`, bfloat16.
        half: Address,
        /// `[len]`
        x: Address,
        /// Elements.
        len: u32,
    }
}
