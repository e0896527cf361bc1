//! What is done element by element: the same bits as on the CPU.

use runner::engine::TokenPositions;
use runner::engine::cpu::queries::Heads;
use runner::engine::cpu::{self, activation, dropout, shared_heads};
use runner::engine::cuda::arguments::{
    Activate, ActivateBackward, AddBias, DropoutRows, ELEMENT_THREADS, GatherRows, NARROW_A_THREAD, Narrow,
    RepeatHeads, RepeatHeadsBackward, ScatterRows,
};
use runner::model::Activation;

use super::*;

const SHAPES: [[usize; 2]; 5] = [[1, 1], [7, 5], [17, 33], [65, 384], [3, 768]];

const ACTIVATIONS: [Activation; 4] = [Activation::Gelu, Activation::GeluTanh, Activation::Relu, Activation::Silu];

/// Draws of many sizes, with what is no number or beyond any reach among them.
fn values(len: usize) -> Vec<f32> {
    let special =
        [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, 1e-40, -88.5, 20.0];
    let scaled = draws("x", len).into_iter().enumerate().map(|(at, x)| x * [1.0, 5.0, 20.0][at % 3]);
    scaled.enumerate().map(|(at, x)| if at % 9 == 4 { special[at / 9 % special.len()] } else { x }).collect()
}

#[test]
fn a_bias_and_an_activation_give_the_bits_of_the_cpu() {
    for [rows, width] in SHAPES {
        for (activation, number) in ACTIVATIONS.into_iter().zip(0..) {
            let (x, bias) = (values(rows * width), draws("bias", width));
            let sum = biased(&x, &bias);
            let mut cpu = vec![f32::NAN; x.len()];
            activation::forward(&mut cpu, &sum, activation);
            let (device, bf16) = on_both(|device| {
                let arguments = Activate {
                    out: device.room(x.len()),
                    bf16: device.bf16_room(x.len()),
                    x: device.floats(&x),
                    bias: device.floats(&bias),
                    len: x.len() as u32,
                    width: width as u32,
                    activation: number,
                };
                device.launch(blocks(x.len(), ELEMENT_THREADS), &arguments);
                (
                    [arguments.out, arguments.x].map(|at| device.read(at, x.len())),
                    device.read_bf16(arguments.bf16, x.len()),
                )
            });
            assert_same(&device[0], &cpu, "out");
            assert_same(&device[1], &sum, "x");
            assert_rounded(&bf16, &device[0], "out");
        }
    }
}

#[test]
fn the_gradient_of_an_activation_has_the_bits_of_the_cpu() {
    for [rows, width] in SHAPES {
        for (activation, number) in ACTIVATIONS.into_iter().zip(0..) {
            let (x, outer) = (values(rows * width), draws("outer", rows * width));
            let mut cpu = outer.clone();
            activation::backward(&mut cpu, &x, activation);
            let device = on_both(|device| {
                let arguments = ActivateBackward {
                    gradient: device.floats(&outer),
                    bf16: device.bf16_room(x.len()),
                    x: device.floats(&x),
                    len: x.len() as u32,
                    activation: number,
                };
                device.launch(blocks(x.len(), ELEMENT_THREADS), &arguments);
                (device.read(arguments.gradient, x.len()), device.read_bf16(arguments.bf16, x.len()))
            });
            assert_same(&device.0, &cpu, "∂x");
            assert_rounded(&device.1, &device.0, "∂x");
        }
    }
}

#[test]
fn a_bias_is_added_to_every_row() {
    for [rows, width] in SHAPES {
        let (y, bias) = (draws("y", rows * width), draws("bias", width));
        let (device, bf16) = on_both(|device| {
            let arguments = AddBias {
                y: device.floats(&y),
                bf16: device.bf16_room(y.len()),
                bias: device.floats(&bias),
                len: y.len() as u32,
                width: width as u32,
            };
            device.launch(blocks(y.len(), ELEMENT_THREADS), &arguments);
            (device.read(arguments.y, y.len()), device.read_bf16(arguments.bf16, y.len()))
        });
        assert_same(&device, &biased(&y, &bias), "y");
        assert_rounded(&bf16, &device, "y");
    }
}

#[test]
fn rows_are_dropped_from_with_the_bits_of_the_cpu() {
    for [rows, width] in SHAPES {
        for in_place in [true, false] {
            for mask in [None, mask()] {
                let x = draws("x", rows * width);
                let (examples, positions) = tokens(rows);
                let at = TokenPositions { examples: &examples, positions: &positions };
                let mut cpu = x.clone();
                if let Some(mask) = &mask {
                    dropout::rows(&mut cpu, width, mask, at);
                }
                let (device, bf16) = on_both(|device| {
                    let from = device.floats(&x);
                    let arguments = DropoutRows {
                        out: if in_place { from } else { device.room(x.len()) },
                        bf16: device.bf16_room(x.len()),
                        x: from,
                        positions: device.words(&positions),
                        examples: device.words(&examples),
                        len: x.len() as u32,
                        width: width as u32,
                        mask: mask.as_ref().into(),
                    };
                    device.launch(blocks(x.len(), ELEMENT_THREADS), &arguments);
                    (device.read(arguments.out, x.len()), device.read_bf16(arguments.bf16, x.len()))
                });
                assert_same(&device, &cpu, "out");
                assert_rounded(&bf16, &device, "out");
            }
        }
    }
}

