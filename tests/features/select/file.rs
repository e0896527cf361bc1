//! Choosing without the test set: what an experiment file may say of it, and what is said where it may not.

use std::path::Path;

use insta::assert_snapshot;
use runner::metrics::Metric;
use runner::plan::{JobResult, Plan, winners};
use runner::spec::{Experiment, Interval, Keep, KeyPath, Overrides, Problems, ScoreName, Size, load, render};
use tempfile::TempDir;

/// What every experiment needs.
const BASE: &str = "[model]\ncheckpoint = \"builtin:tiny\"\n[data]\ndataset = \"builtin:es\"\n";

/// Validation rows and three rates to choose from.
const RATES: &str = "validation_size = 100\n[matrix]\ntrain.learning_rate = [1e-5, 2e-5, 5e-5]\ntrain.seed = [1, 2]\n";

fn read(files: &[(&str, &str)], set: &[&str]) -> Result<Experiment, Problems> {
    let folder = TempDir::new().expect("a temporary folder can be made");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("the file can be written");
    }
    let set = set.iter().map(|text| (*text).to_owned()).collect();
    load(&folder.path().join(files[0].0), &Overrides { set, name: None }).map_err(|mut problems| {
        let prefix = format!("{}/", folder.path().display());
        problems.rename(|name| name.replace(&prefix, ""));
        problems
    })
}

/// The experiment of this text below `BASE`.
fn experiment(text: &str) -> Experiment {
    read(&[("grid.toml", &format!("{BASE}{text}"))], &[])
        .unwrap_or_else(|problems| panic!("{}", render(&problems, false, 100)))
}

/// What is said about a file of this text below `BASE`.
fn broken(text: &str) -> String {
    said(read(&[("grid.toml", &format!("{BASE}{text}"))], &[]))
}

fn said(read: Result<Experiment, Problems>) -> String {
    render(&read.expect_err("the file is broken"), false, 100)
}

fn key(path: &str) -> KeyPath {
    KeyPath::parse(path).expect("a known key")
}

#[test]
fn the_scores_to_choose_by_are_those_of_the_tables() {
    let named = Metric::ALL.map(|metric| ScoreName::parse(&format!("validation_{metric}")).map(ScoreName::metric));
    assert_eq!(named, Metric::ALL.map(Some));
    assert_eq!(ScoreName::parse("test_entity_f1"), None);
}

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

#[test]
fn a_choice_is_read_written_back_and_read_again() {
    let choice = "[select]\nby = \"validation_token_accuracy\"\nover = [\"train.learning_rate\"]\n";
    let first = experiment(&format!("{RATES}{choice}"));
    let select = first.select.clone().expect("a choice");
    assert_eq!(
        (select.by.to_string().as_str(), select.by.metric()),
        ("validation_token_accuracy", Metric::TokenAccuracy)
    );
    assert_eq!(select.over, [key("train.learning_rate")]);
    let written = first.resolved_toml(Path::new("results/grid"));
    assert!(written.contains(choice), "{written}");
    let second = read(&[("grid.toml", &written)], &[]).expect("the resolved file is an experiment");
    assert_eq!(second.select, Some(select));
    assert_eq!(second.base, first.base);
}

#[test]
fn entity_f1_is_chosen_by_unless_another_score_is_named() {
    let select = experiment(&format!("{RATES}[select]\nover = [\"train.learning_rate\"]\n")).select.expect("a choice");
    assert_eq!(select.by.to_string(), "validation_entity_f1");
}

#[test]
fn a_key_that_only_an_include_sets_can_be_chosen() {
    let text = "validation_size = 9\n[[matrix.include]]\nmodel.freeze = true\n[select]\nover = [\"model.freeze\"]\n";
    assert_eq!(experiment(text).select.expect("a choice").over, [key("model.freeze")]);
}

