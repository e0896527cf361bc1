// What a block of attention works on: one head of one sentence.
#pragma once

#include "mask.cuh"
#include "products.cuh"

// Addresses of the block's sentence and head. All rows are those of the sentence alone.
struct Place {
    Sentence sentence;
    unsigned head;
    // Features of a token.
    unsigned hidden;
    // Its queries, and the first of them among the batch's.
    unsigned queries;
    unsigned first;
    // Columns in which the weights of a query are stored, and where those of the sentence and head start.
    unsigned columns;
    size_t weights;
    // Where Q of its first token starts in qkv, and from there how far to the next token.
    size_t qkv;
    unsigned step;
    // Where its first query starts in the context.
    size_t context;
    // Of its queries in the sentence.
    const unsigned *positions;
};

// The place of a sentence and head, by the arguments of either direction.
template <typename Arguments>
__device__ __forceinline__ Place place_at(const Arguments &a, const Sentence &sentence, unsigned head) {
    Place at;
    at.sentence = sentence;
    at.head = head;
    at.hidden = a.heads * a.width;
    at.queries = a.selected ? at.sentence.selected : at.sentence.len;
    at.first = a.selected ? at.sentence.first_selected : at.sentence.start;
    at.columns = (at.sentence.len + 15) / 16 * 16;
    at.weights = at.sentence.weights + (size_t)at.head * at.queries * at.columns;
    at.step = 3 * at.hidden;
    at.qkv = (size_t)at.sentence.start * at.step + at.head * a.width;
    at.context = (size_t)at.first * at.hidden + at.head * a.width;
    at.positions = a.positions + at.first;
    return at;
}

// The place of a block.
template <typename Arguments>
__device__ __forceinline__ Place place_of(const Arguments &a) {
    return place_at(a, a.sentences[blockIdx.x], blockIdx.y);
}

// Divides the block's shared memory.
__device__ __forceinline__ Room room_of(float *shared, unsigned width) {
    float *staged = shared + STAGED_FLOATS * (threadIdx.x / 32);
    return Room{shared + STAGED_FLOATS * ATTENTION_WARPS, width | 1, staged, width};
}

// Runs `work(row, at)` on the features of this head of the sentence's tokens, `at` counted from the token's Q, K or V.
template <typename Work>
__device__ __forceinline__ void each_feature(const Place &at, unsigned width, Work work) {
    for (unsigned row = threadIdx.x / 32; row < at.sentence.len; row += ATTENTION_WARPS) {
        for (unsigned feature = threadIdx.x % 32; feature < width; feature += 32) {
            work(row, feature);
        }
    }
}
