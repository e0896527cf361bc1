//! Embedding, layer norm and what comes with them.

use runner::engine::cpu::embedding::{self, Lookup};
use runner::engine::cpu::norm::{self, Norm, NormGradients, Residual};
use runner::engine::cpu::{activation, dropout};
use runner::engine::cuda::arguments::{
    AddNorm, COLUMNS_A_BLOCK, ColumnSums, EmbedNorm, NormBackward, NormParametersBackward,
};
use runner::engine::{Batch, EmbeddingTables, TokenPositions, Write};

use super::*;

const EPSILON: f32 = 1e-5;

/// Rows and columns: rows of which a part is in registers, and rows of which a thread has no column, among them.
const SHAPES: [[usize; 2]; 8] = [[1, 1], [3, 5], [17, 33], [2, 64], [5, 384], [4, 768], [3, 1025], [2, 2500]];

/// Rows and columns of sums over rows.
const COLUMNS: [[usize; 2]; 6] = [[1, 1], [3, 5], [17, 33], [65, 384], [130, 768], [300, 40]];

/// norm(sum) with the statistics that a device found, as both write it, times the mask's factors.
fn normed(
    sum: &[f32],
    statistics: &[f32],
    [weight, bias]: [&[f32]; 2],
    factor: impl Fn(usize, usize) -> f32,
) -> Vec<f32> {
    let rows = sum.chunks(weight.len()).zip(statistics.chunks(2)).enumerate();
    let cells = rows.flat_map(|(row, (sum, statistics))| {
        let factor = &factor;
        sum.iter().zip(weight).zip(bias).enumerate().map(move |(column, ((s, w), b))| {
            let out = ((s - statistics[0]) * statistics[1]).mul_add(*w, *b);
            if factor(row, column) == 0.0 { 0.0 } else { out * factor(row, column) }
        })
    });
    cells.collect()
}

/// What a norm reads and leaves on the CPU.
struct Normed {
    out: Vec<f32>,
    sum: Vec<f32>,
    statistics: Vec<f32>,
}

impl Normed {
    fn nothing(rows: usize, width: usize) -> Self {
        let none = |len| vec![f32::NAN; len];
        Self { out: none(rows * width), sum: none(rows * width), statistics: none(2 * rows) }
    }

    fn norm(&mut self, [weight, bias]: [&[f32]; 2], residual: Option<Residual<'_>>, centered: bool) {
        let parameters = Norm { weight, bias, epsilon: EPSILON, centered };
        norm::forward(&mut self.out, &mut self.sum, &mut self.statistics, parameters, residual);
    }
}

/// The factors of the elements of rows of [`tokens`], or 1.
fn factors(mask: Option<Mask>, rows: usize) -> impl Fn(usize, usize) -> f32 {
    let (examples, positions) = tokens(rows);
    move |row, column| if mask.is_some() { factor(examples[row], positions[row], column) } else { 1.0 }
}

