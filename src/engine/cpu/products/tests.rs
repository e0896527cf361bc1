//! The rule, element by element, against every instruction set, shape and thread count.

use super::*;

/// Values in -1 .. 1 with full mantissas, from a linear congruential generator (Knuth's MMIX constants).
fn values(length: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
    .take(length)
    .collect()
}

/// The rule of the module's page for one element: `start`, then blocks of 384.
fn blocked(start: f32, length: usize, a: impl Fn(usize) -> f32, b: impl Fn(usize) -> f32) -> f32 {
    let chain = |start: f32, from: usize, to: usize| (from..to).fold(start, |sum, k| a(k).mul_add(b(k), sum));
    let mut total = chain(start, 0, length.min(384));
    for from in (384..length).step_by(384) {
        total += chain(0.0, from, length.min(from + 384));
    }
    total
}

struct Case {
    shape: Shape,
    x: Vec<f32>,
    g: Vec<f32>,
    w: Vec<f32>,
    bias: Vec<f32>,
    dx: Vec<f32>,
    dw: Vec<f32>,
}

impl Case {
    fn new(tokens: usize, inputs: usize, outputs: usize) -> Self {
        Case {
            shape: Shape { tokens, inputs, outputs },
            x: values(tokens * inputs, 1),
            g: values(tokens * outputs, 2),
            w: values(outputs * inputs, 3),
            bias: values(outputs, 4),
            dx: values(tokens * inputs, 5),
            dw: values(outputs * inputs, 6),
        }
    }

    /// y with and without bias, dx and dw each set and added, in this order.
    fn products(&self, isa: Isa) -> [Vec<f32>; 6] {
        let Case { shape, x, g, w, bias, .. } = self;
        let y = |bias: Option<&[f32]>| {
            let mut y = vec![f32::NAN; shape.tokens * shape.outputs];
            forward_on(isa, &mut y, x, w, bias, *shape);
            y
        };
        let dx = |mut old: Vec<f32>, write| {
            input_gradient_on(isa, &mut old, g, w, *shape, write);
            old
        };
        let dw = |mut old: Vec<f32>, write| {
            weight_gradient_on(isa, &mut old, g, x, *shape, write, None);
            old
        };
        [
            y(Some(bias)),
            y(None),
            dx(vec![f32::NAN; self.dx.len()], Write::Set),
            dx(self.dx.clone(), Write::Add),
            dw(vec![f32::NAN; self.dw.len()], Write::Set),
            dw(self.dw.clone(), Write::Add),
        ]
    }

    /// The same by the rule.
    fn reference(&self) -> [Vec<f32>; 6] {
        let Case { shape: Shape { tokens, inputs, outputs }, x, g, w, bias, dx, dw } = self;
        let (tokens, inputs, outputs) = (*tokens, *inputs, *outputs);
        let matrix = |rows: usize, columns: usize, element: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
            (0..rows * columns).map(|at| element(at / columns, at % columns)).collect()
        };
        let y = |bias: &dyn Fn(usize) -> f32| {
            matrix(tokens, outputs, &|t, o| blocked(bias(o), inputs, |i| w[o * inputs + i], |i| x[t * inputs + i]))
        };
        let dx_from = |old: &dyn Fn(usize) -> f32| {
            matrix(tokens, inputs, &|t, i| {
                blocked(old(t * inputs + i), outputs, |o| g[t * outputs + o], |o| w[o * inputs + i])
            })
        };
        let dw_from = |old: &dyn Fn(usize) -> f32| {
            matrix(outputs, inputs, &|o, i| {
                (0..tokens).fold(old(o * inputs + i), |sum, t| g[t * outputs + o].mul_add(x[t * inputs + i], sum))
            })
        };
        [
            y(&|o| bias[o]),
            y(&|_| 0.0),
            dx_from(&|_| 0.0),
            dx_from(&|at| dx[at]),
            dw_from(&|_| 0.0),
            dw_from(&|at| dw[at]),
        ]
    }
}

const NAMES: [&str; 6] = ["y + bias", "y", "dx", "dx added", "dw", "dw added"];

fn assert_same_bits(context: &str, got: &[Vec<f32>; 6], wanted: &[Vec<f32>; 6]) {
    for ((name, got), wanted) in NAMES.iter().zip(got).zip(wanted) {
        let different = got.iter().zip(wanted).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        assert_eq!(different, 0, "{context}: {name}: {different} of {} elements differ", wanted.len());
        assert_eq!(got.len(), wanted.len());
    }
}

fn present() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| isa.is_present())
}

fn with_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads").install(|| with_team(run))
}

