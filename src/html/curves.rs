//! Curves of the training: the loss of each run, and its evaluations on the validation split.

use std::collections::BTreeMap;

use crate::overview::Group;
use crate::results::{Measurements, Record};

use super::data_table::{DataTable, Datum, Head};
use super::figure::Plot;
use super::line_plot::{LinePlot, Series};
use super::report::Report;
use super::scale::Scale;
use super::section::Section;

/// Runs of a setting that have a line.
const RUNS: usize = 5;

/// Points of a line at most.
const POINTS: usize = 160;

/// Rows of a table of numbers at most.
const ROWS: usize = 30;

/// Points of a run: to the right, upwards.
type Points = Vec<(f64, f64)>;

/// A curve that runs have.
struct Curve {
    title: &'static str,
    x: &'static str,
    y: &'static str,
    limits: (f64, f64),
    of: fn(&Measurements) -> Points,
}

const CURVES: [Curve; 3] = [
    Curve {
        title: "Training loss",
        x: "step",
        y: "loss",
        limits: (0.0, f64::INFINITY),
        of: |measured| measured.curve.iter().map(|point| (point.step as f64, point.loss.value())).collect(),
    },
    Curve {
        title: "Loss on the validation split",
        x: "epoch",
        y: "validation_loss",
        limits: (0.0, f64::INFINITY),
        of: |measured| {
            measured.epochs.iter().map(|point| (point.epoch.value(), point.validation_loss.value())).collect()
        },
    },
    Curve {
        title: "entity_f1 on the validation split",
        x: "epoch",
        y: "validation_entity_f1",
        limits: (0.0, 1.0),
        of: |measured| {
            measured.epochs.iter().map(|point| (point.epoch.value(), point.validation_entity_f1.value())).collect()
        },
    },
];

/// The section.
pub(super) fn curves_section(report: &Report) -> Section {
    let section = Section::new("curves", "Curves of the training");
    let plots: Vec<Plot> = CURVES.iter().filter_map(|curve| plot(report, curve)).collect();
    if plots.is_empty() {
        return section.saying("No curves: curves.csv is missing or has no rows. Restore it with git, or run again.");
    }
    let lines = format!("A line is a run; of a setting with more runs, the first {RUNS} have one.");
    section.saying(&lines).perhaps_saying(report.of_some()).plotting(plots)
}

/// The curves of a setting's first runs that have one.
fn curves(group: &Group, curve: &Curve) -> Vec<Points> {
    let records = group.cases.iter().filter_map(|case| case.record.as_ref());
    let curves = records.filter_map(Record::measurements).map(curve.of).filter(|points| !points.is_empty());
    curves.take(RUNS).collect()
}

fn plot(report: &Report, curve: &Curve) -> Option<Plot> {
    let mut series = Vec::new();
    let mut all: Vec<(String, Vec<Points>)> = Vec::new();
    for leading in &report.leading {
        let curves = curves(&report.table().rows[leading.row].group, curve);
        let lines = curves.iter().map(|points| thinned(points, POINTS)).collect();
        series.push(Series { name: leading.name.clone(), lines, means: Vec::new() });
        all.push((leading.name.clone(), curves));
    }
    let points = || all.iter().flat_map(|(_, curves)| curves).flatten();
    points().next()?;
    let most = points().map(|point| point.0).fold(0.0, f64::max);
    let x = Scale::round(curve.x, points().map(|point| point.0), (0.0, most));
    let y = Scale::round(curve.y, points().map(|point| point.1).chain([curve.limits.0]), curve.limits);
    let drawing = LinePlot { x, y, series }.draw();
    let ends: Vec<String> = all.iter().filter_map(|(name, curves)| described(name, curves)).collect();
    let description = format!("{} by {}. {}", curve.title, curve.x, ends.join("; "));
    Some(Plot { title: curve.title.to_owned(), description, drawing, numbers: numbers(curve, &all) })
}

/// Where the first run of a setting begins and ends.
fn described(name: &str, curves: &[Points]) -> Option<String> {
    let first = curves.first()?;
    Some(format!("{name}: from {:.4} to {:.4}", first.first()?.1, first.last()?.1))
}

/// At most so many points, evenly chosen, the last among them.
fn thinned<T: Clone>(points: &[T], most: usize) -> Vec<T> {
    let every = points.len().div_ceil(most).max(1);
    let offset = (points.len() + every - 1) % every;
    points.iter().skip(offset).step_by(every).cloned().collect()
}

/// The mean of the lines of each setting, where they have a point.
fn numbers(curve: &Curve, all: &[(String, Vec<Points>)]) -> DataTable {
    let mut places: BTreeMap<u64, Vec<(f64, usize)>> = BTreeMap::new();
    for (at, (_, curves)) in all.iter().enumerate() {
        for (x, y) in curves.iter().flatten() {
            // positive numbers are in the order of their bits
            let sums = places.entry(x.to_bits()).or_insert_with(|| vec![(0.0, 0); all.len()]);
            sums[at] = (sums[at].0 + y, sums[at].1 + 1);
        }
    }
    let places: Vec<(u64, Vec<(f64, usize)>)> = places.into_iter().collect();
    let row = |(x, sums): &(u64, Vec<(f64, usize)>)| {
        let cell = |(sum, count): &(f64, usize)| match count {
            0 => Datum::text("–"),
            _ => Datum::number(format!("{:.4}", sum / *count as f64), Some(sum / *count as f64)),
        };
        [Datum::text(f64::from_bits(*x).to_string())].into_iter().chain(sums.iter().map(cell)).collect()
    };
    let shown = thinned(&places, ROWS);
    let some = if shown.len() < places.len() {
        format!(", {} of {} points", shown.len(), places.len())
    } else {
        String::new()
    };
    DataTable {
        caption: format!("{}: the mean of the lines{some}", curve.title),
        columns: [Head::number(curve.x)]
            .into_iter()
            .chain(all.iter().map(|(name, _)| Head::number(name.clone())))
            .collect(),
        rows: shown.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_point_stays() {
        assert_eq!(thinned(&[1, 2, 3, 4, 5, 6, 7], 3), [1, 4, 7]);
        assert_eq!(thinned(&[1, 2, 3, 4, 5], 3), [1, 3, 5]);
        assert_eq!(thinned(&[1, 2, 3, 4], 3), [2, 4]);
        assert_eq!(thinned(&[1, 2], 3), [1, 2]);
        assert!(thinned::<u8>(&[], 3).is_empty());
    }
}
