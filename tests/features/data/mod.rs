//! Local Parquet files, whole and broken, from the file to the encoded sentence.

mod files;
mod random;
mod tokenizer_classes;
mod tokenizer_settings;
mod wordpiece;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use runner::data::{Corpus, DataError, Encoded, NO_LABEL, Split, Statistics, builtin};
use runner::hash::Sha256;
use runner::hub::{DataInputs, InputFile};
use runner::spec::{self, Size, Source};

const FEATURES: &str = r#"{"info": {"features": {"ner_tags": {"feature": {"names": ["O", "B-PER", "I-PER"], "_type": "ClassLabel"}, "_type": "List"}}}}"#;

/// Levels of list rows under an optional list of optional elements.
fn levels<T>(rows: &[Vec<T>]) -> (Vec<i16>, Vec<i16>) {
    let mut levels = (Vec::new(), Vec::new());
    for row in rows {
        let repetitions = (0..row.len().max(1)).map(|at| i16::from(at > 0));
        levels.1.extend(repetitions);
        levels.0.extend(if row.is_empty() { vec![1] } else { vec![3; row.len()] });
    }
    levels
}

pub(crate) enum Tags {
    Numbers(Vec<Vec<i64>>),
    Names(Vec<Vec<&'static str>>),
}

fn write(path: &Path, words: &[Vec<&str>], tags: &Tags, features: Option<&str>) -> InputFile {
    write_named(path, ["tokens", "ner_tags"], words, tags, features)
}

/// [`write`] under other names for the columns of words and tags.
pub(crate) fn write_named(
    path: &Path,
    [token_name, tag_name]: [&str; 2],
    words: &[Vec<&str>],
    tags: &Tags,
    features: Option<&str>,
) -> InputFile {
    let tag = if matches!(tags, Tags::Numbers(_)) { "int64" } else { "binary" };
    let schema = format!(
        "message m {{ optional group langs (LIST) {{ repeated group list {{ optional binary element (UTF8); }} }}
           optional group {token_name} (LIST) {{ repeated group list {{ optional binary element (UTF8); }} }}
           optional group {tag_name} (LIST) {{ repeated group list {{ optional {tag} element; }} }} }}"
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let keys = features.map(|json| vec![KeyValue::new("huggingface".to_owned(), json.to_owned())]);
    let properties = Arc::new(WriterProperties::builder().set_key_value_metadata(keys).build());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let text = |rows: &[Vec<&str>]| -> Vec<ByteArray> { rows.iter().flatten().map(|word| (*word).into()).collect() };
    let (definitions, repetitions) = levels(words);
    for _ in 0..2 {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&text(words), Some(&definitions), Some(&repetitions)).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    match tags {
        Tags::Numbers(rows) => {
            let (definitions, repetitions) = levels(rows);
            let values: Vec<i64> = rows.concat();
            column.typed::<Int64Type>().write_batch(&values, Some(&definitions), Some(&repetitions)).unwrap();
        }
        Tags::Names(rows) => {
            let (definitions, repetitions) = levels(rows);
            column.typed::<ByteArrayType>().write_batch(&text(rows), Some(&definitions), Some(&repetitions)).unwrap();
        }
    }
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    input(path)
}

fn input(path: &Path) -> InputFile {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let sha256 = Sha256::of("");
    InputFile { name, path: path.to_owned(), sha256, size: 0 }
}

/// Data of which this many training rows are used.
fn rows(train_size: Size, subset_seed: u64) -> spec::Data {
    spec::Data { train_size, subset_seed, ..spec::Data::default() }
}

fn settings() -> spec::Data {
    spec::Data { dataset: Source::Folder { written: "./d".to_owned(), path: "d".into() }, ..spec::Data::default() }
}

fn train(file: InputFile) -> DataInputs {
    DataInputs { train: vec![file], ..DataInputs::default() }
}

fn message(inputs: &DataInputs, settings: &spec::Data) -> String {
    Corpus::load(inputs, settings).unwrap_err().to_string()
}

