// The gradients of the scores between contents and distances, and of biases by distance: see `cpu/relative.rs` and
// `cpu/bias.rs`. ∂S is given; every sum has one order.

#include "reduction.cuh"
#include "relative.cuh"

// A row of the table of biases: Σ ∂S(i, j)·√width over the queries i and keys j of its distances, each thread's queries in
// order, then the threads as a tree. A block takes a row and a head.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) bias_backward(const BiasBackward a) {
    __shared__ float sums[ATTENTION_THREADS / 32];
    const unsigned row = blockIdx.x, head = blockIdx.y;
    const int first = (int)a.bias.starts[row] - (int)(a.bias.longest - 1);
    const int last = (int)a.bias.starts[row + 1] - (int)a.bias.longest;
    float sum = 0.0f;
    for (unsigned sentence = 0; sentence < a.count; sentence++) {
        const Place at = place_at(a, a.sentences[sentence], head);
        const float *score_gradients = a.score_gradients + at.weights;
        for (unsigned query = threadIdx.x; query < at.queries; query += ATTENTION_THREADS) {
            const int position = (int)at.positions[query];
            const int from = position - last > 0 ? position - last : 0;
            for (int key = from; key <= position - first && key < (int)at.sentence.len; key++) {
                sum += score_gradients[query * at.columns + (unsigned)key];
            }
        }
    }
    sum = block_sum<ATTENTION_THREADS>(sum, sums);
    if (threadIdx.x == 0) {
        a.gradient[a.stored[row] * a.heads + head] += sum * sqrtf((float)a.width);
    }
}

// ∂Q(i) += Σ ∂S(i, j)·K(d) and ∂K(j) += Σ ∂S(i, j)·Q(d), d = i - j. A warp takes a query or key at a time, a lane features.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) relative_content_backward(
    const RelativeContentBackward a) {
    const Place at = place_of(a);
    const float *score_gradients = a.score_gradients + at.weights;
    for (unsigned query = threadIdx.x / 32; query < at.queries; query += ATTENTION_WARPS) {
        const unsigned position = at.positions[query];
        for (unsigned feature = threadIdx.x % 32; feature < a.width; feature += 32) {
            float sum = 0.0f;
            for (unsigned key = 0; key < at.sentence.len; key++) {
                const float *row = table_row(a.relative, at, a.width, distance_row(a.relative, position, key));
                sum = fmaf(score_gradients[query * at.columns + key], row[at.hidden + feature], sum);
            }
            const size_t own = at.qkv + position * at.step + feature;
            write(a.gradient, a.bf16, own, a.gradient[own] + sum);
        }
    }
    for (unsigned key = threadIdx.x / 32; key < at.sentence.len; key += ATTENTION_WARPS) {
        for (unsigned feature = threadIdx.x % 32; feature < a.width; feature += 32) {
            float sum = 0.0f;
            for (unsigned query = 0; query < at.queries; query++) {
                const unsigned position = at.positions[query];
                const float *row = table_row(a.relative, at, a.width, distance_row(a.relative, position, key));
                sum = fmaf(score_gradients[query * at.columns + key], row[feature], sum);
            }
            const size_t own = at.qkv + key * at.step + at.hidden + feature;
            write(a.gradient, a.bf16, own, a.gradient[own] + sum);
        }
    }
}

// ∂Q(d) = Σ ∂S(i, j)·K(j) and ∂K(d) = Σ ∂S(i, j)·Q(i) over the queries i and keys j of that distance, sentence after
// sentence. A block takes a row of the table and a head, a thread a feature of one of the two.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) relative_table_backward(const RelativeTableBackward a) {
    const unsigned row = blockIdx.x, head = blockIdx.y, hidden = a.heads * a.width;
    const bool of_keys = threadIdx.x >= a.width;
    const unsigned feature = threadIdx.x - (of_keys ? a.width : 0);
    if (feature >= a.width) {
        return;
    }
    // a distance is its index less longest - 1; those of a row lie side by side
    const int first = (int)a.relative.starts[row] - (int)(a.relative.longest - 1);
    const int last = (int)a.relative.starts[row + 1] - (int)a.relative.longest;
    float sum = 0.0f;
    for (unsigned sentence = 0; sentence < a.count; sentence++) {
        const Place at = place_at(a, a.sentences[sentence], head);
        const float *score_gradients = a.score_gradients + at.weights, *qkv = a.qkv + at.qkv;
        for (unsigned query = 0; query < at.queries; query++) {
            const int position = (int)at.positions[query];
            const int from = position - last > 0 ? position - last : 0;
            for (int key = from; key <= position - first && key < (int)at.sentence.len; key++) {
                const float gradient = score_gradients[query * at.columns + (unsigned)key];
                const float *content = of_keys ? qkv + (unsigned)position * at.step
                                               : qkv + (unsigned)key * at.step + at.hidden;
                sum = fmaf(gradient, content[feature], sum);
            }
        }
    }
    const size_t own = (size_t)row * 2 * hidden + (of_keys ? hidden : 0) + head * a.width + feature;
    write(a.gradient, a.bf16, own, sum);
}
