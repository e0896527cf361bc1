//! Who wins.

use super::*;

/// The plan of `text`, and its winners where job i has `scores[i]`: an outer none is no result, an inner one no score.
fn selected(text: &str, scores: &[Option<Option<f64>>]) -> Vec<Option<bool>> {
    let plan = Plan::expand(experiment(text)).expect("a plan");
    assert_eq!(plan.jobs.len(), scores.len());
    let select = plan.experiment.select.clone().expect("a choice");
    winners(&plan.jobs, &select, |job| Some(JobResult { score: scores[job.index]? }))
}

/// Three rates, two seeds each: the second rate has the highest mean, the first the highest score.
const SCORES: [f64; 6] = [0.9, 0.5, 0.75, 0.75, 0.6, 0.6];

#[test]
fn the_highest_mean_over_the_seeds_wins() {
    let chosen = selected(&format!("{RATES}{OVER_RATES}"), &SCORES.map(|score| Some(Some(score))));
    assert_eq!(chosen, [false, false, true, true, false, false].map(Some));
}

#[test]
fn a_group_is_undecided_while_a_job_of_it_has_no_result() {
    let mut scores = SCORES.map(|score| Some(Some(score)));
    scores[5] = None;
    assert_eq!(selected(&format!("{RATES}{OVER_RATES}"), &scores), [None; 6]);
}

#[test]
fn a_candidate_with_a_failed_job_cannot_win() {
    let mut scores = SCORES.map(|score| Some(Some(score)));
    scores[2] = Some(None);
    assert_eq!(selected(&format!("{RATES}{OVER_RATES}"), &scores), [true, true, false, false, false, false].map(Some));
    assert_eq!(selected(&format!("{RATES}{OVER_RATES}"), &[Some(None); 6]), [Some(false); 6]);
}

#[test]
fn of_equal_means_the_first_wins_whatever_the_order_of_its_seeds() {
    // in float64 (0.1 + 0.2 + 0.3) / 3 is above (0.3 + 0.2 + 0.1) / 3
    let text = "validation_size = 9\n[matrix]\ntrain.epochs = [1, 2]\ntrain.seed = [1, 2, 3]\n[select]\nover = [\"train.epochs\"]\n";
    let scores = [0.3, 0.2, 0.1, 0.1, 0.2, 0.3].map(|score| Some(Some(score)));
    assert_eq!(selected(text, &scores), [true, true, true, false, false, false].map(Some));
}

#[test]
fn what_is_not_selected_over_has_winners_of_its_own() {
    let text = format!("{RATES}data.train_size = [100, 200]\n{OVER_RATES}");
    // rate, seed, size: the last varies fastest
    let scores = [0.1, 0.9, 0.1, 0.9, 0.2, 0.2, 0.2, 0.2, 0.3, 0.1, 0.3, 0.1].map(|score| Some(Some(score)));
    let winners = [false, true, false, true, false, false, false, false, true, false, true, false];
    assert_eq!(selected(&text, &scores), winners.map(Some));
    let mut partly = scores;
    partly[1] = None;
    let expected: Vec<Option<bool>> =
        winners.iter().enumerate().map(|(job, winner)| (job % 2 == 0).then_some(*winner)).collect();
    assert_eq!(selected(&text, &partly), expected);
}

#[test]
fn two_keys_are_selected_together_and_an_unset_one_is_a_candidate() {
    let text = "validation_size = 9\n[matrix]\nmodel.freeze = [true, false]\n[[matrix.include]]\ntrain.head_learning_rate = 1e-3\n\
                [select]\nover = [\"train.head_learning_rate\", \"model.freeze\"]\n";
    assert_eq!(selected(text, &[0.1, 0.2, 0.3].map(|score| Some(Some(score)))), [false, false, true].map(Some));
}

#[test]
fn a_lone_candidate_wins() {
    let text = "validation_size = 9\n[matrix]\ntrain.epochs = [1]\n[select]\nover = [\"train.epochs\"]\n";
    assert_eq!(selected(text, &[Some(Some(0.0))]), [Some(true)]);
}

#[test]
fn before_the_selection_a_job_leaves_the_test_set_untouched_and_keeps_all_else() {
    let plan = Plan::expand(experiment(&format!("{RATES}{OVER_RATES}"))).expect("a plan");
    for job in &plan.jobs {
        let mut untested = job.untested();
        assert_eq!(untested.data.test_size, Size::Rows(0));
        untested.data.test_size = job.settings.data.test_size;
        assert_eq!(untested, job.settings);
    }
}
