//! The matrix products: the emulator's, or on a real GPU those of cuBLAS.

use runner::engine::cpu::products;
use runner::engine::cuda::{Operands, Product};
use runner::engine::{Shape, Write};

use super::*;

/// Each product written and added, of float32 and of bfloat16, whose sums are those of the operands rounded.
#[test]
fn products_are_those_of_the_cpu() {
    let shape = Shape { tokens: 7, inputs: 33, outputs: 10 };
    let [x, y, w] = [("x", 7 * 33), ("y", 7 * 10), ("w", 10 * 33)].map(|(name, len)| draws(name, len));
    let all =
        [(Product::Forward, &y, &x, &w), (Product::InputGradient, &x, &y, &w), (Product::WeightGradient, &w, &y, &x)];
    for (product, out, a, b) in all {
        for (write, bf16) in [(Write::Set, false), (Write::Add, false), (Write::Set, true), (Write::Add, true)] {
            let given = |values: &[f32]| -> Vec<f32> {
                let rounded = |value: &f32| if bf16 { bf16::from_f32(*value).to_f32() } else { *value };
                values.iter().map(rounded).collect()
            };
            let ([a, b], mut expected) = ([a, b].map(|values| given(values)), out.clone());
            match product {
                Product::Forward => {
                    let mut sum = vec![f32::NAN; out.len()];
                    products::forward(&mut sum, &a, &b, None, shape);
                    let before = expected.iter().map(|e| if write == Write::Add { *e } else { 0.0 });
                    expected = before.zip(sum).map(|(before, sum)| before + sum).collect();
                }
                Product::InputGradient => products::input_gradient(&mut expected, &a, &b, shape, write),
                Product::WeightGradient => products::weight_gradient(&mut expected, &a, &b, shape, write, None),
            }
            let device = Device(emulator::runtime(false));
            let operand = |values: &[f32]| {
                let mut rounded: Vec<u16> = values.iter().map(|value| bf16::from_f32(*value).to_bits()).collect();
                rounded.push(0);
                let pairs = rounded.chunks_exact(2).map(|pair| u32::from(pair[0]) | u32::from(pair[1]) << 16);
                if bf16 { device.words(&pairs.collect::<Vec<_>>()) } else { device.floats(values) }
            };
            let operands = Operands { out: device.floats(out), a: operand(&a), b: operand(&b), bf16 };
            // SAFETY: the operands are of that shape.
            unsafe { device.0.product(product, operands, shape, write) }.expect("a product");
            let (ours, what) = (device.read(operands.out, out.len()), format!("{product:?}, {write:?}, {bf16}"));
            let compare = if emulator::is_real() { assert_close } else { assert_same };
            compare(&ours, &expected, &what);
        }
    }
}
