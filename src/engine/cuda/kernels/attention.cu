// Self-attention of packed sentences of any lengths, each with itself.
//
// Vaswani et al. 2017. Per sentence and head, with queries Q, keys K, values V [len, width]: P = softmax(Q·Kᵗ/√width),
// C = dropout(P)·V. Backward from ∂C: ∂V = dropout(P)ᵗ·∂C, ∂P = dropout(∂C·Vᵗ), ∂S = P∘(∂P - rowsum(P∘∂P))/√width,
// ∂Q = ∂S·K, ∂K = ∂Sᵗ·Q. P is kept from the forward pass; the dropout mask is drawn again. Weights of keys out of reach
// are 0; scores of a model with relative positions have two terms more, and are divided by √(3·width).
//
// A block takes a sentence and head, its warps a few queries each at a time; whole rows of weights lie in global
// memory, so that sentences are as long as they like; offsets within one fit into 32 bits. A row of weights is a
// warp's alone until the block meets at a barrier; each product begins with one.

#include "math.cuh"
#include "reduction.cuh"
#include "relative.cuh"
#include "sentence.cuh"

// The first `len` of each of the warp's `mine` rows, which lie `columns` apart, become softmax(scale·row) over the keys that
// `sees(row, key)` allows, the rest 0. The rows go side by side, as each would wait for memory by itself; element k is lane
// k mod 32's throughout.
template <unsigned ROWS, typename Sees>
__device__ __forceinline__ void softmax(float *rows, unsigned mine, unsigned len, unsigned columns, float scale,
                                        Sees sees) {
    const unsigned lane = threadIdx.x % 32;
    float largest[ROWS], total[ROWS], values[ROWS];
    auto each_row = [&](auto work) {
        each_of_batch<ROWS>(0, columns, mine * columns, [&](unsigned j, unsigned start) { work(j, rows + start); });
    };
    each_row([&](unsigned j, const float *) {
        largest[j] = -INFINITY;
        total[j] = 0.0f;
    });
    for (unsigned key = lane; key < len; key += 32) {
        each_row([&](unsigned j, const float *row) { values[j] = row[key]; });
        each_row([&](unsigned j, const float *) {
            largest[j] = sees(j, key) ? fmaxf(largest[j], values[j]) : largest[j];
        });
    }
    each_row([&](unsigned j, const float *) { largest[j] = warp_max(largest[j]); });
    for (unsigned key = lane; key < len; key += 32) {
        each_row([&](unsigned j, const float *row) { values[j] = row[key]; });
        each_row([&](unsigned j, float *row) {
            values[j] = sees(j, key) ? exponential((values[j] - largest[j]) * scale) : 0.0f;
            row[key] = values[j];
            total[j] += values[j];
        });
    }
    each_row([&](unsigned j, const float *) { total[j] = 1.0f / warp_sum(total[j]); });
    for (unsigned key = lane; key < columns; key += 32) {
        each_row([&](unsigned j, const float *row) { values[j] = key < len ? row[key] * total[j] : 0.0f; });
        each_row([&](unsigned j, float *row) { row[key] = values[j]; });
    }
}

// The warp's share of a round: its first row, and how many it has of `count`.
template <unsigned ROWS>
__device__ __forceinline__ unsigned share_of(unsigned first, unsigned count) {
    return first < count ? min(ROWS, count - first) : 0;
}

