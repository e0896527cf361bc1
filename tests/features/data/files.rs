//! Data files as people have them: what each says, and which sentences it gives. All of them are made up here.

use std::fs;

use super::*;
use runner::spec::{Column, Columns, Scheme};

/// The sentences of a split, a word as `word/TAG`.
fn shown(corpus: &Corpus, split: Split) -> String {
    let line = |sentence: &runner::data::Sentence| {
        let words = sentence.words.iter().zip(&sentence.tags);
        words.map(|(word, tag)| format!("{word}/{}", corpus.labels.name(*tag))).collect::<Vec<_>>().join(" ")
    };
    corpus.split(split).iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads these files as train and test split, with what lies beside them.
fn load(
    train: (&str, &str),
    test: (&str, &str),
    beside: &[(&str, &str)],
    data: &spec::Data,
) -> Result<Corpus, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let file = |(name, text): (&str, &str)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        input(&path)
    };
    let mut inputs = DataInputs { train: vec![file(train)], test: vec![file(test)], ..DataInputs::default() };
    for (name, text) in beside {
        let place = if *name == "README.md" { &mut inputs.readme } else { &mut inputs.labels };
        *place = Some(file((name, text)));
    }
    Corpus::load(&inputs, data)
}

fn one(name: &str, text: &str, data: &spec::Data) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let corpus = Corpus::load(&train(input(&path)), data).map_err(|error| error.to_string())?;
    Ok(shown(&corpus, Split::Train))
}

fn read(name: &str, text: &str) -> String {
    one(name, text, &settings()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn said(name: &str, text: &str) -> String {
    one(name, text, &settings()).expect_err(name)
}

fn columns(token: &str, tag: &str) -> spec::Data {
    let column = |name: &str| Some(Column::Named(name.to_owned()));
    spec::Data { columns: Some(Columns { token: column(token), tag: column(tag) }), ..settings() }
}

fn scheme(scheme: Scheme) -> spec::Data {
    spec::Data { scheme: Some(scheme), ..settings() }
}

fn features(column: &str, names: &[&str]) -> String {
    let names = serde_json::to_string(names).unwrap();
    format!(
        r#"{{"info": {{"features": {{"{column}": {{"feature": {{"names": {names}, "_type": "ClassLabel"}}, "_type": "List"}}}}}}}}"#
    )
}

#[test]
fn each_parquet_file_has_its_own_class_names_shards_of_a_split_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, tags: Vec<i64>, names: &[&str]| {
        let words = [vec!["Ana", "en", "Lugo"]];
        write(&folder.path().join(name), &words, &Tags::Numbers(vec![tags]), Some(&features("ner_tags", names)))
    };
    let first = file("train-0.parquet", vec![1, 0, 2], &["O", "B-PER", "B-LOC"]);
    let second = file("train-1.parquet", vec![0, 2, 1], &["B-PER", "B-LOC", "O"]);
    let test = file("test.parquet", vec![2, 0, 3], &["O", "B-MISC", "B-PER", "B-LOC"]);
    let inputs = DataInputs { train: vec![first, second], test: vec![test], ..DataInputs::default() };
    let corpus = Corpus::load(&inputs, &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Train), "Ana/B-PER en/O Lugo/B-LOC\nAna/B-PER en/O Lugo/B-LOC");
    assert_eq!(shown(&corpus, Split::Test), "Ana/B-PER en/O Lugo/B-LOC");
    assert_eq!(corpus.labels.names(), ["O", "B-PER", "B-LOC", "B-MISC"]);
    let mapped = spec::Data { label_map: [("LOC".to_owned(), "PLACE".to_owned())].into(), ..settings() };
    let corpus = Corpus::load(&inputs, &mapped).unwrap();
    assert_eq!(shown(&corpus, Split::Test), "Ana/B-PER en/O Lugo/B-PLACE");
}

