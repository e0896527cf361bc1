//! Arguments of the kernels that work on rows and elements of activations and tables.

use crate::engine::cuda::runtime::Address;

use super::blocks::{COLUMN_THREADS, ELEMENT_THREADS, GROUP_THREADS, ROW_THREADS};
use super::records::Mask;

arguments! {
    /// sum = (word + segment) + position; out = dropout(norm(sum)), or the sum is dropped from. A block a token.
    EmbedNorm = "embed_norm", ROW_THREADS {
        /// `[tokens, width]`
        out: Address,
        /// Of `out`; may be none.
        bf16: Address,
        /// `[tokens, width]`
        sum: Address,
        /// `[tokens, 2]`: mean and reciprocal deviation.
        statistics: Address,
        /// `[_, width]`
        word_table: Address,
        /// `[_, width]`; may be none.
        position_table: Address,
        /// `[_, width]`, of which row 0 is taken; may be none.
        segment_table: Address,
        /// `[width]`
        weight: Address,
        /// `[width]`
        bias: Address,
        /// `[tokens]`, u32: word row.
        ids: Address,
        /// `[tokens]`, u32: position in the sentence.
        positions: Address,
        /// `[tokens]`, u32: row of the position table, counted from that of position 0, modulo 2^32.
        position_ids: Address,
        /// `[tokens]`, u32.
        examples: Address,
        /// Columns.
        width: u32,
        /// Row of position 0.
        first_position: u32,
        /// Of the norm.
        epsilon: f32,
        /// 0: the mean counts as 0 (root mean square).
        centered: u32,
        /// After the norm, or before it.
        mask: Mask,
        /// 1: before it.
        drops_first: u32,
    }

    /// sum = dropout(sum + branch_bias) + residual; out = norm(sum). A block a row.
    AddNorm = "add_norm", ROW_THREADS {
        /// `[rows, width]`
        out: Address,
        /// Of `out`; may be none.
        bf16: Address,
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
        positions: Address,
        /// `[rows]`, u32.
        examples: Address,
        /// Columns.
        width: u32,
        /// Of the norm.
        epsilon: f32,
        /// 0: the mean counts as 0 (root mean square).
        centered: u32,
        /// Of the branch.
        mask: Mask,
    }

    /// out = norm(sum). A block a row.
    NormRows = "norm_rows", ROW_THREADS {
        /// `[rows, width]`
        out: Address,
        /// Of `out`; may be none.
        bf16: Address,
        /// `[rows, width]`
        sum: Address,
        /// `[rows, 2]`
        statistics: Address,
        /// `[width]`
        weight: Address,
        /// `[width]`
        bias: Address,
        /// Columns.
        width: u32,
        /// Of the norm.
        epsilon: f32,
        /// 0: the mean counts as 0 (root mean square).
        centered: u32,
    }

    /// ∂out becomes ∂sum, + residual, in place; branch = dropout of that. A block a row.
    NormBackward = "norm_backward", ROW_THREADS {
        /// `[rows, width]`, read and written.
        gradient: Address,
        /// `[rows, width]`; may be none.
        residual: Address,
        /// `[rows, width]`; may be none, or the residual's.
        branch: Address,
        /// Of `branch`, even if that is none; may be none.
        bf16: Address,
        /// `[rows, width]`
        sum: Address,
        /// `[rows, 2]`
        statistics: Address,
        /// `[width]`
        weight: Address,
        /// `[rows]`, u32.
        positions: Address,
        /// `[rows]`, u32.
        examples: Address,
        /// Columns.
        width: u32,
        /// As in [`NormRows`].
        centered: u32,
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
        bf16: Address,
        /// `[rows, width]`, read and written.
        x: Address,
        /// `[width]`; may be none.
        bias: Address,
        /// Rows times columns.
        len: u32,
        /// Columns.
        width: u32,
        /// 0: GELU by the error function, 1: its form by tanh, 2: ReLU, 3: SiLU.
        activation: u32,
    }

    /// ∂out becomes ∂x. A thread an element.
    ActivateBackward = "activate_backward", ELEMENT_THREADS {
        /// `[len]`, read and written.
        gradient: Address,
        /// Of `gradient`; may be none.
        bf16: Address,
        /// `[len]`, the bias added.
        x: Address,
        /// Elements.
        len: u32,
        /// As in [`Activate`].
        activation: u32,
    }

    /// x += bias; out = activation(a)·b, where each row of x is a, then b. A thread an element of `out`.
    Gate = "gate", ELEMENT_THREADS {
        /// `[rows, width]`
        out: Address,
        /// Of `out`; may be none.
        bf16: Address,
        /// `[rows, 2·width]`, read and written.
        x: Address,
        /// `[2·width]`
        bias: Address,
        /// Elements of `out`.
        len: u32,
        /// Columns of `out`.
        width: u32,
        /// As in [`Activate`].
        activation: u32,
    }

    /// ∂x from ∂out. A thread an element of `outer`.
    GateBackward = "gate_backward", ELEMENT_THREADS {
        /// `[rows, 2·width]`
        gradient: Address,
        /// Of `gradient`; may be none.
        bf16: Address,
        /// `[rows, width]`
        outer: Address,
        /// `[rows, 2·width]`, the bias added.
        x: Address,
        /// Elements of `outer`.
        len: u32,
        /// Columns of `outer`.
        width: u32,
        /// As in [`Activate`].
        activation: u32,
    }

    /// to += from. A thread an element.
    Add = "add", ELEMENT_THREADS {
        /// `[len]`, read and written.
        to: Address,
        /// `[len]`
        from: Address,
        /// Elements.
        len: u32,
    }

    /// to += scale·from in some columns of `to`. A thread an element of `from`.
    AddColumns = "add_columns", ELEMENT_THREADS {
        /// `[rows, of]`, read and written.
        to: Address,
        /// `[rows, width]`
        from: Address,
        /// Elements of `from`.
        len: u32,
        /// Columns of `from`.
        width: u32,
        /// Columns of `to`.
        of: u32,
        /// The first of those columns.
        first: u32,
        /// What `from` is multiplied by.
        scale: f32,
    }

    /// to = scale·from of some columns of `from`. A thread an element of `to`.
    TakeColumns = "take_columns", ELEMENT_THREADS {
        /// `[rows, width]`
        to: Address,
        /// Of `to`; may be none.
        bf16: Address,
        /// `[rows, of]`
        from: Address,
        /// Elements of `to`.
        len: u32,
        /// Columns of `to`.
        width: u32,
        /// Columns of `from`.
        of: u32,
        /// The first of those columns.
        first: u32,
        /// What `from` is multiplied by.
        scale: f32,
    }

    /// Each token's neighborhood in its sentence, side by side. A thread an element of `unfolded`.
    Unfold = "unfold", ELEMENT_THREADS {
        /// `[tokens, width·kernel]`
        unfolded: Address,
        /// Of `unfolded`; may be none.
        bf16: Address,
        /// `[tokens, width]`
        values: Address,
        /// `[tokens]`, u32: position in the sentence.
        positions: Address,
        /// Tokens.
        tokens: u32,
        /// Columns of `values`.
        width: u32,
        /// Tokens of a neighborhood.
        kernel: u32,
    }

    /// The values' gradients += those of the places to which they were unfolded. A thread an element of `values`.
    UnfoldBackward = "unfold_backward", ELEMENT_THREADS {
        /// `[tokens, width]`, read and written.
        values: Address,
        /// `[tokens, width·kernel]`
        unfolded: Address,
        /// `[tokens]`, u32.
        positions: Address,
        /// Tokens.
        tokens: u32,
        /// Columns of `values`.
        width: u32,
        /// Tokens of a neighborhood.
        kernel: u32,
    }

    /// y += bias. A thread an element.
    AddBias = "add_bias", ELEMENT_THREADS {
        /// `[rows, width]`, read and written.
        y: Address,
        /// Of `y`; may be none.
        bf16: Address,
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
        bf16: Address,
        /// `[rows, width]`
        x: Address,
        /// `[rows]`, u32.
        positions: Address,
        /// `[rows]`, u32.
        examples: Address,
        /// Rows times columns.
        len: u32,
        /// Columns.
        width: u32,
        /// Of the output.
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
}
