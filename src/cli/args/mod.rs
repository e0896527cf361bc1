//! The command line's grammar: commands, options, help. It must not know what a command does.

mod clean;
mod commands;
mod completions;
mod curves;
mod diff;
mod errors;
mod export;
mod fetch;
mod merge;
mod notes;
mod predict;
mod report;
mod show;
mod submit;
mod values;
mod verification;
mod work;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

pub(super) use clean::{Clean, Models};
pub(super) use commands::{Data, Doctor, Init, Machine, Plan, Run};
pub(super) use completions::{Completions, Man};
pub(super) use curves::Curves;
pub(super) use diff::Diff;
pub(super) use errors::Errors;
pub(super) use export::Export;
pub(super) use fetch::Fetch;
pub(super) use merge::Merge;
pub(super) use notes::notes;
pub(super) use predict::Predict;
pub(super) use report::Report;
pub(super) use show::Show;
pub(super) use submit::{Cancel, Status, Submit};
pub(super) use verification::{Rescore, Verify};
pub(super) use work::Work;

/// Declarative fine-tuning of BERT encoders for named-entity recognition.
///
/// A TOML file describes an experiment; its matrix expands into jobs; each job fine-tunes and scores one token
/// classifier. The bytes of the tables in results/NAME change only when the results do.
#[derive(Debug, Parser)]
#[command(name = "runner", version, arg_required_else_help = true)]
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
    Run(Run),
    /// Submit an experiment to Slurm: workers on the nodes of a cluster share its trainings
    ///
    /// Fetches and pins every input, freezes all that the workers need in results/NAME/.run/submit, calls sbatch once, and
    /// ends. The same command again resumes, or adds workers. What stands behind `--` goes to sbatch.
    Submit(Submit),
    /// Work on a submission until nothing is left: what the batch script of `submit` starts
    ///
    /// Any scheduler may start it, and people, on any machine that has the results folder. It takes one training after the
    /// other that no other worker has. SIGTERM and SIGUSR1 stop it after a step, with a checkpoint.
    Work(Work),
    /// Show how a submitted experiment stands: what is done, what runs where, what waits
    ///
    /// Reads files and asks Slurm once; writes nothing.
    Status(Status),
    /// Cancel what was submitted of an experiment: workers stop after a step and keep what they did
    Cancel(Cancel),
    /// Show the jobs in order with their status; fetches and runs nothing
    Plan(Plan),
    /// Describe the data: sentences, tags and lengths of every split, truncation, test sentences in the training set
    Data(Data),
    /// Fetch every input of experiments into the hub's cache, or bundle them for machines without a network; runs nothing
    ///
    /// --bundle writes a folder, .zip, .tar or .tar.gz with the experiment files, their local data, and what they need of
    /// the hub. Everyone can use one unpacked, read-only copy at once. --check says what a copy lacks.
    Fetch(Fetch),
    /// Merge results folders of one experiment, such as those of shards, into results/NAME
    ///
    /// What is merged stays as it is. Folders without .run/, as committed or uploaded, are enough. Results of one job and
    /// one environment that differ are named, and nothing is written.
    Merge(Merge),
    /// Compare results with an earlier revision, or two results folders: what changed, and is it more than noise?
    ///
    /// `runner diff results/NAME`: the working tree with HEAD; `runner diff REV -- results/NAME`: with that revision;
    /// `runner diff A..B -- results/NAME`: two revisions; `runner diff OLD NEW`: two folders or tables. Nothing is written.
    /// docs/comparing.md explains every verdict.
    Diff(Diff),
    /// Show results as a table: settings with mean ± interval over seeds; needs no lock, and writes nothing
    ///
    /// Several folders make one table.
    Show(Show),
    /// Check results folders: whether rows, keys, tables, predictions, models and data agree; writes nothing
    ///
    /// --rerun trains jobs again and compares.
    Verify(Verify),
    /// Compute every score of a results folder again from its predictions, and write the tables
    Rescore(Rescore),
    /// List the sentences that a job tagged wrongly, by kind and type; of two jobs, what the second fixed and broke
    Errors(Errors),
    /// Write a job's model as a folder that transformers loads, with its tokenizer and a model card
    ///
    /// `AutoModelForTokenClassification.from_pretrained(OUT)`, `AutoTokenizer` and `pipeline("ner", OUT)` load it, and it
    /// is a model.checkpoint.
    Export(Export),
    /// Tag new text with the trained model of a job
    ///
    /// Every line of FILE is tagged as soon as it is read. docs/predicting.md shows every format.
    Predict(Predict),
    /// Write one HTML page about results: settings, scores, plots, confusions, errors; it needs no network
    ///
    /// The page is NAME.html here, or as --output says. Takes no lock; changes nothing in the folders.
    Report(Report),
    /// Write curves, scores and settings of finished jobs as event files, for TensorBoard and what reads its files
    Curves(Curves),
    /// Say what results folders keep in .run/, by kind, and what freeing it loses; frees only what an option names
    ///
    /// Tables, predictions/ and the journal never go. After it, finished jobs are still finished.
    Clean(Clean),
    /// Check this machine: processor, memory, GPUs, disk, hub; says what would fail, and what to do
    Doctor(Doctor),
    /// Write an experiment file to start from: a commented one with every key, or an example
    Init(Init),
    /// Print the JSON Schema of the experiment file, for editors
    Schema,
    /// Print the completions of a shell: commands, options, values and files, as the Tab key shows them
    Completions(Completions),
    /// Print the man page of the program or of a command, or write all of them to a folder
    Man(Man),
}

/// The grammar with all of its help, of which the man pages and completions are made, too.
pub(super) fn grammar() -> clap::Command {
    let with_notes = |command: clap::Command| {
        let help = notes(command.get_name()).help();
        command.after_help(help)
    };
    let grammar = with_notes(Cli::command()).mut_subcommands(with_notes);
    let names: Vec<String> = grammar.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let named =
        |command: clap::Command| command.mut_arg("command", |name| name.value_parser(names).hide_possible_values(true));
    grammar.mut_subcommand("man", named)
}

/// The process's arguments. Ends the program where they are wrong, and after `--help` and `--version`.
pub(super) fn parse() -> Cli {
    Cli::from_arg_matches(&grammar().get_matches()).unwrap_or_else(|error| error.format(&mut grammar()).exit())
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
    use std::num::NonZeroUsize;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
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
