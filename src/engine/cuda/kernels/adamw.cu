// The optimizer's passes over the flat buffers: the gradient's norm, AdamW (Loshchilov and Hutter 2019), the average of
// the weights, and the copy in bfloat16. All are bound by memory, hence loads of four floats; stretches start at multiples of four and end
// anywhere.

#include "reduction.cuh"

// Σ x² of each CHUNK floats: a thread's in float32, then in float64.
extern "C" __global__ void __launch_bounds__(CHUNK_THREADS) squares(const Squares a) {
    __shared__ double sums[CHUNK_THREADS / 32];
    const unsigned start = blockIdx.x * CHUNK, len = min(CHUNK, a.len - start);
    const float *x = a.x + start;
    const float4 *wide = reinterpret_cast<const float4 *>(x);
    constexpr unsigned BATCH = CHUNK / 4 / CHUNK_THREADS;
    float4 values[BATCH];
    each_of_batch<BATCH>(threadIdx.x, CHUNK_THREADS, len / 4, [&](unsigned i, unsigned at) { values[i] = wide[at]; });
    float sum = 0.0f;
    each_of_batch<BATCH>(threadIdx.x, CHUNK_THREADS, len / 4, [&](unsigned i, unsigned) {
        sum += values[i].x * values[i].x;
        sum += values[i].y * values[i].y;
        sum += values[i].z * values[i].z;
        sum += values[i].w * values[i].w;
    });
    const unsigned tail = len / 4 * 4 + threadIdx.x;
    if (tail < len) {
        sum += x[tail] * x[tail];
    }
    const double total = block_sum<CHUNK_THREADS>((double)sum, sums);
    if (threadIdx.x == 0) {
        a.sums[blockIdx.x] = total;
    }
}

// The norm: the root of the sum of the sums of `squares`. One block.
extern "C" __global__ void __launch_bounds__(CHUNK_THREADS) gradient_norm(const Norm a) {
    __shared__ double sums[CHUNK_THREADS / 32];
    constexpr unsigned BATCH = 8;
    double sum = 0.0;
    for (unsigned chunk = threadIdx.x; chunk < a.chunks; chunk += BATCH * CHUNK_THREADS) {
        double values[BATCH];
        each_of_batch<BATCH>(chunk, CHUNK_THREADS, a.chunks, [&](unsigned i, unsigned at) { values[i] = a.sums[at]; });
        each_of_batch<BATCH>(chunk, CHUNK_THREADS, a.chunks, [&](unsigned i, unsigned) { sum += values[i]; });
    }
    const double total = block_sum<CHUNK_THREADS>(sum, sums);
    if (threadIdx.x == 0) {
        a.record->norm = sqrt(total);
    }
}

// One element's step.
__device__ __forceinline__ void step(const Constants &c, float clip, float &p, float &m, float &v, float g) {
    g = g * clip;
    m = fmaf(c.betas[0], m, c.complements[0] * g);
    v = fmaf(c.betas[1], v, c.complements[1] * g * g);
    const float denominator = fmaf(sqrtf(v), c.correction, c.epsilon);
    p = p * c.keep - c.step * (m / denominator);
}

// One step of a chunk, its gradient clipped to the largest norm.
extern "C" __global__ void __launch_bounds__(CHUNK_THREADS) adamw(const Adamw a) {
    const double norm = a.record->norm;
    if (!isfinite(norm)) {
        return;
    }
    const float clip = a.max_norm > 0.0 ? (float)fmin(a.max_norm / (norm + 1e-6), 1.0) : 1.0f;
    const Chunk chunk = a.chunks[blockIdx.x];
    const Constants constants = a.constants[chunk.group];
    float *parameters = a.parameters + chunk.start, *first = a.first + chunk.start, *second = a.second + chunk.start;
    const float *gradient = a.gradient + chunk.start;
    Bf16 *bf16 = a.bf16 ? a.bf16 + chunk.start : nullptr;
    for (unsigned at = threadIdx.x; at < chunk.len / 4; at += CHUNK_THREADS) {
        float4 p = reinterpret_cast<float4 *>(parameters)[at];
        float4 m = reinterpret_cast<float4 *>(first)[at];
        float4 v = reinterpret_cast<float4 *>(second)[at];
        const float4 g = reinterpret_cast<const float4 *>(gradient)[at];
        step(constants, clip, p.x, m.x, v.x, g.x);
        step(constants, clip, p.y, m.y, v.y, g.y);
        step(constants, clip, p.z, m.z, v.z, g.z);
        step(constants, clip, p.w, m.w, v.w, g.w);
        reinterpret_cast<float4 *>(parameters)[at] = p;
        reinterpret_cast<float4 *>(first)[at] = m;
        reinterpret_cast<float4 *>(second)[at] = v;
        if (bf16) {
            reinterpret_cast<ushort4 *>(bf16)[at] = narrowed(p);
        }
    }
    const unsigned tail = chunk.len / 4 * 4 + threadIdx.x;
    if (tail < chunk.len) {
        float p = parameters[tail], m = first[tail], v = second[tail];
        step(constants, clip, p, m, v, gradient[tail]);
        first[tail] = m;
        second[tail] = v;
        write(parameters, bf16, tail, p);
    }
}

// The average of the weights after one more step, a thread an element.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) average(const Average a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at >= a.len) {
        return;
    }
    const float p = a.parameters[at], before = a.average[at], apart = p - before;
    if (a.count > 0.0f) {
        a.average[at] = a.count == 1.0f ? p : before + apart / a.count;
    } else {
        a.average[at] = a.weight < 0.5f ? before + a.weight * apart : p - apart * (1.0f - a.weight);
    }
}

// The bfloat16 nearest to each float, a thread four elements.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) narrow(const Narrow a) {
    const unsigned at = NARROW_A_THREAD * (blockIdx.x * ELEMENT_THREADS + threadIdx.x);
    if (at + NARROW_A_THREAD <= a.len) {
        *reinterpret_cast<ushort4 *>(a.bf16 + at) = narrowed(*reinterpret_cast<const float4 *>(a.x + at));
        return;
    }
    for (unsigned tail = at; tail < a.len; tail++) {
        a.bf16[tail] = narrowed(a.x[tail]);
    }
}
