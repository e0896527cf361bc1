// bfloat16 as the upper half of a float's bits. Written out, so that no header of a toolkit is needed.
#pragma once

typedef unsigned short Bf16;

// The nearest to `value`, ties to even; NaN stays NaN.
__device__ __forceinline__ Bf16 narrowed(float value) {
    unsigned bits = __float_as_uint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        // a NaN with a payload in the lower bits alone would become infinity
        return (Bf16)(bits >> 16 | 0x40u);
    }
    return (Bf16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// Four at once, for one store.
__device__ __forceinline__ ushort4 narrowed(float4 values) {
    return make_ushort4(narrowed(values.x), narrowed(values.y), narrowed(values.z), narrowed(values.w));
}

// Writes an output and, where there is one, its copy in bfloat16.
__device__ __forceinline__ void write(float *out, Bf16 *bf16, size_t at, float value) {
    out[at] = value;
    if (bf16) {
        bf16[at] = narrowed(value);
    }
}
