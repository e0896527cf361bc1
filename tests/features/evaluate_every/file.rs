//! `train.evaluate_every`, `keep` and `patience`, and what they need.

use crate::select::*;

#[test]
fn scoring_while_training_is_read() {
    let train =
        experiment("validation_size = \"all\"\n[train]\nevaluate_every = \"epoch\"\nkeep = \"best\"\npatience = 2\n")
            .base
            .train;
    assert_eq!((train.evaluate_every, train.keep, train.patience), (Some(Interval::Epoch), Keep::Best, Some(2)));
    let train = experiment("validation_size = 5\n[train]\nevaluate_every = 50\n").base.train;
    assert_eq!((train.evaluate_every, train.keep, train.patience), (Some(Interval::Steps(50)), Keep::Last, None));
}

#[test]
fn evaluating_during_training_needs_validation_rows() {
    assert_snapshot!(broken("[train]\nevaluate_every = \"epoch\"\n"), @r#"
      × `train.evaluate_every` needs validation scores, but no validation rows are scored
       ╭─[grid.toml:6:1]
     5 │ [train]
     6 │ evaluate_every = "epoch"
       · ───────┬──────
       ·        ╰── this needs validation rows
       ╰────
      help: set `data.validation_size` to a number of rows or "all"

    1 problem; nothing was started or written
    "#);
}

#[test]
fn the_best_and_patience_want_scores_while_training() {
    assert_snapshot!(broken("validation_size = 10\n[train]\nkeep = \"best\"\npatience = 2\n"), @r#"
      × `train.keep` needs scores during training, but `train.evaluate_every` is unset
       ╭─[grid.toml:7:1]
     6 │ [train]
     7 │ keep = "best"
       · ──┬─
       ·   ╰── the best needs scores to compare
     8 │ patience = 2
       ╰────
      help: set `evaluate_every` in [train] to "epoch" or a number of steps

      × `train.patience` needs scores during training, but `train.evaluate_every` is unset
       ╭─[grid.toml:8:1]
     7 │ keep = "best"
     8 │ patience = 2
       · ────┬───
       ·     ╰── this counts evaluations
       ╰────
      help: set `evaluate_every` in [train] to "epoch" or a number of steps

    2 problems; nothing was started or written
    "#);
}

#[test]
fn what_an_axis_or_an_include_leaves_without_scores_is_found_there() {
    assert_snapshot!(broken("validation_size = 10\n[matrix]\ntrain.keep = [\"last\", \"best\"]\n[[matrix.include]]\ntrain.patience = 3\n"), @r#"
      × `train.keep` needs scores during training, but `train.evaluate_every` is unset
       ╭─[grid.toml:7:7]
     6 │ [matrix]
     7 │ train.keep = ["last", "best"]
       ·       ──┬─
       ·         ╰── the best needs scores to compare
     8 │ [[matrix.include]]
       ╰────
      help: set `evaluate_every` in [train] to "epoch" or a number of steps

      × `train.patience` needs scores during training, but `train.evaluate_every` is unset
       ╭─[grid.toml:9:7]
     8 │ [[matrix.include]]
     9 │ train.patience = 3
       ·       ────┬───
       ·           ╰── this counts evaluations
       ╰────
      help: set `evaluate_every` in [train] to "epoch" or a number of steps

    2 problems; nothing was started or written
    "#);
}

#[test]
fn lists_that_advance_together_are_looked_at_together() {
    let zip = "[[matrix.zip]]\ntrain.evaluate_every = [\"epoch\", 5]\ndata.validation_size = [10, 20]\ntrain.keep = [\"last\", \"best\"]\n";
    assert_eq!(experiment(zip).matrix.axes.len(), 1);
    let zip = "[train]\nevaluate_every = 5\n[[matrix.zip]]\ntrain.keep = [\"last\", \"best\"]\ndata.validation_size = [10, 0]\n";
    assert_snapshot!(broken(zip), @r#"
      × `train.evaluate_every` needs validation scores, but no validation rows are scored
       ╭─[grid.toml:6:1]
     5 │ [train]
     6 │ evaluate_every = 5
       · ───────┬──────
       ·        ╰── this needs validation rows
     7 │ [[matrix.zip]]
       ╰────
      help: set `data.validation_size` to a number of rows or "all"

      × `train.keep` needs validation scores, but no validation rows are scored
       ╭─[grid.toml:8:7]
     7 │ [[matrix.zip]]
     8 │ train.keep = ["last", "best"]
       ·       ──┬─
       ·         ╰── this needs validation rows
     9 │ data.validation_size = [10, 0]
       ╰────
      help: set `data.validation_size` to a number of rows or "all"

    2 problems; nothing was started or written
    "#);
}
