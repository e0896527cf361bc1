//! Losses, weights of classes, and decoding: what they change, and what stays as with any training.

use std::collections::BTreeMap;

use crate::workshop::{Workshop, assert_same};

/// One job that learns all of its parameters; `train`: more of its `[train]`.
fn alone(train: &str) -> String {
    format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 400\nvalidation_size = 40\ntest_size = 60\n\n\
         [model]\ncheckpoint = \"builtin:tiny\"\nmax_length = 24\n\n\
         [train]\nepochs = 3\nlearning_rate = 2e-3\ngradient_accumulation = 2\nlog_every = 5\n\
         evaluate_every = \"epoch\"\n{train}\n"
    )
}

const LOSSES: [&str; 5] = [
    "class_weights = \"balanced\"\nlabel_smoothing = 0.1",
    "loss = \"focal\"",
    "loss = \"focal\"\nfocal_gamma = 0.5\nclass_weights = { O = 0.2, \"B-PER\" = 2.0 }",
    "loss = \"dice\"",
    "loss = \"crf\"\nhead_learning_rate = 1e-2",
];

/// A column of a table, as numbers.
fn column(workshop: &Workshop, table: &str, name: &str) -> Vec<f64> {
    let mut table = csv::Reader::from_path(workshop.path(&format!("results/grid/{table}"))).unwrap();
    let index = table.headers().unwrap().iter().position(|column| column == name).unwrap();
    table.records().map(|row| row.unwrap()[index].parse().unwrap()).collect()
}

/// The predicted tags of a job, a list for each sentence.
fn tags(workshop: &Workshop, job: &str) -> Vec<Vec<String>> {
    let text = workshop.read(&format!("results/grid/predictions/{job}.tags"));
    text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

/// Tags I-X that neither B-X nor I-X precedes.
fn strays(sentences: &[Vec<String>]) -> usize {
    let is_stray = |before: Option<&String>, tag: &String| {
        let Some(kind) = tag.strip_prefix("I-") else { return false };
        before.is_none_or(|before| before.strip_prefix("B-").or(before.strip_prefix("I-")) != Some(kind))
    };
    let of = |tags: &Vec<String>| {
        let before = [None].into_iter().chain(tags.iter().map(Some));
        before.zip(tags).filter(|(before, tag)| is_stray(*before, tag)).count()
    };
    sentences.iter().map(of).sum()
}

#[test]
fn every_loss_falls_and_gives_the_same_bytes_on_any_threads() {
    for loss in LOSSES {
        let run = |threads: usize| {
            let workshop = Workshop::new(&alone(loss));
            let said = workshop.runner(&format!("run grid.toml --threads {threads}"));
            assert_eq!(said.status, 0, "{loss}: {}", said.err);
            workshop
        };
        let (one, two) = (run(1), run(2));
        assert_same(&one.committed("results/grid"), &two.committed("results/grid"));
        assert_same(&one.weights(), &two.weights());
        let losses = column(&one, "curves.csv", "loss");
        let (first, last) = (losses[0], losses[losses.len() - 1]);
        // Dice is least where p is a half
        let share = if loss.contains("dice") { 0.9 } else { 0.8 };
        assert!(last < share * first, "{loss}: from {first} to {last}");
        let validation = column(&one, "epochs.csv", "validation_loss");
        assert!(validation.len() == 3 && validation[2] < validation[0], "{loss}: {validation:?}");
        let score = one.cell("results/grid", "base", "test_entity_f1").unwrap();
        assert_ne!(score, "0.000000", "{loss}");
    }
}

#[test]
fn a_training_by_each_loss_that_is_killed_goes_on_to_the_same_bytes() {
    for loss in LOSSES {
        let text = format!("{}\n[save]\ncheckpoint_minutes = 0.0005\n", alone(loss));
        let [killed, whole] = [(); 2].map(|()| Workshop::new(&text));
        let mut child = killed.start("run grid.toml");
        killed.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
        let said = killed.runner("run grid.toml");
        assert!(said.err.contains("base: resuming from step "), "{loss}: {}", said.err);
        whole.runner("run grid.toml");
        assert_same(&killed.committed("results/grid"), &whole.committed("results/grid"));
        assert_same(&killed.weights(), &whole.weights());
    }
}

#[test]
fn a_classifier_on_cached_features_learns_by_each_loss_as_under_the_frozen_encoder() {
    for loss in LOSSES {
        let text = alone(loss).replace("max_length = 24", "max_length = 24\nfreeze = true\ndropout = 0");
        let [plain, cached] = [text.clone(), text.replace("epochs = 3", "epochs = 3\ncache_features = true")]
            .map(|text| Workshop::new(&text));
        for workshop in [&plain, &cached] {
            let said = workshop.runner("run grid.toml");
            assert_eq!(said.status, 0, "{loss}: {}", said.err);
        }
        assert!(plain.weight_bytes() == cached.weight_bytes(), "{loss}");
        assert_eq!(tags(&plain, "base"), tags(&cached, "base"), "{loss}");
        let losses = |workshop: &Workshop| column(workshop, "epochs.csv", "validation_loss");
        assert_eq!(losses(&plain), losses(&cached), "{loss}");
    }
}

/// Short trainings, whose answers are still odd.
const DECODINGS: &str = r#"
[data]
dataset = "builtin:es"
train_size = 200
test_size = 60

[model]
checkpoint = "builtin:tiny"
max_length = 16

[train]
max_steps = 30
learning_rate = 4e-3

[matrix]
model.decoding = ["argmax", "constrained"]
"#;

#[test]
fn decodings_share_a_training_and_only_constrained_answers_are_all_of_iob2() {
    let workshop = Workshop::new(DECODINGS);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.weights().len(), 1, "one training");
    let [argmax, constrained] = ["decoding=argmax", "decoding=constrained"].map(|job| tags(&workshop, job));
    assert!(strays(&argmax) > 0, "answers that show something");
    assert_eq!(strays(&constrained), 0);
    assert_eq!(workshop.cell("results/grid", "decoding=constrained", "model.decoding").as_deref(), Some("constrained"));
    for command in ["verify results/grid", "rescore results/grid"] {
        let said = workshop.runner(command);
        assert_eq!(said.status, 0, "{command}: {}{}", said.out, said.err);
    }
}

