//! Milliseconds of a whole training step with dropout: MiniLM's and BERT-base's shape, batches of 8 and 32 sentences of
//! WikiANN's lengths, one thread and two. `cargo bench --bench step -- minilm 8 1` chooses the shape, the batch and the
//! threads; what is left out takes all its values.
//!
//! For the shares of its parts: `perf record` on the binary, since each operation is a function of its own.

#![expect(clippy::print_stdout, reason = "a benchmark's output is its table")]

use std::path::Path;
use std::time::Instant;

use candle_core::Device;
use runner::engine::{AdamW, Batch, Capacity, Engine, EngineError, Masks, NO_LABEL, Rates};
use runner::model::{Config, Layout, Role};
use runner::spec::Freeze;

/// Name, hidden, layers, heads, intermediate.
const SHAPES: [(&str, [usize; 4]); 2] = [("minilm", [384, 6, 12, 1536]), ("bert-base", [768, 12, 12, 3072])];

/// Tokens of the sentences, over and over.
const LENGTHS: [usize; 8] = [7, 9, 11, 13, 13, 15, 17, 21];

const LABELS: usize = 7;

/// Steps that are not measured: they touch the memory for the first time.
const WARM_UP: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let chosen = |at: usize, value: &str| arguments.get(at).is_none_or(|argument| argument == value);
    println!("{:<12}{:>8}{:>9}{:>12}{:>12}", "shape", "batch", "threads", "median ms", "best ms");
    for (name, shape) in SHAPES.into_iter().filter(|(name, _)| chosen(0, name)) {
        for size in [8, 32].into_iter().filter(|size| chosen(1, &size.to_string())) {
            for threads in [1, 2].into_iter().filter(|threads| chosen(2, &threads.to_string())) {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                let steps = if name == "minilm" { 60 } else { 15 };
                let times = pool.install(|| measure(shape, size, steps)).expect("the steps run");
                println!("{name:<12}{size:>8}{threads:>9}{:>12.2}{:>12.2}", times[times.len() / 2], times[0]);
            }
        }
    }
}

/// Milliseconds of each step, in ascending order.
fn measure(shape: [usize; 4], size: usize, steps: usize) -> Result<Vec<f64>, EngineError> {
    let [hidden, layers, heads, intermediate] = shape;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/models/bert/config.json");
    let config = Config::read(&golden).expect("a golden").with_dropout(Some(0.1));
    let config = Config { vocabulary: 30522, positions: 512, hidden, layers, heads, intermediate, ..config };
    let batch = batch(size, heads);
    let (mut engine, ()) =
        Engine::new(config, LABELS, Freeze::Nothing, Capacity::of(&batch), &Device::Cpu, |_, layout, parameters| {
            fill(layout, parameters);
            Ok::<_, EngineError>(())
        })?;
    let options =
        AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };
    let mut times = Vec::with_capacity(steps);
    for step in 0..WARM_UP + steps {
        let start = Instant::now();
        let masks = Masks::training(engine.config(), 42, step as u64);
        engine.accumulate(&batch, &masks, 1.0 / batch.labelled() as f64)?;
        engine.step(&options, Rates { encoder: 2e-5, head: 2e-5 })?;
        if step >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Every other token has a label.
fn batch(size: usize, heads: usize) -> Batch {
    let mut batch = Batch::new(heads);
    for example in 0..size {
        let len = LENGTHS[example % LENGTHS.len()];
        let ids: Vec<u32> = (0..len).map(|token| ((example * 977 + token * 3571) % 30522) as u32).collect();
        let labels: Vec<i32> = (0..len).map(|t| if t % 2 == 1 { (t % LABELS) as i32 } else { NO_LABEL }).collect();
        batch.push(example as u32, &ids, &labels);
    }
    batch
}

/// Uniform weights of BERT's standard deviation, 0.02; norms are the identity.
fn fill(layout: &Layout, parameters: &mut [f32]) {
    let mut state = 1u32;
    for parameter in &layout.parameters {
        let values = &mut parameters[parameter.span.range()];
        match parameter.role {
            Role::EmbeddingNormWeight | Role::AttentionNormWeight | Role::FeedForwardNormWeight => values.fill(1.0),
            role if role.decays() => values.iter_mut().for_each(|value| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *value = ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * 0.035;
            }),
            _ => values.fill(0.0),
        }
    }
}
