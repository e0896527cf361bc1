//! What `runner plan` prints.

use super::bytes::size;
use super::grid::grid;
use super::grouped::grouped;
use super::page::{Page, fits};
use super::wrap::wrapped;
use crate::ledger::{Basis, seconds_on};
use crate::words::counted;

/// A line of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLine {
    /// The job's label.
    pub label: String,
    /// Its status, beginning with new, done, failed, changed, partial or invalid.
    pub state: String,
    /// Why it is invalid, where it is.
    pub reason: Option<String>,
    /// Optimizer steps, where known.
    pub steps: Option<u64>,
    /// Bytes of its saved model, where known.
    pub disk: Option<u64>,
    /// Seconds of its last training, where known.
    pub seconds: Option<f64>,
    /// Seconds that it is expected to take, where it is pending and that is known.
    pub expected: Option<f64>,
    /// Bytes of memory that it is expected to take, where known.
    pub memory: Option<u64>,
}

/// What all pending trainings are expected to take.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// How many are pending.
    pub trainings: usize,
    /// Where the times are from.
    pub environment: String,
    /// Seconds of each training that has an estimate.
    pub seconds: Vec<f64>,
    /// The most bytes that one of them is expected to take, where that was measured.
    pub memory: Option<u64>,
    /// What each estimate rests on.
    pub bases: Vec<Basis>,
}

/// The most workers that a time is given for.
const WORKERS: usize = 6;

