// What the kernels need of CUDA, for the host's compiler: a block's threads are fibers, which run one after the other
// up to a barrier. Shared memory is a section of static variables, since one block runs at a time.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

#define __global__
#define __device__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __shared__ static __attribute__((section("shared_memory")))

struct uint3 {
    unsigned x, y, z;
};

extern uint3 threadIdx, blockIdx;

struct float2 {
    float x, y;
};

struct alignas(16) float4 {
    float x, y, z, w;
};

struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

struct alignas(8) ushort4 {
    unsigned short x, y, z, w;
};

static inline float2 make_float2(float x, float y) {
    return {x, y};
}

static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) {
    return {x, y, z, w};
}

static inline ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z, unsigned short w) {
    return {x, y, z, w};
}

static inline unsigned min(unsigned one, unsigned other) {
    return one < other ? one : other;
}

static inline unsigned __float_as_uint(float value) {
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float __uint_as_float(unsigned bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

using std::isfinite;

// Waits for all threads of the block.
void __syncthreads();

// Waits for all threads of the warp.
void __syncwarp();

// The bits that the lane `offset` away by exclusive or gives. All 32 lanes take part.
unsigned long long exchange(unsigned mask, unsigned long long bits, unsigned offset);

static inline float __shfl_xor_sync(unsigned mask, float value, unsigned offset) {
    return __uint_as_float((unsigned)exchange(mask, __float_as_uint(value), offset));
}

static inline double __shfl_xor_sync(unsigned mask, double value, unsigned offset) {
    unsigned long long bits;
    memcpy(&bits, &value, sizeof bits);
    bits = exchange(mask, bits, offset);
    memcpy(&value, &bits, sizeof value);
    return value;
}
