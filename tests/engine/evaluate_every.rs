//! A training that is evaluated on its way: what it keeps, when it ends, and that nobody can tell it was interrupted.

use std::ops::ControlFlow;

use crate::emulator;
use runner::data::builtin::{corpus, tokenizer};
use runner::data::{Encoded, Split};
use runner::engine::{Device, Engine, EngineError, NUMERICS_VERSION, TrainingState};
use runner::model::{Config, Layout, builtin, head};
use runner::spec::{Freeze, Interval, Keep, Size, Train};
use runner::train::checkpoint::{self, CheckpointError, CheckpointMetadata};
use runner::train::{Evaluated, Evaluation, Prediction, Progress, Report, TrainError, fine_tune, training_capacity};

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
struct Bench {
    train: Encoded,
    validation: Encoded,
    engine: Engine,
}

impl Bench {
    fn new() -> Self {
        Self::on(Device::Cpu)
    }

    fn on(device: Device) -> Self {
        let corpus = corpus("es").expect("it ships with the program");
        let encode = |rows: &[_]| Encoded::new(rows, &tokenizer(), 64).expect("tokenized");
        let train = encode(&corpus.training(Size::Rows(TRAIN_ROWS), 42).expect("rows"));
        let validation = encode(&corpus.first(Split::Validation, Size::Rows(20)).expect("rows"));
        let config = builtin::config("tiny").expect("it ships with the program").with_dropout(Some(0.1));
        let capacity =
            training_capacity(&train, 8, config.heads).max(Prediction::new(&validation).capacity(config.heads));
        let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
            builtin::draw(config, layout, parameters);
            head::draw(config, layout, 42, parameters);
            Ok::<_, EngineError>(())
        };
        let labels = corpus.labels.names().len();
        let made = Engine::new(config, labels, Freeze::Nothing, capacity, device, fill);
        Self { train, validation, engine: made.expect("memory").0 }
    }

    fn weights(&self) -> Vec<u32> {
        self.engine.learned().expect("a copy").into_iter().map(f32::to_bits).collect()
    }
}

/// Trains to the end; the nth evaluation has the nth of `scores`.
fn train(bench: &mut Bench, options: &Train, scores: &[f64]) -> Progress {
    let mut progress = Progress::default();
    go_on(bench, options, scores, &mut progress, |_, _, _| ControlFlow::Continue(())).expect("it trains");
    progress
}

