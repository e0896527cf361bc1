//! What an experiment file may say of a selection.

use super::*;

#[test]
fn the_scores_to_select_by_are_those_of_the_tables() {
    let named = Metric::ALL.map(|metric| ScoreName::parse(&format!("validation_{metric}")).map(ScoreName::metric));
    assert_eq!(named, Metric::ALL.map(Some));
    assert_eq!(ScoreName::parse("test_entity_f1"), None);
}

#[test]
fn a_selection_is_read_written_back_and_read_again() {
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
fn entity_f1_is_selected_by_unless_another_score_is_named() {
    let select = experiment(&format!("{RATES}[select]\nover = [\"train.learning_rate\"]\n")).select.expect("a choice");
    assert_eq!(select.by.to_string(), "validation_entity_f1");
}

#[test]
fn a_key_that_only_an_include_sets_can_be_selected() {
    let text = "validation_size = 9\n[[matrix.include]]\nmodel.freeze = true\n[select]\nover = [\"model.freeze\"]\n";
    assert_eq!(experiment(text).select.expect("a choice").over, [key("model.freeze")]);
}

#[test]
fn the_nearer_selection_replaces_the_farther_whole() {
    let base = format!("{BASE}{RATES}[select]\nby = \"validation_token_accuracy\"\nover = [\"train.learning_rate\"]\n");
    let of = |text: &str| read(&[("near.toml", text), ("base.toml", &base)], &[]).expect("an experiment").select;
    let inherited = of("extends = \"base.toml\"\n").expect("the base's");
    assert_eq!(inherited.by.metric(), Metric::TokenAccuracy);
    let own = of("extends = \"base.toml\"\n[select]\nover = [\"train.learning_rate\"]\n").expect("its own");
    assert_eq!(own.by.metric(), Metric::EntityF1);
}

#[test]
fn a_selection_affects_no_jobs_key() {
    let entries = |text: &str| {
        let plan = Plan::expand(experiment(text)).expect("a plan");
        plan.jobs.into_iter().map(|job| job.settings.entries().collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    assert_eq!(entries(RATES), entries(&format!("{RATES}[select]\nover = [\"train.learning_rate\"]\n")));
}

#[test]
fn selecting_on_the_test_set_is_refused_with_the_reason() {
    assert_snapshot!(broken(&format!("{RATES}[select]\nby = \"test_entity_f1\"\nover = [\"train.learning_rate\"]\n")), @r#"
      × `select.by = "test_entity_f1"` selects on the test set
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
fn what_a_selection_lists_is_checked() {
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
fn every_key_to_select_over_is_checked() {
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
fn a_selection_over_nothing_is_refused() {
    assert_snapshot!(broken(&format!("{RATES}[select]\nover = []\n")), @r#"
      × `select.over` is empty
        ╭─[grid.toml:10:8]
      9 │ [select]
     10 │ over = []
        ·        ─┬
        ·         ╰── no key
        ╰────
      help: list a key to select, or remove [select]

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_selection_needs_validation_rows_in_every_job() {
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
fn a_selection_is_not_set_from_the_command_line() {
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

#[test]
fn a_search_that_shows_test_scores_alone_gets_a_warning() {
    let warnings = |text: &str| Plan::expand(experiment(text)).expect("a plan").warnings();
    assert_snapshot!(warnings("[matrix]\ntrain.learning_rate = [1e-5, 2e-5]\nmodel.freeze = [true, false]\ntrain.epochs = [1, 2]\n").join("\n"), @r#"the matrix varies train.learning_rate, train.epochs and scores only the test set. Taking the best row is selecting on the test set: its score is higher than the same settings would get on new text. To select without the test set, set `data.validation_size` to a number of rows and add [select] with `over = ["train.learning_rate", "train.epochs"]`"#);
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
