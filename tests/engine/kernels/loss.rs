//! Cross-entropy and the choice of a label.

use runner::engine::NO_LABEL;
use runner::engine::Target;
use runner::engine::cpu::loss;
use runner::engine::cuda::arguments::{Argmax, CrossEntropy, ELEMENT_THREADS, Record};

use super::*;

/// Rows and classes: fewer and more rows than the block has threads.
const SHAPES: [[usize; 2]; 5] = [[1, 2], [3, 7], [17, 9], [64, 33], [700, 5]];

/// A label for two rows out of three.
fn labels(rows: usize, classes: usize) -> Vec<i32> {
    (0..rows).map(|row| if row % 3 == 1 { NO_LABEL } else { (row * 5 % classes) as i32 }).collect()
}

#[test]
fn cross_entropy_and_its_gradient_are_those_of_the_cpu() {
    const SCALE: f64 = 0.37;
    for [rows, classes] in SHAPES {
        for (smoothing, differentiate, add) in [(0.0, 1, 0), (0.0, 0, 1), (0.2, 1, 1)] {
            let logits = draws("logits", rows * classes);
            let labels = labels(rows, classes);
            let mut gradient = logits.clone();
            let target = Target { scale: SCALE, smoothing };
            let loss = SCALE * loss::cross_entropy(&mut gradient, &labels, classes, target);
            let ((device, bf16), record) = on_both(|device| {
                let arguments = CrossEntropy {
                    logits: device.floats(&logits),
                    bf16: device.bf16_room(logits.len()),
                    labels: device.words(bytemuck::cast_slice(&labels)),
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
