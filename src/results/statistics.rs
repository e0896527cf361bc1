//! Mean, standard deviation and t-interval of a few numbers.

/// A sample's mean and spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation with n - 1, and the bounds of the 95 % interval mean ± t(0.975, n - 1) · sd / √n; none for one
    /// number.
    pub spread: Option<Spread>,
}

/// How a sample of two or more varies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Standard deviation, with n - 1.
    pub sd: f64,
    /// Lower bound of the 95 % interval of the mean.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Describes a sample; none if it is empty.
pub fn interval(sample: &[f64]) -> Option<Interval> {
    let n = sample.len();
    if n == 0 {
        return None;
    }
    let mean = sample.iter().sum::<f64>() / n as f64;
    let spread = (n > 1).then(|| {
        let squares: f64 = sample.iter().map(|x| (x - mean) * (x - mean)).sum();
        let sd = (squares / (n - 1) as f64).sqrt();
        let half = t_quantile(n - 1) * sd / (n as f64).sqrt();
        Spread { sd, low: mean - half, high: mean + half }
    });
    Some(Interval { mean, spread })
}

/// The 0.975 quantile of Student's t with `freedom` ≥ 1 degrees of freedom: 95 % of the distribution lies within ± it.
///
/// Bisects the closed form until neighbouring floats remain; the quantile lies between the normal's 1.959 and 12.707,
/// that of one degree.
pub fn t_quantile(freedom: usize) -> f64 {
    let (mut low, mut high) = (1.9_f64, 12.8_f64);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if within(middle, freedom) < 0.95 { low = middle } else { high = middle }
    }
}

/// P(|T| ≤ t) for Student's t, in closed form: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3
/// (odd degrees of freedom) and 26.7.4 (even), with θ = atan(t / √ν).
fn within(t: f64, freedom: usize) -> f64 {
    let nu = freedom as f64;
    let sine = t / (nu + t * t).sqrt();
    let cosine_squared = nu / (nu + t * t);
    // Even: 1 + 1/2 cos² + (1·3)/(2·4) cos⁴ + ... + cos^(ν-2). Odd: cos + 2/3 cos³ + ... + cos^(ν-2), none for ν = 1.
    let odd = freedom % 2 == 1;
    let mut term = if odd { cosine_squared.sqrt() } else { 1.0 };
    let mut sum = 0.0;
    let mut power = usize::from(odd);
    while power + 2 <= freedom {
        sum += term;
        power += 2;
        term *= cosine_squared * (power as f64 - 1.0) / power as f64;
    }
    if odd { std::f64::consts::FRAC_2_PI * (libm::atan(t / nu.sqrt()) + sine * sum) } else { sine * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_published_tables() {
        // The 0.975 column of the t-table, e.g. NIST/SEMATECH e-Handbook of Statistical Methods 1.3.6.7.2.
        let table = [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (4, 2.776),
            (5, 2.571),
            (6, 2.447),
            (7, 2.365),
            (8, 2.306),
            (9, 2.262),
            (10, 2.228),
            (19, 2.093),
            (29, 2.045),
            (30, 2.042),
            (60, 2.000),
            (100, 1.984),
        ];
        for (freedom, expected) in table {
            let ours = t_quantile(freedom);
            assert!((ours - expected).abs() <= 0.0005 + 1e-9, "{freedom}: {ours}, expected {expected}");
        }
    }

    #[test]
    fn quantiles_with_a_closed_form_are_exact() {
        // One degree is Cauchy's: tan(0.475 π). Two degrees: a·√(2 / (1 - a²)) with a = 0.95.
        assert!((t_quantile(1) - libm::tan(0.475 * std::f64::consts::PI)).abs() < 1e-11);
        assert!((t_quantile(2) - 0.95 * (2.0_f64 / (1.0 - 0.95 * 0.95)).sqrt()).abs() < 1e-12);
        // Many degrees tend to the normal's quantile, from above.
        assert!((t_quantile(100_000) - 1.959_963_984_540_054).abs() < 5e-5);
    }

    #[test]
    fn one_number_has_a_mean_and_no_spread() {
        assert_eq!(interval(&[0.5]), Some(Interval { mean: 0.5, spread: None }));
        assert_eq!(interval(&[]), None);
    }
}
