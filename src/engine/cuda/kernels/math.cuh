// Scalar functions in the sequences of operations of `cpu/math.rs`, every fused multiply-add by name, so that the bits
// are those of the CPU. To be compiled without contraction. The origin of the constants is given there.
#pragma once

// e^x for x up to 88; below -87 it stays at e^-87. NaN stays NaN, which fminf would hide.
__device__ __forceinline__ float exponential(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    // adding it rounds to an integer, which is then in the low bits of the mantissa
    const float round = 12582912.0f;
    float shifted = fmaf(x, 1.44269504088896340736f, round);
    float n = shifted - round;
    float r = fmaf(n, 2.1219444e-4f, fmaf(n, -0.6933594f, x));
    float series = 1.0f / 5040.0f;
    series = fmaf(r, series, 1.0f / 720.0f);
    series = fmaf(r, series, 1.0f / 120.0f);
    series = fmaf(r, series, 1.0f / 24.0f);
    series = fmaf(r, series, 1.0f / 6.0f);
    series = fmaf(r, series, 0.5f);
    series = fmaf(r, series, 1.0f);
    series = fmaf(r, series, 1.0f);
    return series * __uint_as_float((__float_as_uint(shifted) << 23) + (127u << 23));
}

// The standard normal distribution function Φ(x), given `gauss` = e^(-x²/2).
__device__ __forceinline__ float normal_distribution(float x, float gauss) {
    float z = fabsf(x) * 0.707106781186547524401f;
    float t = 1.0f / fmaf(z, 0.45f, 1.0f);
    float q = 0.0925692f;
    q = fmaf(t, q, -0.49410224f);
    q = fmaf(t, q, 0.85716367f);
    q = fmaf(t, q, -0.3757985f);
    q = fmaf(t, q, 0.4601681f);
    q = fmaf(t, q, 0.20101017f);
    q = fmaf(t, q, 0.2589896f);
    float tail = 0.5f * (gauss * (t * q));
    return x < 0.0f ? tail : 1.0f - tail;
}

// x·Φ(x)
__device__ __forceinline__ float gelu(float x) {
    return x * normal_distribution(x, exponential(x * x * -0.5f));
}

// Φ(x) + x·φ(x)
__device__ __forceinline__ float gelu_gradient(float x) {
    float gauss = exponential(x * x * -0.5f);
    return fmaf(x * 0.3989423f, gauss, normal_distribution(x, gauss));
}

// x within where the gates of `gelu_tanh` are neither 0 nor 1 in float32.
__device__ __forceinline__ float within_reach(float x) {
    x = x < -20.0f ? -20.0f : x;
    return x > 20.0f ? 20.0f : x;
}

// σ(2u) and 1 - σ(2u) with u = √(2/π)·(x + 0.044715·x³).
__device__ __forceinline__ float2 gelu_tanh_gates(float x) {
    float power = exponential(-1.5957692f * fmaf(x * x * x, 0.044715f, x));
    float gate = 1.0f / (1.0f + power);
    return make_float2(gate, power * gate);
}

// x·σ(2u)
__device__ __forceinline__ float gelu_tanh(float x) {
    return x * gelu_tanh_gates(within_reach(x)).x;
}

// s + x·s·(1-s)·2u' with the gate s and u' = √(2/π)·(1 + 3·0.044715·x²).
__device__ __forceinline__ float gelu_tanh_gradient(float x) {
    x = within_reach(x);
    float2 gates = gelu_tanh_gates(x);
    return fmaf(x * fmaf(x * x, 0.21406445f, 1.5957692f), gates.x * gates.y, gates.x);
}

// σ(x) and 1 - σ(x).
__device__ __forceinline__ float2 logistic(float x) {
    float power = exponential(-x);
    float share = 1.0f / (1.0f + power);
    return make_float2(share, power * share);
}

// x·σ(x)
__device__ __forceinline__ float silu(float x) {
    x = x < -85.0f ? -85.0f : x;
    return x * logistic(x).x;
}

// σ + x·σ·(1-σ)
__device__ __forceinline__ float silu_gradient(float x) {
    x = x < -85.0f ? -85.0f : x;
    x = x > 85.0f ? 85.0f : x;
    float2 shares = logistic(x);
    return fmaf(x, shares.x * shares.y, shares.x);
}

// max(x, 0); NaN for NaN.
__device__ __forceinline__ float relu(float x) {
    return x < 0.0f ? 0.0f : x;
}

// 0 at 0, as in torch.
__device__ __forceinline__ float relu_gradient(float x) {
    return x > 0.0f ? 1.0f : 0.0f;
}
