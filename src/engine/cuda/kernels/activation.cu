// The nonlinearity between the feed-forward products, biases, and the column sums that are a bias's gradient.
//
// The elementwise kernels have a thread for each element of rows of `width` columns.

#include "math.cuh"
#include "reduction.cuh"

// The choices of `Activate` and `ActivateBackward`.
constexpr unsigned GELU = 0;
constexpr unsigned GELU_TANH = 1;
constexpr unsigned SILU = 3;

__device__ __forceinline__ unsigned element() {
    return blockIdx.x * ELEMENT_THREADS + threadIdx.x;
}

__device__ __forceinline__ float activated(unsigned activation, float x) {
    return activation == GELU        ? gelu(x)
           : activation == GELU_TANH ? gelu_tanh(x)
           : activation == SILU      ? silu(x)
                                     : relu(x);
}

__device__ __forceinline__ float activation_gradient(unsigned activation, float x) {
    return activation == GELU        ? gelu_gradient(x)
           : activation == GELU_TANH ? gelu_tanh_gradient(x)
           : activation == SILU      ? silu_gradient(x)
                                     : relu_gradient(x);
}

// x += bias, if there is one; out = activation(x).
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) activate(const Activate a) {
    const unsigned at = element();
    if (at >= a.len) {
        return;
    }
    float x = a.x[at];
    if (a.bias) {
        x += a.bias[at % a.width];
        a.x[at] = x;
    }
    write(a.out, a.bf16, at, activated(a.activation, x));
}

// ∂x = ∂out·activation'(x), in place of ∂out.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) activate_backward(const ActivateBackward a) {
    const unsigned at = element();
    if (at >= a.len) {
        return;
    }
    write(a.gradient, a.bf16, at, a.gradient[at] * activation_gradient(a.activation, a.x[at]));
}

// x += bias; out = activation(a)·b, where each row of x is a, then b (Shazeer 2020).
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) gate(const Gate a) {
    const unsigned at = element();
    if (at >= a.len) {
        return;
    }
    const unsigned column = at % a.width;
    const size_t own = (size_t)(at / a.width) * 2 * a.width + column, other = own + a.width;
    const float x = a.x[own] + a.bias[column], y = a.x[other] + a.bias[a.width + column];
    a.x[own] = x;
    a.x[other] = y;
    write(a.out, a.bf16, at, activated(a.activation, x) * y);
}

// ∂a = ∂out·b·activation'(a), ∂b = ∂out·activation(a).
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) gate_backward(const GateBackward a) {
    const unsigned at = element();
    if (at >= a.len) {
        return;
    }
    const size_t own = (size_t)(at / a.width) * 2 * a.width + at % a.width, other = own + a.width;
    const float outer = a.outer[at], x = a.x[own];
    write(a.gradient, a.bf16, own, outer * a.x[other] * activation_gradient(a.activation, x));
    write(a.gradient, a.bf16, other, outer * activated(a.activation, x));
}

// y += bias.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) add_bias(const AddBias a) {
    const unsigned at = element();
    if (at < a.len) {
        write(a.y, a.bf16, at, a.y[at] + a.bias[at % a.width]);
    }
}

// Σ over rows of values: [rows, width]. A block takes 32 columns: each thread's rows in order, then the threads of a
// column as a tree.
extern "C" __global__ void __launch_bounds__(COLUMN_THREADS) column_sums(const ColumnSums a) {
    __shared__ float parts[COLUMNS_A_BLOCK][COLUMNS_A_BLOCK + 1];
    const unsigned first = blockIdx.x * COLUMNS_A_BLOCK, column = first + threadIdx.x % 32;
    constexpr unsigned BATCH = 8, STEP = COLUMN_THREADS / 32;
    const unsigned rows = column < a.width ? a.rows : 0;
    float sum = 0.0f;
    for (unsigned row = threadIdx.x / 32; row < rows; row += BATCH * STEP) {
        float values[BATCH];
        each_of_batch<BATCH>(row, STEP, rows, [&](unsigned i, unsigned at) {
            values[i] = a.values[(size_t)at * a.width + column];
        });
        each_of_batch<BATCH>(row, STEP, rows, [&](unsigned i, unsigned) { sum += values[i]; });
    }
    sum = column_sum(sum, parts);
    const unsigned own = first + threadIdx.x / 32;
    if (threadIdx.x % 32 == 0 && own < a.width) {
        a.sums[own] = a.add ? a.sums[own] + sum : sum;
    }
}
