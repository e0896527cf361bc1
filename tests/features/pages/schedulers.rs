//! The scripts of docs/schedulers.md can be copied: each is whole, can be parsed, and names options that there are.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::{read, root};

/// The code blocks of the page with their language.
fn blocks() -> Vec<(String, String)> {
    let page = read(&root().join("docs/schedulers.md"));
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_code = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(language) => {
                is_code = !is_code;
                if is_code {
                    blocks.push((language.to_owned(), String::new()));
                }
            }
            None if is_code => {
                let (_, text) = blocks.last_mut().unwrap();
                *text += &format!("{line}\n");
            }
            None => {}
        }
    }
    blocks
}

fn of(language: &str) -> Vec<String> {
    blocks().into_iter().filter(|(of, _)| of == language).map(|(_, text)| text).collect()
}

#[test]
fn every_script_says_what_it_is_and_can_be_parsed() {
    let scripts = of("bash");
    assert_eq!(scripts.len(), 6);
    for script in scripts {
        let mut lines = script.lines();
        assert_eq!(lines.next(), Some("#!/bin/bash"), "{script}");
        assert!(lines.next().unwrap().starts_with("# sha"), "{script}");
        assert!(script.contains("\nset -eu\n"), "{script}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &script).unwrap();
        let parsed = Command::new("bash").arg("-n").arg(file.path()).output().unwrap();
        assert!(parsed.status.success(), "{script}\n{}", String::from_utf8_lossy(&parsed.stderr));
    }
}

#[test]
fn every_yaml_file_can_be_parsed_and_has_what_its_reader_needs() {
    let files = of("yaml");
    let parsed: Vec<Value> = files.iter().map(|text| serde_saphyr::from_str(text).unwrap()).collect();
    let [job, workflow] = &parsed[..] else { panic!("two files") };
    assert_eq!(job["spec"]["completionMode"], "Indexed");
    assert_eq!(job["spec"]["template"]["spec"]["restartPolicy"], "Never");
    let shards = job["spec"]["completions"].as_u64().unwrap();
    let command = &job["spec"]["template"]["spec"]["containers"][0]["args"][0];
    assert!(command.as_str().unwrap().contains(&format!("--shard \"$((JOB_COMPLETION_INDEX + 1))/{shards}\"")));
    let jobs = &workflow["jobs"];
    assert_eq!(jobs["merge"]["needs"], "shard");
    let steps = jobs["shard"]["steps"].as_array().unwrap();
    let upload = steps.iter().find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("upload"))).unwrap();
    assert_eq!(upload["with"]["include-hidden-files"], true);
}

#[test]
fn every_option_of_the_program_in_them_exists() {
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, text) in blocks() {
        // a command may go on on further lines
        let text = text.replace("\\\n", " ").replace("\n              ", " ");
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            for command in line.split("runner ").skip(1) {
                let mut words = command.split_whitespace();
                let Some(name) = words.next().filter(|name| ["run", "fetch", "merge"].contains(name)) else { continue };
                let options = words.filter(|word| word.starts_with("--")).map(|word| word.trim_end_matches('\''));
                seen.entry(name.to_owned()).or_default().extend(options.map(str::to_owned));
            }
        }
    }
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["fetch", "merge", "run"]);
    assert!(seen["run"].iter().filter(|option| *option == "--shard").count() >= 6, "{seen:?}");
    for (command, options) in seen {
        let help = Command::new(assert_cmd::cargo::cargo_bin!("runner")).args([&command, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        for option in options {
            assert!(help.contains(&option), "runner {command} has no {option}");
        }
    }
}