#[test]
fn a_local_file_is_read_with_the_names_of_its_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let words = [vec!["Ana", "López", "lee"], vec![], vec!["sí"]];
    let tags = Tags::Numbers(vec![vec![1, 2, 0], vec![], vec![0]]);
    let file = write(&folder.path().join("train.parquet"), &words, &tags, Some(FEATURES));
    let corpus = Corpus::load(&train(file), &settings()).unwrap();
    assert_eq!(corpus.labels.names(), ["O", "B-PER", "I-PER"]);
    let read: Vec<_> = corpus.split(Split::Train).iter().map(|s| (s.words.clone(), s.tags.clone())).collect();
    assert_eq!(read[0], (vec!["Ana".to_owned(), "López".to_owned(), "lee".to_owned()], vec![1, 2, 0]));
    assert_eq!(read[1], (vec![], vec![]), "a sentence without words is kept");
    assert_eq!(read[2], (vec!["sí".to_owned()], vec![0]));
}

#[test]
fn tags_that_are_text_are_found_over_all_splits() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let first = write(&at("a.parquet"), &[vec!["Ana", "lee"]], &Tags::Names(vec![vec!["B-PER", "O"]]), None);
    let second = write(&at("b.parquet"), &[vec!["Lima", "Sur"]], &Tags::Names(vec![vec!["B-LOC", "I-LOC"]]), None);
    let inputs = DataInputs { train: vec![first], test: vec![second], ..DataInputs::default() };
    let corpus = Corpus::load(&inputs, &settings()).unwrap();
    assert_eq!(corpus.labels.names(), ["O", "B-LOC", "I-LOC", "B-PER"]);
    assert_eq!(corpus.split(Split::Train)[0].tags, [3, 0]);
    assert_eq!(corpus.split(Split::Test)[0].tags, [1, 2]);
    let labels = Some(["B-LOC", "O", "B-PER"].map(str::to_owned).to_vec());
    insta::assert_snapshot!(message(&inputs, &spec::Data { labels, ..settings() }), @"b.parquet, row 0: tag `I-LOC` is not in the tag set (B-LOC, O, B-PER); correct the tag, or add it to data.labels");
}

#[test]
fn numbers_without_names_need_the_readme_or_data_labels() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder.path().join("a.parquet"), &[vec!["Ana"]], &Tags::Numbers(vec![vec![1]]), None);
    insta::assert_snapshot!(message(&train(file.clone()), &settings()), @r#"a.parquet has class numbers (0 to 1) without names; list the names in order: data.labels = ["O", "B-X1"], or in label.json beside the data"#);
    let labels = Some(vec!["O".to_owned(), "B-X".to_owned()]);
    let named = Corpus::load(&train(file.clone()), &spec::Data { labels, ..settings() }).unwrap();
    assert_eq!(named.labels.names(), ["O", "B-X"]);
    let readme = folder.path().join("README.md");
    fs::write(&readme, "---\ndataset_info:\n  features:\n  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-ORG\n---\n").unwrap();
    let inputs = DataInputs { readme: Some(input(&readme)), ..train(file) };
    assert_eq!(Corpus::load(&inputs, &settings()).unwrap().labels.names(), ["O", "B-ORG"]);
}

#[test]
fn data_labels_reorder_the_names_of_the_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let tags = Tags::Numbers(vec![vec![1, 0]]);
    let file = write(&folder.path().join("a.parquet"), &[vec!["Ana", "lee"]], &tags, Some(FEATURES));
    let labels = Some(["B-PER", "I-PER", "O"].map(str::to_owned).to_vec());
    let corpus = Corpus::load(&train(file), &spec::Data { labels, ..settings() }).unwrap();
    assert_eq!(corpus.split(Split::Train)[0].tags, [0, 2]);
}