#[test]
fn scores_during_training_are_of_the_decoding_and_then_it_is_part_of_the_training() {
    let text = DECODINGS.replace("max_steps = 30", "max_steps = 30\nevaluate_every = 15\nkeep = \"best\"");
    let workshop = Workshop::new(&text.replace("test_size", "validation_size = 60\ntest_size"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.weights().len(), 2);
    let scores = column(&workshop, "epochs.csv", "validation_entity_f1");
    let losses = column(&workshop, "epochs.csv", "validation_loss");
    assert_eq!(losses[..2], losses[2..], "the loss does not know of decoding");
    assert_ne!(scores[..2], scores[2..]);
}

/// `runner predict` on the words of a job's test sentences, which are those of a training that reads them whole.
#[test]
fn predict_answers_by_sentences_where_the_job_does() {
    for train in ["loss = \"crf\"", ""] {
        let text = DECODINGS.replace("[train]", &format!("[train]\n{train}"));
        let text = text.replace("max_length = 16", "max_length = 40");
        let workshop = Workshop::new(&text.replace("\"argmax\", ", ""));
        assert_eq!(workshop.runner("run grid.toml").status, 0);
        workshop.write("words.txt", "Ana García vive en Lima Perú\nEl banco de Quito cerró hoy\n");
        let said = workshop.runner("predict results/grid:decoding=constrained words.txt --input words --format jsonl");
        assert_eq!(said.status, 0, "{}", said.err);
        let answers: Vec<serde_json::Value> =
            said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of = |answer: &serde_json::Value| {
            answer["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
        };
        let sentences: Vec<Vec<String>> = answers.iter().map(of).collect();
        assert_eq!(sentences.iter().map(Vec::len).collect::<Vec<_>>(), [6, 6]);
        assert_eq!(strays(&sentences), 0, "{sentences:?}");
        let scores = answers.iter().flat_map(|answer| answer["entities"].as_array().unwrap());
        assert!(scores.map(|one| one["score"].as_f64().unwrap()).all(|score| score > 0.0 && score <= 1.0));
    }
}

/// The tensors of a file of weights, with their shapes.
fn tensors(bytes: &[u8]) -> BTreeMap<String, Vec<usize>> {
    let tensors = safetensors::SafeTensors::deserialize(bytes).unwrap();
    tensors.tensors().into_iter().map(|(name, tensor)| (name, tensor.shape().to_vec())).collect()
}

const CHILD: &str = r#"
[data]
dataset = "builtin:es"
train_size = 64
test_size = 60

[model]
checkpoint = "results/grid:base"
max_length = 24

[train]
epochs = 0
loss = "crf"
"#;

#[test]
fn a_crf_is_part_of_the_saved_model_the_export_and_the_checkpoint_of_other_jobs() {
    let workshop = Workshop::new(&alone(LOSSES[4]));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_eq!(strays(&tags(&workshop, "base")), 0);
    let said = workshop.runner("export results/grid:base out");
    assert_eq!(said.status, 0, "{}", said.err);
    let saved = workshop.weights().into_values().next().unwrap();
    let exported = std::fs::read(workshop.path("out/model.safetensors")).unwrap();
    for tensors in [tensors(&saved), tensors(&exported)] {
        assert_eq!(tensors["crf.transitions"], [7, 7]);
        assert_eq!((&tensors["crf.start_transitions"][..], &tensors["crf.end_transitions"][..]), (&[7][..], &[7][..]));
    }
    let config: serde_json::Value = serde_json::from_str(&workshop.read("out/config.json")).unwrap();
    assert_eq!(config["runner_crf"], true);
    assert!(workshop.read("out/README.md").contains("transformers ignores these tensors"));

    workshop.write("child.toml", CHILD);
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let [own, parent] = ["child", "grid"].map(|name| workshop.read(&format!("results/{name}/predictions/base.tags")));
    assert_eq!(own, parent, "the whole model");

    let trained = |more: &str| {
        let text = CHILD.replace("max_length = 24", &format!("max_length = 24\n{more}"));
        workshop.write("child.toml", text.replace("epochs = 0", "max_steps = 1\nlearning_rate = 1e-9"));
        let said = workshop.runner("run child.toml --force");
        assert_eq!(said.status, 0, "{}", said.err);
        let mut files = workshop.files("results/child/.run/models");
        files.retain(|name, _| name.ends_with("model.safetensors"));
        let bytes = files.into_values().next_back().unwrap();
        std::fs::remove_dir_all(workshop.path("results/child")).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let of = tensors.tensor("crf.transitions").unwrap().data().to_vec();
        of.chunks(4).map(|value| f32::from_le_bytes(value.try_into().unwrap())).collect::<Vec<_>>()
    };
    let (kept, new) = (trained("classifier = \"keep\""), trained("classifier = \"new\""));
    let file = safetensors::SafeTensors::deserialize(&exported).unwrap();
    let of_parent = file.tensor("crf.transitions").unwrap().data().to_vec();
    let of_parent: Vec<f32> = of_parent.chunks(4).map(|v| f32::from_le_bytes(v.try_into().unwrap())).collect();
    let apart = |values: &[f32]| values.iter().zip(&of_parent).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart(&kept) < 1e-6, "{kept:?} for {of_parent:?}");
    assert!(apart(&new) > 0.01);
}

#[test]
fn a_crf_is_not_made_up_for_a_checkpoint_that_is_scored_as_it_is() {
    let workshop = Workshop::new(&alone(""));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    workshop.write("child.toml", CHILD);
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.contains("the checkpoint has no CRF"), "{}", said.err);
    // trained, it keeps the classifier and gets a new CRF
    workshop.write("child.toml", CHILD.replace("epochs = 0", "max_steps = 3\nlearning_rate = 1e-3"));
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.cell("results/child", "base", "inherited").as_deref(), Some("encoder+classifier"));
}

