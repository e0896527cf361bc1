//! Intervals of scores that stay between 0 and 1.

/// `mean` ± `half`, carried to the logit scale by the delta method: it contains the mean, stays within (0, 1), and is
/// about mean ± half in mid-range (Agresti 2013, Categorical Data Analysis, section 3.1). None at 0 and 1, where the
/// logit is infinite.
pub fn logit_interval(mean: f64, half: f64) -> Option<(f64, f64)> {
    if mean <= 0.0 || mean >= 1.0 {
        return None;
    }
    let center = libm::log(mean / (1.0 - mean));
    let width = half / (mean * (1.0 - mean));
    let back = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
    Some((back(center - width), back(center + width)))
}
