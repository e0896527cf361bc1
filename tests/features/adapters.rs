//! Models of which a small part learns, `model.adapt`: what is trained, saved, exported, and refused.

use std::collections::BTreeMap;

use crate::workshop::{Workshop, assert_same};

/// One job; `model`: more of its `[model]`.
fn alone(model: &str) -> String {
    format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 400\nvalidation_size = 40\ntest_size = 60\n\n\
         [model]\ncheckpoint = \"builtin:tiny\"\nmax_length = 24\n{model}\n\n\
         [train]\nepochs = 3\nlearning_rate = 8e-3\ngradient_accumulation = 2\nlog_every = 5\n\
         evaluate_every = \"epoch\"\nkeep = \"best\"\n\n[save]\ncheckpoint_minutes = 0.0005\n"
    )
}

const ADAPTED: [&str; 4] = [
    "adapt = \"last\"",
    "adapt = \"bitfit\"",
    "adapt = \"lora\"",
    "adapt = \"lora\"\nlora_rank = 4\nlora_alpha = 8\nlora_dropout = 0.1\n\
     lora_targets = [\"down\", \"up\", \"output\", \"value\", \"key\", \"query\"]",
];

/// The tensors of a file of weights.
fn tensors(bytes: &[u8]) -> BTreeMap<String, Vec<f32>> {
    let tensors = safetensors::SafeTensors::deserialize(bytes).unwrap();
    let values = |data: &[u8]| data.chunks(4).map(|value| f32::from_le_bytes(value.try_into().unwrap())).collect();
    tensors.tensors().into_iter().map(|(name, tensor)| (name, values(tensor.data()))).collect()
}

#[test]
fn a_small_part_learns_to_the_same_bytes_on_any_threads_and_after_a_kill() {
    for model in ADAPTED {
        let run = |threads: usize| {
            let workshop = Workshop::new(&alone(model));
            let said = workshop.runner(&format!("run grid.toml --threads {threads}"));
            assert_eq!(said.status, 0, "{model}: {}", said.err);
            workshop
        };
        let (one, two, killed) = (run(1), run(2), Workshop::new(&alone(model)));
        let mut child = killed.start("run grid.toml");
        killed.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
        let said = killed.runner("run grid.toml");
        assert!(said.err.contains("base: resuming from step "), "{model}: {}", said.err);
        for other in [&two, &killed] {
            assert_same(&one.committed("results/grid"), &other.committed("results/grid"));
            assert_same(&one.weights(), &other.weights());
        }
        let mut table = csv::Reader::from_path(one.path("results/grid/curves.csv")).unwrap();
        let at = table.headers().unwrap().iter().position(|name| name == "loss").unwrap();
        let losses: Vec<f64> = table.records().map(|row| row.unwrap()[at].parse().unwrap()).collect();
        assert!(losses[losses.len() - 1] < 0.9 * losses[0], "{model}: {losses:?}");
    }
}

#[test]
fn a_saved_model_has_what_learned_and_scores_to_the_byte_and_its_export_is_merged() {
    for model in ADAPTED {
        let workshop = Workshop::new(&alone(model));
        assert_eq!(workshop.runner("run grid.toml").status, 0);
        let saved = tensors(&workshop.weights().into_values().next().unwrap());
        let learned = |name: &str| match model {
            _ if name.starts_with("classifier.") => true,
            _ if model.contains("lora") => name.contains(".lora_"),
            _ if model.contains("last") => name.contains(".layer.1."),
            _ => name.ends_with(".bias"),
        };
        assert!(saved.len() >= 10 && saved.keys().all(|name| learned(name)), "{:?}", saved.keys());
        let predictions = workshop.read("results/grid/predictions/base.tags");

        // the saved model answers for more rows, the first of which are those of before
        workshop.write("grid.toml", alone(model).replace("test_size = 60", "test_size = 80"));
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{model}: {}", said.err);
        assert!(said.err.contains("reusing the saved model; scoring only"), "{model}: {}", said.err);
        assert!(workshop.read("results/grid/predictions/base.tags").starts_with(&predictions), "{model}");
        let more = alone(model).replace("test_size = 60", "test_size = 80");
        workshop.write("grid.toml", more + "\n[[evaluate]]\nname = \"first\"\nsize = 30\n");
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{model}: {}", said.err);
        assert!(workshop.read("results/grid/evaluations.csv").lines().any(|row| row.contains("first")), "{model}");
        let verified = workshop.runner("verify results/grid");
        assert_eq!(verified.status, 0, "{model}: {}{}", verified.out, verified.err);

        // words are answered by the parts and by the merged weights alike
        workshop.write("text.txt", "Ana vive en Lima .\n");
        let said = workshop.runner("predict results/grid:base text.txt --device cpu --format conll");
        assert_eq!((said.status, said.out.lines().filter(|line| !line.is_empty()).count()), (0, 5), "{}", said.err);
        let answer = said.out;

        let said = workshop.runner("export results/grid:base out");
        assert_eq!(said.status, 0, "{}", said.err);
        let exported = tensors(&std::fs::read(workshop.path("out/model.safetensors")).unwrap());
        assert!(exported.keys().all(|name| !name.contains("lora_")), "{:?}", exported.keys());
        workshop.write(
            "child.toml",
            "[data]\ndataset = \"builtin:es\"\ntest_size = 60\n\n[model]\ncheckpoint = \"results/grid:base\"\n\
             max_length = 24\n\n[train]\nepochs = 0\n",
        );
        let said = workshop.runner("run child.toml");
        assert_eq!(said.status, 0, "{}", said.err);
        let said = workshop.runner("predict results/child:base text.txt --device cpu --format conll");
        assert_eq!((said.status, said.out), (0, answer), "{model}: {}", said.err);
        assert_eq!(workshop.read("results/child/predictions/base.tags"), predictions, "{model}");
    }
}

