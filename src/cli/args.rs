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
  0    all well
  1    some job failed; of plan: some job is invalid
  2    wrong usage or an invalid file; nothing was started or written
  3    the environment: hub out of reach, no such device, disk full, folder in use
  130  interrupted; the same command resumes";

/// Declarative fine-tuning of BERT encoders for named-entity recognition.
///
/// A TOML file describes an experiment; its matrix expands into jobs; each job fine-tunes and scores one token
/// classifier. The tables in results/NAME change by a byte only when the science changes.
#[derive(Debug, Parser)]
#[command(name = "runner", version, after_help = EXIT_STATUS, arg_required_else_help = true)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How much to say.
    #[command(flatten)]
    pub verbosity: Verbosity,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run experiments: fetch everything, run every job that is not done, write results/NAME
    ///
    /// The same command again resumes: finished jobs are skipped by their key, interrupted ones go on from their
    /// last checkpoint.
    #[command(after_help = EXIT_STATUS)]
    Run(Run),
    /// Show the jobs in order and what is done of them; fetches and runs nothing
    ///
    /// Exit status 1 if a job is invalid: it cannot run as it is written.
    #[command(after_help = EXIT_STATUS)]
    Plan(Plan),
    /// Describe the data: rows, tags and token lengths of every split, truncation, sentences in both train and test
    #[command(after_help = EXIT_STATUS)]
    Data(Data),
    /// Look at this machine: processor, memory, GPUs, disk, hub; says what would stop a run, and what to do
    ///
    /// Exit status 0 if a run works here on the device that it takes by itself, 3 if something would stop it.
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
    /// Use only what is on this machine: no request leaves it
    #[arg(long)]
    pub offline: bool,
    /// Run jobs again that are done
    #[arg(long)]
    pub force: bool,
    /// Stop at the first failed job
    #[arg(long, conflicts_with = "max_failures")]
    pub fail_fast: bool,
    /// Stop after this many failed jobs [default: never]
    #[arg(long, value_name = "N", value_parser = from_one("--max-failures"))]
    pub max_failures: Option<NonZeroUsize>,
    /// Move the lock: take the newest commit of every branch instead of the pinned one, for the whole experiment
    #[arg(long, conflicts_with = "only")]
    pub update: bool,
    /// Run jobs again whose rows come from another environment
    #[arg(long)]
    pub refresh: bool,
}

impl Run {
    /// After how many failed jobs to stop; none: never.
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
    /// Use only what is on this machine: no request leaves it
    #[arg(long)]
    pub offline: bool,
    /// Threads to tokenize with [default: one a core]
    #[arg(long, value_name = "N", value_parser = from_one("--threads"))]
    pub threads: Option<NonZeroUsize>,
}

/// `runner doctor`
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Do not ask the hub: no request leaves this machine
    #[arg(long)]
    pub offline: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `runner init`
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The experiment's name: NAME.toml is written, never overwritten
    #[arg(default_value = "experiment")]
    pub name: String,
}

/// What is changed of the experiment, and which of its jobs are meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Experiment")]
pub(super) struct Change {
    /// Change a key, as in `--set train.epochs=1`; repeatable
    ///
    /// The value is TOML; text needs no quotes. `matrix.KEY=[...]` replaces an axis or adds one. The results go to
    /// results/NAME+train.epochs=1 unless --name says otherwise.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Only the jobs with these values, as in `freeze=true,train_size=1000`; removes no rows
    #[arg(long, value_name = "KEY=VALUE,...")]
    pub only: Option<String>,
    /// Another name for the results' folder
    #[arg(long)]
    pub name: Option<String>,
}

impl Change {
    /// What the experiment file is loaded with.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides { set: self.set.clone(), name: self.name.clone() }
    }

    /// The experiment as changed.
    pub(super) fn load(&self, file: &Path) -> Result<Selected, Problems> {
        experiment::load(file, &self.overrides(), self.only.as_deref())
    }
}

/// Where results lie.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub(super) struct Place {
    /// The folder of all results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
}

/// What runs the jobs. Of it the device alone moves a number, by rounding: rows name it as their environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machine")]
pub(super) struct Machine {
    /// Where jobs run: auto, cpu, cuda (which is cuda:0), cuda:N or cuda:all
    ///
    /// auto: the GPU with most free memory that nobody else uses, the CPU only where there is no GPU or none is built in.
    /// cuda:all: every GPU of the first one's model, each with jobs of its own.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Jobs at a time, at most one a thread [default: what cores and memory suggest]
    ///
    /// Left out, it is the number with which the run is expected to end first: small jobs side by side, each with its part
    /// of the threads, as far as four fifths of the free memory hold them. A job that is left over at the end takes over
    /// the threads of those that ended. With --fail-fast or --max-failures it is one. On GPUs it is one a GPU.
    #[arg(long, value_name = "N", value_parser = from_one("--jobs"))]
    pub jobs: Option<NonZeroUsize>,
    /// Threads of all jobs together [default: one a core that the process may use]
    #[arg(long, value_name = "N", value_parser = from_one("--threads"))]
    pub threads: Option<NonZeroUsize>,
}

/// A count from 1 on, as `option` takes it.
fn from_one(option: &'static str) -> impl Fn(&str) -> Result<NonZeroUsize, String> + Clone + Send + Sync + 'static {
    move |text| text.parse().map_err(|_| format!("{option} is 1 or more"))
}

/// How much is said.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Verbosity {
    /// Say more: -v what is done, -vv every step
    #[arg(short, long, action = clap::ArgAction::Count, global = true, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl Verbosity {
    /// What logs show on the terminal.
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