fn go_on(
    bench: &mut Bench,
    options: &Train,
    scores: &[f64],
    progress: &mut Progress,
    observe: impl FnMut(Report<'_>, &Engine, &Progress) -> ControlFlow<()>,
) -> Result<(), TrainError> {
    let Bench { train, validation, engine } = bench;
    let mut scores = scores.iter().skip(progress.evaluations.len());
    let evaluate = |engine: &Engine| {
        let (_, loss) = Prediction::new(&*validation).evaluate(engine, |_| true)?;
        Ok(Evaluation { loss, score: *scores.next().expect("a score for each evaluation") })
    };
    fine_tune(engine, &*train, options, progress, evaluate, observe)
}

fn steps_of(progress: &Progress) -> Vec<u64> {
    progress.evaluations.iter().map(|evaluated| evaluated.step).collect()
}

#[test]
fn evaluating_changes_no_bit_of_what_is_trained() {
    let mut plain = Bench::new();
    train(&mut plain, &Train { evaluate_every: None, keep: Keep::Last, ..options() }, &[]);
    let mut evaluated = Bench::new();
    let every_step = Train { evaluate_every: Some(Interval::Steps(1)), keep: Keep::Last, ..options() };
    let progress = train(&mut evaluated, &every_step, &[0.5; 21]);
    assert_eq!(progress.evaluations.len(), 21);
    // not assert_eq: it would print thousands of numbers
    assert!(evaluated.weights() == plain.weights());
}

#[test]
fn the_best_weights_are_put_back_and_the_earliest_of_equals_counts() {
    let mut after_two = Bench::new();
    let two = Train { max_steps: Some(21), ..options() };
    let stop = |report: Report<'_>, _: &Engine, _: &Progress| match report {
        Report::Steps(steps) if steps[0].step == 14 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stopped = go_on(&mut after_two, &two, &[0.1], &mut Progress::default(), stop);
    assert!(matches!(stopped, Err(TrainError::Interrupted)));
    let mut best = Bench::new();
    let progress = train(&mut best, &options(), &[0.1, 0.3, 0.3]);
    assert_eq!(steps_of(&progress), [7, 14, 21]);
    assert_eq!(progress.best().map(|best| (best.step, best.epoch)), Some((14, 2.0)));
    assert!(best.weights() == after_two.weights());
    let mut last = Bench::new();
    train(&mut last, &Train { keep: Keep::Last, ..options() }, &[0.1, 0.3, 0.3]);
    assert!(last.weights() != best.weights());
}

#[test]
fn patience_ends_the_training_after_evaluations_without_a_better_score() {
    let patient = Train { patience: Some(2), evaluate_every: Some(Interval::Steps(3)), ..options() };
    let mut bench = Bench::new();
    let progress = train(&mut bench, &patient, &[0.1, 0.2, 0.1, 0.3, 0.3, 0.2, 0.9]);
    assert_eq!((progress.steps, steps_of(&progress)), (18, vec![3, 6, 9, 12, 15, 18]));
    assert_eq!(progress.best().map(|best| best.step), Some(12));
}

#[test]
fn the_last_step_is_evaluated_wherever_it_falls() {
    let options = Train { evaluate_every: Some(Interval::Steps(5)), max_steps: Some(12), ..options() };
    assert_eq!(steps_of(&train(&mut Bench::new(), &options, &[0.1, 0.2, 0.3])), [5, 10, 12]);
    let untrained = train(&mut Bench::new(), &Train { epochs: 0.0, ..options_of_epochs() }, &[]);
    assert_eq!((untrained.steps, untrained.evaluations.len()), (0, 0));
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
        let pieces = bench.validation.pieces(sentence);
        let mut batch = runner::engine::Batch::new(bench.engine.config().heads);
        let (ids, labels) = (&bench.validation.ids[pieces.clone()], &bench.validation.labels[pieces.clone()]);
        batch.push_selecting(0, ids, labels, 0..ids.len() as u32);
        let logits = bench.engine.logits(&batch).expect("logits");
        let classes = logits.len() / pieces.len();
        for (row, label) in logits.chunks_exact(classes).zip(&bench.validation.labels[pieces]) {
            let Ok(label) = usize::try_from(*label) else { continue };
            let total: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
            sum += total.ln() - f64::from(row[label]);
            labeled += 1;
        }
    }
    assert!((loss - sum / f64::from(labeled)).abs() < 1e-5, "{loss} against {}", sum / f64::from(labeled));
}

/// What is kept beside the engine: the text of the evaluations, and the best weights.
fn metadata(progress: &Progress) -> CheckpointMetadata {
    let note = serde_json::to_string(progress).expect("plain data");
    CheckpointMetadata {
        key: "0123456789ab".to_owned(),
        environment: "cpu".to_owned(),
        step: progress.steps,
        total: 21,
        seconds: 0.0,
        note,
    }
}

