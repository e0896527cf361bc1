// A row and the block that takes it: each thread has quads of columns (see `mask.cuh`), the first of them in registers,
// which is all of them for up to 1,024 columns.
#pragma once

#include "mask.cuh"

// Quads of a thread that stay in registers.
constexpr unsigned HELD = 2;

// The first column of the thread's quad in a sweep over the row.
__device__ __forceinline__ unsigned quad_start(unsigned sweep) {
    unsigned quad = sweep * ROW_THREADS + threadIdx.x;
    return quad / QUAD_STEP * QUAD_GROUP + quad % QUAD_STEP;
}

// The words of the quad that starts at a column.
__device__ __forceinline__ Words draw_quad(const Mask &mask, unsigned start, unsigned row, unsigned example) {
    return draw(mask, start / QUAD_GROUP * QUAD_STEP + start % QUAD_STEP, row, example);
}

// Runs `work(k, column)` on the columns of the quad.
template <typename Work>
__device__ __forceinline__ void each_column(unsigned start, unsigned width, Work work) {
#pragma unroll
    for (unsigned k = 0; k < QUAD; k++) {
        unsigned column = start + k * QUAD_STEP;
        if (column < width) {
            work(k, column);
        }
    }
}

// Runs `work(start, quad)` on the quads: those in registers, then those that `load(start)` gives.
template <typename Quad, typename Load, typename Work>
__device__ __forceinline__ void each_quad(Quad (&held)[HELD], unsigned width, Load load, Work work) {
#pragma unroll
    for (unsigned sweep = 0; sweep < HELD; sweep++) {
        unsigned start = quad_start(sweep);
        if (start < width) {
            work(start, held[sweep]);
        }
    }
    unsigned sweep = HELD;
    for (unsigned start = quad_start(sweep); start < width; start = quad_start(++sweep)) {
        Quad quad = load(start);
        work(start, quad);
    }
}

// Fills the registers. Apart from `each_quad`, so that no store comes between the loads and holds them up.
template <typename Quad, typename Load>
__device__ __forceinline__ void hold(Quad (&held)[HELD], unsigned width, Load load) {
#pragma unroll
    for (unsigned sweep = 0; sweep < HELD; sweep++) {
        unsigned start = quad_start(sweep);
        if (start < width) {
            held[sweep] = load(start);
        }
    }
}
