// Heads of keys and values that several query heads share (Ainslie et al. 2023): see `cpu/shared_heads.rs`.
//
// A row has the queries of all heads, then keys, then values; packed, keys and values once for each group of heads.

#include "arguments.cuh"

// repeated = packed.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) repeat_heads(const RepeatHeads a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at >= a.len) {
        return;
    }
    const unsigned columns = 3 * a.heads * a.width, token = at / columns, column = at % columns;
    const unsigned part = column / (a.heads * a.width), head = column / a.width % a.heads;
    const unsigned from = part == 0 ? head : a.heads + (part - 1) * a.shared + head / (a.heads / a.shared);
    const size_t row = (size_t)token * (a.heads + 2 * a.shared) * a.width;
    a.repeated[at] = a.packed[row + from * a.width + column % a.width];
}

// The gradient of a packed head is the sum of those of its group, in order.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) repeat_heads_backward(const RepeatHeadsBackward a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at >= a.len) {
        return;
    }
    const unsigned columns = (a.heads + 2 * a.shared) * a.width, token = at / columns, column = at % columns;
    const unsigned head = column / a.width, times = a.heads / a.shared;
    const bool query = head < a.heads;
    // behind the queries, packed heads count on through keys and values, and so do their groups
    const unsigned first = query ? head : a.heads + (head - a.heads) * times, count = query ? 1 : times;
    const float *row = a.repeated + (size_t)token * 3 * a.heads * a.width + column % a.width;
    float sum = 0.0f;
    for (unsigned k = 0; k < count; k++) {
        sum += row[(first + k) * a.width];
    }
    write(a.packed, a.bf16, at, sum);
}
