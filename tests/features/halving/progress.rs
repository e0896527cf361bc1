//! Who goes on.

use runner::plan::{JobResult, Plan, Progress, progress};

use crate::select::{OVER_RATES, RATES, experiment};

/// The plan of three rates with two seeds, and rungs after 10 and 20 of 50 steps.
fn plan() -> Plan {
    let text = format!("{RATES}{OVER_RATES}first_rung = 10\nreduction_factor = 2\n[train]\nmax_steps = 40\n");
    Plan::expand(experiment(&text)).expect("a plan")
}

/// How far the jobs go where job i has `scores[i]` at each rung in turn.
fn of(scores: &[&[Option<f64>]]) -> Vec<Progress> {
    let plan = plan();
    let select = plan.experiment.select.clone().expect("a choice");
    let result = |job: usize, rung: usize| scores[job].get(rung).map(|score| JobResult { score: *score });
    progress(&plan.jobs, &select, |job, rung| result(job.index, rung))
}

use Progress::{At, Stopped, ToTheEnd};

#[test]
fn before_any_score_every_job_goes_to_the_first_rung() {
    assert_eq!(of(&[&[] as &[Option<f64>]; 6]), [At(0); 6]);
}

#[test]
fn a_rung_is_undecided_while_one_score_is_missing() {
    let scored: &[Option<f64>] = &[Some(0.5)];
    assert_eq!(of(&[scored, scored, scored, scored, scored, &[]]), [At(0); 6]);
}

#[test]
fn the_best_part_goes_on_by_the_mean_over_the_seeds() {
    let [high, mixed, low] = [[0.6, 0.6], [0.9, 0.1], [0.2, 0.2]].map(|pair| pair.map(|score| vec![Some(score)]));
    let scores = [&low[0], &low[1], &high[0], &high[1], &mixed[0], &mixed[1]].map(Vec::as_slice);
    // of three rates two go on
    assert_eq!(of(&scores), [Stopped(0), Stopped(0), At(1), At(1), At(1), At(1)]);
}

#[test]
fn of_equal_means_the_first_of_the_plan_goes_on() {
    let scored: &[Option<f64>] = &[Some(0.5), Some(0.5)];
    assert_eq!(of(&[scored; 6]), [ToTheEnd(2), ToTheEnd(2), Stopped(1), Stopped(1), Stopped(0), Stopped(0)]);
}

#[test]
fn a_rate_with_a_job_without_a_score_is_last_and_never_goes_on() {
    let scored: &[Option<f64>] = &[Some(0.1)];
    assert_eq!(of(&[&[None], &[Some(0.9)], scored, scored, scored, scored]).first(), Some(&Stopped(0)));
    assert_eq!(of(&[&[None] as &[Option<f64>]; 6]), [Stopped(0); 6]);
    // alone among failed ones: it is compared no further
    let alone = of(&[&[None], &[None], scored, scored, &[None], &[None]]);
    assert_eq!(alone, [Stopped(0), Stopped(0), ToTheEnd(1), ToTheEnd(1), Stopped(0), Stopped(0)]);
}

#[test]
fn what_comes_in_later_changes_nothing_that_was_decided() {
    let [a, b, c] = [0.3, 0.2, 0.1].map(|score| vec![Some(score)]);
    let first = of(&[&a, &a, &b, &b, &c, &c]);
    let more = [Some(0.3), Some(0.9)];
    let later = of(&[&more, &a, &b, &b, &c, &c]);
    assert_eq!(first, later, "one score at the second rung decides nothing");
}
