//! From a file to its jobs: order, labels, overrides, selection, keys, and the file written back.

use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use runner::hash::{InputHashes, Sha256};
use runner::plan::{JobKey, Only, Plan};
use runner::spec::{self, Experiment, KeyPath, Overrides, Settings, Value, load, render, starter};
use tempfile::TempDir;

/// The example of the contract's section on the experiment file, word for word.
const EXAMPLE: &str = r#"
title = "Spanish NER: training size and frozen encoder"

[data]
dataset       = "unimelb-nlp/wikiann"   # hub id, "./folder" (relative to this file), or "builtin:NAME"
language      = "es"
train_size    = 1000
test_size     = 2000
subset_seed   = 42

[model]
checkpoint = "dccuchile/bert-base-spanish-wwm-cased"
max_length = 128
freeze     = false

[train]
seed          = 42
epochs        = 3
batch_size    = 8
learning_rate = 5e-5
weight_decay  = 0.01

[matrix]                                # mirrors the tables above; every leaf is a list
data.train_size = [1000, 3000]
model.freeze    = [false, true]

[[matrix.zip]]                          # lists of one length that advance together
data.language    = ["es", "de"]
model.checkpoint = ["dccuchile/bert-base-spanish-wwm-cased", "google-bert/bert-base-german-cased"]

[[matrix.exclude]]                      # drop the jobs in which every key has this value
data.train_size = 3000
model.freeze    = true

[[matrix.include]]                      # add one job: the base with these keys
data.train_size = "all"
"#;

/// Files in a folder of their own.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("the folder can be made");
            std::fs::write(path, text).expect("the file can be written");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn try_load(&self, name: &str, set: &[&str]) -> Result<Experiment, String> {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let loaded = load(&self.path(name), &Overrides { set, name: None });
        loaded.map_err(|problems| shown(&render(&problems, false, 100), self.0.path()))
    }

    fn load(&self, name: &str, set: &[&str]) -> Experiment {
        self.try_load(name, set).unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn plan(&self, name: &str, set: &[&str]) -> Plan {
        Plan::expand(self.load(name, set)).unwrap_or_else(|problems| panic!("{}", render(&problems, false, 100)))
    }
}

fn shown(text: &str, folder: &Path) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

fn labels(plan: &Plan) -> String {
    plan.jobs.iter().map(|job| job.label.as_str()).collect::<Vec<_>>().join("\n")
}

/// An experiment of the example's base with this matrix.
fn with_matrix(matrix: &str) -> Files {
    let base = EXAMPLE.split("[matrix]").next().expect("the example has a matrix");
    Files::new(&[("grid.toml", &format!("{base}{matrix}"))])
}

fn key(path: &str) -> KeyPath {
    KeyPath::parse(path).unwrap_or_else(|| panic!("{path} is no key"))
}

