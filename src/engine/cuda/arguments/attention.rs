//! Arguments of the kernels of attention.

use crate::engine::cuda::runtime::Address;

use super::blocks::ATTENTION_THREADS;
use super::records::Mask;

arguments! {
    /// qkv += bias; context = dropout(softmax(Q·Kᵗ/√head))·V of the queries; the softmax is kept. A block a sentence and
    /// head: grid `[sentences, heads]`.
    Attention = "attention", ATTENTION_THREADS {
        /// `[queries, heads·width]`
        context: Address,
        /// Of `context`; may be none.
        bf16: Address,
        /// Each sentence's `[heads, queries, stride(len)]`, the columns behind `len` zero.
        weights: Address,
        /// `[tokens, 3·heads·width]`, read and written.
        qkv: Address,
        /// `[3·heads·width]`
        bias: Address,
        /// `[sentences]` of [`Sentence`](super::Sentence).
        sentences: Address,
        /// `[queries]`, u32: position of each query in its sentence.
        positions: Address,
        /// Heads.
        heads: u32,
        /// Features of one.
        width: u32,
        /// 1: the queries are the selected tokens; 0: every token.
        selected: u32,
        /// Of the weights.
        mask: Mask,
    }

    /// ∂qkv, written, from ∂context; the weights become those after dropout. Grid as in [`Attention`].
    AttentionBackward = "attention_backward", ATTENTION_THREADS {
        /// `[tokens, 3·heads·width]`
        gradient: Address,
        /// Of `gradient`; may be none.
        bf16: Address,
        /// `[queries, heads·width]`
        context_gradient: Address,
        /// As in [`Attention`], read and written.
        weights: Address,
        /// Room for as many floats as `weights` has.
        score_gradients: Address,
        /// `[tokens, 3·heads·width]`, the bias added.
        qkv: Address,
        /// `[sentences]` of [`Sentence`](super::Sentence).
        sentences: Address,
        /// `[queries]`, u32.
        positions: Address,
        /// Heads.
        heads: u32,
        /// Features of one.
        width: u32,
        /// As in [`Attention`].
        selected: u32,
        /// Of the weights.
        mask: Mask,
    }
}
