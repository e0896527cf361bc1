//! The gradient's norm and AdamW.

use runner::engine::cpu::adamw;
use runner::engine::cuda::arguments::{
    Adamw, Average, CHUNK, Chunk, Constants, ELEMENT_THREADS, Norm, Record, Squares,
};
use runner::engine::{Averaging, TrainingState, Update};

use super::*;

#[test]
fn the_norm_is_the_root_of_the_sum_of_squares() {
    for len in [1, 3, 4, 1023, 8192, 8193, 30_001, 2_400_000] {
        let x: Vec<f32> = if len < 100_000 { draws("x", len) } else { draws("x", 1000).repeat(len / 1000) };
        let chunks = len.div_ceil(CHUNK as usize);
        let (sums, record) = on_both(|device| {
            let nothing = vec![f32::NAN; 2 * chunks];
            let (sums, record) = (device.floats(&nothing), device.structures(&[Record { loss: 2.5, norm: 0.0 }]));
            device.launch([chunks, 1], &Squares { sums, x: device.floats(&x), len: len as u32 });
            device.launch([1, 1], &Norm { record, sums, chunks: chunks as u32 });
            (device.read_doubles(sums, chunks), device.read_doubles(record, 2))
        });
        let square = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        for (sum, x) in sums.iter().zip(x.chunks(CHUNK as usize)) {
            assert!((sum - square(x)).abs() < 1e-6 * square(x), "{sum} for {}", square(x));
        }
        let norm = square(&x).sqrt();
        assert!((record[1] - norm).abs() < 1e-6 * norm, "{} for {norm}", record[1]);
        assert_eq!(record[0], 2.5, "the loss stays");
    }
}

/// Parameters, first and second moments, gradient; stretches as long and as far apart as a layout may have them.
fn state(len: usize) -> [Vec<f32>; 4] {
    let second = draws("second", len).iter().map(|v| v * v * 1e-3).collect();
    [draws("parameters", len), draws("first", len), second, draws("gradient", len)]
}

const CONSTANTS: [Constants; 2] = [
    Constants {
        keep: 0.999,
        step: 3e-3,
        correction: 5.0,
        betas: [0.9, 0.999],
        complements: [0.1, 0.001],
        epsilon: 1e-8,
    },
    Constants { keep: 1.0, step: 2e-2, correction: 1.5, betas: [0.8, 0.98], complements: [0.2, 0.02], epsilon: 1e-6 },
];

/// One step of `chunks` on the device; parameters, moments and the bf16 copy.
fn step(state: &[Vec<f32>; 4], chunks: &[Chunk], norm: f64, max_norm: f64) -> ([Vec<f32>; 3], Vec<bf16>) {
    let len = state[0].len();
    on_both(|device| {
        let [parameters, first, second, gradient] = [0, 1, 2, 3].map(|part: usize| device.floats(&state[part]));
        let arguments = Adamw {
            parameters,
            bf16: device.bf16_room(len),
            first,
            second,
            gradient,
            chunks: device.structures(chunks),
            constants: device.structures(&CONSTANTS),
            record: device.structures(&[Record { loss: 0.0, norm }]),
            max_norm,
        };
        device.launch([chunks.len(), 1], &arguments);
        ([parameters, first, second].map(|at| device.read(at, len)), device.read_bf16(arguments.bf16, len))
    })
}

#[test]
fn a_step_has_the_bits_of_the_cpu_and_leaves_what_lies_between_chunks() {
    let chunk = |start, len, group| Chunk { start, len, group };
    let chunks = [chunk(0, 8192, 0), chunk(8192, 37, 0), chunk(8240, 1, 1), chunk(8256, 1026, 1), chunk(9284, 3, 0)];
    let state = state(9290);
    for (norm, max_norm) in [(5.0f64, 1.0f64), (0.5, 1.0), (5.0, 0.0)] {
        let clip = if max_norm > 0.0 { (max_norm / (norm + 1e-6)).min(1.0) } else { 1.0 } as f32;
        let [mut p, mut m, mut v, g] = state.clone();
        for chunk in &chunks {
            let Constants { keep, step, correction, betas, complements, epsilon } = CONSTANTS[chunk.group as usize];
            let constants = Update { keep, step, correction, betas, complements, epsilon, clip };
            let own = chunk.start as usize..(chunk.start + chunk.len) as usize;
            let (parameters, gradient) = (&mut p[own.clone()], &g[own.clone()]);
            let (first_moments, second_moments) = (&mut m[own.clone()], &mut v[own]);
            let state = TrainingState { parameters, first_moments, second_moments };
            adamw::update(state, gradient, &constants);
        }
        let (device, bf16) = step(&state, &chunks, norm, max_norm);
        assert_same(&device[0], &p, "parameters");
        assert_same(&device[1], &m, "first moments");
        assert_same(&device[2], &v, "second moments");
        for (at, bf16) in bf16.iter().enumerate() {
            let taken = chunks.iter().any(|c| (c.start..c.start + c.len).contains(&(at as u32)));
            let expected = if taken { bf16::from_f32(p[at]) } else { bf16::from_bits(0) };
            assert_eq!(bf16.to_bits(), expected.to_bits(), "{at} in bfloat16");
        }
    }
}

#[test]
fn no_step_is_taken_where_the_norm_is_not_finite() {
    let state = state(100);
    for norm in [f64::NAN, f64::INFINITY] {
        let (device, bf16) = step(&state, &[Chunk { start: 0, len: 100, group: 0 }], norm, 1.0);
        for (device, before) in device.iter().zip(&state) {
            assert_same(device, before, "what was there");
        }
        assert!(bf16.iter().all(|bf16| bf16.to_bits() == 0));
    }
}

#[test]
fn an_average_moves_with_the_bits_of_the_cpu() {
    for len in [1, 255, 256, 257, 9290] {
        let (before, p) = (draws("before", len), draws("parameters", len));
        for averaging in [
            Averaging::Toward(0.1),
            Averaging::Toward(0.7),
            Averaging::Toward(1.0),
            Averaging::Mean(1),
            Averaging::Mean(3),
        ] {
            let mut expected = before.clone();
            adamw::average(&mut expected, &p, averaging);
            let (weight, count) = match averaging {
                Averaging::Toward(weight) => (weight, 0.0),
                Averaging::Mean(count) => (0.0, count as f32),
            };
            let device = on_both(|device| {
                let (average, parameters) = (device.floats(&before), device.floats(&p));
                let arguments = Average { average, parameters, len: len as u32, weight, count };
                device.launch([len.div_ceil(ELEMENT_THREADS as usize), 1], &arguments);
                device.read(average, len)
            });
            assert_same(&device, &expected, &format!("{averaging:?} of {len}"));
        }
    }
}
