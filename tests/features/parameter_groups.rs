//! Parameter groups: that they are what the keys for all parameters are, that they resume, and what is wrong with some.

use crate::workshop::{Workshop, assert_same};

/// One job of 20 steps an epoch that learns all of its parameters; `train`: more of its `[train]`.
fn alone(train: &str) -> String {
    format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 160\ntest_size = 60\n\n\
         [model]\ncheckpoint = \"builtin:tiny\"\nmax_length = 24\n\n\
         [train]\nepochs = 2\nwarmup_steps = 4\nlog_every = 5\n{train}\n\n\
         [save]\ncheckpoint_minutes = 0.0005\n"
    )
}

const RATE: &str = "learning_rate = 2e-3\nweight_decay = 0.1";

#[test]
fn a_group_of_all_parameters_is_the_keys_for_all_parameters() {
    let model = |train: &str| Workshop::done(&alone(train), "run grid.toml").weight_bytes();
    let plain = model(RATE);
    for (grouped, without) in [
        (
            "learning_rate = 1e-3\n[[train.groups]]\nmatch = \"*\"\nlearning_rate = 2e-3\nweight_decay = 0.1",
            RATE.to_owned(),
        ),
        // a rate is absolute: neither layer_decay nor the head's rate changes it
        (
            "layer_decay = 0.5\nhead_learning_rate = 1e-2\ngroups = [{ match = \"*\", learning_rate = 2e-3, weight_decay = 0.1 }]",
            RATE.to_owned(),
        ),
        (
            "learning_rate = 2e-3\nweight_decay = 0.1\ngroups = [{ match = \"classifier.*\", learning_rate = 1e-2 }]",
            format!("{RATE}\nhead_learning_rate = 1e-2"),
        ),
        // what a group does not say stays as without it
        (
            "learning_rate = 2e-3\nlayer_decay = 0.5\ngroups = [{ match = \"*\", weight_decay = 0.1 }]",
            format!("{RATE}\nlayer_decay = 0.5"),
        ),
    ] {
        let ours = model(grouped);
        assert!(ours == model(&without), "{grouped}");
        assert_eq!(ours == plain, without == RATE, "{grouped}");
    }
}

const GROUPS: &str = "learning_rate = 2e-3\naverage = \"ema\"\nema_decay = 0.9\n\
    groups = [{ match = \"embeddings.*\", learning_rate = 1e-3, weight_decay = 0.2 }, { match = \"*.bias\", learning_rate = 4e-3 }]";

#[test]
fn groups_have_the_same_bytes_on_any_threads_and_after_a_kill() {
    let whole = Workshop::done(&alone(GROUPS), "run grid.toml --threads 1");
    let two = Workshop::done(&alone(GROUPS), "run grid.toml --threads 2");
    assert_same(&whole.committed("results/grid"), &two.committed("results/grid"));
    let killed = Workshop::new(&alone(GROUPS));
    let mut child = killed.start("run grid.toml");
    killed.wait_for_checkpoint("results/grid");
    child.kill().unwrap();
    child.wait().unwrap();
    let said = killed.runner("run grid.toml");
    assert!(said.err.contains("base: resuming from step "), "{}", said.err);
    assert_same(&killed.committed("results/grid"), &whole.committed("results/grid"));
    assert!(killed.weight_bytes() == whole.weight_bytes() && two.weight_bytes() == whole.weight_bytes());
}

#[test]
fn a_classifier_on_cached_features_has_the_groups_of_that_under_the_frozen_encoder() {
    let groups = "learning_rate = 2e-3\ngroups = [{ match = \"classifier.weight\", learning_rate = 2e-2 }]";
    let text = alone(groups).replace("max_length = 24", "max_length = 24\nfreeze = true\ndropout = 0");
    let plain = Workshop::done(&text, "run grid.toml");
    let cached = Workshop::done(&text.replace("epochs = 2", "epochs = 2\ncache_features = true"), "run grid.toml");
    assert!(plain.weight_bytes() == cached.weight_bytes());
    let without = Workshop::done(&text.replace("groups = [", "groups = [] # "), "run grid.toml");
    assert!(plain.weight_bytes() != without.weight_bytes());
}

#[test]
fn groups_are_an_axis_and_a_job_without_any_is_the_job_of_before() {
    let axis = "[matrix]\ntrain.groups = [[], [{ match = \"*.bias\", learning_rate = 4e-3 }]]\n";
    let workshop = Workshop::done(&(alone(RATE) + axis), "run grid.toml");
    let plan = workshop.runner("plan grid.toml");
    assert!(plan.out.contains("groups=[{learning_rate=0.004,match=*.bias}]"), "{}", plan.out);
    let said = workshop.runner("verify results/grid");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    let both = workshop.weight_bytes();
    assert!(both.len() == 2 && both[0] != both[1]);
    assert!(both.contains(&Workshop::done(&alone(RATE), "run grid.toml").weight_bytes()[0]));
}

fn words(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

#[test]
fn groups_that_are_wrong_are_errors_of_the_file() {
    for (train, wanted) in [
        ("groups = { match = \"*.bias\" }", "this is a table"),
        ("groups = [\"*.bias\"]", "group 1: \"*.bias\" is no table"),
        ("groups = [{ match = \"*.bias\", lr = 1e-3 }]", "group 1: `lr` is not match, learning_rate or weight_decay"),
        ("groups = [{ match = \"*.bias\", learning_rate = -1 }]", "group 1: `learning_rate` takes a number from 0"),
        (
            "groups = [{ match = \"*.bias\", learning_rate = 1e-3 }, { learning_rate = 1e-3 }]",
            "group 2: `match` is missing: the names of its parameters",
        ),
        ("[[train.groups]]\nmatch = \"*.bias\"", "group 1: it has neither `learning_rate` nor `weight_decay`"),
    ] {
        let said = Workshop::new(&alone(train)).runner("plan grid.toml");
        assert_eq!(said.status, 2, "{train}: {}", said.err);
        assert!(words(&said.err).contains(wanted), "{train}: {}", said.err);
        assert!(words(&said.err).contains("1 problem; nothing was started"), "{train}: {}", said.err);
    }
}

/// Names are known when the checkpoint is: before any training, and nothing is written.
#[test]
fn groups_without_an_effect_are_found_before_any_training() {
    for (groups, wanted) in [
        (
            "[{ match = \"encoder.layers.0.*\", learning_rate = 1e-3 }]",
            "`encoder.layers.0.*` matches no parameter of the checkpoint; near it are bert.encoder.layer.0.",
        ),
        (
            "[{ match = \"*\", learning_rate = 1e-3 }, { match = \"*.bias\", learning_rate = 1e-3 }]",
            "all that `*.bias` matches is in the groups before it",
        ),
        ("[{ match = \"*LayerNorm*\", weight_decay = 0.1 }]", "`*LayerNorm*` matches only what does not decay"),
    ] {
        let workshop = Workshop::new(&alone(&format!("groups = {groups}")));
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 2, "{groups}: {}", said.err);
        assert!(words(&said.err).contains(wanted), "{groups}: {}", said.err);
        assert!(!workshop.path("results").exists(), "nothing is written");
        let plan = workshop.runner("plan grid.toml");
        assert!(plan.status == 1 && words(&plan.out).contains(wanted), "{}", plan.out);
    }
}
