//! `runner export`: a job's model as a folder that transformers and the program itself load.

mod again;
mod card;
mod checkpoint;
mod families;
mod models;
mod wrong_use;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::workshop::Workshop;

/// Two jobs of a dozen steps on what the program ships: one frozen, one not.
const JOBS: &str = r#"
[data]
dataset = "builtin:es"
train_size = 32
test_size = 40

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 12
learning_rate = 2e-3

[matrix]
model.freeze = [false, true]
"#;

/// The names of an export's files.
const FILES: [&str; 5] = ["README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];

/// A workshop whose jobs are done.
fn done(experiment: &str) -> Workshop {
    let workshop = Workshop::new(experiment);
    let said = workshop.runner("run grid.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

/// Exports the job of that label to `out`.
fn exported(workshop: &Workshop, label: &str, out: &str) {
    let said = workshop.runner(&format!("export results/grid:{label} {out}"));
    assert_eq!(said.status, 0, "{}", said.err);
}

fn json(workshop: &Workshop, file: &str) -> Value {
    serde_json::from_str(&workshop.read(file)).unwrap()
}

/// Type and shape of each tensor of a safetensors file.
fn tensors(bytes: &[u8]) -> BTreeMap<String, (String, Vec<usize>)> {
    let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
    let of = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| {
        (name.to_owned(), (format!("{:?}", view.dtype()), view.shape().to_vec()))
    };
    file.iter().map(of).collect()
}
