// Losses of the label's probability alone: focal and self-adjusting Dice. The formulas and their derivation are in
// cpu/focal.rs. In float64, as on the CPU.

#include "reduction.cuh"

// The loss of a labeled row, whose logits become their gradient times the scale.
__device__ __forceinline__ double gold_row(const GoldLoss &a, unsigned row, unsigned label) {
    float *logits = a.logits + (size_t)row * a.classes;
    Bf16 *bf16 = a.bf16 ? a.bf16 + (size_t)row * a.classes : nullptr;
    float largest = logits[0];
    for (unsigned class_ = 1; class_ < a.classes; class_++) {
        largest = fmaxf(largest, logits[class_]);
    }
    const double gold = (double)logits[label] - (double)largest;
    double total = 0.0, others = 0.0;
    for (unsigned class_ = 0; class_ < a.classes; class_++) {
        double power = exp((double)logits[class_] - (double)largest);
        total += power;
        others += class_ == label ? 0.0 : power;
    }
    const double p = exp(gold) / total, q = others / total;
    // where p is near 1, log p by q keeps its digits
    const double logarithm = q < 0.5 ? log1p(-q) : gold - log(total);
    double loss, pull;
    if (a.dice) {
        const double focus = pow(q, a.alpha), x = focus * p, below = x + 1.0 + a.gamma;
        const double change = p * focus * q - a.alpha * p * p * focus;
        loss = 1.0 - (2.0 * x + a.gamma) / below;
        pull = -(2.0 + a.gamma) / (below * below) * change;
    } else {
        const double focus = pow(q, a.gamma);
        loss = -focus * logarithm;
        pull = a.gamma * p * focus * logarithm - focus * q;
    }
    const double weight = a.weights ? a.weights[label] : 1.0;
    pull *= weight * a.scale;
    for (unsigned class_ = 0; class_ < a.classes; class_++) {
        double gradient = pull;
        if (class_ != label) {
            double power = exp((double)logits[class_] - (double)largest);
            gradient = others > 0.0 ? -pull * (power / others) : 0.0;
        }
        write(logits, bf16, class_, (float)gradient);
    }
    return weight * loss;
}

// The one block's threads take rows in turn; a row without a label has neither loss nor gradient.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) gold_loss(const GoldLoss a) {
    __shared__ double sums[ELEMENT_THREADS / 32];
    double sum = 0.0;
    for (unsigned row = threadIdx.x; row < a.rows; row += ELEMENT_THREADS) {
        const int label = a.labels[row];
        if (label >= 0) {
            sum += gold_row(a, row, (unsigned)label);
        } else {
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
