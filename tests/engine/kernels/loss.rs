//! Cross-entropy and the choice of a label.

use std::ops::Range;

use runner::engine::cpu::loss;
use runner::engine::cpu::{focal, weighted};
use runner::engine::crf::{Crf, Scratch};
use runner::engine::cuda::arguments::{
    Argmax, ChainLogits, ChainParameters, ChainPasses, CrossEntropy, ELEMENT_THREADS, GoldLoss, Record,
};
use runner::engine::{Loss, NO_LABEL, Target};

use super::*;

/// Rows and classes: fewer and more rows than the block has threads.
const SHAPES: [[usize; 2]; 5] = [[1, 2], [3, 7], [17, 9], [64, 33], [700, 5]];

/// A label for two rows out of three.
fn labels(rows: usize, classes: usize) -> Vec<i32> {
    (0..rows).map(|row| if row % 3 == 1 { NO_LABEL } else { (row * 5 % classes) as i32 }).collect()
}

/// A weight for each class.
fn weights(classes: usize) -> Vec<f64> {
    (0..classes).map(|class| 0.25 + class as f64 % 3.0).collect()
}

#[test]
fn cross_entropy_and_its_gradient_are_those_of_the_cpu() {
    const SCALE: f64 = 0.37;
    for [rows, classes] in SHAPES {
        let weighted = [(0.0, 1, 0, true), (0.2, 1, 1, true)];
        let plain = [(0.0, 1, 0, false), (0.0, 0, 1, false), (0.2, 1, 1, false)];
        for (smoothing, differentiate, add, is_weighted) in plain.into_iter().chain(weighted) {
            let logits = draws("logits", rows * classes);
            let labels = labels(rows, classes);
            let mut gradient = logits.clone();
            let weights = weights(classes);
            let target = Target { loss: Loss::CrossEntropy { smoothing }, weights: &weights, scale: SCALE };
            let loss = if is_weighted {
                SCALE * weighted::cross_entropy(&mut gradient, &labels, smoothing, target)
            } else {
                SCALE * loss::cross_entropy(&mut gradient, &labels, classes, smoothing, SCALE)
            };
            let ((device, bf16), record) = on_both(|device| {
                let arguments = CrossEntropy {
                    logits: device.floats(&logits),
                    bf16: device.bf16_room(logits.len()),
                    labels: device.words(bytemuck::cast_slice(&labels)),
                    weights: if is_weighted { device.words(bytemuck::cast_slice(&weights)) } else { Address::NONE },
                    record: device.structures(&[Record { loss: 2.5, norm: 7.0 }]),
                    scale: SCALE,
                    smoothing,
                    rows: rows as u32,
                    classes: classes as u32,
                    differentiate,
                    add,
                };
                device.launch([1, 1], &arguments);
                let bf16 = device.read_bf16(arguments.bf16, logits.len());
                ((device.read(arguments.logits, logits.len()), bf16), device.read_doubles(arguments.record, 2))
            });
            let before = if add == 1 { 2.5 } else { 0.0 };
            assert!((record[0] - before - loss).abs() <= 1e-12 * (before + loss), "{} for {loss}", record[0]);
            assert_eq!(record[1], 7.0, "the norm stays");
            if differentiate == 1 {
                assert_close(&device, &gradient, "∂logits");
                let none = device.chunks(classes).zip(&labels).filter(|(_, label)| **label == NO_LABEL);
                assert!(none.flat_map(|(row, _)| row).all(|gradient| gradient.to_bits() == 0), "no label, no gradient");
                assert_rounded(&bf16, &device, "∂logits");
            } else {
                assert_same(&device, &logits, "logits");
            }
        }
    }
}