#[test]
fn the_contracts_example_expands_in_the_order_of_the_file() {
    let files = Files::new(&[("es_grid.toml", EXAMPLE)]);
    let plan = files.plan("es_grid.toml", &[]);
    assert_eq!(plan.experiment.name, "es_grid");
    assert_snapshot!(labels(&plan), @r#"
    train_size=1000,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
    train_size=1000,freeze=false,language=de,checkpoint=google-bert/bert-base-german-cased
    train_size=1000,freeze=true,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
    train_size=1000,freeze=true,language=de,checkpoint=google-bert/bert-base-german-cased
    train_size=3000,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
    train_size=3000,freeze=false,language=de,checkpoint=google-bert/bert-base-german-cased
    train_size=all,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
    "#);
    assert_eq!(plan.varied, ["data.train_size", "model.freeze", "data.language", "model.checkpoint"].map(key));
    assert!(plan.jobs.iter().enumerate().all(|(index, job)| job.index == index));
    let settings = &plan.jobs[3].settings;
    let shown = ["data.train_size", "model.freeze", "data.language", "model.checkpoint", "train.weight_decay"]
        .map(|path| settings.get(key(path)).map(|value| value.to_string()).unwrap_or_default());
    assert_eq!(shown, ["1000", "true", "de", "google-bert/bert-base-german-cased", "0.01"]);
}

#[test]
fn dotted_keys_and_nested_tables_are_one_matrix() {
    let dotted = with_matrix("[matrix]\ntrain.seed = [1, 2]\nmodel.freeze = [true, false]\n");
    let nested = with_matrix("[matrix.train]\nseed = [1, 2]\n[matrix.model]\nfreeze = [true, false]\n");
    assert_eq!(labels(&dotted.plan("grid.toml", &[])), labels(&nested.plan("grid.toml", &[])));
}

#[test]
fn a_zip_varies_at_the_place_of_its_header() {
    let files = with_matrix(
        "[[matrix.zip]]\ndata.language = [\"es\", \"de\"]\ntrain.epochs = [1, 2]\n[matrix.train]\nseed = [1, 2]\n",
    );
    assert_snapshot!(labels(&files.plan("grid.toml", &[])), @r#"
    language=es,epochs=1,seed=1
    language=es,epochs=1,seed=2
    language=de,epochs=2,seed=1
    language=de,epochs=2,seed=2
    "#);
}

#[test]
fn several_zips_multiply() {
    let files = with_matrix(
        "[[matrix.zip]]\ndata.language = [\"es\", \"de\"]\n[[matrix.zip]]\ntrain.epochs = [1, 2, 3]\ntrain.seed = [1, 2, 3]\n",
    );
    assert_eq!(files.plan("grid.toml", &[]).jobs.len(), 6);
}

#[test]
fn without_axes_there_is_one_job_called_base() {
    let files = with_matrix("");
    assert_eq!(labels(&files.plan("grid.toml", &[])), "base");
}

#[test]
fn includes_are_not_excluded_and_show_what_they_set_beside_the_axes() {
    let files = with_matrix(
        "[matrix]\nmodel.freeze = [true, false]\n[[matrix.exclude]]\nmodel.freeze = true\n\
         [[matrix.include]]\nmodel.freeze = true\ntrain.epochs = 10\n[[matrix.include]]\ntrain.max_steps = 7\n",
    );
    let plan = files.plan("grid.toml", &[]);
    assert_snapshot!(labels(&plan), @r#"
    freeze=false
    freeze=true,epochs=10
    freeze=false,max_steps=7
    "#);
    assert_eq!(plan.varied, ["model.freeze", "train.epochs", "train.max_steps"].map(key));
}

#[test]
fn equal_last_parts_are_dotted_in_labels() {
    let files = with_matrix("[matrix]\ndata.revision = [\"a\"]\nmodel.revision = [\"b\"]\ntrain.seed = [1]\n");
    assert_snapshot!(labels(&files.plan("grid.toml", &[])), @"data.revision=a,model.revision=b,seed=1");
}

#[test]
fn folders_are_labeled_by_the_parts_that_tell_them_apart() {
    let files = with_matrix("[matrix]\ndata.dataset = [\"./a/conll\", \"../b/conll\", \"builtin:es\"]\n");
    assert_snapshot!(labels(&files.plan("grid.toml", &[])), @r#"
    dataset=./a/conll
    dataset=./b/conll
    dataset=builtin:es
    "#);
}

#[test]
fn an_extended_file_gives_what_the_nearer_one_leaves_out() {
    let files = Files::new(&[
        ("base.toml", EXAMPLE),
        ("sub/near.toml", "extends = \"../base.toml\"\n[train]\nepochs = 1\n[matrix]\ntrain.seed = [1, 2]\n"),
    ]);
    let plan = files.plan("sub/near.toml", &[]);
    assert_eq!(plan.experiment.name, "near");
    assert_eq!(plan.experiment.title, None);
    assert_eq!(labels(&plan), "seed=1\nseed=2");
    assert_eq!((plan.experiment.base.train.epochs, plan.experiment.base.train.weight_decay), (1.0, 0.01));
}

#[test]
fn a_folder_is_relative_to_the_file_that_writes_it() {
    let files = Files::new(&[
        ("base.toml", "[data]\ndataset = \"./corpus\"\n[model]\ncheckpoint = \"builtin:tiny\"\n"),
        ("sub/near.toml", "extends = \"../base.toml\"\n"),
    ]);
    let experiment = files.load("sub/near.toml", &[]);
    let spec::Source::Folder { written, path } = &experiment.base.data.dataset else { panic!("it is a folder") };
    assert_eq!((written.as_str(), path), ("./corpus", &files.path("sub/../corpus")));
}

#[test]
fn a_nearer_warm_up_takes_the_place_of_a_farther_one() {
    let files = Files::new(&[
        ("base.toml", &EXAMPLE.replace("[matrix]", "warmup_steps = 100\n[matrix]")),
        ("near.toml", "extends = \"base.toml\"\n[train]\nwarmup_ratio = 0.1\n"),
    ]);
    assert_eq!(files.load("near.toml", &[]).base.train.warmup, spec::Warmup::Ratio(0.1));
    let back = files.load("near.toml", &["train.warmup_steps=5"]);
    assert_eq!(back.base.train.warmup, spec::Warmup::Steps(5));
}

#[test]
fn overrides_change_the_settings_and_the_name() {
    let files = Files::new(&[("es_grid.toml", EXAMPLE)]);
    let plan = files.plan("es_grid.toml", &["train.epochs=1", "train.schedule=cosine"]);
    assert_eq!(plan.experiment.name, "es_grid+train.epochs=1+train.schedule=cosine");
    assert!(plan.jobs.iter().all(|job| job.settings.train.epochs == 1.0));
    let named = Overrides { set: vec!["train.epochs=1".to_owned()], name: Some("short".to_owned()) };
    assert_eq!(load(&files.path("es_grid.toml"), &named).expect("it is right").name, "short");
}

#[test]
fn a_name_that_set_makes_too_long_is_refused_and_name_gives_a_shorter_one() {
    let files = with_matrix("");
    let file = format!("{}.toml", "a".repeat(245));
    std::fs::copy(files.path("grid.toml"), files.path(&file)).expect("copied");
    assert_eq!(files.load(&file, &[]).name.len(), 245);
    let said = files.try_load(&file, &["train.epochs=1"]).expect_err("too long");
    let reason = "with the text that --set adds, it is longer than 255 bytes, the limit of a folder's name";
    let one_line = said.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ ", " ");
    assert!(one_line.contains(reason), "{said}");
    assert!(one_line.contains("set a shorter name with `--name`"), "{said}");
    let named = Overrides { set: vec!["train.epochs=1".to_owned()], name: Some("short".to_owned()) };
    assert_eq!(load(&files.path(&file), &named).expect("it is right").name, "short");
}

#[test]
fn an_axis_is_replaced_or_added_by_its_whole_name() {
    let files = with_matrix("[matrix]\nmodel.freeze = [true, false]\n");
    let plan = files.plan("grid.toml", &["matrix.model.freeze=[true]", "matrix.train.seed=[1, 2]"]);
    assert_eq!(labels(&plan), "freeze=true,seed=1\nfreeze=true,seed=2");
    assert_eq!(plan.experiment.name, "grid+matrix.model.freeze=[true]+matrix.train.seed=[1,2]");
}

#[test]
fn what_is_wrong_with_overrides_is_said_together() {
    let files = with_matrix("[matrix]\nmodel.freeze = [true, false]\n");
    let set = ["model.freeze=true", "train.epoch=1", "epochs=1", "train.epochs=-1", "train.epochs", "name=x"];
    assert_snapshot!(files.try_load("grid.toml", &set).expect_err("all are wrong"), @r#"
      × unknown key `train.epoch` in --set
       ╭─[--set:1:1]
     1 │ train.epoch=1
       · ─────┬─────
       ·      ╰── no such key
       ╰────
      help: did you mean `epochs`?

      × unknown key `epochs` in --set
       ╭─[--set:1:1]
     1 │ epochs=1
       · ───┬──
       ·    ╰── no such key
       ╰────
      help: its full name is `train.epochs`

      × `train.epochs` takes a number from 0, not -1
       ╭─[--set:1:14]
     1 │ train.epochs=-1
       ·              ─┬
       ·               ╰── out of range
       ╰────

      × --set takes KEY=VALUE
       ╭─[--set:1:1]
     1 │ train.epochs
       · ──────┬─────
       ·       ╰── no `=`
       ╰────
      help: as in `--set train.epochs=1`

      × `name` cannot be set on the command line
       ╭─[--set:1:1]
     1 │ name=x
       · ──┬─
       ·   ╰── not a key of a table
       ╰────
      help: use `--name`

      × `model.freeze` is an axis of the matrix
       ╭─[--set:1:1]
     1 │ model.freeze=true
       · ──────┬─────
       ·       ╰── this key is an axis
       ╰────
      help: to run only this value, use `--set 'matrix.model.freeze=[true]'`
            grid.toml:24: the axis is here

    6 problems; nothing was started or written
    "#);
}

#[test]
fn a_selection_keeps_the_plans_order() {
    let plan = Files::new(&[("es_grid.toml", EXAMPLE)]).plan("es_grid.toml", &[]);
    let select = |text: &str| plan.select(&Only::new(text)).map_err(|problems| render(&problems, false, 100));
    assert_eq!(select("freeze=true,train_size=1000"), Ok(vec![2, 3]));
    assert_eq!(select("data.language=de , freeze=false"), Ok(vec![1, 5]));
    assert_eq!(select("train_size=all,train_size=3000"), Ok(vec![4, 5, 6]));
    assert_eq!(select(&plan.jobs[4].label), Ok(vec![4]));
}

#[test]
fn the_job_without_axes_is_selected_by_its_label() {
    let plan = with_matrix("").plan("grid.toml", &[]);
    assert_eq!(plan.select(&Only::new("base")), Ok(vec![0]));
}

#[test]
fn what_is_wrong_with_a_selection_lists_the_valid_names() {
    let plan = Files::new(&[("es_grid.toml", EXAMPLE)]).plan("es_grid.toml", &[]);
    let wrong = |text: &str| render(&plan.select(&Only::new(text)).expect_err("it is wrong"), false, 100);
    assert_snapshot!(wrong("freez=true,train_size=500,language"), @r#"
      × unknown axis `freez`
       ╭─[--only:1:1]
     1 │ freez=true,train_size=500,language
       · ──┬──
       ·   ╰── not an axis
       ╰────
      help: did you mean `freeze`? --only selects by: train_size, freeze, language, checkpoint

      × no job has `train_size=500`
       ╭─[--only:1:23]
     1 │ freez=true,train_size=500,language
       ·                       ─┬─
       ·                        ╰── no job has this value
       ╰────
      help: it is one of 1000, 3000, all

      × --only takes KEY=VALUE
       ╭─[--only:1:27]
     1 │ freez=true,train_size=500,language
       ·                           ────┬───
       ·                               ╰── no `=`
       ╰────
      help: --only selects by: train_size, freeze, language, checkpoint

    3 problems; nothing was started or written
    "#);
    let same = wrong("seed=1");
    assert!(same.contains("× `seed` is the same in every job"), "{same}");
    assert!(same.contains("help: --only selects by: train_size, freeze, language, checkpoint"), "{same}");
    assert_snapshot!(wrong("freeze=true,train_size=3000"), @r#"
      × no job has `freeze=true,train_size=3000`
       ╭─[--only:1:1]
     1 │ freeze=true,train_size=3000
       · ─────────────┬─────────────
       ·              ╰── each occurs, but not together
       ╰────
      help: the jobs are
            train_size=1000,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
            train_size=1000,freeze=false,language=de,checkpoint=google-bert/bert-base-german-cased
            train_size=1000,freeze=true,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
            train_size=1000,freeze=true,language=de,checkpoint=google-bert/bert-base-german-cased
            train_size=3000,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
            train_size=3000,freeze=false,language=de,checkpoint=google-bert/bert-base-german-cased
            train_size=all,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased

    1 problem; nothing was started or written
    "#);
}

#[test]
fn the_resolved_file_gives_the_same_plan() {
    let matrix = "[matrix]\ndata.dataset = [\"./a\", \"../b\"]\n[[matrix.zip]]\ntrain.epochs = [1, 2]\ntrain.seed = [3, 4]\n\
                  [matrix.model]\nfreeze = [true, 2, \"embeddings\"]\n[[matrix.exclude]]\nmodel.freeze = true\n\
                  train.epochs = 1\n[[matrix.include]]\ndata.train_size = \"all\"\ndata.labels = [\"O\", \"B-X\"]\n";
    let files = with_matrix(matrix);
    let plan = files.plan("grid.toml", &["train.warmup_ratio=0.25"]);
    let folder = files.path("results/grid");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let text = plan.experiment.resolved_toml(&folder);
    assert_snapshot!(text, @r#"
    # grid.toml, resolved: every key, defaults included. This file runs as it stands.
    name = "grid+train.warmup_ratio=0.25"
    title = "Spanish NER: training size and frozen encoder"

    [data]
    dataset = "unimelb-nlp/wikiann"
    revision = "main"
    language = "es"
    label_map = {}
    train_size = 1000
    validation_size = 0
    test_size = 2000
    subset_seed = 42
    drop_test_overlap = false
    label_pieces = "first"

    [model]
    checkpoint = "dccuchile/bert-base-spanish-wwm-cased"
    revision = "main"
    max_length = 128
    freeze = false

    [train]
    seed = 42
    epochs = 3.0
    batch_size = 8
    gradient_accumulation = 1
    learning_rate = 5e-5
    label_smoothing = 0.0
    weight_decay = 0.01
    adam_beta1 = 0.9
    adam_beta2 = 0.999
    adam_epsilon = 1e-8
    schedule = "linear"
    warmup_ratio = 0.25
    max_grad_norm = 1.0
    precision = "auto"
    cache_features = false
    log_every = 50
    keep = "last"

    [save]
    models = "auto"
    checkpoint_minutes = 5.0

    [matrix]
    data.dataset = ["../../a", "../../../b"]

    [[matrix.zip]]
    train.epochs = [1.0, 2.0]
    train.seed = [3, 4]

    [[matrix.zip]]
    model.freeze = [true, 2, "embeddings"]

    [[matrix.exclude]]
    model.freeze = true
    train.epochs = 1.0

    [[matrix.include]]
    data.train_size = "all"
    data.labels = ["O", "B-X"]
    "#);
    std::fs::write(folder.join("experiment.toml"), &text).expect("the file can be written");
    let again = files.plan("results/grid/experiment.toml", &[]);
    assert_eq!(labels(&again), labels(&plan));
    assert_eq!(again.experiment.name, plan.experiment.name);
    for (one, other) in plan.jobs.iter().zip(&again.jobs) {
        for key in KeyPath::all().filter(|key| key.as_str() != "data.dataset") {
            assert_eq!(one.settings.get(key), other.settings.get(key), "{key} of {}", one.label);
        }
        let real = |settings: &Settings| match &settings.data.dataset {
            spec::Source::Folder { path, .. } => files.0.path().join(path).components().collect::<PathBuf>(),
            other => PathBuf::from(other.to_string()),
        };
        let name = |settings: &Settings| real(settings).file_name().map(|name| name.to_owned());
        assert_eq!(name(&one.settings), name(&other.settings));
    }
    assert_eq!(
        again.experiment.resolved_toml(&folder).lines().skip(1).collect::<Vec<_>>(),
        text.lines().skip(1).collect::<Vec<_>>()
    );
}

#[test]
fn the_starter_parses_and_plans() {
    let files = Files::new(&[("mine.toml", &starter("mine"))]);
    assert_eq!(files.plan("mine.toml", &[]).jobs.len(), 4);
}

#[test]
fn every_line_that_the_starter_leaves_out_can_be_switched_on() {
    let text = starter("mine");
    let tables = text.split("\n[matrix]").next().expect("a text has a beginning");
    for line in tables.lines().filter(|line| line.starts_with("# ") && line.contains(" = ") && !line.contains('.')) {
        let name = line[2..].split(' ').next().expect("a line has a first word");
        if ["evaluate_every", "cache_features", "patience"].contains(&name)
            || !KeyPath::all().any(|key| key.name() == name)
        {
            continue;
        }
        let files = Files::new(&[("mine.toml", &text.replacen(line, &line[2..], 1))]);
        let loaded = files.try_load("mine.toml", &[]);
        assert!(loaded.is_ok(), "{line}: {}", loaded.err().unwrap_or_default());
    }
}

/// Settings with what every key needs, and these keys changed.
fn settings(changes: &[(&str, Value)]) -> Settings {
    let mut settings = Settings::default();
    for (path, value) in changes {
        let read = key(path).read(value, Path::new(""));
        settings.set(&read.unwrap_or_else(|mismatch| panic!("{path}: {mismatch:?}")));
    }
    settings
}

fn inputs() -> InputHashes {
    let mut inputs = InputHashes::default();
    inputs.data.insert("train/0".to_owned(), Sha256::of("train"));
    inputs.data.insert("test/0".to_owned(), Sha256::of("test"));
    inputs.model.insert("weights/0".to_owned(), Sha256::of("weights"));
    inputs
}

fn key_of(changes: &[(&str, Value)]) -> String {
    JobKey::of(&settings(changes), &inputs()).to_string()
}

#[test]
fn the_key_of_the_defaults_is_pinned() {
    // The first 12 digits of `printf '%s' '{"format":1,"inputs":{"data":{"test/0":...` | sha256sum; a change of this
    // string disowns every result that was ever committed.
    assert_snapshot!(key_of(&[]), @"1bd618619490");
}

#[test]
fn the_key_does_not_know_names_paths_saving_or_logging() {
    for (path, value) in [
        ("data.dataset", Value::from("owner/other")),
        ("data.dataset", Value::from("./folder")),
        ("data.language", Value::from("de")),
        ("data.revision", Value::from("v2")),
        ("model.checkpoint", Value::from("owner/encoder")),
        ("model.revision", Value::from("v2")),
        ("train.log_every", Value::Integer(7)),
        ("save.models", Value::from("none")),
        ("save.checkpoint_minutes", Value::Float(0.5)),
    ] {
        assert_eq!(key_of(&[(path, value)]), key_of(&[]), "{path} is in the key");
    }
}

#[test]
fn every_key_that_affects_results_is_in_the_job_key() {
    for (path, value) in [
        ("data.train_size", Value::Integer(10)),
        ("data.validation_size", Value::Integer(10)),
        ("data.test_size", Value::Integer(10)),
        ("data.subset_seed", Value::Integer(1)),
        ("data.labels", Value::List(vec!["O".into(), "B-X".into()])),
        ("data.columns", Value::Map(vec![("tag".to_owned(), Value::Integer(3))])),
        ("data.scheme", Value::from("io")),
        ("data.label_map", Value::Map(vec![("MISC".to_owned(), Value::from("O"))])),
        ("data.drop_test_overlap", Value::Boolean(true)),
        ("data.label_pieces", Value::from("all")),
        ("model.max_length", Value::Integer(64)),
        ("model.freeze", Value::Boolean(true)),
        ("model.dropout", Value::Float(0.0)),
        ("train.seed", Value::Integer(1)),
        ("train.epochs", Value::Float(1.5)),
        ("train.max_steps", Value::Integer(10)),
        ("train.batch_size", Value::Integer(16)),
        ("train.gradient_accumulation", Value::Integer(2)),
        ("train.learning_rate", Value::Float(1e-4)),
        ("train.head_learning_rate", Value::Float(1e-4)),
        ("train.weight_decay", Value::Float(0.01)),
        ("train.adam_beta1", Value::Float(0.8)),
        ("train.adam_beta2", Value::Float(0.8)),
        ("train.adam_epsilon", Value::Float(1e-6)),
        ("train.schedule", Value::from("cosine")),
        ("train.warmup_steps", Value::Integer(1)),
        ("train.warmup_ratio", Value::Float(0.1)),
        ("train.max_grad_norm", Value::Float(0.0)),
        ("train.precision", Value::from("fp32")),
        ("train.keep", Value::from("best")),
    ] {
        assert_ne!(key_of(&[(path, value)]), key_of(&[]), "{path} is not in the key");
    }
}

#[test]
fn the_key_knows_every_input_file_and_its_role() {
    let plain = JobKey::of(&Settings::default(), &inputs());
    let mut other = inputs();
    other.data.insert("train/0".to_owned(), Sha256::of("other"));
    assert_ne!(JobKey::of(&Settings::default(), &other), plain);
    let mut more = inputs();
    more.model.insert("tokenizer/0".to_owned(), Sha256::of("tokenizer"));
    assert_ne!(JobKey::of(&Settings::default(), &more), plain);
}

#[test]
fn two_spellings_of_one_value_give_one_key() {
    let of = |train: &str| {
        let text =
            format!("[data]\ndataset = \"builtin:es\"\n[model]\ncheckpoint = \"builtin:tiny\"\n[train]\n{train}");
        let plan = Files::new(&[("one.toml", &text)]).plan("one.toml", &[]);
        JobKey::of(&plan.jobs[0].settings, &inputs())
    };
    assert_eq!(of("learning_rate = 5e-5"), of("learning_rate = 0.00005"));
    assert_eq!(of("epochs = 3"), of("epochs = 3.0"));
    assert_eq!(of("weight_decay = 0"), of("weight_decay = -0.0"));
    assert_ne!(of("epochs = 3"), of("epochs = 4"));
}

/// All came after the first release, so the keys of jobs that do not use them stay as they were.
#[test]
fn layer_decay_label_smoothing_and_cached_features_are_in_a_key_only_where_they_are_used() {
    let of = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        JobKey::of(&settings, &inputs())
    };
    let plain = of(|_| ());
    assert_eq!(of(|s| s.train.label_smoothing = 0.0), plain);
    assert_eq!(of(|s| s.train.cache_features = false), plain);
    let used = [
        of(|s| s.train.label_smoothing = 0.1),
        of(|s| s.train.layer_decay = Some(0.9)),
        of(|s| s.train.cache_features = true),
    ];
    assert!(!used.contains(&plain) && used[0] != used[1] && used[1] != used[2] && used[2] != used[0]);
}

#[test]
fn cached_features_want_a_frozen_encoder_in_every_job() {
    let zip = "[[matrix.zip]]\nmodel.freeze = [true, false]\ntrain.cache_features = [true, false]\n";
    assert_eq!(with_matrix(zip).plan("grid.toml", &[]).jobs.len(), 2);
    let axis = with_matrix("[matrix]\nmodel.freeze = [true, 2]\n");
    assert_eq!(axis.plan("grid.toml", &[]).jobs.len(), 2);
    let said = axis.try_load("grid.toml", &["train.cache_features=true"]);
    assert_snapshot!(said.expect_err("with freeze = 2 layers learn"), @r#"
      × `train.cache_features` needs a frozen encoder, but some jobs train it
       ╭─[--set:1:1]
     1 │ train.cache_features=true
       · ──────────┬─────────
       ·           ╰── while an encoder trains, its features change with every step
       ╰────
      help: write `freeze = true` in [model]; if it varies, vary both in one [[matrix.zip]]

    1 problem; nothing was started or written
    "#);
    let include = with_matrix(&format!("{zip}[[matrix.include]]\ntrain.cache_features = true\ntrain.seed = 3\n"));
    assert_snapshot!(include.try_load("grid.toml", &[]).expect_err("the include's encoder learns"), @r#"
      × `train.cache_features` needs a frozen encoder, but some jobs train it
        ╭─[grid.toml:27:7]
     26 │ [[matrix.include]]
     27 │ train.cache_features = true
        ·       ───────┬──────
        ·              ╰── while an encoder trains, its features change with every step
     28 │ train.seed = 3
        ╰────
      help: write `freeze = true` in [model]; if it varies, vary both in one [[matrix.zip]]

    1 problem; nothing was started or written
    "#);
}

#[test]
fn two_spellings_of_one_value_are_one_job() {
    let files = with_matrix("[matrix]\ntrain.learning_rate = [5e-5, 0.00005]\n");
    let problems = Plan::expand(files.load("grid.toml", &[])).expect_err("the jobs are equal");
    assert!(problems.to_string().contains("learning_rate 5e-5 is listed twice"), "{problems}");
}

#[test]
fn ten_thousand_jobs_are_planned_and_one_more_is_not() {
    let list = |count: u32| (1..=count).map(|seed| seed.to_string()).collect::<Vec<_>>().join(",");
    let matrix = format!("[matrix]\ntrain.seed = [{}]\ndata.subset_seed = [{}]\n", list(100), list(100));
    let plan = with_matrix(&matrix).plan("grid.toml", &[]);
    assert_eq!((plan.jobs.len(), plan.jobs[100].label.as_str()), (10_000, "seed=2,subset_seed=1"));
    let one_more = with_matrix(&format!("{matrix}[[matrix.include]]\ntrain.epochs = 1\n"));
    let problems = Plan::expand(one_more.load("grid.toml", &[])).expect_err("there is one too many");
    assert!(problems.to_string().contains("10,001 jobs"), "{problems}");
}

#[test]
fn an_axis_from_the_command_line_has_to_fit_its_zip() {
    let files = with_matrix("[[matrix.zip]]\ntrain.seed = [1, 2]\ntrain.epochs = [1, 2]\n");
    let said = files.try_load("grid.toml", &["matrix.train.seed=[1, 2, 3]", "matrix.model.freeze=[true]"]);
    assert_snapshot!(said.expect_err("three do not fit two"), @r#"
      × the lists of this zip have different lengths: 3 and 2
       ╭─[--set:1:19]
     1 │ matrix.train.seed=[1, 2, 3]
       ·                   ────┬────
       ·                       ╰── 3 values
       ╰────
      help: the lists of a zip vary together: give each the same number of values
            grid.toml:25: 2 values

    1 problem; nothing was started or written
    "#);
}

#[test]
fn labels_that_would_be_equal_are_refused() {
    let files = with_matrix(
        "[matrix]\ndata.language = [\"a,revision=b\", \"a\"]\n[[matrix.include]]\ndata.language = \"a\"\ndata.revision = \"b\"\n",
    );
    let problems = Plan::expand(files.load("grid.toml", &[])).expect_err("two labels are equal");
    assert_snapshot!(problems.to_string().rsplit('/').next().unwrap_or_default(), @"grid.toml:25: two jobs have the label language=a,revision=b");
}