impl Expected {
    /// As lines: how long on one worker and on `workers`, what is not known, where the times come from.
    pub fn text(&self, workers: usize) -> Vec<String> {
        let Self { trainings, environment, seconds, memory, bases } = self;
        let workers = seconds.len().min(workers);
        let on_more = (workers > 1).then(|| format!(", {} on {workers}", about(seconds_on(workers, seconds))));
        let without = trainings - seconds.len();
        let mut lines = vec![format!(
            "{} left: about {} on 1 worker{} ({environment}){}",
            counted(*trainings, "training"),
            about(seconds_on(1, seconds)),
            on_more.unwrap_or_default(),
            memory.map(|bytes| format!(", up to {} of memory each", size(bytes))).unwrap_or_default(),
        )];
        let count = |basis: Basis| bases.iter().filter(|other| **other == basis).count();
        let parts = [
            (count(Basis::SameTraining), "the same training here"),
            (count(Basis::SameShape), "others of the same shape here"),
            (count(Basis::Calibration), "a calibration"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} by {what}")).collect();
        lines.push(format!("estimated: {}", parts.join(", ")));
        if without > 0 {
            lines.push(format!(
                "not estimated: {}, since nothing like it ran here; `runner plan FILE --calibrate` measures a few steps",
                counted(without, "training")
            ));
        }
        lines
    }
}

/// A time as people say it.
fn about(seconds: f64) -> String {
    match seconds {
        ..=10.0 => format!("{seconds:.1} s"),
        ..=100.0 => format!("{seconds:.0} s"),
        ..=6000.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// The jobs as a table, why some are invalid, and which rows go.
pub fn plan_text(lines: &[PlanLine], expected: Option<&Expected>, gone: &[String], page: Page) -> String {
    let width = page.table_columns();
    let mut text = table(lines, page);
    text.push('\n');
    let invalid = lines.iter().filter_map(|line| Some((line.label.as_str(), line.reason.clone()?)));
    let problems: Vec<(&str, String)> = invalid.collect();
    for problem in grouped(&problems) {
        text.push_str(&wrapped(&page.bad("invalid:"), 2, &problem, width));
        text.push('\n');
    }
    for line in expected.iter().flat_map(|expected| expected.text(WORKERS)) {
        text += &(wrapped("", 2, &line, width) + "\n");
    }
    if !gone.is_empty() {
        text += &wrapped("", 0, "No longer in the file; the next run drops these rows (kept in the journal):", width);
        text.push('\n');
        for label in gone {
            text += &(wrapped(" ", 4, label, width) + "\n");
        }
    }
    text
}

/// What is said of steps that are saved: by rungs, which stop jobs, or as trainings begin alike. `rungs`: the steps of the
/// first, and the steps of all jobs to their ends and as rungs stop them. `shared`: steps in all, and those that run once for
/// several trainings.
pub fn steps_text(rungs: Option<(u64, [u64; 2])>, shared: Option<[u64; 2]>, page: Page) -> Option<String> {
    let text = match (rungs, shared) {
        (Some((first, [all, halved])), _) => {
            format!("Steps: at most {all}, and {halved} as rungs stop jobs, the first after {first} steps.")
        }
        (None, Some([all, shared])) if shared > 0 => {
            format!("Steps: {}, as trainings that begin alike run {shared} of {all} once.", all - shared)
        }
        (None, _) => return None,
    };
    Some(wrapped("", 0, &text, page.table_columns()) + "\n")
}

/// Columns beside a job's state, the last of which give way first. The last two are there only where a time is expected.
const SHOWN: [&str; 5] = ["steps", "disk", "time before", "expected", "memory"];

/// A line a job. What does not fit stands elsewhere: the columns that are left out are named below the table, and labels
/// that leave too little room stand above it.
fn table(lines: &[PlanLine], page: Page) -> String {
    let width = page.table_columns();
    let all = if lines.iter().any(|line| line.expected.is_some()) { SHOWN.len() } else { SHOWN.len() - 2 };
    let is_narrow = |text: &String| fits(text, width);
    let with_labels = (1..=all).rev().map(|count| (count, jobs(lines, true, count, page)));
    let (count, mut text) = with_labels.into_iter().find(|(_, text)| is_narrow(text)).unwrap_or_else(|| {
        let labels = lines.iter().enumerate();
        let labels = labels.map(|(at, line)| wrapped(&format!("#{}", at + 1), 4, &line.label, width));
        let labels = labels.collect::<Vec<_>>().join("\n");
        let narrow = (1..=all).rev().map(|count| (count, jobs(lines, false, count, page)));
        let found = narrow.into_iter().find(|(_, text)| is_narrow(text));
        let (count, text) = found.unwrap_or_else(|| (1, jobs(lines, false, 1, page)));
        (count, format!("{labels}\n\n{text}"))
    });
    if count < all {
        let more = format!("in a wider terminal also: {}", SHOWN[count..all].join(", "));
        text += &format!("\n{}", wrapped("", 2, &more, width));
    }
    text
}

/// The table with the first `count` of the columns.
fn jobs(lines: &[PlanLine], with_labels: bool, count: usize, page: Page) -> String {
    let cell = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let row = |(at, line): (usize, &PlanLine)| {
        let label = with_labels.then(|| line.label.clone());
        let numbers = [
            line.steps.map(|steps| steps.to_string()),
            line.disk.map(size),
            line.seconds.map(duration),
            line.expected.map(about),
            line.memory.map(size),
        ]
        .map(cell);
        let state = painted(&line.state, page);
        [(at + 1).to_string()].into_iter().chain(label).chain([state]).chain(numbers.into_iter().take(count)).collect()
    };
    let rows: Vec<Vec<String>> = lines.iter().enumerate().map(row).collect();
    let job = with_labels.then_some("job");
    let header: Vec<&str> =
        ["#"].into_iter().chain(job).chain(["state"]).chain(SHOWN[..count].iter().copied()).collect();
    grid(&header, &rows, header.len() - count, page)
}

/// A state in the color of its first word.
fn painted(state: &str, page: Page) -> String {
    let first = state.split([' ', ':', ',']).next().unwrap_or_default();
    match first {
        "done" => page.good(state),
        "failed" | "invalid" => page.bad(state),
        "new" => state.to_owned(),
        _ => page.notable(state),
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}
