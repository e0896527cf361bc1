//! `--set`.

use super::*;

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