/// Trains until `stops` says so, keeps a checkpoint, and goes on from it in a new engine to the end.
fn interrupted(options: &Train, scores: &[f64], stops: impl Fn(Report<'_>) -> bool) -> (Bench, Progress) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let (mut bench, mut progress) = (Bench::new(), Progress::default());
    let stop = |report: Report<'_>, _: &Engine, _: &Progress| {
        if stops(report) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ended = go_on(&mut bench, options, scores, &mut progress, stop);
    assert!(matches!(ended, Err(TrainError::Interrupted)));
    checkpoint::save(&path, &bench.engine, progress.best_weights.as_deref(), &metadata(&progress)).expect("saved");
    let mut fresh = Bench::new();
    let restored = checkpoint::restore(&path, &mut fresh.engine, "0123456789ab").expect("read");
    let restored = restored.expect("a checkpoint");
    let mut resumed: Progress = serde_json::from_str(&restored.metadata.note).expect("its own text");
    resumed.best_weights = restored.best_weights;
    assert_eq!(resumed, progress);
    go_on(&mut fresh, options, scores, &mut resumed, |_, _, _| ControlFlow::Continue(())).expect("it trains");
    (fresh, resumed)
}

#[test]
fn a_training_resumed_anywhere_ends_with_the_same_best_weights_and_evaluations() {
    let options = Train { patience: Some(2), evaluate_every: Some(Interval::Steps(4)), ..options() };
    let scores = [0.1, 0.4, 0.2, 0.3, 0.9];
    let mut whole = Bench::new();
    let expected = train(&mut whole, &options, &scores);
    assert_eq!((expected.steps, expected.best().map(|best| best.step)), (16, Some(8)));
    for at in [2, 4, 8, 9, 16] {
        // right after a step, before an evaluation that is due then
        let (bench, progress) =
            interrupted(&options, &scores, |report| matches!(report, Report::Steps(steps) if steps[0].step == at));
        assert_eq!(progress, expected, "after step {at}");
        assert!(bench.weights() == whole.weights(), "after step {at}");
    }
    for at in [4, 8, 12, 16] {
        let (bench, progress) = interrupted(
            &options,
            &scores,
            |report| matches!(report, Report::Evaluation(Evaluated { step, .. }) if *step == at),
        );
        assert_eq!(progress, expected, "after the evaluation at {at}");
        assert!(bench.weights() == whole.weights(), "after the evaluation at {at}");
    }
}

#[test]
fn a_checkpoint_of_an_older_format_is_said_to_be_of_no_use() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let mut bench = Bench::new();
    checkpoint::save(&path, &bench.engine, None, &metadata(&Progress::default())).expect("saved");
    assert_eq!(checkpoint::peek(&path).expect("read"), Some(metadata(&Progress::default())));
    let whole = std::fs::read(&path).expect("read");
    for (ours, older, said) in [
        (
            "\"version\":\"3\"".to_owned(),
            "\"version\":\"2\"".to_owned(),
            "it has version 2, this program writes 3".to_owned(),
        ),
        (
            format!("\"numerics\":\"{NUMERICS_VERSION}\""),
            "\"numerics\":\"0\"".to_owned(),
            format!("it has numerics 0, this program writes {NUMERICS_VERSION}"),
        ),
    ] {
        let at = whole.windows(ours.len()).position(|bytes| bytes == ours.as_bytes()).expect("it stands in the header");
        let mut changed = whole.clone();
        changed[at..at + ours.len()].copy_from_slice(older.as_bytes());
        std::fs::write(&path, &changed).expect("written");
        let refusals = [
            checkpoint::peek(&path).map(|_| ()),
            checkpoint::restore(&path, &mut bench.engine, "0123456789ab").map(|_| ()),
        ];
        for refused in refusals {
            assert!(matches!(&refused, Err(CheckpointError::Outdated { what, .. }) if *what == said), "{refused:?}");
        }
    }
}

