//! What a training step asks of a GPU, counted on a device that does nothing: launches and bytes by kernel, products with
//! their operations, and the least time that a GPU needs for them. `cargo bench --bench launches`; no GPU is needed.
//!
//! Bytes are what a kernel reads and writes of its operands, each once; what stays in a cache is counted all the same, so
//! that the least time of small operands is below what they say. `RUNNER_SHARED` as for the bench `step`.

#![expect(clippy::print_stdout, reason = "a benchmark's output is its table")]

#[expect(dead_code, reason = "only trainings are counted")]
#[path = "sentences.rs"]
mod sentences;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use runner::engine::cuda::arguments::{
    Activate, ActivateBackward, Adamw, AddBias, AddNorm, Arguments, Attention, AttentionBackward, ColumnSums,
    CrossEntropy, DropoutRows, EmbedNorm, GatherRows, Narrow, Norm, NormBackward, NormParametersBackward, ScatterRows,
    Squares, SumGroups,
};
use runner::engine::cuda::{Address, Grid, Operands, Product, Runtime};
use runner::engine::{AdamW, Batch, Capacity, Device, Engine, EngineError, Masks, Rates};
use runner::engine::{Shape, Write};
use runner::model::Config;
use runner::spec::{Freeze, Train};
use runner::train::BatchSampler;
use sentences::{Sentences, VOCABULARY, pack};

/// Hidden, layers, heads, intermediate of BERT-base.
const BERT_BASE: [usize; 4] = [768, 12, 12, 3072];
/// What an H200 copies, in bytes a second, and multiplies in bfloat16, in operations a second.
const H200: [f64; 2] = [4.3e12, 790e12];
/// Steps whose mean is shown.
const STEPS: u64 = 20;

/// Launches, bytes and operations of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    launches: f64,
    bytes: f64,
    operations: f64,
}

type Counts = Arc<Mutex<BTreeMap<&'static str, Count>>>;

/// A device that counts and does nothing else.
#[derive(Debug, Default)]
struct Counter {
    counts: Counts,
    next: Mutex<u64>,
    /// Tokens and attention weights of the batch at work.
    batch: Arc<Mutex<[usize; 2]>>,
    parameters: Arc<Mutex<usize>>,
}

impl Counter {
    fn add(&self, kind: &'static str, bytes: usize, operations: usize) {
        let mut counts = self.counts.lock().expect("one thread");
        let count = counts.entry(kind).or_default();
        *count = Count {
            launches: count.launches + 1.0,
            bytes: count.bytes + bytes as f64,
            operations: count.operations + operations as f64,
        };
    }
}

impl Runtime for Counter {
    fn zeros(&self, bytes: usize) -> Result<Address, EngineError> {
        let mut next = self.next.lock().expect("one thread");
        *next += 256;
        // SAFETY: nothing is ever read or written there.
        let at = unsafe { Address::new(*next) };
        *next += bytes as u64;
        Ok(at)
    }

    unsafe fn launch(&self, kernel: &'static str, grid: Grid, arguments: *const u8) -> Result<(), EngineError> {
        let [tokens, weights] = *self.batch.lock().expect("one thread");
        let of = Of { arguments, rows: grid.blocks[0] as usize, tokens, weights };
        let parameters = *self.parameters.lock().expect("one thread");
        // SAFETY: the arguments are those of the kernel of this name.
        self.add(kernel, unsafe { of.bytes(kernel, parameters) }, 0);
        Ok(())
    }

    unsafe fn product(&self, product: Product, operands: Operands, shape: Shape, _: Write) -> Result<(), EngineError> {
        let Shape { tokens, inputs, outputs } = shape;
        let (read, written) = match product {
            Product::Forward => (tokens * inputs + inputs * outputs, tokens * outputs),
            Product::InputGradient => (tokens * outputs + inputs * outputs, tokens * inputs),
            Product::WeightGradient => (tokens * (inputs + outputs), inputs * outputs),
        };
        let width = if operands.bf16 { 2 } else { 4 };
        let kind = match product {
            Product::Forward => "product: forward",
            Product::InputGradient => "product: input gradient",
            Product::WeightGradient => "product: weight gradient",
        };
        self.add(kind, read * width + written * 4, 2 * tokens * inputs * outputs);
        Ok(())
    }

