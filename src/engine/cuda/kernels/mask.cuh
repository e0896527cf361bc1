// Dropout masks, as `cpu/dropout.rs` defines them: element e of a row takes word (e / 16) mod 4 of the Philox block
// 16·(e / 64) + e mod 16, at counter [block, row, site, example]. One block decides four elements 16 apart, so a thread
// that takes those four, a quad, draws once for all; 16 neighboring threads still touch whole sectors of memory.
#pragma once

#include "arguments.cuh"
#include "philox.cuh"

constexpr unsigned QUAD = 4;
// Columns between those of a quad.
constexpr unsigned QUAD_STEP = 16;
// Elements of 16 quads.
constexpr unsigned QUAD_GROUP = QUAD * QUAD_STEP;

// The words of a quad.
struct Words {
    unsigned at[QUAD];
};

// The words of block `block`, or any where nothing is dropped.
__device__ __forceinline__ Words draw(const Mask &mask, unsigned block, unsigned row, unsigned example) {
    uint4 words = make_uint4(0, 0, 0, 0);
    if (mask.threshold) {
        words = philox(mask.key[0], mask.key[1], make_uint4(block, row, mask.site, example));
    }
    return Words{{words.x, words.y, words.z, words.w}};
}

// Whether the element with this word goes.
__device__ __forceinline__ bool drops(const Mask &mask, unsigned word) {
    return word < mask.threshold;
}

// What stays of an element that is kept.
__device__ __forceinline__ float kept(const Mask &mask, float value) {
    return mask.threshold ? value * mask.scale : value;
}

// The element after dropout.
__device__ __forceinline__ float dropped(const Mask &mask, unsigned word, float value) {
    return drops(mask, word) ? 0.0f : kept(mask, value);
}

// Runs `work(k, word, load(k))` on the elements start + k, k below `size`, of a row, a warp together; `start` is a
// multiple of 16. The warp's halves take groups in turn, and load a quad before they work on it. The row is a head of
// attention weights: its queries' rows behind each other.
template <typename Value, typename Load, typename Work>
__device__ __forceinline__ void each_drawn(const Mask &mask, unsigned row, unsigned example, unsigned start,
                                           unsigned size, Load load, Work work) {
    const unsigned lane = threadIdx.x % 32, within = lane % QUAD_STEP;
    for (unsigned group = start / QUAD_GROUP + lane / QUAD_STEP; group * QUAD_GROUP < start + size; group += 2) {
        // before the start it wraps round to beyond the size
        const unsigned first = group * QUAD_GROUP + within - start;
        Value values[QUAD];
#pragma unroll
        for (unsigned k = 0; k < QUAD; k++) {
            if (first + k * QUAD_STEP < size) {
                values[k] = load(first + k * QUAD_STEP);
            }
        }
        const Words words = draw(mask, group * QUAD_STEP + within, row, example);
#pragma unroll
        for (unsigned k = 0; k < QUAD; k++) {
            if (first + k * QUAD_STEP < size) {
                work(first + k * QUAD_STEP, words.at[k], values[k]);
            }
        }
    }
}
