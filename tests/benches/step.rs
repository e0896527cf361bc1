//! Milliseconds of whole training steps, with dropout, and of predictions, beside their floor (`floor.rs`) and the
//! machine's peak (`peak.rs`): MiniLM's and BERT-base's shape, batches of 8 and 32 sentences, one thread and two.
//!
//! `cargo bench --bench step -- shape=minilm work=train,frozen batch=8 threads=1,2` chooses; a key left out takes all
//! its values, `threads` any number. With `RUNNER_SHARED` set, the batches are those of Trainer on the Spanish data, in
//! its order; else sentences of the same lengths. Predictions are of 2,000 sentences (500 with BERT-base), in
//! milliseconds for all of them; `batch` does not concern them.
//!
//! A machine's speed moves with its neighbors. So each figure is measured in rounds: peak, floor, steps, peak. `step`
//! and `floor` are medians over all rounds, `ratio` is the median over rounds of the time of a round's steps to that of
//! the floor of the same batches; `GFLOP/s` is the floor's products alone, `share` their part of the peak; `kept` is
//! how much of all products those are that a step cannot do without.
//!
//! For the shares of a step's parts: `perf record` on the binary, since each operation is a function of its own.

#![expect(clippy::print_stdout, reason = "a benchmark's output is its table")]

#[path = "floor.rs"]
mod floor;
#[path = "peak.rs"]
mod peak;
#[path = "sentences.rs"]
mod sentences;

use std::path::Path;
use std::time::Instant;

use floor::{Cost, Floor, Rows, Work};
use runner::engine::cpu::products::instruction_set;
use runner::engine::{AdamW, Batch, Device, Engine, EngineError, Masks, Rates};
use runner::model::{Config, Layout, Role};
use runner::spec::{Freeze, Train};
use runner::train::{BatchSampler, Prediction, training_capacity};
use sentences::{Sentences, VOCABULARY, pack};

/// Name, [hidden, layers, heads, intermediate].
const SHAPES: [(&str, [usize; 4]); 2] = [("minilm", [384, 6, 12, 1536]), ("bert-base", [768, 12, 12, 3072])];

const WORKS: [(&str, Work); 3] = [("train", Work::Train), ("frozen", Work::Frozen), ("predict", Work::Predict)];

const ROUNDS: usize = 5;

/// Tokens of a batch in the floor of a prediction: more would not be faster.
const PREDICTED: usize = 1024;

/// What a round took, in milliseconds; the peak in GFLOP/s.
struct Round {
    steps: Vec<f64>,
    floor: Vec<Cost>,
    peak: f64,
}

fn main() {
    let chosen = Chosen::read();
    let sentences = Sentences::find();
    println!("{}, {}, medians of {ROUNDS} rounds", instruction_set(), sentences.origin);
    println!(
        "{:<10}{:<8}{:>6}{:>8}{:>10}{:>9}{:>9}{:>10}{:>8}{:>7}{:>9}{:>7}{:>7}{:>7}",
        "shape",
        "work",
        "batch",
        "threads",
        "step ms",
        "best",
        "floor",
        "products",
        "adamw",
        "ratio",
        "GFLOP/s",
        "peak",
        "share",
        "kept",
    );
    for (name, shape) in SHAPES.into_iter().filter(|(name, _)| chosen.has("shape", name)) {
        for (work_name, work) in WORKS.into_iter().filter(|(name, _)| chosen.has("work", name)) {
            let batches = if work == Work::Predict { vec![8] } else { chosen.numbers("batch", &[8, 32]) };
            for batch in batches {
                for threads in chosen.numbers("threads", &[1, 2]) {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                    let rounds = pool.install(|| match work {
                        Work::Predict => predict(shape, &sentences),
                        Work::Train | Work::Frozen => train(shape, work, batch, &sentences),
                    });
                    print_row([name, work_name], [batch, threads], &rounds.expect("the steps run"));
                }
            }
        }
    }
}

/// `key=value,value` of the command line.
struct Chosen(Vec<(String, Vec<String>)>);

impl Chosen {
    fn read() -> Self {
        let arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
        let pairs = arguments.map(|argument| {
            let (key, values) = argument.split_once('=').unwrap_or_else(|| panic!("{argument}: write key=value"));
            assert!(["shape", "work", "batch", "threads"].contains(&key), "{key}: shape, work, batch or threads");
            (key.to_owned(), values.split(',').map(str::to_owned).collect())
        });
        Self(pairs.collect())
    }

    fn values(&self, key: &str) -> Option<&[String]> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, values)| values.as_slice())
    }

    fn has(&self, key: &str, value: &str) -> bool {
        self.values(key).is_none_or(|values| values.iter().any(|chosen| chosen == value))
    }

    fn numbers(&self, key: &str, all: &[usize]) -> Vec<usize> {
        let parse = |value: &String| value.parse().unwrap_or_else(|_| panic!("{key}={value}: write a number"));
        self.values(key).map_or_else(|| all.to_vec(), |values| values.iter().map(parse).collect())
    }
}

