// What each kernel is given: the structures of `arguments/`, field by field, with the addresses typed, and the sizes
// of blocks. The comments there hold here, too.
#pragma once

#include "bf16.cuh"

// Threads of a block that takes a row.
constexpr unsigned ROW_THREADS = 128;
// Threads of a block that takes columns: as many rows of threads as columns.
constexpr unsigned COLUMN_THREADS = 1024;
// Columns that such a block takes.
constexpr unsigned COLUMNS_A_BLOCK = 32;
// Threads of a block of which each takes an element, or a row of logits.
constexpr unsigned ELEMENT_THREADS = 256;
// Threads of a block that takes a chain of labels.
constexpr unsigned CHAIN_THREADS = 64;
// Elements that a thread of `narrow` takes.
constexpr unsigned NARROW_A_THREAD = 4;
// Threads of a block that takes a sentence and head.
constexpr unsigned ATTENTION_THREADS = 256;
// Most features of a head.
constexpr unsigned WIDEST_HEAD = 128;
// Threads of a block that takes a group of rows.
constexpr unsigned GROUP_THREADS = 256;
// Threads of a block that takes a stretch of the flat buffers, and of those that are alone.
constexpr unsigned CHUNK_THREADS = 256;
// Floats that a block of `squares` takes; the most of a `Chunk`.
constexpr unsigned CHUNK = 8192;

struct Mask {
    unsigned key[2];
    unsigned site;
    unsigned threshold;
    float scale;
};

struct Sentence {
    unsigned start;
    unsigned len;
    unsigned example;
    unsigned weights;
    unsigned first_selected;
    unsigned selected;
};

struct Record {
    double loss;
    double norm;
};

struct Chunk {
    unsigned start;
    unsigned len;
    unsigned group;
};

struct Constants {
    float keep;
    float step;
    float correction;
    float betas[2];
    float complements[2];
    float epsilon;
};

struct EmbedNorm {
    float *out;
    Bf16 *bf16;
    float *sum;
    float *statistics;
    const float *word_table;
    const float *position_table;
    const float *segment_table;
    const float *weight;
    const float *bias;
    const unsigned *ids;
    const unsigned *positions;
    const unsigned *position_ids;
    const unsigned *examples;
    unsigned width;
    unsigned first_position;
    float epsilon;
    unsigned centered;
    Mask mask;
    unsigned drops_first;
};

struct AddNorm {
    float *out;
    Bf16 *bf16;
    float *sum;
    float *statistics;
    const float *residual;
    const float *branch_bias;
    const float *weight;
    const float *bias;
    const unsigned *positions;
    const unsigned *examples;
    unsigned width;
    float epsilon;
    unsigned centered;
    Mask mask;
};

struct NormRows {
    float *out;
    Bf16 *bf16;
    const float *sum;
    float *statistics;
    const float *weight;
    const float *bias;
    unsigned width;
    float epsilon;
    unsigned centered;
};

struct NormBackward {
    float *gradient;
    const float *residual;
    float *branch;
    Bf16 *bf16;
    const float *sum;
    const float *statistics;
    const float *weight;
    const unsigned *positions;
    const unsigned *examples;
    unsigned width;
    unsigned centered;
    Mask mask;
};

struct NormParametersBackward {
    float *weight;
    float *bias;
    const float *gradient;
    const float *sum;
    const float *statistics;
    unsigned rows;
    unsigned width;
    unsigned add;
};

struct ColumnSums {
    float *sums;
    const float *values;
    unsigned rows;
    unsigned width;
    unsigned add;
};

struct Activate {
    float *out;
    Bf16 *bf16;
    float *x;
    const float *bias;
    unsigned len;
    unsigned width;
    unsigned activation;
};

struct ActivateBackward {
    float *gradient;
    Bf16 *bf16;
    const float *x;
    unsigned len;
    unsigned activation;
};

struct Gate {
    float *out;
    Bf16 *bf16;
    float *x;
    const float *bias;
    unsigned len;
    unsigned width;
    unsigned activation;
};

struct GateBackward {
    float *gradient;
    Bf16 *bf16;
    const float *outer;
    const float *x;
    unsigned len;
    unsigned width;
    unsigned activation;
};

struct Add {
    float *to;
    const float *from;
    unsigned len;
};

struct AddColumns {
    float *to;
    const float *from;
    unsigned len;
    unsigned width;
    unsigned of;
    unsigned first;
    float scale;
};

struct TakeColumns {
    float *to;
    Bf16 *bf16;
    const float *from;
    unsigned len;
    unsigned width;
    unsigned of;
    unsigned first;
    float scale;
};

struct Unfold {
    float *unfolded;
    Bf16 *bf16;
    const float *values;
    const unsigned *positions;
    unsigned tokens;
    unsigned width;
    unsigned kernel;
};

struct UnfoldBackward {
    float *values;
    const float *unfolded;
    const unsigned *positions;
    unsigned tokens;
    unsigned width;
    unsigned kernel;
};

struct AddBias {
    float *y;
    Bf16 *bf16;
    const float *bias;
    unsigned len;
    unsigned width;
};

