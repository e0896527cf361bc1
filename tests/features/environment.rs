//! What the machine does not give: exit 3, and what is wrong with the command or the file: exit 2 and nothing written.

use std::process::Command;

use crate::workshop::{GRID, Workshop};

const FROM_A_HUB: &str = r#"
[data]
dataset = "unimelb-nlp/wikiann"
language = "es"

[model]
checkpoint = "dccuchile/bert-base-spanish-wwm-cased"

[matrix]
data.train_size = [1000, 3000]
model.freeze = [false, true]
"#;

/// Without line breaks: where they fall depends on how long this machine's paths are.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_hub_out_of_reach_is_said_with_the_ways_round() {
    let workshop = Workshop::new(FROM_A_HUB);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 3);
    assert_eq!(said.out, "");
    insta::assert_snapshot!(unwrapped(&workshop.redacted(&said.err)), @r#"error: 2 inputs are missing; nothing was started - checkpoint dccuchile/bert-base-spanish-wwm-cased: cannot reach http://127.0.0.1:9 (Connection refused (os error 111)); check the network, or fetch on another machine, copy the cache to WORKSHOP/cache/hub and add --offline, or use a local folder ("./..."), or try what needs no network: runner init --example quickstart - data set unimelb-nlp/wikiann: cannot reach http://127.0.0.1:9 (Connection refused (os error 111)); check the network, or fetch on another machine, copy the cache to WORKSHOP/cache/hub and add --offline, or use a local folder ("./..."), or try what needs no network: runner init --example quickstart"#);
    assert!(!workshop.path("results/grid/results.csv").exists());
}

#[test]
fn an_offline_run_says_what_the_cache_lacks() {
    let workshop = Workshop::new(FROM_A_HUB);
    let said = workshop.runner("run grid.toml --offline");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(unwrapped(&workshop.redacted(&said.err)), @r#"error: 2 inputs are missing; nothing was started - checkpoint dccuchile/bert-base-spanish-wwm-cased: not in the cache WORKSHOP/cache/hub: main; remove --offline to fetch it, or use a local folder ("./..."), or try what needs no network: runner init --example quickstart - data set unimelb-nlp/wikiann: not in the cache WORKSHOP/cache/hub: main; remove --offline to fetch it, or use a local folder ("./..."), or try what needs no network: runner init --example quickstart"#);
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_device_that_is_not_there_is_refused_before_anything_is_written() {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner("run grid.toml --device cuda");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"error: --device cuda:0: this program was built without CUDA; build it with --features cuda");
    assert!(!workshop.path("results").exists());
}

#[test]
fn a_folder_in_use_is_refused_with_its_holder() {
    let workshop = Workshop::new(&GRID.replace("max_steps = 12", "max_steps = 3000"));
    let mut child = workshop.start("run grid.toml --only freeze=false");
    while !workshop.path("results/grid/results.csv").exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let said = workshop.runner("run grid.toml");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(said.status, 3);
    let holder = format!("error: results/grid is in use by process {} on ", child.id());
    let advice = "; wait for it to end, or choose another folder with --name or --out\n";
    assert!(said.err.starts_with(&holder) && said.err.ends_with(advice), "{}", said.err);
}

#[test]
fn an_invalid_file_writes_nothing_though_another_is_valid() {
    let workshop = Workshop::new(GRID);
    workshop.write("bad.toml", GRID.replace("max_length", "max_lenght"));
    let said = workshop.runner("run grid.toml bad.toml");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @r#"
      × unknown key `max_lenght` in [model]
       ╭─[bad.toml:8:1]
     7 │ checkpoint = "builtin:tiny"
     8 │ max_lenght = 64
       · ─────┬────
       ·      ╰── no such key
     9 │
       ╰────
      help: did you mean `max_length`?

    1 problem; nothing was started or written
    "#);
    assert!(!workshop.path("results").exists());
}

#[test]
fn two_files_of_one_name_are_refused() {
    let workshop = Workshop::new(GRID);
    workshop.write("other/grid.toml", GRID);
    let said = workshop.runner("run grid.toml other/grid.toml");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: two files would write to results/grid; set `name` in one of them");
    assert!(!workshop.path("results").exists());
}

#[test]
fn tables_keep_to_a_hundred_columns() {
    let axes = "[matrix]\ntrain.seed = [1000000001]";
    let workshop = Workshop::new(&GRID.replace("[matrix]", axes));
    for line in ["run grid.toml", "plan grid.toml", "data grid.toml"] {
        let said = workshop.runner(line);
        assert_eq!(said.status, 0, "{}", said.err);
        for text in said.out.lines() {
            assert!(text.chars().count() <= 100, "{line}: {text}");
        }
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let workshop = Workshop::new(GRID);
    let binary = assert_cmd::cargo::cargo_bin!("runner");
    let line = format!("{} schema | head -1 > /dev/null; echo ${{PIPESTATUS[0]}}", binary.display());
    let output = Command::new("bash").args(["-c", &line]).current_dir(workshop.path("")).output().unwrap();
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"0\n"[..], &b""[..]));
}
