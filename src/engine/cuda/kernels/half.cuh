// bfloat16 as the upper half of a float's bits. Written out, so that no header of a toolkit is needed.
#pragma once

typedef unsigned short Half;

// The nearest to `value`, to even where two are; no number stays none.
__device__ __forceinline__ Half narrowed(float value) {
    unsigned bits = __float_as_uint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        // a payload in the lower bits alone would become infinity
        return (Half)(bits >> 16 | 0x40u);
    }
    return (Half)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// Four at once, for one store.
__device__ __forceinline__ ushort4 narrowed(float4 values) {
    return make_ushort4(narrowed(values.x), narrowed(values.y), narrowed(values.z), narrowed(values.w));
}

// Writes an output and, where there is one, its copy in bfloat16.
__device__ __forceinline__ void write(float *out, Half *half, size_t at, float value) {
    out[at] = value;
    if (half) {
        half[at] = narrowed(value);
    }
}
