//! The command line: arguments, exit status, progress.

mod args;
mod bars;
mod data;
mod doctor;
mod failure;
mod files;
mod known;
mod plan;
mod run;
mod signals;
mod width;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

use crate::report::wrapped;

use args::{Cli, Command, Verbosity};

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Command::Run(arguments) => run::run(arguments, cli.verbosity),
        Command::Plan(arguments) => plan::plan(arguments),
        Command::Data(arguments) => data::data(arguments),
        Command::Doctor(arguments) => doctor::doctor(arguments),
        Command::Init(arguments) => files::init(arguments),
        Command::Schema => files::schema(),
    };
    match done {
        Ok(ending) => ending.status(),
        Err(failure) => {
            print(&failure.text(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()));
            failure.status()
        }
    }
}

/// Prints a command's answer to standard output. A closed pipe is the reader's choice, not an error.
///
/// # Errors
/// What else the system says, such as a full disk.
fn answer(text: &str) -> Result<(), failure::Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(failure::Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Prints a line about the work to standard error; wrapped where that is a terminal.
fn say(text: &str) {
    print(&wrapped("", 2, text, width::of_messages(usize::MAX)));
}

/// Prints text to standard error as it is.
fn print(text: &str) {
    let mut out = std::io::stderr().lock();
    let _closed = writeln!(out, "{text}");
}

/// Columns that warnings are wrapped at off a terminal.
const WIDTH: usize = 80;

/// Prints a warning to standard error.
fn warn(text: &str) {
    print(&wrapped("warning:", 2, text, width::of_messages(WIDTH)));
}

/// A number of jobs in words.
fn jobs(count: usize) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}

/// What logs show on the terminal.
fn log_level(verbosity: Verbosity) -> LevelFilter {
    match verbosity.verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    }
}
