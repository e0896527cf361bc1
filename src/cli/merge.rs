//! `runner merge`.

use crate::merging::{self, Conflict, Copied, MergeError, Merged, PinConflict};
use crate::report::{size, wrapped};

use super::args;
use super::failure::{Ending, Failure};
use super::page;
use super::terminal::{answer, jobs, say};

/// Columns of the answer off a terminal.
const WIDTH: usize = 100;
/// Labels, and cells of a conflict, that are named.
const MOST: usize = 10;

/// Merges results folders, and prints what came of it.
pub(super) fn merge(arguments: &args::Merge) -> Result<Ending, Failure> {
    let out = &arguments.place.out;
    let merged = match merging::merge(&arguments.folders, out) {
        Ok(merged) => merged,
        Err(error) => {
            let lines = match &error {
                MergeError::Pins(conflicts) => conflicts.iter().map(pin_line).collect(),
                MergeError::Conflicts(conflicts) => conflicts.iter().flat_map(cell_lines).collect(),
                _ => return Err(error.into()),
            };
            let lines: Vec<String> = lines;
            for line in &lines {
                answer(&(wrapped("", 4, line, page::of_answers(WIDTH).columns) + "\n"))?;
            }
            return Err(error.into());
        }
    };
    merged.notices.iter().for_each(|notice| say(notice));
    let page = page::of_answers(WIDTH);
    let paragraphs = paragraphs(&merged, out).into_iter().enumerate().map(|(at, text)| {
        let text = if at == 0 { page.heading(&text) } else { text };
        wrapped("", 2, &text, page.columns) + "\n"
    });
    answer(&paragraphs.collect::<String>())?;
    Ok(Ending::Well)
}

/// What came of it: what is there, what was copied, what is missing and the command for it.
fn paragraphs(merged: &Merged, out: &std::path::Path) -> Vec<String> {
    let Merged { root, folders, missing, failed, untested, sets, copied, .. } = merged;
    let root_text = root.display();
    let done = merged.jobs - missing.len();
    let folders = if *folders == 1 { "1 folder".to_owned() } else { format!("{folders} folders") };
    let mut texts = vec![format!("{root_text}: {done} of {} from {folders}", jobs(merged.jobs))];
    texts.extend(copied_text(*copied));
    if !missing.is_empty() {
        let shown = missing.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
        let more = missing.len().saturating_sub(MOST);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        texts.push(format!("missing: {shown}{more}"));
    }
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let left = [
        counted(missing.len(), "job is missing", "jobs are missing"),
        counted(*failed, "job failed", "jobs failed"),
        counted(
            *untested,
            "selected job is not scored on the test set",
            "selected jobs are not scored on the test set",
        ),
        counted(*sets, "evaluation set is not scored", "evaluation sets are not scored"),
    ];
    let left: Vec<String> = left.into_iter().flatten().collect();
    if left.is_empty() {
        texts.push(format!("next: runner show {root_text}"));
    } else {
        let place =
            if out == std::path::Path::new("results") { String::new() } else { format!(" --out {}", out.display()) };
        texts.push(format!("{}; to run what is left: runner run {root_text}/experiment.toml{place}", left.join(", ")));
    }
    texts
}

fn copied_text(Copied { models, checkpoints, logs, bytes }: Copied) -> Option<String> {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        counted(models, "model", "models"),
        counted(checkpoints, "checkpoint", "checkpoints"),
        counted(logs, "job log", "job logs"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("copied, and left where they were: {} ({})", parts.join(", "), size(bytes)))
}

fn pin_line(PinConflict { input, what, folders, values }: &PinConflict) -> String {
    let [one, other] = [0, 1].map(|at| format!("{} in {}", values[at], folders[at].display()));
    format!("{input}, {what}: {one}, {other}")
}

/// A line for each cell, with both folders.
fn cell_lines(Conflict { folders, cells }: &Conflict) -> Vec<String> {
    let [one, other] = [0, 1].map(|at| folders[at].display());
    let text = |text: &str| if text.is_empty() { "empty".to_owned() } else { text.to_owned() };
    let line = |cell: &crate::results::Difference| {
        let (found, expected) = (text(&cell.found), text(&cell.expected));
        format!("{}, {}, {}: {found} in {one}, {expected} in {other}", cell.file, cell.row, cell.column)
    };
    let mut lines: Vec<String> = cells.iter().take(MOST).map(line).collect();
    if cells.len() > MOST {
        lines.push(format!("  and {} more cells of {one} and {other}", cells.len() - MOST));
    }
    lines
}
