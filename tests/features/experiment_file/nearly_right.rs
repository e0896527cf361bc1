//! What is said of files that are nearly right: what it is, where, and what to do. Nothing runs.

use crate::workshop::Workshop;

const EXPERIMENT: &str = r#"
[data]
dataset = "./data"
DATA
[model]
checkpoint = "./model"
max_length = 16
[train]
max_steps = 2
"#;

/// An experiment over `files` and a sound checkpoint; `data`: keys of `[data]`.
fn workshop(data: &str, files: &[(&str, &str)]) -> Workshop {
    let workshop = Workshop::new(&EXPERIMENT.replace("DATA", data));
    workshop.write_checkpoint("model", 8);
    files.iter().for_each(|(name, content)| workshop.write(name, content));
    workshop
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why `plan` calls the job invalid.
fn invalid(data: &str, files: &[(&str, &str)]) -> String {
    let plan = workshop(data, files).runner("plan grid.toml");
    assert_eq!(plan.status, 1, "{}{}", plan.out, plan.err);
    let said = words(&plan.out);
    said.split_once("invalid: base: ").unwrap_or_else(|| panic!("{said}")).1.to_owned()
}

/// The same of a data set whose training split is this file.
fn train(name: &str, content: &str) -> String {
    invalid("test_size = 0", &[(&format!("data/{name}"), content)])
}

#[test]
fn tags_before_the_tokens_are_told_with_the_columns_to_write() {
    insta::assert_snapshot!(train("train.conll", "B-PER Ana\nO lee\n\nB-LOC Lima\n"), @"train.conll:1: column 1 has the tags, and the last, 2, has no tags; set data.columns = { token = 2, tag = 1 } (file: data/train.conll)");
    insta::assert_snapshot!(train("train.txt", "B-PER\tN\tAna\nO\tV\tlee\n"), @"train.txt:1: column 1 has the tags, and the last, 3, has no tags; set data.columns = { token = 3, tag = 1 } or { token = 2, tag = 1 } (file: data/train.txt)");
    insta::assert_snapshot!(train("train.csv", "B-PER,Ana\nO,lee\n,\nB-LOC,Lima\n"), @"train.csv:1: column 1 has the tags, and the last, 2, has no tags; set data.columns = { token = 2, tag = 1 } (file: data/train.csv)");
    let chosen = "columns = { token = 2, tag = 1 }\ntest_size = 0";
    for (name, content) in [("data/train.conll", "B-PER Ana\nO lee\n"), ("data/train.csv", "B-PER,Ana\n,\nO,lee\n")] {
        let plan = workshop(chosen, &[(name, content)]).runner("plan grid.toml");
        assert_eq!(plan.status, 0, "{}", plan.out);
    }
}

#[test]
fn a_file_without_a_column_of_tags_asks_for_one() {
    let bare = "1\tAna\tAna\tPROPN\t_\t_\t0\troot\t_\t_\n2\tlee\tleer\tVERB\t_\t_\t1\tx\t_\t_\n";
    insta::assert_snapshot!(train("train.conllu", bare), @"train.conllu: the first column numbers the words; set data.columns = { token = 2, tag = N }, where N is the column of the tags (file: data/train.conllu)");
}

#[test]
fn a_column_named_twice_is_refused() {
    insta::assert_snapshot!(train("train.csv", "sentence_id,token,tag,Tag\n1,Ana,B-PER,O\n2,Lima,B-LOC,O\n"), @"train.csv:1: columns 3 and 4 are both named `tag`; give the column to read a unique name (file: data/train.csv)");
    insta::assert_snapshot!(train("train.tsv", "token\ttag\ttoken\nAna\tB-PER\tAna\n\nlee\tO\tx\n"), @"train.tsv:1: columns 1 and 3 are both named `token`; give the column to read a unique name (file: data/train.tsv)");
    let files = [("data/train.csv", "sentence_id,token,tag,Tag\n1,Ana,B-PER,O\n2,Lima,B-LOC,O\n")];
    let chosen =
        workshop("columns = { token = \"token\", tag = \"Tag\" }\ntest_size = 0", &files).runner("plan grid.toml");
    assert_eq!(chosen.status, 0, "{}", chosen.out);
    let other = [("data/train.csv", "sentence_id,token,x,x,tag\n1,Ana,a,b,B-PER\n2,Lima,a,b,B-LOC\n")];
    assert_eq!(workshop("test_size = 0", &other).runner("plan grid.toml").status, 0, "columns that are not read");
}

#[test]
fn the_label_that_the_loss_ignores_is_told_from_a_tag() {
    insta::assert_snapshot!(train("train.jsonl", "{\"tokens\": [\"[CLS]\", \"Ana\"], \"ner_tags\": [-100, 1]}\n"), @"train.jsonl:1: -100 marks ignored tokens and is not a tag; use the data from before tokenization (file: data/train.jsonl)");
    let wanted = "-100 marks ignored tokens and is not a tag";
    assert!(train("train.conll", "Ana B-PER\n[SEP] -100\n").contains(wanted));
    for scheme in ["types", "bioes", "iob1"] {
        let data = format!("scheme = \"{scheme}\"\ntest_size = 0");
        let said = invalid(&data, &[("data/train.conll", "Ana -100\nLima PER\n")]);
        assert!(said.starts_with(&format!("train.conll:1: {wanted}")), "{scheme}: {said}");
    }
}

#[test]
fn json_around_the_rows_is_told_with_the_way_out() {
    let row = r#"{"tokens": ["Ana"], "ner_tags": ["B-PER"]}"#;
    insta::assert_snapshot!(train("train.json", &format!("{{\"data\": [{row}]}}")), @"train.json: one object with rows in `data`; write only that list, for example with `jq '.data' OLD.json > NEW.json` (file: data/train.json)");
    insta::assert_snapshot!(train("train.json", &format!("{{\n \"version\": 1,\n \"train\": [{row}],\n \"test\": [{row}]\n}}\n")), @"train.json: one object with rows in `test`, `train`; write each of these lists to its own file, for example with `jq '.test' OLD.json > NEW.json` (file: data/train.json)");
    insta::assert_snapshot!(train("train.jsonl", r#"{"tokens": [["Ana"], ["lee"]], "ner_tags": [["B-PER"], ["O"]]}"#), @"train.jsonl: one object with a list per column; write an object per row, as `Dataset.to_json` does (file: data/train.jsonl)");
    let plan = workshop("test_size = 0", &[("data/train.json", row)]).runner("plan grid.toml");
    assert_eq!(plan.status, 0, "one row: {}", plan.out);
}

#[test]
fn types_with_spaces_are_told_how_to_be_written() {
    insta::assert_snapshot!(train("train.conll", "Ana O\nQuijote B-work of art\n"), @"train.conll:2: 4 columns, but line 1 has 2: a type has no spaces; write `B-work_of_art` (file: data/train.conll)");
    insta::assert_snapshot!(train("train.conll", "Ana\tO\nQuijote\tI-work of art\n"), @"train.conll:2: tag `I-work of art` is not O, B-X or I-X; a type has no spaces; write `I-work_of_art` (file: data/train.conll)");
    assert!(train("train.conll", "Ana O\nlee O x\n").contains("3 columns, but line 1 has 2"));
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let inside = [("data/train.conll/part.conll", "Ana B-PER\n")];
    let wanted = "data set ./data: `train.conll` is a folder, not a file; name a file in it: data.files = { train = \"train.conll/part.conll\" }";
    assert_eq!(invalid("test_size = 0", &inside), wanted);
    assert_eq!(invalid("files = { train = \"train.conll\" }\ntest_size = 0", &inside), wanted);
    let fixed = "files = { train = \"train.conll/part.conll\" }\ntest_size = 0";
    assert_eq!(workshop(fixed, &inside).runner("plan grid.toml").status, 0);
}

#[test]
fn a_checkpoint_without_a_tokenizer_lists_no_file_that_is_not_there() {
    let workshop = workshop("test_size = 0", &[("data/train.conll", "Ana B-PER\n")]);
    std::fs::remove_file(workshop.path("model/tokenizer.json")).unwrap();
    let said = words(&workshop.runner("plan grid.toml").out);
    assert!(said.contains("no tokenizer.json, vocab.txt, vocab.json with merges.txt, or SentencePiece model; write tokenizer.json with `Auto"), "{said}");
    workshop.write("model/merges.txt", "");
    let said = words(&workshop.runner("plan grid.toml").out);
    assert!(said.contains("SentencePiece model, only merges.txt; write tokenizer.json"), "{said}");
}

#[test]
fn part_of_a_table_is_no_key_of_the_command_line() {
    let workshop = Workshop::new(EXPERIMENT);
    for (argument, help) in [
        ("data.columns.token=5", "set the whole table: `--set 'data.columns={ token = 5 }'`"),
        ("data.columns.nr=5", "set the whole table: `--set 'data.columns={ token = 5 }'`"),
        ("data.files.train=a.conll", "set the whole table: `--set 'data.files={ train = \"a.conll\" }'`"),
        ("data.label_map.Per=PER", "set the whole table: `--set 'data.label_map={ Per = \"PER\" }'`"),
        ("train.epochs.x=1", "`train.epochs` takes a number from 0"),
        ("data.column.token=5", "did you mean `columns`?"),
        ("dataset.language=es", "its full name is `data.language`"),
    ] {
        let said = workshop.runner(&format!("plan grid.toml --set {argument}"));
        assert_eq!(said.status, 2);
        assert!(said.err.contains(&format!("help: {help}\n")), "{argument}: {}", said.err);
    }
}

#[test]
fn an_experiment_with_returns_alone_is_told_how_to_be_saved() {
    let workshop = Workshop::new(&EXPERIMENT.replace('\n', "\r"));
    let said = workshop.runner("plan grid.toml");
    assert_eq!(said.status, 2);
    assert!(words(&said.err).contains("grid.toml has lines that end in a lone carriage return"), "{}", said.err);
    assert!(
        said.err.contains("help: save it with line feeds: `tr '\\r' '\\n' < grid.toml > NEW.toml`"),
        "{}",
        said.err
    );
}

#[test]
fn errors_of_further_sets_speak_of_their_own_keys() {
    let files = [("data/train.conll", "Ana B-PER\n"), ("data/test.conll", "Ana B-PER\n")];
    let with = |set: &str, content: &str| {
        let workshop = workshop("", &files);
        workshop.write("grid.toml", EXPERIMENT.replace("DATA", "") + "[[evaluate]]\n" + set);
        workshop.write("other/test.conll", content);
        workshop
    };
    let said = with("dataset = \"./other\"", "1 Ana B-PER\n2 lee O\n").runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.out.contains("failed: base on other: data-columns: in [[evaluate]], test.conll: the first column numbers the words; set columns = { token = 2, tag = 3 }\n"), "{}", said.out);
    let said = with("dataset = \"./other\"\nsize = 9", "Ana B-PER\n").runner("run grid.toml");
    assert!(said.out.contains("in [[evaluate]], size = 9, but the test split has 1 rows; lower"), "{}", said.out);
    let said = with("dataset = \"./data\"\nlanguage = \"de\"", "").runner("plan grid.toml");
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(
        words(&said.out).contains(
            "in [[evaluate]], data set ./data: no language `de`: the files are at the top level; remove language"
        ),
        "{}",
        said.out
    );
    let workshop = with("dataset = \"./other\"\nfiles = { test = \"a.conll\" }", "Ana B-PER\n");
    let said = words(&workshop.runner("run grid.toml").err);
    assert!(
        said.contains(
            "in [[evaluate]], data set ./other: files names `a.conll`, which does not exist; use one of test.conll"
        ),
        "{said}"
    );
}
