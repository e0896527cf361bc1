// The end of the kernels that normalize a row: see `norm.cu` for the formula.
#pragma once

#include "reduction.cuh"
#include "row.cuh"

// A quad's values.
struct Values {
    float at[QUAD];
};

// The row's mean and reciprocal deviation, written to `statistics` and used in out = dropout(norm(sum)).
struct Normalization {
    float *out;
    Bf16 *bf16;
    // Of this row, already written.
    const float *sum;
    float *statistics;
    const float *weight;
    const float *bias;
    unsigned width;
    float epsilon;
    // 0: the mean counts as 0.
    unsigned centered;
};

// `held` are the quads of `sum`. The mean comes first and the deviations from it second, as differences of large
// squares would lose the digits of the variance. Nothing is dropped with an empty mask.
__device__ __forceinline__ void normalize(const Normalization &to, Values (&held)[HELD], const Mask &mask,
                                          unsigned position, unsigned example) {
    __shared__ float sums[2][ROW_THREADS / 32];
    const unsigned width = to.width;
    const float scale = 1.0f / (float)width;
    auto load = [&](unsigned start) {
        Values values;
        each_column(start, width, [&](unsigned k, unsigned column) { values.at[k] = to.sum[column]; });
        return values;
    };

    float total = 0.0f;
    each_quad(held, width, load, [&](unsigned start, const Values &values) {
        each_column(start, width, [&](unsigned k, unsigned) { total += values.at[k]; });
    });
    const float mean = to.centered ? block_sum<ROW_THREADS>(total, sums[0]) * scale : 0.0f;

    float squares = 0.0f;
    each_quad(held, width, load, [&](unsigned start, const Values &values) {
        each_column(start, width, [&](unsigned k, unsigned) {
            float deviation = values.at[k] - mean;
            squares += deviation * deviation;
        });
    });
    const float variance = block_sum<ROW_THREADS>(squares, sums[1]) * scale;
    const float reciprocal = 1.0f / sqrtf(variance + to.epsilon);
    if (threadIdx.x == 0) {
        to.statistics[0] = mean;
        to.statistics[1] = reciprocal;
    }

    each_quad(held, width, load, [&](unsigned start, const Values &values) {
        Words words = draw_quad(mask, start, position, example);
        each_column(start, width, [&](unsigned k, unsigned column) {
            float normal = (values.at[k] - mean) * reciprocal;
            float out = fmaf(normal, to.weight[column], to.bias[column]);
            write(to.out, to.bf16, column, dropped(mask, words.at[k], out));
        });
    });
}

// Where a row of a bfloat16 copy starts, if there is one.
__device__ __forceinline__ Bf16 *bf16_row(Bf16 *bf16, size_t start) {
    return bf16 ? bf16 + start : nullptr;
}
