// Sums over a warp, a block or columns, each in one fixed order whatever runs first. All threads of a block take part.
#pragma once

#include "arguments.cuh"

constexpr unsigned EVERY_LANE = 0xffffffffu;

// Two sums at once.
struct Pair {
    float a;
    float b;
};

__device__ __forceinline__ Pair operator+(Pair one, Pair other) {
    return Pair{one.a + other.a, one.b + other.b};
}

__device__ __forceinline__ float across(float value, int offset) {
    return __shfl_xor_sync(EVERY_LANE, value, offset);
}

__device__ __forceinline__ double across(double value, int offset) {
    return __shfl_xor_sync(EVERY_LANE, value, offset);
}

__device__ __forceinline__ Pair across(Pair value, int offset) {
    return Pair{across(value.a, offset), across(value.b, offset)};
}

// The sum over the lanes, as a tree; the same bits in each, since both partners add the same two.
template <typename Value>
__device__ __forceinline__ Value warp_sum(Value value) {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2) {
        value = value + across(value, offset);
    }
    return value;
}

// The largest of the lanes.
__device__ __forceinline__ float warp_max(float value) {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2) {
        value = fmaxf(value, across(value, offset));
    }
    return value;
}

// The sum over a block of THREADS: of its warps, in order. `sums` is shared memory of this call alone, a value a warp.
template <unsigned THREADS, typename Value>
__device__ __forceinline__ Value block_sum(Value value, Value *sums) {
    value = warp_sum(value);
    if (threadIdx.x % 32 == 0) {
        sums[threadIdx.x / 32] = value;
    }
    __syncthreads();
    Value total = sums[0];
#pragma unroll
    for (unsigned warp = 1; warp < THREADS / 32; warp++) {
        total = total + sums[warp];
    }
    return total;
}

// Runs `work(i, at)` for the BATCH numbers first, first + step, … that are below `count`. In pairs of a loop that
// loads and one that uses: all loads are under way before the first is waited for.
template <unsigned BATCH, typename Work>
__device__ __forceinline__ void each_of_batch(unsigned first, unsigned step, unsigned count, Work work) {
#pragma unroll
    for (unsigned i = 0; i < BATCH; i++) {
        if (first + i * step < count) {
            work(i, first + i * step);
        }
    }
}

// Sums of a block that takes columns: thread 32·i + j holds a part of column j; warp j gets that column's sum, as a
// tree. The row of `parts` is one longer, so that a column lies in as many banks.
__device__ __forceinline__ float column_sum(float value, float (*parts)[COLUMNS_A_BLOCK + 1]) {
    parts[threadIdx.x / 32][threadIdx.x % 32] = value;
    __syncthreads();
    return warp_sum(parts[threadIdx.x % 32][threadIdx.x / 32]);
}
