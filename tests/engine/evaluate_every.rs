//! A training that is evaluated on its way: what it keeps, when it ends, and that nobody can tell it was interrupted.

use std::ops::ControlFlow;
use std::path::Path;

use crate::emulator;
use runner::data::builtin::{corpus, tokenizer};
use runner::data::{Encoded, Split};
use runner::engine::{Device, Engine, EngineError, Learns, NUMERICS_VERSION, TrainingState};
use runner::files::{self, FloatBuffer};
use runner::model::{Config, Layout, builtin, head};
use runner::spec::{Data, Freeze, Interval, Keep, Size, Train};
use runner::train::checkpoint::{self, CheckpointError, CheckpointMetadata, TrainingCheckpoint};
use runner::train::{Evaluated, Evaluation, History, Prediction, Report, TrainError, fine_tune, training_capacity};

/// Seven steps an epoch, the last of one sentence.
const TRAIN_ROWS: usize = 49;

/// Three epochs, evaluated after each.
fn options() -> Train {
    Train {
        batch_size: 8,
        learning_rate: 2e-3,
        evaluate_every: Some(Interval::Epoch),
        keep: Keep::Best,
        ..Train::default()
    }
}

/// Data and model, ready to train.
pub(crate) struct Bench {
    train: Encoded,
    validation: Encoded,
    pub(crate) engine: Engine,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::on(Device::Cpu)
    }

    pub(crate) fn on(device: Device) -> Self {
        let corpus = corpus("es").expect("it ships with the program");
        let encode = |rows: &[_]| Encoded::new(rows, &tokenizer(), 64).expect("tokenized");
        let train =
            encode(&corpus.training(&Data { train_size: Size::Rows(TRAIN_ROWS), ..Data::default() }).expect("rows"));
        let validation = encode(&corpus.first(Split::Validation, Size::Rows(20)).expect("rows"));
        let config = builtin::config("tiny").expect("it ships with the program").with_dropout(Some(0.1));
        let capacity =
            training_capacity(&train, 8, false, config.heads).max(Prediction::new(&validation).capacity(config.heads));
        let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
            builtin::draw(config, layout, parameters);
            head::draw(config, layout, 42, parameters);
            Ok::<_, EngineError>(())
        };
        let labels = corpus.labels.names().len();
        let made = Engine::new(
            config,
            labels,
            Learns { averages: true, ..Learns::from(Freeze::Nothing) },
            capacity,
            device,
            fill,
        );
        Self { train, validation, engine: made.expect("memory").0 }
    }

    pub(crate) fn weights(&self) -> Vec<u32> {
        self.engine.learned().expect("a copy").into_iter().map(f32::to_bits).collect()
    }
}

/// Trains to the end; the nth evaluation has the nth of `scores`.
pub(crate) fn train(bench: &mut Bench, options: &Train, scores: &[f64]) -> History {
    let mut history = fresh();
    go_on(bench, options, scores, &mut history, |_, _, _| ControlFlow::Continue(())).expect("it trains");
    history
}