/// Keys that are not set are in no job's key; the order of targets is in none.
#[test]
fn what_is_not_set_changes_no_key_and_adapting_is_an_axis() {
    let plain = alone("");
    let key = |text: &str| {
        let workshop = Workshop::new(&text.replace("epochs = 3", "epochs = 0.1"));
        assert_eq!(workshop.runner("run grid.toml").status, 0);
        workshop.cell("results/grid", "base", "key").unwrap()
    };
    let with = |model: &str| plain.replace("max_length = 24\n", &format!("max_length = 24\n{model}\n"));
    let [without, alpha] = ["", "lora_alpha = 16"].map(|model| key(&with(model)));
    assert_eq!(without, alpha, "a default that is written");
    let adapted = |targets: &str| key(&with(&format!("adapt = \"lora\"\nlora_targets = [{targets}]")));
    let [one, other] = ["\"key\", \"up\"", "\"up\", \"key\""].map(adapted);
    assert_eq!(one, other);
    assert_ne!(one, without);
}

/// Keys of LoRA stand once, in the base; a job that adapts otherwise has the key that it has without them.
#[test]
fn a_grid_over_what_learns_is_one_file() {
    let words = ["all", "last", "bitfit", "lora"];
    let run = |model: &str, matrix: &str| {
        let workshop = Workshop::new(&(alone(model).replace("epochs = 3", "epochs = 0.1") + matrix));
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{}", said.err);
        workshop
    };
    let axis = "\n[matrix]\nmodel.adapt = [\"all\", \"last\", \"bitfit\", \"lora\"]\n";
    let grid = run("lora_rank = 4\nlast_layers = 2", axis);
    let in_grid = |word: &str| grid.cell("results/grid", &format!("adapt={word}"), "key").unwrap();
    let alone_key = |model: &str| run(model, "").cell("results/grid", "base", "key").unwrap();
    assert_eq!(in_grid("all"), alone_key(""), "everything learns, as without the key");
    assert_eq!(in_grid("bitfit"), alone_key("adapt = \"bitfit\""));
    assert_eq!(in_grid("lora"), alone_key("adapt = \"lora\"\nlora_rank = 4"));
    assert_eq!(in_grid("last"), alone_key("adapt = \"last\"\nlast_layers = 2"));
    let mut keys = words.map(in_grid).to_vec();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4);
}

/// Every byte is that of the same layers frozen by their number, and of these layers alone there are gradients to save.
#[test]
fn the_last_layers_learn_as_the_rest_is_frozen() {
    for (last, frozen) in [("last_layers = 1", "freeze = 1"), ("last_layers = 2", "freeze = \"embeddings\"")] {
        let run = |model: &str| {
            let workshop = Workshop::new(&alone(model));
            let said = workshop.runner("run grid.toml");
            assert_eq!(said.status, 0, "{model}: {}", said.err);
            workshop
        };
        let (ours, theirs) = (run(&format!("adapt = \"last\"\n{last}")), run(frozen));
        let of = |workshop: &Workshop| tensors(&workshop.weights().into_values().next().unwrap());
        assert!(of(&ours) == of(&theirs), "{last}");
        for file in ["predictions/base.tags", "curves.csv", "epochs.csv"] {
            assert_eq!(
                ours.read(&format!("results/grid/{file}")),
                theirs.read(&format!("results/grid/{file}")),
                "{last}: {file}"
            );
        }
    }
}

