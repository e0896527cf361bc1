//! Embedding, layer norm and what comes with them.

use runner::engine::Batch;
use runner::engine::TokenPositions;
use runner::engine::cuda::arguments::{
    AddNorm, COLUMNS_A_BLOCK, ColumnSums, EmbedNorm, NormBackward, NormParametersBackward,
};
use runner::engine::{Shape, Write};
use runner::model::{LinearSpans, NormSpans};

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

/// The factors of the elements of rows of [`tokens`], or 1.
fn factors(mask: Option<Mask>, rows: usize) -> impl Fn(usize, usize) -> f32 {
    let (examples, places) = tokens(rows);
    move |row, column| if mask.is_some() { factor(examples[row], places[row], column) } else { 1.0 }
}

#[test]
fn the_norm_of_the_sum_of_embeddings_is_that_of_the_cpu() {
    for [rows, width] in SHAPES {
        for (mask, segment_rows) in [(None, 0), (mask(), 2)] {
            let mut batch = Batch::new(1);
            let ids: Vec<u32> = (0..rows as u32).map(|token| token * 5 % 7).collect();
            let lengths = (0..rows).step_by(5).map(|start| 5.min(rows - start));
            lengths.zip(0..).for_each(|(len, at)| batch.push(9 + at, &ids[5 * at as usize..][..len], &vec![0; len]));
            let tables = [7, 8, segment_rows].map(|count| draws("table", count * width));
            let [weight, bias] = ["weight", "bias"].map(|name| draws(name, width));
            let nothing = vec![f32::NAN; rows * width];
            let statistics = vec![f32::NAN; 2 * rows];
            let [words, positions, segments] = &tables;
            let parts: [&[f32]; 8] = [words, positions, segments, &nothing, &nothing, &statistics, &weight, &bias];
            let cpu = on_cpu(parts, |cpu, [words, positions, segments, sum, out, statistics, weight, bias]| {
                cpu.embed(sum, [words, positions, segments], 2, &batch);
                cpu.norm(out, [sum, statistics], NormSpans { weight, bias }, EPSILON);
                cpu.dropout(out, width, mask.as_ref(), batch.rows(runner::engine::Tokens::All));
            });

            let (device, bf16) = on_both(|device| {
                let [out, sum] = [(); 2].map(|()| device.room(rows * width));
                let (statistics, bf16) = (device.room(2 * rows), device.bf16_room(rows * width));
                let arguments = EmbedNorm {
                    out,
                    bf16: if segment_rows > 0 { bf16 } else { Address::NONE },
                    sum,
                    statistics,
                    words: device.floats(words),
                    positions: device.floats(positions),
                    segments: if segment_rows > 0 { device.floats(segments) } else { Address::NONE },
                    weight: device.floats(&weight),
                    bias: device.floats(&bias),
                    ids: device.words(&batch.ids),
                    places: device.words(&batch.positions),
                    position_ids: device.words(&batch.position_ids),
                    examples: device.words(&batch.examples),
                    width: width as u32,
                    first_position: 2,
                    epsilon: EPSILON,
                    mask: mask.as_ref().into(),
                };
                device.launch([rows, 1], &arguments);
                let values = [(out, rows * width), (sum, rows * width), (statistics, 2 * rows)];
                (values.map(|(at, len)| device.read(at, len)), device.read_bf16(bf16, rows * width))
            });
            let [out, sum, statistics] = &device;
            assert_same(sum, &cpu[3], "sum");
            assert_close(statistics, &cpu[5], "statistics");
            assert_close(out, &cpu[4], "out");
            assert_same(out, &normed(sum, statistics, [&weight, &bias], factors(mask, rows)), "out of its statistics");
            if segment_rows > 0 {
                assert_rounded(&bf16, out, "out");
            } else {
                assert!(bf16.iter().all(|bf16| bf16.to_bits() == 0), "nothing is asked for");
            }
        }
    }
}

