//! How long jobs took, and how much memory: what `.run/timings.csv` says on this machine.

use crate::results::Timing;

use super::data_table::{DataTable, Datum, Head};
use super::dot_plot::{Dot, DotPlot, DotRow};
use super::figure::Plot;
use super::report::Report;
use super::scale::Scale;
use super::section::Section;

/// Settings of the plot at most.
const ROWS: usize = 30;

/// A setting with the timings of its jobs.
type Timed<'r> = (String, Vec<&'r Timing>);

/// The section.
pub(super) fn time_section(report: &Report) -> Section {
    let section = Section::new("time", "Time and memory");
    let timed = timed(report);
    if timed.is_empty() {
        return section.saying(
            "No timings: they are in .run/timings.csv of the machine that ran the jobs, and are not committed.",
        );
    }
    let section = match timed.len() > ROWS {
        true => {
            section.saying(&format!("The plot has the first {ROWS} of {} settings; its table has all.", timed.len()))
        }
        false => section,
    };
    section
        .saying("Of the machine that ran the jobs; jobs that share a training or run side by side share its time.")
        .plotting([plot(&timed)])
}

fn timed(report: &Report) -> Vec<Timed<'_>> {
    let rows = report.table().rows.iter().map(|row| {
        let timings = row.group.cases.iter().filter_map(|case| {
            report.folders[case.source].timings.as_ref()?.iter().find(|timing| timing.job == case.label)
        });
        (row.group.name(&report.table().axes), timings.collect())
    });
    rows.filter(|(_, timings): &Timed<'_>| !timings.is_empty()).collect()
}

fn mean(timings: &[&Timing], of: impl Fn(&Timing) -> Option<f64>) -> Option<f64> {
    let numbers: Vec<f64> = timings.iter().filter_map(|timing| of(timing)).collect();
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

fn plot(timed: &[Timed<'_>]) -> Plot {
    let shown = &timed[..timed.len().min(ROWS)];
    let seconds = |timing: &Timing| timing.train_seconds;
    let all = shown.iter().flat_map(|(_, timings)| timings).map(|timing| seconds(timing));
    let x = Scale::round("seconds of training", all.chain([0.0]), (0.0, f64::INFINITY));
    let row = |(name, timings): &Timed<'_>| {
        let runs: Vec<f64> = timings.iter().map(|timing| seconds(timing)).collect();
        let mean = runs.iter().sum::<f64>() / runs.len() as f64;
        let runs = if runs.len() > 1 { runs } else { Vec::new() };
        DotRow { name: name.clone(), dots: vec![Dot { series: 0, mean, interval: None, runs }] }
    };
    let drawing = DotPlot { x, series: Vec::new(), rows: shown.iter().map(row).collect() }.draw();
    let title = "Seconds of training: the mean of each setting, runs as points".to_owned();
    let description = format!("{} settings; the table below has every number.", shown.len());
    Plot { numbers: numbers(timed), title, description, drawing }
}

fn numbers(timed: &[Timed<'_>]) -> DataTable {
    let names = ["jobs", "load s", "tokenize s", "train s", "predict s", "steps/s", "peak memory MiB"];
    let row = |(name, timings): &Timed<'_>| {
        let cell = |of: fn(&Timing) -> Option<f64>| {
            let mean = mean(timings, of);
            Datum::number(mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.2}")), mean)
        };
        let most = timings.iter().filter_map(|timing| timing.peak_memory_bytes).max();
        let most = most.map(|bytes| bytes / (1 << 20));
        let mut cells = vec![Datum::text(name.clone()), Datum::text(timings.len().to_string())];
        cells.push(cell(|timing| Some(timing.load_seconds)));
        cells.push(cell(|timing| Some(timing.tokenise_seconds)));
        cells.push(cell(|timing| Some(timing.train_seconds)));
        cells.push(cell(|timing| Some(timing.predict_seconds)));
        cells.push(cell(|timing| timing.steps_per_second));
        cells.push(Datum::text(most.map_or_else(|| "–".to_owned(), |most| most.to_string())));
        cells
    };
    DataTable {
        caption: "Means over the jobs of each setting; of memory the largest".to_owned(),
        columns: [Head::text("setting")].into_iter().chain(names.map(Head::number)).collect(),
        rows: timed.iter().map(row).collect(),
    }
}
