//! `.run/calibration.csv`: how fast a few steps of each shape of training were on this machine, for estimates. It is not
//! committed, and no source of results.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::csv_table::CsvTable;
use super::replace::{create_folder, replace};
use super::{Action, Layout, ResultsError};

/// A row of calibration.csv.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The settings that trainings of one pace have in common.
    pub shape: String,
    /// Where it was measured.
    pub environment: String,
    /// Steps that were taken.
    pub steps: u64,
    /// Steps per second of them.
    pub steps_per_second: f64,
    /// Seconds to read weights and encode data.
    pub load_seconds: f64,
    /// Seconds to predict a sentence; where all of a split is scored, whose sentences nobody counted, none.
    pub predict_seconds_per_sentence: Option<f64>,
    /// Seconds to predict all that is scored, where that is all of a split.
    pub predict_all_seconds: Option<f64>,
    /// Steps of an epoch over all of the training split, where it was trained on.
    pub steps_per_epoch: Option<f64>,
    /// The peak memory of the process, in bytes; none if the system does not say.
    pub peak_memory_bytes: Option<u64>,
}

const HEADER: [&str; 9] = [
    "shape",
    "environment",
    "steps",
    "steps_per_second",
    "load_seconds",
    "predict_seconds_per_sentence",
    "predict_all_seconds",
    "steps_per_epoch",
    "peak_memory_bytes",
];

/// The rows of a folder's calibration.csv; none if there is no such file.
///
/// # Errors
/// `Damaged` with the line, or what the system says.
pub fn calibrations(layout: &Layout) -> Result<Vec<Calibration>, ResultsError> {
    let path = layout.calibration();
    let content = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| ResultsError::io(Action::Read, &path, error))?,
    };
    parse(&path, &content)
}

fn parse(file: &Path, content: &[u8]) -> Result<Vec<Calibration>, ResultsError> {
    let table = CsvTable::parse(file, content)?;
    table.expect_header(&HEADER)?;
    let header = csv::StringRecord::from(HEADER.to_vec());
    let read = |(line, row): &(u64, csv::StringRecord)| {
        let damaged = |problem: String| ResultsError::damaged(file, *line, problem);
        let row: Calibration = row.deserialize(Some(&header)).map_err(|error| damaged(error.to_string()))?;
        let is_time = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
        let is_pace = row.steps_per_second.is_finite() && row.steps_per_second > 0.0;
        let optional = [row.predict_seconds_per_sentence, row.predict_all_seconds, row.steps_per_epoch];
        if is_pace && is_time(row.load_seconds) && optional.into_iter().flatten().all(is_time) {
            Ok(row)
        } else {
            Err(damaged("a time or a pace is none".to_owned()))
        }
    };
    table.rows.iter().map(read).collect()
}

/// Adds rows, or replaces those of the same shape and environment. The folder is made if need be; nothing else is written.
///
/// # Errors
/// What the system says.
pub fn write_calibrations(layout: &Layout, new: &[Calibration]) -> Result<(), ResultsError> {
    // it is no source of results: a damaged file is started anew
    let mut rows = calibrations(layout).unwrap_or_default();
    for row in new {
        match rows.iter_mut().find(|known| (&known.shape, &known.environment) == (&row.shape, &row.environment)) {
            Some(known) => *known = row.clone(),
            None => rows.push(row.clone()),
        }
    }
    create_folder(&layout.run_folder())?;
    replace(&layout.gitignore(), b"*\n")?;
    replace(&layout.calibration(), &csv_of(&rows)).map(|_| ())
}

/// Paces have three decimals, times of a sentence six.
fn csv_of(rows: &[Calibration]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).expect("written to memory");
    for row in rows {
        let cells = [
            row.shape.clone(),
            row.environment.clone(),
            row.steps.to_string(),
            format!("{:.3}", row.steps_per_second),
            format!("{:.3}", row.load_seconds),
            row.predict_seconds_per_sentence.map_or_else(String::new, |seconds| format!("{seconds:.6}")),
            row.predict_all_seconds.map_or_else(String::new, |seconds| format!("{seconds:.3}")),
            row.steps_per_epoch.map_or_else(String::new, |steps| format!("{steps:.0}")),
            row.peak_memory_bytes.map_or_else(String::new, |bytes| bytes.to_string()),
        ];
        writer.write_record(cells).expect("rows of one length, written to memory");
    }
    writer.into_inner().expect("flushing to memory cannot fail")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn rows_are_replaced_by_shape_and_environment_and_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().join("grid"));
        let row = |shape: &str, pace: f64| Calibration {
            shape: shape.to_owned(),
            environment: "cpu".to_owned(),
            steps: 20,
            steps_per_second: pace,
            load_seconds: 0.5,
            predict_seconds_per_sentence: Some(0.001),
            predict_all_seconds: None,
            steps_per_epoch: Some(375.0),
            peak_memory_bytes: None,
        };
        write_calibrations(&layout, &[row("a, b", 1.0), row("c", 2.0)]).unwrap();
        write_calibrations(&layout, &[row("c", 3.0)]).unwrap();
        assert_eq!(calibrations(&layout).unwrap(), [row("a, b", 1.0), row("c", 3.0)]);
        let text = fs::read_to_string(layout.calibration()).unwrap();
        fs::write(layout.calibration(), text.replace("3.000", "0.000")).unwrap();
        let error = calibrations(&layout).unwrap_err().to_string();
        assert!(error.contains("calibration.csv:3: a time or a pace is none"), "{error}");
    }
}
