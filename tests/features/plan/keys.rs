//! Keys of jobs.

use runner::spec::{HeldOut, Size};

use super::*;

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
        ("data.splits", Value::Map(vec![("test".to_owned(), Value::from("test_2021"))])),
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
        ("data.format", Value::from("columns")),
        ("data.span_ends", Value::from("refuse")),
        ("data.label_map", Value::Map(vec![("MISC".to_owned(), Value::from("O"))])),
        ("data.drop_test_overlap", Value::Boolean(true)),
        ("data.label_pieces", Value::from("all")),
        ("model.max_length", Value::Integer(64)),
        ("model.tokenizer", Value::from("transformers")),
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
        of(|s| s.train.loss = LossKind::Crf),
        of(|s| s.train.class_weights = Some(ClassWeights::Balanced)),
        of(|s| s.train.focal_gamma = 1.0),
        of(|s| s.train.dice_alpha = 0.5),
        of(|s| s.train.dice_gamma = 0.5),
        of(|s| s.model.decoding = Decoding::Constrained),
        of(|s| {
            s.train.groups = vec![ParameterGroup { pattern: "*".into(), learning_rate: Some(1.0), weight_decay: None }]
        }),
        of(|s| s.train.average = Average::Ema),
        of(|s| s.train.average = Average::Last),
        of(|s| s.train.ema_decay = 0.9),
        of(|s| s.train.average_steps = Some(3)),
        of(|s| s.train.schedule_power = 2.0),
        of(|s| s.train.schedule_cycles = 2),
        of(|s| s.train.min_learning_rate = 1e-6),
        of(|s| s.train.decay = Decay::Steps(4)),
        of(|s| s.train.decay = Decay::Ratio(0.2)),
    ];
    assert!(!used.contains(&plain));
    assert!(used.iter().enumerate().all(|(at, key)| !used[..at].contains(key)));
}

/// Decoding changes answers, not weights, unless weights are chosen by them.
#[test]
fn decoding_is_in_the_key_of_a_training_only_where_that_is_scored_on_its_way() {
    let of = |decoding: Decoding, interval: Option<Interval>| {
        let mut settings = Settings::default();
        (settings.model.decoding, settings.train.evaluate_every) = (decoding, interval);
        TrainingKey::of(&settings, &inputs())
    };
    assert_eq!(of(Decoding::Constrained, None), of(Decoding::Argmax, None));
    let every = Some(Interval::Epoch);
    assert_ne!(of(Decoding::Constrained, every), of(Decoding::Argmax, every));
}

/// What makes splits of other rows is in a key where it is used, so that earlier keys stay as they were.
#[test]
fn splits_of_training_rows_are_in_a_key_only_where_they_are_used() {
    let of = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        JobKey::of(&settings, &inputs())
    };
    let plain = of(|_| ());
    assert_eq!(of(|s| s.data.validation_size = Some(Size::Rows(0))), plain, "0 rows are the default");
    assert_eq!(of(|s| s.data.validation_seed = 42), plain);
    assert_eq!(of(|s| s.data.language = Some("es".into())), plain, "a language is in the hashes of its files");
    let used = [
        of(|s| s.data.validation = Some(HeldOut::Share(0.1))),
        of(|s| s.data.validation = Some(HeldOut::Rows(10))),
        of(|s| (s.data.folds, s.data.fold) = (Some(5), Some(0))),
        of(|s| (s.data.folds, s.data.fold) = (Some(5), Some(1))),
        of(|s| s.data.stratify = true),
        of(|s| s.data.language_weights = [("es".to_owned(), 3.0)].into()),
    ];
    for (at, key) in used.iter().enumerate() {
        assert!(*key != plain && !used[..at].contains(key), "{at}");
    }
}