#[test]
fn broken_rows_and_files_say_where_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let words = [vec!["Ana", "lee"], vec!["sí"]];
    let outside = write(&at("a.parquet"), &words, &Tags::Numbers(vec![vec![1, 0], vec![7]]), Some(FEATURES));
    insta::assert_snapshot!(message(&train(outside), &settings()), @"a.parquet, row 1: tag `number 7` is not in the tag set (O, B-PER, I-PER); correct the tag, or add it to data.labels");
    let unequal = write(&at("b.parquet"), &words, &Tags::Numbers(vec![vec![1, 0], vec![0, 0]]), Some(FEATURES));
    insta::assert_snapshot!(message(&train(unequal), &settings()), @"b.parquet, row 1: 1 tokens but 2 tags; give each token one tag");
    let foreign = write(&at("c.parquet"), &words, &Tags::Names(vec![vec!["O", "O"], vec!["PER"]]), None);
    insta::assert_snapshot!(message(&train(foreign), &settings()), @r#"c.parquet, row 1: tag `PER` is not O, B-X or I-X; no tag has a prefix; set data.scheme = "types" to read types alone"#);
    let whole = write(&at("d.parquet"), &words, &Tags::Numbers(vec![vec![1, 0], vec![0]]), Some(FEATURES));
    let bytes = fs::read(&whole.path).unwrap();
    fs::write(&whole.path, &bytes[..bytes.len() / 2]).unwrap();
    insta::assert_snapshot!(message(&train(whole), &settings()), @"d.parquet is not a complete Parquet file: Parquet error: Invalid Parquet file. Corrupt footer; copy or write it again");
    insta::assert_snapshot!(message(&train(input(&at("e.parquet"))), &settings()), @"cannot read e.parquet: No such file or directory (os error 2); check that it exists and is readable");
}

#[test]
fn tags_of_another_scheme_are_converted_or_named_with_their_row() {
    let folder = tempfile::tempdir().unwrap();
    let words = [vec!["Ana", "López", "lee"], vec!["Lima"]];
    let names = |last| Tags::Names(vec![vec!["B-PER", "E-PER", "O"], vec![last]]);
    let sound = write(&folder.path().join("a.parquet"), &words, &names("S-LOC"), None);
    let bioes = spec::Data { scheme: Some(spec::Scheme::Bioes), ..settings() };
    let corpus = Corpus::load(&train(sound.clone()), &bioes).unwrap();
    assert_eq!(corpus.labels.names(), ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]);
    assert_eq!(corpus.split(Split::Train)[0].tags, [3, 4, 0]);
    insta::assert_snapshot!(message(&train(sound), &settings()), @r#"a.parquet, row 0: tag `E-PER` is not O, B-X or I-X; set data.scheme = "bioes" to convert the tags"#);
    let broken = write(&folder.path().join("b.parquet"), &words, &names("E-LOC"), None);
    insta::assert_snapshot!(message(&train(broken), &bioes), @r#"b.parquet, row 1: `E-LOC` does not follow `B-LOC` or `I-LOC` (data.scheme = "bioes"); correct the tags, or set data.scheme to their scheme"#);
}

#[test]
fn a_missing_column_lists_the_columns_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let schema = Arc::new(parse_message_type("message m { required int64 id; required binary text (UTF8); }").unwrap());
    let writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::default()).unwrap();
    writer.close().unwrap();
    insta::assert_snapshot!(message(&train(input(&path)), &settings()), @r#"a.parquet: no column for tags (`ner_tags`, `tags`, `labels`, `ner`, `ner_label_ids`) among `id`, `text`; set data.columns = { token = "...", tag = "..." }"#);
}

