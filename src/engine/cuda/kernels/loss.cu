// Cross-entropy over the labeled rows, and the choice of a label. logits: [rows, classes].
//
// Szegedy et al. 2016, as transformers' LabelSmoother: with p = softmax(logits), C classes and a share ε, loss =
// -(1-ε)·log p[label] - ε/C·Σ log p, and its gradient p - (1-ε)·[class = label] - ε/C. In float64, as on the CPU.

#include "reduction.cuh"

// As `NO_CLASS` of batch.rs.
static const unsigned NO_CLASS = 0xffff;

// The loss of a row whose classes have weights w, and its gradient: torch's CrossEntropyLoss(weight=w,
// label_smoothing=ε) before its division by Σ w[label], as in cpu/weighted.rs.
__device__ __forceinline__ double weighted_loss(const CrossEntropy &a, unsigned row, unsigned label, float largest,
                                                double total, double logarithm) {
    float *logits = a.logits + (size_t)row * a.classes;
    const double own = (1.0 - a.smoothing) * a.weights[label], shared = a.smoothing / (double)a.classes;
    double all = 0.0, each = 0.0;
    for (unsigned class_ = 0; class_ < a.classes; class_++) {
        all += a.weights[class_];
        each += a.weights[class_] * (logarithm - ((double)logits[class_] - (double)largest));
    }
    double loss = own * (logarithm - ((double)logits[label] - (double)largest));
    if (a.smoothing > 0.0) {
        loss += shared * each;
    }
    for (unsigned class_ = 0; class_ < a.classes; class_++) {
        double share = exp((double)logits[class_] - (double)largest) / total * (own + shared * all);
        double one = class_ == label ? own : 0.0;
        float gradient = (float)((share - (one + shared * a.weights[class_])) * a.scale);
        write(logits, a.bf16 ? a.bf16 + (size_t)row * a.classes : nullptr, class_, gradient);
    }
    return loss;
}

// The loss of a row; if asked, its logits become their gradient times the scale.
__device__ __forceinline__ double row_loss(const CrossEntropy &a, unsigned row, unsigned label) {
    float *logits = a.logits + (size_t)row * a.classes;
    float largest = logits[0];
    for (unsigned class_ = 1; class_ < a.classes; class_++) {
        largest = fmaxf(largest, logits[class_]);
    }
    double total = 0.0, shift = 0.0;
    for (unsigned class_ = 0; class_ < a.classes; class_++) {
        double shifted = (double)logits[class_] - (double)largest;
        total += exp(shifted);
        shift += shifted;
    }
    const double logarithm = log(total);
    if (a.weights) {
        return weighted_loss(a, row, label, largest, total, logarithm);
    }
    double loss = logarithm - ((double)logits[label] - (double)largest);
    if (a.smoothing > 0.0) {
        double mean = logarithm - shift / (double)a.classes;
        loss = (1.0 - a.smoothing) * loss + a.smoothing * mean;
    }
    if (a.differentiate) {
        const double shared = a.smoothing / (double)a.classes;
        for (unsigned class_ = 0; class_ < a.classes; class_++) {
            double share = exp((double)logits[class_] - (double)largest) / total;
            double one = class_ == label ? 1.0 - a.smoothing : 0.0;
            float gradient = (float)((share - (one + shared)) * a.scale);
            write(logits, a.bf16 ? a.bf16 + (size_t)row * a.classes : nullptr, class_, gradient);
        }
    }
    return loss;
}

// The one block's threads take rows in turn; a row without a label has neither loss nor gradient.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) cross_entropy(const CrossEntropy a) {
    __shared__ double sums[ELEMENT_THREADS / 32];
    double sum = 0.0;
    for (unsigned row = threadIdx.x; row < a.rows; row += ELEMENT_THREADS) {
        const int label = a.labels[row];
        if (label >= 0) {
            sum += row_loss(a, row, (unsigned)label);
        } else if (a.differentiate) {
            for (unsigned class_ = 0; class_ < a.classes; class_++) {
                write(a.logits, a.bf16, (size_t)row * a.classes + class_, 0.0f);
            }
        }
    }
    sum = block_sum<ELEMENT_THREADS>(sum, sums) * a.scale;
    if (threadIdx.x == 0) {
        a.record->loss = a.add ? a.record->loss + sum : sum;
    }
}

// The first of the largest logits of each row, NO_CLASS where one is not finite; a thread a row.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) argmax(const Argmax a) {
    const unsigned row = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (row >= a.rows) {
        return;
    }
    const float *logits = a.logits + (size_t)row * a.width;
    unsigned best = 0;
    float largest = logits[0];
    bool finite = isfinite(largest);
    for (unsigned class_ = 1; class_ < a.width; class_++) {
        finite = finite && isfinite(logits[class_]);
        if (logits[class_] > largest) {
            best = class_;
            largest = logits[class_];
        }
    }
    a.classes[row] = finite ? best : NO_CLASS;
}
