//! Files that build on another, and the resolved file.

use super::*;

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
    validation_seed = 42
    stratify = false
    subset_seed = 42
    drop_test_overlap = false
    label_pieces = "first"

    [model]
    checkpoint = "dccuchile/bert-base-spanish-wwm-cased"
    revision = "main"
    max_length = 128
    window = false
    tokenizer = "file"
    freeze = false
    adapt = "all"
    last_layers = 1
    lora_rank = 8
    lora_alpha = 16.0
    lora_dropout = 0.0
    lora_targets = ["query", "value"]
    decoding = "argmax"

    [train]
    seed = 42
    epochs = 3.0
    batch_size = 8
    gradient_accumulation = 1
    learning_rate = 5e-5
    groups = []
    label_smoothing = 0.0
    loss = "cross_entropy"
    focal_gamma = 2.0
    dice_alpha = 1.0
    dice_gamma = 1.0
    weight_decay = 0.01
    adam_beta1 = 0.9
    adam_beta2 = 0.999
    adam_epsilon = 1e-8
    schedule = "linear"
    warmup_ratio = 0.25
    schedule_power = 1.0
    schedule_cycles = 1
    min_learning_rate = 0.0
    decay_ratio = 0.1
    average = "none"
    ema_decay = 0.999
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
        let constants = ["decay_steps", "average_steps", "stride"];
        let needing = ["evaluate_every", "cache_features", "patience", "folds", "fold", "language_weights"];
        if needing.iter().chain(&constants).any(|needing| *needing == name)
            || !KeyPath::all().any(|key| key.name() == name)
        {
            continue;
        }
        let files = Files::new(&[("mine.toml", &text.replacen(line, &line[2..], 1))]);
        let loaded = files.try_load("mine.toml", &[]);
        assert!(loaded.is_ok(), "{line}: {}", loaded.err().unwrap_or_default());
    }
}
