//! A comparison on a terminal: what is compared, what changed, a block for each setting, what verdicts mean. Settings that
//! are alike are one line.

use crate::comparison::{Comparison, Row, Verdict};

use super::super::page::{Page, columns};
use super::super::wrap::wrapped;
use super::legend::{legend, tests_of};
use super::notes::{changes, common_line, note};
use super::numbers::{parts, together_lines};
use super::verdicts::{count, first_words, verdict};
use super::view::DiffView;

/// Settings of one kind that are one line from this number on.
const FOLDED: usize = 2;
/// Names that stand below such a line.
const NAMED: usize = 6;

/// A setting with its rows, one a score.
type Block<'a> = &'a [Row];

/// The whole text.
pub(super) fn text(comparison: &Comparison, view: DiffView<'_>) -> String {
    let page = view.page;
    let blocks: Vec<Block<'_>> = comparison.rows.chunk_by(|a, b| a.labels == b.labels).collect();
    let mut lines = head(comparison, &blocks, view);
    lines.push(String::new());
    let kinds = folded(comparison, &blocks);
    let is_folded =
        |block: &Block<'_>| kinds.iter().any(|kind| kind.blocks.iter().any(|other| other.as_ptr() == block.as_ptr()));
    for block in blocks.iter().filter(|block| !is_folded(block)) {
        lines.extend(block_lines(comparison, block, page));
    }
    for kind in &kinds {
        lines.extend(kind.lines(view));
    }
    for line in together_lines(comparison) {
        lines.push(wrapped("", 2, &page.heading(&line), page.columns));
    }
    let paragraphs = legend(comparison);
    if !paragraphs.is_empty() {
        lines.push(String::new());
        lines.extend(paragraphs.iter().map(|paragraph| wrapped("", 2, paragraph, page.columns)));
    }
    lines.join("\n") + "\n"
}

/// What is compared, what changed everywhere, and how many verdicts there are.
fn head(comparison: &Comparison, blocks: &[Block<'_>], view: DiffView<'_>) -> Vec<String> {
    let page = view.page;
    let [a, b] = view.names;
    let mut lines = vec![format!("A: {a}"), format!("B: {b}")];
    let common = changes(&comparison.common);
    if !common.is_empty() {
        lines.push(common_line(comparison, &common));
    } else if comparison.rows.iter().all(|row| row.changes == Default::default()) {
        lines.push("no key, input file or environment changed, as far as is known".to_owned());
    }
    let scores = blocks.iter().map(|block| block.len()).max().unwrap_or_default();
    let rows: Vec<&Row> = comparison.rows.iter().collect();
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for words in rows.iter().map(|row| first_words(&row.verdict)) {
        match kinds.iter_mut().find(|(known, _)| *known == words) {
            Some((_, count)) => *count += 1,
            None => kinds.push((words, 1)),
        }
    }
    let kinds = kinds.iter().map(|(words, count)| format!("{count} {words}")).collect::<Vec<_>>().join(", ");
    let what = match (scores, rows.first()) {
        (1, Some(row)) => format!("{}, {}", row.score, count(blocks.len(), "setting")),
        _ => format!("{} by {}", count(blocks.len(), "setting"), count(scores, "score")),
    };
    lines.push(format!("{what}: {kinds}"));
    lines.iter().map(|line| wrapped("", 2, line, page.columns)).collect()
}

/// A setting: its head, then for each score numbers, verdict and notes.
fn block_lines(comparison: &Comparison, block: Block<'_>, page: Page) -> Vec<String> {
    let own = changes(&block[0].changes.clone().without(&comparison.common));
    let label = page.heading(&block[0].label);
    let head = if own.is_empty() { label } else { format!("{label}: {own}") };
    let mut lines = vec![wrapped("", 2, &head, page.columns)];
    let names_scores = block.len() > 1;
    let indent = if names_scores { 4 } else { 2 };
    for row in block {
        if names_scores {
            lines.push(format!("  {}", row.score));
        }
        lines.extend(row_lines(comparison, row, indent, page));
    }
    lines
}

fn row_lines(comparison: &Comparison, row: &Row, indent: usize, page: Page) -> Vec<String> {
    let margin = " ".repeat(indent);
    let line = |text: &str| wrapped(&format!("{margin}{}", first(text)), indent + 2, rest(text), page.columns);
    let mut lines = in_columns(&parts(row, comparison.tests), indent, page);
    lines.push(painted(row, &line(&verdict(row)), page));
    let tests_of = tests_of(comparison);
    lines.extend(row.notes.iter().map(|one| line(&format!("note: {}", note(one, tests_of)))));
    lines
}

/// The first word of a text, and what stands behind it.
fn first(text: &str) -> &str {
    text.split_once(' ').map_or(text, |(first, _)| first)
}

fn rest(text: &str) -> &str {
    text.split_once(' ').map_or("", |(_, rest)| rest)
}

/// The parts of a line side by side; those that do not fit go to lines of their own.
fn in_columns(parts: &[String], indent: usize, page: Page) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if columns(line) + 2 + columns(part) <= page.columns => *line += &format!("  {part}"),
            Some(_) => lines.push(format!("{}{part}", " ".repeat(indent + 2))),
            None => lines.push(format!("{}{part}", " ".repeat(indent))),
        }
    }
    lines
}

