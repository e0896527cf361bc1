//! Endings, gzip, and formats that no ending says.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{both, columns, count, flat, in_a_folder, json, sentences};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_ending_is_read_plain_and_compressed() {
    let csv = |name: &str, rows: usize| {
        let row = |at: usize| format!("{at},{name},B-PER\n{at},lee,O\n");
        format!("sentence_id,token,tag\n{}", (0..rows).map(row).collect::<String>()).into_bytes()
    };
    for ending in
        ["json", "jsonl", "ndjson", "csv", "tsv", "txt", "conll", "conllu", "iob2", "iob", "bio", "bioes", "annotated"]
    {
        let content = |name: &str, rows| match ending {
            "csv" => csv(name, rows),
            "json" | "jsonl" | "ndjson" => json(name, rows, ["words", "labels"], false),
            _ => columns(name, rows),
        };
        for gz in ["", ".gz"] {
            let packed = |content: Vec<u8>| if gz.is_empty() { content } else { gzip(&content) };
            let (train, test) = (format!("train.{ending}{gz}"), format!("test.{ending}{gz}"));
            let files = vec![(train.as_str(), packed(content("Ana", 3))), (test.as_str(), packed(content("Eva", 2)))];
            assert_eq!(sentences(&in_a_folder(&files, "")), "3 2", "{train}");
        }
    }
}

#[test]
fn a_format_is_given_where_no_ending_says_it() {
    let named = |format: &str| format!("files = {{ train = \"tr.x\", test = \"te.x\" }}\nformat = \"{format}\"");
    let files = |train: Vec<u8>, test: Vec<u8>| vec![("tr.x", train), ("te.x", test)];
    assert_eq!(both(&files(columns("Ana", 3), columns("Eva", 2)), &named("columns")), "3 2");
    let lines = |name, rows| json(name, rows, ["tokens", "ner_tags"], false);
    assert_eq!(both(&files(lines("Ana", 3), lines("Eva", 2)), &named("jsonl")), "3 2");
    let conllu =
        b"# text = Ana lee\n1\tAna\tana\t_\t_\t_\t_\t_\t_\tB-PER\n2\tlee\tleer\t_\t_\t_\t_\t_\t_\tO\n\n".to_vec();
    assert_eq!(both(&files(conllu.clone(), conllu), &named("conllu")), "1 1");
    let parquet = |name, rows| super::parquet(name, rows, None);
    let labels = "\nlabels = [\"O\", \"B-LOC\", \"B-PER\"]";
    assert_eq!(both(&files(parquet("Ana", 3), parquet("Eva", 2)), &(named("parquet") + labels)), "3 2");
    let said = both(&files(columns("Ana", 3), columns("Eva", 2)), "files = { train = \"tr.x\", test = \"te.x\" }");
    assert!(said.contains("data.files names `tr.x`, an unsupported file type;"), "{said}");
    assert!(said.contains("or set data.format"), "{said}");
    let wrong = both(&files(columns("Ana", 3), columns("Eva", 2)), &named("jsonl"));
    assert!(wrong.contains("tr.x:1: not a JSON object"), "{wrong}");
}

#[test]
fn a_compressed_file_that_ends_early_is_said_with_its_line() {
    let whole = gzip(&columns("Ana", 4000));
    let files = vec![("train.conll.gz", whole[..whole.len() / 2].to_vec()), ("test.conll", columns("Eva", 2))];
    let said = in_a_folder(&files, "");
    assert_eq!(said.status, 1);
    let said = flat(&said.err);
    assert!(said.contains("train.conll.gz:") && said.contains("the compressed data end or are damaged here"), "{said}");
    assert!(said.contains("fetch or compress the file again"), "{said}");
    let plain = vec![("train.conll.gz", columns("Ana", 3)), ("test.conll", columns("Eva", 2))];
    assert!(flat(&in_a_folder(&plain, "").err).contains("train.conll.gz:1: the compressed data"));
}

#[test]
fn a_shard_that_cannot_be_read_is_named() {
    let shards = vec![
        ("data/train-00000-of-00002.parquet", super::parquet("Ana", 3, None)),
        ("data/train-00001-of-00002.parquet", super::parquet("Ana", 3, None)[..40].to_vec()),
        ("data/test-00000-of-00001.parquet", super::parquet("Eva", 2, None)),
    ];
    let said = flat(&in_a_folder(&shards, "").err);
    assert!(said.contains("data/train-00001-of-00002.parquet is not a complete Parquet file"), "{said}");
}

#[test]
fn metadata_before_a_sentence_is_no_word_and_a_number_sign_is_one() {
    let multiconer =
        "# id 0a1b-22\tdomain=en\nAna _ _ B-PER\nlee _ _ O\n\n# id 0a1b-23\tdomain=en\n# _ _ O\nLima _ _ B-LOC\n\n";
    let files = vec![("train.conll", multiconer.as_bytes().to_vec()), ("test.conll", multiconer.as_bytes().to_vec())];
    let said = in_a_folder(&files, "");
    assert_eq!((sentences(&said), count(&said, "words ")), ("2 2".to_owned(), "4 4".to_owned()));
}
