//! The scales of plots: from where to where, and where ticks stand. It must not know what is drawn.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// A scale of a plot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// What it measures.
    pub(super) title: String,
    /// Its lower end.
    pub(super) low: f64,
    /// Its upper end, over the lower one.
    pub(super) high: f64,
    /// Where ticks stand, and what they say.
    pub(super) ticks: Vec<(f64, String)>,
    /// Whether values stand at their logarithms.
    is_logarithmic: bool,
}

/// Ticks that a scale has about.
const TICKS: f64 = 5.0;

/// The largest value over the smallest from which a scale is logarithmic.
const LOGARITHMIC: f64 = 3.0;

impl Scale {
    /// Of numbers, with ticks at round ones. `limits`: what no end may pass.
    pub(super) fn round(title: &str, values: impl IntoIterator<Item = f64>, limits: (f64, f64)) -> Self {
        let (mut low, mut high) = ends(values);
        let space = if high > low { 0.05 * (high - low) } else { 0.02 * high.abs().max(1.0) };
        (low, high) = ((low - space).max(limits.0), (high + space).min(limits.1));
        if low > 0.0 && low < 0.3 * high && limits.0 == 0.0 {
            low = 0.0;
        }
        if high <= low {
            (low, high) = (low - space, high + space);
        }
        let step = round_step((high - low) / TICKS);
        let decimals = (-libm::log10(step).floor()).max(0.0) as usize;
        let first = (low / step).ceil() as i64;
        let at = |number: i64| number as f64 * step;
        let ticks = (first..).map(at).take_while(|tick| *tick <= high + step * 1e-9);
        let ticks = ticks.map(|tick| (tick, format!("{tick:.decimals$}"))).collect();
        Self { title: title.to_owned(), low, high, ticks, is_logarithmic: false }
    }

    /// Of the values of a setting, with a tick at each as far as there is room; logarithmic where they differ much.
    pub(super) fn of_values(title: &str, values: &[(f64, String)]) -> Self {
        let (low, high) = ends(values.iter().map(|(value, _)| *value));
        let is_logarithmic = low > 0.0 && high / low >= LOGARITHMIC;
        let mut scale = Self { title: title.to_owned(), low, high, ticks: Vec::new(), is_logarithmic };
        let (start, end) = (scale.place(low), scale.place(high));
        let space = if end > start { 0.08 * (end - start) } else { 0.5 * start.abs().max(1.0) };
        (scale.low, scale.high) = (start - space, end + space);
        let mut sorted: Vec<&(f64, String)> = values.iter().collect();
        sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (value, text) in sorted {
            let place = scale.place(*value);
            // a letter takes about a hundredth of the width
            let room = (scale.high - scale.low) * (0.02 + 0.011 * text.chars().count() as f64);
            if scale.ticks.last().is_none_or(|(last, _)| place - last > room) {
                scale.ticks.push((place, text.clone()));
            }
        }
        scale
    }

    /// Where a value stands.
    pub(super) fn place(&self, value: f64) -> f64 {
        if self.is_logarithmic { libm::log10(value) } else { value }
    }
}

/// Over places, which are logarithms where the scale has those.
impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, place: &f64, (start, end): (i32, i32)) -> i32 {
        let share = (place - self.low) / (self.high - self.low);
        start + (share * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(place, _)| *place).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format(place: &f64) -> String {
        place.to_string()
    }

    fn format_ext(&self, place: &f64) -> String {
        let nearest = self.ticks.iter().min_by(|one, other| (one.0 - place).abs().total_cmp(&(other.0 - place).abs()));
        nearest.map_or_else(String::new, |(_, text)| text.clone())
    }
}

/// The smallest and the largest; from 0 to 1 where there are none.
fn ends(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let values = values.into_iter().filter(|value| value.is_finite());
    let ends = values.fold(None, |ends: Option<(f64, f64)>, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    ends.unwrap_or((0.0, 1.0))
}

/// 1, 2 or 5 times a power of ten, at least so much.
fn round_step(step: f64) -> f64 {
    let power = libm::pow(10.0, libm::log10(step).floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_stand_at_round_numbers_within_the_limits() {
        let scale = Scale::round("f1", [0.05, 0.74], (0.0, 1.0));
        assert_eq!(labels(&scale), ["0.0", "0.2", "0.4", "0.6"]);
        let scale = Scale::round("f1", [0.97, 1.0], (0.0, 1.0));
        assert_eq!((labels(&scale), scale.high), (vec!["0.97", "0.98", "0.99", "1.00"], 1.0));
        assert!(Scale::round("loss", [0.5, 0.5], (0.0, f64::INFINITY)).ticks.len() > 1);
        assert!(Scale::round("f1", [0.0, 0.0], (0.0, 1.0)).high > 0.0);
    }

    #[test]
    fn values_that_differ_much_stand_at_their_logarithms() {
        let of = |values: &[&str]| {
            let values: Vec<(f64, String)> =
                values.iter().map(|text| (text.parse().unwrap_or(0.0), (*text).to_owned())).collect();
            Scale::of_values("x", &values)
        };
        let sizes = of(&["1000", "3000"]);
        assert_eq!((labels(&sizes), sizes.place(1000.0)), (vec!["1000", "3000"], 3.0));
        assert_eq!(of(&["1", "2"]).place(2.0), 2.0);
        assert_eq!(labels(&of(&["1000", "1001", "3000"])), ["1000", "3000"]);
        assert!(of(&["0"]).high > of(&["0"]).low);
    }
}
