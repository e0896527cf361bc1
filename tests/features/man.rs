//! `runner man`: a page for the program and for each command, from what the help says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::workshop::Workshop;

/// The commands that the help lists.
fn commands(workshop: &Workshop) -> Vec<String> {
    let help = workshop.runner("--help").out;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The headings of a page.
fn headings(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix(".SH ")).map(|heading| heading.trim_matches('"')).collect()
}

/// A page's text without escapes of roff.
fn plain(page: &str) -> String {
    page.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "").replace("\\*(Aq", "'")
}

#[test]
fn the_page_of_the_program_lists_commands_statuses_variables_and_files() {
    let workshop = Workshop::new("");
    let said = workshop.runner("man");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    let expected =
        ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES"];
    assert_eq!(headings(&said.out), expected);
    let page = plain(&said.out);
    for command in commands(&workshop) {
        assert!(page.contains(&format!("runner-{command}(1)")), "runner(1) lacks {command}");
    }
}

#[test]
fn every_command_has_a_page_with_what_its_help_says() {
    let workshop = Workshop::new("");
    let said = workshop.runner("man --dir pages");
    assert_eq!(said.status, 0, "{}", said.err);
    let commands = commands(&workshop);
    let files = workshop.files("pages");
    let expected: BTreeSet<String> = commands.iter().map(|command| format!("runner-{command}.1")).collect();
    assert_eq!(files.keys().filter(|name| *name != "runner.1").cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(said.err, format!("wrote {} pages to pages\n", files.len()));
    for command in commands {
        let page = plain(&workshop.read(&format!("pages/runner-{command}.1")));
        assert_eq!(page, plain(&workshop.runner(&format!("man {command}")).out), "{command}");
        let help = workshop.runner_with(&format!("{command} --help"), &[("COLUMNS", "200")]).out;
        let (_, notes) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command} has no examples"));
        let (examples, statuses) = notes.split_once("\nExit status:\n").expect("they have statuses below");
        for line in examples.lines().map(str::trim) {
            assert!(page.contains(line), "runner-{command}(1) lacks the example {line}");
        }
        for line in statuses.lines().filter(|line| !line.starts_with("    ")) {
            let (status, when) = line.trim().split_once(' ').expect("a status and its meaning");
            assert!(
                page.contains(&format!("\n{status}\n{}", when.trim())),
                "runner-{command}(1) lacks {status}: {when}"
            );
        }
        let options = help.lines().map(str::trim).filter(|line| line.starts_with('-'));
        for long in options.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--"))) {
            assert!(page.contains(long.trim_end_matches("...")), "runner-{command}(1) lacks {long}");
        }
    }
}

#[test]
fn a_page_that_there_is_not_is_refused_with_the_nearest() {
    let said = Workshop::new("").runner("man plans");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    assert!(said.err.contains("a similar value exists: 'plan'"), "{}", said.err);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let workshop = Workshop::new("");
    workshop.write("pages", "a file");
    let said = workshop.runner("man --dir pages");
    assert_eq!((said.status, said.out.as_str()), (3, ""));
    assert!(said.err.starts_with("error: pages: "), "{}", said.err);
}

/// The texts of all files of Rust below a folder.
fn source(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: std::path::PathBuf| match path.extension() {
        _ if path.is_dir() => source(&path),
        Some(ending) if ending == "rs" => fs::read_to_string(&path).unwrap(),
        _ => String::new(),
    };
    entries.map(text).collect()
}

#[test]
fn every_variable_that_the_program_reads_is_on_its_page_and_in_the_docs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = source(&root.join("src"));
    let is_name = |text: &str| text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let prefixes = ["HF_", "HUGGING", "TRANSFORMERS_", "XDG_", "CUDA_VISIBLE", "SLURM_CPUS"];
    let quoted: BTreeSet<&str> = source.split('"').filter(|text| is_name(text)).collect();
    let read: Vec<&str> = quoted.into_iter().filter(|name| prefixes.iter().any(|p| name.starts_with(p))).collect();
    assert!(read.len() >= 12, "{read:?}");
    let page = plain(&Workshop::new("").runner("man").out);
    let docs = ["docs/commands.md", "docs/hub.md"].map(|path| fs::read_to_string(root.join(path)).unwrap()).join("\n");
    for name in read.into_iter().chain(["HTTPS_PROXY", "NO_PROXY", "COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"])
    {
        assert!(page.contains(name), "runner(1) says nothing of {name}");
        assert!(docs.contains(&format!("`{name}")), "neither docs/commands.md nor docs/hub.md explains {name}");
    }
}
