//! Random files: columns that are found again, and hostile bytes that end in an error or in sentences, never in a panic.

use std::fs;

use super::*;
use proptest::prelude::*;
use runner::spec::{Column, Columns};

/// Reads a file of these bytes under a name; none where it is refused.
fn read(name: &str, bytes: &[u8], data: &spec::Data) -> Option<Corpus> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    Corpus::load(&train(input(&path)), data).ok()
}

fn tags(corpus: &Corpus) -> Vec<Vec<&str>> {
    let names = |sentence: &runner::data::Sentence| sentence.tags.iter().map(|tag| corpus.labels.name(*tag)).collect();
    corpus.split(Split::Train).iter().map(names).collect()
}

const TAGS: [&str; 5] = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

/// Sentences of (word, tag), one of which begins an entity.
fn sentences() -> impl Strategy<Value = Vec<Vec<(String, usize)>>> {
    let word = ("[#a-zñ0-9]{1,4}", 0..TAGS.len());
    prop::collection::vec(prop::collection::vec(word, 1..6), 1..5).prop_map(|mut sentences| {
        sentences[0][0] = ("Ana".to_owned(), 1);
        sentences
    })
}

/// The sentences as text: `before` columns between word and tag, `after` behind the tag, lines that end in `end`.
fn text(sentences: &[Vec<(String, usize)>], (before, after): (usize, usize), separator: &str, end: &str) -> String {
    let line = |(word, tag): &(String, usize)| {
        let fillers = |count| std::iter::repeat_n("x7", count);
        let fields = [word.as_str()].into_iter().chain(fillers(before)).chain([TAGS[*tag]]).chain(fillers(after));
        fields.collect::<Vec<_>>().join(separator) + end
    };
    sentences.iter().map(|sentence| sentence.iter().map(line).collect::<String>() + end).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_last_column_of_tags_is_found_whatever_lies_before_it(
        sentences in sentences(), before in 0..4_usize, tabs: bool, end in prop::sample::select(vec!["\n", "\r", "\r\n", "\r\r\n"]),
    ) {
        let text = text(&sentences, (before, 0), if tabs { "\t" } else { "  " }, end);
        let corpus = read("a.conll", text.as_bytes(), &settings()).expect("it is sound");
        let wanted: Vec<Vec<&str>> = sentences.iter().map(|s| s.iter().map(|(_, tag)| TAGS[*tag]).collect()).collect();
        prop_assert_eq!(tags(&corpus), wanted);
    }

    #[test]
    fn a_column_of_tags_before_others_is_asked_for_and_read_as_the_message_says(
        sentences in sentences(), before in 0..3_usize, after in 1..3_usize,
    ) {
        let text = text(&sentences, (before, after), " ", "\n");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.conll");
        fs::write(&path, &text).unwrap();
        let said = message(&train(input(&path)), &settings());
        prop_assert!(said.ends_with(&format!("set data.columns = {{ token = 1, tag = {} }}", before + 2)), "{}", said);
        let columns = Columns { token: Some(Column::At(1)), tag: Some(Column::At(before + 2)) };
        let corpus = read("a.conll", text.as_bytes(), &spec::Data { columns: Some(columns), ..settings() }).expect("it is sound");
        let wanted: Vec<Vec<&str>> = sentences.iter().map(|s| s.iter().map(|(_, tag)| TAGS[*tag]).collect()).collect();
        prop_assert_eq!(tags(&corpus), wanted);
    }

    #[test]
    fn hostile_text_is_refused_or_read_and_nothing_else(
        bytes in prop::collection::vec(prop::sample::select(b"ab O#BI-XS\t\r\n,;\"[]{}:01\\\xc3\xa0\xef".to_vec()), 0..200),
        name in prop::sample::select(vec!["a.conll", "a.tsv", "a.csv", "a.json", "a.jsonl", "a.conllu"]),
    ) {
        read(name, &bytes, &settings());
        read(name, &bytes, &spec::Data { scheme: Some(spec::Scheme::Types), ..settings() });
    }
}

#[test]
fn a_damaged_parquet_file_is_refused_or_read_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let words = [vec!["Ana", "López", "lee"], vec![], vec!["sí", "Ana"]];
    let tags = Tags::Numbers(vec![vec![1, 2, 0], vec![], vec![0, 1]]);
    let whole = fs::read(write(&folder.path().join("a.parquet"), &words, &tags, Some(FEATURES)).path).unwrap();
    for at in 0..whole.len() {
        for change in [1, 2, 0x40, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= change;
            read("a.parquet", &damaged, &settings());
        }
    }
}
