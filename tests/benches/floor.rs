//! The least that a step can take with these kernels: its matrix products bare, and one bare pass of AdamW.
//!
//! Each layer has weights, gradients and moments of its own, walked through in a training's order, so that they come
//! from where they come from in a training. Activations are one small stretch that stays in the cache, which no training
//! has: the floor is on the low side. Products are counted as far as a step needs them: behind the last layer's keys and
//! values only labeled tokens matter. Rows of the embedding tables, attention, norms, activations, dropout and the
//! gradient's norm are not in it.

use std::time::Instant;

use rayon::prelude::*;
use runner::engine::cpu::products::{forward, input_gradient, weight_gradient};
use runner::engine::{Shape, Write};

/// What is done with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A step in which everything learns.
    Train,
    /// A step in which the classifier learns.
    Frozen,
    /// Tags only.
    Predict,
}

/// Tokens of a batch, and how many of them have a label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) tokens: usize,
    pub(crate) labeled: usize,
}

/// What a pass took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Milliseconds of the products.
    pub(crate) products: f64,
    /// Milliseconds of AdamW's pass.
    pub(crate) optimizer: f64,
    /// Floating-point operations of the products, in billions.
    pub(crate) billions: f64,
    /// The same if every token went through all of the last layer.
    pub(crate) billions_of_all: f64,
}

impl Cost {
    pub(crate) fn milliseconds(self) -> f64 {
        self.products + self.optimizer
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), |a, b| Self {
            products: a.products + b.products,
            optimizer: a.optimizer + b.optimizer,
            billions: a.billions + b.billions,
            billions_of_all: a.billions_of_all + b.billions_of_all,
        })
    }
}

/// A product's shape, and where its weights begin.
type Product = (Shape, usize);

/// The memory of a model's dense parameters and of its largest batch.
pub(crate) struct Floor {
    hidden: usize,
    layers: usize,
    intermediate: usize,
    labels: usize,
    /// Parameters, gradients, moments.
    dense: [Vec<f32>; 4],
    /// Inputs, outputs and their gradients of any product.
    activations: [Vec<f32>; 4],
}

impl Floor {
    /// Of an encoder of this shape, for batches of up to `most` tokens.
    pub(crate) fn new([hidden, layers, _, intermediate]: [usize; 4], labels: usize, most: usize) -> Self {
        let layer = 4 * hidden * hidden + 2 * hidden * intermediate + 9 * hidden + intermediate;
        let dense = layers * layer + (hidden + 1) * labels;
        let widest = (3 * hidden).max(intermediate);
        Self {
            hidden,
            layers,
            intermediate,
            labels,
            dense: [0.01_f32, 0.0, 0.0, 0.0].map(|value| vec![value; dense]),
            activations: [0.01_f32; 4].map(|value| vec![value; most * widest]),
        }
    }

    /// The products of all layers and the classifier, in the order of the forward pass.
    fn products(&self, rows: Rows, all: bool) -> Vec<Product> {
        let Self { hidden, layers, intermediate, labels, .. } = *self;
        let Rows { tokens, labeled } = rows;
        let mut products = Vec::new();
        let mut weights = 0;
        let mut push = |tokens, inputs, outputs| {
            products.push((Shape { tokens, inputs, outputs }, weights));
            weights += inputs * outputs;
        };
        for layer in 1..=layers {
            let whole = all || layer < layers;
            if whole {
                push(tokens, hidden, 3 * hidden);
            } else {
                push(labeled, hidden, hidden);
                push(tokens, hidden, 2 * hidden);
            }
            let rest = if whole { tokens } else { labeled };
            push(rest, hidden, hidden);
            push(rest, hidden, intermediate);
            push(rest, intermediate, hidden);
        }
        push(if all { tokens } else { labeled }, hidden, labels);
        products
    }

    /// Does the work's products once, and its optimizer's pass.
    pub(crate) fn run(&mut self, work: Work, rows: Rows) -> Cost {
        let products = self.products(rows, false);
        let billions = |products: &[Product]| {
            let size = |(shape, _): &Product| 2e-9 * (shape.tokens * shape.inputs * shape.outputs) as f64;
            let forward: f64 = products.iter().map(size).sum();
            match work {
                Work::Train => 3.0 * forward,
                Work::Frozen => forward + products.last().map_or(0.0, size),
                Work::Predict => forward,
            }
        };
        let mut cost = Cost {
            billions: billions(&products),
            billions_of_all: billions(&self.products(rows, true)),
            ..Cost::default()
        };
        let start = Instant::now();
        self.pass(work, &products);
        cost.products = start.elapsed().as_secs_f64() * 1e3;
        let learns = match work {
            Work::Train => 0,
            Work::Frozen => self.dense[0].len() - (self.hidden + 1) * self.labels,
            Work::Predict => return cost,
        };
        let start = Instant::now();
        self.optimize(learns);
        cost.optimizer = start.elapsed().as_secs_f64() * 1e3;
        cost
    }

    fn pass(&mut self, work: Work, products: &[Product]) {
        let [x, y, dy, dx] = &mut self.activations;
        let [weights, gradients, ..] = &mut self.dense;
        for &(shape, at) in products {
            let Shape { tokens, inputs, outputs } = shape;
            forward(&mut y[..tokens * outputs], &x[..tokens * inputs], &weights[at..][..inputs * outputs], None, shape);
        }
        let learning = match work {
            Work::Train => products,
            Work::Frozen => &products[products.len() - 1..],
            Work::Predict => &[],
        };
        for &(shape, at) in learning.iter().rev() {
            let Shape { tokens, inputs, outputs } = shape;
            let (x, dy) = (&x[..tokens * inputs], &dy[..tokens * outputs]);
            if work == Work::Train {
                input_gradient(&mut dx[..tokens * inputs], dy, &weights[at..][..inputs * outputs], shape, Write::Set);
            }
            weight_gradient(&mut gradients[at..][..inputs * outputs], dy, x, shape, Write::Set, None);
        }
    }

    /// AdamW over what lies from `first` on.
    fn optimize(&mut self, first: usize) {
        /// Floats that a thread takes at a time.
        const PART: usize = 16 * 1024;
        let [p, g, m, v] = &mut self.dense;
        let moments = m[first..].par_chunks_mut(PART).zip(v[first..].par_chunks_mut(PART));
        let parameters = p[first..].par_chunks_mut(PART).zip(g[first..].par_chunks(PART));
        parameters.zip(moments).for_each(|((p, g), (m, v))| adamw(p, g, m, v));
    }
}

/// A step of AdamW with constants; each line is one of the formula's.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn adamw(p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    for (((p, g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
        *m = m.mul_add(0.9, g * 0.1);
        *v = v.mul_add(0.999, g * g * 0.001);
        *p = p.mul_add(1.0 - 1e-8, -1e-6 * (*m / (v.sqrt() + 1e-8)));
    }
}
