// The sum of word, segment and position embedding, normalized: sum = (word + segment) + position, in the order of
// transformers; out = dropout(norm(sum)), or the sum is dropped from. sum, out: [tokens, width]; tables: [rows, width]. A block takes a token.
//
// The gradients of the tables are those of `sum_groups` and `column_sums`.

#include "norm.cuh"

extern "C" __global__ void __launch_bounds__(ROW_THREADS) embed_norm(const EmbedNorm a) {
    const unsigned width = a.width, token = blockIdx.x;
    const size_t first = (size_t)token * width;
    const unsigned position = a.positions[token], example = a.examples[token];
    const float *word_row = a.word_table + (size_t)a.ids[token] * width;
    // unsigned: padding has the row before the first
    const unsigned row = a.position_ids[token] + a.first_position;
    const float *position_row = a.position_table ? a.position_table + (size_t)row * width : nullptr;
    const Mask first_mask = a.drops_first ? a.mask : Mask{}, last_mask = a.drops_first ? Mask{} : a.mask;
    auto load = [&](unsigned start) {
        const Words words = draw_quad(first_mask, start, position, example);
        Values values;
        each_column(start, width, [&](unsigned k, unsigned column) {
            float value = word_row[column];
            if (a.segment_table) {
                value += a.segment_table[column];
            }
            value = position_row ? value + position_row[column] : value;
            values.at[k] = dropped(first_mask, words.at[k], value);
        });
        return values;
    };
    float *sum = a.sum + first;
    Values held[HELD];
    hold(held, width, load);
    each_quad(held, width, load, [&](unsigned start, const Values &values) {
        each_column(start, width, [&](unsigned k, unsigned column) { sum[column] = values.at[k]; });
    });
    const Normalization to = {a.out + first, bf16_row(a.bf16, first), sum,     a.statistics + 2 * (size_t)token,
                              a.weight,      a.bias,                  a.width, a.epsilon,
                              a.centered};
    normalize(to, held, last_mask, position, example);
}