pub(crate) fn go_on(
    bench: &mut Bench,
    options: &Train,
    scores: &[f64],
    history: &mut History,
    observe: impl FnMut(Report<'_>, &Engine, &History) -> ControlFlow<()>,
) -> Result<(), TrainError> {
    let Bench { train, validation, engine } = bench;
    let mut scores = scores.iter().skip(history.evaluations().len());
    let evaluate = |engine: &Engine| {
        let (_, loss) = Prediction::new(&*validation).evaluate(engine, |_| true)?;
        Ok(Evaluation { loss, score: *scores.next().expect("a score for each evaluation") })
    };
    fine_tune(engine, &*train, options, None, history, evaluate, observe)
}

fn steps_of(history: &History) -> Vec<u64> {
    history.evaluations().iter().map(|evaluated| evaluated.step).collect()
}

#[test]
fn evaluating_changes_no_bit_of_what_is_trained() {
    let mut plain = Bench::new();
    train(&mut plain, &Train { evaluate_every: None, keep: Keep::Last, ..options() }, &[]);
    let mut evaluated = Bench::new();
    let every_step = Train { evaluate_every: Some(Interval::Steps(1)), keep: Keep::Last, ..options() };
    let history = train(&mut evaluated, &every_step, &[0.5; 21]);
    assert_eq!(history.evaluations().len(), 21);
    // not assert_eq: it would print thousands of numbers
    assert!(evaluated.weights() == plain.weights());
}

#[test]
fn the_best_weights_are_put_back_and_the_earliest_of_equals_counts() {
    let mut after_two = Bench::new();
    let two = Train { max_steps: Some(21), ..options() };
    let stop = |report: Report<'_>, _: &Engine, _: &History| match report {
        Report::Steps(steps) if steps[0].step == 14 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stopped = go_on(&mut after_two, &two, &[0.1], &mut fresh(), stop);
    assert!(matches!(stopped, Err(TrainError::Interrupted)));
    let mut best = Bench::new();
    let history = train(&mut best, &options(), &[0.1, 0.3, 0.3]);
    assert_eq!(steps_of(&history), [7, 14, 21]);
    assert_eq!(history.best().map(|best| (best.step, best.epoch)), Some((14, 2.0)));
    assert!(best.weights() == after_two.weights());
    let mut last = Bench::new();
    train(&mut last, &Train { keep: Keep::Last, ..options() }, &[0.1, 0.3, 0.3]);
    assert!(last.weights() != best.weights());
}

#[test]
fn patience_ends_the_training_after_evaluations_without_a_better_score() {
    let patient = Train { patience: Some(2), evaluate_every: Some(Interval::Steps(3)), ..options() };
    let mut bench = Bench::new();
    let history = train(&mut bench, &patient, &[0.1, 0.2, 0.1, 0.3, 0.3, 0.2, 0.9]);
    assert_eq!((history.steps(), steps_of(&history)), (18, vec![3, 6, 9, 12, 15, 18]));
    assert_eq!(history.best().map(|best| best.step), Some(12));
}

#[test]
fn the_last_step_is_evaluated_wherever_it_falls() {
    let options = Train { evaluate_every: Some(Interval::Steps(5)), max_steps: Some(12), ..options() };
    assert_eq!(steps_of(&train(&mut Bench::new(), &options, &[0.1, 0.2, 0.3])), [5, 10, 12]);
    let untrained = train(&mut Bench::new(), &Train { epochs: 0.0, ..options_of_epochs() }, &[]);
    assert_eq!((untrained.steps(), untrained.evaluations().len()), (0, 0));
}

fn options_of_epochs() -> Train {
    Train { max_steps: None, ..options() }
}

#[test]
fn the_evaluations_loss_is_the_plain_mean_over_the_labeled_tokens() {
    let bench = Bench::new();
    let (tags, loss) = Prediction::new(&bench.validation).evaluate(&bench.engine, |_| true).expect("a loss");
    assert_eq!(tags, Prediction::new(&bench.validation).run(&bench.engine, |_| true).expect("tags"));
    // from the logits, in float64, each sentence a batch of its own
    let (mut sum, mut labeled) = (0.0, 0);
    for sentence in 0..bench.validation.len() {
        let tokens = bench.validation.tokens(sentence);
        let mut batch = runner::engine::Batch::new(bench.engine.config().heads);
        let (ids, labels) = (&bench.validation.ids[tokens.clone()], &bench.validation.labels[tokens.clone()]);
        batch.push_selecting(0, ids, labels, 0..ids.len() as u32);
        let logits = bench.engine.logits(&batch).expect("logits");
        let classes = logits.len() / tokens.len();
        for (row, label) in logits.chunks_exact(classes).zip(&bench.validation.labels[tokens]) {
            let Ok(label) = usize::try_from(*label) else { continue };
            let total: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
            sum += total.ln() - f64::from(row[label]);
            labeled += 1;
        }
    }
    assert!((loss - sum / f64::from(labeled)).abs() < 1e-5, "{loss} against {}", sum / f64::from(labeled));
}

/// Of a training before its first step.
pub(crate) fn fresh() -> History {
    History::new(50)
}

fn metadata() -> CheckpointMetadata {
    CheckpointMetadata { key: "0123456789ab".to_owned(), environment: "cpu".to_owned(), seconds: 0.5 }
}

pub(crate) fn save(path: &Path, engine: &Engine, history: &History) {
    checkpoint::save(path, engine, history, &metadata()).expect("saved");
}

fn open(path: &Path) -> TrainingCheckpoint {
    checkpoint::open(path).expect("read").expect("a checkpoint")
}

/// Opened and restored.
fn restore(path: &Path, engine: &mut Engine, keep: Keep) -> Result<History, CheckpointError> {
    checkpoint::open(path)?.expect("a checkpoint").restore(engine, &Train { keep, ..options() })
}

/// Trains until `stops` says so, keeps a checkpoint, and goes on from it in a new engine to the end.
fn interrupted(options: &Train, scores: &[f64], stops: impl Fn(Report<'_>) -> bool) -> (Bench, History) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let (mut bench, mut history) = (Bench::new(), fresh());
    let stop = |report: Report<'_>, _: &Engine, _: &History| {
        if stops(report) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ended = go_on(&mut bench, options, scores, &mut history, stop);
    assert!(matches!(ended, Err(TrainError::Interrupted)));
    save(&path, &bench.engine, &history);
    let mut other = Bench::new();
    assert_eq!(open(&path).metadata, metadata());
    let mut resumed = restore(&path, &mut other.engine, options.keep).expect("read");
    assert!(resumed == history);
    go_on(&mut other, options, scores, &mut resumed, |_, _, _| ControlFlow::Continue(())).expect("it trains");
    (other, resumed)
}

#[test]
fn a_training_resumed_anywhere_ends_with_the_same_best_weights_and_evaluations() {
    let options = Train { patience: Some(2), evaluate_every: Some(Interval::Steps(4)), ..options() };
    let scores = [0.1, 0.4, 0.2, 0.3, 0.9];
    let mut whole = Bench::new();
    let expected = train(&mut whole, &options, &scores);
    assert_eq!((expected.steps(), expected.best().map(|best| best.step)), (16, Some(8)));
    for at in [2, 4, 8, 9, 16] {
        // right after a step, before an evaluation that is due then
        let (bench, history) =
            interrupted(&options, &scores, |report| matches!(report, Report::Steps(steps) if steps[0].step == at));
        assert_eq!(history, expected, "after step {at}");
        assert!(bench.weights() == whole.weights(), "after step {at}");
    }
    for at in [4, 8, 12, 16] {
        let (bench, history) = interrupted(
            &options,
            &scores,
            |report| matches!(report, Report::Evaluation(Evaluated { step, .. }) if *step == at),
        );
        assert_eq!(history, expected, "after the evaluation at {at}");
        assert!(bench.weights() == whole.weights(), "after the evaluation at {at}");
    }
}

#[test]
fn a_checkpoint_of_another_format_is_said_to_be_of_no_use_and_a_later_one_to_need_a_later_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let bench = Bench::new();
    save(&path, &bench.engine, &fresh());
    assert_eq!((open(&path).metadata, open(&path).history), (metadata(), fresh()));
    let whole = std::fs::read(&path).expect("read");
    for (ours, found, said) in [
        (
            "\"version\":\"3\"".to_owned(),
            "\"version\":\"2\"".to_owned(),
            "it has version 2, this program writes 3".to_owned(),
        ),
        (
            "\"version\":\"3\"".to_owned(),
            "\"version\":\"4\"".to_owned(),
            "it has version 4, this program writes 3".to_owned(),
        ),
        (
            format!("\"numerics\":\"{NUMERICS_VERSION}\""),
            "\"numerics\":\"0\"".to_owned(),
            format!("it has numerics 0, this program writes {NUMERICS_VERSION}"),
        ),
    ] {
        let at = whole.windows(ours.len()).position(|bytes| bytes == ours.as_bytes()).expect("it stands in the header");
        let mut changed = whole.clone();
        changed[at..at + ours.len()].copy_from_slice(found.as_bytes());
        std::fs::write(&path, &changed).expect("written");
        let refused = checkpoint::open(&path).map(|_| ());
        let (is_later, what) = match refused {
            Err(CheckpointError::Newer { what, .. }) => (true, what),
            Err(CheckpointError::Outdated { what, .. }) => (false, what),
            other => panic!("{other:?}"),
        };
        assert_eq!((is_later, what), (found.contains('4'), said));
    }
}

/// The entries are written out as earlier versions wrote them, the history as one of them left it after ten steps.
#[test]
fn a_checkpoint_of_an_earlier_version_is_resumed() {
    const HISTORY: &str = include_str!("../goldens/history.json");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let mut bench = Bench::new();
    let state = bench.engine.with_state(|state| state.map(<[f32]>::to_vec)).expect("a state");
    let shape = [state.parameters.len()];
    let [parameters, first, second] = &state.into_array();
    let buffers = [("parameters", parameters), ("first_moments", first), ("second_moments", second)];
    let buffers = buffers.map(|(name, values)| FloatBuffer { name, shape: &shape, values });
    let numerics = NUMERICS_VERSION.to_string();
    let entries = [
        ("version", "3"),
        ("numerics", &numerics),
        ("key", "0123456789ab"),
        ("environment", "cpu"),
        ("step", "10"),
        ("total", "10"),
        ("seconds", "0.5"),
        ("note", HISTORY.trim_end()),
    ];
    let entries = entries.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    files::replace_with(&path, |file| files::write_floats(file, &buffers, Some(entries))).expect("written");
    assert_eq!(open(&path).metadata, metadata());
    let history = restore(&path, &mut bench.engine, Keep::Last).expect("read");
    assert_eq!(
        (history.steps(), history.evaluations().len(), history.to_text()),
        (10, 2, HISTORY.trim_end().to_owned())
    );
}

/// Damage to the file, without a word of what the disk said.
#[test]
fn whatever_happens_to_a_checkpoint_it_is_damaged_and_the_engine_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let mut bench = Bench::new();
    let mut history = train(&mut bench, &Train { max_steps: Some(7), ..options() }, &[0.1]);
    save(&path, &bench.engine, &history);
    let whole = std::fs::read(&path).expect("read");
    let before = bench.weights();
    let mut changed = whole.clone();
    *changed.last_mut().expect("bytes") ^= 0x40;
    let mut short = whole.clone();
    short.truncate(whole.len() - 4);
    let text = |old: &str, new: &str| {
        let at = whole.windows(old.len()).position(|bytes| bytes == old.as_bytes()).expect("it stands in the header");
        let mut other = whole.clone();
        other[at..at + old.len()].copy_from_slice(new.as_bytes());
        other
    };
    let damages = [
        Vec::new(),
        b"{}".to_vec(),
        vec![0; whole.len()],
        vec![0xff; whole.len()],
        changed,
        short,
        text("\"first_moments\"", "\"first_momentS\""),
        text("\"total\":\"7\"", "\"total\":\"x\""),
        text("\"step\":\"7\"", "\"stop\":\"7\""),
        text("\"step\":\"7\"", "\"step\":\"6\""),
        text("\"note\":\"[{", "\"note\":\"[["),
        text("best_parameters", "best_parameterz"),
        text("\"F32\"", "\"I32\""),
    ];
    for (number, damage) in damages.iter().enumerate() {
        std::fs::write(&path, damage).expect("written");
        let refused = restore(&path, &mut bench.engine, Keep::Best).map(|_| ());
        assert!(matches!(refused, Err(CheckpointError::Damaged { .. })), "{number}: {refused:?}");
        assert_eq!(bench.weights(), before, "{number}");
    }
    std::fs::remove_file(&path).expect("removed");
    std::fs::create_dir(&path).expect("a folder in its place");
    let refused = checkpoint::open(&path).map(|_| ());
    assert!(matches!(refused, Err(CheckpointError::Damaged { .. })), "{refused:?}");
    history.best_weights = None;
    save(&path, &bench.engine, &history);
    assert_eq!(restore(&path, &mut bench.engine, Keep::Last).expect("the folder was set aside").best_weights, None);
}

