//! What `runner data` prints.

use crate::data::{SplitStatistics, Statistics, TokenizerOrigin};
use crate::metrics::Baseline;

use super::grid::grid;
use super::page::Page;
use super::wrap::wrapped;

/// What is counted of a split.
type Count = (&'static str, fn(&SplitStatistics) -> usize);

/// The counts, a row each.
const COUNTS: [Count; 14] = [
    ("sentences", |split| split.rows),
    ("used", |split| split.used),
    ("empty", |split| split.empty),
    ("words", |split| split.words),
    ("tokens: median", |split| split.lengths.median),
    ("tokens: 90 %", |split| split.lengths.p90),
    ("tokens: 99 %", |split| split.lengths.p99),
    ("tokens: longest", |split| split.lengths.max),
    ("sentences cut", |split| split.truncated),
    ("words cut off", |split| split.cut_words),
    ("words without tokens", |split| split.empty_words),
    ("words of control characters", |split| split.control_words),
    ("repeated sentences", |split| split.repeats),
    ("stray I- tags", |split| split.stray),
];

/// Below the counts.
const LEGEND: &str = "tokens: subword tokens of a sentence, special ones included, and how many of the sentences have \
                      at most that many";

/// A data set as the jobs use it: a column a split.
pub fn data_text(statistics: &Statistics, baselines: &[Baseline], page: Page) -> String {
    let splits = &statistics.splits;
    let names: Vec<String> = splits.iter().map(|split| split.split.to_string()).collect();
    let table = |title: &str, rows: Vec<Vec<String>>| {
        let header: Vec<&str> = [title].into_iter().chain(names.iter().map(String::as_str)).collect();
        grid(&header, &rows, 1, page)
    };
    let counts = COUNTS.map(|(name, count)| row(name, splits.iter().map(count)));
    let line = |text: &str| wrapped("", 2, text, page.columns) + "\n";
    let mut rows = counts.to_vec();
    if let Some(windows) =
        splits.iter().map(|split| split.windows).collect::<Option<Vec<_>>>().filter(|_| !splits.is_empty())
    {
        rows.push(row("windows", windows.into_iter()));
    }
    let mut text = format!("{}\n{}\n", table("", rows), line(LEGEND));
    let tags = splits.first().map(|split| split.tags.len()).unwrap_or_default();
    let of_tag = |tag: usize| row(&splits[0].tags[tag].0, splits.iter().map(|split| split.tags[tag].1));
    text += &format!("{}\n\n", table("words by tag", (0..tags).map(of_tag).collect()));
    text += &line(&format!("Test sentences also in the training subset: {}", statistics.test_in_train));
    if let Some(TokenizerOrigin { class, rules, lower_cases }) = &statistics.tokenizer {
        let case = if *lower_cases { "it lower-cases words" } else { "it keeps capitals" };
        text += &line(&format!("Tokenizer: {class}; {case} (model.tokenizer = \"{rules}\")"));
    }
    statistics.notes.iter().for_each(|note| text += &line(&format!("Note: {note}")));
    if !baselines.is_empty() {
        text += "\n";
        text += &line("Baseline: the same tag for every word (test split)");
        let row = |b: &Baseline| vec![b.metric.name().to_owned(), b.tag.clone(), format!("{:.4}", b.score)];
        text += &grid(&["score", "tag", "value"], &baselines.iter().map(row).collect::<Vec<_>>(), 2, page);
        text.push('\n');
    }
    text
}

fn row(name: &str, counts: impl Iterator<Item = usize>) -> Vec<String> {
    [name.to_owned()].into_iter().chain(counts.map(|count| count.to_string())).collect()
}
