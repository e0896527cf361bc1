//! `runner rescore`.

use crate::report::wrapped;
use crate::results::{self, Difference};

use super::args;
use super::failure::{Ending, Failure};
use super::page;
use super::terminal::{answer, say, warn};

/// Columns of the answer off a terminal.
const WIDTH: usize = 100;
/// Changed cells, and rows, that are named.
const MOST: usize = 20;

/// Computes the scores of a folder again, and prints what changed.
pub(super) fn rescore(arguments: &args::Rescore) -> Result<Ending, Failure> {
    let done = results::rescore(&arguments.folder)?;
    done.notices.iter().for_each(|notice| say(notice));
    let page = page::of_answers(WIDTH);
    let rows = if done.rows == 1 { "1 row".to_owned() } else { format!("{} rows", done.rows) };
    let changes = match done.changes.len() {
        0 => "nothing changed".to_owned(),
        1 => "1 cell changed".to_owned(),
        count => format!("{count} cells changed"),
    };
    let head = format!("{}: {rows} scored again, {changes}", arguments.folder.display());
    let mut text = wrapped("", 2, &page.heading(&head), page.columns) + "\n";
    for change in done.changes.iter().take(MOST) {
        text += &(wrapped(" ", 4, &line(change), page.columns) + "\n");
    }
    if done.changes.len() > MOST {
        text += &format!("  and {} more\n", done.changes.len() - MOST);
    }
    if !done.without.is_empty() {
        let rows = named(&done.without);
        text += &(wrapped("", 2, &format!("no predictions, left as they are: {rows}"), page.columns) + "\n");
    }
    answer(&text)?;
    for (row, problem) in done.unusable.iter().take(MOST) {
        warn(&format!(
            "{row}: {problem}; the row is left as it is: restore the file from git, or predict again with --force"
        ));
    }
    Ok(if done.unusable.is_empty() { Ending::Well } else { Ending::DoesNotHold })
}

fn line(Difference { file, row, column, found, expected }: &Difference) -> String {
    let [found, expected] = [found, expected].map(|text| if text.is_empty() { "empty" } else { text });
    format!("{file}, {row}, {column}: {found} -> {expected}")
}

/// The first of many rows.
fn named(rows: &[String]) -> String {
    let shown = rows.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
    match rows.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}
