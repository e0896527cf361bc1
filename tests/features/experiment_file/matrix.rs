//! Mistakes in `[matrix]`.

use super::*;

#[test]
fn an_axis_that_is_not_a_list_is_reported_with_the_list() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = 42\n")), @r#"
      × the axis `train.seed` is not a list
       ╭─[grid.toml:6:14]
     5 │ [matrix]
     6 │ train.seed = 42
       ·              ─┬
       ·               ╰── this is a whole number
       ╰────
      help: write `train.seed = [42]`, or move the key to [train] if it does not vary

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_empty_axis_is_an_error() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = []\nmodel.freeze = [true, false]\n")), @r#"
      × the axis `train.seed` is empty
       ╭─[grid.toml:6:14]
     5 │ [matrix]
     6 │ train.seed = []
       ·              ─┬
       ·               ╰── no value
     7 │ model.freeze = [true, false]
       ╰────
      help: add a value, or remove the axis

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_unknown_axis_gets_the_nearest() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.sede = [1, 2]\nseed = [1, 2]\ntrian.epochs = [1]\n[[matrix.exclud]]\ntrain.seed = 1\n")), @r#"
      × unknown key `sede` in [train]
       ╭─[grid.toml:6:7]
     5 │ [matrix]
     6 │ train.sede = [1, 2]
       ·       ──┬─
       ·         ╰── no such key
     7 │ seed = [1, 2]
       ╰────
      help: did you mean `seed`?

      × unknown key `seed` in [matrix]
       ╭─[grid.toml:7:1]
     6 │ train.sede = [1, 2]
     7 │ seed = [1, 2]
       · ──┬─
       ·   ╰── no such key
     8 │ trian.epochs = [1]
       ╰────
      help: write the table too: `train.seed = [...]`

      × unknown table `[matrix.trian]`
       ╭─[grid.toml:8:1]
     7 │ seed = [1, 2]
     8 │ trian.epochs = [1]
       · ──┬──
       ·   ╰── no such table
     9 │ [[matrix.exclud]]
       ╰────
      help: did you mean `train`?

      × unknown key `exclud` in [matrix]
        ╭─[grid.toml:9:10]
      8 │ trian.epochs = [1]
      9 │ [[matrix.exclud]]
        ·          ───┬──
        ·             ╰── no such key
     10 │ train.seed = 1
        ╰────
      help: did you mean `[[matrix.exclude]]`?

    4 problems; nothing was started or written
    "#);
}

#[test]
fn a_value_on_an_axis_is_checked_at_its_place() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.epochs = [1, -2, \"x\"]\ndata.train_size = [10, 0]\n")), @r#"
      × `train.epochs` takes a number from 0, not -2
       ╭─[grid.toml:6:20]
     5 │ [matrix]
     6 │ train.epochs = [1, -2, "x"]
       ·                    ─┬
       ·                     ╰── out of range
     7 │ data.train_size = [10, 0]
       ╰────

      × `train.epochs` takes a number from 0
       ╭─[grid.toml:6:24]
     5 │ [matrix]
     6 │ train.epochs = [1, -2, "x"]
       ·                        ─┬─
       ·                         ╰── this is text
     7 │ data.train_size = [10, 0]
       ╰────

      × `data.train_size` takes a whole number from 1 or "all", not 0
       ╭─[grid.toml:7:24]
     6 │ train.epochs = [1, -2, "x"]
     7 │ data.train_size = [10, 0]
       ·                        ┬
       ·                        ╰── out of range
       ╰────

    3 problems; nothing was started or written
    "#);
}

