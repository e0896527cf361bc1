//! What verdicts claim and what they do not, said once below the rows; and what `--fail-if` found.

use std::collections::BTreeSet;

use crate::comparison::{Comparison, Evidence, FailIf, Row};
use crate::statistics::SeedTest;

use super::super::page::Page;
use super::super::wrap::wrapped;
use super::verdicts::first_words;

/// Rows that a condition names.
const NAMED: usize = 10;

/// What a test is called, of which there are several: one a setting, if there is one score.
pub(super) fn tests_of(comparison: &Comparison) -> &'static str {
    let scores: BTreeSet<_> = comparison.rows.iter().map(|row| row.score).collect();
    if scores.len() > 1 { "tests" } else { "settings" }
}

/// The tests behind the rows that are beyond seed noise.
fn seed_tests(rows: &[Row]) -> String {
    let names = rows.iter().filter(|row| first_words(&row.verdict) == "beyond seed noise").filter_map(|row| {
        Some(match row.test.as_ref()?.seeds.test {
            SeedTest::Paired { .. } => "paired t over common seeds",
            SeedTest::Welch { .. } => "Welch's t over all seeds",
            SeedTest::OneAgainstSeveral { .. } | SeedTest::OneEach => "t of one run against several",
        })
    });
    names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ")
}

/// A paragraph for each kind of verdict that occurs.
pub(super) fn legend(comparison: &Comparison) -> Vec<String> {
    let rows = &comparison.rows;
    let occurs = |words: &str| rows.iter().any(|row| first_words(&row.verdict) == words);
    let holm = match comparison.tests {
        0 | 1 => String::new(),
        tests => format!(", Holm over {tests} {}", tests_of(comparison)),
    };
    let mut paragraphs = Vec::new();
    if occurs("beyond seed noise") {
        paragraphs.push(format!(
            "beyond seed noise: over many seeds the means would differ in this direction, on these test sentences \
             ({}, 5 %{holm})",
            seed_tests(rows)
        ));
    }
    if occurs("within seed noise") {
        paragraphs.push(
            "within seed noise: luck of the seeds can explain it. It does not mean equal: a real difference under the \
             number shown is often missed"
                .to_owned(),
        );
    }
    let is_one = |row: &Row| {
        let of_sentences = row.test.as_ref().filter(|test| test.evidence == Evidence::Sentences);
        of_sentences.is_some_and(|test| test.units() == [1, 1])
    };
    if rows.iter().any(is_one) {
        paragraphs.push(
            "one seed: these two models differ (or not) on such sentences. Another seed of the same setting often \
             differs as much; run 5 seeds to compare settings"
                .to_owned(),
        );
    }
    paragraphs
}

/// What a condition found, in lines of at most the columns of the page.
pub fn fail_if_text(condition: &FailIf, comparison: &Comparison, page: Page) -> String {
    let found = condition.find(&comparison.rows);
    let side = if condition.below { "below" } else { "above" };
    let rows = |count: usize| if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") };
    let beyond = match found.beyond.len() {
        0 => format!("no row is {side} {} beyond noise", condition.written),
        count => format!("{} {side} {} beyond noise", rows(count), condition.written),
    };
    let more = if found.beyond.is_empty() { "" } else { " more" };
    let within = match found.within.len() {
        0 => String::new(),
        1 => format!("; 1{more} is, within noise"),
        count => format!("; {count}{more} are, within noise"),
    };
    let mut lines = vec![format!("fail-if: {beyond}{within}")];
    if !found.unknown.is_empty() {
        lines.push(format!("fail-if: {} failed, gone or not comparable", rows(found.unknown.len())));
    }
    let lists = [("beyond noise", &found.beyond), ("within noise", &found.within), ("no verdict", &found.unknown)];
    for (what, labels) in lists.into_iter().filter(|(_, labels)| !labels.is_empty()) {
        let shown = labels.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("  ");
        let rest = labels.len().saturating_sub(NAMED);
        let rest = if rest > 0 { format!("  and {rest} more") } else { String::new() };
        lines.push(format!("  {what}: {shown}{rest}"));
    }
    let wrap = |line: &String| wrapped("", 4, line, page.columns);
    let text = lines.iter().map(wrap).collect::<Vec<_>>().join("\n");
    if found.fails() { page.bad(&text) } else { text }
}
