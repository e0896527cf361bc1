// Layer norm, and the residual sum before it.
//
// Ba, Kiros and Hinton 2016. With x̂ = (s - mean)/√(variance + ε): y = γ·x̂ + β. Backward, with d = γ·∂y:
// ∂s = (d - mean(d) - x̂·mean(d·x̂)) / √(variance + ε), ∂γ = Σ ∂y·x̂ and ∂β = Σ ∂y over rows. A norm that is not centered
// (Zhang and Sennrich 2019) has 0 for both means of one factor.
//
// A block takes a row, [width], for all but ∂γ and ∂β, for which it takes 32 columns of every row.

#include "norm.cuh"

// sum = dropout(sum + branch_bias) + residual; out = norm(sum).
extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_norm(const AddNorm a) {
    const unsigned width = a.width, row = blockIdx.x;
    const size_t first = (size_t)row * width;
    const unsigned position = a.positions[row], example = a.examples[row];
    float *sum = a.sum + first;
    const float *residual = a.residual + first;
    auto load = [&](unsigned start) {
        Words words = draw_quad(a.mask, start, position, example);
        Values values;
        each_column(start, width, [&](unsigned k, unsigned column) {
            values.at[k] = dropped(a.mask, words.at[k], sum[column] + a.branch_bias[column]) + residual[column];
        });
        return values;
    };
    Values held[HELD];
    hold(held, width, load);
    each_quad(held, width, load, [&](unsigned start, const Values &values) {
        each_column(start, width, [&](unsigned k, unsigned column) { sum[column] = values.at[k]; });
    });
    const Normalization to = {a.out + first, bf16_row(a.bf16, first), sum,     a.statistics + 2 * (size_t)row,
                              a.weight,      a.bias,                  a.width, a.epsilon,
                              a.centered};
    normalize(to, held, Mask{}, position, example);
}

// out = norm(sum).
extern "C" __global__ void __launch_bounds__(ROW_THREADS) norm_rows(const NormRows a) {
    const unsigned width = a.width, row = blockIdx.x;
    const size_t first = (size_t)row * width;
    const float *sum = a.sum + first;
    auto load = [&](unsigned start) {
        Values values;
        each_column(start, width, [&](unsigned k, unsigned column) { values.at[k] = sum[column]; });
        return values;
    };
    Values held[HELD];
    hold(held, width, load);
    const Normalization to = {a.out + first, bf16_row(a.bf16, first), sum,     a.statistics + 2 * (size_t)row,
                              a.weight,      a.bias,                  a.width, a.epsilon,
                              a.centered};
    normalize(to, held, Mask{}, 0, 0);
}

// A quad's gradients d = γ·∂y and normalized values x̂.
struct NormGradients {
    float gradient[QUAD];
    float normal[QUAD];
};

// ∂out becomes ∂sum, + residual, in place; branch = dropout of that, and in bfloat16 even where there is no branch in
// float32. The branch may be where the residual is.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) norm_backward(const NormBackward a) {
    __shared__ Pair sums[ROW_THREADS / 32];
    const unsigned width = a.width, row = blockIdx.x;
    const size_t first = (size_t)row * width;
    const float scale = 1.0f / (float)width;
    const float mean = a.statistics[2 * (size_t)row], reciprocal = a.statistics[2 * (size_t)row + 1];
    float *gradient = a.gradient + first;
    const float *sum = a.sum + first;
    auto load = [&](unsigned start) {
        NormGradients gradients;
        each_column(start, width, [&](unsigned k, unsigned column) {
            gradients.gradient[k] = gradient[column] * a.weight[column];
            gradients.normal[k] = (sum[column] - mean) * reciprocal;
        });
        return gradients;
    };
    NormGradients held[HELD];
    hold(held, width, load);

    Pair part = {0.0f, 0.0f};
    each_quad(held, width, load, [&](unsigned start, const NormGradients &gradients) {
        each_column(start, width, [&](unsigned k, unsigned) {
            part.a += gradients.gradient[k];
            part.b += gradients.gradient[k] * gradients.normal[k];
        });
    });
    const Pair total = block_sum<ROW_THREADS>(part, sums);
    const float along = a.centered ? total.a * scale : 0.0f, turned = total.b * scale;

    const unsigned position = a.positions[row], example = a.examples[row];
    const float *residual = a.residual ? a.residual + first : nullptr;
    float *branch = a.branch ? a.branch + first : nullptr;
    Bf16 *bf16 = bf16_row(a.bf16, first);
    each_quad(held, width, load, [&](unsigned start, const NormGradients &gradients) {
        Words words = draw_quad(a.mask, start, position, example);
        each_column(start, width, [&](unsigned k, unsigned column) {
            float of_sum = reciprocal * (gradients.gradient[k] - along - gradients.normal[k] * turned);
            if (residual) {
                of_sum += residual[column];
            }
            gradient[column] = of_sum;
            float kept = dropped(a.mask, words.at[k], of_sum);
            if (branch) {
                branch[column] = kept;
            }
            if (bf16) {
                bf16[column] = narrowed(kept);
            }
        });
    });
}

// ∂γ and ∂β, [width], from ∂out: each thread's rows in order, then the threads of a column as a tree.
extern "C" __global__ void __launch_bounds__(COLUMN_THREADS) norm_parameters_backward(const NormParametersBackward a) {
    __shared__ float parts[2][COLUMNS_A_BLOCK][COLUMNS_A_BLOCK + 1];
    const unsigned first = blockIdx.x * COLUMNS_A_BLOCK, column = first + threadIdx.x % 32;
    constexpr unsigned BATCH = 4, STEP = COLUMN_THREADS / 32;
    const unsigned rows = column < a.width ? a.rows : 0;
    float weight = 0.0f, bias = 0.0f;
    for (unsigned row = threadIdx.x / 32; row < rows; row += BATCH * STEP) {
        float gradient[BATCH], sum[BATCH], mean[BATCH], reciprocal[BATCH];
        each_of_batch<BATCH>(row, STEP, rows, [&](unsigned i, unsigned at) {
            gradient[i] = a.gradient[(size_t)at * a.width + column];
            sum[i] = a.sum[(size_t)at * a.width + column];
            mean[i] = a.statistics[2 * (size_t)at];
            reciprocal[i] = a.statistics[2 * (size_t)at + 1];
        });
        each_of_batch<BATCH>(row, STEP, rows, [&](unsigned i, unsigned) {
            weight += gradient[i] * ((sum[i] - mean[i]) * reciprocal[i]);
            bias += gradient[i];
        });
    }
    weight = column_sum(weight, parts[0]);
    bias = column_sum(bias, parts[1]);
    const unsigned own = first + threadIdx.x / 32;
    if (threadIdx.x % 32 == 0 && own < a.width) {
        a.weight[own] = a.add ? a.weight[own] + weight : weight;
        a.bias[own] = a.add ? a.bias[own] + bias : bias;
    }
}