#[test]
fn the_norm_of_the_sum_of_embeddings_is_that_of_the_cpu() {
    for [rows, width] in SHAPES {
        for (mask, segment_rows, centered, drops_first) in
            [(None, 0, true, false), (mask(), 2, true, false), (None, 0, false, false), (mask(), 2, true, true)]
        {
            let mut batch = Batch::new(1);
            let ids: Vec<u32> = (0..rows as u32).map(|token| token * 5 % 7).collect();
            let lengths = (0..rows).step_by(5).map(|start| 5.min(rows - start));
            lengths.zip(0..).for_each(|(len, at)| batch.push(9 + at, &ids[5 * at as usize..][..len], &vec![0; len]));
            let tables = [7, 8, segment_rows].map(|count| draws("table", count * width));
            let [weight, bias] = ["weight", "bias"].map(|name| draws(name, width));
            let [words, positions, segments] = &tables;
            let mut cpu = Normed::nothing(rows, width);
            let tables = EmbeddingTables { words: &words[..], positions: &positions[..], segments: &segments[..] };
            embedding::forward(&mut cpu.sum, tables, width, Lookup::of(&batch, 2));
            if let Some(mask) = mask.as_ref().filter(|_| drops_first) {
                dropout::rows(&mut cpu.sum, width, mask, batch.all());
            }
            cpu.norm([&weight, &bias], None, centered);
            if let Some(mask) = mask.as_ref().filter(|_| !drops_first) {
                dropout::rows(&mut cpu.out, width, mask, batch.all());
            }

            let (device, bf16) = on_both(|device| {
                let [out, sum] = [(); 2].map(|()| device.room(rows * width));
                let (statistics, bf16) = (device.room(2 * rows), device.bf16_room(rows * width));
                let arguments = EmbedNorm {
                    out,
                    bf16: if segment_rows > 0 { bf16 } else { Address::NONE },
                    sum,
                    statistics,
                    word_table: device.floats(words),
                    position_table: device.floats(positions),
                    segment_table: if segment_rows > 0 { device.floats(segments) } else { Address::NONE },
                    weight: device.floats(&weight),
                    bias: device.floats(&bias),
                    ids: device.words(&batch.ids),
                    positions: device.words(&batch.positions),
                    position_ids: device.words(&batch.position_ids),
                    examples: device.words(&batch.examples),
                    width: width as u32,
                    first_position: 2,
                    epsilon: EPSILON,
                    centered: centered.into(),
                    mask: mask.as_ref().into(),
                    drops_first: drops_first.into(),
                };
                device.launch([rows, 1], &arguments);
                let values = [(out, rows * width), (sum, rows * width), (statistics, 2 * rows)];
                (values.map(|(at, len)| device.read(at, len)), device.read_bf16(bf16, rows * width))
            });
            let [out, sum, statistics] = &device;
            assert_same(sum, &cpu.sum, "sum");
            assert_close(statistics, &cpu.statistics, "statistics");
            assert_close(out, &cpu.out, "out");
            let behind = factors(mask.filter(|_| !drops_first), rows);
            assert_same(out, &normed(sum, statistics, [&weight, &bias], behind), "out of its statistics");
            if segment_rows > 0 {
                assert_rounded(&bf16, out, "out");
            } else {
                assert!(bf16.iter().all(|bf16| bf16.to_bits() == 0), "there is no copy");
            }
        }
    }
}

#[test]
fn the_norm_after_dropout_and_a_residual_sum_is_that_of_the_cpu() {
    for [rows, width] in SHAPES {
        for (mask, centered) in [(None, true), (mask(), true), (mask(), false)] {
            let (branch, residual) = (draws("branch", rows * width), draws("residual", rows * width));
            let [weight, bias, branch_bias] = ["weight", "bias", "branch bias"].map(|name| draws(name, width));
            let (examples, positions) = tokens(rows);
            let at = TokenPositions { examples: &examples, positions: &positions };
            let mut cpu = Normed { sum: biased(&branch, &branch_bias), ..Normed::nothing(rows, width) };
            cpu.norm([&weight, &bias], Some(Residual { values: &residual, mask, tokens: at }), centered);

            let (device, bf16) = on_both(|device| {
                let (out, sum) = (device.room(rows * width), device.floats(&branch));
                let (statistics, bf16) = (device.room(2 * rows), device.bf16_room(rows * width));
                let arguments = AddNorm {
                    out,
                    bf16,
                    sum,
                    statistics,
                    residual: device.floats(&residual),
                    branch_bias: device.floats(&branch_bias),
                    weight: device.floats(&weight),
                    bias: device.floats(&bias),
                    positions: device.words(&positions),
                    examples: device.words(&examples),
                    width: width as u32,
                    epsilon: EPSILON,
                    centered: centered.into(),
                    mask: mask.as_ref().into(),
                };
                device.launch([rows, 1], &arguments);
                let values = [(out, rows * width), (sum, rows * width), (statistics, 2 * rows)];
                (values.map(|(at, len)| device.read(at, len)), device.read_bf16(bf16, rows * width))
            });
            let [out, sum, statistics] = &device;
            assert_same(sum, &cpu.sum, "sum");
            assert_close(statistics, &cpu.statistics, "statistics");
            assert_close(out, &cpu.out, "out");
            assert_same(out, &normed(sum, statistics, [&weight, &bias], |_, _| 1.0), "out of its statistics");
            assert_rounded(&bf16, out, "out");
        }
    }
}

