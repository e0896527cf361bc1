//! How public data sets are laid out, each as a small repository of its own: which files are read, and what is said where
//! the program cannot tell.

mod conversions;
mod formats;
mod spans;

use std::fmt::Write as _;
use std::path::Path;

use crate::loopback::{Faults, Loopback};
use crate::workshop::{Said, Workshop};

/// Files by name.
pub(crate) type Repository<'f> = Vec<(&'f str, Vec<u8>)>;

/// An experiment on `dataset` with these lines in `[data]`.
fn experiment(dataset: &str, data: &str) -> String {
    format!(
        "[data]\ndataset = \"{dataset}\"\n{data}\n\n[model]\ncheckpoint = \"builtin:tiny\"\nmax_length = 32\n\n[train]\nmax_steps = 1\nbatch_size = 2\n\n[save]\nmodels = \"none\"\n"
    )
}

/// `count` sentences in columns, no two alike; `name` is a word of all.
fn columns(name: &str, count: usize) -> Vec<u8> {
    let sentence = |at| format!("{name} B-PER\n{at} O\nLima B-LOC\n\n");
    (0..count).map(sentence).collect::<String>().into_bytes()
}

/// The same as JSON lines, with the tags as names, or as numbers of O, B-LOC, B-PER.
fn json(name: &str, count: usize, [words, tags]: [&str; 2], numbers: bool) -> Vec<u8> {
    let values = if numbers { "[2, 0, 1]" } else { r#"["B-PER", "O", "B-LOC"]"# };
    let mut lines = String::new();
    for at in 0..count {
        writeln!(lines, r#"{{"{words}": ["{name}", "{at}", "Lima"], "{tags}": {values}}}"#).unwrap();
    }
    lines.into_bytes()
}

/// The same as Parquet, tags as numbers.
fn parquet(name: &str, count: usize, features: Option<&str>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let numbers: Vec<String> = (0..count).map(|at| at.to_string()).collect();
    let words: Vec<Vec<&str>> = numbers.iter().map(|at| vec![name, at, "Lima"]).collect();
    let tags = crate::data::Tags::Numbers(vec![vec![2, 0, 1]; count]);
    crate::data::write_named(&path, ["tokens", "ner_tags"], &words, &tags, features);
    std::fs::read(path).unwrap()
}

/// What the program says, without line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `runner data` on `files` as the main branch of a repository of a hub.
fn on_the_hub(files: &Repository<'_>, data: &str) -> Said {
    let repository: Vec<(&str, &str, &[u8])> =
        files.iter().map(|(name, content)| ("datasets/me/mini", *name, content.as_slice())).collect();
    let hub = Loopback::start(&repository, Faults::default());
    let workshop = Workshop::new(&experiment("me/mini", data));
    workshop.runner_with("data grid.toml", &[("HF_ENDPOINT", &hub.endpoint), ("NO_PROXY", "127.0.0.1")])
}

/// The same on a local folder.
fn in_a_folder(files: &Repository<'_>, data: &str) -> Said {
    let workshop = Workshop::new(&experiment("./mini", data));
    for (name, content) in files {
        workshop.write(Path::new("mini").join(name).to_str().unwrap(), content);
    }
    workshop.runner("data grid.toml")
}

/// The sentences of each split (`3 1`), or what is wrong.
fn sentences(said: &Said) -> String {
    if said.status != 0 {
        let said = flat(&said.err);
        // without the progress of a fetch
        return said.split_once("error: ").map_or(said.clone(), |(_, error)| error.to_owned());
    }
    let counts = said.out.lines().find_map(|line| line.strip_prefix("sentences ")).unwrap_or_default();
    flat(counts)
}

/// A count of the table that `runner data` prints, for each split.
fn count(said: &Said, name: &str) -> String {
    let line = said.out.lines().find_map(|line| line.strip_prefix(name));
    flat(line.unwrap_or_else(|| panic!("no {name}: {}{}", said.out, said.err)))
}

/// [`sentences`] of both, which have to agree.
fn both(files: &Repository<'_>, data: &str) -> String {
    // an error ends with where its file lies, which is in the cache or in the folder
    let apart = |said: String| said.split(" (file: ").next().unwrap_or_default().to_owned();
    let hub = apart(sentences(&on_the_hub(files, data)));
    assert_eq!(apart(sentences(&in_a_folder(files, data))), hub.replace("me/mini", "./mini"), "{data}");
    hub
}

#[test]
fn a_folder_of_a_split_has_several_files() {
    let twitter = vec![
        ("train/a.conll", columns("Ana", 2)),
        ("train/b.conll", columns("Bea", 3)),
        ("dev/h.conll", columns("Dan", 4)),
        ("test/f.conll", columns("Eva", 1)),
    ];
    assert_eq!(both(&twitter, "validation_size = \"all\""), "5 4 1");
    assert_eq!(both(&twitter, "files = { train = \"train/*.conll\", test = \"test/f.conll\" }"), "5 1");
    assert_eq!(both(&twitter, "files = { train = [\"train/b.conll\", \"dev/*\"], test = \"test/f.conll\" }"), "7 1");
    let said = both(&twitter, "files = { train = \"train/*.jsonl\", test = \"test/f.conll\" }");
    assert!(said.contains("no data file matches `train/*.jsonl`; use one of dev/h.conll,"), "{said}");
    let twice = both(&twitter, "files = { train = [\"train/a.conll\", \"train/*\"], test = \"test/f.conll\" }");
    assert!(twice.contains("data.files names `train/a.conll` twice for the train split; name it once"), "{twice}");
}

#[test]
fn a_language_is_a_folder_a_part_of_a_name_or_a_configuration() {
    let multiconer = vec![
        ("EN-English/en_train.conll", columns("Ana", 3)),
        ("EN-English/en_test.conll", columns("Eva", 2)),
        ("ES-Espanol/es_train.conll", columns("Luz", 5)),
        ("ES-Espanol/es_test.conll", columns("Paz", 4)),
    ];
    assert_eq!(both(&multiconer, "language = \"EN-English\""), "3 2");
    let said = both(&multiconer, "");
    assert!(said.contains("set data.language to one of EN-English, ES-Espanol"), "{said}");
    let multinerd = vec![
        ("train/train_en.jsonl", json("Ana", 3, ["tokens", "ner_tags"], false)),
        ("train/train_de.jsonl", json("Uta", 4, ["tokens", "ner_tags"], false)),
        ("test/test_en.jsonl", json("Eva", 1, ["tokens", "ner_tags"], false)),
        ("test/test_de.jsonl", json("Udo", 2, ["tokens", "ner_tags"], false)),
    ];
    assert_eq!(both(&multinerd, "language = \"de\""), "4 2");
    let said = both(&multinerd, "");
    assert!(said.contains("the train split has several parts: de, en; set data.language to one of them"), "{said}");
}

#[test]
fn a_readme_says_which_files_a_configuration_has() {
    let readme = "---\nconfigs:\n- config_name: clean\n  default: true\n  data_files:\n  - split: train\n    path: [parts/p1.jsonl, parts/p0.jsonl]\n  - split: eval\n    path: parts/held*\n- config_name: noisy\n  data_files:\n  - split: train\n    path: noisy.jsonl\n  - split: test\n    path: parts/held.jsonl\n---\n";
    let files = vec![
        ("README.md", readme.as_bytes().to_vec()),
        ("parts/p0.jsonl", json("Ana", 3, ["tokens", "ner_tags"], false)),
        ("parts/p1.jsonl", json("Bea", 4, ["tokens", "ner_tags"], false)),
        ("parts/held.jsonl", json("Eva", 2, ["tokens", "ner_tags"], false)),
        ("noisy.jsonl", json("Luz", 6, ["tokens", "ner_tags"], false)),
        ("train.jsonl", json("Old", 9, ["tokens", "ner_tags"], false)),
        ("test.jsonl", json("Old", 9, ["tokens", "ner_tags"], false)),
    ];
    assert_eq!(both(&files, ""), "7 2");
    assert_eq!(both(&files, "language = \"noisy\""), "6 2");
    let said = both(&files, "language = \"dirty\"");
    assert!(said.contains("no configuration `dirty`; set data.language to one of clean, noisy"), "{said}");
    let said = both(&files, "language = \"noisy\"\nvalidation_size = \"all\"");
    assert!(said.contains("the configuration `noisy` has no validation split, only train, test"), "{said}");
}

#[test]
fn the_lock_keeps_what_a_readme_said() {
    let readme = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: one.jsonl\n  - split: test\n    path: two.jsonl\n---\n";
    let workshop = Workshop::new(&experiment("./mini", ""));
    workshop.write("mini/README.md", readme);
    workshop.write("mini/one.jsonl", json("Ana", 3, ["tokens", "ner_tags"], false));
    workshop.write("mini/two.jsonl", json("Eva", 2, ["tokens", "ner_tags"], false));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let lock = workshop.read("results/grid/lock.toml");
    assert!(lock.contains("[input.splits.\"\"]\ntest = [\"two.jsonl\"]\ntrain = [\"one.jsonl\"]\n"), "{lock}");
    let again = workshop.runner("run grid.toml");
    assert_eq!(again.status, 0, "{}", again.err);
    assert_eq!(workshop.read("results/grid/lock.toml"), lock);
    assert_eq!(workshop.runner("verify results/grid").status, 0);
    // the same files under usual names are the same job, and their lock needs no splits
    let usual = Workshop::new(&experiment("./mini", ""));
    usual.write("mini/train.jsonl", json("Ana", 3, ["tokens", "ner_tags"], false));
    usual.write("mini/test.jsonl", json("Eva", 2, ["tokens", "ner_tags"], false));
    assert_eq!(usual.runner("run grid.toml").status, 0);
    assert!(!usual.read("results/grid/lock.toml").contains("splits"));
    let key = |workshop: &Workshop| {
        let job = workshop.jobs("results/grid").remove(0);
        workshop.cell("results/grid", &job, "key").unwrap()
    };
    assert_eq!(key(&workshop), key(&usual));
}

#[test]
fn splits_have_many_names() {
    let any = |names: [&'static str; 3]| {
        let [train, validation, test] = names;
        vec![(train, columns("Ana", 5)), (validation, columns("Dan", 3)), (test, columns("Eva", 2))]
    };
    for names in [
        ["train.conll", "val.conll", "test.conll"],
        ["training.tsv", "devel.tsv", "testing.tsv"],
        ["data/train.iob2", "data/dev.iob2", "data/eval.iob2"],
        ["ner-train.bio", "ner-valid.bio", "ner-evaluation.bio"],
        ["corpus/train.txt", "corpus/dev.txt", "corpus/test.txt"],
    ] {
        assert_eq!(both(&any(names), "validation_size = \"all\""), "5 3 2", "{names:?}");
    }
    let years = any(["dataset/train_2020.conll", "dataset/valid_2020.conll", "dataset/test_2021.conll"]);
    let named = "splits = { train = \"train_2020\", test = \"test_2021\" }";
    assert_eq!(both(&years, named), "5 2");
    let said = both(&years, "splits = { train = \"train_2019\", test = \"test_2021\" }");
    assert!(
        said.contains("no files of the splits `train_2019`, `test_2021` of data.splits among dataset/test_2021.conll,"),
        "{said}"
    );
    let shards = vec![
        ("dataset/train00.json", json("Ana", 2, ["tokens", "tags"], true)),
        ("dataset/train01.json", json("Bea", 3, ["tokens", "tags"], true)),
        ("dataset/test.json", json("Eva", 1, ["tokens", "tags"], true)),
        ("dataset/label.json", br#"{"O": 0, "B-LOC": 1, "B-PER": 2}"#.to_vec()),
    ];
    assert_eq!(both(&shards, ""), "5 1");
}

#[test]
fn what_is_odd_in_the_rows_is_counted() {
    let train = "Ana B-PER\nlee O\n\nAna B-PER\nlee O\n\nEva I-PER\n\u{200b} O\nen I-LOC\n\n";
    let files = vec![("train.conll", train.as_bytes().to_vec()), ("test.conll", b"Ana B-PER\nlee O\n".to_vec())];
    let said = in_a_folder(&files, "");
    assert_eq!(count(&said, "repeated sentences"), "1 0");
    assert_eq!(count(&said, "stray I- tags"), "2 0");
    assert_eq!(count(&said, "words of control characters"), "1 0");
    assert!(flat(&said.out).contains("Test sentences also in the training subset: 1"), "{}", said.out);
}
