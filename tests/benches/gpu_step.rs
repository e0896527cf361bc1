//! Milliseconds of a training step of BERT-base on the first GPU, with dropout: `gpu_step batch=8,32 precision=bf16,fp32`.
//! Built with the feature `cuda`; `.ci/cuda-build --tests` makes a program that can be carried to a GPU.
//!
//! Steps run ahead of the host, as in a training, and are waited for every tenth: a figure is the median over tens, after
//! twenty steps to warm up. `RUNNER_SHARED` as for the bench `step`. Prints JSON, a line each.

#![expect(clippy::print_stdout, reason = "a benchmark's output is its table")]

#[cfg(feature = "cuda")]
#[expect(dead_code, reason = "only trainings are timed")]
#[path = "sentences.rs"]
mod sentences;

#[cfg(not(feature = "cuda"))]
fn main() {
    println!("built without the feature `cuda`");
}

#[cfg(feature = "cuda")]
fn main() {
    gpu::main();
}

#[cfg(feature = "cuda")]
mod gpu {
    use std::path::Path;
    use std::time::Instant;

    use runner::engine::cuda::Gpu;
    use runner::engine::{AdamW, Batch, Capacity, Device, Engine, EngineError, Masks, Rates};
    use runner::model::{Config, Layout};
    use runner::spec::{Freeze, Train};
    use runner::train::BatchSampler;

    use super::sentences::{Sentences, VOCABULARY, pack};

    /// Hidden, layers, heads, intermediate.
    const BERT_BASE: [usize; 4] = [768, 12, 12, 3072];
    const WARM_UP: u64 = 20;
    const STEPS: u64 = 200;
    /// Steps between two waits.
    const AHEAD: u64 = 10;

    pub(super) fn main() {
        let sentences = Sentences::find();
        let chosen = |key: &str, all: &str| {
            let given = std::env::args().find_map(|argument| argument.strip_prefix(key).map(str::to_owned));
            given.unwrap_or_else(|| all.to_owned()).split(',').map(str::to_owned).collect::<Vec<_>>()
        };
        for precision in chosen("precision=", "bf16,fp32") {
            for batch in chosen("batch=", "8,32") {
                let size = batch.parse().expect("batch= takes numbers");
                let times = time(&sentences, size, precision == "bf16").expect("a GPU");
                println!(
                    "{{\"batch\": {size}, \"precision\": \"{precision}\", \"median_ms\": {:.3}, \"best_ms\": {:.3}}}",
                    times[times.len() / 2],
                    times[0]
                );
            }
        }
    }

    /// Milliseconds of a step, of each ten; in ascending order.
    fn time(sentences: &Sentences, size: usize, bf16: bool) -> Result<Vec<f64>, EngineError> {
        let [hidden, layers, heads, intermediate] = BERT_BASE;
        let golden = include_str!("../goldens/models/bert/config.json");
        let config = Config::parse(golden, Path::new("config.json")).expect("a golden").with_dropout(Some(0.1));
        let config = Config { vocabulary: VOCABULARY, positions: 512, hidden, layers, heads, intermediate, ..config };
        let mut way = BatchSampler::new(sentences.train.len(), &Train { batch_size: size, ..Train::default() });
        let batches: Vec<Batch> = (0..WARM_UP + STEPS)
            .map(|step| pack(&sentences.train, way.batches(step).next().expect("a batch"), heads))
            .collect();
        let capacity = batches.iter().map(Capacity::of).fold(Capacity::default(), Capacity::max);
        let device = Device::Cuda { runtime: Box::new(Gpu::new(0)?), bf16 };
        let fill = |_: &Config, _: &Layout, parameters: &mut [f32]| {
            parameters.iter_mut().enumerate().for_each(|(at, p)| *p = (at * 31 % 101) as f32 * 4e-4 - 0.02);
            Ok::<_, EngineError>(())
        };
        let (mut engine, ()) = Engine::new(config, sentences.labels, Freeze::Nothing, capacity, device, fill)?;
        let options =
            AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };
        let (mut taken, mut times, mut start) = (Vec::new(), Vec::new(), Instant::now());
        for (step, batch) in (1..).zip(&batches) {
            let masks = Masks::training(engine.config(), 42, 0);
            engine.accumulate_ahead(batch, &masks, 1.0 / batch.labeled() as f64)?;
            engine.step_ahead(&options, Rates { encoder: 2e-5, head: 2e-5, factor: 1.0 })?;
            if step % AHEAD == 0 {
                engine.drain(&mut taken)?;
                if step > WARM_UP {
                    times.push(start.elapsed().as_secs_f64() * 1e3 / AHEAD as f64);
                }
                start = Instant::now();
            }
        }
        times.sort_by(f64::total_cmp);
        Ok(times)
    }
}
