// The small products of attention, by a block whose warps take a few rows of the output each. What all warps read, one
// matrix of a sentence and head, passes through shared memory in tiles; what only a warp reads is staged beside it, the
// same element of its rows side by side, so that one wide load serves as many multiply-adds for each value of the tile.
// Every element is one chain of fused multiply-adds in the order of the reduction, as on the CPU.
//
// ROWS: rows of the output that a warp takes. PARTS: features of a lane, 32 apart, so that heads have up to 32·PARTS.
// Whichever the width, 8 sums of a lane and 24 KiB of shared memory.
#pragma once

#include "reduction.cuh"

constexpr unsigned ATTENTION_WARPS = ATTENTION_THREADS / 32;
// Floats of a tile for the two shapes: 64 rows of up to 64 features, 32 rows of up to 128, each row one float longer.
constexpr unsigned TILE_FLOATS = 64 * 65;
// Floats that are staged for each warp: ROWS of as many features, or of the rows of a tile.
constexpr unsigned STAGED_FLOATS = 256;

// Rows of a tile.
template <unsigned ROWS>
constexpr unsigned TILE = 16 * ROWS;

// The same element of each of a warp's rows.
template <unsigned ROWS>
struct alignas(4 * ROWS) PerRow {
    float at[ROWS];
};

// Shared memory of a block.
struct Room {
    float *tile;
    // Floats from one row of the tile to the next: odd, so that rows begin in different banks.
    unsigned pitch;
    // This warp's.
    float *staged;
    // Features.
    unsigned width;
};

// The rows from `first` on of the matrix that `row` gives, into the tile, and what `stage` puts beside it. Begins and
// ends with a barrier: what any thread of the block wrote before is there for `row` and `stage`.
template <unsigned PARTS, typename Row, typename Stage>
__device__ __forceinline__ void fill(const Room &room, unsigned first, unsigned size, Row row, Stage stage) {
    constexpr unsigned BATCH = 8 / PARTS;
    const unsigned lane = threadIdx.x % 32;
    __syncthreads();
    for (unsigned next = threadIdx.x / 32; next < size; next += BATCH * ATTENTION_WARPS) {
        float values[BATCH][PARTS];
        each_of_batch<BATCH>(next, ATTENTION_WARPS, size, [&](unsigned i, unsigned at) {
            const float *from = row(first + at);
            each_of_batch<PARTS>(lane, 32, room.width, [&](unsigned part, unsigned feature) {
                values[i][part] = from[feature];
            });
        });
        each_of_batch<BATCH>(next, ATTENTION_WARPS, size, [&](unsigned i, unsigned at) {
            each_of_batch<PARTS>(lane, 32, room.width, [&](unsigned part, unsigned feature) {
                room.tile[at * room.pitch + feature] = values[i][part];
            });
        });
    }
    stage();
    __syncthreads();
}

// Stages the warp's `mine` rows that `row` gives, feature by feature.
template <unsigned ROWS, unsigned PARTS, typename Row>
__device__ __forceinline__ void stage_rows(const Room &room, unsigned mine, Row row) {
    each_of_batch<ROWS>(0, 1, mine, [&](unsigned j, unsigned) {
        const float *from = row(j);
        each_of_batch<PARTS>(threadIdx.x % 32, 32, room.width, [&](unsigned, unsigned feature) {
            room.staged[feature * ROWS + j] = from[feature];
        });
    });
}

// a·bᵗ: runs `write(j, k, sum)` for each of the warp's `mine` rows, which `asking` gives, and each of the `count` rows
// that `row` gives; by lane k mod 32.
template <unsigned ROWS, unsigned PARTS, typename Asking, typename Row, typename Write>
__device__ __forceinline__ void dots(const Room &room, unsigned mine, Asking asking, unsigned count, Row row,
                                     Write write) {
    constexpr unsigned KEYS = TILE<ROWS> / 32;
    const unsigned lane = threadIdx.x % 32;
    for (unsigned first = 0; first < count; first += TILE<ROWS>) {
        const unsigned size = min(TILE<ROWS>, count - first);
        fill<PARTS>(room, first, size, row, [&] {
            if (first == 0) {
                stage_rows<ROWS, PARTS>(room, mine, asking);
            }
        });
        if (mine == 0) {
            continue;
        }
        float sums[ROWS][KEYS] = {};
#pragma unroll 2
        for (unsigned feature = 0; feature < room.width; feature++) {
            const PerRow<ROWS> a = *reinterpret_cast<const PerRow<ROWS> *>(room.staged + feature * ROWS);
#pragma unroll
            for (unsigned i = 0; i < KEYS; i++) {
                const float b = room.tile[(lane + 32 * i) * room.pitch + feature];
#pragma unroll
                for (unsigned j = 0; j < ROWS; j++) {
                    sums[j][i] = fmaf(a.at[j], b, sums[j][i]);
                }
            }
        }
#pragma unroll
        for (unsigned i = 0; i < KEYS; i++) {
#pragma unroll
            for (unsigned j = 0; j < ROWS; j++) {
                if (j < mine && lane + 32 * i < size) {
                    write(j, first + lane + 32 * i, sums[j][i]);
                }
            }
        }
    }
}

// a·b: runs `write(j, feature, sum)` for each of the warp's `mine` rows and each feature. b: the `count` rows that
// `row` gives; `stage(first, size)` stages the columns of a that belong to a tile.
template <unsigned ROWS, unsigned PARTS, typename Stage, typename Row, typename Write>
__device__ __forceinline__ void blend(const Room &room, unsigned mine, Stage stage, unsigned count, Row row,
                                      Write write) {
    const unsigned lane = threadIdx.x % 32;
    float sums[ROWS][PARTS] = {};
    for (unsigned first = 0; first < count; first += TILE<ROWS>) {
        const unsigned size = min(TILE<ROWS>, count - first);
        fill<PARTS>(room, first, size, row, [&] { stage(first, size); });
        if (mine == 0) {
            continue;
        }
#pragma unroll 2
        for (unsigned k = 0; k < size; k++) {
            const PerRow<ROWS> a = *reinterpret_cast<const PerRow<ROWS> *>(room.staged + k * ROWS);
#pragma unroll
            for (unsigned part = 0; part < PARTS; part++) {
                // beyond the width it is another row's or nobody's, and never written
                const float b = room.tile[k * room.pitch + lane + 32 * part];
#pragma unroll
                for (unsigned j = 0; j < ROWS; j++) {
                    sums[j][part] = fmaf(a.at[j], b, sums[j][part]);
                }
            }
        }
    }
#pragma unroll
    for (unsigned part = 0; part < PARTS; part++) {
#pragma unroll
        for (unsigned j = 0; j < ROWS; j++) {
            if (j < mine && lane + 32 * part < room.width) {
                write(j, lane + 32 * part, sums[j][part]);
            }
        }
    }
}
