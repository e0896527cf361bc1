//! The hub's conversion to Parquet in place of a loading script, and the names of class numbers.

use super::{Repository, columns, experiment, flat, json, on_the_hub, parquet, sentences};
use crate::loopback::{COMMIT, Faults, Loopback, OTHER_COMMIT};
use crate::workshop::{Said, Workshop};

const FEATURES: &str = r#"{"info": {"features": {"ner_tags": {"feature": {"names": ["O", "B-LOC", "B-PER"], "_type": "ClassLabel"}, "_type": "List"}}}}"#;
const LABELS: &[u8] = br#"{"O": 0, "B-LOC": 1, "B-PER": 2}"#;

/// A hub with a main branch and another one.
fn hub(main: &Repository<'_>, branch: &str, other: &Repository<'_>) -> Loopback {
    let at = format!("datasets/me/mini@{branch}");
    let mut files: Vec<(&str, &str, &[u8])> = Vec::new();
    files.extend(main.iter().map(|(name, content)| ("datasets/me/mini", *name, content.as_slice())));
    files.extend(other.iter().map(|(name, content)| (at.as_str(), *name, content.as_slice())));
    Loopback::start(&files, Faults::default())
}

fn run(workshop: &Workshop, hub: &Loopback, line: &str) -> Said {
    workshop.runner_with(line, &[("HF_ENDPOINT", &hub.endpoint), ("NO_PROXY", "127.0.0.1")])
}

fn script() -> Repository<'static> {
    vec![("mini.py", b"import datasets".to_vec()), ("README.md", b"# Mini".to_vec())]
}

#[test]
fn a_loading_script_is_replaced_by_the_conversion_and_both_commits_are_pinned() {
    let converted = vec![
        ("conll/train/0000.parquet", parquet("Ana", 3, Some(FEATURES))),
        ("conll/test/0000.parquet", parquet("Eva", 2, Some(FEATURES))),
    ];
    let hub = hub(&script(), "refs/convert/parquet", &converted);
    let workshop = Workshop::new(&experiment("me/mini", ""));
    let said = run(&workshop, &hub, "data grid.toml");
    assert_eq!(sentences(&said), "3 2");
    assert!(
        flat(&said.err).contains("me/mini: the main branch has the loading script mini.py, which is not run; using the hub's conversion to Parquet (refs/convert/parquet)"),
        "{}",
        said.err
    );
    assert_eq!(run(&workshop, &hub, "run grid.toml").status, 0);
    let lock = workshop.read("results/grid/lock.toml");
    assert!(lock.contains(&format!("revision = \"main\"\ncommit = \"{COMMIT}\"")), "{lock}");
    assert!(lock.contains(&format!("revision = \"refs/convert/parquet\"\ncommit = \"{OTHER_COMMIT}\"")), "{lock}");
    // the lock and the cache serve the next run, without the hub
    let again = workshop.runner("run grid.toml --offline");
    assert_eq!(again.status, 0, "{}", again.err);
    assert_eq!(workshop.read("results/grid/lock.toml"), lock);
    let verified = workshop.runner("verify results/grid");
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    std::fs::remove_dir_all(workshop.path("results")).unwrap();
    let cached = workshop.runner("data grid.toml --offline");
    assert_eq!(sentences(&cached), "3 2", "from the cache alone");
}

