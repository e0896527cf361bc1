//! The file that `runner init` writes: every key with its meaning, from the table of keys.

use super::Value;
use super::keys::{KeyPath, tables};

/// Keys that the file sets; all others are comments with their defaults.
const SET: &[(&str, &str)] = &[
    ("data.dataset", r#""unimelb-nlp/wikiann""#),
    ("data.language", r#""es""#),
    ("data.train_size", "1000"),
    ("data.test_size", "2000"),
    ("model.checkpoint", r#""dccuchile/bert-base-spanish-wwm-cased""#),
    ("model.max_length", "128"),
    ("model.freeze", "false"),
    ("train.seed", "42"),
    ("train.epochs", "3"),
    ("train.batch_size", "8"),
    ("train.learning_rate", "5e-5"),
];

/// Examples in the comments of keys without a default.
const EXAMPLES: &[(&str, &str)] = &[
    ("data.files", r#"{ train = "train.conll", test = "test.conll" }"#),
    ("data.splits", r#"{ train = "train_2020", test = "test_2021" }"#),
    ("data.format", r#""columns""#),
    ("data.span_ends", r#""refuse""#),
    ("data.columns", "{ token = 1, tag = 4 }"),
    ("data.scheme", r#""iob2""#),
    ("data.label_map", r#"{ MISC = "O" }"#),
    ("data.language_weights", "{ es = 3, it = 1 }"),
    ("data.validation", "0.1"),
    ("data.folds", "5"),
    ("data.fold", "0"),
    ("data.labels", r#"["O", "B-PER", "I-PER"]"#),
    ("model.classifier", r#""new""#),
    ("model.stride", "32"),
    ("model.dropout", "0.1"),
    ("train.max_steps", "1000"),
    ("train.head_learning_rate", "1e-3"),
    ("train.layer_decay", "0.9"),
    ("train.groups", r#"[{ match = "embeddings.*", learning_rate = 1e-5 }]"#),
    ("train.class_weights", r#"{ "B-PER" = 2.0, O = 0.2 }"#),
    ("train.warmup_ratio", "0.1"),
    ("train.decay_steps", "100"),
    ("train.average_steps", "100"),
    ("train.evaluate_every", r#""epoch""#),
    ("train.patience", "2"),
];

const MATRIX: &str = r#"
# What varies. The tables above are mirrored, every leaf is a list, the first varies slowest: four jobs.
[matrix]
data.train_size = [1000, 3000]
model.freeze = [false, true]

# Lists of one length that advance together:
# [[matrix.zip]]
# data.language = ["es", "de"]
# model.checkpoint = ["dccuchile/bert-base-spanish-wwm-cased", "google-bert/bert-base-german-cased"]

# Drop the jobs in which every key has this value:
# [[matrix.exclude]]
# data.train_size = 3000
# model.freeze = true

# Add one job, the tables above with these keys:
# [[matrix.include]]
# data.train_size = "all"

# Select on the validation split (data.validation_size), and score the test set for the winners alone:
# [select]
# by = "validation_entity_f1"
# over = ["train.learning_rate"]

# Score each trained model on an evaluation set as well; what is not given here is as in [data]:
# [[evaluate]]
# language = "de"
# size = 2000
"#;

/// What a file begins with, for editors.
pub(super) const SCHEMA: &str = "\
#:schema ./runner.schema.json
# Editors check and explain this file by that schema: runner schema > runner.schema.json
";

/// A commented experiment file of this title, to start from.
pub fn starter(name: &str) -> String {
    let mut out = format!(
        "{SCHEMA}\
         # What it would do: runner plan {name}.toml      Do it: runner run {name}.toml\n\n\
         title = {}\n",
        Value::from(name).to_toml()
    );
    for table in tables() {
        out += &format!("\n[{table}]\n");
        for key in KeyPath::all().filter(|key| key.table() == table) {
            out += &format!("# {}\n{}\n", key.known().doc, line(key));
        }
    }
    out + MATRIX
}

/// The key with its value, or as a comment with its default or an example.
fn line(key: KeyPath) -> String {
    let of = |list: &[(&'static str, &'static str)]| list.iter().find(|(path, _)| *path == key.as_str()).map(|p| p.1);
    match (of(SET), of(EXAMPLES)) {
        (Some(value), _) => format!("{} = {value}", key.name()),
        (None, Some(example)) => format!("# {} = {example}", key.name()),
        (None, None) => {
            let default = key.default().expect("a key without a default is set or has an example");
            format!("# {} = {}", key.name(), default.to_toml())
        }
    }
}
