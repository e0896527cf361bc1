//! Splits that are made of other rows: a part of the training rows for validation, folds, several languages as one set.

mod file;
mod run;

use std::path::Path;

use runner::data::{Corpus, Split};
use runner::hash::Sha256;
use runner::hub::{DataInputs, InputFile};
use runner::spec::{self, HeldOut, Settings, Size, Source};
use serde_json::Value;

/// Written by `datasets` and scikit-learn themselves: `make_expected.py` beside it, with their versions.
const GOLDEN: &str = include_str!("../../goldens/splits/expected.json");

fn golden(part: &str) -> Vec<Value> {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    golden[part].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// A file of the rows `from..to`, each a sentence of its number.
fn rows(folder: &Path, name: &str, rows: std::ops::Range<usize>) -> InputFile {
    let text: String = rows.map(|row| format!("{row} {}\n\n", ["B-PER", "O", "B-LOC"][row % 3])).collect();
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, &text).unwrap();
    InputFile { name: name.to_owned(), path, sha256: Sha256::of(""), size: text.len() as u64 }
}

fn settings() -> spec::Data {
    let dataset = Source::Folder { written: "./d".to_owned(), path: "d".into() };
    spec::Data { dataset, test_size: Size::Rows(0), ..spec::Data::default() }
}

fn load(inputs: &DataInputs, settings: &spec::Data) -> Corpus {
    Corpus::load(inputs, settings).unwrap()
}

/// The numbers of sentences.
fn of<'s>(sentences: impl IntoIterator<Item = &'s runner::data::Sentence>) -> Vec<u64> {
    sentences.into_iter().map(|sentence| sentence.words[0].parse().unwrap()).collect()
}

fn one_file(folder: &Path, count: usize) -> DataInputs {
    DataInputs { train: vec![rows(folder, "train.conll", 0..count)], ..DataInputs::default() }
}

#[test]
fn a_validation_split_of_training_rows_is_that_of_train_test_split() {
    let folder = tempfile::tempdir().unwrap();
    for case in golden("held_out") {
        let size = case["size"].as_f64().unwrap();
        let part = if size < 1.0 { HeldOut::Share(size) } else { HeldOut::Rows(size as usize) };
        let subset = numbers(&case["subset"]);
        let data = spec::Data {
            validation: Some(part),
            validation_seed: case["seed"].as_u64().unwrap(),
            subset_seed: case["subset_seed"].as_u64().unwrap(),
            train_size: Size::Rows(subset.len()),
            ..settings()
        };
        let corpus = load(&one_file(folder.path(), whole(&case["rows"])), &data);
        assert_eq!(of(corpus.split(Split::Validation)), numbers(&case["validation"]));
        assert_eq!(of(corpus.split(Split::Train)), numbers(&case["training"]));
        assert_eq!(of(corpus.training(&data).unwrap()), subset);
        assert_eq!(
            of(corpus.first(Split::Validation, data.size(Split::Validation)).unwrap()),
            numbers(&case["validation"])
        );
    }
}

#[test]
fn folds_are_those_of_kfold_over_the_shuffled_rows() {
    let folder = tempfile::tempdir().unwrap();
    for case in golden("folds") {
        let inputs = one_file(folder.path(), whole(&case["rows"]));
        let folds = whole(&case["folds"]);
        for fold in 0..folds {
            let data = spec::Data {
                folds: Some(folds),
                fold: Some(fold),
                validation_seed: case["seed"].as_u64().unwrap(),
                ..settings()
            };
            let corpus = load(&inputs, &data);
            assert_eq!(of(corpus.split(Split::Validation)), numbers(&case["validation"][fold]));
            assert_eq!(of(corpus.split(Split::Train)), numbers(&case["training"][fold]));
        }
    }
}

/// Two languages, whose rows count on.
fn languages(folder: &Path, case: &Value) -> (DataInputs, spec::Data) {
    let [first, second] = [0, 1].map(|at| whole(&case["rows"][at]));
    let train = vec![rows(folder, "es/train.conll", 0..first), rows(folder, "it/train.conll", first..first + second)];
    let languages = train.iter().enumerate().map(|(place, file)| (file.name.clone(), place)).collect();
    let mut of_file = Settings { data: settings(), ..Settings::default() };
    let key = spec::KeyPath::parse("data.language").unwrap();
    let list = spec::Value::List(vec!["es".into(), "it".into()]);
    of_file.set(&key.read(&list, Path::new("")).unwrap());
    of_file.data.subset_seed = case["subset_seed"].as_u64().unwrap();
    of_file.data.train_size = Size::Rows(case["subset"].as_array().unwrap().len());
    (DataInputs { train, languages, ..DataInputs::default() }, of_file.data)
}

#[test]
fn several_languages_are_concatenated_and_then_shuffled() {
    let folder = tempfile::tempdir().unwrap();
    for case in golden("languages") {
        let (inputs, data) = languages(folder.path(), &case);
        assert_eq!(of(load(&inputs, &data).training(&data).unwrap()), numbers(&case["subset"]));
    }
}

#[test]
fn weights_divide_the_training_rows_and_each_language_gives_its_first() {
    let folder = tempfile::tempdir().unwrap();
    for (case, weights) in golden("weighted").iter().zip([[3.0, 1.0], [3.0, 5.0]]) {
        let (inputs, mut data) = languages(folder.path(), case);
        data.language_weights = ["es", "it"].map(str::to_owned).into_iter().zip(weights).collect();
        let corpus = load(&inputs, &data);
        assert_eq!(of(corpus.training(&data).unwrap()), numbers(&case["subset"]));
        let held = spec::Data { validation: Some(HeldOut::Rows(5)), train_size: Size::Rows(8), ..data.clone() };
        let first = whole(&case["rows"][0]) as u64;
        let chosen = of(load(&inputs, &held).training(&held).unwrap());
        let spanish = chosen.iter().filter(|row| **row < first).count();
        assert_eq!((chosen.len(), spanish), (8, if weights[1] < 3.0 { 6 } else { 3 }), "rows stay with their language");
        let more = spec::Data { train_size: Size::Rows(10_000), ..data };
        let error = corpus.training(&more).unwrap_err().to_string();
        assert!(error.starts_with("data.language_weights asks for "), "{error}");
    }
}
