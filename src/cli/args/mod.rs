//! The command line's grammar: commands, options, help. It must not know what a command does.

mod clean;
mod commands;
mod curves;
mod diff;
mod errors;
mod export;
mod fetch;
mod merge;
mod predict;
mod report;
mod show;
mod submit;
mod verification;
mod work;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

pub(super) use clean::{Clean, Models};
pub(super) use commands::{Data, Doctor, Init, Machine, Plan, Run};
pub(super) use curves::Curves;
pub(super) use diff::Diff;
pub(super) use errors::Errors;
pub(super) use export::Export;
pub(super) use fetch::Fetch;
pub(super) use merge::Merge;
pub(super) use predict::Predict;
pub(super) use report::Report;
pub(super) use show::Show;
pub(super) use submit::{Cancel, Status, Submit};
pub(super) use verification::{Rescore, Verify};
pub(super) use work::Work;

const EXIT_STATUS: &str = "\
Exit status:
  0    success
  1    a job failed; plan: a job is invalid; data: unreadable data;
       verify: a folder does not hold; rescore: unusable predictions;
       fetch --check: something is missing or damaged;
       merge: results or pins contradict each other
  2    wrong usage or an invalid file; nothing was started or written
  3    environment: no connection, no such device, disk full, folder in use
  130  interrupted; the same command resumes";

const EXIT_OF_DIFF: &str = "\
Exit status:
  0  compared
  1  a --fail-if holds
  2  wrong usage: no such path or revision, unrelated tables
  3  environment: git is missing, unreadable files";