#[test]
fn the_first_of_the_largest_logits_is_chosen() {
    for [rows, classes] in SHAPES {
        // few values, so that many are the largest
        let mut logits: Vec<f32> = draws("logits", rows * classes).iter().map(|logit| logit.round()).collect();
        logits[rows * classes / 2] = f32::NAN;
        logits[0] = f32::NEG_INFINITY;
        let expected: Vec<u32> = loss::argmax(&logits, classes).map(u32::from).collect();
        let device = on_both(|device| {
            let arguments = Argmax {
                classes: device.room(rows),
                logits: device.floats(&logits),
                rows: rows as u32,
                width: classes as u32,
            };
            device.launch(blocks(rows, ELEMENT_THREADS), &arguments);
            device.read_words(arguments.classes, rows)
        });
        assert_eq!(device, expected);
    }
}

#[test]
fn focal_and_dice_and_their_gradients_are_those_of_the_cpu() {
    const SCALE: f64 = 0.37;
    let losses = [Loss::Focal { gamma: 2.0 }, Loss::Focal { gamma: 0.5 }, Loss::Dice { alpha: 0.6, gamma: 0.5 }];
    for [rows, classes] in SHAPES {
        for (loss, (add, is_weighted)) in losses.iter().zip([(0, false), (1, true), (1, true)]) {
            let (logits, labels, weights) = (draws("logits", rows * classes), labels(rows, classes), weights(classes));
            let mut gradient = logits.clone();
            let target = Target { loss: *loss, weights: if is_weighted { &weights } else { &[] }, scale: SCALE };
            let expected = SCALE * focal::summed_with_gradient(&mut gradient, &labels, classes, target);
            let (alpha, gamma, dice) = match *loss {
                Loss::Dice { alpha, gamma } => (alpha, gamma, 1),
                Loss::Focal { gamma } => (0.0, gamma, 0),
                _ => unreachable!("no such loss here"),
            };
            let ((device, bf16), record) = on_both(|device| {
                let arguments = GoldLoss {
                    logits: device.floats(&logits),
                    bf16: device.bf16_room(logits.len()),
                    labels: device.words(bytemuck::cast_slice(&labels)),
                    weights: if is_weighted { device.words(bytemuck::cast_slice(&weights)) } else { Address::NONE },
                    record: device.structures(&[Record { loss: 2.5, norm: 7.0 }]),
                    scale: SCALE,
                    alpha,
                    gamma,
                    rows: rows as u32,
                    classes: classes as u32,
                    dice,
                    add,
                };
                device.launch([1, 1], &arguments);
                let bf16 = device.read_bf16(arguments.bf16, logits.len());
                ((device.read(arguments.logits, logits.len()), bf16), device.read_doubles(arguments.record, 2))
            });
            let before = if add == 1 { 2.5 } else { 0.0 };
            assert!((record[0] - before - expected).abs() <= 1e-12 * (before + expected), "{record:?} for {expected}");
            assert_eq!(record[1], 7.0, "the norm stays");
            assert_close(&device, &gradient, "∂logits");
            assert_rounded(&bf16, &device, "∂logits");
        }
    }
}

/// Sentences of 1, 2, 3, … rows, the third without a labeled one, as the CPU takes them.
fn sentences(rows: usize) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for len in 1.. {
        let end = rows.min(start + len);
        sentences.push(start..end);
        start = end;
        if start == rows {
            return sentences;
        }
    }
    unreachable!("some sentence is the last")
}

/// The rows of words in chains, and each chain's first word, then their number.
fn chains(sentences: &[Range<usize>], labels: &[i32]) -> (Vec<u32>, Vec<u32>) {
    let (mut rows, mut starts) = (Vec::new(), vec![0]);
    for sentence in sentences {
        rows.extend(sentence.clone().filter(|row| labels[*row] != NO_LABEL).map(|row| row as u32));
        if starts.last() != Some(&(rows.len() as u32)) {
            starts.push(rows.len() as u32);
        }
    }
    (rows, starts)
}

