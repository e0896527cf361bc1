//! The matrix: order of the jobs, zips, excludes, includes, limits.

use super::*;

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
fn the_job_without_axes_is_selected_by_its_label() {
    let plan = with_matrix("").plan("grid.toml", &[]);
    assert_eq!(plan.select(&Only::new("base")), Ok(vec![0]));
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
