//! `runner man`: the man pages, made of the same commands as the help.

use std::fs;
use std::path::Path;

use clap::Command;
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::{Man, grammar, notes};
use super::failure::{Ending, Failure};
use super::terminal::{answer, say};

/// Environment variables that the program reads, by meaning.
const VARIABLES: [(&str, &str); 12] = [
    ("HF_HOME, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, XDG_CACHE_HOME", "where the hub's cache is"),
    ("HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH", "the token of the hub, or the file that holds it"),
    ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1: send no token"),
    ("HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE", "1: the same as --offline"),
    ("HF_ENDPOINT", "the address of another hub"),
    ("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY", "proxies, and the hosts that need none"),
    ("HF_HUB_ETAG_TIMEOUT, HF_HUB_DOWNLOAD_TIMEOUT", "seconds to wait for an answer, and for the next part of a file"),
    ("CUDA_VISIBLE_DEVICES", "the GPUs that the program sees, in this order"),
    ("COLUMNS", "the width of text where there is no terminal"),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "whether text is colored"),
    ("SLURM_CPUS_PER_TASK", "work: threads, where neither the submission nor the system says less"),
    ("XDG_CONFIG_HOME", "where runner/cluster.toml is, instead of ~/.config"),
];

/// Files that the program reads and writes.
const FILES: [(&str, &str); 6] = [
    ("results/NAME/*.csv, results/NAME/predictions/", "the results of an experiment; made to be committed"),
    ("results/NAME/experiment.toml", "every setting with its default"),
    ("results/NAME/lock.toml", "commit and SHA-256 of every input file"),
    ("results/NAME/.run/", "journal, saved models, checkpoints, logs; not committed. See runner-clean(1)"),
    ("~/.cache/huggingface/hub", "the hub's cache, shared with Python"),
    ("~/.config/runner/cluster.toml", "what a scheduler is asked for by all experiments of a user"),
];

/// Prints a page, or writes all of them to a folder.
pub(super) fn man(arguments: &Man) -> Result<Ending, Failure> {
    let mut program = grammar().disable_help_subcommand(true).subcommand_value_name("COMMAND");
    program = program.subcommand_help_heading("COMMANDS");
    program.build();
    if let Some(folder) = &arguments.dir {
        return write(&program, folder).map(|()| Ending::Well);
    }
    let command = match &arguments.command {
        Some(name) => program.find_subcommand(name).expect("the grammar takes the names of commands alone"),
        None => &program,
    };
    answer(&page(command)).map(|()| Ending::Well)
}

/// Writes `runner.1` and a page for each command.
fn write(program: &Command, folder: &Path) -> Result<(), Failure> {
    let failure = |path: &Path| {
        let path = path.display().to_string();
        move |source| Failure::File { path, source }
    };
    fs::create_dir_all(folder).map_err(failure(folder))?;
    let commands: Vec<&Command> = [program].into_iter().chain(program.get_subcommands()).collect();
    for command in &commands {
        let path = folder.join(Page::new((*command).clone()).get_filename());
        fs::write(&path, page(command)).map_err(failure(&path))?;
    }
    say(&format!("wrote {} pages to {}", commands.len(), folder.display()));
    Ok(())
}

/// The page of a command, or of the program.
fn page(command: &Command) -> String {
    let version = concat!("runner ", env!("CARGO_PKG_VERSION"));
    // A blank date: an empty one is left out, and what follows it would be taken for it.
    let page = Page::new(command.clone()).date(" ").source(version).manual("runner");
    let mut text = Vec::new();
    let is_program = command.has_subcommands();
    let written = page
        .render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| page.render_synopsis_section(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| if is_program { page.render_subcommands_section(&mut text) } else { Ok(()) })
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| rest(command).to_writer(&mut text));
    written.expect("a vector takes what is written to it");
    String::from_utf8_lossy(&text).into_owned()
}

/// What follows the options.
fn rest(command: &Command) -> Roff {
    let notes = notes(command.get_name());
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for line in notes.examples {
        roff.text([roman(*line)]);
    }
    roff.control("fi", []);
    let statuses: Vec<_> = notes.exit_statuses.iter().map(|(code, when)| (code.to_string(), *when)).collect();
    list(&mut roff, "EXIT STATUS", statuses.iter().map(|(code, when)| (code.as_str(), *when)));
    if command.has_subcommands() {
        list(&mut roff, "ENVIRONMENT", VARIABLES);
        list(&mut roff, "FILES", FILES);
    } else {
        roff.control("SH", ["SEE ALSO"]);
        roff.text([
            bold("runner"),
            roman("(1), for environment variables and files; "),
            roman(env!("CARGO_PKG_REPOSITORY")),
        ]);
    }
    roff
}

/// A section of terms with their meanings.
fn list<'a>(roff: &mut Roff, heading: &str, items: impl IntoIterator<Item = (&'a str, &'a str)>) {
    roff.control("SH", [heading]);
    for (term, meaning) in items {
        roff.control("TP", []).text([bold(term)]).text([roman(meaning)]);
    }
}
