//! What the help and the man page of a command say after its options: examples and exit statuses. It must not know what
//! a command does.

use crate::report::wrapped;

/// An exit status and when a command ends with it.
pub(super) type ExitStatus = (u8, &'static str);

/// Examples and exit statuses of a command.
pub(in crate::cli) struct Notes {
    /// Command lines, as a shell takes them.
    pub examples: &'static [&'static str],
    /// By number.
    pub exit_statuses: &'static [ExitStatus],
}

/// Columns of the lists of exit statuses in the help.
const WIDTH: usize = 78;

const SUCCESS: ExitStatus = (0, "success");
const WRONG: ExitStatus = (2, "wrong usage or an invalid file; nothing was started or written");
const ENVIRONMENT: ExitStatus = (3, "environment: no connection, no such device, disk full, folder in use");
const UNREADABLE: ExitStatus = (3, "environment: a file cannot be read or written");
const INTERRUPTED: ExitStatus = (130, "interrupted; the same command resumes");
const STOPPED: ExitStatus = (130, "interrupted");

/// The notes on a command; those on the whole program for any other name.
pub(in crate::cli) fn notes(command: &str) -> Notes {
    let (examples, exit_statuses) = match command {
        "run" | "plan" | "data" | "fetch" | "init" => on_experiments(command),
        "submit" | "work" | "status" | "cancel" | "merge" => on_many_machines(command),
        "show" | "diff" | "verify" | "rescore" | "errors" | "report" | "curves" | "clean" => on_results(command),
        "export" | "predict" => on_models(command),
        _ => on_the_program(command),
    };
    Notes { examples, exit_statuses }
}

type Lists = (&'static [&'static str], &'static [ExitStatus]);

fn on_experiments(command: &str) -> Lists {
    match command {
        "run" => (
            &[
                "runner run quickstart.toml",
                "runner run experiments/es_grid.toml --only freeze=true --device cuda",
                "runner run experiments/es_grid.toml --set train.epochs=1",
            ],
            &[SUCCESS, (1, "a job failed or is invalid"), WRONG, ENVIRONMENT, INTERRUPTED],
        ),
        "plan" => (
            &["runner plan experiments/es_grid.toml", "runner plan experiments/es_grid.toml --calibrate"],
            &[SUCCESS, (1, "a job is invalid"), WRONG, ENVIRONMENT, STOPPED],
        ),
        "data" => (
            &["runner data quickstart.toml"],
            &[SUCCESS, (1, "data that cannot be read as it is described"), WRONG, ENVIRONMENT, STOPPED],
        ),
        "fetch" => (
            &[
                "runner fetch experiments/es_minilm.toml",
                "runner fetch experiments/es_minilm.toml --bundle class.zip",
                "runner fetch class/experiments/es_minilm.toml --check class",
            ],
            &[SUCCESS, (1, "--check: something is missing or damaged"), WRONG, ENVIRONMENT, INTERRUPTED],
        ),
        _ => (
            &["runner init my", "runner init --example quickstart"],
            &[SUCCESS, (2, "the file exists already"), UNREADABLE],
        ),
    }
}

fn on_many_machines(command: &str) -> Lists {
    match command {
        "submit" => (
            &[
                "runner submit experiments/es_grid.toml --workers 8",
                "runner submit experiments/es_grid.toml -- --partition=gpu --gres=gpu:1 --time=4:00:00",
                "runner submit experiments/es_grid.toml --dry-run",
            ],
            &[SUCCESS, WRONG, (3, "environment: no scheduler, no connection, disk full, folder in use"), INTERRUPTED],
        ),
        "work" => (
            &["runner work results/es_grid/.run/submit/20261128-223015-3f2a"],
            &[
                (0, "nothing is left for it"),
                (1, "a job failed"),
                WRONG,
                ENVIRONMENT,
                (75, "stopped; another start resumes"),
                (130, "canceled"),
            ],
        ),
        "status" => (
            &["runner status results/es_grid --watch"],
            &[SUCCESS, (1, "--watch: at the end, a job has failed"), WRONG, UNREADABLE],
        ),
        "cancel" => {
            (&["runner cancel results/es_grid"], &[SUCCESS, WRONG, (3, "environment: the scheduler does not answer")])
        }
        _ => (
            &["runner merge shard-1/grid shard-2/grid"],
            &[SUCCESS, (1, "results or pins contradict each other; nothing is written"), WRONG, ENVIRONMENT],
        ),
    }
}

