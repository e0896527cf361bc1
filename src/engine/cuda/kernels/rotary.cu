// Rotary positions: queries and keys turned by angles that grow with the position (Su et al. 2021): see `cpu/rotary.rs`.
//
// Of each head's features i and i + width/2 are one pair: a' = a·cos - b·sin, b' = b·cos + a·sin; back with -sin. A thread
// takes a pair of queries, keys or values; of values only the bias is added.

#include "arguments.cuh"

extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) rotate(const Rotate a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at >= a.len) {
        return;
    }
    const unsigned half = a.width / 2, pairs = 3 * a.heads * half;
    const unsigned token = at / pairs, pair = at % pairs, head = pair / half, lane = pair % half;
    const unsigned first = head * a.width + lane, second = first + half;
    const size_t row = (size_t)token * 3 * a.heads * a.width;
    float x = a.qkv[row + first], y = a.qkv[row + second];
    if (a.bias) {
        x += a.bias[first];
        y += a.bias[second];
    }
    // the third part are values
    if (head < 2 * a.heads) {
        const float *angles = a.table + (size_t)a.positions[token] * a.width;
        const float cosine = angles[lane], sine = a.back ? -angles[half + lane] : angles[half + lane];
        const float turned = x * cosine - y * sine;
        y = y * cosine + x * sine;
        x = turned;
    }
    write(a.qkv, a.bf16, row + first, x);
    write(a.qkv, a.bf16, row + second, y);
}
