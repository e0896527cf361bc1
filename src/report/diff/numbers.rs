//! The numbers of a comparison as text: scores and differences of four decimals, p of two digits. It must not know
//! verdicts.

use crate::comparison::{Comparison, Row, RowTest, Together};

/// `0.6320`
pub(super) fn score(value: f64) -> String {
    format!("{value:.4}")
}

/// `+0.0615`, `-0.0031`; a difference that rounds to 0 is `+0.0000`.
pub(super) fn difference(value: f64) -> String {
    let text = format!("{value:+.4}");
    if text == "-0.0000" { "+0.0000".to_owned() } else { text }
}

/// `[+0.0564, +0.0665]`
pub(super) fn interval((low, high): (f64, f64)) -> String {
    format!("[{}, {}]", difference(low), difference(high))
}

/// Two digits, `0.031`; none under 0.0001.
fn digits(p: f64) -> Option<String> {
    if p < 1e-4 {
        return None;
    }
    if p >= 0.995 {
        return Some("1".to_owned());
    }
    // the exponent of the rounded number says how many decimals two digits are
    let exponent = format!("{p:.1e}").rsplit_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    let decimals = usize::try_from(1 - exponent.unwrap_or_default()).unwrap_or_default();
    Some(format!("{p:.decimals$}"))
}

/// `0.031`, `< 0.0001`
pub(super) fn p_text(p: f64) -> String {
    digits(p).unwrap_or_else(|| "< 0.0001".to_owned())
}

/// `p = 0.031`, `p < 0.0001`; among several tests Holm's beside it.
fn p_part(test: &RowTest, tests: usize) -> String {
    let p = match digits(test.p) {
        Some(p) => format!("p = {p}"),
        None => "p < 0.0001".to_owned(),
    };
    match (tests > 1, digits(test.p), digits(test.p_holm)) {
        (false, ..) => p,
        (true, None, None) => "p and Holm < 0.0001".to_owned(),
        (true, _, _) => format!("{p}, Holm {}", p_text(test.p_holm)),
    }
}

/// `8 seeds`, `3 data seeds`, `3 + 4 seeds`, `1 seed`.
pub(super) fn seeds(test: &RowTest) -> String {
    let kind = if test.seeds.data_seeds > 1 { "data seed" } else { "seed" };
    match test.units() {
        [1, 1] => format!("1 {kind}"),
        [a, b] if a == b => format!("{a} {kind}s"),
        [a, b] => format!("{a} + {b} {kind}s"),
    }
}

/// [`seeds`]; of one seed each that are not the same, `seeds 1 -> 2`.
fn which_seeds(test: &RowTest) -> String {
    match (test.seeds.used[0].as_slice(), test.seeds.used[1].as_slice()) {
        ([a], [b]) if a.seed != b.seed => format!("seeds {} -> {}", a.seed, b.seed),
        ([a], [b]) if a.data_seed != b.data_seed => format!("data seeds {} -> {}", a.data_seed, b.data_seed),
        _ => seeds(test),
    }
}

/// `0.6320 -> 0.6935`; none without both means.
pub(super) fn means(row: &Row) -> Option<String> {
    let mean = |at: usize| row.sides[at].as_ref()?.mean.map(score);
    Some(format!("{} -> {}", mean(0)?, mean(1)?))
}

/// The parts of a row's line of numbers: means; difference and interval; seeds and p.
pub(super) fn parts(row: &Row, tests: usize) -> Vec<String> {
    let mut parts: Vec<String> = means(row).into_iter().collect();
    if let Some(test) = &row.test {
        let interval = test.interval().map(|ends| format!(" {}", interval(ends))).unwrap_or_default();
        parts.push(format!("{}{interval}", difference(test.difference())));
        parts.push(format!("{}, {}", which_seeds(test), p_part(test, tests)));
    }
    parts
}

/// The lines for the whole table, one a score.
pub fn together_lines(comparison: &Comparison) -> Vec<String> {
    let names_score = comparison.together.len() > 1;
    let line = |together: &Together| {
        let which = if together.rows == comparison.paired { "" } else { "tested " };
        let score = if names_score { format!(", {}", together.score) } else { String::new() };
        let interval = together.overall.interval.map(|ends| format!(" {}", interval(ends))).unwrap_or_default();
        let verdict = match together.is_beyond() {
            Some(true) => "beyond seed noise",
            Some(false) => "within seed noise",
            None => "the seeds do not differ",
        };
        let difference = difference(together.overall.difference);
        format!("all {} {which}settings together{score}: {difference}{interval}, {verdict}", together.rows)
    };
    comparison.together.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_has_two_digits() {
        let shown = [1.0, 0.996, 0.41, 0.0996, 0.0306, 0.00214, 0.00011, 0.0001, 0.00009999].map(p_text);
        assert_eq!(shown, ["1", "1", "0.41", "0.10", "0.031", "0.0021", "0.00011", "0.00010", "< 0.0001"]);
    }

    #[test]
    fn a_difference_has_a_sign() {
        assert_eq!([0.0615, -0.00311, -0.00001, 0.0].map(difference), ["+0.0615", "-0.0031", "+0.0000", "+0.0000"]);
        assert_eq!(interval((-1.0, 0.5)), "[-1.0000, +0.5000]");
    }
}