#[test]
fn rows_are_gathered_and_scattered_as_on_the_cpu() {
    for [count, width] in [[1, 1], [5, 5], [20, 33], [9, 384]] {
        let rows: Vec<u32> = (0..count as u32).map(|row| (row * 7 + 3) % (3 * count as u32)).collect();
        let (table, few) = (draws("table", 3 * count * width), draws("few", count * width));
        let mut cpu = vec![f32::NAN; few.len()];
        cpu::rows::gather(&mut cpu, &table, width, &rows);
        let device = on_both(|device| {
            let arguments = GatherRows {
                to: device.room(few.len()),
                from: device.floats(&table),
                rows: device.words(&rows),
                len: few.len() as u32,
                width: width as u32,
            };
            device.launch(blocks(few.len(), ELEMENT_THREADS), &arguments);
            device.read(arguments.to, few.len())
        });
        assert_same(&device, &cpu, "gathered");

        let mut cpu = table.clone();
        cpu::rows::scatter(&mut cpu, &few, width, &rows);
        let device = on_both(|device| {
            let arguments = ScatterRows {
                to: device.floats(&vec![0.0; table.len()]),
                from: device.floats(&few),
                rows: device.words(&rows),
                len: few.len() as u32,
                width: width as u32,
            };
            device.launch(blocks(few.len(), ELEMENT_THREADS), &arguments);
            device.read(arguments.to, table.len())
        });
        assert_same(&device, &cpu, "scattered");
    }
}

#[test]
fn heads_are_repeated_and_their_gradients_summed_with_the_bits_of_the_cpu() {
    for (tokens, heads, shared, width) in [(1, 1, 1, 1), (3, 6, 2, 5), (17, 4, 1, 33), (5, 12, 4, 64)] {
        let count = Heads { count: heads, width };
        let lens = [tokens * 3 * heads * width, tokens * (heads + 2 * shared) * width];
        let (packed, outer) = (draws("packed", lens[1]), draws("outer", lens[0]));
        let (mut repeated, mut gradient) = (vec![f32::NAN; lens[0]], vec![f32::NAN; lens[1]]);
        shared_heads::forward(&mut repeated, &packed, count, shared);
        shared_heads::backward(&mut gradient, &outer, count, shared);
        let (floats, bf16) = on_both(|device| {
            let [heads, shared, width] = [heads, shared, width].map(|size| size as u32);
            let [to, from] = [device.room(lens[0]), device.floats(&packed)];
            let forward = RepeatHeads { repeated: to, packed: from, len: lens[0] as u32, heads, shared, width };
            device.launch(blocks(lens[0], ELEMENT_THREADS), &forward);
            let backward = RepeatHeadsBackward {
                packed: device.room(lens[1]),
                bf16: device.bf16_room(lens[1]),
                repeated: device.floats(&outer),
                len: lens[1] as u32,
                heads,
                shared,
                width,
            };
            device.launch(blocks(lens[1], ELEMENT_THREADS), &backward);
            let values = [(to, lens[0]), (backward.packed, lens[1])].map(|(at, len)| device.read(at, len));
            (values, device.read_bf16(backward.bf16, lens[1]))
        });
        assert_same(&floats[0], &repeated, "repeated");
        assert_same(&floats[1], &gradient, "∂packed");
        assert_rounded(&bf16, &gradient, "∂packed");
    }
}

#[test]
fn narrowing_rounds_to_the_nearest_and_to_even_between_two() {
    let between =
        [0x3f80_8000, 0x3f81_8000, 0x3f80_7fff, 0x3f80_8001, 0x7f7f_ffff, 0xff7f_ffff, 0x0000_8000, 0x0001_8000];
    let none = [0x7fc0_0000, 0x7f80_0001, 0xff80_0001, 0xffff_ffff];
    let mut x: Vec<f32> = between.into_iter().chain(none).map(f32::from_bits).collect();
    x.extend(values(3000));
    for len in [1, 2, 3, 4, 5, 1023, 1024, 1025, x.len()] {
        let bf16 = on_both(|device| {
            let bf16 = device.bf16_room(len);
            let arguments = Narrow { bf16, x: device.floats(&x[..len]), len: len as u32 };
            device.launch(blocks(len, ELEMENT_THREADS * NARROW_A_THREAD), &arguments);
            device.read_bf16(bf16, len)
        });
        assert_rounded(&bf16, &x[..len], "x");
    }
}