#[test]
fn the_nearer_choice_replaces_the_farther_whole() {
    let base = format!("{BASE}{RATES}[select]\nby = \"validation_token_accuracy\"\nover = [\"train.learning_rate\"]\n");
    let of = |text: &str| read(&[("near.toml", text), ("base.toml", &base)], &[]).expect("an experiment").select;
    let inherited = of("extends = \"base.toml\"\n").expect("the base's");
    assert_eq!(inherited.by.metric(), Metric::TokenAccuracy);
    let own = of("extends = \"base.toml\"\n[select]\nover = [\"train.learning_rate\"]\n").expect("its own");
    assert_eq!(own.by.metric(), Metric::EntityF1);
}

#[test]
fn a_choice_affects_no_jobs_key() {
    let entries = |text: &str| {
        let plan = Plan::expand(experiment(text)).expect("a plan");
        plan.jobs.into_iter().map(|job| job.settings.entries().collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    assert_eq!(entries(RATES), entries(&format!("{RATES}[select]\nover = [\"train.learning_rate\"]\n")));
}

#[test]
fn choosing_on_the_test_set_is_refused_with_the_reason() {
    assert_snapshot!(broken(&format!("{RATES}[select]\nby = \"test_entity_f1\"\nover = [\"train.learning_rate\"]\n")), @r#"
      × `select.by = "test_entity_f1"` chooses on the test set
        ╭─[grid.toml:10:6]
      9 │ [select]
     10 │ by = "test_entity_f1"
        ·      ────────┬───────
        ·              ╰── a test score
     11 │ over = ["train.learning_rate"]
        ╰────
      help: the best of several test scores is too high because it was picked for being high; write
            "validation_entity_f1": then only the winner is scored on the test set

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_score_that_there_is_not_gets_the_nearest() {
    let by = |name: &str| broken(&format!("{RATES}[select]\nby = \"{name}\"\nover = [\"train.learning_rate\"]\n"));
    let help = |name: &str| by(name).lines().find(|line| line.contains("help:")).expect("help").trim().to_owned();
    assert_eq!(help("entity_f1"), "help: did you mean \"validation_entity_f1\"?");
    assert_eq!(help("validation_entity_f2"), "help: did you mean \"validation_entity_f1\"?");
    assert_snapshot!(by("loss"), @r#"
      × unknown score `loss`
        ╭─[grid.toml:10:6]
      9 │ [select]
     10 │ by = "loss"
        ·      ───┬──
        ·         ╰── no such score
     11 │ over = ["train.learning_rate"]
        ╰────
      help: the scores are validation_entity_f1, validation_entity_precision,
            validation_entity_recall, validation_entity_f1_iob2, validation_token_f1_micro,
            validation_token_f1_macro, validation_gold_token_f1_micro, validation_gold_token_f1_macro,
            validation_token_accuracy

    1 problem; nothing was started or written
    "#);
}

#[test]
fn what_a_choice_lists_is_checked() {
    assert_snapshot!(broken(&format!("{RATES}[select]\nby = 3\novr = \"train.learning_rate\"\n")), @r#"
      × `select.by` takes a score's name
        ╭─[grid.toml:10:6]
      9 │ [select]
     10 │ by = 3
        ·      ┬
        ·      ╰── this is a whole number
     11 │ ovr = "train.learning_rate"
        ╰────
      help: as in `by = "validation_entity_f1"`

      × unknown key `ovr` in [select]
        ╭─[grid.toml:11:1]
     10 │ by = 3
     11 │ ovr = "train.learning_rate"
        · ─┬─
        ·  ╰── no such key
        ╰────
      help: did you mean `over`?

    2 problems; nothing was started or written
    "#);
    assert_snapshot!(broken(&format!("{RATES}[select]\nover = \"train.learning_rate\"\n")), @r#"
      × `select.over` takes a list of keys
        ╭─[grid.toml:10:8]
      9 │ [select]
     10 │ over = "train.learning_rate"
        ·        ──────────┬──────────
        ·                  ╰── this is text
        ╰────
      help: as in `over = ["train.learning_rate"]`

    1 problem; nothing was started or written
    "#);
    let text = format!("select = \"train.learning_rate\"\n{BASE}");
    assert_snapshot!(said(read(&[("grid.toml", &text)], &[])), @r#"
      × `select` is a table, not a key
       ╭─[grid.toml:1:10]
     1 │ select = "train.learning_rate"
       ·          ──────────┬──────────
       ·                    ╰── not a table
     2 │ [model]
       ╰────
      help: write its keys under a line `[select]`

    1 problem; nothing was started or written
    "#);
}

#[test]
fn every_key_to_choose_among_is_checked() {
    assert_snapshot!(broken(&format!(
        "{RATES}[select]\nover = [\"train.learning_rat\", \"learning_rate\", \"train.seed\", \"train.learning_rate\", \"train.learning_rate\", \"train.epochs\", \"data.language\", 1]\n"
    )), @r#"
      × unknown key `train.learning_rat` in `select.over`
        ╭─[grid.toml:10:9]
      9 │ [select]
     10 │ over = ["train.learning_rat", "learning_rate", "train.seed", "train.learning_rate", "train.learning_rate", "train.epochs", "data.language", 1]
        ·         ──────────┬─────────
        ·                   ╰── no such key
        ╰────
      help: did you mean "train.learning_rate"?

      × unknown key `learning_rate` in `select.over`
        ╭─[grid.toml:10:31]
      9 │ [select]
     10 │ over = ["train.learning_rat", "learning_rate", "train.seed", "train.learning_rate", "train.learning_rate", "train.epochs", "data.language", 1]
        ·                               ───────┬───────
        ·                                      ╰── no such key
        ╰────
      help: its full name is `train.learning_rate`

      × `train.seed` cannot be in `select.over`
        ╭─[grid.toml:10:48]
      9 │ [select]
     10 │ over = ["train.learning_rat", "learning_rate", "train.seed", "train.learning_rate", "train.learning_rate", "train.epochs", "data.language", 1]
        ·                                                ──────┬─────
        ·                                                      ╰── scores are averaged over seeds
        ╰────
      help: remove it from `over`: a candidate's score is the mean over its seeds

      × `train.learning_rate` is listed twice in `select.over`
        ╭─[grid.toml:10:85]
      9 │ [select]
     10 │ over = ["train.learning_rat", "learning_rate", "train.seed", "train.learning_rate", "train.learning_rate", "train.epochs", "data.language", 1]
        ·                                                                                     ──────────┬──────────
        ·                                                                                               ╰── again here
        ╰────
      help: remove one

      × `train.epochs` does not vary in this experiment
        ╭─[grid.toml:10:108]
      9 │ [select]
     10 │ over = ["train.learning_rat", "learning_rate", "train.seed", "train.learning_rate", "train.learning_rate", "train.epochs", "data.language", 1]
        ·                                                                                                            ───────┬──────
        ·                                                                                                                   ╰── the same in every job
        ╰────
      help: list its candidates under [matrix]: `train.epochs = [...]`

      × `data.language` cannot be in `select.over`
        ╭─[grid.toml:10:124]
      9 │ [select]
     10 │ over = ["train.learning_rat", "learning_rate", "train.seed", "train.learning_rate", "train.learning_rate", "train.epochs", "data.language", 1]
        ·                                                                                                                            ───────┬───────
        ·                                                                                                                                   ╰── scores on different rows cannot be compared
        ╰────
      help: remove it from `over`: each of its values then has its own winner

      × `select.over` takes a list of keys
        ╭─[grid.toml:10:141]
      9 │ [select]
     10 │ over = ["train.learning_rat", "learning_rate", "train.seed", "train.learning_rate", "train.learning_rate", "train.epochs", "data.language", 1]
        ·                                                                                                                                             ┬
        ·                                                                                                                                             ╰── this is a whole number
        ╰────
      help: a key is text, as in "train.learning_rate"

    7 problems; nothing was started or written
    "#);
}

#[test]
fn a_choice_among_nothing_is_refused() {
    assert_snapshot!(broken(&format!("{RATES}[select]\nover = []\n")), @r#"
      × `select.over` is empty
        ╭─[grid.toml:10:8]
      9 │ [select]
     10 │ over = []
        ·        ─┬
        ·         ╰── no key
        ╰────
      help: list a key to choose, or remove [select]

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_choice_needs_validation_rows_in_every_job() {
    let choice = "[select]\nby = \"validation_entity_f1\"\nover = [\"train.epochs\"]\n";
    assert_snapshot!(broken(&format!("[matrix]\ntrain.epochs = [1, 2]\n{choice}")), @r#"
      × `select.by` needs validation scores, but no validation rows are scored
       ╭─[grid.toml:8:6]
     7 │ [select]
     8 │ by = "validation_entity_f1"
       ·      ───────────┬──────────
       ·                 ╰── this needs validation rows
     9 │ over = ["train.epochs"]
       ╰────
      help: set `data.validation_size` to a number of rows or "all" in every job

    1 problem; nothing was started or written
    "#);
    assert_snapshot!(broken(&format!("[matrix]\ntrain.epochs = [1, 2]\ndata.validation_size = [10, 0]\n[[matrix.include]]\ntrain.epochs = 5\n{choice}")), @r#"
      × `select.by` needs validation scores, but no validation rows are scored
        ╭─[grid.toml:7:29]
      6 │ train.epochs = [1, 2]
      7 │ data.validation_size = [10, 0]
        ·                             ┬
        ·                             ╰── none here
      8 │ [[matrix.include]]
        · ─────────┬────────
        ·          ╰── none here
      9 │ train.epochs = 5
     10 │ [select]
     11 │ by = "validation_entity_f1"
        ·      ───────────┬──────────
        ·                 ╰── this needs validation rows
     12 │ over = ["train.epochs"]
        ╰────
      help: set `data.validation_size` to a number of rows or "all" in every job

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_choice_is_not_set_from_the_command_line() {
    let file = format!("{BASE}{RATES}");
    assert_snapshot!(said(read(&[("grid.toml", &file)], &["select.by=validation_entity_f1"])), @r#"
      × `select.by` cannot be set on the command line
       ╭─[--set:1:1]
     1 │ select.by=validation_entity_f1
       · ────┬────
       ·     ╰── not a key of a table
       ╰────
      help: write it in the file

    1 problem; nothing was started or written
    "#);
}

/// The plan of `text`, and its winners where job i has `scores[i]`: an outer none is no result, an inner one no score.
fn chosen(text: &str, scores: &[Option<Option<f64>>]) -> Vec<Option<bool>> {
    let plan = Plan::expand(experiment(text)).expect("a plan");
    assert_eq!(plan.jobs.len(), scores.len());
    let select = plan.experiment.select.clone().expect("a choice");
    winners(&plan.jobs, &select, |job| Some(JobResult { score: scores[job.index]? }))
}

const OVER_RATES: &str = "[select]\nover = [\"train.learning_rate\"]\n";

/// Three rates, two seeds each: the second rate has the highest mean, the first the highest score.
const SCORES: [f64; 6] = [0.9, 0.5, 0.75, 0.75, 0.6, 0.6];

#[test]
fn the_highest_mean_over_the_seeds_wins() {
    let chosen = chosen(&format!("{RATES}{OVER_RATES}"), &SCORES.map(|score| Some(Some(score))));
    assert_eq!(chosen, [false, false, true, true, false, false].map(Some));
}

#[test]
fn a_group_is_undecided_while_a_job_of_it_has_no_result() {
    let mut scores = SCORES.map(|score| Some(Some(score)));
    scores[5] = None;
    assert_eq!(chosen(&format!("{RATES}{OVER_RATES}"), &scores), [None; 6]);
}

#[test]
fn a_candidate_with_a_failed_job_cannot_win() {
    let mut scores = SCORES.map(|score| Some(Some(score)));
    scores[2] = Some(None);
    assert_eq!(chosen(&format!("{RATES}{OVER_RATES}"), &scores), [true, true, false, false, false, false].map(Some));
    assert_eq!(chosen(&format!("{RATES}{OVER_RATES}"), &[Some(None); 6]), [Some(false); 6]);
}

#[test]
fn of_equal_means_the_first_wins_whatever_the_order_of_its_seeds() {
    // in float64 (0.1 + 0.2 + 0.3) / 3 is above (0.3 + 0.2 + 0.1) / 3
    let text = "validation_size = 9\n[matrix]\ntrain.epochs = [1, 2]\ntrain.seed = [1, 2, 3]\n[select]\nover = [\"train.epochs\"]\n";
    let scores = [0.3, 0.2, 0.1, 0.1, 0.2, 0.3].map(|score| Some(Some(score)));
    assert_eq!(chosen(text, &scores), [true, true, true, false, false, false].map(Some));
}

#[test]
fn what_is_not_chosen_among_has_winners_of_its_own() {
    let text = format!("{RATES}data.train_size = [100, 200]\n{OVER_RATES}");
    // rate, seed, size: the last varies fastest
    let scores = [0.1, 0.9, 0.1, 0.9, 0.2, 0.2, 0.2, 0.2, 0.3, 0.1, 0.3, 0.1].map(|score| Some(Some(score)));
    let winners = [false, true, false, true, false, false, false, false, true, false, true, false];
    assert_eq!(chosen(&text, &scores), winners.map(Some));
    let mut partly = scores;
    partly[1] = None;
    let expected: Vec<Option<bool>> =
        winners.iter().enumerate().map(|(job, winner)| (job % 2 == 0).then_some(*winner)).collect();
    assert_eq!(chosen(&text, &partly), expected);
}

#[test]
fn two_keys_are_chosen_together_and_an_unset_one_is_a_candidate() {
    let text = "validation_size = 9\n[matrix]\nmodel.freeze = [true, false]\n[[matrix.include]]\ntrain.head_learning_rate = 1e-3\n\
                [select]\nover = [\"train.head_learning_rate\", \"model.freeze\"]\n";
    assert_eq!(chosen(text, &[0.1, 0.2, 0.3].map(|score| Some(Some(score)))), [false, false, true].map(Some));
}

#[test]
fn a_lone_candidate_wins() {
    let text = "validation_size = 9\n[matrix]\ntrain.epochs = [1]\n[select]\nover = [\"train.epochs\"]\n";
    assert_eq!(chosen(text, &[Some(Some(0.0))]), [Some(true)]);
}

#[test]
fn before_the_choice_a_job_leaves_the_test_set_untouched_and_keeps_all_else() {
    let plan = Plan::expand(experiment(&format!("{RATES}{OVER_RATES}"))).expect("a plan");
    for job in &plan.jobs {
        let mut untested = job.untested();
        assert_eq!(untested.data.test_size, Size::Rows(0));
        untested.data.test_size = job.settings.data.test_size;
        assert_eq!(untested, job.settings);
    }
}

#[test]
fn a_search_that_shows_test_scores_alone_gets_a_warning() {
    let warnings = |text: &str| Plan::expand(experiment(text)).expect("a plan").warnings();
    assert_snapshot!(warnings("[matrix]\ntrain.learning_rate = [1e-5, 2e-5]\nmodel.freeze = [true, false]\ntrain.epochs = [1, 2]\n").join("\n"), @r#"the matrix varies train.learning_rate, train.epochs and scores only the test set. Taking the best row is choosing on the test set: its score is higher than the same settings would get on new text. To choose without the test set, set `data.validation_size` to a number of rows and add [select] with `over = ["train.learning_rate", "train.epochs"]`"#);
    let dropout = warnings("[matrix]\nmodel.dropout = [0.1, 0.2]\n").join("\n");
    assert!(dropout.starts_with("the matrix varies model.dropout and scores only the test set."), "{dropout}");
    for quiet in [
        "[matrix]\ntrain.seed = [1, 2]\ndata.train_size = [10, 20]\n",
        "[matrix]\ntrain.epochs = [3]\n",
        "test_size = 0\n[matrix]\ntrain.epochs = [3, 4]\n",
        "validation_size = 10\n[matrix]\ntrain.epochs = [3, 4]\n",
        &format!("{RATES}{OVER_RATES}"),
    ] {
        assert_eq!(warnings(quiet), Vec::<String>::new(), "{quiet}");
    }
}
