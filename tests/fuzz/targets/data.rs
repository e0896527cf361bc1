//! Data sets: files of sentences, and the files that name their classes.

use std::path::Path;

use runner::data::{Corpus, Split};
use runner::hash::Sha256;
use runner::hub::{DataInputs, InputFile};
use runner::spec::{self, Column, Columns, Scheme, Source};

use super::written;

/// A file as the program finds one.
pub(super) fn input(folder: &Path, name: &str, bytes: &[u8]) -> InputFile {
    let path = written(folder, name, bytes);
    InputFile { name: name.to_owned(), path, sha256: Sha256::of(""), size: bytes.len() as u64 }
}

/// Settings that vary with the length of the file, so that any file comes under all of them once it is cut.
fn settings(len: usize) -> spec::Data {
    let scheme = [None, Some(Scheme::Iob1), Some(Scheme::Bioes), Some(Scheme::Io), Some(Scheme::Types)][len % 5];
    let chosen = Columns { token: Some(Column::At(1)), tag: Some(Column::At(2)) };
    let columns = (len % 7 == 6).then_some(chosen);
    let source = Source::Folder { written: "./d".to_owned(), path: "d".into() };
    spec::Data { dataset: source, scheme, columns, drop_test_overlap: len % 2 == 1, ..spec::Data::default() }
}

fn read(inputs: &DataInputs, settings: &spec::Data) {
    let corpus = match Corpus::load(inputs, settings) {
        Ok(corpus) => corpus,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for sentence in Split::ALL.into_iter().flat_map(|split| corpus.split(split)) {
        assert_eq!(sentence.words.len(), sentence.tags.len());
        assert!(sentence.tags.iter().all(|tag| usize::from(*tag) < corpus.labels.names().len()));
    }
}

fn train(folder: &Path, name: &str, bytes: &[u8]) {
    let file = input(folder, name, bytes);
    read(&DataInputs { train: vec![file.clone()], test: vec![file], ..DataInputs::default() }, &settings(bytes.len()));
}

pub(super) fn parquet(folder: &Path, bytes: &[u8]) {
    let train = vec![input(folder, "a.parquet", bytes)];
    let columns = spec::Data { columns: None, ..settings(bytes.len()) };
    read(&DataInputs { train, ..DataInputs::default() }, &columns);
}

pub(super) fn columns(folder: &Path, bytes: &[u8]) {
    train(folder, ["a.txt", "a.tsv", "a.conllu"][bytes.len() % 3], bytes);
}

pub(super) fn csv(folder: &Path, bytes: &[u8]) {
    train(folder, ["a.csv", "a.tsv"][bytes.len() % 2], bytes);
}

pub(super) fn json_lines(folder: &Path, bytes: &[u8]) {
    train(folder, "a.jsonl", bytes);
}

/// Numbers that something beside has to name.
const NUMBERS: &[u8] = b"{\"tokens\": [\"Ana\", \"lee\"], \"ner_tags\": [1, 0]}\n";

pub(super) fn readme(folder: &Path, bytes: &[u8]) {
    let readme = Some(input(folder, "README.md", bytes));
    let train = vec![input(folder, "a.jsonl", NUMBERS)];
    let settings = spec::Data { language: (bytes.len() % 2 == 1).then(|| "es".into()), ..settings(0) };
    read(&DataInputs { train, readme, ..DataInputs::default() }, &settings);
}

pub(super) fn label_file(folder: &Path, bytes: &[u8]) {
    let labels = Some(input(folder, ["label.json", "labels.txt"][bytes.len() % 2], bytes));
    let train = vec![input(folder, "a.jsonl", NUMBERS)];
    read(&DataInputs { train, labels, ..DataInputs::default() }, &settings(0));
}
