//! `runner verify`, `--rerun` and `runner rescore`: what holds, and everything that can be tampered with, by name.

mod files;
mod many;
mod rerun;
mod rescore;
mod tampering;

use std::fs;

use crate::workshop::{GRID, Said, Workshop};

/// Two jobs over folders of this program's own making, and predictions on validation and test.
pub(super) const TWO: &str = r#"
[data]
dataset = "./corpus"
validation_size = 2

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 4
log_every = 3
learning_rate = 2e-3

[matrix]
train.seed = [1, 2]
"#;

/// Sentences of a line each, word/tag.
fn conll(sentences: &[&str]) -> String {
    let line = |pair: &str| pair.replace('/', "\t") + "\n";
    sentences.iter().map(|sentence| sentence.split(' ').map(line).collect::<String>() + "\n").collect()
}

/// The folder `corpus` beside the experiment.
pub(super) fn write_corpus(workshop: &Workshop) {
    let train = ["ana/B-PER lee/O en/O lima/B-LOC ./O", "lima/B-LOC ./O", "ana/B-PER en/O lima/B-LOC"];
    let test = ["en/O lima/B-LOC ana/B-PER lee/O", "ana/B-PER lee/O ./O", "lima/B-LOC ./O"];
    workshop.write("corpus/train.conll", conll(&train));
    workshop.write("corpus/validation.conll", conll(&["ana/B-PER en/O", "lima/B-LOC lee/O"]));
    workshop.write("corpus/test.conll", conll(&test));
}

/// A workshop whose two jobs ran.
pub(super) fn two() -> Workshop {
    let workshop = Workshop::new(TWO);
    write_corpus(&workshop);
    let said = workshop.runner("run grid.toml --jobs 1");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

/// A workshop whose grid of four ran.
pub(super) fn grid() -> Workshop {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

/// What `runner verify results/grid` answers, with its status.
pub(super) fn verified(workshop: &Workshop) -> String {
    let Said { status, out, err } = workshop.runner("verify results/grid");
    assert_eq!(err, "");
    without_keys(&format!("{out}exit {status}\n"))
}

/// A text whose keys and hashes, 12 and 64 hex digits, are words.
pub(super) fn without_keys(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_hexdigit()) {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_hexdigit());
        let word = match digits.len() {
            12 => "KEY",
            64 => "SHA",
            _ => digits,
        };
        out += word;
        out += &part[digits.len()..];
    }
    out
}

/// Replaces a text in a file of the results, which must be there.
pub(super) fn replace(workshop: &Workshop, file: &str, from: &str, to: &str) {
    let path = format!("results/grid/{file}");
    let text = workshop.read(&path);
    assert!(text.contains(from), "{file} has no {from}:\n{text}");
    workshop.write(&path, text.replacen(from, to, 1));
}

/// The beginning of a file's name in a folder of the results.
pub(super) fn named(workshop: &Workshop, folder: &str, beginning: &str) -> String {
    let entries = fs::read_dir(workshop.path(&format!("results/grid/{folder}"))).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().find(|name| name.starts_with(beginning)).unwrap()
}