/// A checkpoint of before there was a hash in it, and one of another model.
#[test]
fn a_checkpoint_without_a_hash_serves_and_one_of_another_shape_does_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let mut bench = Bench::new();
    save(&path, &bench.engine, &fresh());
    let mut bytes = std::fs::read(&path).expect("read");
    let at = bytes.windows(8).position(|bytes| bytes == b"\"sha256\"").expect("it stands in the header");
    bytes[at..at + 8].copy_from_slice(b"\"sha255\"");
    std::fs::write(&path, &bytes).expect("written");
    restore(&path, &mut bench.engine, Keep::Last).expect("read");
    let config = builtin::config("tiny").expect("it ships with the program");
    let fill = |_: &Config, _: &Layout, _: &mut [f32]| Ok::<_, EngineError>(());
    let capacity = training_capacity(&bench.train, 8, false, config.heads);
    let made = Engine::new(config, 3, Freeze::Layers(1), capacity, Device::Cpu, fill);
    let mut other = made.expect("memory").0;
    let refused = restore(&path, &mut other, Keep::Last).map(|_| ());
    assert!(matches!(refused, Err(CheckpointError::Damaged { .. })), "{refused:?}");
}

/// Steps by the number in which they are told, and their losses.
fn told(bench: &mut Bench, options: &Train) -> (Vec<usize>, Vec<(u64, f64)>) {
    let (mut bursts, mut losses) = (Vec::new(), Vec::new());
    go_on(bench, options, &[0.1, 0.3, 0.2], &mut fresh(), |report, _, history| {
        if let Report::Steps(steps) = report {
            bursts.push(steps.len());
            losses.extend(steps.iter().map(|step| (step.step, step.loss)));
            assert_eq!(losses.len() as u64, history.steps(), "a checkpoint now has every step in its curve");
        }
        ControlFlow::Continue(())
    })
    .expect("it trains");
    (bursts, losses)
}