// `score(position, key, sum)`: the score of a query at `position` and a key, from the dot product of the two, before it is
// divided by the root of `terms` times the width.
template <unsigned ROWS, unsigned PARTS, typename Score>
__device__ __forceinline__ void attend(const Attention &a, const Place &at, const Room &room, unsigned terms,
                                       Score score) {
    const unsigned len = at.sentence.len;
    const float scale = 1.0f / sqrtf((float)(terms * a.width));
    const float *qkv = a.qkv + at.qkv;
    for (unsigned round = 0; round < at.queries; round += ROWS * ATTENTION_WARPS) {
        const unsigned query = round + threadIdx.x / 32 * ROWS;
        const unsigned mine = share_of<ROWS>(query, at.queries);
        float *weights = a.weights + at.weights + query * at.columns;
        dots<ROWS, PARTS>(
            room, mine, [&](unsigned j) { return qkv + at.positions[query + j] * at.step; }, len,
            [&](unsigned key) { return qkv + key * at.step + at.hidden; },
            [&](unsigned j, unsigned key, float sum) {
                weights[j * at.columns + key] = score(at.positions[query + j], key, sum);
            });
        softmax<ROWS>(weights, mine, len, at.columns, scale, [&](unsigned j, unsigned key) {
            const unsigned position = at.positions[query + j];
            return (position > key ? position - key : key - position) <= a.reach;
        });
        blend<ROWS, PARTS>(
            room, mine,
            [&](unsigned first, unsigned size) {
                // as in `softmax_backward`
#pragma unroll 1
                for (unsigned j = 0; j < mine; j++) {
                    const float *row = weights + j * at.columns + first;
                    each_drawn<float>(
                        a.mask, at.head, at.sentence.example, at.positions[query + j] * at.columns + first, size,
                        [&](unsigned key) { return row[key]; },
                        [&](unsigned key, unsigned word, float weight) {
                            room.staged[key * ROWS + j] = dropped(a.mask, word, weight);
                        });
                }
            },
            len, [&](unsigned key) { return qkv + key * at.step + 2 * at.hidden; },
            [&](unsigned j, unsigned feature, float sum) {
                write(a.context, a.bf16, at.context + (query + j) * at.hidden + feature, sum);
            });
    }
}

// qkv += bias, of every token of the sentence.
__device__ __forceinline__ void add_biases(float *qkv, const float *bias, const Place &at, unsigned width) {
    constexpr unsigned BATCH = 4;
    const unsigned len = at.sentence.len;
    for (unsigned feature = threadIdx.x % 32; feature < width; feature += 32) {
        float biases[3], values[BATCH][3];
#pragma unroll
        for (unsigned part = 0; part < 3; part++) {
            biases[part] = bias[part * at.hidden + feature];
        }
        for (unsigned row = threadIdx.x / 32; row < len; row += BATCH * ATTENTION_WARPS) {
            each_of_batch<BATCH>(row, ATTENTION_WARPS, len, [&](unsigned i, unsigned token) {
#pragma unroll
                for (unsigned part = 0; part < 3; part++) {
                    values[i][part] = qkv[token * at.step + part * at.hidden + feature];
                }
            });
            each_of_batch<BATCH>(row, ATTENTION_WARPS, len, [&](unsigned i, unsigned token) {
#pragma unroll
                for (unsigned part = 0; part < 3; part++) {
                    qkv[token * at.step + part * at.hidden + feature] = values[i][part] + biases[part];
                }
            });
        }
    }
}

// qkv += bias, of every token; context of the queries, [queries, heads·width]; the softmax stays in `weights`. Three
// blocks at a time fit into the registers of a multiprocessor if the compiler knows that they are to.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 3) attention(const Attention a) {
    __shared__ __align__(16) float shared[STAGED_FLOATS * ATTENTION_WARPS + TILE_FLOATS];
    const Place at = place_of(a);
    const Room room = room_of(shared, a.width);
    if (a.bias) {
        add_biases(a.qkv + at.qkv, a.bias + at.head * a.width, at, a.width);
    }
    auto score = [](unsigned, unsigned, float sum) { return sum; };
    if (a.width <= 64) {
        attend<4, 2>(a, at, room, 1, score);
    } else {
        attend<2, 4>(a, at, room, 1, score);
    }
}

// The same with the scores of distances. A kernel of its own, since those take registers that `attention` needs.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) relative_attention(const RelativeAttention r) {
    __shared__ __align__(16) float shared[STAGED_FLOATS * ATTENTION_WARPS + TILE_FLOATS];
    const Attention &a = r.attention;
    const Place at = place_of(a);
    const Room room = room_of(shared, a.width);
    if (a.bias) {
        add_biases(a.qkv + at.qkv, a.bias + at.head * a.width, at, a.width);
    }
    __syncthreads(); // scores of distances read queries and keys past the tile
    const float *qkv = a.qkv + at.qkv;
    auto score = [&](unsigned position, unsigned key, float sum) {
        return sum + relative_score(r.relative, at, qkv, a.width, position, key);
    };
    if (a.width <= 64) {
        attend<4, 2>(a, at, room, 3, score);
    } else {
        attend<2, 4>(a, at, room, 3, score);
    }
}

