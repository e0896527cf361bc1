//! The command line: arguments, exit status, progress.

mod args;
mod calibrate;
mod cancel;
mod clean;
mod completions;
mod curves;
mod data;
mod diff;
mod doctor;
mod downloads;
mod errors;
mod estimates;
mod export;
mod failure;
mod fetch;
mod files;
mod live;
mod man;
mod merge;
mod pace;
mod page;
mod plan;
mod predict;
mod progress;
mod report;
mod rescore;
mod rows;
mod run;
mod show;
mod signals;
mod status;
mod submit;
mod terminal;
mod verify;
mod work;

use std::process::ExitCode;

use args::Command;

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = args::parse();
    let done = match &cli.command {
        Command::Run(arguments) => run::run(arguments, cli.verbosity),
        Command::Submit(arguments) => submit::submit(arguments, cli.verbosity),
        Command::Work(arguments) => work::work(arguments, cli.verbosity),
        Command::Status(arguments) => status::status(arguments),
        Command::Cancel(arguments) => cancel::cancel(arguments),
        Command::Plan(arguments) => plan::plan(arguments, cli.verbosity),
        Command::Data(arguments) => data::data(arguments),
        Command::Clean(arguments) => clean::clean(arguments),
        Command::Curves(arguments) => curves::curves(arguments),
        Command::Merge(arguments) => merge::merge(arguments),
        Command::Fetch(arguments) => fetch::fetch(arguments, cli.verbosity),
        Command::Diff(arguments) => diff::diff(arguments, cli.verbosity),
        Command::Show(arguments) => show::show(arguments),
        Command::Verify(arguments) => verify::verify(arguments, cli.verbosity),
        Command::Rescore(arguments) => rescore::rescore(arguments),
        Command::Report(arguments) => report::report(arguments),
        Command::Doctor(arguments) => doctor::doctor(arguments),
        Command::Errors(arguments) => errors::errors(arguments),
        Command::Export(arguments) => export::export(arguments, cli.verbosity),
        Command::Predict(arguments) => predict::predict(arguments, cli.verbosity),
        Command::Init(arguments) => files::init(arguments),
        Command::Schema => files::schema(),
        Command::Completions(arguments) => completions::completions(arguments),
        Command::Man(arguments) => man::man(arguments),
    };
    match done {
        Ok(ending) => ending.status(),
        Err(failure) => {
            terminal::print(&failure.text());
            failure.status()
        }
    }
}