#[test]
fn a_training_that_runs_ahead_of_its_host_tells_every_step_once() {
    let options = Train { log_every: 4, ..options() };
    let (one_by_one, expected) = told(&mut Bench::new(), &options);
    assert_eq!(one_by_one, [1; 21]);
    let mut ahead = Bench::on(emulator::device(false));
    let (bursts, losses) = told(&mut ahead, &options);
    // logged after 4, 8, 12, 16, 20; evaluated after 7, 14 and the last, 21
    assert_eq!(bursts, [4, 3, 1, 4, 2, 2, 4, 1]);
    for ((step, loss), (expected_step, expected)) in losses.into_iter().zip(expected) {
        assert_eq!(step, expected_step);
        assert!((loss - expected).abs() < 1e-3 * expected, "step {step}: {loss} for {expected}");
    }
}

#[test]
fn a_training_that_runs_ahead_is_stopped_between_two_waits_and_goes_on_to_the_same_bits() {
    let options = Train { evaluate_every: None, keep: Keep::Last, log_every: 10, ..options() };
    let mut whole = Bench::on(emulator::device(true));
    go_on(&mut whole, &options, &[], &mut fresh(), |_, _, _| ControlFlow::Continue(())).expect("it trains");
    let (mut first, mut history) = (Bench::on(emulator::device(true)), fresh());
    let stopped = go_on(&mut first, &options, &[], &mut history, |_, _, _| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(TrainError::Interrupted)) && history.steps() == 10);
    let mut second = Bench::on(emulator::device(true));
    let state = first.engine.with_state(|state| state.map(<[f32]>::to_vec)).expect("a state");
    let fill = |to: TrainingState<&mut [f32]>| {
        to.into_array().into_iter().zip(state.into_array()).for_each(|(to, from)| to.copy_from_slice(&from));
    };
    second.engine.restore(history.steps(), fill).expect("a state");
    go_on(&mut second, &options, &[], &mut history, |_, _, _| ControlFlow::Continue(())).expect("it trains");
    assert!(second.weights() == whole.weights());
}