#[test]
fn a_file_without_class_names_takes_those_of_the_others_with_a_note_where_they_agree() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, names: Option<&[&str]>| {
        let features = names.map(|names| features("ner_tags", names));
        write(&folder.path().join(name), &[vec!["Ana"]], &Tags::Numbers(vec![vec![1]]), features.as_deref())
    };
    let named = file("a.parquet", Some(&["O", "B-PER"]));
    let inputs = DataInputs { train: vec![named, file("b.parquet", None)], ..DataInputs::default() };
    let corpus = Corpus::load(&inputs, &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Train), "Ana/B-PER\nAna/B-PER");
    assert_eq!(corpus.notes, ["b.parquet: class numbers have no names; using those of the other files"]);
    let other = file("c.parquet", Some(&["O", "B-LOC"]));
    let inputs = DataInputs { test: vec![other], ..inputs };
    insta::assert_snapshot!(message(&inputs, &settings()), @r#"b.parquet has class numbers (0 to 1) without names; list the names in order: data.labels = ["O", "B-X1"], or in label.json beside the data"#);
}

// The file is by pyarrow 26: `write_table(table, path, compression="brotli")`.
#[test]
fn a_compression_that_is_not_built_in_is_named_with_what_to_do() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/parquet/brotli.parquet");
    insta::assert_snapshot!(message(&train(input(std::path::Path::new(file))), &settings()), @r#"brotli.parquet is compressed with Brotli, which this program does not read; write a copy with Zstandard, gzip, Snappy or LZ4, such as pandas.read_parquet("brotli.parquet").to_parquet("copy.parquet", compression="zstd")"#);
}

#[test]
fn columns_of_parquet_go_by_the_usual_names_or_by_those_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let file = |names: [&str; 2]| {
        let features = features(names[1], &["B-PER", "O"]);
        let tags = Tags::Numbers(vec![vec![0, 1]]);
        write_named(&folder.path().join("a.parquet"), names, &[vec!["Ana", "lee"]], &tags, Some(&features))
    };
    for names in [["tokens", "tags"], ["words", "labels"], ["token", "ner"], ["text", "ner_label_ids"]] {
        let corpus = Corpus::load(&train(file(names)), &settings()).unwrap();
        assert_eq!(shown(&corpus, Split::Train), "Ana/B-PER lee/O", "{names:?}");
    }
    let odd = train(file(["sentence", "fine"]));
    insta::assert_snapshot!(message(&odd, &settings()), @r#"a.parquet: no column for words (`tokens`, `words`, `token`, `text`) among `langs`, `sentence`, `fine`; set data.columns = { token = "langs", tag = "fine" }"#);
    let corpus = Corpus::load(&odd, &columns("sentence", "fine")).unwrap();
    assert_eq!(shown(&corpus, Split::Train), "Ana/B-PER lee/O");
}

