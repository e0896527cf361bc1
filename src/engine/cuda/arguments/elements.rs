//! What kernels take of which a thread has an element.

use crate::engine::cuda::driver::Address;

use super::{ELEMENT_THREADS, Mask, arguments};

arguments! {
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

    /// The bfloat16 nearest to each float. A thread [`super::NARROW_A_THREAD`] elements; both start at multiples of four.
    Narrow = "narrow", ELEMENT_THREADS {
        /// `[len]`, bfloat16.
        half: Address,
        /// `[len]`
        x: Address,
        /// Elements.
        len: u32,
    }
}
