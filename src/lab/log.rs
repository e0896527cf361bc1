//! A job's own logs: `log.txt` for people, `log.jsonl` for programs. Never the source of a result.

use std::fs::{self, File};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Mutex;

use tracing::Dispatch;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, fmt};

use crate::results::{Action, ResultsError};

/// A subscriber that writes both logs into `folder`; what goes to the terminal stays with `terminal`'s level.
///
/// # Errors
/// The folder or its files cannot be made.
pub(super) fn job_logs(folder: &Path, terminal: LevelFilter) -> Result<Dispatch, ResultsError> {
    fs::create_dir_all(folder).map_err(|error| ResultsError::io(Action::Write, folder, error))?;
    // a job that is resumed goes on with its logs
    let append = |name: &str| {
        let path = folder.join(name);
        File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map(Mutex::new)
            .map_err(|error| ResultsError::io(Action::Write, &path, error))
    };
    let text = fmt::layer().with_ansi(false).with_target(false).with_writer(append("log.txt")?);
    let json = fmt::layer().json().with_target(false).with_current_span(false).with_writer(append("log.jsonl")?);
    let screen =
        fmt::layer().with_ansi(is_colored()).with_target(false).with_writer(std::io::stderr).with_filter(terminal);
    let layers = tracing_subscriber::registry()
        .with(text.with_filter(LevelFilter::INFO))
        .with(json.with_filter(LevelFilter::DEBUG))
        .with(screen);
    Ok(Dispatch::new(layers))
}

fn is_colored() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
