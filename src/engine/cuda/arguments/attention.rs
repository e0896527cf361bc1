//! Arguments of the kernels of attention.

use crate::engine::cuda::runtime::Address;

use super::blocks::{ATTENTION_THREADS, ELEMENT_THREADS};
use super::records::{Mask, Relative};

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
        /// `[3·heads·width]`; may be none.
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
        /// A query sees keys at most so many tokens away.
        reach: u32,
        /// Of the weights.
        mask: Mask,
    }

    /// [`Attention`] with the scores of distances. Grid as there.
    RelativeAttention = "relative_attention", ATTENTION_THREADS {
        /// As there.
        attention: Attention,
        /// The queries and keys of distances.
        relative: Relative,
    }

    /// [`Attention`] with biases of scores by distance. Grid as there.
    BiasedAttention = "biased_attention", ATTENTION_THREADS {
        /// As there.
        attention: Attention,
        /// The table, `[_, heads]`, in place of products, and the row of each distance.
        bias: Relative,
        /// `[rows]`, u32: where each row lies in the table.
        stored: Address,
    }

    /// The gradient of that table, to which is added: of every row the sum over sentences. Grid `[rows, heads]`.
    BiasBackward = "bias_backward", ATTENTION_THREADS {
        /// `[_, heads]`, read and written.
        gradient: Address,
        /// As the weights in [`Attention`].
        score_gradients: Address,
        /// As in [`BiasedAttention`].
        bias: Relative,
        /// As in [`BiasedAttention`].
        stored: Address,
        /// `[sentences]` of [`Sentence`](super::Sentence).
        sentences: Address,
        /// `[queries]`, u32.
        positions: Address,
        /// How many sentences there are.
        count: u32,
        /// Heads.
        heads: u32,
        /// Features of one.
        width: u32,
        /// As in [`Attention`].
        selected: u32,
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
        /// Terms of a score: 1, or 3 with relative positions.
        terms: u32,
        /// Of the weights.
        mask: Mask,
    }

    /// qkv += bias; queries and keys turned by the angles of their positions. A thread a pair of features.
    Rotate = "rotate", ELEMENT_THREADS {
        /// `[tokens, 3·heads·width]`, read and written.
        qkv: Address,
        /// Of `qkv`; may be none.
        bf16: Address,
        /// `[3·heads·width]`; may be none.
        bias: Address,
        /// `[positions, width]`: cosines, then sines, of half a head each.
        table: Address,
        /// `[tokens]`, u32: position in the sentence.
        positions: Address,
        /// Pairs of all tokens.
        len: u32,
        /// Heads.
        heads: u32,
        /// Features of one.
        width: u32,
        /// 1: back.
        back: u32,
    }

    /// repeated = packed, where keys and values are once for each group of heads. A thread an element of `repeated`.
    RepeatHeads = "repeat_heads", ELEMENT_THREADS {
        /// `[tokens, 3·heads·width]`
        repeated: Address,
        /// `[tokens, (heads + 2·shared)·width]`
        packed: Address,
        /// Elements of `repeated`.
        len: u32,
        /// Heads of queries.
        heads: u32,
        /// Heads of keys, and of values.
        shared: u32,
        /// Features of one.
        width: u32,
    }

    /// The gradient of `packed`, from that of `repeated`. A thread an element of `packed`.
    RepeatHeadsBackward = "repeat_heads_backward", ELEMENT_THREADS {
        /// `[tokens, (heads + 2·shared)·width]`
        packed: Address,
        /// Of `packed`; may be none.
        bf16: Address,
        /// `[tokens, 3·heads·width]`
        repeated: Address,
        /// Elements of `packed`.
        len: u32,
        /// Heads of queries.
        heads: u32,
        /// Heads of keys, and of values.
        shared: u32,
        /// Features of one.
        width: u32,
    }

    /// ∂Q += ∂S·K(d) and ∂K += ∂Sᵗ·Q(d), each of the distance. Grid as in [`Attention`].
    RelativeContentBackward = "relative_content_backward", ATTENTION_THREADS {
        /// `[tokens, 3·heads·width]`, read and written.
        gradient: Address,
        /// Of `gradient`; may be none.
        bf16: Address,
        /// As the weights in [`Attention`].
        score_gradients: Address,
        /// As in [`RelativeAttention`].
        relative: Relative,
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
    }

    /// ∂Q(d) and ∂K(d), written: of every distance the sum over sentences in order. Grid `[distances, heads]`.
    RelativeTableBackward = "relative_table_backward", ATTENTION_THREADS {
        /// `[distances, 2·heads·width]`
        gradient: Address,
        /// Of `gradient`; may be none.
        bf16: Address,
        /// As the weights in [`Attention`].
        score_gradients: Address,
        /// `[tokens, 3·heads·width]`, the bias added.
        qkv: Address,
        /// As in [`RelativeAttention`].
        relative: Relative,
        /// `[sentences]` of [`Sentence`](super::Sentence).
        sentences: Address,
        /// `[queries]`, u32.
        positions: Address,
        /// How many sentences there are.
        count: u32,
        /// Heads.
        heads: u32,
        /// Features of one.
        width: u32,
        /// As in [`Attention`].
        selected: u32,
    }
}
