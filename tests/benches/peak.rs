//! What a core can do at most: a loop of fused multiply-adds that stays in registers.

use std::hint::black_box;
use std::time::{Duration, Instant};

use runner::engine::cpu::products::Isa;

/// Time of a measurement.
const PATIENCE: Duration = Duration::from_millis(25);

/// Rounds of the loop in one timing: some tens of microseconds.
const ROUNDS: usize = 20_000;

/// Sums that a round adds to, each a register: more than the units have in flight, so that none waits.
const SUMS: usize = 12;

/// GFLOP/s of the current rayon pool's threads together, each at the best it showed while all were at it. No number for
/// an instruction set that this loop is not written for.
pub(crate) fn peak(isa: Isa) -> f64 {
    let Some((run, lanes)) = rounds(isa) else { return f64::NAN };
    let rates = rayon::broadcast(|_| {
        let (begin, mut best) = (Instant::now(), f64::INFINITY);
        while begin.elapsed() < PATIENCE {
            let start = Instant::now();
            run();
            best = best.min(start.elapsed().as_secs_f64());
        }
        (ROUNDS * SUMS * lanes * 2) as f64 / best / 1e9
    });
    rates.iter().sum()
}

/// The loop and the lanes of its vectors.
#[cfg(target_arch = "x86_64")]
fn rounds(isa: Isa) -> Option<(fn(), usize)> {
    use std::arch::x86_64::*;

    macro_rules! rounds {
        ($name:ident, $feature:literal, $zero:ident, $splat:ident, $fused:ident, $store:ident, $lanes:literal) => {{
            #[target_feature(enable = $feature)]
            fn $name(value: f32) -> [f32; $lanes] {
                let value = $splat(value);
                let mut sums = [$zero(); SUMS];
                for _ in 0..ROUNDS {
                    for sum in &mut sums {
                        *sum = $fused(value, value, *sum);
                    }
                }
                let sum = sums.into_iter().fold($zero(), |a, b| $fused(a, value, b));
                let mut lanes = [0.0; $lanes];
                // SAFETY: the array has the vector's size.
                unsafe { $store(lanes.as_mut_ptr(), sum) };
                lanes
            }
            // SAFETY: the caller's instruction set is present.
            Some((|| _ = black_box(unsafe { $name(black_box(1e-3)) }), $lanes))
        }};
    }
    match isa {
        Isa::Avx512 => {
            rounds!(wide, "avx512f", _mm512_setzero_ps, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_storeu_ps, 16)
        }
        Isa::Avx2 => {
            rounds!(narrow, "avx2,fma", _mm256_setzero_ps, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_storeu_ps, 8)
        }
        _ => None,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn rounds(_isa: Isa) -> Option<(fn(), usize)> {
    None
}
