//! A training step allocates nothing once its buffers have grown, but for what candle does on the way to a tensor's
//! memory. Alone in its file, since a program has one allocator.

use std::alloc::{GlobalAlloc, Layout as Block, System};
use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use runner::engine::{AdamW, Batch, Capacity, Device, Engine, EngineError, Masks, Rates};
use runner::model::{Config, Layout};
use runner::spec::Freeze;

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread trains: the test harness allocates on its own, as when it says that a test takes long.
    static TRAINS: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, block: Block) -> *mut u8 {
        ALLOCATIONS.fetch_add(usize::from(TRAINS.get()), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(block) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, block: Block) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, block) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const WARM_UP: u64 = 3;
const STEPS: u64 = 20;

/// Allocations of `STEPS` steps of two batches each, after the warm-up, on a pool of one thread.
fn allocations(kind: &str, freeze: Freeze) -> usize {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/models/{kind}/config.json"));
    let config = Config::read(&golden).expect("a golden").with_dropout(Some(0.1));
    let config = Config { hidden: 192, heads: 4, intermediate: 256, positions: 128, ..config };
    let batches = [[5, 70, 9], [3, 3, 40]].map(|lengths: [usize; 3]| {
        let mut batch = Batch::new(config.heads);
        for (example, len) in lengths.into_iter().enumerate() {
            batch.push(example as u32, &vec![1 + example as u32; len], &vec![1; len]);
        }
        batch
    });
    let capacity = Capacity::of(&batches[0]).max(Capacity::of(&batches[1]));
    let fill = |_: &Config, _: &Layout, parameters: &mut [f32]| {
        parameters.iter_mut().enumerate().for_each(|(index, p)| *p = (index * 31 % 101) as f32 * 1e-3 - 0.05);
        Ok::<_, EngineError>(())
    };
    let (mut engine, ()) = Engine::new(config, 3, freeze, capacity, Device::Cpu, fill).expect("memory");
    let options =
        AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };
    TRAINS.set(true);
    let mut before = 0;
    for step in 0..WARM_UP + STEPS {
        if step == WARM_UP {
            before = ALLOCATIONS.load(Ordering::Relaxed);
        }
        let masks = Masks::training(engine.config(), 42, step);
        for batch in &batches {
            engine.accumulate(batch, &masks, 0.01).expect("a loss");
        }
        engine.step(&options, Rates { encoder: 1e-5, head: 1e-5, factor: 1.0 }).expect("a step");
    }
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// candle's `Layout::has_internal_overlap` collects the dimensions, once for each pass over the arena: two batches and
/// the optimizer make three.
const CANDLES: usize = 3 * STEPS as usize;

#[test]
fn steps_after_the_first_allocate_nothing_of_their_own() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    for kind in ["bert", "electra"] {
        for freeze in [Freeze::Nothing, Freeze::Layers(1), Freeze::Encoder] {
            assert_eq!(pool.install(|| allocations(kind, freeze)), CANDLES, "{kind}, {freeze:?}");
        }
    }
}
