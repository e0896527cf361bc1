// A linear chain over the labels of each sentence. The formulas and their derivation are in engine/crf.rs; each sum is in the
// order that it has there, in float64. logits: [rows, classes]; a chain's words are rows of it, in order.

#include "reduction.cuh"

// log Σ e^value(i) over i < count.
template <typename Value>
__device__ __forceinline__ double log_sum(unsigned count, Value value) {
    double largest = value(0u);
    for (unsigned i = 1; i < count; i++) {
        largest = fmax(largest, value(i));
    }
    double sum = 0.0;
    for (unsigned i = 0; i < count; i++) {
        sum += exp(value(i) - largest);
    }
    return largest + log(sum);
}

// The score of a chain's labels.
__device__ __forceinline__ double score_of_labels(const ChainPasses &a, unsigned first, unsigned end) {
    unsigned label = (unsigned)a.labels[a.rows[first]];
    double score = (double)a.start[label] + (double)a.logits[(size_t)a.rows[first] * a.classes + label];
    for (unsigned word = first + 1; word < end; word++) {
        const unsigned next = (unsigned)a.labels[a.rows[word]];
        score += (double)a.transitions[label * a.classes + next];
        score += (double)a.logits[(size_t)a.rows[word] * a.classes + next];
        label = next;
    }
    return score + (double)a.end[label];
}

// A block a chain, whose threads take tags in turn; a word waits for the one before it, or after it.
extern "C" __global__ void __launch_bounds__(CHAIN_THREADS) chain_passes(const ChainPasses a) {
    const unsigned first = a.starts[blockIdx.x], end = a.starts[blockIdx.x + 1], classes = a.classes;
    for (unsigned word = first; word < end; word++) {
        const float *logits = a.logits + (size_t)a.rows[word] * classes;
        double *alphas = a.alphas + (size_t)word * classes;
        for (unsigned to = threadIdx.x; to < classes; to += CHAIN_THREADS) {
            const auto from_before = [&](unsigned from) {
                return (alphas - classes)[from] + (double)a.transitions[from * classes + to];
            };
            double before = word == first ? (double)a.start[to] : log_sum(classes, from_before);
            alphas[to] = before + (double)logits[to];
        }
        __syncthreads();
    }
    for (unsigned word = end; word-- > first;) {
        double *betas = a.betas + (size_t)word * classes;
        const float *next = word + 1 < end ? a.logits + (size_t)a.rows[word + 1] * classes : nullptr;
        for (unsigned from = threadIdx.x; from < classes; from += CHAIN_THREADS) {
            const auto to_after = [&](unsigned to) {
                return (double)a.transitions[from * classes + to] + (double)next[to] + (betas + classes)[to];
            };
            betas[from] = next ? log_sum(classes, to_after) : (double)a.end[from];
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        const double *last = a.alphas + (size_t)(end - 1) * classes;
        const double total = log_sum(classes, [&](unsigned class_) { return last[class_] + (double)a.end[class_]; });
        a.totals[2 * blockIdx.x] = total;
        a.totals[2 * blockIdx.x + 1] = total - score_of_labels(a, first, end);
    }
}

// e^(α + β - log Z) - [label], of a word and tag.
template <typename Arguments>
__device__ __forceinline__ double word_gradient(const Arguments &a, unsigned chain, unsigned word, unsigned class_) {
    const size_t at = (size_t)word * a.classes + class_;
    const double share = exp(a.alphas[at] + a.betas[at] - a.totals[2 * chain]);
    return share - ((unsigned)a.labels[a.rows[word]] == class_ ? 1.0 : 0.0);
}

// A thread a parameter, which sums over all chains and words in order.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) chain_parameters(const ChainParameters a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x, classes = a.classes;
    if (at >= (classes + 2) * classes) {
        return;
    }
    double sum = 0.0;
    float *gradient;
    if (at < classes) {
        gradient = a.start_gradient + at;
        for (unsigned chain = 0; chain < a.chains; chain++) {
            sum += word_gradient(a, chain, a.starts[chain], at);
        }
    } else if (at < 2 * classes) {
        gradient = a.end_gradient + (at - classes);
        for (unsigned chain = 0; chain < a.chains; chain++) {
            sum += word_gradient(a, chain, a.starts[chain + 1] - 1, at - classes);
        }
    } else {
        gradient = a.transitions_gradient + (at - 2 * classes);
        const unsigned from = (at - 2 * classes) / classes, to = at % classes;
        const double transition = (double)a.transitions[at - 2 * classes];
        for (unsigned chain = 0; chain < a.chains; chain++) {
            for (unsigned word = a.starts[chain] + 1; word < a.starts[chain + 1]; word++) {
                const size_t row = a.rows[word];
                const double next = (double)a.logits[row * classes + to] + a.betas[(size_t)word * classes + to];
                const double score = a.alphas[(size_t)(word - 1) * classes + from] + transition + next;
                const bool own = (unsigned)a.labels[a.rows[word - 1]] == from && (unsigned)a.labels[row] == to;
                sum += exp(score - a.totals[2 * chain]) - (own ? 1.0 : 0.0);
            }
        }
    }
    *gradient = (a.add ? *gradient : 0.0f) + (float)(sum * a.scale);
}

// The one block's threads take chains in turn for the gradients, and rows for those of no chain.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) chain_logits(const ChainLogits a) {
    for (unsigned row = threadIdx.x; row < a.all_rows; row += ELEMENT_THREADS) {
        for (unsigned class_ = 0; a.labels[row] < 0 && class_ < a.classes; class_++) {
            write(a.logits, a.bf16, (size_t)row * a.classes + class_, 0.0f);
        }
    }
    for (unsigned chain = 0; chain < a.chains; chain++) {
        const unsigned first = a.starts[chain], elements = (a.starts[chain + 1] - first) * a.classes;
        for (unsigned element = threadIdx.x; element < elements; element += ELEMENT_THREADS) {
            const unsigned word = first + element / a.classes, class_ = element % a.classes;
            const float gradient = (float)(word_gradient(a, chain, word, class_) * a.scale);
            write(a.logits, a.bf16, (size_t)a.rows[word] * a.classes + class_, gradient);
        }
    }
    if (threadIdx.x == 0) {
        double sum = 0.0;
        for (unsigned chain = 0; chain < a.chains; chain++) {
            sum += a.totals[2 * chain + 1];
        }
        sum *= a.scale;
        a.record->loss = a.add ? a.record->loss + sum : sum;
    }
}