    unsafe fn upload(&self, _: Address, words: &[u32]) -> Result<(), EngineError> {
        self.add("copy to the device", 4 * words.len(), 0);
        Ok(())
    }

    unsafe fn download(&self, _: Address, words: &mut [u32]) -> Result<(), EngineError> {
        words.fill(0);
        Ok(())
    }

    unsafe fn clear(&self, _: Address, bytes: usize) -> Result<(), EngineError> {
        self.add("clear", bytes, 0);
        Ok(())
    }
}

/// A launch's arguments and what it is over.
struct Of {
    arguments: *const u8,
    rows: usize,
    tokens: usize,
    weights: usize,
}

impl Of {
    /// # Safety
    /// The arguments are of this type.
    unsafe fn read<A: Arguments>(&self) -> A {
        // SAFETY: as the caller says.
        unsafe { self.arguments.cast::<A>().read() }
    }

    /// Bytes read and written: a float is 4, its copy in bfloat16 2.
    ///
    /// # Safety
    /// The arguments are those of `kernel`.
    unsafe fn bytes(&self, kernel: &str, parameters: usize) -> usize {
        let bf16 = |address: Address| if address == Address::NONE { 0 } else { 2 };
        // SAFETY: as the caller says; so in each line.
        unsafe {
            match kernel {
                EmbedNorm::KERNEL => {
                    let of = self.read::<EmbedNorm>();
                    self.rows * of.width as usize * (5 * 4 + bf16(of.bf16))
                }
                AddNorm::KERNEL => {
                    let of = self.read::<AddNorm>();
                    self.rows * of.width as usize * (4 * 4 + bf16(of.bf16))
                }
                NormBackward::KERNEL => {
                    let of = self.read::<NormBackward>();
                    self.rows * of.width as usize * (4 * 4 + bf16(of.bf16))
                }
                NormParametersBackward::KERNEL => {
                    let of = self.read::<NormParametersBackward>();
                    of.rows as usize * of.width as usize * 2 * 4
                }
                ColumnSums::KERNEL => {
                    let of = self.read::<ColumnSums>();
                    of.rows as usize * of.width as usize * 4
                }
                Activate::KERNEL => {
                    let of = self.read::<Activate>();
                    of.len as usize * (3 * 4 + bf16(of.bf16))
                }
                ActivateBackward::KERNEL => {
                    let of = self.read::<ActivateBackward>();
                    of.len as usize * (3 * 4 + bf16(of.bf16))
                }
                AddBias::KERNEL => {
                    let of = self.read::<AddBias>();
                    of.len as usize * (2 * 4 + bf16(of.bf16))
                }
                DropoutRows::KERNEL => {
                    let of = self.read::<DropoutRows>();
                    of.len as usize * (2 * 4 + bf16(of.bf16))
                }
                Narrow::KERNEL => self.read::<Narrow>().len as usize * (4 + 2),
                GatherRows::KERNEL => self.read::<GatherRows>().len as usize * 2 * 4,
                ScatterRows::KERNEL => self.read::<ScatterRows>().len as usize * 2 * 4,
                Attention::KERNEL => {
                    let of = self.read::<Attention>();
                    let hidden = (of.heads * of.width) as usize;
                    self.tokens * hidden * (7 * 4 + bf16(of.bf16)) + self.weights * 2 * 4
                }
                AttentionBackward::KERNEL => {
                    let of = self.read::<AttentionBackward>();
                    let hidden = (of.heads * of.width) as usize;
                    self.tokens * hidden * (7 * 4 + 3 * bf16(of.bf16)) + self.weights * 5 * 4
                }
                CrossEntropy::KERNEL => {
                    let of = self.read::<CrossEntropy>();
                    (of.rows * of.classes) as usize * (2 * 4 + bf16(of.bf16))
                }
                SumGroups::KERNEL => self.tokens * self.read::<SumGroups>().width as usize * 4,
                Squares::KERNEL => self.read::<Squares>().len as usize * 4,
                Norm::KERNEL => self.read::<Norm>().chunks as usize * 8,
                Adamw::KERNEL => parameters * (7 * 4 + bf16(self.read::<Adamw>().bf16)),
                other => panic!("{other} is not counted"),
            }
        }
    }
}

