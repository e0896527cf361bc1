//! `runner completions`: scripts for shells, and what the Tab key offers in bash.

use crate::workshop::Workshop;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

#[test]
fn every_shell_gets_every_command() {
    let workshop = Workshop::new("");
    let help = workshop.runner("--help").out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> =
        commands.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"completions") && names.contains(&"run"), "{help}");
    for shell in SHELLS {
        let said = workshop.runner(&format!("completions {shell}"));
        assert_eq!(said.status, 0, "{}", said.err);
        for name in &names {
            assert!(said.out.contains(name), "the completions of {shell} lack {name}");
        }
    }
}

#[test]
fn a_shell_that_is_not_known_is_refused_with_those_that_are() {
    let said = Workshop::new("").runner("completions csh");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    insta::assert_snapshot!(said.err, @"
    error: invalid value 'csh' for '<SHELL>'
      [possible values: bash, elvish, fish, powershell, zsh]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    ");
}

/// What bash offers for the last of these words, in a folder with `grid.toml`.
#[cfg(unix)]
fn offered(words: &[&str]) -> Vec<String> {
    let workshop = Workshop::new("");
    workshop.write("completions.bash", workshop.runner("completions bash").out);
    let script = r#"
        compopt() { :; }  # is for a shell that reads keys
        source completions.bash
        COMP_WORDS=(runner "$@")
        COMP_CWORD=$#
        _runner runner "${COMP_WORDS[$#]}" "${COMP_WORDS[$# - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", script, "bash"]).args(words).current_dir(workshop.path(""));
    let output = bash.output().expect("bash is there");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_options_values_and_files() {
    assert_eq!(offered(&["pl"]), ["plan"]);
    assert_eq!(offered(&["run", "--sha"]), ["--shard"]);
    assert_eq!(offered(&["run", "--device", ""]), ["auto", "cpu", "cuda", "cuda:all"]);
    assert_eq!(offered(&["show", "--format", ""]), ["text", "md", "latex", "csv", "json"]);
    assert_eq!(offered(&["errors", "--format", ""]), ["text", "md", "csv", "json"]);
    assert_eq!(offered(&["errors", "--split", ""]), ["test", "validation"]);
    assert_eq!(offered(&["report", "--output", "gr"]), ["grid.toml"]);
    assert_eq!(offered(&["clean", "--models", ""]), ["unused", "all"]);
    assert_eq!(offered(&["completions", "z"]), ["zsh"]);
    assert_eq!(offered(&["man", "resc"]), ["rescore"]);
    assert!(offered(&["diff", "--value", "test_entity"]).contains(&"test_entity_f1".to_owned()));
}