const EXIT_OF_PREDICT: &str = "\
Exit status:
  0    every line is tagged, or the reader has seen enough
  1    a line that cannot be read; those before it are tagged
  2    wrong usage: no such job or file, a job without a saved model
  3    environment: no connection, no such device, unreadable files
  130  interrupted";

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
    /// Submit an experiment to Slurm: workers on the nodes of a cluster share its trainings
    ///
    /// Fetches and pins every input, freezes all that the workers need in results/NAME/.run/submit, calls sbatch once, and
    /// ends. The same command again resumes, or adds workers. What stands behind `--` goes to sbatch.
    ///
    /// Examples:
    ///   runner submit experiments/es_grid.toml --workers 8
    ///   runner submit experiments/es_grid.toml -- --partition=gpu --gres=gpu:1 --time=4:00:00
    ///   runner submit experiments/es_grid.toml --dry-run
    #[command(after_help = EXIT_STATUS, verbatim_doc_comment)]
    Submit(Submit),
    /// Work on a submission until nothing is left: what the batch script of `submit` starts
    ///
    /// Any scheduler may start it, and people, on any machine that has the results folder. It takes one training after the
    /// other that no other worker has. SIGTERM and SIGUSR1 stop it after a step, with a checkpoint.
    ///
    /// Exit status: 0 nothing is left for it; 1 a job failed; 3 environment; 75 stopped, another start goes on; 130 canceled
    #[command(verbatim_doc_comment)]
    Work(Work),
    /// Show how a submitted experiment stands: what is done, what runs where, what waits
    ///
    /// Reads files and asks Slurm once; writes nothing. Example: runner status results/es_grid --watch
    #[command(after_help = EXIT_STATUS)]
    Status(Status),
    /// Cancel what was submitted of an experiment: workers stop after a step and keep what they did
    #[command(after_help = EXIT_STATUS)]
    Cancel(Cancel),
    /// Show the jobs in order with their status; fetches and runs nothing
    ///
    /// Exit status 1 if a job is invalid.
    #[command(after_help = EXIT_STATUS)]
    Plan(Plan),
    /// Describe the data: sentences, tags and lengths of every split, truncation, test sentences in the training set
    #[command(after_help = EXIT_STATUS)]
    Data(Data),
    /// Fetch every input of experiments into the hub's cache, or bundle them for machines without a network; runs nothing
    ///
    /// --bundle writes a folder, .zip, .tar or .tar.gz with the experiment files,
    /// their local data, and what they need of the hub. Everyone can use one
    /// unpacked, read-only copy at once. --check says what a copy lacks.
    ///
    /// Examples:
    ///   runner fetch experiments/es_minilm.toml
    ///   runner fetch experiments/es_minilm.toml --bundle class.zip
    ///   runner fetch class/experiments/es_minilm.toml --check class
    #[command(after_help = EXIT_STATUS, verbatim_doc_comment)]
    Fetch(Fetch),
    /// Merge results folders of one experiment, such as those of shards, into results/NAME
    ///
    /// What is merged stays as it is. Folders without .run/, as committed or uploaded, are enough. Results of one job and
    /// one environment that differ are named, and nothing is written. Example: runner merge shard-1/grid shard-2/grid
    #[command(after_help = EXIT_STATUS)]
    Merge(Merge),
    /// Compare results with an earlier revision, or two results folders: what changed, and is it more than noise?
    ///
    /// `runner diff results/NAME`: the working tree with HEAD; `runner diff REV -- results/NAME`: with that revision;
    /// `runner diff A..B -- results/NAME`: two revisions; `runner diff OLD NEW`: two folders or tables. Nothing is written.
    /// docs/comparing.md explains every verdict.
    #[command(after_help = EXIT_OF_DIFF)]
    Diff(Diff),
    /// Show results as a table: settings with mean ± interval over seeds; needs no lock, and writes nothing
    ///
    /// Several folders make one table. Examples: runner show results/es_grid; runner show results/es_grid --rows
    /// train_size --columns freeze --value test_entity_f1
    #[command(after_help = EXIT_STATUS)]
    Show(Show),
    /// Check results folders: whether rows, keys, tables, predictions, models and data agree; writes nothing
    ///
    /// --rerun trains jobs again and compares. Exit status 1 if a folder does not hold, 3 if one cannot be read.
    /// Example: runner verify submissions/*
    #[command(after_help = EXIT_STATUS)]
    Verify(Verify),
    /// Compute every score of a results folder again from its predictions, and write the tables
    ///
    /// Exit status 1 if predictions of a row cannot be used.
    #[command(after_help = EXIT_STATUS)]
    Rescore(Rescore),
    /// List the sentences that a job tagged wrongly, by kind and type; of two jobs, what the second fixed and broke
    ///
    /// Example: runner errors results/es_grid:train_size=1000,freeze=false --kind boundary,type
    #[command(after_help = EXIT_STATUS)]
    Errors(Errors),
    /// Write a job's model as a folder that transformers loads, with its tokenizer and a model card
    ///
    /// `AutoModelForTokenClassification.from_pretrained(OUT)`, `AutoTokenizer` and `pipeline("ner", OUT)` load it, and it
    /// is a model.checkpoint. Example: runner export results/es_grid:train_size=3000,freeze=false spanish-ner
    #[command(after_help = EXIT_STATUS)]
    Export(Export),
    /// Tag new text with the trained model of a job
    ///
    /// Every line of FILE is tagged as soon as it is read. Examples: runner predict
    /// results/es_grid:train_size=1000,freeze=false letters.txt; tail -f news.txt | runner predict
    /// results/quickstart:train_size=3000,freeze=false --format jsonl. docs/predicting.md shows every format.
    #[command(after_help = EXIT_OF_PREDICT)]
    Predict(Predict),
    /// Write one HTML page about results: settings, scores, plots, confusions, errors; it needs no network
    ///
    /// The page is NAME.html here, or as --output says. Takes no lock; changes nothing in the folders.
    /// Example: runner report results/es_grid --output es_grid.html --svg plots
    #[command(after_help = EXIT_STATUS)]
    Report(Report),
    /// Write curves, scores and settings of finished jobs as event files, for TensorBoard and what reads its files
    ///
    /// Example: runner curves results/es_grid --tensorboard runs
    #[command(after_help = EXIT_STATUS)]
    Curves(Curves),
    /// Say what results folders keep in .run/, by kind, and what freeing it loses; frees only what an option names
    ///
    /// Tables, predictions/ and the journal never go. After it, finished jobs are still finished.
    ///
    /// Examples:
    ///   runner clean results/*
    ///   runner clean results/es_grid --models unused --checkpoints
    #[command(after_help = EXIT_STATUS, verbatim_doc_comment)]
    Clean(Clean),
    /// Check this machine: processor, memory, GPUs, disk, hub; says what would fail, and what to do
    ///
    /// Exit status 0 if runs work here on the default device, else 3.
    Doctor(Doctor),
    /// Write a commented experiment file to start from
    Init(Init),
    /// Print the JSON Schema of the experiment file, for editors
    Schema,
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
