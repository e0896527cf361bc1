//! Files of one's own: every format and scheme, from the file to sentences and tags, and what is said of mistakes. The
//! sentences in `own_data/` were made up for this project; the same ones stand in iob2, iob1, bioes, io and jsonl.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use runner::data::{Corpus, DataError, Encoded, NO_LABEL, Sentence, Split, builtin};
use runner::hash::Sha256;
use runner::hub::{DataInputs, InputFile};
use runner::spec::{Column, Columns, Data, Files, LabelPieces, Scheme, Size, Source};

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/own_data").join(name)
}

fn input(path: PathBuf) -> InputFile {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    InputFile { name, path, sha256: Sha256::of(""), size: 0 }
}

fn settings() -> Data {
    Data { dataset: Source::Folder { written: "./d".to_owned(), path: "d".into() }, ..Data::default() }
}

fn load(train: &str, test: &str, settings: &Data) -> Corpus {
    let inputs = DataInputs { train: vec![input(own(train))], test: vec![input(own(test))], ..DataInputs::default() };
    Corpus::load(&inputs, settings).unwrap()
}

/// Reads a file of this content; its sentences, or what is said of it.
fn read(name: &str, content: impl AsRef<[u8]>, settings: &Data) -> Result<Corpus, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    Corpus::load(&DataInputs { train: vec![input(path)], ..DataInputs::default() }, settings)
}

fn message(name: &str, content: impl AsRef<[u8]>, settings: &Data) -> String {
    read(name, content, settings).unwrap_err().to_string()
}

/// A sentence a line, `word/TAG` where it is not O.
fn shown(corpus: &Corpus, split: Split) -> String {
    let word = |(word, tag): (&String, &u16)| match corpus.labels.name(*tag) {
        "O" => word.clone(),
        tag => format!("{word}/{tag}"),
    };
    let line = |s: &Sentence| s.words.iter().zip(&s.tags).map(word).collect::<Vec<_>>().join(" ") + "\n";
    corpus.split(split).iter().map(line).collect()
}

fn scheme(scheme: Scheme) -> Data {
    Data { scheme: Some(scheme), ..settings() }
}

fn columns(token: usize, tag: usize) -> Data {
    Data { columns: Some(Columns { token: Some(Column::At(token)), tag: Some(Column::At(tag)) }), ..settings() }
}

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

const SPANISH: &str = "\
Marta/B-PER Ruiz/I-PER visita Lugo/B-LOC .
El Banco/B-ORG de/I-ORG Vigo/I-ORG abre en Soria/B-LOC .
Llegan Ana/B-PER Pedro/B-PER y Luis/B-PER Gil/I-PER .
La feria se llama Luna/B-MISC Clara/I-MISC .
Nadie vive en la isla # 7 .
";

/// Data of which this many training rows are used.
fn rows(train_size: Size, subset_seed: u64) -> Data {
    Data { train_size, subset_seed, ..Data::default() }
}

#[test]
fn a_token_a_line_is_read_without_comments_and_with_the_word_number_sign() {
    let corpus = load("iob2/train.conll", "iob2/test.conll", &settings());
    assert_eq!(corpus.labels.names(), ["O", "B-LOC", "B-MISC", "I-MISC", "B-ORG", "I-ORG", "B-PER", "I-PER"]);
    assert_eq!(shown(&corpus, Split::Train), SPANISH);
    assert_eq!(corpus.notes, [""; 0]);
}

#[test]
fn every_format_and_scheme_gives_the_same_sentences() {
    let wanted = load("iob2/train.conll", "iob2/test.conll", &settings());
    assert_eq!(load("jsonl/train.jsonl", "jsonl/test.jsonl", &settings()), wanted);
    let strict = load("iob2/train.conll", "iob2/test.conll", &scheme(Scheme::Iob2));
    assert_eq!(strict, wanted, "a scheme that is only checked changes nothing");
    for (converted, note) in [
        (
            load("iob1/esp.train", "iob1/esp.testb", &scheme(Scheme::Iob1)),
            "converted tags from iob1 to iob2: 12 changed",
        ),
        (
            load("bioes/train.txt", "bioes/test.txt", &scheme(Scheme::Bioes)),
            "converted tags from bioes to iob2: 14 changed",
        ),
    ] {
        assert_eq!(converted.notes, [note]);
        for split in Split::ALL {
            assert_eq!(shown(&converted, split), shown(&wanted, split), "{note}");
        }
        let both = ["O", "B-LOC", "I-LOC", "B-MISC", "I-MISC", "B-ORG", "I-ORG", "B-PER", "I-PER"];
        assert_eq!(converted.labels.names(), both, "a converted scheme has both tags of each type");
    }
}

