//! What changed beside the scores: keys that no column shows, input files, the program.

use super::results::{Results, setting};
use super::{blocks, diff};

const EXPERIMENT: &str = r#"
[data]
dataset = "./corpus"
train_size = 1000
test_size = 200
[model]
checkpoint = "./encoder"
[train]
learning_rate = 5e-5
[matrix]
data.train_size = [1000]
train.seed = [1, 2, 3]
"#;

fn lock(train: char, test: char) -> String {
    let hash = |letter: char| letter.to_string().repeat(64);
    let file = |name: &str, letter: char| format!("{name:?} = {{ sha256 = {:?}, size = 1 }}\n", hash(letter));
    let input = |kind: &str, id: &str| format!("\n[[input]]\nkind = {kind:?}\nid = {id:?}\n[input.files]\n");
    let data = input("data", "./corpus") + &file("test.conll", test) + &file("train.conll", train);
    let model = ["config.json", "model.safetensors", "tokenizer.json"].map(|name| file(name, 'c')).concat();
    format!("version = 1\n{data}{}{model}", input("model", "./encoder"))
}

fn results(wrong: &[usize], experiment: &str, lock: String) -> Results {
    let results = Results::new(setting("train_size=1000", wrong));
    results.file("experiment.toml", experiment).file("lock.toml", lock)
}

const OLD: [usize; 3] = [60, 63, 61];
const NEW: [usize; 3] = [20, 24, 21];

#[test]
fn keys_that_are_no_columns_are_named() {
    let a = results(&OLD, EXPERIMENT, lock('a', 'b'));
    let decay = EXPERIMENT.replace("[train]", "[train]\nweight_decay = 0.01\nwarmup_ratio = 0.1");
    insta::assert_snapshot!(blocks(&a, &results(&NEW, &decay, lock('a', 'b'))), @"");
}

#[test]
fn changed_files_are_named_by_their_roles() {
    let a = results(&OLD, EXPERIMENT, lock('a', 'b'));
    insta::assert_snapshot!(blocks(&a, &results(&NEW, EXPERIMENT, lock('d', 'b'))), @"");
    insta::assert_snapshot!(blocks(&a, &results(&NEW, EXPERIMENT, lock('a', 'd'))), @"");
    insta::assert_snapshot!(blocks(&a.without_predictions(), &results(&NEW, EXPERIMENT, lock('a', 'd'))), @"");
}

#[test]
fn broken_files_beside_the_tables_are_said() {
    let a = results(&OLD, "[data\n", "version = 9\n".to_owned());
    let said = diff(&a, &results(&NEW, EXPERIMENT, lock('a', 'b')).rate("1e-4"), "");
    assert_eq!(said.status, 0);
    insta::assert_snapshot!(said.err, @"");
}