struct DropoutRows {
    float *out;
    Bf16 *bf16;
    const float *x;
    const unsigned *positions;
    const unsigned *examples;
    unsigned len;
    unsigned width;
    Mask mask;
};

struct GatherRows {
    float *to;
    const float *from;
    const unsigned *rows;
    unsigned len;
    unsigned width;
};

struct ScatterRows {
    float *to;
    const float *from;
    const unsigned *rows;
    unsigned len;
    unsigned width;
};

struct Relative {
    const float *products;
    const unsigned *rows;
    const unsigned *starts;
    unsigned longest;
    unsigned distances;
};

struct Attention {
    float *context;
    Bf16 *bf16;
    float *weights;
    float *qkv;
    const float *bias;
    const Sentence *sentences;
    const unsigned *positions;
    unsigned heads;
    unsigned width;
    unsigned selected;
    unsigned reach;
    Mask mask;
};

struct RelativeAttention {
    Attention attention;
    Relative relative;
};

struct BiasedAttention {
    Attention attention;
    Relative bias;
    const unsigned *stored;
};

struct BiasBackward {
    float *gradient;
    const float *score_gradients;
    Relative bias;
    const unsigned *stored;
    const Sentence *sentences;
    const unsigned *positions;
    unsigned count;
    unsigned heads;
    unsigned width;
    unsigned selected;
};

struct AttentionBackward {
    float *gradient;
    Bf16 *bf16;
    const float *context_gradient;
    float *weights;
    float *score_gradients;
    const float *qkv;
    const Sentence *sentences;
    const unsigned *positions;
    unsigned heads;
    unsigned width;
    unsigned selected;
    unsigned terms;
    Mask mask;
};

struct Rotate {
    float *qkv;
    Bf16 *bf16;
    const float *bias;
    const float *table;
    const unsigned *positions;
    unsigned len;
    unsigned heads;
    unsigned width;
    unsigned back;
};

struct RepeatHeads {
    float *repeated;
    const float *packed;
    unsigned len;
    unsigned heads;
    unsigned shared;
    unsigned width;
};

struct RepeatHeadsBackward {
    float *packed;
    Bf16 *bf16;
    const float *repeated;
    unsigned len;
    unsigned heads;
    unsigned shared;
    unsigned width;
};

struct RelativeContentBackward {
    float *gradient;
    Bf16 *bf16;
    const float *score_gradients;
    Relative relative;
    const Sentence *sentences;
    const unsigned *positions;
    unsigned heads;
    unsigned width;
    unsigned selected;
};

struct RelativeTableBackward {
    float *gradient;
    Bf16 *bf16;
    const float *score_gradients;
    const float *qkv;
    Relative relative;
    const Sentence *sentences;
    const unsigned *positions;
    unsigned count;
    unsigned heads;
    unsigned width;
    unsigned selected;
};

struct CrossEntropy {
    float *logits;
    Bf16 *bf16;
    const int *labels;
    const double *weights;
    Record *record;
    double scale;
    double smoothing;
    unsigned rows;
    unsigned classes;
    unsigned differentiate;
    unsigned add;
};

struct GoldLoss {
    float *logits;
    Bf16 *bf16;
    const int *labels;
    const double *weights;
    Record *record;
    double scale;
    double alpha;
    double gamma;
    unsigned rows;
    unsigned classes;
    unsigned dice;
    unsigned add;
};

struct ChainPasses {
    double *alphas;
    double *betas;
    double *totals;
    const float *logits;
    const int *labels;
    const float *start;
    const float *end;
    const float *transitions;
    const unsigned *rows;
    const unsigned *starts;
    unsigned classes;
};

struct ChainParameters {
    float *start_gradient;
    float *end_gradient;
    float *transitions_gradient;
    const double *alphas;
    const double *betas;
    const double *totals;
    const float *logits;
    const int *labels;
    const float *transitions;
    const unsigned *rows;
    const unsigned *starts;
    double scale;
    unsigned chains;
    unsigned classes;
    unsigned add;
};

struct ChainLogits {
    float *logits;
    Bf16 *bf16;
    const int *labels;
    const double *alphas;
    const double *betas;
    const double *totals;
    Record *record;
    const unsigned *rows;
    const unsigned *starts;
    double scale;
    unsigned chains;
    unsigned all_rows;
    unsigned classes;
    unsigned add;
};

struct Argmax {
    unsigned *classes;
    const float *logits;
    unsigned rows;
    unsigned width;
};

struct SumGroups {
    float *table;
    const float *gradient;
    const unsigned *rows;
    const unsigned *starts;
    const unsigned *members;
    unsigned width;
};

struct Squares {
    double *sums;
    const float *x;
    unsigned len;
};

struct Norm {
    Record *record;
    const double *sums;
    unsigned chunks;
};

struct Adamw {
    float *parameters;
    Bf16 *bf16;
    float *first;
    float *second;
    const float *gradient;
    const Chunk *chunks;
    const Constants *constants;
    const Record *record;
    double max_norm;
};

struct Average {
    float *average;
    const float *parameters;
    unsigned len;
    float weight;
    float count;
};

struct Narrow {
    Bf16 *bf16;
    const float *x;
    unsigned len;
};
