//! The options of each command on experiments and on the machine. It must not know what a command does.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::experiment::{self, Selected};
use crate::ledger::Shard;
use crate::machine::DeviceChoice;
use crate::spec::{EXAMPLES, Example, Overrides, Problems};

use super::values::device;

/// `runner run`
#[derive(Debug, Args)]
pub(in crate::cli) struct Run {
    /// Experiment files
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
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
    /// Run only the I-th of N parts of the trainings, as in `2/4`; `runner merge` joins the results
    ///
    /// The trainings of all selected jobs, done or not, are divided in the order of their keys: N machines that run the same
    /// command with 1/N to N/N run each training once, without talking to each other.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
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
    pub(in crate::cli) fn failures_allowed(&self) -> Option<NonZeroUsize> {
        if self.fail_fast { Some(NonZeroUsize::MIN) } else { self.max_failures }
    }
}

/// `runner plan`
#[derive(Debug, Args)]
pub(in crate::cli) struct Plan {
    /// The experiment file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    #[command(flatten)]
    pub change: Change,
    #[command(flatten)]
    pub place: Place,
    /// Train a few steps of one job of each shape first, so that every time can be estimated; writes no result
    ///
    /// Jobs of one shape are equal in data set, checkpoint, length, frozen layers, batch and precision. Inputs are fetched.
    /// What was measured is kept in results/NAME/.run/calibration.csv.
    #[arg(long)]
    pub calibrate: bool,
    /// With --calibrate: where, as for run
    #[arg(long, default_value = "auto", value_name = "DEVICE", value_parser = device(), hide_possible_values = true)]
    pub device: DeviceChoice,
    /// With --calibrate: threads of a job [default: one per core]
    #[arg(long, value_name = "N", value_parser = from_one("--threads"))]
    pub threads: Option<NonZeroUsize>,
    /// With --calibrate: use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
}

/// `runner data`
#[derive(Debug, Args)]
pub(in crate::cli) struct Data {
    /// The experiment file
    #[arg(value_hint = ValueHint::FilePath)]
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
pub(in crate::cli) struct Doctor {
    /// Do not check the hub; no requests
    #[arg(long)]
    pub offline: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `runner init`
#[derive(Debug, Args)]
pub(in crate::cli) struct Init {
    /// The experiment's name; writes NAME.toml, and never overwrites it
    #[arg(default_value = "experiment", conflicts_with = "example")]
    pub name: String,
    /// Write one of the program's experiments instead, under its own name
    #[arg(long, value_name = "NAME", value_parser = examples())]
    pub example: Option<Example>,
}

/// The program's experiments, by name.
fn examples() -> impl TypedValueParser<Value = Example> {
    let values = EXAMPLES.iter().map(|example| PossibleValue::new(example.name).help(example.title()));
    PossibleValuesParser::new(values).map(|name| Example::named(&name).expect("it is one of the values"))
}

/// Changes of the experiment, and the selection of its jobs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Experiment")]
pub(in crate::cli) struct Change {
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
    pub(in crate::cli) fn overrides(&self) -> Overrides {
        Overrides { set: self.set.clone(), name: self.name.clone() }
    }

    pub(in crate::cli) fn load(&self, file: &Path, place: &Place) -> Result<Selected, Problems> {
        experiment::load(file, &self.overrides(), self.only.as_deref(), &place.out)
    }
}

/// Where results are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub(in crate::cli) struct Place {
    /// The folder of all results
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "results")]
    pub out: PathBuf,
}

/// Where jobs run. Only the device affects numbers, by rounding; rows name it as their environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machine")]
pub(in crate::cli) struct Machine {
    /// Where jobs run: auto, cpu, cuda (which is cuda:0), cuda:N or cuda:all
    ///
    /// auto: the idle GPU with the most free memory; the CPU where there is no GPU or the program was built without CUDA.
    /// cuda:all: every GPU of the first one's model, each with its own jobs.
    #[arg(long, default_value = "auto", value_name = "DEVICE", value_parser = device(), hide_possible_values = true)]
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
pub(super) fn from_one(
    option: &'static str,
) -> impl Fn(&str) -> Result<NonZeroUsize, String> + Clone + Send + Sync + 'static {
    move |text| text.parse().map_err(|_| format!("{option} is 1 or more"))
}
