//! What `runner data` prints.

use crate::data::{SplitStatistics, Statistics};
use crate::metrics::Baseline;

use super::grid::grid;

/// A data set as the jobs use it.
pub fn data_text(statistics: &Statistics, baselines: &[Baseline]) -> String {
    let header = [
        "split",
        "rows",
        "used",
        "empty",
        "words",
        "median",
        "p90",
        "p99",
        "max",
        "cut off",
        "words cut",
        "words lost",
    ];
    let rows: Vec<Vec<String>> = statistics.splits.iter().map(split_row).collect();
    let mut text = grid(&header, &rows, 1);
    text.push_str("\nmedian to max: pieces of a sentence, special ones included; words lost tokenize to nothing.\n\n");
    text.push_str(&tags(statistics));
    text.push_str(&format!("\nTest sentences also in the training subset: {}\n", statistics.test_in_train));
    for note in &statistics.notes {
        text.push_str(&format!("Note: {note}\n"));
    }
    if !baselines.is_empty() {
        text.push_str("\nThe best that one answer for every word of the test split scores:\n");
        let row = |b: &Baseline| vec![b.metric.name().to_owned(), b.tag.clone(), format!("{:.4}", b.score)];
        text.push_str(&grid(&["metric", "answer", "score"], &baselines.iter().map(row).collect::<Vec<_>>(), 2));
        text.push('\n');
    }
    text
}

fn split_row(split: &SplitStatistics) -> Vec<String> {
    let lengths = &split.lengths;
    let counts = [
        split.rows,
        split.used,
        split.empty,
        split.words,
        lengths.median,
        lengths.p90,
        lengths.p99,
        lengths.max,
        split.truncated,
        split.cut_words,
        split.silent_words,
    ];
    [split.split.to_string()].into_iter().chain(counts.map(|count| count.to_string())).collect()
}

fn tags(statistics: &Statistics) -> String {
    let names: Vec<&str> =
        statistics.splits.first().map(|s| s.tags.iter().map(|(name, _)| name.as_str()).collect()).unwrap_or_default();
    let header: Vec<&str> = ["words by tag"].into_iter().chain(names).collect();
    let row = |split: &SplitStatistics| {
        let counts = split.tags.iter().map(|(_, count)| count.to_string());
        [split.split.to_string()].into_iter().chain(counts).collect()
    };
    grid(&header, &statistics.splits.iter().map(row).collect::<Vec<_>>(), 1)
}
