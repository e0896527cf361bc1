//! `.run/timings.csv`: how long jobs took, for `plan` and for people. It is not committed, and no source of results.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ResultsError;
use super::csv_table::CsvTable;

/// A row of timings.csv.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// The job's label.
    pub job: String,
    /// Seconds to read weights.
    pub load_seconds: f64,
    /// Seconds to encode the data; 0 if another job encoded them.
    pub tokenise_seconds: f64,
    /// Seconds from loaded weights and encoded data to the last step.
    pub train_seconds: f64,
    /// Seconds to predict the scored splits.
    pub predict_seconds: f64,
    /// Steps per second of training; none without steps.
    pub steps_per_second: Option<f64>,
    /// The peak memory of the process, in bytes; none if the system does not say.
    pub peak_memory_bytes: Option<u64>,
}

const HEADER: [&str; 7] = [
    "job",
    "load_seconds",
    "tokenise_seconds",
    "train_seconds",
    "predict_seconds",
    "steps_per_second",
    "peak_memory_bytes",
];

/// The table's content; seconds and rates have three decimals.
pub fn timings_csv(timings: &[Timing]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).expect("written to memory");
    for timing in timings {
        let seconds = [timing.load_seconds, timing.tokenise_seconds, timing.train_seconds, timing.predict_seconds];
        let mut row = vec![timing.job.clone()];
        row.extend(seconds.map(|seconds| format!("{seconds:.3}")));
        row.push(timing.steps_per_second.map_or_else(String::new, |rate| format!("{rate:.3}")));
        row.push(timing.peak_memory_bytes.map_or_else(String::new, |bytes| bytes.to_string()));
        writer.write_record(row).expect("rows of one length, written to memory");
    }
    writer.into_inner().expect("flushing to memory cannot fail")
}

/// Reads the table back; `file` is for messages only.
///
/// # Errors
/// `Damaged` with the line.
pub fn read_timings(file: &Path, content: &[u8]) -> Result<Vec<Timing>, ResultsError> {
    let table = CsvTable::parse(file, content)?;
    table.expect_header(&HEADER)?;
    let header = csv::StringRecord::from(HEADER.to_vec());
    let read = |(line, row): &(u64, csv::StringRecord)| {
        row.deserialize(Some(&header)).map_err(|error| ResultsError::damaged(file, *line, error.to_string()))
    };
    table.rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timings_survive_being_written_and_read() {
        let row = Timing {
            job: "train_size=1000,freeze=false".to_owned(),
            load_seconds: 0.25,
            tokenise_seconds: 1.5,
            train_seconds: 50.125,
            predict_seconds: 7.0,
            steps_per_second: Some(7.481),
            peak_memory_bytes: Some(1 << 30),
        };
        let failed = Timing { job: "b".to_owned(), steps_per_second: None, peak_memory_bytes: None, ..row.clone() };
        let text = timings_csv(&[row.clone(), failed.clone()]);
        assert_eq!(read_timings(Path::new("timings.csv"), &text).expect("read"), [row, failed]);
        insta::assert_snapshot!(str::from_utf8(&text).expect("text"), @r#"
        job,load_seconds,tokenise_seconds,train_seconds,predict_seconds,steps_per_second,peak_memory_bytes
        "train_size=1000,freeze=false",0.250,1.500,50.125,7.000,7.481,1073741824
        b,0.250,1.500,50.125,7.000,,
        "#);
    }
}