fn on_results(command: &str) -> Lists {
    match command {
        "show" => (
            &[
                "runner show results/es_grid",
                "runner show results/es_grid --rows train_size --columns freeze --value test_entity_f1",
                "runner show --explain test_entity_f1",
            ],
            &[SUCCESS, WRONG, UNREADABLE],
        ),
        "diff" => (
            &[
                "runner diff results/es_grid",
                "runner diff HEAD~1 -- results/es_grid",
                "runner diff before/es_grid results/es_grid --fail-if 'test_entity_f1 < -0.005'",
            ],
            &[
                (0, "compared"),
                (1, "a --fail-if holds"),
                (2, "wrong usage: no such path or revision, unrelated tables"),
                (3, "environment: git is missing, unreadable files"),
            ],
        ),
        "verify" => (
            &["runner verify submissions/*", "runner verify results/es_grid --rerun 1"],
            &[
                SUCCESS,
                (1, "a folder does not hold"),
                WRONG,
                (3, "environment: a folder cannot be read, no connection, no such device"),
                STOPPED,
            ],
        ),
        "rescore" => (
            &["runner rescore results/es_grid"],
            &[SUCCESS, (1, "predictions of a row cannot be used"), WRONG, ENVIRONMENT],
        ),
        "errors" => (
            &[
                "runner errors results/es_grid:train_size=1000,freeze=false --kind boundary,type",
                "runner errors results/es_grid:train_size=1000,freeze=false results/es_grid:train_size=3000,freeze=false",
            ],
            &[SUCCESS, WRONG, UNREADABLE],
        ),
        "report" => (
            &["runner report results/es_grid --output es_grid.html --svg plots"],
            &[SUCCESS, WRONG, (3, "environment: a file cannot be read or written")],
        ),
        "curves" => (&["runner curves results/es_grid --tensorboard runs"], &[SUCCESS, WRONG, UNREADABLE]),
        _ => (
            &["runner clean results/*", "runner clean results/es_grid --models unused --checkpoints"],
            &[SUCCESS, (1, "something could not be removed"), WRONG, ENVIRONMENT],
        ),
    }
}

fn on_models(command: &str) -> Lists {
    match command {
        "export" => (
            &["runner export results/es_grid:train_size=3000,freeze=false spanish-ner"],
            &[SUCCESS, WRONG, ENVIRONMENT, STOPPED],
        ),
        _ => (
            &[
                "runner predict results/es_grid:train_size=1000,freeze=false letters.txt",
                "tail -f news.txt | runner predict results/quickstart:train_size=3000,freeze=false --format jsonl",
            ],
            &[
                (0, "every line is tagged, or the reader has seen enough"),
                (1, "a line that cannot be read; those before it are tagged"),
                (2, "wrong usage: no such job or file, a job without a saved model"),
                (3, "environment: no connection, no such device, unreadable files"),
                STOPPED,
            ],
        ),
    }
}

fn on_the_program(command: &str) -> Lists {
    match command {
        "doctor" => (
            &["runner doctor", "runner doctor --offline"],
            &[(0, "runs work here on the default device"), (2, WRONG.1), (3, "they would fail")],
        ),
        "schema" => (&["runner schema > experiment.schema.json"], &[SUCCESS, WRONG, UNREADABLE]),
        "completions" => (
            &[
                "runner completions bash > ~/.local/share/bash-completion/completions/runner",
                "runner completions zsh > ~/.zfunc/_runner  # a folder of fpath, before compinit runs",
                "runner completions fish > ~/.config/fish/completions/runner.fish",
            ],
            &[SUCCESS, WRONG, UNREADABLE],
        ),
        "man" => {
            (&["runner man run | man -l -", "runner man --dir ~/.local/share/man/man1"], &[SUCCESS, WRONG, UNREADABLE])
        }
        _ => (
            &["runner init --example quickstart", "runner run quickstart.toml", "runner show results/quickstart"],
            &[SUCCESS, (1, "a job failed, or what was checked does not hold"), WRONG, ENVIRONMENT, INTERRUPTED],
        ),
    }
}

impl Notes {
    /// As the help shows them.
    pub(super) fn help(&self) -> String {
        let examples = self.examples.iter().map(|line| format!("  {line}\n")).collect::<String>();
        let last = self.exit_statuses.iter().map(|(code, _)| code.to_string().len()).max().unwrap_or_default();
        let status = |(code, when): &ExitStatus| wrapped(&format!("  {code:<last$} "), last + 4, when, WIDTH);
        let statuses = self.exit_statuses.iter().map(status).collect::<Vec<_>>().join("\n");
        format!("Examples:\n{examples}\nExit status:\n{statuses}")
    }
}
