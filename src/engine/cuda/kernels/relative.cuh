// The scores between contents and distances of disentangled attention (He et al. 2021): see `cpu/relative.rs`.
#pragma once

#include "sentence.cuh"

// The row of the distance from a query at `position` to a key.
__device__ __forceinline__ unsigned distance_row(const Relative &a, unsigned position, unsigned key) {
    return a.rows[a.longest - 1 + position - key];
}

// Where the queries of the table start for a row and head; its keys lie `hidden` further.
__device__ __forceinline__ const float *table_row(const Relative &a, const Place &at, unsigned width, unsigned row) {
    return a.products + (size_t)row * 2 * at.hidden + at.head * width;
}

__device__ __forceinline__ float dot(const float *one, const float *other, unsigned width) {
    float sum = 0.0f;
    for (unsigned feature = 0; feature < width; feature++) {
        sum = fmaf(one[feature], other[feature], sum);
    }
    return sum;
}

// Q(i)·K(d) + Q(d)·K(j), of the query at `position` and the key j. `qkv`: of the sentence's first token and this head.
__device__ __forceinline__ float relative_score(const Relative &a, const Place &at, const float *qkv, unsigned width,
                                                unsigned position, unsigned key) {
    const float *row = table_row(a, at, width, distance_row(a, position, key));
    return dot(qkv + position * at.step, row + at.hidden, width) + dot(qkv + key * at.step + at.hidden, row, width);
}