#[test]
fn a_weight_of_a_tag_that_the_data_do_not_have_is_an_error() {
    let workshop = Workshop::new(&alone("class_weights = { \"B-PERSON\" = 2 }"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 2);
    let what = "train.class_weights names B-PERSON, which is no tag of the data; use ";
    assert!(said.err.contains(what), "{}", said.err);
    let plan = workshop.runner("plan grid.toml");
    assert!(plan.out.contains("B-PERSON"), "{}", plan.out);
}

#[test]
fn balanced_weights_say_which_tags_no_training_word_has() {
    let text = alone("class_weights = \"balanced\"").replace("train_size = 400", "train_size = 1");
    let workshop = Workshop::new(&text);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = said.err.replace("\n  ", " ");
    assert!(said.contains("no training word is tagged ") && said.contains(": weight 1 in"), "{said}");
}

/// Each refused at the file, with its place.
#[test]
fn settings_of_another_loss_are_errors_of_the_file() {
    let said: Vec<String> = [
        "loss = \"crf\"\nclass_weights = \"balanced\"",
        "loss = \"focal\"\nlabel_smoothing = 0.1",
        "focal_gamma = 1.5",
        "loss = \"focal\"\ndice_alpha = 0.5\ndice_gamma = 2",
        "class_weights = { O = 0 }",
    ]
    .into_iter()
    .map(|train| {
        let said = Workshop::new(&alone(train)).runner("plan grid.toml");
        assert_eq!(said.status, 2, "{train}: {}", said.err);
        let lines = said.err.lines().filter(|line| line.contains('×') || line.contains("help:"));
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    })
    .collect();
    insta::assert_snapshot!(said.join("\n\n"), @r#"
    × `train.class_weights` does not go with the `train.loss` of some jobs
    help: remove the weights; if they vary, vary `train.loss` with them in one [[matrix.zip]]

    × `train.label_smoothing` does not go with the `train.loss` of some jobs
    help: remove it, or write `loss = "cross_entropy"`; if it varies, vary both in one

    × `train.focal_gamma` does not go with the `train.loss` of some jobs
    help: write `loss = "focal"` in [train]; if it varies, vary both in one [[matrix.zip]]

    × `train.dice_alpha` does not go with the `train.loss` of some jobs
    help: write `loss = "dice"` in [train]; if it varies, vary both in one [[matrix.zip]]
    × `train.dice_gamma` does not go with the `train.loss` of some jobs
    help: write `loss = "dice"` in [train]; if it varies, vary both in one [[matrix.zip]]

    × `train.class_weights` takes "balanced" or a table of names of your choice, each with a number
    "#);
}

#[test]
fn a_crf_over_pieces_is_an_error_of_the_file() {
    let text = alone("loss = \"crf\"").replace("[data]", "[data]\nlabel_pieces = \"all\"");
    let said = Workshop::new(&text).runner("plan grid.toml");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("a CRF needs `data.label_pieces = \"first\"`"), "{}", said.err);
}