fn print_row([name, work]: [&str; 2], [batch, threads]: [usize; 2], rounds: &[Round]) {
    let all = |of: fn(&Cost) -> f64| median(rounds.iter().flat_map(|round| round.floor.iter().map(of)).collect());
    let each = |of: fn(&Round) -> f64| median(rounds.iter().map(of).collect());
    let steps: Vec<f64> = rounds.iter().flat_map(|round| round.steps.iter().copied()).collect();
    let best = steps.iter().copied().fold(f64::INFINITY, f64::min);
    let (products, optimizer) = (all(|cost| cost.products), all(|cost| cost.optimizer));
    let whole = |round: &Round| round.floor.iter().copied().sum::<Cost>();
    let ratio =
        each(|round| round.steps.iter().sum::<f64>() / round.floor.iter().map(|cost| cost.milliseconds()).sum::<f64>());
    let rate = |round: &Round| whole(round).billions / whole(round).products * 1e3;
    let rates = median(rounds.iter().map(rate).collect());
    let share = median(rounds.iter().map(|round| rate(round) / round.peak).collect());
    let kept = whole(&rounds[0]).billions / whole(&rounds[0]).billions_of_all;
    println!(
        "{name:<10}{work:<8}{batch:>6}{threads:>8}{:>10.2}{best:>9.2}{:>9.2}{products:>10.2}{optimizer:>8.2}{ratio:>7.2}\
         {rates:>9.0}{:>7.0}{share:>7.2}{kept:>7.2}",
        median(steps),
        all(|cost| cost.milliseconds()),
        each(|round| round.peak),
    );
}

/// The middle value; of an even number the mean of the two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
    (values[low] + values[high]) / 2.0
}

/// An engine of this shape with arbitrary weights.
fn engine([hidden, layers, heads, intermediate]: [usize; 4], work: Work, size: usize, sentences: &Sentences) -> Engine {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/models/bert/config.json");
    let config = Config::read(&golden).expect("a golden").with_dropout(Some(0.1));
    let config = Config { vocabulary: VOCABULARY, positions: 512, hidden, layers, heads, intermediate, ..config };
    let capacity = match work {
        Work::Train | Work::Frozen => training_capacity(&sentences.train, size, false, heads),
        Work::Predict => Prediction::new(&sentences.test).capacity(heads),
    };
    let freeze = if work == Work::Train { Freeze::Nothing } else { Freeze::Encoder };
    let made = Engine::new(config, sentences.labels, freeze, capacity, Device::Cpu, |_, layout, parameters| {
        fill(layout, parameters);
        Ok::<_, EngineError>(())
    });
    made.expect("memory for it").0
}

/// Rounds of training steps over the batches of an epoch, in its order.
fn train(shape: [usize; 4], work: Work, size: usize, sentences: &Sentences) -> Result<Vec<Round>, EngineError> {
    let heads = shape[2];
    let steps = if shape[0] > 384 { 32 / size.max(8) } else { 96 / size.max(8) }.max(2);
    let mut engine = engine(shape, work, size, sentences);
    let mut way = BatchSampler::new(sentences.train.len(), &Train { batch_size: size, ..Train::default() });
    let batches: Vec<Batch> = (0..(ROUNDS * steps) as u64)
        .map(|done| pack(&sentences.train, way.batches(done % way.steps_per_epoch).next().expect("a batch"), heads))
        .collect();
    let most = batches.iter().map(Batch::tokens).max().expect("some batch");
    let mut floor = Floor::new(shape, sentences.labels, most);
    let options =
        AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };
    let mut step = |batch: &Batch, number: usize| {
        let start = Instant::now();
        let masks = Masks::training(engine.config(), 42, number as u64);
        engine.accumulate(batch, &masks, 1.0 / batch.labeled() as f64)?;
        engine.step(&options, Rates { encoder: 2e-5, head: 2e-5, factor: 1.0 })?;
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    let mut bare = |batch: &Batch| floor.run(work, Rows { tokens: batch.tokens(), labeled: batch.labeled() });
    let isa = instruction_set();
    let mut rounds = Vec::new();
    for batches in batches.chunks(steps) {
        let before = peak::peak(isa);
        bare(&batches[0]);
        let floor = batches.iter().map(&mut bare).collect();
        step(&batches[0], 0)?;
        let steps = batches.iter().enumerate().map(|(number, batch)| step(batch, number));
        let steps = steps.collect::<Result<_, EngineError>>()?;
        rounds.push(Round { steps, floor, peak: (before + peak::peak(isa)) / 2.0 });
    }
    Ok(rounds)
}

/// Rounds of one prediction each; its floor is cut into batches of [`PREDICTED`] tokens.
fn predict(shape: [usize; 4], sentences: &Sentences) -> Result<Vec<Round>, EngineError> {
    let count = if shape[0] > 384 { 500 } else { 2000 };
    let test = sentences.test.first(count.min(sentences.test.len()));
    let engine = engine(shape, Work::Predict, 0, sentences);
    let (tokens, labeled) = (test.ids.len(), test.scored_starts[test.len()]);
    let mut floor = Floor::new(shape, sentences.labels, PREDICTED);
    let parts = tokens.div_ceil(PREDICTED);
    let part = |total: usize, at: usize| total * (at + 1) / parts - total * at / parts;
    let isa = instruction_set();
    let prediction = Prediction::new(&test);
    let rounds = (0..ROUNDS).map(|_| {
        let before = peak::peak(isa);
        let rows = (0..parts).map(|at| Rows { tokens: part(tokens, at), labeled: part(labeled, at) });
        let bare: Cost = rows.map(|rows| floor.run(Work::Predict, rows)).sum();
        let start = Instant::now();
        prediction.run(&engine, |_| true).expect("predictions");
        let steps = vec![start.elapsed().as_secs_f64() * 1e3];
        Round { steps, floor: vec![bare], peak: (before + peak::peak(isa)) / 2.0 }
    });
    Ok(rounds.collect())
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
