//! A job's own logs: `log.txt` for people, `log.jsonl` for programs. Never the source of a result.

use std::fmt::{self, Debug};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Mutex;

use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, fmt as subscriber};

use crate::results::{Action, ResultsError};

/// A subscriber that writes both logs of the job `label` into `folder`, behind what is there of it. `terminal`: what of
/// the lines for people is shown on standard error as well.
///
/// # Errors
/// The folder or its files cannot be made.
pub(super) fn job_logs(folder: &Path, label: &str, terminal: LevelFilter) -> Result<Dispatch, ResultsError> {
    fs::create_dir_all(folder).map_err(|error| ResultsError::io(Action::Write, folder, error))?;
    let append = |name: &str| {
        let path = folder.join(name);
        File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map(Mutex::new)
            .map_err(|error| ResultsError::io(Action::Write, &path, error))
    };
    let sentences = || Sentences { label: label.to_owned() };
    let text = subscriber::layer().event_format(sentences()).with_writer(append("log.txt")?);
    let json = subscriber::layer().json().with_target(false).with_current_span(false);
    let json = json.with_writer(append("log.jsonl")?);
    let screen = subscriber::layer().event_format(sentences()).with_writer(std::io::stderr);
    let layers = tracing_subscriber::registry()
        .with(text.with_filter(LevelFilter::INFO))
        .with(json.with_filter(LevelFilter::DEBUG))
        .with(screen.with_filter(terminal));
    Ok(Dispatch::new(layers))
}

/// Events as lines for people: time, job, what happened, and its values.
struct Sentences {
    label: String,
}

impl<S, N> FormatEvent<S, N> for Sentences
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let seconds = time.split('.').next().unwrap_or_default();
        let mut sentence = Sentence::default();
        event.record(&mut sentence);
        let word = match *event.metadata().level() {
            Level::ERROR => "error: ",
            Level::WARN => "warning: ",
            _ => "",
        };
        writeln!(writer, "{seconds}Z {}: {word}{}", self.label, sentence.text())
    }
}

/// The fields of one event.
#[derive(Default)]
struct Sentence {
    message: String,
    /// The value that says all, where there is one.
    whole: Option<String>,
    values: Vec<String>,
}

impl Sentence {
    fn text(&self) -> String {
        match &self.whole {
            Some(whole) => whole.clone(),
            None if self.values.is_empty() => self.message.clone(),
            None => format!("{}: {}", self.message, self.values.join(", ")),
        }
    }

    fn enter(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            "phase" | "text" | "note" => self.whole = Some(value),
            "reason" => self.values.push(value),
            // behind its step
            "total" => {
                if let Some(step) = self.values.last_mut() {
                    *step += &format!(" of {value}");
                }
            }
            _ if value.is_empty() => {}
            name => self.values.push(format!("{name} {value}")),
        }
    }
}

impl Visit for Sentence {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.enter(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.enter(field, format!("{value:?}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name().strip_suffix("bytes") {
            Some(name) => {
                let name = name.replace('_', " ");
                let (size, unit) = if value < 1_000_000_000 { (1e6, "MB") } else { (1e9, "GB") };
                self.values.push(format!("{name}{:.1} {unit}", value as f64 / size));
            }
            None => self.enter(field, value.to_string()),
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        match field.name().strip_suffix("_seconds") {
            Some(name) => self.values.push(format!("{name} {value:.1} s")),
            None => self.enter(field, number(value)),
        }
    }
}

/// Four decimals, or as many digits of what is smaller or very large.
fn number(value: f64) -> String {
    let is_plain = value == 0.0 || (0.001..1e6).contains(&value.abs()) || !value.is_finite();
    if is_plain { format!("{value:.4}") } else { format!("{value:.2e}") }
}

#[cfg(test)]
mod tests {
    use tracing::{debug, info, warn};

    use super::*;

    #[test]
    fn a_log_reads_as_sentences_and_keeps_its_fields_for_programs() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let logs = job_logs(folder.path(), "seed=1", LevelFilter::OFF).expect("logs");
        tracing::dispatcher::with_default(&logs, || {
            let phase = "training";
            info!(%phase, "phase");
            debug!(step = 1, "step");
            info!(step = 50_u64, total = 375_u64, loss = 0.41234, learning_rate = 4.3e-5, "trained");
            info!(unused = "", bytes = 12_300_000_u64, free_bytes = Some(5_u64), "engine ready");
            info!(steps = 375_u64, train_seconds = 12.34, "finished");
            warn!("{}", "the loss rose");
        });
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a log");
        let text = read("log.txt");
        let sentences: Vec<&str> = text.lines().map(|line| line.split_once("Z ").expect("a time").1).collect();
        insta::assert_snapshot!(sentences.join("\n"), @r"
        seed=1: training
        seed=1: trained: step 50 of 375, loss 0.4123, learning_rate 4.30e-5
        seed=1: engine ready: 12.3 MB, free 0.0 MB
        seed=1: finished: steps 375, train 12.3 s
        seed=1: warning: the loss rose
        ");
        let json = read("log.jsonl");
        assert_eq!((text.lines().count(), json.lines().count()), (5, 6), "{text}{json}");
        assert!(json.contains(r#""step":50,"total":375,"loss":0.41234"#), "{json}");
    }
}