// The same with biases of scores, which are not divided by the root.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) biased_attention(const BiasedAttention b) {
    __shared__ __align__(16) float shared[STAGED_FLOATS * ATTENTION_WARPS + TILE_FLOATS];
    const Attention &a = b.attention;
    const Place at = place_of(a);
    const Room room = room_of(shared, a.width);
    if (a.bias) {
        add_biases(a.qkv + at.qkv, a.bias + at.head * a.width, at, a.width);
    }
    const float root = sqrtf((float)a.width);
    auto score = [&](unsigned position, unsigned key, float sum) {
        const unsigned row = b.stored[distance_row(b.bias, position, key)];
        return fmaf(b.bias.products[row * a.heads + at.head], root, sum);
    };
    if (a.width <= 64) {
        attend<4, 2>(a, at, room, 1, score);
    } else {
        attend<2, 4>(a, at, room, 1, score);
    }
}

// Turns the warp's `mine` queries' rows of `score_gradients` from ∂C·Vᵗ into ∂S, and their weights into those after dropout.
template <unsigned ROWS>
__device__ __forceinline__ void softmax_backward(const Mask &mask, const Place &at, unsigned query, unsigned mine,
                                                 float *score_gradients, float *weights, float scale) {
    const unsigned lane = threadIdx.x % 32, len = at.sentence.len;
    float along[ROWS] = {};
    // unrolled, the draws of all rows would want more registers than leave room for a second block
#pragma unroll 1
    for (unsigned j = 0; j < mine; j++) {
        const unsigned row = j * at.columns;
        float sum = 0.0f;
        each_drawn<Pair>(
            mask, at.head, at.sentence.example, at.positions[query + j] * at.columns, len,
            [&](unsigned key) { return Pair{score_gradients[row + key], weights[row + key]}; },
            [&](unsigned key, unsigned word, Pair pair) {
                const bool gone = drops(mask, word);
                const float score_gradient = gone ? 0.0f : kept(mask, pair.a), weight = pair.b;
                score_gradients[row + key] = score_gradient;
                sum += score_gradient * weight;
                // weights are never negative, so the sign tells the next loop which are dropped, without a second draw
                weights[row + key] = gone ? -weight : weight;
            });
        sum = warp_sum(sum);
        // an index that is known only now would put the sums into memory
#pragma unroll
        for (unsigned i = 0; i < ROWS; i++) {
            along[i] = i == j ? sum : along[i];
        }
    }
    __syncwarp(); // from here on element k is lane k mod 32's
    for (unsigned key = lane; key < len; key += 32) {
        Pair pairs[ROWS];
        each_of_batch<ROWS>(key, at.columns, mine * at.columns, [&](unsigned j, unsigned cell) {
            pairs[j] = Pair{score_gradients[cell], weights[cell]};
        });
        each_of_batch<ROWS>(key, at.columns, mine * at.columns, [&](unsigned j, unsigned cell) {
            const bool gone = __float_as_uint(pairs[j].b) >> 31;
            score_gradients[cell] = fabsf(pairs[j].b) * (pairs[j].a - along[j]) * scale;
            weights[cell] = gone ? 0.0f : kept(mask, pairs[j].b);
        });
    }
}