/// Each refused at the file, with its place.
#[test]
fn what_does_not_go_with_adapting_is_an_error_of_the_file() {
    for (model, what) in [
        ("adapt = \"lora\"\nfreeze = true", "`model.adapt` says what learns, but some jobs set `model.freeze` too"),
        ("adapt = \"bitfit\"\nfreeze = \"embeddings\"", "`model.adapt` says what learns"),
        ("adapt = \"last\"\nfreeze = 1", "`model.adapt` says what learns"),
        ("lora_rank = 4", "`model.lora_rank` needs `model.adapt = \"lora\"`, but no job has it"),
        ("adapt = \"bitfit\"\nlora_dropout = 0.1", "`model.lora_dropout` needs `model.adapt = \"lora\"`"),
        ("adapt = \"lora\"\nlast_layers = 2", "`model.last_layers` needs `model.adapt = \"last\"`, but no job"),
        ("adapt = \"last\"\nlast_layers = 0", "`model.last_layers` takes a whole number from 1, not 0"),
        ("adapt = \"adapters\"", "`model.adapt` takes \"all\", \"last\", \"bitfit\" or \"lora\""),
        ("adapt = \"lora\"\nlora_targets = []", "the list is empty"),
        ("adapt = \"lora\"\nlora_targets = [\"query\", \"query\"]", "\"query\" is listed twice"),
        ("adapt = \"lora\"\nlora_targets = [\"dense\"]", "\"dense\" is none of query, key, value, output, up, down"),
        ("adapt = \"lora\"\nlora_rank = 0", "`model.lora_rank` takes a whole number from 1, not 0"),
    ] {
        let said = Workshop::new(&alone(model)).runner("plan grid.toml");
        assert_eq!(said.status, 2, "{model}: {}", said.err);
        let text = said.err.replace("\n  │ ", " ");
        assert!(text.contains(what), "{model}: {}", said.err);
    }
    let cached = alone("adapt = \"lora\"").replace("log_every", "cache_features = true\nlog_every");
    let said = Workshop::new(&cached).runner("plan grid.toml");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.contains("`train.cache_features` needs a frozen encoder"), "{}", said.err);
    for (matrix, what) in [
        ("\n[matrix]\nmodel.lora_rank = [4, 8]\nmodel.adapt = [\"all\", \"lora\"]\n", "but some jobs do not have it"),
        ("\n[[matrix.include]]\nmodel.lora_rank = 4\nmodel.adapt = \"last\"\n", "but this job does not have it"),
    ] {
        let said = Workshop::new(&(alone("") + matrix)).runner("plan grid.toml");
        assert_eq!(said.status, 2, "{matrix}: {}", said.err);
        let text = said.err.replace("\n  │ ", " ");
        assert!(text.contains(&format!("`model.lora_rank` needs `model.adapt = \"lora\"`, {what}")), "{}", said.err);
    }
    for (model, what) in [
        (
            "adapt = \"lora\"\nlora_rank = 100000",
            "model.lora_rank = 100000, but the rank of the checkpoint's weights is at most 64",
        ),
        ("adapt = \"last\"\nlast_layers = 3", "model.last_layers = 3, but the checkpoint has 2 layers; lower it"),
    ] {
        let said = Workshop::new(&alone(model)).runner("run grid.toml");
        assert_eq!(said.status, 2, "{}", said.err);
        let text: String = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(what), "{}", said.err);
    }
}

/// A classifier of a job is kept, or scored as it is, by an adapted model too.
#[test]
fn the_classifier_of_a_checkpoint_is_kept_by_an_adapted_model() {
    let workshop = Workshop::new(&alone(""));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    for adapt in ["lora", "bitfit", "last"] {
        for train in ["max_steps = 2", "epochs = 0"] {
            workshop.write(
                "child.toml",
                format!(
                    "[data]\ndataset = \"builtin:es\"\ntrain_size = 40\ntest_size = 20\n\n[model]\n\
                     checkpoint = \"results/grid:base\"\nclassifier = \"keep\"\nmax_length = 24\nadapt = \"{adapt}\"\n\n\
                     [train]\n{train}\n"
                ),
            );
            let said = workshop.runner("run child.toml --force");
            assert_eq!(said.status, 0, "{adapt}, {train}: {}", said.err);
        }
    }
}

/// What is refused of one job of several has no row of an unchanged model.
#[test]
fn groups_that_match_nothing_of_one_job_fail_that_job() {
    let groups = "groups = [{ match = \"encoder.layer.0.*\", learning_rate = 1e-4 }]\nlog_every";
    let text = alone("").replace("log_every", groups) + "\n[matrix]\nmodel.adapt = [\"all\", \"last\"]\n";
    let workshop = Workshop::new(&text);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    let status = |job: &str| workshop.cell("results/grid", job, "status").unwrap();
    assert_eq!((status("adapt=all"), status("adapt=last")), ("ok".to_owned(), "failed".to_owned()));
}
