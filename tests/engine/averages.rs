//! Averages of the weights of a training: what they are, and that nobody can tell it was interrupted.

use std::ops::ControlFlow;
use std::path::Path;

use crate::emulator;
use crate::evaluate_every::{Bench, fresh, go_on, save, train};
use runner::engine::{Capacity, Device, Engine, EngineError, Learns, planned_bytes};
use runner::model::{Config, Layout, builtin};
use runner::spec::{Average, Freeze, Interval, Keep, Train};
use runner::train::{History, Report, TrainError, checkpoint};

/// Seven steps an epoch, three epochs, with dropout.
fn options() -> Train {
    Train { batch_size: 8, learning_rate: 2e-3, weight_decay: 0.1, ..Train::default() }
}

fn ema(decay: f64) -> Train {
    Train { average: Average::Ema, ema_decay: decay, ..options() }
}

fn last(steps: u64) -> Train {
    Train { average: Average::Last, average_steps: Some(steps), ..options() }
}

/// The weights before the first step, and after each.
fn course(device: Device) -> Vec<Vec<f32>> {
    let mut bench = Bench::on(device);
    let mut weights = vec![bench.engine.learned().expect("a copy")];
    let plain = options();
    let observe = |report: Report<'_>, engine: &Engine, _: &History| {
        if matches!(report, Report::Steps(_)) {
            weights.push(engine.learned().expect("a copy"));
        }
        ControlFlow::Continue(())
    };
    go_on(&mut bench, &plain, &[], &mut fresh(), observe).expect("it trains");
    weights
}

/// Parameter by parameter, what `of` makes of its course.
fn each(course: &[Vec<f32>], of: impl Fn(&mut dyn Iterator<Item = f32>) -> f32) -> Vec<u32> {
    (0..course[0].len()).map(|at| of(&mut course.iter().map(|weights| weights[at])).to_bits()).collect()
}

fn trained(options: &Train) -> Bench {
    let mut bench = Bench::new();
    train(&mut bench, options, &[]);
    bench
}

#[test]
fn a_trained_model_is_the_average_of_the_weights_after_each_step() {
    let course = course(Device::Cpu);
    assert_eq!(course.len(), 22);
    let weight = (1.0 - 0.9) as f32;
    let moving = each(&course, |weights| {
        let start = weights.next().expect("the weights before the first step");
        weights.fold(start, |average, p| average + weight * (p - average))
    });
    // not assert_eq: it would print thousands of numbers
    assert!(trained(&ema(0.9)).weights() == moving);
    let mean = each(&course[17..], |weights| {
        let first = weights.next().expect("the first of the last five");
        (2..).zip(weights).fold(first, |average, (count, p)| average + (p - average) / count as f32)
    });
    assert!(trained(&last(5)).weights() == mean);
    let plain = trained(&options()).weights();
    assert!(trained(&last(1)).weights() == plain);
    assert!(trained(&ema(0.0)).weights() == plain);
    assert!(moving != plain && mean != plain && mean != moving);
}

/// Evaluated every three steps; the best is the third of the seven.
const SCORES: [f64; 7] = [0.1, 0.2, 0.4, 0.3, 0.2, 0.1, 0.3];

#[test]
fn evaluations_are_of_the_average_and_change_no_bit() {
    for options in [ema(0.8), last(14)] {
        let every = Train { evaluate_every: Some(Interval::Steps(3)), ..options.clone() };
        let mut evaluated = Bench::new();
        let history = train(&mut evaluated, &every, &SCORES);
        assert!(evaluated.weights() == trained(&options).weights());
        let plain = Train { average: Average::Off, average_steps: None, ..every.clone() };
        let losses = |history: &History| history.evaluations().iter().map(|one| one.loss).collect::<Vec<_>>();
        let (ours, theirs) = (losses(&history), losses(&train(&mut Bench::new(), &plain, &SCORES)));
        // a mean over the last 14 of 21 steps begins with step 8
        let begins = if options.average == Average::Last { 2 } else { 0 };
        assert_eq!(ours[..begins], theirs[..begins]);
        assert!(ours[begins..].iter().zip(&theirs[begins..]).all(|(ours, theirs)| ours != theirs));
    }
}

#[test]
fn the_best_weights_are_an_average() {
    let best = Train { evaluate_every: Some(Interval::Steps(3)), keep: Keep::Best, ..ema(0.8) };
    let mut bench = Bench::new();
    train(&mut bench, &best, &SCORES);
    let course = course(Device::Cpu);
    let weight = (1.0 - 0.8) as f32;
    let moving = each(&course[..=9], |weights| {
        let start = weights.next().expect("the weights before the first step");
        weights.fold(start, |average, p| average + weight * (p - average))
    });
    assert!(bench.weights() == moving);
}

