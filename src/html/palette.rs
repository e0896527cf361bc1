//! The colors of plots: drawn as signs, written as a page's variables or as a paper's colors. It must not know what is drawn.
//!
//! The colors are those of Okabe and Ito (2008), which color-blind people tell apart. Dashes and marks differ, too, so that
//! a print in gray can be read.

use plotters::style::RGBColor;

/// Series that one plot tells apart.
pub(super) const SERIES: usize = 6;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(0, 0, 1);
/// Text that matters less.
pub(super) const MUTED: RGBColor = RGBColor(0, 0, 2);
/// Lines behind the data.
pub(super) const RULE: RGBColor = RGBColor(0, 0, 3);
/// Cells of a heat map.
pub(super) const HEAT: RGBColor = RGBColor(0, 0, 4);

/// A series, by its place.
pub(super) fn solid(series: usize) -> RGBColor {
    RGBColor(0, 1, (series % SERIES) as u8)
}

/// The lines of a series, with its dashes.
pub(super) fn dashed(series: usize) -> RGBColor {
    RGBColor(0, 2, (series % SERIES) as u8)
}

/// Blue, vermilion, bluish green, reddish purple, orange, black.
const LIGHT: [&str; SERIES] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000"];

/// Dashes and gaps in the units of a drawing; empty: none.
const DASHES: [&str; SERIES] = ["", "28 14", "6 12", "30 12 6 12", "60 16", "14 10"];

/// A drawing with a page's variables for colors.
pub(super) fn in_page(drawing: &str) -> String {
    let named = |name: &str| format!("var(--{name})");
    colored(drawing, [named("ink"), named("muted"), named("rule"), named("heat")], |series| format!("var(--s{series})"))
}

/// A drawing with colors for white paper.
pub(super) fn on_paper(drawing: &str) -> String {
    let fixed = ["#000000", "#555555", "#D0D0D0", LIGHT[0]].map(str::to_owned);
    colored(drawing, fixed, |series| LIGHT[series].to_owned())
}

fn colored(drawing: &str, fixed: [String; 4], series: impl Fn(usize) -> String) -> String {
    let sign = |RGBColor(red, green, blue): RGBColor| format!("\"#{red:02X}{green:02X}{blue:02X}\"");
    let mut text = drawing.replace(" opacity=\"1\"", "");
    for (color, name) in [INK, MUTED, RULE, HEAT].into_iter().zip(fixed) {
        text = text.replace(&sign(color), &format!("\"{name}\""));
    }
    for (at, dashes) in DASHES.iter().enumerate() {
        let color = series(at);
        let line = if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
        text = text.replace(&sign(solid(at)), &format!("\"{color}\""));
        text = text.replace(&sign(dashed(at)), &format!("\"{color}\"{line}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_become_variables_or_colors() {
        let drawing = "<line opacity=\"1\" stroke=\"#000201\"/><rect fill=\"#000100\" stroke=\"#000003\"/>";
        let page =
            "<line stroke=\"var(--s1)\" stroke-dasharray=\"28 14\"/><rect fill=\"var(--s0)\" stroke=\"var(--rule)\"/>";
        assert_eq!(in_page(drawing), page);
        let paper = "<line stroke=\"#D55E00\" stroke-dasharray=\"28 14\"/><rect fill=\"#0072B2\" stroke=\"#D0D0D0\"/>";
        assert_eq!(on_paper(drawing), paper);
    }
}