#[test]
fn a_key_on_two_axes_is_shown_on_both() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = [1, 2]\n\n[[matrix.zip]]\ntrain.seed = [3, 4]\ntrain.epochs = [1, 2]\n")), @r#"
      × `train.seed` is on two axes
        ╭─[grid.toml:6:7]
      5 │ [matrix]
      6 │ train.seed = [1, 2]
        ·       ──┬─
        ·         ╰── first here
      7 │
      8 │ [[matrix.zip]]
      9 │ train.seed = [3, 4]
        ·       ──┬─
        ·         ╰── again here
     10 │ train.epochs = [1, 2]
        ╰────
      help: keep one; to vary lists together, write them in one [[matrix.zip]]

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_zip_of_unequal_lists_counts_them() {
    assert_snapshot!(broken(&format!("{BASE}[[matrix.zip]]\ntrain.seed = [1, 2, 3]\ntrain.epochs = [1, 2]\n")), @r#"
      × the lists of this zip have different lengths: 3 and 2
       ╭─[grid.toml:6:14]
     5 │ [[matrix.zip]]
     6 │ train.seed = [1, 2, 3]
       ·              ────┬────
       ·                  ╰── 3 values
     7 │ train.epochs = [1, 2]
       ·                ───┬──
       ·                   ╰── 2 values
       ╰────
      help: the lists of a zip vary together: give each the same number of values

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_zip_with_one_bracket_is_reported_with_two() {
    assert_snapshot!(broken(&format!("{BASE}[matrix.zip]\ntrain.seed = [1, 2, 3]\n")), @r#"
      × `[[matrix.zip]]` needs two brackets: it is a list of tables
       ╭─[grid.toml:5:1]
     4 │ checkpoint = "builtin:tiny"
     5 │ [matrix.zip]
       · ──────┬─────
       ·       ╰── not a list of tables
     6 │ train.seed = [1, 2, 3]
       ╰────
      help: write `[[matrix.zip]]`, once for each zip

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_exclude_that_matches_nothing_lists_the_values() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ndata.train_size = [100, 200]\nmodel.freeze = [true, false]\n[[matrix.exclude]]\ndata.train_size = 300\n[[matrix.exclude]]\ntrain.epochs = 5\nmodel.freeze = true\n")), @r#"
      × this exclude matches no job
        ╭─[grid.toml:9:19]
      8 │ [[matrix.exclude]]
      9 │ data.train_size = 300
        ·                   ─┬─
        ·                    ╰── no job has this `train_size`
     10 │ [[matrix.exclude]]
        ╰────
      help: the jobs have 100, 200

      × this exclude matches no job
        ╭─[grid.toml:11:16]
     10 │ [[matrix.exclude]]
     11 │ train.epochs = 5
        ·                ┬
        ·                ╰── no job has this `epochs`
     12 │ model.freeze = true
        ╰────
      help: the jobs have 3.0

    2 problems; nothing was started or written
    "#);
}

#[test]
fn excluding_every_job_is_an_error() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\nmodel.freeze = [true, false]\n[[matrix.exclude]]\ntrain.epochs = 3\n")), @r#"
      × the excludes drop all jobs
       ╭─[grid.toml:7:1]
     6 │ model.freeze = [true, false]
     7 │ [[matrix.exclude]]
       · ─────────┬────────
       ·          ╰── the first exclude
     8 │ train.epochs = 3
       ╰────
      help: remove an exclude, or add an include

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_include_with_an_unknown_key_is_an_error() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\nmodel.freeze = [true, false]\n[[matrix.include]]\nmodel.frozen = true\ntrain.seed = [1, 2]\n")), @r#"
      × unknown key `frozen` in [model]
       ╭─[grid.toml:8:7]
     7 │ [[matrix.include]]
     8 │ model.frozen = true
       ·       ───┬──
       ·          ╰── no such key
     9 │ train.seed = [1, 2]
       ╰────
      help: the keys of [model] are checkpoint, revision, classifier, max_length, window, stride,
            tokenizer, freeze, adapt, last_layers, lora_rank, lora_alpha, lora_dropout, lora_targets,
            dropout, decoding

      × `train.seed` takes a whole number from 0
       ╭─[grid.toml:9:14]
     8 │ model.frozen = true
     9 │ train.seed = [1, 2]
       ·              ───┬──
       ·                 ╰── this is a list
       ╰────
      help: to vary it, write the list under [matrix]: `train.seed = [...]`

    2 problems; nothing was started or written
    "#);
}

#[test]
fn equal_jobs_are_shown_at_the_second() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = [1, 2, 1]\n[[matrix.include]]\ntrain.seed = 2\n")), @r#"
      × seed 1 is listed twice
       ╭─[grid.toml:6:21]
     5 │ [matrix]
     6 │ train.seed = [1, 2, 1]
       ·                     ┬
       ·                     ╰── this value again
     7 │ [[matrix.include]]
       ╰────
      help: remove one

      × two jobs are equal: seed=2
       ╭─[grid.toml:7:1]
     6 │ train.seed = [1, 2, 1]
     7 │ [[matrix.include]]
       · ─────────┬────────
       ·          ╰── a repeated job
     8 │ train.seed = 2
       ╰────
      help: remove one: equal jobs give equal rows

    2 problems; nothing was started or written
    "#);
}

#[test]
fn a_billion_jobs_are_counted_and_not_built() {
    let seeds = (0..1000).map(|seed| seed.to_string()).collect::<Vec<_>>().join(", ");
    let axes = ["train.seed", "data.subset_seed", "train.max_steps"].map(|key| format!("{key} = [{seeds}]\n"));
    let axes = axes.concat().replace("max_steps = [0, ", "max_steps = [1000, ");
    let said = broken(&format!("{BASE}[matrix]\n{axes}"));
    assert_snapshot!(said, @r"
      × grid.toml:6: the matrix has 1,000,000,000 jobs; at most 10,000 are allowed
      help: shorten an axis, or split the experiment into files that extend a common one
            grid.toml:6: 1000 values
            grid.toml:7: 1000 values
            grid.toml:8: 1000 values

    1 problem; nothing was started or written
    ");
}

#[test]
fn a_key_that_affects_no_result_cannot_vary() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.log_every = [10, 50]\n")), @r#"
      × `train.log_every` cannot be a matrix axis: it does not affect results
       ╭─[grid.toml:6:7]
     5 │ [matrix]
     6 │ train.log_every = [10, 50]
       ·       ────┬────
       ·           ╰── the same for every job
       ╰────
      help: jobs that differ only in it are one job; write it in [train]

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_value_that_is_listed_twice_is_one_problem_whatever_the_other_axes() {
    let said = broken(&format!("{BASE}[matrix]\ntrain.seed = [1, 1]\ntrain.epochs = [1, 2, 3, 4]\n"));
    assert!(
        said.contains("× seed 1 is listed twice") && said.ends_with("\n1 problem; nothing was started or written\n"),
        "{said}"
    );
}
