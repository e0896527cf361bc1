//! Which rows have which files: splits, evaluation sets, winners, odd labels, keys that several rows have.

use super::*;
use crate::workshop::assert_same;

const SETS: &str = r#"
[data]
dataset = "builtin:es"
train_size = 100
validation_size = 20
test_size = 20

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 40
learning_rate = 2e-3

[matrix]
train.seed = [1, 2]

[[evaluate]]
name = "Tweets, new"
split = "validation"
size = 15

[[evaluate]]
name = "more"
split = "train"
size = 10
"#;

#[test]
fn splits_and_evaluation_sets_have_a_file_each() {
    let workshop = finished(SETS);
    insta::assert_snapshot!(names(&workshop).join("\n"), @r"
    seed=1.tags
    seed=1.validation.tags
    seed=1@Tweets,-new-b0618905a741.tags
    seed=1@more.tags
    seed=2.tags
    seed=2.validation.tags
    seed=2@Tweets,-new-9e4bc20a4af8.tags
    seed=2@more.tags
    ");
    let before = predictions(&workshop);
    workshop.write("grid.toml", SETS.replace("2e-3", "4e-3"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let changed = predictions(&workshop);
    assert_eq!(changed.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    let is_changed = |name: &str| changed[name] != before[name];
    assert!(is_changed("seed=1.tags") && is_changed("seed=1.validation.tags"));
    workshop.write("grid.toml", SETS.split("[[evaluate]]").next().unwrap());
    workshop.runner("run grid.toml");
    assert!(names(&workshop).iter().all(|name| !name.contains('@')), "{:?}", names(&workshop));
    workshop.write("grid.toml", SETS);
    workshop.runner("run grid.toml");
    assert_same(&predictions(&workshop), &before);
    let clone = workshop.cloned();
    assert!(clone.runner("run grid.toml").err.contains("grid: all 2 jobs are already done"));
    assert_same(&clone.committed(FOLDER), &workshop.committed(FOLDER));
}

const SEARCH: &str = r#"
[data]
dataset = "builtin:es"
train_size = 200
validation_size = 100
test_size = 40

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
epochs = 2

[matrix]
train.learning_rate = [1e-3, 2e-3]

[select]
over = ["train.learning_rate"]
"#;

#[test]
fn only_winners_have_predictions_on_the_test_split_and_lose_them_to_the_next() {
    let workshop = finished(SEARCH);
    let expected =
        ["learning_rate=0.001.validation.tags", "learning_rate=0.002.tags", "learning_rate=0.002.validation.tags"];
    assert_eq!(names(&workshop), expected);
    let wider = SEARCH.replace("[1e-3, 2e-3]", "[1e-3, 2e-3, 4e-3]");
    workshop.write("grid.toml", &wider);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_same(&predictions(&workshop), &predictions(&finished(&wider)));
    assert!(names(&workshop).contains(&"learning_rate=0.004.tags".to_owned()), "{:?}", names(&workshop));
}

/// A job for each folder of data, which repeats two sentences once, twice, ...
fn folders(folders: &[&str], repeats: impl Fn(usize) -> usize) -> Workshop {
    let workshop = Workshop::new(&over(folders));
    workshop.write_checkpoint("model", 8);
    for (place, folder) in folders.iter().enumerate() {
        let sentences: Vec<_> = [("Ana lee .", "B-PER O O"), ("Lima", "B-LOC")].repeat(repeats(place));
        workshop.write_split(&format!("{folder}/train-00000-of-00001.parquet"), &sentences);
        workshop.write_split(&format!("{folder}/test-00000-of-00001.parquet"), &sentences);
    }
    workshop
}

fn over(folders: &[&str]) -> String {
    let data: Vec<String> = folders.iter().map(|folder| format!("\"./{folder}\"")).collect();
    let settings = "[model]\ncheckpoint = \"./model\"\nmax_length = 16\n[train]\nmax_steps = 1\n";
    format!("[data]\ndataset = {}\n{settings}[matrix]\ndata.dataset = [{}]\n", data[0], data.join(", "))
}

#[test]
fn odd_labels_have_plain_names_of_their_own() {
    let workshop = folders(&["größe/one", "gr--e/one", "Own/one", "own/one"], |place| place + 1);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let lines = |content: &[u8]| content.iter().filter(|byte| **byte == b'\n').count();
    let files = predictions(&workshop).into_iter().map(|(name, content)| format!("{name}: {} lines", lines(&content)));
    insta::assert_snapshot!(files.collect::<Vec<_>>().join("\n"), @r"
    dataset=.-Own-one-36955dc5adcd.tags: 6 lines
    dataset=.-gr--e-one-74319087a5b0.tags: 2 lines
    dataset=.-gr--e-one-8bce5030dc8b.tags: 4 lines
    dataset=.-own-one-ccfa787f2125.tags: 8 lines
    ");
    let clone = workshop.cloned();
    let said = clone.runner("run grid.toml");
    assert!(said.err.contains("grid: all 4 jobs are already done"), "{}", said.err);
    assert_same(&clone.committed(FOLDER), &workshop.committed(FOLDER));
}

#[test]
fn rows_of_one_key_have_a_file_each() {
    let workshop = folders(&["a/data", "b/data", "c/data"], |_| 2);
    workshop.write("grid.toml", over(&["a/data", "b/data"]));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let key = |job: &str| workshop.cell(FOLDER, job, "key").unwrap();
    assert_eq!(key("dataset=./a/data"), key("dataset=./b/data"), "the files are equal");
    let both: Vec<Vec<u8>> = predictions(&workshop).into_values().collect();
    assert!(both.len() == 2 && both[0] == both[1], "{:?}", names(&workshop));
    workshop.write("grid.toml", over(&["b/data", "c/data"]));
    assert!(workshop.runner("run grid.toml").err.contains("grid: all 2 jobs are already done"));
    let after: Vec<Vec<u8>> = predictions(&workshop).into_values().collect();
    assert_eq!(after, both);
    assert!(names(&workshop)[1].starts_with("dataset=.-c-data-"), "{:?}", names(&workshop));
}
