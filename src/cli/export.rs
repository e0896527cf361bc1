//! `runner export`.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::export::{ExportError, ExportedFile, Facts, Target};
use crate::hub::{FetchEvent, FetchOptions};
use crate::ledger::BUILTINS;
use crate::parents::with_parents;
use crate::report::{model_card, wrapped};
use crate::trained::{TrainedJob, TrainedJobError, TrainedRow};
use crate::verification::{Retrained, Retraining, Verdict};

use super::args::{self, Verbosity};
use super::downloads::Downloads;
use super::failure::{Ending, Failure};
use super::page;
use super::run::{Screen, environment, request_again};
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{answer, say, warn};

/// Columns of the answer off a terminal.
const WIDTH: usize = 100;

/// Writes a job as a folder that transformers loads.
pub(super) fn export(arguments: &args::Export, verbosity: Verbosity) -> Result<Ending, Failure> {
    let target = Target::new(&arguments.folder, arguments.force)?;
    let out = &arguments.place.out;
    let row = TrainedRow::find(&arguments.job, out)?;
    let stop = stop_on_signals();
    under_way(Work::Fetching);
    let found = {
        let screen = Downloads::new(verbosity);
        let mut report = |event: FetchEvent<'_>| screen.hear(event);
        let row = with_parents(row.clone(), options(arguments, stop), &mut report);
        row.and_then(|row| TrainedJob::of(row, options(arguments, stop), &mut report))
    };
    let written = match found {
        Err(TrainedJobError::NotSaved { .. } | TrainedJobError::Damaged { .. }) if arguments.train => {
            retrained(arguments, verbosity, row, &target, stop)
        }
        Err(error) => Err(error.into()),
        Ok(job) => {
            if arguments.train {
                say(&format!("{} has its model saved: nothing is trained", job.address.name()));
            }
            let facts = Facts::of(&job)?;
            write(&job, &facts, arguments, &target, stop).map(Some)
        }
    };
    match written {
        Ok(Some((job, files))) => {
            answer(&text(&job, &target, &files))?;
            Ok(Ending::Well)
        }
        Err(failure) if !stop.load(Ordering::SeqCst) => Err(failure),
        Ok(None) | Err(_) => {
            say("interrupted; nothing was written");
            Ok(Ending::Interrupted)
        }
    }
}

/// The job's name and the files that were written.
type Written = (String, Vec<ExportedFile>);

fn write(
    job: &TrainedJob,
    facts: &Facts,
    arguments: &args::Export,
    target: &Target,
    stop: &AtomicBool,
) -> Result<Written, Failure> {
    let card = model_card(job, facts, arguments.dtype);
    let files = target.write(job, &card, arguments.dtype, stop)?;
    Ok((job.address.name(), files))
}

fn options<'a>(arguments: &args::Export, stop: &'a AtomicBool) -> FetchOptions<'a> {
    FetchOptions { offline: arguments.offline, builtins: &BUILTINS, stop: Some(stop), ..FetchOptions::default() }
}

/// Trains the job again and writes that model. None if it is stopped.
fn retrained(
    arguments: &args::Export,
    verbosity: Verbosity,
    row: TrainedRow,
    target: &Target,
    stop: &AtomicBool,
) -> Result<Option<Written>, Failure> {
    let name = row.address.name();
    let retraining = Retraining::of_job(&row.address.folder, &row.address.record)?;
    let retraining = retraining.ok_or_else(|| TrainedJobError::Stale { job: name.clone() })?;
    let environment = environment(arguments.machine.device, verbosity)?;
    say(&format!("{name}: training again, as no model of it can be read"));
    let compared = {
        let screen = Screen::new(retraining.plan(), verbosity);
        retraining.run(&request_again(&arguments.machine, arguments.offline, verbosity), &environment, &screen, stop)?
    };
    let Some(compared) = compared else { return Ok(None) };
    let not_trained = || Failure::Usage(format!("{name} was not trained again; `runner plan` says why"));
    let Retrained { record, verdict } = compared.into_iter().next().and_then(Result::ok).ok_or_else(not_trained)?;
    judge(&name, verdict)?;
    let row = with_parents(row, options(arguments, stop), &mut |_| {})?;
    let job = TrainedJob::retrained(row, &retraining.root(), options(arguments, stop), &mut |_| {})?;
    let facts = Facts::of(&job)?.retrained(record, environment.definition);
    write(&job, &facts, arguments, target, stop).map(Some)
}

/// Says how the job compares with its row.
fn judge(name: &str, verdict: Verdict) -> Result<(), Failure> {
    match verdict {
        Verdict::Identical => say(&format!("{name}: trained again, equal to its row")),
        Verdict::WithinRounding(how) => warn(&format!("{name}: trained again, within rounding of its row: {how}")),
        Verdict::Different(findings) => {
            let found = findings.iter().map(|one| {
                let place = [one.file.as_str(), &one.row, &one.column].into_iter().filter(|part| !part.is_empty());
                format!("\n  {}: {} instead of {}", place.collect::<Vec<_>>().join(", "), one.expected, one.found)
            });
            return Err(Failure::Data(format!(
                "{name}: trained again, it differs from its row by more than rounding, so nothing was written; run the job \
                 again with --force, and export that{}",
                found.collect::<String>()
            )));
        }
    }
    Ok(())
}

/// What was written, and how to load it.
fn text(job: &str, target: &Target, files: &[ExportedFile]) -> String {
    let columns = page::of_answers(WIDTH).columns;
    let out = target.written.display().to_string();
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    let head = format!("{job} is written to {out}: {}, {}", names.join(", "), size(bytes));
    // a Python string is quoted as in JSON
    let python = format!(
        "pipeline(\"token-classification\", {}, aggregation_strategy=\"first\")",
        serde_json::Value::from(out.as_str())
    );
    let license = format!("before you publish it, fill in the license in {}/README.md", out.trim_end_matches('/'));
    [wrapped("", 2, &head, columns), format!("load it:\n  {python}"), wrapped("", 2, &license, columns)].join("\n")
        + "\n"
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Model(error) => error.into(),
            ExportError::Results(error) => error.into(),
            ExportError::Disk { .. } | ExportError::Configuration { .. } => Self::Environment(error.to_string()),
            other => Self::Usage(other.to_string()),
        }
    }
}
