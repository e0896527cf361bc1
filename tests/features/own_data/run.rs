//! Experiments over files of one's own, in every format, to the tables.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workshop::{Said, Workshop};

const MODEL: &str = r#"
[model]
checkpoint = "builtin:tiny"
max_length = 32

[train]
max_steps = 2
learning_rate = 2e-3
"#;

/// The files of `tests/own_data`, and an experiment of these data and axes.
fn workshop(data: &str, matrix: &str) -> Workshop {
    let workshop = Workshop::new(&format!("{data}\n{MODEL}\n{matrix}"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/own_data");
    let sorted = |folder: &Path| {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    for folder in sorted(&root).into_iter().filter(|path| path.is_dir()) {
        for file in sorted(&folder) {
            let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            workshop.write(&name, fs::read(&file).unwrap());
        }
    }
    workshop
}

fn run(workshop: &Workshop) -> Said {
    let said = workshop.runner("run grid.toml --threads 1");
    assert_eq!(said.status, 0, "{}", said.err);
    said
}

fn cells(workshop: &Workshop, column: &str) -> Vec<String> {
    let jobs = workshop.jobs("results/grid");
    jobs.iter().map(|job| workshop.cell("results/grid", job, column).unwrap()).collect()
}

/// The contents of the gold files, by name.
fn gold(workshop: &Workshop) -> Vec<String> {
    let files = workshop.committed("results/grid").into_iter();
    let gold = files.filter(|(name, _)| name.starts_with("predictions/gold-"));
    gold.map(|(_, content)| String::from_utf8(content).unwrap()).collect()
}

#[test]
fn one_text_in_four_formats_trains_one_model() {
    let labels = r#"labels = ["O", "B-LOC", "I-LOC", "B-MISC", "I-MISC", "B-ORG", "I-ORG", "B-PER", "I-PER"]"#;
    let matrix = r#"
[[matrix.zip]]
data.dataset = ["./iob2", "./iob1", "./bioes", "./jsonl"]
data.scheme = ["iob2", "iob1", "bioes", "iob2"]
data.files = [
    { train = "train.conll", test = "test.conll" },
    { train = "esp.train", test = "esp.testb" },
    { train = "train.txt", test = "test.txt" },
    { train = "./train.jsonl", test = "test.jsonl" },
]
"#;
    let workshop = workshop(&format!("[data]\n{labels}\n"), matrix);
    workshop.write("grid.toml", workshop.read("grid.toml").replace("max_steps = 2", "max_steps = 60"));
    let said = run(&workshop);
    let job = "dataset=./bioes,scheme=bioes,files={test=test.txt,train=train.txt}";
    assert!(said.err.contains(&format!("{job}: converted tags from bioes to iob2: 14 changed\n")), "{}", said.err);
    for column in ["train_loss", "test_entity_f1", "test_token_f1_macro"] {
        let values = cells(&workshop, column);
        assert_eq!(values, vec![values[0].clone(); 4], "{column}");
    }
    let gold = gold(&workshop);
    assert_eq!(gold, vec![gold[0].clone(); 4]);
    insta::assert_snapshot!(gold[0], @r"
    B-PER I-PER O O B-LOC O
    O O B-MISC I-MISC O O B-ORG I-ORG I-ORG O
    O B-PER B-PER I-PER O
    ");
    let again = workshop.runner(&format!("plan grid.toml --only {job}"));
    assert!(again.out.contains("done"), "{}", again.out);
}

#[test]
fn germeval_is_read_by_its_columns() {
    let data = r#"
[data]
dataset = "./germeval"
columns = { token = 2, tag = 3 }

[data.files]
train = "NER-de-train.tsv"
test = "NER-de-test.tsv"
"#;
    let workshop = workshop(data, "[matrix]\ndata.columns = [{ token = 2, tag = 3 }, { token = 2, tag = 4 }]");
    run(&workshop);
    assert_eq!(
        workshop.jobs("results/grid"),
        ["columns={tag=3,token=2}", "columns={tag=4,token=2}"],
        "outer and inner annotation"
    );
    let keys = cells(&workshop, "key");
    assert_ne!(keys[0], keys[1]);
    let mut gold = gold(&workshop);
    gold.sort();
    assert_eq!(gold, ["B-PER O O B-LOC O\nO B-ORG I-ORG O O\n", "O O O O O\nO O B-LOC O O\n"]);
}

#[test]
fn conllu_is_read_by_its_columns_and_says_what_it_leaves_out() {
    let workshop = workshop("[data]\ndataset = \"./conllu\"\ncolumns = { token = 2, tag = 10 }", "");
    run(&workshop);
    assert_eq!(gold(&workshop), ["B-PER O O O B-ORG I-ORG O\n"]);
    let said = workshop.runner("data grid.toml").out;
    assert!(said.contains("Note: train.conllu: skipped 3 CoNLL-U word ranges and empty nodes\n"), "{said}");
}

#[test]
fn inside_tags_alone_are_converted() {
    let workshop = workshop("[data]\ndataset = \"./io\"\nscheme = \"io\"", "");
    run(&workshop);
    assert!(gold(&workshop)[0].ends_with("O B-PER I-PER I-PER O\n"));
    let said = workshop.runner("data grid.toml").out;
    assert!(said.contains("Note: converted tags from io to iob2: "), "{said}");
}

#[test]
fn a_mistake_in_a_scheme_fails_its_job_with_file_and_line() {
    let workshop = workshop("[data]\nscheme = \"bioes\"", "[matrix]\ndata.dataset = [\"./bad\", \"./bioes\"]");
    let text = workshop.read("bioes/train.txt");
    workshop.write("bad/train.txt", text.replace("Ruiz E-PER", "Ruiz I-PER"));
    workshop.write("bad/test.txt", workshop.read("bioes/test.txt"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    insta::assert_snapshot!(cells(&workshop, "error")[0], @r#"data-scheme: train.txt:2: `I-PER` is not followed by `I-PER` or `E-PER` (data.scheme = "bioes"); correct the tags, or set data.scheme to their scheme"#);
    assert_eq!(cells(&workshop, "status"), ["failed", "ok"]);
    assert!(said.err.contains("file: bad/train.txt\n"), "{}", said.err);
}

#[test]
fn a_map_of_types_is_an_axis_like_any_other() {
    let matrix = "[matrix]\ndata.label_map = [{}, { MISC = \"LOC\" }, { MISC = \"PER\" }]";
    let workshop = workshop("[data]\ndataset = \"./iob2\"", matrix);
    run(&workshop);
    let jobs = ["label_map={}", "label_map={MISC=LOC}", "label_map={MISC=PER}"];
    assert_eq!(workshop.jobs("results/grid"), jobs);
    assert_eq!(cells(&workshop, "data.label_map"), ["{}", "{MISC=LOC}", "{MISC=PER}"]);
    let mut gold = gold(&workshop);
    gold.sort();
    gold.dedup();
    assert_eq!(gold.len(), 3, "two maps onto one tag set are two golds");
    let entities = workshop.read("results/grid/per_entity.csv");
    let types = |job: &str| entities.lines().filter(|line| line.contains(job) && line.contains(",MISC,")).count();
    assert!(types(jobs[0]) > 0 && types(jobs[1]) == 0, "{entities}");
    let only = workshop.runner("plan grid.toml --only label_map={MISC=PER}");
    assert_eq!(only.status, 0, "{}", only.err);
    let typo = workshop.runner("run grid.toml --set matrix.data.label_map=[{MSIC=\"O\"},{}]");
    assert_eq!(typo.status, 1, "{}", typo.err);
    let results = fs::read_dir(workshop.path("results")).unwrap().map(|entry| entry.unwrap().path());
    let typo = results.filter(|path| *path != workshop.path("results/grid")).map(|path| path.join("results.csv"));
    let table = fs::read_to_string(typo.collect::<Vec<_>>().pop().unwrap()).unwrap();
    assert!(table.contains("data-label-map: data.label_map maps MSIC, but no tag has this type"), "{table}");
}

#[test]
fn training_sentences_of_the_test_split_can_be_left_out() {
    let data = "[data]\ndataset = \"builtin:es\"\ntrain_size = 300\ntest_size = 400";
    let workshop = workshop(data, "[matrix]\ndata.drop_test_overlap = [false, true]");
    run(&workshop);
    let overlap = cells(&workshop, "test_in_train");
    assert!(overlap[0].parse::<u32>().unwrap() > 0, "{overlap:?}");
    assert_eq!(overlap[1], "0");
    assert_eq!(cells(&workshop, "train_size"), ["300", "300"]);
    let said = workshop.runner("data grid.toml").out;
    assert!(said.contains(" training sentences that are also in the test split\n"), "{said}");
    // the comparison wants the test file though nothing of it is scored
    let said = workshop.runner("run grid.toml --set data.test_size=0 --name unscored");
    assert_eq!(said.status, 0, "{}", said.err);
    let lock = workshop.read("results/unscored/lock.toml");
    assert!(lock.contains("test.tsv"), "{lock}");
}

#[test]
fn all_tokens_of_a_word_can_learn_its_tag() {
    let workshop = workshop("[data]\ndataset = \"./iob2\"", "[matrix]\ndata.label_pieces = [\"first\", \"all\"]");
    run(&workshop);
    let losses = cells(&workshop, "train_loss");
    assert_ne!(losses[0], losses[1]);
    let unseen = cells(&workshop, "words_unseen");
    assert_eq!(unseen, ["0", "0"]);
}

#[test]
fn files_that_are_not_there_stop_the_run_before_it_begins() {
    let workshop = workshop("[data]\ndataset = \"./iob1\"", "");
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(workshop.redacted(&said.err), @r#"
    error: 1 input is missing; nothing was started
      - data set ./iob1: no train file, such as train.parquet or train.conll, among esp.testb,
        esp.train; add one, or name one of these in data.files
    "#);
    workshop.write(
        "named.toml",
        workshop.read("grid.toml").replace("[model]", "files = { train = \"esp.trian\" }\n[model]"),
    );
    let said = workshop.runner("run named.toml");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(workshop.redacted(&said.err), @r#"
    error: 1 input is missing; nothing was started
      - data set ./iob1: data.files names `esp.trian`, an unsupported file type; expected one of
        .parquet, .jsonl, .conll, .conllu, .tsv, .txt, .iob, .bio, .json, .ndjson, .csv, .iob2, .bioes,
        .annotated, .train, .dev, .test, .testa, .testb, .ann; or set data.format
    "#);
    workshop
        .write("typo.toml", workshop.read("grid.toml").replace("[model]", "columns = { tokn = 2, tag = 0 }\n[model]"));
    let said = workshop.runner("run typo.toml");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(workshop.redacted(&said.err), @r#"
      × `data.columns` takes a table of token or tag, each with a whole number from 1 or a name, not
      │ { tag = 0, tokn = 2 }
       ╭─[typo.toml:4:11]
     3 │
     4 │ columns = { tokn = 2, tag = 0 }
       ·           ──────────┬──────────
       ·                     ╰── `tag` takes a whole number from 1 or a name
     5 │ [model]
       ╰────

    1 problem; nothing was started or written
    "#);
}

#[test]
fn the_class_of_a_tokenizer_and_its_case_are_said() {
    let workshop = workshop("[data]\ndataset = \"./conllu\"\ncolumns = { token = 2, tag = 10 }", "");
    let experiment = fs::read_to_string(workshop.path("grid.toml")).unwrap();
    workshop.write("grid.toml", experiment.replace("builtin:tiny", "./model"));
    workshop.write("model/config.json", r#"{"model_type": "bert"}"#);
    workshop.write("model/model.safetensors", "not read");
    workshop.write("model/tokenizer.json", runner::data::builtin::tokenizer_json());
    let said = workshop.runner("data grid.toml");
    assert!(
        said.out.contains("Tokenizer: BertTokenizer; it keeps capitals (model.tokenizer = \"file\")\n"),
        "{}{}",
        said.out,
        said.err
    );
    assert!(said.out.contains("Note: do_lower_case is not set, so words keep capitals"), "{}{}", said.out, said.err);
    let said = workshop.runner("data grid.toml --set model.tokenizer=\"transformers\"");
    assert!(
        said.out.contains("Tokenizer: BertTokenizer; it lower-cases words (model.tokenizer = \"transformers\")\n"),
        "{}{}",
        said.out,
        said.err
    );
}