// ∂Q of the queries, from ∂S, which it leaves in `score_gradients`.
template <unsigned ROWS, unsigned PARTS>
__device__ __forceinline__ void queries_backward(const AttentionBackward &a, const Place &at, const Room &room) {
    const unsigned len = at.sentence.len, lane = threadIdx.x % 32;
    const float scale = 1.0f / sqrtf((float)(a.terms * a.width));
    const float *qkv = a.qkv + at.qkv;
    for (unsigned round = 0; round < at.queries; round += ROWS * ATTENTION_WARPS) {
        const unsigned query = round + threadIdx.x / 32 * ROWS;
        const unsigned mine = share_of<ROWS>(query, at.queries);
        const size_t row = at.weights + query * at.columns;
        float *weights = a.weights + row, *score_gradients = a.score_gradients + row;
        dots<ROWS, PARTS>(
            room, mine, [&](unsigned j) { return a.context_gradient + at.context + (query + j) * at.hidden; }, len,
            [&](unsigned key) { return qkv + key * at.step + 2 * at.hidden; },
            [&](unsigned j, unsigned key, float sum) { score_gradients[j * at.columns + key] = sum; });
        __syncwarp(); // dropout gives the elements to other lanes
        softmax_backward<ROWS>(a.mask, at, query, mine, score_gradients, weights, scale);
        blend<ROWS, PARTS>(
            room, mine,
            [&](unsigned first, unsigned size) {
                for (unsigned key = lane; key < size; key += 32) {
                    each_of_batch<ROWS>(0, at.columns, mine * at.columns, [&](unsigned j, unsigned row) {
                        room.staged[key * ROWS + j] = score_gradients[row + first + key];
                    });
                }
            },
            len, [&](unsigned key) { return qkv + key * at.step + at.hidden; },
            [&](unsigned j, unsigned feature, float sum) {
                write(a.gradient, a.bf16, at.qkv + at.positions[query + j] * at.step + feature, sum);
            });
    }
}

// `part` (1: ∂K, 2: ∂V) of every key: squareᵗ·b, where b are the queries' rows that `row` gives.
template <unsigned ROWS, unsigned PARTS, typename Row>
__device__ __forceinline__ void keys_backward(const AttentionBackward &a, const Place &at, const Room &room,
                                              unsigned part, const float *square, Row row) {
    const unsigned len = at.sentence.len, lane = threadIdx.x % 32;
    square += at.weights;
    for (unsigned round = 0; round < len; round += ROWS * ATTENTION_WARPS) {
        const unsigned key = round + threadIdx.x / 32 * ROWS;
        const unsigned mine = share_of<ROWS>(key, len);
        blend<ROWS, PARTS>(
            room, mine,
            [&](unsigned first, unsigned size) {
                for (unsigned query = lane; query < size; query += 32) {
                    const float *row = square + (first + query) * at.columns;
                    each_of_batch<ROWS>(key, 1, key + mine, [&](unsigned j, unsigned own) {
                        room.staged[query * ROWS + j] = row[own];
                    });
                }
            },
            at.queries, row,
            [&](unsigned j, unsigned feature, float sum) {
                write(a.gradient, a.bf16, at.qkv + (key + j) * at.step + part * at.hidden + feature, sum);
            });
    }
}

template <unsigned ROWS, unsigned PARTS>
__device__ __forceinline__ void attend_backward(const AttentionBackward &a, const Place &at, const Room &room) {
    queries_backward<ROWS, PARTS>(a, at, room);
    const float *asking = a.qkv + at.qkv, *outer = a.context_gradient + at.context;
    keys_backward<ROWS, PARTS>(a, at, room, 1, a.score_gradients,
                               [&](unsigned query) { return asking + at.positions[query] * at.step; });
    keys_backward<ROWS, PARTS>(a, at, room, 2, a.weights,
                               [&](unsigned query) { return outer + query * at.hidden; });
}

// ∂qkv, written, from ∂context; the weights become those after dropout. ∂Q is 0 where a token is no query.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attention_backward(const AttentionBackward a) {
    __shared__ __align__(16) float shared[STAGED_FLOATS * ATTENTION_WARPS + TILE_FLOATS];
    const Place at = place_of(a);
    const Room room = room_of(shared, a.width);
    if (at.queries < at.sentence.len) {
        const unsigned parts = at.queries == 0 ? 3 : 1;
        each_feature(at, a.width, [&](unsigned row, unsigned feature) {
            for (unsigned part = 0; part < parts; part++) {
                write(a.gradient, a.bf16, at.qkv + row * at.step + part * at.hidden + feature, 0.0f);
            }
        });
    }
    if (at.queries == 0) {
        return;
    }
    if (a.width <= 64) {
        attend_backward<4, 2>(a, at, room);
    } else {
        attend_backward<2, 4>(a, at, room);
    }
}
