//! Sentences longer than an input, read in windows: a step over them, and a chain over all of a sentence's windows.

use std::ops::ControlFlow;

use crate::emulator;
use runner::data::builtin::{corpus, tokenizer};
use runner::data::{Encoded, NO_LABEL, Sentence, Split};
use runner::engine::crf::{Crf, Scratch};
use runner::engine::{Batch, Capacity, Device, Engine, EngineError, Loss};
use runner::metrics::{TagSet, Transitions};
use runner::model::{Config, Layout, builtin, head};
use runner::spec::{Freeze, InputLength, LabelPieces, LossKind, Train};
use runner::train::{History, Prediction, Step, TrainError, fine_tune, training_capacity};

/// Six documents of five sentences each, in windows of 16 tokens.
fn documents() -> Encoded {
    let corpus = corpus("es").expect("it ships with the program");
    let rows = &corpus.split(Split::Train)[..30];
    let joined = |rows: &[Sentence]| Sentence {
        words: rows.iter().flat_map(|row| row.words.clone()).collect(),
        tags: rows.iter().flat_map(|row| row.tags.clone()).collect(),
    };
    let documents: Vec<Sentence> = rows.chunks(5).map(joined).collect();
    let all: Vec<&Sentence> = documents.iter().collect();
    let encoded = Encoded::new(&all, &tokenizer(), InputLength::Windows { tokens: 16, stride: Some(6) });
    let encoded = encoded.expect("tokenized");
    assert!(encoded.len() == 6 && encoded.windows() >= 18, "{}", encoded.windows());
    encoded
}

/// The same windows, each a sentence of its own.
fn apart(encoded: &Encoded) -> Encoded {
    let windows = encoded.windows();
    Encoded { sentence_starts: (0..=windows).collect(), words: vec![16; windows], ..encoded.clone() }
}

fn engine(device: Device, crf: bool) -> Engine {
    let config = builtin::config("tiny").expect("it ships with the program").with_dropout(Some(0.1)).with_crf(crf);
    let capacity = training_capacity(&documents(), 64, true, config.heads);
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        builtin::draw(config, layout, parameters);
        head::draw(config, layout, 42, parameters);
        if crf {
            head::draw_crf(config, layout, 42, parameters);
        }
        Ok::<_, EngineError>(())
    };
    let labels = corpus("es").expect("it ships").labels.names().len();
    let mut made = Engine::new(config, labels, Freeze::Nothing, capacity, device, fill).expect("memory").0;
    if crf {
        made.minimize(Loss::Crf);
    }
    made
}

/// One step over all of `encoded`.
fn step(engine: &mut Engine, encoded: &Encoded, options: &Train) -> (Step, Vec<f32>) {
    let options = Train { max_steps: Some(1), ..options.clone() };
    let mut history = History::new(1);
    let mut taken = None;
    let observe = |report: runner::train::Report<'_>, _: &Engine, _: &History| {
        if let runner::train::Report::Steps(steps) = report {
            taken = steps.first().copied();
        }
        ControlFlow::Continue(())
    };
    let evaluate = |_: &Engine| unreachable!("it is not evaluated");
    fine_tune::<TrainError>(engine, encoded, &options, None, &mut history, evaluate, observe).expect("it trains");
    (taken.expect("a step"), engine.learned().expect("a copy"))
}

#[test]
fn a_step_over_sentences_in_parts_is_that_over_all_of_their_windows() {
    let documents = documents();
    // six windows at a time, and all at once
    let in_parts = step(&mut engine(Device::Cpu, false), &documents, &Train { batch_size: 6, ..Train::default() });
    let at_once =
        step(&mut engine(Device::Cpu, false), &apart(&documents), &Train { batch_size: 64, ..Train::default() });
    assert!((in_parts.0.loss - at_once.0.loss).abs() < 1e-6 * at_once.0.loss, "{in_parts:?} {at_once:?}");
    assert!((in_parts.0.grad_norm - at_once.0.grad_norm).abs() < 1e-5 * at_once.0.grad_norm);
    let farthest = in_parts.1.iter().zip(&at_once.1).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // Adam's first step has the size of the rate whatever the gradient, so that one near 0 may turn
    assert!(farthest <= 2.1 * 5e-5, "{farthest}");
}

#[test]
fn every_labeled_token_is_learned_once() {
    let documents = documents();
    let words: usize = documents.words.iter().map(|words| *words as usize).sum();
    assert_eq!(documents.labels.iter().filter(|label| **label != NO_LABEL).count(), words);
    assert_eq!((documents.scored_words.len(), documents.unscored_words()), (words, 0));
    for sentence in 0..documents.len() {
        let of = documents.windows_of(sentence).flat_map(|window| documents.scored_words(window).to_vec());
        assert_eq!(of.collect::<Vec<_>>(), (0..documents.words[sentence]).collect::<Vec<_>>());
        assert!(documents.windows_of(sentence).all(|window| documents.sentence_of(window) == sentence));
    }
    let first = documents.first(2);
    assert_eq!((first.len(), first.windows()), (2, documents.sentence_starts[2]));
    assert_eq!(first.tokens(first.windows() - 1), documents.tokens(first.windows() - 1));
}

