//! `runner predict`: new text tagged with a job's trained model.

mod agreement;
mod formats;
mod inputs;
mod long_documents;
mod own_predictions;
mod streaming;
mod wrong_use;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::workshop::{Said, Workshop};

/// A job that trains in a second, on what the program ships.
pub(super) const TINY: &str = r#"
[data]
dataset = "builtin:es"
train_size = 400
test_size = 60

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 60
learning_rate = 4e-3
"#;

/// A job that trains nothing: its model is the golden's, whose answers transformers has given too.
const GOLDEN: &str = r#"
[data]
dataset = "builtin:es"
train_size = 8
test_size = 1

[model]
checkpoint = "./golden"
max_length = 64

[train]
epochs = 0
"#;

fn goldens(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name)
}

/// A folder with the job `results/grid`, trained.
pub(super) fn tiny() -> Workshop {
    let workshop = Workshop::new(TINY);
    let said = workshop.runner("run grid.toml --quiet");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

/// A folder with the job `results/grid`, whose model is the golden of that kind.
pub(super) fn golden(kind: &str) -> Workshop {
    let workshop = Workshop::new(GOLDEN);
    let of_model = goldens("models").join(kind);
    let mut config: Value = serde_json::from_slice(&fs::read(of_model.join("config.json")).unwrap()).unwrap();
    let tags = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"];
    config["id2label"] = tags.iter().enumerate().map(|(at, tag)| (at.to_string(), json!(tag))).collect();
    config["label2id"] = tags.iter().enumerate().map(|(at, tag)| ((*tag).to_owned(), json!(at))).collect();
    workshop.write("golden/config.json", config.to_string());
    workshop.write("golden/model.safetensors", fs::read(of_model.join("model.safetensors")).unwrap());
    let tokenizer = goldens("predicting").join(format!("tokenizer-{kind}.json"));
    workshop.write("golden/tokenizer.json", fs::read(tokenizer).unwrap());
    let said = workshop.runner("run grid.toml --quiet");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

/// `runner predict results/grid OPTIONS` over `input` as standard input.
pub(super) fn predict(workshop: &Workshop, options: &str, input: impl Into<Vec<u8>>) -> Said {
    let mut command =
        assert_cmd::Command::from_std(workshop.command(&format!("predict results/grid --device cpu {options}")));
    let output = command.write_stdin(input).output().unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The answers, where nothing is said beside them.
pub(super) fn answers(workshop: &Workshop, options: &str, input: impl Into<Vec<u8>>) -> String {
    let said = predict(workshop, options, input);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    said.out
}
