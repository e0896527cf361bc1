//! The table of models and sets on the terminal.

use super::*;

fn table(matrix: &str, sets: &str, result: impl Fn(usize, Target) -> Option<&'static Outcome>) -> String {
    let plan = Plan::expand(loaded(&format!("{sets}{matrix}"))).expect("a plan");
    let all: Vec<usize> = (0..plan.jobs.len()).collect();
    evaluation_table(&plan, &all, Page::plain(usize::MAX), result)
}

/// An outcome for as long as the test runs.
fn kept(outcome: Outcome) -> Option<&'static Outcome> {
    Some(Box::leak(Box::new(outcome)))
}

const SETS: &str = "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nlanguage = \"fr\"\n";

#[test]
fn the_table_has_a_row_for_jobs_that_differ_in_seeds_alone() {
    let matrix = "[matrix]\ntrain.seed = [1, 2, 3]\ndata.language = [\"es\", \"nl\"]\n";
    let text = table(matrix, SETS, |job, target| match (job, target) {
        (_, Target::Own) => kept(outcome("a", 0.8)),
        // es: 0.5, 0.6, 0.7 with mean 0.6, standard deviation 0.1 and half-width 0.2484, on the logit scale up to 0.2524
        (0 | 2 | 4, Target::Set(0)) => kept(outcome("a", 0.5 + 0.05 * job as f64)),
        (5, Target::Set(0)) => None,
        (_, Target::Set(0)) => kept(outcome("a", 0.25)),
        (0, _) => kept(failed("a")),
        (2 | 4, _) => kept(scored("a", &Scores::default(), 0)),
        _ => None,
    });
    assert_snapshot!(text, @r#"
    grid: entity_f1 of each model (row) on each set (column)
    trained      own test               de       fr
    ───────────────────────────────────────────────
    language=es    0.8000   0.6000 ±0.2524   failed
    language=nl    0.8000  0.2500 (2 of 3)  not run

    own test: the test rows of the model's own data. Entities of types that a model did not learn count
    as missed.
    ±: 95 % interval of the mean over seeds
    failed: seed=1,language=es on fr: data-too-few-rows: test_size asks for 9 rows, "all" is 5
    "#);
}

#[test]
fn one_seed_has_no_spread_and_a_plan_without_axes_is_called_base() {
    assert_snapshot!(table("", SETS, |_, _| kept(outcome("a", 0.5))), @r"
    grid: entity_f1 of each model (row) on each set (column)
    trained  own test      de      fr
    ─────────────────────────────────
    base       0.5000  0.5000  0.5000

    own test: the test rows of the model's own data. Entities of types that a model did not learn count
    as missed.
    ");
    assert_eq!(table("[matrix]\ntrain.seed = [1, 2]\n", "", |_, _| None), "");
    let text = table("[matrix]\ntrain.seed = [1, 2]\n", SETS, |_, _| kept(outcome("a", 0.5)));
    assert!(text.contains("\nbase       0.5000  ") && !text.contains("0.5000 ±"), "{text}");
}

#[test]
fn a_table_too_wide_for_a_terminal_is_broken_between_columns() {
    let sets: String = (0..9).map(|set| format!("[[evaluate]]\nlanguage = \"language-{set}\"\n")).collect();
    let matrix = "[matrix]\nmodel.freeze = [true, false]\n";
    let text = table(matrix, &sets, |_, _| kept(outcome("a", 0.5)));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert_snapshot!(text, @r"
    grid: entity_f1 of each model (row) on each set (column)
    #1 freeze=true
    #2 freeze=false

    trained  own test  language-0  language-1  language-2  language-3  language-4  language-5
    ─────────────────────────────────────────────────────────────────────────────────────────
    #1         0.5000      0.5000      0.5000      0.5000      0.5000      0.5000      0.5000
    #2         0.5000      0.5000      0.5000      0.5000      0.5000      0.5000      0.5000

    trained  language-6  language-7  language-8
    ───────────────────────────────────────────
    #1           0.5000      0.5000      0.5000
    #2           0.5000      0.5000      0.5000

    own test: the test rows of the model's own data. Entities of types that a model did not learn count
    as missed.
    ");
}
