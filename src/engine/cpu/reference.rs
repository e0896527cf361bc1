//! The operations' forward passes in float64 and plain loops, and their central differences: each operation's tests
//! compare with them. Knows nothing of tasks, lanes or the order of sums.

use crate::random::Stream;

/// The step of a central difference: truncation about 1e-10, rounding about 1e-11.
const STEP: f64 = 1e-5;

/// Largest deviation, relative to the expected norm: float32 rounds to 6e-8, and sums here have up to 400 terms.
const TOLERANCE: f64 = 5e-6;

/// Normal draws; each `name` has its own stream.
pub(in crate::engine) fn draws(name: &str, len: usize) -> Vec<f32> {
    let stream = Stream::new(7, name, 0);
    (0..len as u64).map(|index| stream.normal(index) as f32).collect()
}

pub(in crate::engine) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// Σ a·b: with `b` fixed, the loss whose gradient in `a` is `b`.
pub(in crate::engine) fn dot(a: &[f64], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * f64::from(*b)).sum()
}

/// The gradient of `loss` at `point`.
pub(in crate::engine) fn numeric_gradient(point: &[f32], loss: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut point = wide(point);
    (0..point.len())
        .map(|index| {
            let middle = point[index];
            let [above, below] = [STEP, -STEP].map(|step| {
                point[index] = middle + step;
                loss(&point)
            });
            point[index] = middle;
            (above - below) / (2.0 * STEP)
        })
        .collect()
}

/// Panics unless `ours` equals `expected` up to rounding.
pub(in crate::engine) fn assert_close(ours: &[f32], expected: &[f64], what: &str) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    let norm = expected.iter().map(|e| e * e).sum::<f64>().sqrt();
    for (index, (a, b)) in ours.iter().zip(expected).enumerate() {
        assert!((f64::from(*a) - b).abs() <= TOLERANCE * norm, "{what}, element {index}: {a} for {b}, norm {norm}");
    }
}

/// y = x·Wᵗ + b; x: `[tokens, inputs]`, W: `[outputs, inputs]`.
pub(in crate::engine) fn linear(x: &[f64], w: &[f64], b: &[f64]) -> Vec<f64> {
    let inputs = w.len() / b.len();
    let row = |x: &[f64], output: usize| (0..inputs).map(|i| x[i] * w[output * inputs + i]).sum::<f64>() + b[output];
    x.chunks_exact(inputs).flat_map(|x| (0..b.len()).map(move |output| row(x, output))).collect()
}

pub(in crate::engine) fn gelu(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 0.5 * x * (1.0 + libm::erf(x / std::f64::consts::SQRT_2))).collect()
}

pub(in crate::engine) fn gelu_tanh(x: &[f64]) -> Vec<f64> {
    let root = (2.0 / std::f64::consts::PI).sqrt();
    x.iter().map(|x| 0.5 * x * (1.0 + libm::tanh(root * (x + 0.044715 * x * x * x)))).collect()
}

pub(in crate::engine) fn relu(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.max(0.0)).collect()
}

pub(in crate::engine) fn silu(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x / (1.0 + libm::exp(-x))).collect()
}

/// The norm by the root mean square of the rows of `sum`.
pub(in crate::engine) fn mean_square_norm(sum: &[f64], [weight, bias]: [&[f64]; 2], epsilon: f64) -> Vec<f64> {
    let width = weight.len();
    let rows = sum.chunks_exact(width).flat_map(|row| {
        let root = (row.iter().map(|s| s * s).sum::<f64>() / width as f64 + epsilon).sqrt();
        row.iter().zip(weight).zip(bias).map(move |((s, w), b)| s / root * w + b)
    });
    rows.collect()
}

/// Layer norm of the rows of `sum`.
pub(in crate::engine) fn norm(sum: &[f64], [weight, bias]: [&[f64]; 2], epsilon: f64) -> Vec<f64> {
    let width = weight.len();
    let mut out = Vec::new();
    for row in sum.chunks_exact(width) {
        let mean = row.iter().sum::<f64>() / width as f64;
        let variance = row.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / width as f64;
        out.extend((0..width).map(|i| (row[i] - mean) / (variance + epsilon).sqrt() * weight[i] + bias[i]));
    }
    out
}

/// The queries and keys of distances, `[distances, 2·hidden]`, and the row of each distance.
pub(in crate::engine) type Distances<'a> = (&'a [f64], &'a dyn Fn(isize) -> usize);

/// Attention within sentences of `lengths`; qkv: `[tokens, 3·heads·width]`; dropout multiplies a
/// weight by `factor(sentence, head, query, key)`. Over keys at most `reach` away, with a table of distances if
/// there is one.
pub(super) fn attention(
    qkv: &[f64],
    lengths: &[usize],
    [heads, width]: [usize; 2],
    reach: usize,
    table: Option<Distances<'_>>,
    factor: impl Fn(usize, usize, usize, usize) -> f64,
) -> Vec<f64> {
    let hidden = heads * width;
    let mut context = vec![0.0; qkv.len() / 3];
    let mut start = 0;
    for (sentence, &len) in lengths.iter().enumerate() {
        for head in 0..heads {
            let at =
                |token: usize, part: usize, i: usize| qkv[((start + token) * 3 + part) * hidden + head * width + i];
            for query in 0..len {
                let terms = if table.is_some() { 3.0 } else { 1.0 };
                let score = |key: usize| {
                    let content = (0..width).map(|i| at(query, 0, i) * at(key, 1, i)).sum::<f64>();
                    let Some((values, row)) = table else { return content };
                    let row = row(query as isize - key as isize) * 2 * hidden + head * width;
                    let distance =
                        |i: usize| at(query, 0, i) * values[row + hidden + i] + at(key, 1, i) * values[row + i];
                    content + (0..width).map(distance).sum::<f64>()
                };
                let power = |key: usize| match query.abs_diff(key) <= reach {
                    true => libm::exp(score(key) / (terms * width as f64).sqrt()),
                    false => 0.0,
                };
                let powers: Vec<f64> = (0..len).map(power).collect();
                let total: f64 = powers.iter().sum();
                for i in 0..width {
                    context[(start + query) * hidden + head * width + i] = (0..len)
                        .map(|key| powers[key] / total * factor(sentence, head, query, key) * at(key, 2, i))
                        .sum();
                }
            }
        }
        start += len;
    }
    context
}

/// The summed cross-entropy of the tokens with a label.
pub(in crate::engine) fn cross_entropy(logits: &[f64], labels: &[Option<usize>]) -> f64 {
    let classes = logits.len() / labels.len();
    let rows = logits.chunks_exact(classes).zip(labels);
    rows.filter_map(|(row, label)| label.map(|label| libm::log(row.iter().map(|l| libm::exp(*l)).sum()) - row[label]))
        .sum()
}

/// [`cross_entropy`] against a mixture of the label and, for a share `smoothing`, all classes alike.
pub(in crate::engine) fn smoothed_cross_entropy(logits: &[f64], labels: &[Option<usize>], smoothing: f64) -> f64 {
    let classes = logits.len() / labels.len();
    let of_all = |row: &[f64]| (0..classes).map(|class| cross_entropy(row, &[Some(class)])).sum::<f64>();
    let rows = logits.chunks_exact(classes).zip(labels).filter(|(_, label)| label.is_some());
    let spread: f64 = rows.map(|(row, _)| of_all(row) / classes as f64).sum();
    (1.0 - smoothing) * cross_entropy(logits, labels) + smoothing * spread
}