#[test]
fn the_gradient_of_a_norm_is_that_of_the_cpu() {
    for [rows, width] in SHAPES {
        for (mask, with_branch, centered) in
            [(None, true, true), (mask(), true, true), (None, false, true), (mask(), true, false)]
        {
            let (outer, sum) = (draws("outer", rows * width), draws("sum", rows * width));
            let statistics = draws("statistics", 2 * rows);
            let weight = draws("weight", width);
            let mut cpu = outer.clone();
            norm::backward(&mut cpu, &sum, &statistics, &weight, centered);
            let (examples, positions) = tokens(rows);

            let (device, bf16) = on_both(|device| {
                let (gradient, branch) = (device.floats(&outer), device.room(rows * width));
                let bf16 = device.bf16_room(rows * width);
                let arguments = NormBackward {
                    gradient,
                    residual: Address::NONE,
                    branch: if with_branch { branch } else { Address::NONE },
                    bf16,
                    sum: device.floats(&sum),
                    statistics: device.floats(&statistics),
                    weight: device.floats(&weight),
                    positions: device.words(&positions),
                    examples: device.words(&examples),
                    width: width as u32,
                    centered: centered.into(),
                    mask: mask.as_ref().into(),
                };
                device.launch([rows, 1], &arguments);
                ([gradient, branch].map(|at| device.read(at, rows * width)), device.read_bf16(bf16, rows * width))
            });
            let [gradient, branch] = &device;
            assert_close(gradient, &cpu, "∂sum");
            let factor = factors(mask, rows);
            let factors = (0..rows).flat_map(|row| (0..width).map(move |column| (row, column)));
            let factors = factors.map(|(row, column)| factor(row, column));
            let expected: Vec<f32> =
                gradient.iter().zip(factors).map(|(g, f)| if f == 0.0 { 0.0 } else { g * f }).collect();
            if with_branch {
                assert_same(branch, &expected, "∂branch");
            } else {
                assert!(branch.iter().all(|value| value.is_nan()), "there is no branch");
            }
            assert_rounded(&bf16, &expected, "∂branch");
        }
    }
}

#[test]
fn the_gradients_of_a_norms_parameters_are_those_of_the_cpu() {
    for [rows, width] in COLUMNS {
        for (add, write) in [(0, Write::Set), (1, Write::Add)] {
            let (outer, sum) = (draws("outer", rows * width), draws("sum", rows * width));
            let statistics = draws("statistics", 2 * rows);
            let [weight, bias] = ["weight", "bias"].map(|name| draws(name, width));
            let mut cpu = [weight.clone(), bias.clone()];
            let [of_weight, of_bias] = &mut cpu;
            let gradients = NormGradients { weight: of_weight, bias: of_bias };
            norm::parameters_backward(gradients, &outer, &sum, &statistics, write);
            let device = on_both(|device| {
                let arguments = NormParametersBackward {
                    weight: device.floats(&weight),
                    bias: device.floats(&bias),
                    gradient: device.floats(&outer),
                    sum: device.floats(&sum),
                    statistics: device.floats(&statistics),
                    rows: rows as u32,
                    width: width as u32,
                    add,
                };
                device.launch(blocks(width, COLUMNS_A_BLOCK), &arguments);
                [arguments.weight, arguments.bias].map(|at| device.read(at, width))
            });
            assert_close(&device[0], &cpu[0], "∂γ");
            assert_close(&device[1], &cpu[1], "∂β");
        }
    }
}

#[test]
fn sums_of_columns_are_the_gradient_of_a_bias_on_the_cpu() {
    for [rows, width] in COLUMNS {
        for (add, write) in [(0, Write::Set), (1, Write::Add)] {
            let (outer, bias) = (draws("outer", rows * width), draws("bias", width));
            let mut cpu = bias.clone();
            activation::bias_backward(&mut cpu, &outer, write);
            let device = on_both(|device| {
                let arguments = ColumnSums {
                    sums: device.floats(&bias),
                    values: device.floats(&outer),
                    rows: rows as u32,
                    width: width as u32,
                    add,
                };
                device.launch(blocks(width, COLUMNS_A_BLOCK), &arguments);
                device.read(arguments.sums, width)
            });
            assert_close(&device, &cpu, "∂bias");
        }
    }
}
