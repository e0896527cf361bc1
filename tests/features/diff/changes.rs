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
    insta::assert_snapshot!(blocks(&a, &results(&NEW, &decay, lock('a', 'b'))), @r"
    train_size=1000: weight_decay 0 -> 0.01, warmup_steps 0 -> none, warmup_ratio
      none -> 0.1
      0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p < 0.0001
      beyond seed noise
    ");
}

#[test]
fn changed_files_are_named_by_their_roles() {
    let a = results(&OLD, EXPERIMENT, lock('a', 'b'));
    insta::assert_snapshot!(blocks(&a, &results(&NEW, EXPERIMENT, lock('d', 'b'))), @r"
    train_size=1000: train file changed
      0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p < 0.0001
      beyond seed noise
    ");
    insta::assert_snapshot!(blocks(&a, &results(&NEW, EXPERIMENT, lock('a', 'd'))), @r"
    train_size=1000: test file changed
      0.9170 -> 0.9722
      not comparable: the test file changed, its tags did not
    ");
    insta::assert_snapshot!(blocks(&a.without_predictions(), &results(&NEW, EXPERIMENT, lock('a', 'd'))), @r"
    train_size=1000: test file changed
      0.9170 -> 0.9722
      not comparable: the test file changed
    ");
}

#[test]
fn broken_files_beside_the_tables_are_said() {
    let a = results(&OLD, "[data\n", "version = 9\n".to_owned());
    let said = diff(&a, &results(&NEW, EXPERIMENT, lock('a', 'b')).rate("1e-4"), "");
    assert_eq!(said.status, 0);
    insta::assert_snapshot!(said.err, @r"
    results/a/experiment.toml cannot be read, so only the keys that are columns of results.csv are compared; `runner verify` says why
    results/a: lock.toml has version 9, but this runner reads version 1; update runner, or delete lock.toml to pin the inputs again; input files are not compared
    ");
}