#[test]
fn all_pieces_of_a_word_learn_in_its_window() {
    let corpus = corpus("es").expect("it ships with the program");
    // most of these words are of several pieces
    let words: Vec<String> = (0..40).map(|at| format!("Zyx{at}qwv")).collect();
    let tags = vec![corpus.labels.index("B-PER").expect("a tag"); words.len()];
    let sentence = Sentence { words, tags };
    let length = InputLength::Windows { tokens: 20, stride: Some(9) };
    let made = Encoded::for_training(&[&sentence], &tokenizer(), length, LabelPieces::All, &corpus.labels);
    let made = made.expect("tokenized");
    let inside = i32::from(corpus.labels.index("I-PER").expect("a tag"));
    assert!(made.windows() > 3 && made.labels.contains(&inside), "{}", made.windows());
    for window in 0..made.windows() {
        let labels = &made.labels[made.tokens(window)];
        let labeled: Vec<usize> = (0..labels.len()).filter(|at| labels[*at] != NO_LABEL).collect();
        let firsts = made.first_tokens(window);
        assert_eq!(labeled.first().map(|first| *first as u32), firsts.first().copied(), "it begins with a word");
        assert!(labeled.windows(2).all(|pair| pair[1] == pair[0] + 1), "no word between others learns elsewhere");
    }
    let first_pieces = made.scored_words.len();
    assert_eq!(first_pieces, 40);
}

/// All windows of a document, as a batch whose words are one chain.
fn chained(encoded: &Encoded, document: usize, engine: &Engine) -> Batch {
    let mut batch = Batch::of(engine.config());
    for window in encoded.windows_of(document) {
        let tokens = encoded.tokens(window);
        batch.push(window as u32, &encoded.ids[tokens.clone()], &encoded.labels[tokens]);
        if window > encoded.sentence_starts[document] {
            batch.join();
        }
    }
    batch
}

#[test]
fn a_crf_is_a_chain_over_all_windows_of_a_sentence() {
    let documents = documents();
    let tags = TagSet::new(corpus("es").expect("it ships").labels.names()).expect("tags");
    let allowed = Transitions::iob2(&tags);
    let mut losses = Vec::new();
    for device in [Device::Cpu, emulator::device(false)] {
        let mut engine = engine(device, true);
        let batch = chained(&documents, 3, &engine);
        assert!(batch.sequences.len() > 2);
        let whole = 0..documents.words[3] as usize;
        assert_eq!(batch.chains, [whole]);
        // the words' logits of all windows, and the chain's loss on them, here
        let mut classes = Vec::new();
        let logits = engine.logits(&batch).expect("logits");
        let decoder = engine.decoder(&allowed).expect("parameters");
        let loss = engine.evaluate_sentences(&decoder, &batch, &mut classes).expect("a loss");
        assert_eq!(classes, decoder.best_path(&logits));
        let parameters = engine.learned().expect("a copy");
        let spans = Layout::new(engine.config(), tags.len()).crf.expect("a chain");
        let [start, end, transitions] =
            [spans.start, spans.end, spans.transitions].map(|span| &parameters[span.start..span.start + span.len]);
        let crf = Crf { start, end, transitions };
        let words = 0..batch.selected.labels.len();
        let expected = crf.summed(&logits, &batch.selected.labels, &[words], &mut Scratch::default());
        assert!((loss - expected).abs() < 1e-9 * expected, "{loss} for {expected}");
        let options = Train { loss: LossKind::Crf, batch_size: 2, ..Train::default() };
        let (taken, _) = step(&mut engine, &documents, &options);
        losses.push(taken.loss);
        let predicted = Prediction::among(&documents, Some(&allowed)).run(&engine, |_| true).expect("tags");
        let is_allowed = |sentence: &Vec<Option<u16>>| {
            let tags: Vec<u16> = sentence.iter().map(|tag| tag.expect("every word has one")).collect();
            allowed.may_start(tags[0].into())
                && tags.windows(2).all(|pair| allowed.may_follow(pair[0].into(), pair[1].into()))
        };
        assert!(predicted.len() == 6 && predicted.iter().all(is_allowed));
    }
    assert!((losses[0] - losses[1]).abs() < 1e-5 * losses[0], "the devices differ: {losses:?}");
}

#[test]
fn the_capacity_is_that_of_the_largest_part() {
    let documents = documents();
    let most = (0..documents.len()).map(|at| documents.windows_of(at).len()).max().expect("documents");
    let windows = |capacity: Capacity| capacity.tokens.div_ceil(16);
    assert_eq!(windows(training_capacity(&documents, 2, false, 2)), 2);
    assert_eq!(windows(training_capacity(&documents, 2, true, 2)), most);
}