#[test]
fn a_smaller_subset_is_the_beginning_of_a_larger_one() {
    let corpus = builtin::corpus("es").unwrap();
    let small = corpus.training_rows(&rows(Size::Rows(100), 42)).unwrap();
    let large = corpus.training_rows(&rows(Size::Rows(300), 42)).unwrap();
    assert_eq!(small, large[..100]);
    assert_ne!(small, corpus.training_rows(&rows(Size::Rows(100), 43)).unwrap());
    let error = corpus.training_rows(&rows(Size::Rows(3001), 42)).unwrap_err();
    assert!(matches!(error, DataError::TooFewRows { .. }));
    insta::assert_snapshot!(error, @r#"data.train_size = 3001, but the train split has 3000 rows; lower it, or set it to "all""#);
    assert_eq!(
        corpus.first(Split::Test, Size::Rows(2)).unwrap(),
        [&corpus.split(Split::Test)[0], &corpus.split(Split::Test)[1]]
    );
}

#[test]
fn data_labels_apply_to_the_builtin_corpus_too() {
    let labels = Some(["B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "O"].map(str::to_owned).to_vec());
    let data = spec::Data { dataset: Source::Builtin("es".to_owned()), labels, ..spec::Data::default() };
    let reordered = Corpus::load(&DataInputs::default(), &data).unwrap();
    let original = builtin::corpus("es").unwrap();
    let name = |corpus: &Corpus| corpus.labels.name(corpus.split(Split::Train)[0].tags[0]).to_owned();
    assert_eq!(name(&reordered), name(&original));
    let unknown = spec::Data { dataset: Source::Builtin("eo".to_owned()), ..spec::Data::default() };
    insta::assert_snapshot!(message(&DataInputs::default(), &unknown), @"no built-in data set `builtin:eo`; use `builtin:es`");
}

#[test]
fn empty_silent_and_cut_words_are_counted_and_harmless() {
    let sentence = |words: &[&str]| runner::data::Sentence {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        tags: vec![0; words.len()],
    };
    let sentences = [sentence(&[]), sentence(&["\u{200b}", "En"]), sentence(&["a", "b", "c", "d", "e"])];
    let encoded = Encoded::new(&sentences.each_ref(), &builtin::tokenizer(), 5).unwrap();
    assert_eq!(encoded.tokens(0).len(), 2, "an empty sentence has only special tokens");
    assert_eq!(encoded.scored_words(0), [] as [u32; 0]);
    assert_eq!(encoded.scored_words(1), [1], "an invisible word has no token");
    assert_eq!(encoded.scored_words(2), [0, 1, 2], "words beyond max_length are cut off");
    assert_eq!((encoded.unscored_words(), encoded.truncated_sentences()), (3, 1));
    assert_eq!(encoded.labels[encoded.tokens(2)], [NO_LABEL, 0, 0, 0, NO_LABEL]);
    assert_eq!((encoded.first(2).unscored_words(), encoded.first(2).len()), (1, 2));
    let error = Encoded::new(&sentences.each_ref(), &builtin::tokenizer(), 2).unwrap_err();
    insta::assert_snapshot!(error, @"model.max_length = 2 leaves no room beside the tokenizer's 2 special tokens; raise it");
}

#[test]
fn statistics_count_what_a_job_uses() {
    let corpus = builtin::corpus("es").unwrap();
    let data = spec::Data { train_size: Size::Rows(500), test_size: Size::Rows(200), ..settings() };
    let statistics = Statistics::new(&corpus, &data, &builtin::tokenizer(), 8.into()).unwrap();
    assert_eq!(statistics.splits.iter().map(|split| split.split).collect::<Vec<_>>(), [Split::Train, Split::Test]);
    let train = &statistics.splits[0];
    assert_eq!((train.rows, train.used, train.empty, train.empty_words), (3000, 500, 0, 0));
    assert_eq!(train.tags.iter().map(|(_, count)| count).sum::<usize>(), train.words);
    assert!(train.lengths.min <= train.lengths.median && train.lengths.median <= train.lengths.p90);
    assert!(train.lengths.p99 <= train.lengths.max && train.lengths.max > 8);
    assert!(train.truncated > 0 && train.cut_words > 0);
    assert!(statistics.test_in_train > 0 && statistics.test_in_train < 200);
}
