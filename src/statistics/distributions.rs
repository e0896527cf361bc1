//! The normal distribution and Student's t with real degrees of freedom: tails, quantiles, power. Transcendental
//! functions are libm's, so that every machine finds the same bits.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::quadrature::integral;

/// P(Z > z), to the last digits in the far tail.
pub fn normal_upper(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// P(|Z| > |z|).
pub fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// The z with P(Z > z) = `tail`, for 0 < `tail` ≤ 0.5.
pub fn normal_quantile(tail: f64) -> f64 {
    quantile(2.0 * tail, normal_two_sided)
}

/// P(|T| > |t|) for Student's t with `df` > 0 degrees of freedom, not necessarily whole: the incomplete beta function
/// I_x(df/2, 1/2) at x = df / (df + t²) (Abramowitz and Stegun 1964, 26.7.1).
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    let (a, ratio) = (df / 2.0, t * t / df);
    if ratio.is_infinite() {
        return 0.0;
    }
    let (x, rest) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
    // x^a (1 - x)^½ / B(a, ½)
    let front = libm::exp(-a * libm::log1p(ratio)) * rest.sqrt() * gamma_ratio(a) / PI.sqrt();
    if x < (a + 1.0) / (a + 2.5) {
        front / a * continued_fraction(a, 0.5, x)
    } else {
        1.0 - front / 0.5 * continued_fraction(0.5, a, rest)
    }
}

/// The t with P(T > t) = `tail`, for 0 < `tail` ≤ 0.5.
pub fn student_quantile(tail: f64, df: f64) -> f64 {
    quantile(2.0 * tail, |t| student_two_sided(t, df))
}

/// P(|T| > `critical`) for the noncentral t with noncentrality `shift` and `df` degrees of freedom; the normal
/// distribution without them. It is the mean of the normal tail over s = √(χ²/df), whose density is proportional to
/// s^(df−1)·exp(−df·s²/2).
pub fn power(shift: f64, critical: f64, df: Option<f64>) -> f64 {
    let beyond = |bound: f64| normal_upper(bound - shift) + normal_upper(bound + shift);
    let Some(df) = df else { return beyond(critical) };
    let density = |s: f64| libm::exp((df - 1.0) * libm::log(s) - df * (s * s - 1.0) / 2.0);
    // twelve standard deviations around 1, and nine around the s at which the tail falls from 1 to 0
    let reach = 12.0 / (2.0 * df).sqrt();
    let (low, high) = ((1.0 - reach).max(0.0), 1.0 + reach);
    let cut = |s: f64| s.clamp(low, high);
    let cuts = [low, cut((shift - 9.0) / critical), cut((shift + 9.0) / critical), high];
    let over = |f: &dyn Fn(f64) -> f64| cuts.windows(2).map(|pair| integral(pair[0], pair[1], f)).sum::<f64>();
    over(&|s| density(s) * beyond(critical * s)) / over(&density)
}

/// The positive t at which a two-sided tail is `probability`: bisected until neighboring floats remain.
fn quantile(probability: f64, two_sided: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while two_sided(high) > probability && high < f64::MAX / 2.0 {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if two_sided(middle) > probability { low = middle } else { high = middle }
    }
}

/// Γ(a + ½) / Γ(a): recurrence up to 20, then the logarithm's asymptotic series (Tricomi and Erdélyi 1951), whose first
/// term left out is under 1e-16 there.
fn gamma_ratio(a: f64) -> f64 {
    let (mut large, mut factor) = (a, 1.0);
    while large < 20.0 {
        factor *= large / (large + 0.5);
        large += 1.0;
    }
    let inverse = 1.0 / large;
    let square = inverse * inverse;
    let series = -1.0 / 8.0
        + square * (1.0 / 192.0 + square * (-1.0 / 640.0 + square * (17.0 / 14_336.0 - square * 31.0 / 18_432.0)));
    factor * large.sqrt() * libm::exp(inverse * series)
}

/// The continued fraction of the incomplete beta function (NIST Handbook of Mathematical Functions 2010, 8.17.22) by
/// Lentz's algorithm as Thompson and Barnett (1986) changed it. It converges fast for x < (a + 1) / (a + b + 2).
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / kept(1.0 + even * d);
        c = kept(1.0 + even / c);
        fraction *= c * d;
        d = 1.0 / kept(1.0 + odd * d);
        c = kept(1.0 + odd / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}
