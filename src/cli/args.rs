//! The command line's grammar: commands, options, help. It must not know what a command does.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

use crate::experiment::{self, Selected};
use crate::machine::DeviceChoice;
use crate::spec::{Overrides, Problems};

const EXIT_STATUS: &str = "\
Exit status:
  0    success
  1    a job failed; plan: a job is invalid; data: unreadable data
  2    wrong usage or an invalid file; nothing was started or written
  3    environment: no connection, no such device, disk full, folder in use
  130  interrupted; the same command resumes";

/// Declarative fine-tuning of BERT encoders for named-entity recognition.
///
/// A TOML file describes an experiment; its matrix expands into jobs; each job fine-tunes and scores one token
/// classifier. The bytes of the tables in results/NAME change only when the results do.
#[derive(Debug, Parser)]
#[command(name = "runner", version, after_help = EXIT_STATUS, arg_required_else_help = true)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How much to show.
    #[command(flatten)]
    pub verbosity: Verbosity,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run experiments: fetch the inputs, run every job that is not done, write results/NAME
    ///
    /// The same command again resumes: it skips finished jobs and resumes interrupted ones from their last checkpoint.
    /// Example: runner run experiments/quickstart.toml
    #[command(after_help = EXIT_STATUS)]
    Run(Run),
    /// Show the jobs in order with their status; fetches and runs nothing
    ///
    /// Exit status 1 if a job is invalid.
    #[command(after_help = EXIT_STATUS)]
    Plan(Plan),
    /// Describe the data: sentences, tags and lengths of every split, truncation, test sentences in the training set
    #[command(after_help = EXIT_STATUS)]
    Data(Data),
    /// Check this machine: processor, memory, GPUs, disk, hub; says what would fail, and what to do
    ///
    /// Exit status 0 if runs work here on the default device, else 3.
    Doctor(Doctor),
    /// Write a commented experiment file to start from
    Init(Init),
    /// Print the JSON Schema of the experiment file, for editors
    Schema,
}

/// `runner run`
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Experiment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub change: Change,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub machine: Machine,
    /// Use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
    /// Run done jobs again
    #[arg(long)]
    pub force: bool,
    /// Stop at the first failed job
    #[arg(long, conflicts_with = "max_failures")]
    pub fail_fast: bool,
    /// Stop after this many failed jobs [default: never]
    #[arg(long, value_name = "N", value_parser = from_one("--max-failures"))]
    pub max_failures: Option<NonZeroUsize>,
    /// Use the newest commit of every branch instead of the pinned one, and pin it
    #[arg(long, conflicts_with = "only")]
    pub update: bool,
    /// Run jobs again whose rows come from another environment (device, precision)
    #[arg(long)]
    pub refresh: bool,
}

impl Run {
    /// Failed jobs after which to stop; none: never.
    pub(super) fn failures_allowed(&self) -> Option<NonZeroUsize> {
        if self.fail_fast { Some(NonZeroUsize::MIN) } else { self.max_failures }
    }
}

/// `runner plan`
#[derive(Debug, Args)]
pub(super) struct Plan {
    /// The experiment file
    pub file: PathBuf,
    #[command(flatten)]
    pub change: Change,
    #[command(flatten)]
    pub place: Place,
}

/// `runner data`
#[derive(Debug, Args)]
pub(super) struct Data {
    /// The experiment file
    pub file: PathBuf,
    #[command(flatten)]
    pub change: Change,
    #[command(flatten)]
    pub place: Place,
    /// Use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
    /// Threads to tokenize with [default: one per core]
    #[arg(long, value_name = "N", value_parser = from_one("--threads"))]
    pub threads: Option<NonZeroUsize>,
}

/// `runner doctor`
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Do not check the hub; no requests
    #[arg(long)]
    pub offline: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `runner init`
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The experiment's name; writes NAME.toml, and never overwrites it
    #[arg(default_value = "experiment")]
    pub name: String,
}

/// Changes of the experiment, and the selection of its jobs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Experiment")]
pub(super) struct Change {
    /// Change a key, as in `--set train.epochs=1`; repeatable
    ///
    /// The value is TOML; text needs no quotes. `matrix.KEY=[...]` replaces an axis or adds one. The results go to
    /// results/NAME+train.epochs=1 unless --name says otherwise.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Select jobs by values, as in `freeze=true,train_size=1000`; removes no rows
    #[arg(long, value_name = "KEY=VALUE,...")]
    pub only: Option<String>,
    /// Another name for the results folder
    #[arg(long)]
    pub name: Option<String>,
}

impl Change {
    pub(super) fn overrides(&self) -> Overrides {
        Overrides { set: self.set.clone(), name: self.name.clone() }
    }

    pub(super) fn load(&self, file: &Path) -> Result<Selected, Problems> {
        experiment::load(file, &self.overrides(), self.only.as_deref())
    }
}

/// Where results are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub(super) struct Place {
    /// The folder of all results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
}

/// Where jobs run. Only the device affects numbers, by rounding; rows name it as their environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machine")]
pub(super) struct Machine {
    /// Where jobs run: auto, cpu, cuda (which is cuda:0), cuda:N or cuda:all
    ///
    /// auto: the idle GPU with the most free memory; the CPU where there is no GPU or the program was built without CUDA.
    /// cuda:all: every GPU of the first one's model, each with its own jobs.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Jobs at a time, at most one per thread [default: chosen by cores and memory]
    ///
    /// By default, the number of jobs that should finish the run soonest, within 80 % of free memory. Each job gets its
    /// share of the threads; when a job ends and none is left to start, the others take over its threads. With --fail-fast
    /// or --max-failures the default is one; on GPUs, one per GPU.
    #[arg(long, value_name = "N", value_parser = from_one("--jobs"))]
    pub jobs: Option<NonZeroUsize>,
    /// Threads of all jobs together [default: one per core]
    #[arg(long, value_name = "N", value_parser = from_one("--threads"))]
    pub threads: Option<NonZeroUsize>,
}

/// A count from 1 on, as `option` takes it.
fn from_one(option: &'static str) -> impl Fn(&str) -> Result<NonZeroUsize, String> + Clone + Send + Sync + 'static {
    move |text| text.parse().map_err(|_| format!("{option} is 1 or more"))
}

/// How much is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Verbosity {
    /// Show the lines of the job logs instead of progress; -vv: every step, too
    #[arg(short, long, action = clap::ArgAction::Count, global = true, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Show no progress: only answers, warnings and failures
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl Verbosity {
    /// Which lines of the job logs are shown on the terminal.
    pub(super) fn log_level(&self) -> LevelFilter {
        match self.verbose {
            0 => LevelFilter::OFF,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_of_a_run_are_understood() {
        let cli = Cli::try_parse_from(
            "runner run a.toml b.toml --set train.epochs=1 --set data.language=de --only freeze=true --jobs 2 -v"
                .split(' '),
        )
        .expect("the command is right");
        let Command::Run(run) = cli.command else { panic!("it is a run") };
        assert_eq!(run.files.len(), 2);
        assert_eq!(run.change.overrides().set, ["train.epochs=1", "data.language=de"]);
        assert_eq!(run.machine.jobs.map(NonZeroUsize::get), Some(2));
        assert_eq!(run.failures_allowed(), None);
        assert_eq!(cli.verbosity.verbose, 1);
    }

    #[test]
    fn a_run_without_a_file_is_refused() {
        assert!(Cli::try_parse_from(["runner", "run"]).is_err());
        assert!(Cli::try_parse_from(["runner", "run", "a.toml", "--threads", "0"]).is_err());
    }
}