#[test]
fn the_norm_after_dropout_and_a_residual_sum_is_that_of_the_cpu() {
    for [rows, width] in SHAPES {
        for mask in [None, mask()] {
            let (branch, residual) = (draws("branch", rows * width), draws("residual", rows * width));
            let [weight, bias, branch_bias] = ["weight", "bias", "branch bias"].map(|name| draws(name, width));
            let (examples, places) = tokens(rows);
            let at = TokenPositions { examples: &examples, positions: &places };
            let (nothing, statistics) = (vec![f32::NAN; rows * width], vec![f32::NAN; 2 * rows]);
            let sum = biased(&branch, &branch_bias);
            let parts: [&[f32]; 6] = [&nothing, &sum, &statistics, &residual, &weight, &bias];
            let cpu = on_cpu(parts, |cpu, [out, sum, statistics, residual, weight, bias]| {
                cpu.add_norm(out, [sum, statistics, residual], NormSpans { weight, bias }, EPSILON, mask, at);
            });

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
                    places: device.words(&places),
                    examples: device.words(&examples),
                    width: width as u32,
                    epsilon: EPSILON,
                    mask: mask.as_ref().into(),
                };
                device.launch([rows, 1], &arguments);
                let values = [(out, rows * width), (sum, rows * width), (statistics, 2 * rows)];
                (values.map(|(at, len)| device.read(at, len)), device.read_bf16(bf16, rows * width))
            });
            let [out, sum, statistics] = &device;
            assert_same(sum, &cpu[1], "sum");
            assert_close(statistics, &cpu[2], "statistics");
            assert_close(out, &cpu[0], "out");
            assert_same(out, &normed(sum, statistics, [&weight, &bias], |_, _| 1.0), "out of its statistics");
            assert_rounded(&bf16, out, "out");
        }
    }
}

#[test]
fn the_gradient_of_a_norm_is_that_of_the_cpu() {
    for [rows, width] in SHAPES {
        for (mask, with_branch) in [(None, true), (mask(), true), (None, false)] {
            let (outer, sum) = (draws("outer", rows * width), draws("sum", rows * width));
            let statistics = draws("statistics", 2 * rows);
            let weight = draws("weight", width);
            let parts: [&[f32]; 4] = [&outer, &sum, &statistics, &weight];
            let cpu = on_cpu(parts, |cpu, [gradient, sum, statistics, weight]| {
                cpu.norm_backward(gradient, [sum, statistics], weight);
            });
            let (examples, places) = tokens(rows);

            let (device, bf16) = on_both(|device| {
                let (gradient, branch) = (device.floats(&outer), device.room(rows * width));
                let bf16 = device.bf16_room(rows * width);
                let arguments = NormBackward {
                    gradient,
                    branch: if with_branch { branch } else { Address::NONE },
                    bf16,
                    sum: device.floats(&sum),
                    statistics: device.floats(&statistics),
                    weight: device.floats(&weight),
                    places: device.words(&places),
                    examples: device.words(&examples),
                    width: width as u32,
                    mask: mask.as_ref().into(),
                };
                device.launch([rows, 1], &arguments);
                ([gradient, branch].map(|at| device.read(at, rows * width)), device.read_bf16(bf16, rows * width))
            });
            let [gradient, branch] = &device;
            assert_close(gradient, &cpu[0], "∂sum");
            let factor = factors(mask, rows);
            let factors = (0..rows).flat_map(|row| (0..width).map(move |column| (row, column)));
            let factors = factors.map(|(row, column)| factor(row, column));
            let expected: Vec<f32> =
                gradient.iter().zip(factors).map(|(g, f)| if f == 0.0 { 0.0 } else { g * f }).collect();
            if with_branch {
                assert_same(branch, &expected, "∂branch");
            } else {
                assert!(branch.iter().all(|value| value.is_nan()), "no branch is asked for");
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
            let parts: [&[f32]; 5] = [&weight, &bias, &outer, &sum, &statistics];
            let cpu = on_cpu(parts, |cpu, [weight, bias, outer, sum, statistics]| {
                cpu.norm_parameters_backward(NormSpans { weight, bias }, outer, [sum, statistics], write);
            });
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
            let (x, weight) = (vec![0.0; rows], vec![0.0; width]);
            let shape = Shape { tokens: rows, inputs: 1, outputs: width };
            let parts: [&[f32]; 5] = [&bias, &outer, &x, &weight, &weight];
            let cpu = on_cpu(parts, |cpu, [bias, outer, x, weight, squares]| {
                cpu.linear_parameters_backward((LinearSpans { weight, bias }, squares), outer, x, shape, write);
            });
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
            assert_close(&device, &cpu[0], "∂bias");
        }
    }
}