/// Damage to the file, without a word of what the disk said.
#[test]
fn whatever_happens_to_a_checkpoint_it_is_damaged_and_the_engine_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let mut bench = Bench::new();
    let best = bench.engine.learned().expect("a copy");
    checkpoint::save(&path, &bench.engine, Some(&best), &metadata(&Progress::default())).expect("saved");
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
        text("\"total\":\"21\"", "\"total\":\"2x\""),
        text("\"step\":\"0\"", "\"stop\":\"0\""),
        text("\"F32\"", "\"I32\""),
        text("\"key\":\"0123456789ab\"", "\"key\":\"ffffffffffff\""),
    ];
    for (number, damage) in damages.iter().enumerate() {
        std::fs::write(&path, damage).expect("written");
        let refused = checkpoint::restore(&path, &mut bench.engine, "0123456789ab").map(|_| ());
        assert!(matches!(refused, Err(CheckpointError::Damaged { .. })), "{number}: {refused:?}");
        assert_eq!(bench.weights(), before, "{number}");
    }
    std::fs::remove_file(&path).expect("removed");
    std::fs::create_dir(&path).expect("a folder in its place");
    let refused = checkpoint::peek(&path).map(|_| ());
    assert!(matches!(refused, Err(CheckpointError::Damaged { .. })), "{refused:?}");
    checkpoint::save(&path, &bench.engine, None, &metadata(&Progress::default())).expect("the folder is set aside");
    let restored = checkpoint::restore(&path, &mut bench.engine, "0123456789ab").expect("read").expect("a checkpoint");
    assert_eq!(restored.best_weights, None);
}

/// A checkpoint of before there was a hash in it, and one of another model.
#[test]
fn a_checkpoint_without_a_hash_serves_and_one_of_another_shape_does_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("job.safetensors");
    let mut bench = Bench::new();
    checkpoint::save(&path, &bench.engine, None, &metadata(&Progress::default())).expect("saved");
    let mut bytes = std::fs::read(&path).expect("read");
    let at = bytes.windows(8).position(|bytes| bytes == b"\"sha256\"").expect("it stands in the header");
    bytes[at..at + 8].copy_from_slice(b"\"sha255\"");
    std::fs::write(&path, &bytes).expect("written");
    checkpoint::restore(&path, &mut bench.engine, "0123456789ab").expect("read").expect("a checkpoint");
    let config = builtin::config("tiny").expect("it ships with the program");
    let fill = |_: &Config, _: &Layout, _: &mut [f32]| Ok::<_, EngineError>(());
    let capacity = training_capacity(&bench.train, 8, config.heads);
    let made = Engine::new(config, 3, Freeze::Layers(1), capacity, Device::Cpu, fill);
    let mut other = made.expect("memory").0;
    let refused = checkpoint::restore(&path, &mut other, "0123456789ab").map(|_| ());
    assert!(matches!(refused, Err(CheckpointError::Damaged { .. })), "{refused:?}");
}

/// Steps by the number in which they are told, and their losses.
fn told(bench: &mut Bench, options: &Train) -> (Vec<usize>, Vec<(u64, f64)>) {
    let (mut bursts, mut losses) = (Vec::new(), Vec::new());
    go_on(bench, options, &[0.1, 0.3, 0.2], &mut Progress::default(), |report, _, progress| {
        if let Report::Steps(steps) = report {
            bursts.push(steps.len());
            losses.extend(steps.iter().map(|step| (step.step, step.loss)));
            assert_eq!(losses.len() as u64, progress.steps, "a checkpoint now has every step in its curve");
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
    go_on(&mut whole, &options, &[], &mut Progress::default(), |_, _, _| ControlFlow::Continue(())).expect("it trains");
    let (mut first, mut progress) = (Bench::on(emulator::device(true)), Progress::default());
    let stopped = go_on(&mut first, &options, &[], &mut progress, |_, _, _| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(TrainError::Interrupted)) && progress.steps == 10);
    let mut second = Bench::on(emulator::device(true));
    let state = first.engine.with_state(|state| state.map(<[f32]>::to_vec)).expect("a state");
    let fill = |to: TrainingState<&mut [f32]>| {
        to.into_array().into_iter().zip(state.into_array()).for_each(|(to, from)| to.copy_from_slice(&from));
    };
    second.engine.restore(progress.steps, fill).expect("a state");
    go_on(&mut second, &options, &[], &mut progress, |_, _, _| ControlFlow::Continue(())).expect("it trains");
    assert!(second.weights() == whole.weights());
}
