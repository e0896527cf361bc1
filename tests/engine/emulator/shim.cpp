// Runs the kernels on the host, block by block and thread by thread, each thread as far as the next barrier. A barrier
// that is missing shows as a wrong result: the order of blocks and threads can be reversed, and shared memory holds no
// number before a block starts. A barrier that not all reach ends the program.

#include "shim.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <ucontext.h>
#include <vector>

#include "../../../src/engine/cuda/kernels/kernels.cu"

#define EXPORT extern "C" __attribute__((visibility("default")))

uint3 threadIdx, blockIdx;

// Of the emulator itself: each thread says what its neighbor said, with a barrier between or without.
struct Neighbor {
    unsigned *out;
    unsigned barrier;
};

static void neighbor(const Neighbor a) {
    __shared__ unsigned said[ELEMENT_THREADS];
    said[threadIdx.x] = threadIdx.x;
    if (a.barrier) {
        __syncthreads();
    }
    a.out[threadIdx.x] = said[(threadIdx.x + 1) % ELEMENT_THREADS];
}

extern "C" unsigned char __start_shared_memory[], __stop_shared_memory[];

namespace {

constexpr unsigned WARP = 32;
constexpr size_t STACK = 64 * 1024;

// What a thread waits for.
enum class Wait { Nothing, Warp, Block, Done };

// A stack that runs thread after thread until one of them waits; then it is that thread's until it is done.
struct Fiber {
    std::unique_ptr<char[]> stack{new char[STACK]};
    ucontext_t context;
    jmp_buf jump;
    bool started = false;
};

struct Thread {
    Fiber *fiber;
    Wait wait;
    // Exchanges so far; its parity says which of the warp's two rows of slots is in use.
    unsigned exchanges;
};

struct Kernel;

// The one block that runs.
struct Block {
    const Kernel *kernel;
    const void *arguments;
    bool reversed;
    unsigned size;
    // Threads that were begun, in order.
    unsigned begun;
    // The place in that order of the one at work.
    unsigned current;
    std::vector<Thread> threads;
    // Of each warp: how many of its threads wait at the warp's barrier.
    std::vector<unsigned> at_warp;
    unsigned at_block;
    unsigned done;
    std::vector<unsigned long long> slots;
    jmp_buf scheduler;
    std::vector<std::unique_ptr<Fiber>> fibers;
    std::vector<Fiber *> idle;
};

Block block;
std::mutex one_at_a_time;

struct Kernel {
    const char *name;
    size_t arguments;
    unsigned threads;
    void (*run)(const void *);
};

#define KERNEL(function, structure, threads)                                                                           \
    {#function, sizeof(structure), threads, [](const void *arguments) { function(*(const structure *)arguments); }}

const Kernel KERNELS[] = {
    KERNEL(embed_norm, EmbedNorm, ROW_THREADS),
    KERNEL(add_norm, AddNorm, ROW_THREADS),
    KERNEL(norm_rows, NormRows, ROW_THREADS),
    KERNEL(norm_backward, NormBackward, ROW_THREADS),
    KERNEL(norm_parameters_backward, NormParametersBackward, COLUMN_THREADS),
    KERNEL(column_sums, ColumnSums, COLUMN_THREADS),
    KERNEL(activate, Activate, ELEMENT_THREADS),
    KERNEL(activate_backward, ActivateBackward, ELEMENT_THREADS),
    KERNEL(gate, Gate, ELEMENT_THREADS),
    KERNEL(gate_backward, GateBackward, ELEMENT_THREADS),
    KERNEL(add, Add, ELEMENT_THREADS),
    KERNEL(unfold, Unfold, ELEMENT_THREADS),
    KERNEL(add_columns, AddColumns, ELEMENT_THREADS),
    KERNEL(take_columns, TakeColumns, ELEMENT_THREADS),
    KERNEL(unfold_backward, UnfoldBackward, ELEMENT_THREADS),
    KERNEL(add_bias, AddBias, ELEMENT_THREADS),
    KERNEL(dropout_rows, DropoutRows, ELEMENT_THREADS),
    KERNEL(gather_rows, GatherRows, ELEMENT_THREADS),
    KERNEL(scatter_rows, ScatterRows, ELEMENT_THREADS),
    KERNEL(attention, Attention, ATTENTION_THREADS),
    KERNEL(relative_attention, RelativeAttention, ATTENTION_THREADS),
    KERNEL(biased_attention, BiasedAttention, ATTENTION_THREADS),
    KERNEL(bias_backward, BiasBackward, ATTENTION_THREADS),
    KERNEL(attention_backward, AttentionBackward, ATTENTION_THREADS),
    KERNEL(repeat_heads, RepeatHeads, ELEMENT_THREADS),
    KERNEL(repeat_heads_backward, RepeatHeadsBackward, ELEMENT_THREADS),
    KERNEL(rotate, Rotate, ELEMENT_THREADS),
    KERNEL(relative_content_backward, RelativeContentBackward, ATTENTION_THREADS),
    KERNEL(relative_table_backward, RelativeTableBackward, ATTENTION_THREADS),
    KERNEL(cross_entropy, CrossEntropy, ELEMENT_THREADS),
    KERNEL(gold_loss, GoldLoss, ELEMENT_THREADS),
    KERNEL(chain_passes, ChainPasses, CHAIN_THREADS),
    KERNEL(chain_parameters, ChainParameters, ELEMENT_THREADS),
    KERNEL(chain_logits, ChainLogits, ELEMENT_THREADS),
    KERNEL(argmax, Argmax, ELEMENT_THREADS),
    KERNEL(sum_groups, SumGroups, GROUP_THREADS),
    KERNEL(squares, Squares, CHUNK_THREADS),
    KERNEL(gradient_norm, Norm, CHUNK_THREADS),
    KERNEL(adamw, Adamw, CHUNK_THREADS),
    KERNEL(average, Average, ELEMENT_THREADS),
    KERNEL(narrow, Narrow, ELEMENT_THREADS),
    KERNEL(neighbor, Neighbor, ELEMENT_THREADS),
};

const Kernel *find(const char *name) {
    for (const Kernel &kernel : KERNELS) {
        if (strcmp(kernel.name, name) == 0) {
            return &kernel;
        }
    }
    return nullptr;
}

[[noreturn]] void fail(const char *what) {
    fprintf(stderr, "kernel %s, block (%u, %u): %s\n", block.kernel->name, blockIdx.x, blockIdx.y, what);
    abort();
}

// The index of the thread that is the `place`-th to begin.
unsigned index_of(unsigned place) {
    return block.reversed ? block.size - 1 - place : place;
}

void resume(unsigned place) {
    block.current = place;
    threadIdx.x = index_of(place);
}

// Where every fiber lives: one thread after the other, as long as none of them has waited.
void live() {
    for (;;) {
        const unsigned place = block.current;
        block.kernel->run(block.arguments);
        // whoever waited meanwhile is here again as the current thread, on the stack that it kept
        Thread &thread = block.threads[place];
        thread.wait = Wait::Done;
        block.done++;
        Fiber *fiber = thread.fiber;
        if (block.begun < block.size && block.begun == place + 1) {
            block.threads[block.begun] = {fiber, Wait::Nothing, 0};
            resume(block.begun++);
            continue;
        }
        block.idle.push_back(fiber);
        if (_setjmp(fiber->jump) == 0) {
            _longjmp(block.scheduler, 1);
        }
    }
}

// Lets `fiber` run until a thread waits or none is left for it.
__attribute__((noinline)) void run(Fiber *fiber) {
    if (_setjmp(block.scheduler) != 0) {
        return;
    }
    if (fiber->started) {
        _longjmp(fiber->jump, 1);
    }
    fiber->started = true;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack.get();
    fiber->context.uc_stack.ss_size = STACK;
    fiber->context.uc_link = nullptr;
    makecontext(&fiber->context, live, 0);
    setcontext(&fiber->context);
}

Fiber *idle_fiber() {
    if (block.idle.empty()) {
        block.fibers.emplace_back(new Fiber);
        return block.fibers.back().get();
    }
    Fiber *fiber = block.idle.back();
    block.idle.pop_back();
    return fiber;
}

// Leaves the current thread until what it waits for is there.
__attribute__((noinline)) void pause_for(Wait what) {
    Thread &thread = block.threads[block.current];
    thread.wait = what;
    if (_setjmp(thread.fiber->jump) == 0) {
        _longjmp(block.scheduler, 1);
    }
}

// Lets whoever waits for `what` among the `count` threads from `first` on go on.
void release(Wait what, unsigned first, unsigned count) {
    for (unsigned index = first; index < first + count; index++) {
        // the place of an index is found as the index of a place is
        Wait &wait = block.threads[index_of(index)].wait;
        wait = wait == what ? Wait::Nothing : wait;
    }
}

void run_block() {
    memset(__start_shared_memory, 0xff, (size_t)(__stop_shared_memory - __start_shared_memory));
    block.begun = block.at_block = block.done = 0;
    block.at_warp.assign(block.size / WARP, 0);
    while (block.begun < block.size) {
        Fiber *fiber = idle_fiber();
        block.threads[block.begun] = {fiber, Wait::Nothing, 0};
        resume(block.begun++);
        run(fiber);
    }
    while (block.done < block.size) {
        bool moved = false;
        for (unsigned place = 0; place < block.size; place++) {
            if (block.threads[place].wait == Wait::Nothing) {
                moved = true;
                resume(place);
                run(block.threads[place].fiber);
            }
        }
        if (!moved) {
            fail("a barrier that not all threads reach");
        }
    }
}

} // namespace

void __syncthreads() {
    if (++block.at_block == block.size) {
        block.at_block = 0;
        release(Wait::Block, 0, block.size);
        return;
    }
    pause_for(Wait::Block);
}

void __syncwarp() {
    const unsigned warp = threadIdx.x / WARP;
    if (++block.at_warp[warp] == WARP) {
        block.at_warp[warp] = 0;
        release(Wait::Warp, warp * WARP, WARP);
        return;
    }
    pause_for(Wait::Warp);
}

unsigned long long exchange(unsigned mask, unsigned long long bits, unsigned offset) {
    if (mask != 0xffffffffu) {
        fail("a shuffle of some lanes");
    }
    Thread &thread = block.threads[block.current];
    const unsigned index = threadIdx.x;
    // a lane that is ahead by one exchange leaves the slots alone that others still read
    unsigned long long *slots = block.slots.data() + (thread.exchanges++ % 2) * block.size;
    slots[index] = bits;
    __syncwarp();
    return slots[index ^ offset];
}

// The size of a kernel's arguments; 0 where there is none of this name.
EXPORT size_t arguments_of(const char *name) {
    const Kernel *kernel = find(name);
    return kernel ? kernel->arguments : 0;
}

// Runs a kernel; 1 where there is none of this name, 2 where its blocks have another number of threads. `reversed`: the
// last block and thread come first.
EXPORT int launch(const char *name, unsigned x, unsigned y, unsigned threads, const void *arguments, int reversed) {
    const Kernel *kernel = find(name);
    if (!kernel) {
        return 1;
    }
    if (threads != kernel->threads) {
        return 2;
    }
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    block.kernel = kernel;
    block.arguments = arguments;
    block.reversed = reversed;
    block.size = threads;
    block.threads.resize(threads);
    block.slots.resize(2 * threads);
    for (unsigned at = 0; at < x * y; at++) {
        const unsigned place = reversed ? x * y - 1 - at : at;
        blockIdx = {place % x, place / x, 0};
        run_block();
    }
    return 0;
}