/// Tokens, inputs, outputs: one row, lanes left over for every vector width, blocks left over, more than a chunk.
const SHAPES: [(usize, usize, usize); 18] = [
    (1, 1, 1),
    (1, 384, 7),
    (2, 3, 5),
    (3, 17, 31),
    (5, 64, 32),
    (7, 383, 9),
    (9, 385, 13),
    (13, 384, 48),
    (16, 16, 16),
    (17, 33, 400),
    (33, 47, 769),
    (49, 1200, 8),
    (64, 768, 7),
    (105, 50, 96),
    (257, 40, 20),
    (530, 19, 11),
    // many tokens and a strip of outputs: the other way of the forward product
    (260, 385, 100),
    (1030, 400, 61),
];

#[test]
fn every_instruction_set_follows_the_rule_to_the_bit() {
    for (tokens, inputs, outputs) in SHAPES {
        let case = Case::new(tokens, inputs, outputs);
        let wanted = case.reference();
        for isa in present() {
            assert_same_bits(&format!("{isa} {:?}", case.shape), &case.products(isa), &wanted);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    // Large enough for the products to be spread; the last one for packing, too.
    for (tokens, inputs, outputs) in [(13, 384, 1152), (105, 400, 392), (300, 97, 131), (260, 1100, 1040)] {
        let case = Case::new(tokens, inputs, outputs);
        for isa in present().filter(|isa| *isa != Isa::Scalar) {
            let alone = with_threads(1, || case.products(isa));
            for threads in [2, 4, 7] {
                let spread = with_threads(threads, || case.products(isa));
                assert_same_bits(&format!("{isa} {threads} threads {:?}", case.shape), &spread, &alone);
            }
        }
    }
}

#[test]
fn a_row_does_not_depend_on_the_rows_beside_it() {
    let (inputs, outputs) = (400, 50);
    let whole = Case::new(61, inputs, outputs);
    let [y, _, dx, ..] = whole.products(instruction_set());
    for tokens in 1..=60 {
        // The last rows, so that they lie elsewhere in tiles and strips.
        let skip = 61 - tokens;
        let part = Case {
            shape: Shape { tokens, inputs, outputs },
            x: whole.x[skip * inputs..].to_vec(),
            g: whole.g[skip * outputs..].to_vec(),
            dx: whole.dx[skip * inputs..].to_vec(),
            ..Case::new(0, inputs, outputs)
        };
        let [part_y, _, part_dx, ..] = part.products(instruction_set());
        assert_eq!(part_y, y[skip * outputs..], "{tokens} rows");
        assert_eq!(part_dx, dx[skip * inputs..], "{tokens} rows");
    }
}

#[test]
fn a_weight_gradient_does_not_depend_on_how_its_batch_is_cut() {
    let Case { shape, x, g, mut dw, .. } = Case::new(613, 30, 21);
    let mut whole = dw.clone();
    weight_gradient(&mut whole, &g, &x, shape, Write::Add, None);
    let mut from = 0;
    for tokens in [1, 255, 256, 0, 40, 61] {
        let (x, g) = (&x[from * 30..][..tokens * 30], &g[from * 21..][..tokens * 21]);
        weight_gradient(&mut dw, g, x, Shape { tokens, ..shape }, Write::Add, None);
        from += tokens;
    }
    assert_eq!(from, 613);
    assert_eq!(dw, whole);
}

#[test]
fn results_are_close_to_double_precision() {
    let Case { shape, x, w, .. } = Case::new(20, 3072, 24);
    let mut y = vec![0.0; 20 * 24];
    forward(&mut y, &x, &w, None, shape);
    let mut squares = 0.0;
    for (at, y) in y.iter().enumerate() {
        let (x, w) = (&x[at / 24 * 3072..][..3072], &w[at % 24 * 3072..][..3072]);
        let exact: f64 = x.iter().zip(w).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
        squares += (f64::from(*y) - exact).powi(2);
    }
    // Terms are uniform in -1 .. 1: the sum's deviation is √(3072/9) = 18.5. ENGINE.md has 3.6e-7 of it as the error.
    let relative = (squares / y.len() as f64).sqrt() / 18.5;
    assert!(relative < 6e-7, "{relative:e}");
    assert!(relative > 1e-8, "a float32 sum of 3072 terms cannot be this exact: {relative:e}");
}

#[test]
fn zero_tokens_clear_a_weight_gradient_that_is_set_and_keep_one_that_is_added_to() {
    let case = Case::new(0, 5, 3);
    let [y, _, dx, _, set, added] = case.products(instruction_set());
    assert!(y.is_empty() && dx.is_empty());
    assert_eq!(set, vec![0.0; 15]);
    assert_eq!(added, case.dw);
}

#[test]
#[should_panic(expected = "[outputs, inputs]")]
fn weights_of_another_shape_are_refused() {
    forward(&mut [0.0; 2], &[0.0; 3], &[0.0; 5], None, Shape { tokens: 1, inputs: 3, outputs: 2 });
}