#[test]
fn inside_tags_alone_join_entities_that_touch() {
    let corpus = load("io/train.iob", "io/testb.iob", &scheme(Scheme::Io));
    insta::assert_snapshot!(shown(&corpus, Split::Test), @r"
    Pedro/B-PER Gil/I-PER vive en Soria/B-LOC .
    La feria Luna/B-MISC Clara/I-MISC es del Banco/B-ORG de/I-ORG Vigo/I-ORG .
    Vienen Ana/B-PER Marta/I-PER Ruiz/I-PER .
    ");
}

#[test]
fn germeval_has_its_columns_chosen() {
    let corpus = load("germeval/NER-de-train.tsv", "germeval/NER-de-test.tsv", &columns(2, 3));
    assert_eq!(corpus.labels.names(), ["O", "B-LOC", "B-LOCderiv", "B-ORG", "I-ORG", "B-PER", "I-PER"]);
    insta::assert_snapshot!(shown(&corpus, Split::Train), @r"
    Der Zoo/B-ORG Köln/I-ORG meldet Gewinn .
    Frau Weber/B-PER wohnt in Ulm/B-LOC .
    Die Ulmer/B-LOCderiv Zeitung/B-ORG schreibt .
    Jan/B-PER Weber/I-PER spielt für Werder/B-ORG Bremen/I-ORG .
    ");
    let inner = load("germeval/NER-de-train.tsv", "germeval/NER-de-test.tsv", &columns(2, 4));
    assert_eq!(inner.labels.names(), ["O", "B-LOC"]);
    let file = fs::read(own("germeval/NER-de-train.tsv")).unwrap();
    insta::assert_snapshot!(message("NER-de-train.tsv", file, &settings()), @"NER-de-train.tsv: the first column numbers the words, and columns 3 and 4 have only tags (nested annotation); set data.columns = { token = 2, tag = 3 } or { token = 2, tag = 4 }");
}

#[test]
fn conllu_leaves_out_word_ranges_and_empty_nodes_and_says_so() {
    let corpus = load("conllu/train.conllu", "conllu/test.conllu", &columns(2, 10));
    insta::assert_snapshot!(shown(&corpus, Split::Train), @r"
    Rosa/B-PER viene de el Puerto/B-LOC Verde/I-LOC .
    Hugo/B-PER va a el Teatro/B-ORG Real/I-ORG y Rosa/B-PER a Lugo/B-LOC .
    ");
    assert_eq!(
        corpus.notes,
        [
            "train.conllu: skipped 3 CoNLL-U word ranges and empty nodes",
            "test.conllu: skipped 1 CoNLL-U word ranges and empty nodes"
        ]
    );
    let file = fs::read(own("conllu/test.conllu")).unwrap();
    insta::assert_snapshot!(message("test.conllu", file, &settings()), @"test.conllu: the first column numbers the words; set data.columns = { token = 2, tag = 10 }");
}

#[test]
fn a_nested_annotation_is_refused_with_the_columns_to_choose_from() {
    let nested = "Zoo\tB-ORG\tO\nUlm\tI-ORG\tB-ORG\n\n";
    insta::assert_snapshot!(message("a.tsv", nested, &settings()), @"a.tsv: columns 2 and 3 have only tags (nested annotation); set data.columns = { token = 1, tag = 2 } or { token = 1, tag = 3 }");
    insta::assert_snapshot!(message("a.conll", "Zoo B-ORG\nUlm I-ORG|B-LOC\n", &settings()), @"a.conll:2: `I-ORG|B-LOC` contains several tags (nested annotation); write each in its own column and choose one with data.columns");
    insta::assert_snapshot!(message("a.conll", "Zoo B-ORG\nUlm I-ORG|B-LOC\n", &scheme(Scheme::Iob2)), @"a.conll:2: `I-ORG|B-LOC` contains several tags (nested annotation); write each in its own column and choose one with data.columns");
    let chunks = "EU NNP I-NP B-ORG\nrejects VBZ B-VP O\nGerman JJ B-NP B-MISC\ncall NN I-NP O\n";
    let corpus = read("a.txt", chunks, &settings()).unwrap();
    assert_eq!(
        shown(&corpus, Split::Train),
        "EU/B-ORG rejects German/B-MISC call\n",
        "chunks are no second annotation"
    );
}

#[test]
fn tokens_may_hold_spaces_between_tabs_and_no_break_spaces_anywhere() {
    let corpus = read("a.tsv", "New York\tB-LOC\n\n\tO\n", &settings()).unwrap();
    assert_eq!(corpus.split(Split::Train)[0].words, ["New York"]);
    assert_eq!(corpus.split(Split::Train)[1].words, [""], "an empty word has no token");
    let corpus = read("a.txt", "20\u{a0}000   B-X \r\n \t\r\n# X O\n# O\n-DOCSTART- O\nb O", &settings()).unwrap();
    let words: Vec<&[String]> = corpus.split(Split::Train).iter().map(|s| &s.words[..]).collect();
    assert_eq!(words, [&["20\u{a0}000"][..], &["#"], &["b"]]);
}

#[test]
fn lines_that_cannot_be_read_are_named() {
    let said = |content: &str| message("a.txt", content, &settings());
    insta::assert_snapshot!(said("Ana B-PER\nlee\n"), @"a.txt:2: 1 column, but line 1 has 2; write all lines alike, with tabs or with spaces");
    insta::assert_snapshot!(said("Ana\nlee\n"), @"a.txt:1: 1 column, but a token and its tag are required; separate them by a tab or spaces");
    insta::assert_snapshot!(said("# only this\n\n-DOCSTART- O\n"), @"a.txt: no sentence in the file; add one, or name another file in data.files");
    insta::assert_snapshot!(said("Ana PER\n"), @r#"a.txt:1: tag `PER` is not O, B-X or I-X; no tag has a prefix; set data.scheme = "types" to read types alone"#);
    insta::assert_snapshot!(message("a.txt", b"\xff\xfeA\0n\0", &settings()), @"a.txt:1: UTF-16, not UTF-8; convert the file, for example with `iconv -f utf-16 -t utf-8`");
    insta::assert_snapshot!(message("a.txt", b"Ana B-PER\nL\0 I-PER\n", &settings()), @"a.txt:2: the line contains a NUL byte; save the file as UTF-8 text");
    insta::assert_snapshot!(message("a.txt", b"Ana B-PER\nL\xf3pez I-PER\n", &settings()), @"a.txt:2: not UTF-8; convert the file, for example with `iconv -f latin1 -t utf-8`");
    insta::assert_snapshot!(message("a.txt", "\nAna B-PER\n", &columns(1, 3)), @"a.txt:2: no column 3: the line has 2; count columns from 1 in data.columns");
    insta::assert_snapshot!(message("a.txt", "Ana B-PER\n", &columns(2, 2)), @"a.txt: column 2 is both token and tag; set two columns in data.columns");
    insta::assert_snapshot!(message("a.jsonl", "{}", &columns(1, 2)), @r#"the columns of a.jsonl have names, not numbers; set data.columns = { token = "...", tag = "..." }"#);
    insta::assert_snapshot!(message("a.xlsx", "Ana,B-PER", &settings()), @"unsupported file type: a.xlsx; expected one of .parquet, .jsonl, .conll, .conllu, .tsv, .txt, .iob, .bio, .json, .ndjson, .csv, .iob2, .bioes, .annotated, .train, .dev, .test, .testa, .testb, .ann");
}

#[test]
fn json_lines_take_names_or_numbers_and_say_what_they_lack() {
    let numbers =
        "\u{feff}{\"words\": [\"Ana\", \"lee\"], \"labels\": [1, 0], \"id\": 7}\r\n\n{\"words\": [], \"labels\": []}";
    let labels = Some(["O", "B-PER"].map(str::to_owned).to_vec());
    let corpus = read("a.jsonl", numbers, &Data { labels, ..settings() }).unwrap();
    assert_eq!(shown(&corpus, Split::Train), "Ana/B-PER lee\n\n");
    insta::assert_snapshot!(message("a.jsonl", numbers, &settings()), @r#"a.jsonl has class numbers (0 to 1) without names; list the names in order: data.labels = ["O", "B-X1"], or in label.json beside the data"#);
    let said = |content: &str| message("a.jsonl", content, &settings());
    insta::assert_snapshot!(said("{\"tokens\": [\"a\"], \"ner_tags\": [\"O\"]}\n{\"tokens\": [\"a\"], \"ner\": [\"O\"]}"), @"a.jsonl:2: no key `ner_tags`, which the first object has, only `ner`, `tokens`; write all rows alike");
    insta::assert_snapshot!(said("{\"sentence\": \"a\"}"), @r#"a.jsonl:1: no column for words (`tokens`, `words`, `token`, `text`) among `sentence`; set data.columns = { token = "...", tag = "..." }"#);
    insta::assert_snapshot!(said("{\"tokens\": [\"a\"], \"ner_tags\": [\"O\"]"), @r#"a.jsonl:1: not a JSON object: EOF while parsing an object at column 35; write {"tokens": [...], "ner_tags": [...]} on each line, or an array of such objects"#);
    insta::assert_snapshot!(said("[\"a\"]"), @r#"a.jsonl, row 0: not a JSON object: found another value; write {"tokens": [...], "ner_tags": [...]} on each line, or an array of such objects"#);
    insta::assert_snapshot!(said("{\"tokens\": \"a b\", \"tags\": [\"O\"]}"), @"a.jsonl:1: `tokens` is not a list of strings; write a list of strings");
    insta::assert_snapshot!(said("{\"tokens\": [\"a\"], \"tags\": [0.5]}"), @"a.jsonl:1: `tags` is not a list of strings or integers; write a list of strings or integers");
    insta::assert_snapshot!(said("{\"tokens\": [\"a\"], \"tags\": []}"), @"a.jsonl:1: 1 tokens but 0 tags; give each token one tag");
    insta::assert_snapshot!(said("{\"tokens\": [\"a\"], \"tags\": [\"O\"]}\n{\"tokens\": [\"a\"], \"tags\": [0]}"), @"a.jsonl:2: the tags are numbers, unlike those before; write all rows alike");
    insta::assert_snapshot!(said("\n"), @"a.jsonl: no sentence in the file; add one, or name another file in data.files");
}

#[test]
fn a_mistake_in_each_scheme_is_named_with_its_line() {
    let lines = |tags: &str| tags.split(' ').map(|tag| format!("w {tag}\n")).collect::<String>();
    let said = |of: Scheme, tags: &str| message("a.conll", lines(tags), &scheme(of));
    insta::assert_snapshot!(said(Scheme::Iob2, "O I-PER"), @r#"a.conll:2: `I-PER` does not follow `B-PER` or `I-PER` (data.scheme = "iob2"); correct the tags, or set data.scheme to their scheme"#);
    insta::assert_snapshot!(said(Scheme::Iob1, "O B-PER I-PER"), @r#"a.conll:2: `B-PER` does not follow `B-PER` or `I-PER`: B- only separates adjacent entities of one type (data.scheme = "iob1"); correct the tags, or set data.scheme to their scheme"#);
    insta::assert_snapshot!(said(Scheme::Bioes, "O B-PER O"), @r#"a.conll:2: `B-PER` is not followed by `I-PER` or `E-PER` (data.scheme = "bioes"); correct the tags, or set data.scheme to their scheme"#);
    insta::assert_snapshot!(said(Scheme::Io, "I-PER B-PER"), @r#"a.conll:2: `B-PER` is not one of O, I-X (data.scheme = "io"); correct the tags, or set data.scheme to their scheme"#);
    let jsonl = "\n{\"tokens\": [\"a\", \"b\"], \"ner_tags\": [\"S-X\", \"E-X\"]}\n";
    insta::assert_snapshot!(message("a.jsonl", jsonl, &scheme(Scheme::Bioes)), @r#"a.jsonl:2: `E-X` does not follow `B-X` or `I-X` (data.scheme = "bioes"); correct the tags, or set data.scheme to their scheme"#);
}

#[test]
fn a_scheme_that_was_not_named_is_suggested() {
    insta::assert_snapshot!(message("a.conll", "a O\nb S-PER\n", &settings()), @r#"a.conll:2: tag `S-PER` is not O, B-X or I-X; set data.scheme = "bioes" to convert the tags"#);
    insta::assert_snapshot!(message("a.conll", "a O\nb I-PER\n", &settings()), @r#"a.conll has I- tags, but no tag of the data begins with B-; set data.scheme = "iob1" or "io" to convert the tags, or list the tags in data.labels"#);
    let given = Data { labels: Some(["O", "I-PER"].map(str::to_owned).to_vec()), ..settings() };
    assert_eq!(shown(&read("a.conll", "a O\nb I-PER\n", &given).unwrap(), Split::Train), "a b/I-PER\n");
    let lenient = read("a.conll", "a O\nb I-PER\nc B-LOC\n", &settings()).unwrap();
    assert_eq!(shown(&lenient, Split::Train), "a b/I-PER c/B-LOC\n", "as the data has them, where no scheme is named");
}

#[test]
fn types_are_mapped_in_every_split_and_touching_entities_stay_apart() {
    let mapped = |entries: &[(&str, &str)], scheme: Option<Scheme>| {
        load("iob2/train.conll", "iob2/test.conll", &Data { label_map: map(entries), scheme, ..settings() })
    };
    let corpus = mapped(&[("MISC", "O"), ("LOC", "place")], None);
    assert_eq!(corpus.labels.names(), ["O", "B-ORG", "I-ORG", "B-PER", "I-PER", "B-place"]);
    assert_eq!(corpus.notes, ["mapped types (LOC to place, MISC to O): 7 tags changed"]);
    assert!(shown(&corpus, Split::Test).contains("La feria Luna Clara es del Banco/B-ORG"));
    let swapped = mapped(&[("PER", "ORG"), ("ORG", "PER")], Some(Scheme::Iob2));
    assert!(shown(&swapped, Split::Train).contains("Llegan Ana/B-ORG Pedro/B-ORG y"), "no chain is followed");
    let merged = read("a.conll", "a B-GPE\nb B-LOC\n", &Data { label_map: map(&[("GPE", "LOC")]), ..settings() });
    assert_eq!(shown(&merged.unwrap(), Split::Train), "a/B-LOC b/B-LOC\n");
    let typo = Data { label_map: map(&[("MSIC", "O"), ("B-PER", "O")]), ..settings() };
    insta::assert_snapshot!(message("a.conll", "a B-MISC\nb B-PER\n", &typo), @"data.label_map maps B-PER, MSIC, but no tag has this type; the types are MISC, PER: correct the map");
}

#[test]
fn numbered_tags_are_converted_and_mapped_by_their_names() {
    let labels = Some(["O", "B-PER", "I-PER", "B-GPE", "I-GPE"].map(str::to_owned).to_vec());
    let content = "{\"tokens\": [\"a\", \"b\", \"c\"], \"tags\": [2, 2, 4]}";
    let data = Data { labels, scheme: Some(Scheme::Io), label_map: map(&[("GPE", "LOC")]), ..settings() };
    let corpus = read("a.jsonl", content, &data).unwrap();
    assert_eq!(corpus.labels.names(), ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"], "in the order of the numbers");
    assert_eq!(shown(&corpus, Split::Train), "a/B-PER b/I-PER c/B-LOC\n");
    insta::assert_snapshot!(message("a.jsonl", "{\"tokens\": [\"a\"], \"tags\": [5]}", &data), @"a.jsonl:1: tag `number 5` is not in the tag set (O, B-PER, I-PER, B-GPE, I-GPE); correct the tag, or add it to data.labels");
    let builtin =
        Data { dataset: Source::Builtin("es".to_owned()), label_map: map(&[("ORG", "O")]), ..Data::default() };
    let corpus = Corpus::load(&DataInputs::default(), &builtin).unwrap();
    assert_eq!(corpus.labels.names(), ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]);
    let files = Data { files: Some(Files::default()), ..builtin };
    insta::assert_snapshot!(Corpus::load(&DataInputs::default(), &files).unwrap_err(), @"builtin:es has no files; remove data.files");
}

#[test]
fn training_sentences_of_the_test_split_are_passed_over_and_the_order_stays() {
    let data = Data { dataset: Source::Builtin("es".to_owned()), ..Data::default() };
    let whole = Corpus::load(&DataInputs::default(), &data).unwrap();
    let less = Corpus::load(&DataInputs::default(), &Data { drop_test_overlap: true, ..data }).unwrap();
    let tested: Vec<&[String]> = whole.split(Split::Test).iter().map(|sentence| &sentence.words[..]).collect();
    let all = whole.training_rows(&rows(Size::All, 42)).unwrap();
    let train = whole.split(Split::Train);
    let wanted: Vec<u32> = all.into_iter().filter(|row| !tested.contains(&&train[*row as usize].words[..])).collect();
    assert!(wanted.len() < 3000);
    assert_eq!(less.training_rows(&rows(Size::All, 42)).unwrap(), wanted);
    assert_eq!(less.training_rows(&rows(Size::Rows(100), 42)).unwrap(), wanted[..100], "n rows are n rows");
    let dropped = 3000 - wanted.len();
    assert_eq!(less.notes, [format!("dropped {dropped} training sentences that are also in the test split")]);
    let error = less.training_rows(&rows(Size::Rows(3000), 42)).unwrap_err().to_string();
    let error = error.replace(&wanted.len().to_string(), "LEFT").replace(&dropped.to_string(), "DROPPED");
    insta::assert_snapshot!(error, @r#"data.train_size = 3000, but LEFT rows of the train split remain: data.drop_test_overlap removed DROPPED that are in the test split; lower it, or set it to "all""#);
}

#[test]
fn a_split_that_is_not_read_is_empty() {
    let inputs = DataInputs { test: vec![input(own("iob2/test.conll"))], ..DataInputs::default() };
    let corpus = Corpus::load(&inputs, &Data { train_size: Size::Rows(0), ..settings() }).unwrap();
    assert_eq!(corpus.split(Split::Train), []);
    assert_eq!(corpus.training(&rows(Size::Rows(0), 42)).unwrap(), Vec::<&Sentence>::new());
    assert_eq!(corpus.first(Split::Test, Size::All).unwrap().len(), 3);
}

/// As `label_all_tokens` of transformers' examples/pytorch/token-classification/run_ner.py: B-X goes on as I-X.
#[test]
fn all_tokens_of_a_word_learn_its_tag_and_the_first_alone_is_scored() {
    let labels = runner::data::Labels::new(["O", "B-PER", "I-PER", "B-LOC"].map(str::to_owned).to_vec()).unwrap();
    let sentence = |words: &[&str], tags: &[u16]| Sentence {
        words: words.iter().map(|w| (*w).to_owned()).collect(),
        tags: tags.to_vec(),
    };
    // no word of the vocabulary: letters after the first are tokens of their own
    let sentences = [sentence(&["Qzx", "kwq", "Qwk", "zq"], &[1, 2, 3, 0])];
    let encode =
        |tagged| Encoded::for_training(&sentences.each_ref(), &builtin::tokenizer(), 64, tagged, &labels).unwrap();
    let (first, all) = (encode(LabelPieces::First), encode(LabelPieces::All));
    assert_eq!(first, Encoded::new(&sentences.each_ref(), &builtin::tokenizer(), 64).unwrap());
    assert_eq!(all.ids, first.ids);
    let tokens = first.first_tokens(0).to_vec();
    assert_eq!(all.first_tokens(0), tokens);
    assert_eq!(all.scored_words(0), [0, 1, 2, 3]);
    let tags = [1, 2, 3, 0];
    let insides = [2, 2, 3, 0];
    let last = all.ids.len() - 1;
    let ends = tokens[1..].iter().copied().chain([last as u32]);
    let mut wanted = vec![NO_LABEL];
    for (word, (begin, end)) in tokens.iter().zip(ends).enumerate() {
        wanted.push(tags[word]);
        wanted.extend((begin + 1..end).map(|_| insides[word]));
    }
    wanted.push(NO_LABEL);
    assert!(wanted.len() > 6, "some word has several tokens: {wanted:?}");
    assert_eq!(all.labels, wanted);
    assert_eq!((first.labeled_tokens(0), all.labeled_tokens(0)), (4, last - 1));
}
