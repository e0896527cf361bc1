//! What `runner plan` prints.

use super::grid::grid;

/// A line of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLine {
    /// The job's label.
    pub label: String,
    /// How it stands: new, done, failed, changed, invalid; with why.
    pub state: String,
    /// Optimiser steps, where known.
    pub steps: Option<u64>,
    /// Bytes of the model that it keeps, where known.
    pub disk: Option<u64>,
    /// Seconds of training that it took before, where timed.
    pub seconds: Option<f64>,
}

/// The jobs as a table, what is gone, and what is to do.
pub fn plan_text(lines: &[PlanLine], gone: &[String]) -> String {
    let cell = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let row = |(index, line): (usize, &PlanLine)| {
        vec![
            (index + 1).to_string(),
            line.label.clone(),
            line.state.clone(),
            cell(line.steps.map(|steps| steps.to_string())),
            cell(line.disk.map(size)),
            cell(line.seconds.map(duration)),
        ]
    };
    let rows: Vec<_> = lines.iter().enumerate().map(row).collect();
    let mut text = grid(&["#", "job", "state", "steps", "disk", "time before"], &rows, 3);
    text.push('\n');
    if !gone.is_empty() {
        text.push_str(
            "Gone from the experiment, and from the tables at the next run, which keeps them in its journal:\n",
        );
        for label in gone {
            text.push_str(&format!("  {label}\n"));
        }
    }
    text
}

fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        bytes => format!("{:.1} MB", bytes / 1e6),
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}