#[test]
fn chains_and_their_gradients_are_those_of_the_cpu() {
    const SCALE: f64 = 0.37;
    for ([rows, classes], add) in SHAPES.into_iter().zip([0, 1, 0, 1, 0]) {
        let logits = draws("logits", rows * classes);
        let labels: Vec<i32> =
            (0..).zip(labels(rows, classes)).map(|(at, l)| if (3..6).contains(&at) { -1 } else { l }).collect();
        let [start, end] = ["start", "end"].map(|name| draws(name, classes));
        let transitions = draws("transitions", classes * classes);
        let sentences = sentences(rows);
        let (words, starts) = chains(&sentences, &labels);
        let parameters = (classes + 2) * classes;
        let before = draws("before", parameters);
        let (mut gradient, mut of_parameters) = (logits.clone(), before.clone());
        let crf = Crf { start: &start[..], end: &end, transitions: &transitions };
        let (of_start, rest) = of_parameters.split_at_mut(classes);
        let (of_end, of_transitions) = rest.split_at_mut(classes);
        let gradients = Crf { start: of_start, end: of_end, transitions: of_transitions };
        let mut scratch = Scratch::default();
        let write = (gradients, add == 0);
        let loss = SCALE * crf.summed_with_gradient(&mut gradient, &labels, &sentences, SCALE, write, &mut scratch);
        let ((of_logits, bf16), (of_chain, record)) = on_both(|device| {
            let doubles = |count: usize| device.room(2 * count);
            let (logits_at, labels_at) = (device.floats(&logits), device.words(bytemuck::cast_slice(&labels)));
            let (rows_at, starts_at) = (device.words(&words), device.words(&starts));
            let transitions_at = device.floats(&transitions);
            let count = starts.len() - 1;
            let passes = ChainPasses {
                alphas: doubles(words.len() * classes),
                betas: doubles(words.len() * classes),
                totals: doubles(2 * count),
                logits: logits_at,
                labels: labels_at,
                start: device.floats(&start),
                end: device.floats(&end),
                transitions: transitions_at,
                rows: rows_at,
                starts: starts_at,
                classes: classes as u32,
            };
            device.launch([count, 1], &passes);
            let ChainPasses { alphas, betas, totals, .. } = passes;
            let [start_gradient, end_gradient, transitions_gradient] =
                [&before[..classes], &before[classes..2 * classes], &before[2 * classes..]]
                    .map(|part| device.floats(part));
            let (chains, classes_of) = (count as u32, classes as u32);
            let of_parameters = ChainParameters {
                start_gradient,
                end_gradient,
                transitions_gradient,
                alphas,
                betas,
                totals,
                logits: logits_at,
                labels: labels_at,
                transitions: transitions_at,
                rows: rows_at,
                starts: starts_at,
                scale: SCALE,
                chains,
                classes: classes_of,
                add,
            };
            device.launch(blocks(parameters, ELEMENT_THREADS), &of_parameters);
            let of_logits = ChainLogits {
                logits: logits_at,
                bf16: device.bf16_room(logits.len()),
                labels: labels_at,
                alphas,
                betas,
                totals,
                record: device.structures(&[Record { loss: 2.5, norm: 7.0 }]),
                rows: rows_at,
                starts: starts_at,
                scale: SCALE,
                chains,
                all_rows: rows as u32,
                classes: classes_of,
                add,
            };
            device.launch([1, 1], &of_logits);
            let read = |at, len| device.read(at, len);
            let chain = [
                read(start_gradient, classes),
                read(end_gradient, classes),
                read(transitions_gradient, classes * classes),
            ];
            let bf16 = device.read_bf16(of_logits.bf16, logits.len());
            ((read(logits_at, logits.len()), bf16), (chain.concat(), device.read_doubles(of_logits.record, 2)))
        });
        let loss_before = if add == 1 { 2.5 } else { 0.0 };
        assert!((record[0] - loss_before - loss).abs() <= 1e-12 * (loss_before + loss), "{record:?} for {loss}");
        assert_eq!(record[1], 7.0, "the norm stays");
        assert_close(&of_logits, &gradient, "∂logits");
        assert_close(&of_chain, &of_parameters, "∂parameters");
        assert_rounded(&bf16, &of_logits, "∂logits");
    }
}