/// Trains until after step `at`, writes a checkpoint, and goes on in a new engine.
fn interrupted(device: impl Fn() -> Device, options: &Train, at: u64, path: &Path) -> Bench {
    let (mut bench, mut history) = (Bench::on(device()), fresh());
    let stop = |report: Report<'_>, _: &Engine, history: &History| match report {
        Report::Steps(_) if history.steps() >= at => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let ended = go_on(&mut bench, options, &SCORES, &mut history, stop);
    assert!(matches!(ended, Err(TrainError::Interrupted)));
    save(path, &bench.engine, &history);
    let mut other = Bench::on(device());
    let kept = checkpoint::open(path).expect("read").expect("a checkpoint");
    let mut history = kept.restore(&mut other.engine, options).expect("restored");
    go_on(&mut other, options, &SCORES, &mut history, |_, _, _| ControlFlow::Continue(())).expect("it trains");
    other
}

#[test]
fn an_interrupted_training_ends_in_the_same_bits() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    for options in [ema(0.9), last(5)] {
        let best = Train { evaluate_every: Some(Interval::Steps(3)), keep: Keep::Best, ..options.clone() };
        for options in [options, best] {
            let mut whole = Bench::new();
            train(&mut whole, &options, &SCORES);
            for at in [1, 12, 17, 20] {
                assert!(
                    interrupted(|| Device::Cpu, &options, at, &path).weights() == whole.weights(),
                    "{options:?} {at}"
                );
            }
        }
    }
}

#[test]
fn a_training_that_has_ended_is_restored_with_its_weights_and_its_average() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let mut bench = Bench::new();
    let history = train(&mut bench, &ema(0.9), &[]);
    save(&path, &bench.engine, &history);
    let mut other = Bench::new();
    let kept = checkpoint::open(&path).expect("read").expect("a checkpoint");
    let mut history = kept.restore(&mut other.engine, &ema(0.9)).expect("restored");
    assert!(other.weights() == trained(&options()).weights(), "the weights after the last step");
    go_on(&mut other, &ema(0.9), &[], &mut history, |_, _, _| ControlFlow::Continue(())).expect("nothing is left");
    assert!(other.weights() == bench.weights(), "their average");
}

#[test]
fn a_checkpoint_without_its_average_is_damaged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    for (written, read, what) in [
        (options(), ema(0.9), "it has no average of its weights"),
        (ema(0.9), options(), "it has an average that it should not have"),
    ] {
        let mut bench = Bench::new();
        let history = train(&mut bench, &written, &[]);
        save(&path, &bench.engine, &history);
        let mut other = Bench::new();
        let before = other.weights();
        let kept = checkpoint::open(&path).expect("read").expect("a checkpoint");
        let error = kept.restore(&mut other.engine, &read).expect_err("another average").to_string();
        assert!(error.contains(what), "{error}");
        assert!(other.weights() == before);
    }
}

#[test]
fn on_a_gpu_the_average_is_that_of_its_weights_evaluated_and_resumed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    for bf16 in [false, true] {
        let short = |options: Train| Train { max_steps: Some(6), ..options };
        let evaluated = |options: Train| Train { evaluate_every: Some(Interval::Steps(2)), ..options };
        let run = |options: &Train| {
            let mut bench = Bench::on(emulator::device(bf16));
            train(&mut bench, options, &SCORES);
            bench.engine.learned().expect("a copy")
        };
        // trainings of other lengths at one rate have the weights after each step
        let constant = |options: Train| Train { schedule: runner::spec::Schedule::Constant, ..options };
        let after = |steps| run(&constant(Train { max_steps: Some(steps), ..options() }));
        let (five, six) = (after(5), after(6));
        let mean: Vec<f32> = five.iter().zip(&six).map(|(five, six)| five + (six - five) / 2.0).collect();
        for options in [short(constant(last(2))), evaluated(short(constant(last(2))))] {
            assert!(run(&options) == mean, "bf16: {bf16}");
        }
        let options = evaluated(short(ema(0.7)));
        let whole = run(&options);
        assert!(whole == run(&short(ema(0.7))), "evaluations change nothing");
        let resumed = interrupted(|| emulator::device(bf16), &options, 3, &path);
        assert!(resumed.engine.learned().expect("a copy") == whole, "bf16: {bf16}");
    }
}

#[test]
fn the_average_is_planned_and_takes_a_float_for_each_parameter_that_learns() {
    let config = builtin::config("tiny").expect("it ships with the program");
    let capacity = Capacity { tokens: 16, attention_weights: 1024 };
    for freeze in [Freeze::Nothing, Freeze::Layers(1), Freeze::Encoder] {
        let planned = |averages| planned_bytes(&config, 7, Some(freeze), averages, capacity);
        let fill = |_: &Config, _: &Layout, _: &mut [f32]| Ok::<_, EngineError>(());
        let learns = Learns { averages: true, ..Learns::from(freeze) };
        let (engine, ()) = Engine::new(config.clone(), 7, learns, capacity, Device::Cpu, fill).expect("memory");
        assert_eq!(engine.bytes(), planned(true));
        let (more, floats) = (planned(true) - planned(false), 4 * engine.learned().expect("a copy").len());
        assert!((floats..floats + 256).contains(&more), "{freeze:?}: {more} for {floats}");
    }
}