fn painted(row: &Row, text: &str, page: Page) -> String {
    let better = row.test.as_ref().is_some_and(|test| test.difference() > 0.0);
    let paint = |line: &str| match &row.verdict {
        _ if row.is_beyond() && better => page.good(line),
        _ if row.is_beyond() => page.bad(line),
        Verdict::NotComparable(_) | Verdict::New | Verdict::Gone => page.notable(line),
        _ => line.to_owned(),
    };
    text.lines().map(paint).collect::<Vec<_>>().join("\n")
}

/// Settings that are alike.
struct Kind<'a> {
    /// The verdict of each, for people.
    words: String,
    blocks: Vec<Block<'a>>,
}

/// The kinds of settings that need no block of their own: nothing was tested, and nothing else is said of them.
fn folded<'a>(comparison: &Comparison, blocks: &[Block<'a>]) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for block in blocks.iter().copied() {
        let words = kind_of(&block[0]);
        let is_alike = block.iter().all(|row| row.test.is_none() && row.notes.is_empty() && kind_of(row) == words);
        let says_more = block[0].changes.clone().without(&comparison.common) != Default::default();
        if !is_alike || says_more {
            continue;
        }
        match kinds.iter_mut().find(|kind| kind.words == words) {
            Some(kind) => kind.blocks.push(block),
            None => kinds.push(Kind { words, blocks: vec![block] }),
        }
    }
    kinds.retain(|kind| kind.blocks.len() >= FOLDED);
    kinds
}

/// What settings that are alike have in common.
fn kind_of(row: &Row) -> String {
    match row.verdict {
        Verdict::Identical { .. } => "identical".to_owned(),
        _ => verdict(row),
    }
}

impl Kind<'_> {
    fn lines(&self, view: DiffView<'_>) -> Vec<String> {
        let page = view.page;
        let line = format!("{} settings are {}", self.blocks.len(), self.words);
        let is_identical = self.blocks[0][0].is_identical();
        let painted = if is_identical { line } else { page.notable(&line) };
        let mut lines = vec![wrapped("", 2, &painted, page.columns)];
        let named = match (view.verbose, is_identical) {
            (true, _) => self.blocks.len(),
            (false, true) => 0,
            (false, false) => NAMED,
        };
        lines.extend(self.blocks.iter().take(named).map(|block| wrapped(" ", 4, &block[0].label, page.columns)));
        let rest = self.blocks.len().saturating_sub(named);
        if rest > 0 && named > 0 {
            lines.push(format!("  and {rest} more (-v names them)"));
        }
        lines
    }
}