#[test]
fn class_names_lie_beside_the_data_or_in_the_readme_for_the_column_read() {
    let json = ("a.jsonl", r#"{"tokens": ["Ana", "lee"], "tags": [0, 2]}"#);
    let label = [("label.json", r#"{"O": 2, "B-PER": 0, "I-PER": 1}"#)];
    let corpus = load(json, json, &label, &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Test), "Ana/B-PER lee/O");
    assert_eq!(corpus.labels.names(), ["B-PER", "I-PER", "O"]);
    let readme = "---\ndataset_info:\n  features:\n  - name: ner_tags\n    sequence:\n      class_label:\n        names: [O, B-LOC]\n  - name: tags\n    list:\n      class_label:\n        names: {2: O, 0: B-PER, 1: I-PER}\n---\n";
    let corpus = load(json, json, &[("README.md", readme)], &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Test), "Ana/B-PER lee/O");
    let error = load(json, json, &[("README.md", "---\na: [\n---\n")], &settings()).unwrap_err().to_string();
    assert!(
        error.starts_with("README.md does not name the class numbers: its front matter is not valid YAML"),
        "{error}"
    );
    let error = load(json, json, &[("label.json", r#"{"O": 4}"#)], &settings()).unwrap_err().to_string();
    insta::assert_snapshot!(error, @"label.json does not name the class numbers: its numbers are not 0 to 0, each once; correct it, or list the names in order in data.labels");
}

#[test]
fn text_has_the_line_ends_blanks_and_marks_of_any_editor() {
    let wanted = "Ana/B-PER vive/O\nVigo/B-LOC";
    for text in [
        "Ana B-PER\rvive O\r\rVigo B-LOC\r",
        "Ana B-PER\r\nvive O\n\r\nVigo B-LOC\r",
        "\u{feff}Ana B-PER\r\r\nvive O\r\r\n\r\r\nVigo B-LOC",
        "Ana\tB-PER\rvive\tO\r\rVigo\tB-LOC",
        "Ana B-PER\u{a0}\nvive O\n\u{3000}\nVigo B-LOC\n",
    ] {
        assert_eq!(read("a.txt", text), wanted, "{text:?}");
    }
    assert_eq!(read("a.tsv", "20\u{a0}000\tB-X\n\u{3000}\tO\n"), "20\u{a0}000/B-X \u{3000}/O");
    insta::assert_snapshot!(said("a.txt", "Ana\u{a0}B-PER\nvive\u{a0}O\n"), @"a.txt:1: 1 column, but a token and its tag are required (U+00A0 in this line is not a separator); separate them by a tab or spaces");
    insta::assert_snapshot!(said("a.txt", "A\0n\0a\0 \0B\0-\0X\0"), @"a.txt:1: UTF-16, not UTF-8; convert the file, for example with `iconv -f utf-16 -t utf-8`");
    assert_eq!(
        read("a.jsonl", "\u{feff}{\"tokens\": [\"Ana\"], \"tags\": [\"B-PER\"]}\r{\"tokens\": [], \"tags\": []}\r"),
        "Ana/B-PER\n"
    );
}

#[test]
fn comments_are_told_from_words_by_the_column_of_the_tag() {
    let text = "# id 1-a\tdomain=x\nla _ _ O\n#1 _ _ O\n\n# sent_id = 1\n# text = vivo O\n# _ _ B-X\n#verano _ _ O\n";
    assert_eq!(read("a.conll", text), "la/O #1/O\n#/B-X #verano/O");
    assert_eq!(read("a.conll", "#verano B-X\nya O\n"), "#verano/B-X ya/O");
    let types = one("a.conll", "# id ab x=1\nla _ _ O\nAna _ _ PER\n", &scheme(Scheme::Types)).unwrap();
    assert_eq!(types, "la/O Ana/B-PER");
}

#[test]
fn columns_are_judged_over_all_files() {
    let (entity, none) = ("Ana N B-NP B-PER\nvive V B-VP O\n", "hoy N B-NP O\n");
    let corpus = load(("a.conll", entity), ("b.conll", none), &[], &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Test), "hoy/O");
    let corpus = load(("a.conll", none), ("b.conll", entity), &[], &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Test), "Ana/B-PER vive/O");
    insta::assert_snapshot!(said("a.conll", none), @"a.conll: columns 3 and 4 have only tags (nested annotation); set data.columns = { token = 1, tag = 3 } or { token = 1, tag = 4 }");
    insta::assert_snapshot!(said("a.conll", "1 Ana B-PER - -\n2 lee O - x\n"), @"a.conll:1: the first column numbers the words, and the last column, 5, has no tags; set data.columns = { token = 2, tag = 3 }");
    insta::assert_snapshot!(said("a.conll", "Ana B-PER +\nlee O -\n"), @"a.conll:1: the last column, 3, has no tags; set data.columns = { token = 1, tag = 2 }");
    insta::assert_snapshot!(one("a.conll", "Ana O\n", &columns("word", "tag")).unwrap_err(), @"a.conll: the columns have numbers, not names such as `word`; count them from 1, as in data.columns = { token = 1, tag = 2 }");
}

#[test]
fn json_is_an_array_or_lines_whatever_it_is_called() {
    let rows = r#"{"tokens": ["Ana"], "tags": ["B-PER"]}"#;
    for name in ["a.json", "a.ndjson", "a.jsonl"] {
        assert_eq!(read(name, &format!("[{rows},\n {rows}]\n")), "Ana/B-PER\nAna/B-PER");
        assert_eq!(read(name, &format!("{rows}\n{rows}\n")), "Ana/B-PER\nAna/B-PER");
    }
    assert_eq!(read("a.json", r#"{"text": "Ana lee", "token": ["Ana"], "ner": ["B-PER"]}"#), "Ana/B-PER");
    insta::assert_snapshot!(said("a.json", &format!("[{rows}, 1]")), @r#"a.json, row 1: not a JSON object: found another value; write {"tokens": [...], "ner_tags": [...]} on each line, or an array of such objects"#);
    insta::assert_snapshot!(said("a.json", &format!("[{rows}")), @r#"a.json:1: not a JSON object: EOF while parsing a list at line 1 column 39; write {"tokens": [...], "ner_tags": [...]} on each line, or an array of such objects"#);
    let chosen = one("a.json", r#"[{"w": ["Ana"], "fine": ["B-PER"], "tags": [3]}]"#, &columns("w", "fine"));
    assert_eq!(chosen.unwrap(), "Ana/B-PER");
}

#[test]
fn a_table_has_a_token_a_row_and_tells_sentences_apart() {
    let wanted = "Ana/B-PER lee/O\n,/O Lugo/B-LOC";
    for (name, text) in [
        ("a.csv", "sentence_idx,word,tag\n0,Ana,B-PER\n0,lee,O\n1,\",\",O\n1,Lugo,B-LOC\n"),
        (
            "a.csv",
            "\u{feff}Sentence #,Word,POS,Tag\r\nSentence: 1,Ana,N,B-PER\r\n,lee,V,O\r\nSentence: 2,\",\",X,O\r\n,Lugo,N,B-LOC\r\n",
        ),
        ("a.csv", "token;label\nAna;B-PER\nlee;O\n\n,;O\nLugo;B-LOC\n"),
        ("a.csv", "Ana,B-PER\nlee,O\n,\n\",\",O\nLugo,B-LOC\n"),
        ("a.tsv", "sentence_id\ttoken\tner_tag\n1\tAna\tB-PER\n1\tlee\tO\n2\t,\tO\n2\tLugo\tB-LOC\n"),
        ("a.tsv", "word\ttag\rAna\tB-PER\rlee\tO\r\r,\tO\rLugo\tB-LOC"),
    ] {
        assert_eq!(read(name, text), wanted, "{text:?}");
    }
    assert_eq!(read("a.tsv", "word\ttag\n\"\tO\n\"b\tO\n\na\tO\n"), "\"/O \"b/O\na/O", "quotes are letters in TSV");
    let chosen = one("a.csv", "id,w,fine,tag\n1,Ana,B-PER,x\n\n2,Lugo,B-LOC,y\n", &columns("w", "fine"));
    assert_eq!(chosen.unwrap(), "Ana/B-PER\nLugo/B-LOC");
    insta::assert_snapshot!(said("a.csv", "word,tag\nAna,B-PER\nlee,O\n"), @"a.csv: nothing separates the sentences; add a column `sentence_id`, or a blank row after each sentence");
    insta::assert_snapshot!(said("a.csv", "sentence,tags\nAna lee,B-PER O\n"), @r#"a.csv:1: no token and tag columns in the first row (`sentence`, `tags`); set data.columns = { token = "...", tag = "tags" }"#);
    insta::assert_snapshot!(said("a.csv", "words,tags\nAna lee,B-PER O\n"), @r#"a.csv:2: this row has a whole sentence; write a token per row, or JSON lines: {"tokens": [...], "ner_tags": [...]}"#);
    insta::assert_snapshot!(said("a.csv", "words,tags\n\"['Ana']\",\"['B-PER']\"\n"), @r#"a.csv:2: this row has a whole sentence; write a token per row, or JSON lines: {"tokens": [...], "ner_tags": [...]}"#);
    insta::assert_snapshot!(said("a.csv", "sent_id,word,tag\n7,a,O\n9,b,O\n7,c,O\n"), @"a.csv:4: sentence `7` occurs again after others; sort the rows by sentence");
    insta::assert_snapshot!(said("a.csv", "word,tag\na,O\n\n\",O\nb,O\n"), @r#"a.csv:4: a quoted field does not end on its line; write the word `"` as `""""`"#);
    insta::assert_snapshot!(said("a.csv", "word,tag\na,O\n\nb\n"), @"a.csv:4: 1 column, but line 1 has 2; write all lines alike, with tabs or with spaces");
}

#[test]
fn marks_without_types_are_entities_of_one_type() {
    let untyped = ("a.conll", "la O\ngripe B\naviar I\n");
    let corpus = load(untyped, ("b.conll", "ya O\n"), &[], &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Train), "la/O gripe/B-ENT aviar/I-ENT");
    assert_eq!(corpus.notes, ["tags without types (B, I) are read as entities of type ENT"]);
    let numbers = ("a.jsonl", r#"{"tokens": ["la", "gripe"], "tags": [2, 0]}"#);
    let corpus = load(numbers, numbers, &[("labels.txt", "B\nI\nO\n")], &settings()).unwrap();
    assert_eq!(shown(&corpus, Split::Train), "la/O gripe/B-ENT");
    assert_eq!(
        one("a.conll", "a S\nb B\nc M\nd E\n", &scheme(Scheme::Bioes)).unwrap(),
        "a/B-ENT b/B-ENT c/I-ENT d/I-ENT"
    );
    insta::assert_snapshot!(said("a.conll", "a B-X\nb B\n"), @"a.conll:2: tag `B` is not O, B-X or I-X; the type is missing; write `B-X` as in the other tags");
    insta::assert_snapshot!(said("a.conll", "a B\nb E\n"), @r#"a.conll:1: tag `B` is not O, B-X or I-X; set data.scheme = "bioes" to convert the tags"#);
}

#[test]
fn types_alone_are_converted_by_their_scheme() {
    assert_eq!(
        one("a.conll", "Ana PER\nRey PER\ny 0\nLugo LOC\nVigo ORG\n", &scheme(Scheme::Types)).unwrap(),
        "Ana/B-PER Rey/I-PER y/O Lugo/B-LOC Vigo/B-ORG"
    );
    let numbers = ("a.jsonl", r#"{"tokens": ["Ana", "Rey", "y"], "tags": [1, 1, 0]}"#);
    let corpus = load(numbers, numbers, &[("labels.txt", "O\nPER\n")], &scheme(Scheme::Types)).unwrap();
    assert_eq!(shown(&corpus, Split::Train), "Ana/B-PER Rey/I-PER y/O");
    assert_eq!(corpus.labels.names(), ["O", "B-PER", "I-PER"]);
    insta::assert_snapshot!(said("a.conll", "Ana PER\ny O\n"), @r#"a.conll:1: tag `PER` is not O, B-X or I-X; no tag has a prefix; set data.scheme = "types" to read types alone"#);
    insta::assert_snapshot!(one("a.conll", "Ana B-PER\ny O\n", &scheme(Scheme::Types)).unwrap_err(), @r#"a.conll:1: `B-PER` has a prefix (data.scheme = "types"); remove data.scheme, or set it to the scheme of the tags"#);
}

#[test]
fn tags_of_other_spellings_are_refused_with_the_right_one() {
    let said = |tag: &str| said("a.conll", &format!("Ana {tag}\ny B-X\n"));
    insta::assert_snapshot!(said("b-per"), @"a.conll:1: tag `b-per` is not O, B-X or I-X; tags are case-sensitive; write `B-per`");
    insta::assert_snapshot!(said("B_PER"), @"a.conll:1: tag `B_PER` is not O, B-X or I-X; a hyphen separates prefix and type; write `B-PER`");
    insta::assert_snapshot!(said("PER-B"), @"a.conll:1: tag `PER-B` is not O, B-X or I-X; the prefix comes first; write `B-PER`");
    insta::assert_snapshot!(said("0"), @"a.conll:1: tag `0` is not O, B-X or I-X; this is the digit 0; write the letter `O`");
    insta::assert_snapshot!(said("M-PER"), @r#"a.conll:1: tag `M-PER` is not O, B-X or I-X; set data.scheme = "bioes" to convert the tags"#);
}