#[test]
fn the_main_branch_names_the_classes_of_its_conversion() {
    let converted =
        vec![("mini/train/0000.parquet", parquet("Ana", 3, None)), ("mini/test/0000.parquet", parquet("Eva", 2, None))];
    let mut main = script();
    main.push(("label.json", LABELS.to_vec()));
    let with_labels = hub(&main, "refs/convert/parquet", &converted);
    let workshop = Workshop::new(&experiment("me/mini", ""));
    assert_eq!(sentences(&run(&workshop, &with_labels, "data grid.toml")), "3 2");
    let readme = "---\ndataset_info:\n  features:\n  - name: ner_tags\n    list:\n      class_label:\n        names:\n          '0': O\n          '1': B-LOC\n          '2': B-PER\n---\n";
    let main = vec![("mini.py", Vec::new()), ("README.md", readme.as_bytes().to_vec())];
    let in_readme = hub(&main, "refs/convert/parquet", &converted);
    for data in ["", "revision = \"refs/convert/parquet\"\nlanguage = \"mini\""] {
        let workshop = Workshop::new(&experiment("me/mini", data));
        assert_eq!(sentences(&run(&workshop, &in_readme, "data grid.toml")), "3 2", "{data}");
    }
    let nowhere = hub(&script(), "refs/convert/parquet", &converted);
    let said = run(&Workshop::new(&experiment("me/mini", "")), &nowhere, "data grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(
        flat(&said.err).contains(r#"has class numbers (0 to 2) without names; list the names in order: data.labels = ["O", "B-X1", "I-X1"], or in label.json beside the data"#),
        "{}",
        said.err
    );
}

#[test]
fn a_script_without_a_conversion_is_said_with_what_to_do() {
    let none = vec![("x", Vec::new())];
    let hub = hub(&script(), "another", &none);
    let said = run(&Workshop::new(&experiment("me/mini", "")), &hub, "data grid.toml");
    let said = flat(&said.err);
    assert!(
        said.contains("the loading script mini.py is not run, and the hub has no conversion to Parquet of it; look for a copy of the data set in Parquet"),
        "{said}"
    );
}

#[test]
fn configurations_of_a_conversion_are_listed() {
    let converted = vec![
        ("English (EN)/train/0000.parquet", parquet("Ana", 3, Some(FEATURES))),
        ("English (EN)/test/0000.parquet", parquet("Eva", 2, Some(FEATURES))),
        ("German (DE)/train/0000.parquet", parquet("Uta", 4, Some(FEATURES))),
    ];
    let mut main = script();
    main.push(("EN-English/en_train.conll", columns("Ana", 9)));
    let hub = hub(&main, "refs/convert/parquet", &converted);
    let english = Workshop::new(&experiment("me/mini", "language = \"English (EN)\""));
    assert_eq!(sentences(&run(&english, &hub, "data grid.toml")), "3 2");
    let none = run(&Workshop::new(&experiment("me/mini", "language = \"xx\"")), &hub, "data grid.toml");
    let none = flat(&none.err);
    assert!(none.contains("no language `xx`; set data.language to one of English (EN), German (DE)"), "{none}");
}

#[test]
fn a_language_beside_the_splits_of_a_conversion_chooses_them() {
    let converted = vec![
        ("default/train_de/0000.parquet", parquet("Uta", 4, Some(FEATURES))),
        ("default/train_en/0000.parquet", parquet("Ana", 3, Some(FEATURES))),
        ("default/test_de/0000.parquet", parquet("Udo", 1, Some(FEATURES))),
        ("default/test_en/0000.parquet", parquet("Eva", 2, Some(FEATURES))),
    ];
    let hub = hub(&script(), "refs/convert/parquet", &converted);
    let german = Workshop::new(&experiment("me/mini", "language = \"de\""));
    assert_eq!(sentences(&run(&german, &hub, "data grid.toml")), "4 1");
    let two = Workshop::new(&experiment("me/mini", "splits = { train = \"train_en\", test = \"test_de\" }"));
    assert_eq!(sentences(&run(&two, &hub, "data grid.toml")), "3 1");
}

#[test]
fn numbers_get_the_names_in_the_text_of_a_readme_to_paste() {
    let readme = "# Mini\nThe labels:\n```\n{\n  \"O\": 0,\n  \"B-LOC\": 1,\n  \"B-PER\": 2\n}\n```\n";
    let numbers = |name, rows| json(name, rows, ["tokens", "ner_tags"], true);
    let files = vec![
        ("README.md", readme.as_bytes().to_vec()),
        ("train.jsonl", numbers("Ana", 3)),
        ("test.jsonl", numbers("Eva", 2)),
    ];
    let said = flat(&on_the_hub(&files, "").err);
    let line = r#"data.labels = ["O", "B-LOC", "B-PER"]"#;
    assert!(
        said.contains(&format!("list the names in order, as the text of the README seems to have them: {line}")),
        "{said}"
    );
    assert_eq!(sentences(&on_the_hub(&files, line.strip_prefix("data.").unwrap())), "3 2");
}

#[test]
fn files_of_names_go_by_many_names() {
    let numbers = |name, rows| json(name, rows, ["tokens", "ner_tags"], true);
    for (name, content) in [
        ("label.json", LABELS),
        ("label2id.json", LABELS),
        ("dataset/label.json", LABELS),
        ("labels.txt", b"O\nB-LOC\nB-PER\n".as_slice()),
        ("labels_list.txt", b"O\nB-LOC\nB-PER\n".as_slice()),
    ] {
        let files = vec![
            (name, content.to_vec()),
            ("data/train.jsonl", numbers("Ana", 3)),
            ("data/test.jsonl", numbers("Eva", 2)),
        ];
        assert_eq!(sentences(&on_the_hub(&files, "")), "3 2", "{name}");
    }
}