fn main() {
    let sentences = Sentences::find();
    println!("{}, BERT-base, mean of {STEPS} steps\n", sentences.origin);
    for (size, bf16) in [(8, true), (32, true), (8, false)] {
        print_table(size, bf16, &count(&sentences, size, bf16).expect("nothing is computed"));
    }
}

/// Counts of [`STEPS`] steps.
fn count(sentences: &Sentences, size: usize, bf16: bool) -> Result<BTreeMap<&'static str, Count>, EngineError> {
    let [hidden, layers, heads, intermediate] = BERT_BASE;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/models/bert/config.json");
    let config = Config::read(&golden).expect("a golden").with_dropout(Some(0.1));
    let config = Config { vocabulary: VOCABULARY, positions: 512, hidden, layers, heads, intermediate, ..config };
    let mut way = BatchSampler::new(sentences.train.len(), &Train { batch_size: size, ..Train::default() });
    let batches: Vec<Batch> =
        (0..STEPS).map(|step| pack(&sentences.train, way.batches(step).next().expect("a batch"), heads)).collect();
    let capacity = batches.iter().map(Capacity::of).fold(Capacity::default(), Capacity::max);
    let counter = Counter::default();
    let (counts, at_work, parameters) = (counter.counts.clone(), counter.batch.clone(), counter.parameters.clone());
    let device = Device::Cuda { runtime: Box::new(counter), bf16 };
    let fill = |_: &Config, _: &runner::model::Layout, values: &mut [f32]| {
        *parameters.lock().expect("one thread") = values.len();
        Ok::<_, EngineError>(())
    };
    let (mut engine, ()) = Engine::new(config, sentences.labels, Freeze::Nothing, capacity, device, fill)?;
    counts.lock().expect("one thread").clear();
    let options =
        AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };
    for batch in &batches {
        *at_work.lock().expect("one thread") = [batch.tokens(), batch.attention_weights()];
        let masks = Masks::training(engine.config(), 42, 0);
        engine.accumulate_ahead(batch, &masks, 1.0 / batch.labeled() as f64)?;
        engine.step_ahead(&options, Rates { encoder: 2e-5, head: 2e-5, factor: 1.0 })?;
    }
    let counts = counts.lock().expect("one thread");
    Ok(counts.clone())
}

fn print_table(size: usize, bf16: bool, counts: &BTreeMap<&'static str, Count>) {
    let [bandwidth, speed] = H200;
    let per_step = |value: f64| value / STEPS as f64;
    println!("batch {size}, {}:", if bf16 { "bfloat16" } else { "float32" });
    println!("{:<28}{:>9}{:>12}{:>12}", "", "launches", "MB", "GFLOP");
    let mut whole = Count::default();
    for (kind, count) in counts {
        let Count { launches, bytes, operations } = *count;
        println!(
            "{kind:<28}{:>9.1}{:>12.2}{:>12.2}",
            per_step(launches),
            per_step(bytes) / 1e6,
            per_step(operations) / 1e9
        );
        whole = Count {
            launches: whole.launches + launches,
            bytes: whole.bytes + bytes,
            operations: whole.operations + operations,
        };
    }
    let (bytes, operations) = (per_step(whole.bytes), per_step(whole.operations));
    println!("{:<28}{:>9.1}{:>12.2}{:>12.2}", "in all", per_step(whole.launches), bytes / 1e6, operations / 1e9);
    let products = if bf16 { format!(", {:.2} ms of products", operations / speed * 1e3) } else { String::new() };
    println!("an H200's least: {:.2} ms of memory{products}\n", bytes / bandwidth * 1e3);
}
