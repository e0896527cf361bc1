//! What an experiment file may say of rungs.

use insta::assert_snapshot;
use runner::plan::Plan;
use runner::spec::Halving;

use crate::select::{BASE, OVER_RATES, RATES, broken, experiment};

fn plan_of(text: &str) -> String {
    let problems = Plan::expand(experiment(text)).expect_err("no plan");
    runner::spec::render(&problems, false, 100)
}

#[test]
fn rungs_are_read_written_back_and_read_again() {
    let text = format!("{RATES}{OVER_RATES}first_rung = 10\nreduction_factor = 4\n[train]\nmax_steps = 50\n");
    let first = experiment(&text);
    let halving = Halving { first_rung: 10, reduction_factor: 4 };
    assert_eq!(first.select.as_ref().expect("a choice").halving, Some(halving));
    let written = first.resolved_toml(std::path::Path::new("results/grid"));
    assert!(written.contains("first_rung = 10\nreduction_factor = 4\n"), "{written}");
    let second = crate::select::read(&[("grid.toml", &written)], &[]).expect("the resolved file is an experiment");
    assert_eq!(second.select, first.select);
}

#[test]
fn one_of_three_goes_on_unless_another_factor_is_given() {
    let select = experiment(&format!("{RATES}{OVER_RATES}first_rung = 10\n")).select.expect("a choice");
    assert_eq!(select.halving, Some(Halving { first_rung: 10, reduction_factor: 3 }));
    assert_eq!(experiment(&format!("{RATES}{OVER_RATES}")).select.expect("a choice").halving, None);
}

#[test]
fn rungs_are_those_below_the_end_and_a_part_goes_on_rounded_up() {
    let halving = Halving { first_rung: 100, reduction_factor: 3 };
    assert_eq!(halving.rungs(100), Vec::<u64>::new());
    assert_eq!(halving.rungs(101), [100]);
    assert_eq!(halving.rungs(1000), [100, 300, 900]);
    assert_eq!([1, 2, 3, 4, 9, 10].map(|candidates| halving.kept(candidates)), [1, 1, 1, 2, 3, 4]);
    assert_eq!(Halving { first_rung: 1, reduction_factor: u64::MAX }.rungs(u64::MAX), [1]);
}

#[test]
fn a_factor_without_a_first_rung_and_numbers_out_of_range_are_refused() {
    assert_snapshot!(broken(&format!("{RATES}{OVER_RATES}reduction_factor = 3\n")), @r#"
      × `select.first_rung` is missing
        ╭─[grid.toml:11:1]
     10 │ over = ["train.learning_rate"]
     11 │ reduction_factor = 3
        · ────────┬───────
        ·         ╰── this says how many go on at a rung
        ╰────
      help: write `first_rung = 100`: the steps after which jobs are first compared

    1 problem; nothing was started or written
    "#);
    assert_snapshot!(broken(&format!("{RATES}{OVER_RATES}first_rung = 0\nreduction_factor = 1\n")), @r#"
      × `select.first_rung` takes a whole number from 1, not 0
        ╭─[grid.toml:11:14]
     10 │ over = ["train.learning_rate"]
     11 │ first_rung = 0
        ·              ┬
        ·              ╰── out of range
     12 │ reduction_factor = 1
        ╰────

      × `select.reduction_factor` takes a whole number from 2, not 1
        ╭─[grid.toml:12:20]
     11 │ first_rung = 0
     12 │ reduction_factor = 1
        ·                    ┬
        ·                    ╰── out of range
        ╰────

    2 problems; nothing was started or written
    "#);
}

#[test]
fn jobs_whose_steps_are_unknown_or_unequal_or_too_few_cannot_be_compared() {
    let of = |more: &str| format!("{RATES}{OVER_RATES}first_rung = 10\n{more}");
    assert!(BASE.ends_with("[data]\ndataset = \"builtin:es\"\n"));
    assert_snapshot!(plan_of(&format!("train_size = \"all\"\n{}", of(""))), @r"
      × `select.first_rung` needs to know how many steps each job takes, and learning_rate=1e-5,seed=1
      │ trains on all rows
      help: set `data.train_size` to a number of rows, or `train.max_steps`

    1 problem; nothing was started or written
    ");
    let batches = "train_size = 64\nvalidation_size = 9\n[matrix]\ntrain.batch_size = [8, 16]\n\
                   [select]\nover = [\"train.batch_size\"]\nfirst_rung = 5\n";
    assert_snapshot!(plan_of(batches), @r"
      × jobs that are compared at a rung take different numbers of steps: batch_size=8 takes 24,
      │ batch_size=16 12
      help: set `train.max_steps`, so that all take as many, or remove `first_rung`

    1 problem; nothing was started or written
    ");
    assert_snapshot!(plan_of(&format!("train_size = 64\n{}", of("[train]\nmax_steps = 10\n"))), @r"
      × `select.first_rung = 10` is not below the steps of any job: the longest takes 10
      help: set `first_rung` to a fraction of these steps, or remove it

    1 problem; nothing was started or written
    ");
}
