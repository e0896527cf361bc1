// Tokens beside their neighbors, so that a convolution over a sentence is one product: see `cpu/unfold.rs`.
//
// u(t, f·kernel + k) = x(t + k - kernel/2, f), 0 beyond the sentence. A neighbor is of the same sentence where its
// position is as far away as itself.

#include "arguments.cuh"

// The token `away` behind `token`, or `tokens` if that is not in its sentence.
__device__ __forceinline__ unsigned neighbor(const unsigned *positions, unsigned tokens, unsigned token, int away) {
    const long long at = (long long)token + away, position = (long long)positions[token] + away;
    const bool inside = position >= 0 && at >= 0 && at < tokens && positions[at] == position;
    return inside ? (unsigned)at : tokens;
}

extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) unfold(const Unfold a) {
    const size_t at = (size_t)blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    const unsigned columns = a.width * a.kernel;
    if (at >= (size_t)a.tokens * columns) {
        return;
    }
    const unsigned token = at / columns, feature = at % columns / a.kernel, place = at % a.kernel;
    const unsigned from = neighbor(a.positions, a.tokens, token, (int)place - (int)(a.kernel / 2));
    write(a.unfolded, a.bf16, at, from < a.tokens ? a.values[(size_t)from * a.width + feature] : 0.0f);
}

extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) unfold_backward(const UnfoldBackward a) {
    const size_t at = (size_t)blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at >= (size_t)a.tokens * a.width) {
        return;
    }
    const unsigned token = at / a.width, feature = at % a.width;
    float sum = a.values[at];
    for (unsigned place = 0; place < a.kernel; place++) {
        const unsigned from = neighbor(a.positions, a.tokens, token, (int)(a.kernel / 2) - (int)place);
        if (from < a.tokens) {
            sum += a.unfolded[(size_t)from * a.width * a.kernel + feature * a.kernel + place];
        }
    }
    a.values[at] = sum;
}
