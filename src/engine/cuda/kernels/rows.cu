// Rows of a table or of a batch: dropped from, gathered, scattered, summed. All are [rows, width].

#include "mask.cuh"
#include "reduction.cuh"

// out = dropout(x), a thread an element. out may be x.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) dropout_rows(const DropoutRows a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at >= a.len) {
        return;
    }
    const unsigned row = at / a.width, column = at % a.width;
    const unsigned block = column / QUAD_GROUP * QUAD_STEP + column % QUAD_STEP;
    const Words words = draw(a.mask, block, a.positions[row], a.examples[row]);
    const unsigned k = column / QUAD_STEP % QUAD;
    // chosen and not indexed, which would put the words into memory
    const unsigned word = k < 2 ? (k == 0 ? words.at[0] : words.at[1]) : (k == 2 ? words.at[2] : words.at[3]);
    write(a.out, a.bf16, at, dropped(a.mask, word, a.x[at]));
}

// to += from.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) add(const Add a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at < a.len) {
        a.to[at] += a.from[at];
    }
}

// to += scale·from in some columns of `to`.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) add_columns(const AddColumns a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at < a.len) {
        a.to[(size_t)(at / a.width) * a.of + a.first + at % a.width] += a.scale * a.from[at];
    }
}

// to = scale·from of some columns of `from`.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) take_columns(const TakeColumns a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at < a.len) {
        const float value = a.from[(size_t)(at / a.width) * a.of + a.first + at % a.width];
        write(a.to, a.bf16, at, a.scale * value);
    }
}

// Row i of `to` = row rows[i] of `from`.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) gather_rows(const GatherRows a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at < a.len) {
        a.to[at] = a.from[(size_t)a.rows[at / a.width] * a.width + at % a.width];
    }
}

// Row rows[i] of `to` = row i of `from`; other rows of `to` stay.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) scatter_rows(const ScatterRows a) {
    const unsigned at = blockIdx.x * ELEMENT_THREADS + threadIdx.x;
    if (at < a.len) {
        a.to[(size_t)a.rows[at / a.width] * a.width + at % a.width] = a.from[at];
    }
}

// table[row] += Σ of the group's rows of the gradient, one running sum an element, in the order of the members. A block
// takes a group, whose row is no other's; a thread takes some columns at a time.
extern "C" __global__ void __launch_bounds__(GROUP_THREADS) sum_groups(const SumGroups a) {
    constexpr unsigned COLUMNS = 4, MEMBERS = 4;
    const unsigned start = a.starts[blockIdx.x], end = a.starts[blockIdx.x + 1];
    float *table = a.table + (size_t)a.rows[blockIdx.x] * a.width;
    for (unsigned first = threadIdx.x; first < a.width; first += COLUMNS * GROUP_THREADS) {
        float sums[COLUMNS];
        each_of_batch<COLUMNS>(first, GROUP_THREADS, a.width, [&](unsigned i, unsigned at) { sums[i] = table[at]; });
        for (unsigned member = start; member < end; member += MEMBERS) {
            float values[MEMBERS][COLUMNS];
            each_of_batch<MEMBERS>(member, 1, end, [&](unsigned m, unsigned of) {
                const float *row = a.gradient + (size_t)a.members[of] * a.width;
                each_of_batch<COLUMNS>(first, GROUP_THREADS, a.width, [&](unsigned i, unsigned at) {
                    values[m][i] = row[at];
                });
            });
            each_of_batch<MEMBERS>(member, 1, end, [&](unsigned m, unsigned) {
                each_of_batch<COLUMNS>(first, GROUP_THREADS, a.width, [&](unsigned i, unsigned) {
                    sums[i] += values[m][i];
                });
            });
        }
        each_of_batch<COLUMNS>(first, GROUP_THREADS, a.width, [&](unsigned i, unsigned at) { table[at] = sums[i]; });
    }
}
