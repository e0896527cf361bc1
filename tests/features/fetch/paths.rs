//! Local data and files that an experiment extends: at the same places to each other, or refused.

use std::fs;

use crate::workshop::{Workshop, assert_same};

use super::{names, words};

const OWN: &str = r#"
[data]
dataset = "./corpus"

[model]
checkpoint = "./enc"
max_length = 16

[train]
max_steps = 2
batch_size = 2
"#;

/// An experiment in `e/` that extends `e/parts/base.toml`, with data and a checkpoint of its own, and files nobody reads.
fn own() -> Workshop {
    let workshop = Workshop::new(OWN);
    workshop.write("e/x.toml", "extends = \"parts/base.toml\"\n# a comment\n[train]\nmax_steps = 3\n");
    workshop.write("e/parts/base.toml", OWN.replace("./", "../"));
    workshop.write("e/corpus/train.conll", super::TRAIN);
    workshop.write("e/corpus/test.conll", super::TEST);
    workshop.write("e/corpus/secret.pdf", "mine");
    workshop.write("e/diary.txt", "mine");
    workshop.write_checkpoint("e/enc", 8);
    workshop
}

#[test]
fn local_folders_and_extended_files_lie_as_they_did_and_nothing_else_goes_in() {
    let workshop = own();
    let said = workshop.runner("fetch e/x.toml --bundle class");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(names(&workshop, "class").join("\n"), @"
    README.txt
    experiments/corpus/test.conll
    experiments/corpus/train.conll
    experiments/enc/config.json
    experiments/enc/model.safetensors
    experiments/enc/tokenizer.json
    experiments/parts/base.toml
    experiments/x.toml
    lock.toml
    ");
    assert_eq!(workshop.read("class/experiments/x.toml"), workshop.read("e/x.toml"));
    assert_eq!(workshop.runner("run e/x.toml").status, 0);
    let said = workshop.runner("run class/experiments/x.toml --offline --out elsewhere");
    assert_eq!(said.status, 0, "{}", said.err);
    let table = |folder: &str| workshop.read(&format!("{folder}/x/results.csv"));
    assert_eq!(table("elsewhere"), table("results"));
}

#[test]
fn a_folder_beside_the_experiments_folder_is_bundled_from_the_folder_of_both() {
    let workshop = own();
    workshop.write("e/y.toml", OWN.replace("./corpus", "../data/corpus"));
    for name in ["train.conll", "test.conll"] {
        workshop.write(&format!("data/corpus/{name}"), workshop.read(&format!("e/corpus/{name}")));
    }
    let said = workshop.runner("fetch e/y.toml --bundle class");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(workshop.path("class/experiments/data/corpus/train.conll").exists());
    assert!(workshop.read("class/README.txt").contains("\"experiments/e/y.toml\""));
    let said = workshop.runner("run class/experiments/e/y.toml --offline");
    assert_eq!(said.status, 0, "{}", said.err);
    // from within, the name of the folder above would be seen
    let line = "fetch y.toml --bundle inner";
    let mut command = workshop.command(line);
    let output = command.current_dir(workshop.path("e")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = words(&workshop.redacted(&String::from_utf8(output.stderr).unwrap()));
    assert!(said.contains("a bundle would take the names of the folders between; run the command in"), "{said}");
    assert!(!workshop.path("e/inner").exists());
}

#[test]
fn an_absolute_path_is_refused_with_a_remedy() {
    let workshop = own();
    let corpus = workshop.path("e/corpus");
    workshop.write("e/z.toml", OWN.replace("./corpus", corpus.to_str().unwrap()));
    let said = workshop.runner("fetch e/z.toml --bundle class");
    assert_eq!(said.status, 2);
    let said = words(&workshop.redacted(&said.err));
    assert_eq!(
        said,
        "error: e/z.toml: data.dataset `WORKSHOP/e/corpus` is a path of this machine; write it relative to the file, \
         such as \"./corpus\", and put it there"
    );
    workshop.write("e/w.toml", format!("extends = \"{}\"\n", workshop.path("e/x.toml").display()));
    let said = workshop.runner("fetch e/w.toml --bundle class");
    assert!(said.status == 2 && words(&said.err).contains("extends `"), "{}", said.err);
    assert!(!workshop.path("class").exists());
}

#[test]
fn experiments_that_pin_one_input_differently_are_not_bundled_together() {
    let workshop = own();
    workshop.write("one/x.toml", OWN);
    workshop.write("two/y.toml", OWN);
    for folder in ["one", "two"] {
        workshop.write_checkpoint(&format!("{folder}/enc"), 8);
        workshop.write(&format!("{folder}/corpus/train.conll"), super::TRAIN);
        workshop.write(&format!("{folder}/corpus/test.conll"), format!("ana B-PER\n{} O\n", folder));
    }
    let said = workshop.runner("fetch one/x.toml two/y.toml --bundle class");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(words(&said.err).contains("pin data set ./corpus differently (in test.conll)"), "{}", said.err);
    fs::copy(workshop.path("one/corpus/test.conll"), workshop.path("two/corpus/test.conll")).unwrap();
    let said = workshop.runner("fetch one/x.toml two/y.toml --bundle class");
    assert_eq!(said.status, 0, "{}", said.err);
    let tables = |from: &str, out: &str| {
        for file in ["one/x.toml", "two/y.toml"] {
            let said = workshop.runner(&format!("run {from}{file} --out {out}"));
            assert_eq!(said.status, 0, "{}", said.err);
        }
        let mut files = workshop.committed(out);
        files.retain(|name, _| name.ends_with(".csv") && !name.contains(".run"));
        files
    };
    assert_same(&tables("", "here"), &tables("class/experiments/", "there"));
}
