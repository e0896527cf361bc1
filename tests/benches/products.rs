//! GFLOP/s of a linear layer's three products, on one thread and on all, beside the peak of a loop of fused
//! multiply-adds that stays in registers. `cargo bench --bench products -- 105 210` chooses the numbers of tokens.
//!
//! "Hot" repeats one layer; "cold" walks through weights and gradients of 128 MiB each, as training does. Each figure is
//! the best of its repetitions, so that other programs on the machine disturb it little.

#![expect(clippy::print_stdout, reason = "a benchmark's output is its table")]

#[path = "peak.rs"]
mod peak;

use runner::engine::cpu::products::{forward, input_gradient, instruction_set, weight_gradient};
use runner::engine::{Shape, Write};
use std::time::{Duration, Instant};

/// Inputs and outputs of MiniLM's and BERT-base's products: query, key and value; attention output; feed-forward.
const LAYERS: [(usize, usize); 8] =
    [(384, 1152), (384, 384), (384, 1536), (1536, 384), (768, 2304), (768, 768), (768, 3072), (3072, 768)];

/// Floats of the memory that "cold" walks through.
const COLD: usize = 32 << 20;

/// Time of a figure.
const PATIENCE: Duration = Duration::from_millis(60);

/// The best time of `run`, called with 0, 1, 2, …, in seconds.
fn best(mut run: impl FnMut(usize)) -> f64 {
    let (begin, mut best) = (Instant::now(), f64::INFINITY);
    run(0);
    for repetition in 1.. {
        let start = Instant::now();
        run(repetition);
        best = best.min(start.elapsed().as_secs_f64());
        if repetition >= 5 && begin.elapsed() > PATIENCE {
            break;
        }
    }
    best
}

/// The memory of all products, larger than any of them needs.
struct Arena {
    x: Vec<f32>,
    g: Vec<f32>,
    y: Vec<f32>,
    dx: Vec<f32>,
    weights: Vec<f32>,
    gradients: Vec<f32>,
}

/// GFLOP/s of forward, dX, dW and of the three together.
fn layer(arena: &mut Arena, shape: Shape, cold: bool) -> [f64; 4] {
    let Shape { tokens, inputs, outputs } = shape;
    let size = inputs * outputs;
    let places = if cold { COLD / size } else { 1 };
    let at = |repetition: usize| repetition % places * size;
    let (x, g) = (&arena.x[..tokens * inputs], &arena.g[..tokens * outputs]);
    let (y, dx) = (&mut arena.y[..tokens * outputs], &mut arena.dx[..tokens * inputs]);
    let times = [
        best(|n| forward(y, x, &arena.weights[at(n)..][..size], None, shape)),
        best(|n| input_gradient(dx, g, &arena.weights[at(n)..][..size], shape, Write::Set)),
        best(|n| weight_gradient(&mut arena.gradients[at(n)..][..size], g, x, shape, Write::Set, None)),
    ];
    let billions = 2e-9 * (tokens * size) as f64;
    let [a, b, c] = times;
    [billions / a, billions / b, billions / c, 3.0 * billions / (a + b + c)]
}

fn main() {
    let mut tokens: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if tokens.is_empty() {
        tokens = vec![13, 32, 105, 210, 512];
    }
    let most = tokens.iter().max().expect("some number of tokens") * 3072;
    let buffer = |length| vec![0.5_f32; length];
    let mut arena = Arena {
        x: buffer(most),
        g: buffer(most),
        y: buffer(most),
        dx: buffer(most),
        weights: buffer(COLD),
        gradients: buffer(COLD),
    };
    let isa = instruction_set();
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in if all == 1 { vec![1] } else { vec![1, all] } {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        let peak = pool.install(|| peak::peak(isa));
        println!("\n{isa}, {threads} thread(s), peak {peak:.0} GFLOP/s: forward, dX, dW, together hot | cold");
        for (inputs, outputs) in LAYERS {
            for &tokens in &tokens {
                let shape = Shape { tokens, inputs, outputs };
                let [hot, cold] = [false, true].map(|cold| {
                    let rates = pool.install(|| layer(&mut arena, shape, cold));
                    rates.map(|rate| format!("{rate:5.0}")).concat()
                });
                println!("{inputs:4} → {outputs:4} {tokens:4} tokens {hot} |{cold}");
            }
        }
    }
}
