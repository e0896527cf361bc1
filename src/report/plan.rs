//! What `runner plan` prints.

use super::grid::grid;
use super::grouped::grouped;
use super::wrap::wrapped;

/// A line of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLine {
    /// The job's label.
    pub label: String,
    /// How it stands: new, done, failed, changed, invalid.
    pub state: String,
    /// Why it is invalid, where it is.
    pub reason: Option<String>,
    /// Optimizer steps, where known.
    pub steps: Option<u64>,
    /// Bytes of the model that it keeps, where known.
    pub disk: Option<u64>,
    /// Seconds of training that it took before, where timed.
    pub seconds: Option<f64>,
}

/// The jobs as a table, why some are invalid, and what is gone; problems in lines of at most `width` columns.
pub fn plan_text(lines: &[PlanLine], gone: &[String], width: usize) -> String {
    let mut text = table(lines, width);
    text.push('\n');
    let invalid = lines.iter().filter_map(|line| Some((line.label.as_str(), line.reason.clone()?)));
    let problems: Vec<(&str, String)> = invalid.collect();
    for problem in grouped(&problems) {
        text.push_str(&wrapped("invalid:", 2, &problem, width));
        text.push('\n');
    }
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

/// A line a job; where labels leave too little room, they stand above the table.
fn table(lines: &[PlanLine], width: usize) -> String {
    let cell = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let row = |(index, line): (usize, &PlanLine), with_label: bool| {
        let label = with_label.then(|| line.label.clone());
        let cells = [
            line.state.clone(),
            cell(line.steps.map(|steps| steps.to_string())),
            cell(line.disk.map(size)),
            cell(line.seconds.map(duration)),
        ];
        [(index + 1).to_string()].into_iter().chain(label).chain(cells).collect()
    };
    let rows = |with_label| lines.iter().enumerate().map(|line| row(line, with_label)).collect::<Vec<Vec<String>>>();
    let wide = grid(&["#", "job", "state", "steps", "disk", "time before"], &rows(true), 3);
    if wide.lines().all(|line| line.chars().count() <= width) {
        return wide;
    }
    let labels =
        lines.iter().enumerate().map(|(index, line)| wrapped(&format!("#{}", index + 1), 4, &line.label, width));
    let narrow = grid(&["#", "state", "steps", "disk", "time before"], &rows(false), 2);
    format!("{}\n\n{narrow}", labels.collect::<Vec<_>>().join("\n"))
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
