//! Each verdict, each reason and each note, in its words.

use super::results::{Job, Results, job, setting};
use super::{blocks, diff};

/// Five seeds that miss about a third of the places.
const A: [usize; 5] = [60, 63, 61, 62, 64];

fn base(wrong: &[usize]) -> Results {
    Results::new(setting("train_size=1000", wrong))
}

#[test]
fn equal_results_are_identical() {
    insta::assert_snapshot!(blocks(&base(&A), &base(&A)), @"");
    insta::assert_snapshot!(blocks(&base(&A).without_predictions(), &base(&A)), @"");
    insta::assert_snapshot!(blocks(&base(&A).without_predictions(), &base(&A).without_predictions()), @"");
}

#[test]
fn other_predictions_of_equal_scores_are_not_identical() {
    let mut other = base(&A);
    other.jobs[0].wrong = 100..160;
    insta::assert_snapshot!(blocks(&base(&A), &other), @"");
}

#[test]
fn a_difference_that_every_seed_has_is_beyond_seed_noise() {
    let said = diff(&base(&A), &base(&[20, 24, 21, 22, 23]).rate("1e-4"), "");
    insta::assert_snapshot!(said.out, @"");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
}

#[test]
fn a_difference_of_a_few_sentences_is_not_beyond_them() {
    insta::assert_snapshot!(blocks(&base(&A), &base(&[57, 61, 58, 59, 61]).rate("1e-4")), @"");
}

#[test]
fn a_difference_of_which_seeds_disagree_is_within_seed_noise() {
    let said = diff(&base(&A), &base(&[66, 58, 64, 57, 63]).rate("1e-4"), "");
    insta::assert_snapshot!(said.out, @"");
}

#[test]
fn of_one_seed_each_sentences_decide() {
    let said = diff(&base(&[60]), &base(&[20]).rate("1e-4"), "");
    insta::assert_snapshot!(said.out, @"");
    insta::assert_snapshot!(blocks(&base(&[60]), &base(&[59]).rate("1e-4")), @"");
}

#[test]
fn where_seeds_do_not_differ_sentences_decide() {
    insta::assert_snapshot!(blocks(&base(&[60, 60, 60]), &base(&[20, 20, 20]).rate("1e-4")), @"");
    insta::assert_snapshot!(blocks(&base(&[60, 60, 60]), &base(&[59, 59, 59]).rate("1e-4")), @"");
    let (a, b) = (base(&[60, 60, 60]).without_predictions(), base(&[20, 20, 20]).rate("1e-4"));
    insta::assert_snapshot!(blocks(&a, &b), @"");
}

#[test]
fn other_gold_is_not_comparable() {
    let plain = Results { plain: 188..200, ..base(&A).rate("1e-4") };
    insta::assert_snapshot!(blocks(&base(&A), &plain), @"");
    let longer = Results { sentences: 400, ..base(&A) };
    insta::assert_snapshot!(blocks(&base(&A), &longer), @"");
    insta::assert_snapshot!(blocks(&base(&A), &longer.without_predictions()), @"");
}

#[test]
fn other_data_without_predictions_are_not_comparable() {
    let other = Results { settings: vec![("data.dataset", "./other")], ..base(&A) };
    insta::assert_snapshot!(blocks(&base(&A).without_predictions(), &other.without_predictions()), @"");
}

#[test]
fn the_same_settings_in_another_environment_are_not_comparable() {
    insta::assert_snapshot!(blocks(&base(&A), &base(&[61; 5]).environment("cuda-h200")), @"");
    let both = base(&[20, 24, 21, 22, 23]).environment("cuda-h200").rate("1e-4");
    insta::assert_snapshot!(blocks(&base(&A), &both), @"");
    let lock = |numerics: &str| format!("version = 1\n[environment.cpu]\nnumerics = \"{numerics}\"\n");
    let (old, new) = (base(&A).file("lock.toml", lock("1")), base(&[61; 5]).file("lock.toml", lock("2")));
    insta::assert_snapshot!(blocks(&old, &new), @"");
}

#[test]
fn one_seed_without_predictions_is_not_comparable() {
    let (a, b) = (base(&[60]), base(&[20]).rate("1e-4"));
    insta::assert_snapshot!(blocks(&a.clone().without_predictions(), &b), @"");
    insta::assert_snapshot!(blocks(&a.without_predictions(), &b.without_predictions()), @"");
}

#[test]
fn failed_jobs_are_counted_and_named() {
    let fails = |job: &Job, seeds: &[u64]| {
        let failure = seeds.contains(&job.seed).then_some("out-of-memory");
        Job { failure, ..job.clone() }
    };
    let failed = |seeds: &[u64]| {
        let jobs = setting("train_size=1000", &[20, 24, 21, 22, 23]);
        Results::new(jobs.iter().map(|job| fails(job, seeds)).collect()).rate("1e-4")
    };
    insta::assert_snapshot!(blocks(&base(&A), &failed(&[2])), @"");
    insta::assert_snapshot!(blocks(&base(&A), &failed(&[1, 2, 3, 4, 5])), @"");
    insta::assert_snapshot!(blocks(&failed(&[1, 2, 3, 4, 5]), &failed(&[1, 2, 3, 4, 5])), @"");
}

#[test]
fn an_empty_score_is_not_comparable() {
    let none = Results { plain: 0..200, ..base(&[0, 0, 0]) };
    insta::assert_snapshot!(blocks(&none, &none.clone().rate("1e-4")), @"");
    let said = diff(&base(&A), &base(&A).rate("1e-4"), "--value validation_entity_f1");
    insta::assert_snapshot!(said.out.split("\n\n").nth(1).unwrap(), @"");
}

#[test]
fn few_and_other_seeds_are_noted() {
    insta::assert_snapshot!(blocks(&base(&[60, 63]), &base(&[20, 24]).rate("1e-4")), @"");
    insta::assert_snapshot!(blocks(&base(&A), &base(&[20, 24, 21]).rate("1e-4")), @"");
    let others = |seeds: std::ops::Range<u64>| {
        Results::new(seeds.map(|seed| job("train_size=1000", seed, 0..20 + seed as usize % 5)).collect()).rate("1e-4")
    };
    insta::assert_snapshot!(blocks(&base(&A), &others(4..8)), @"");
    insta::assert_snapshot!(blocks(&base(&A), &others(9..10)), @"");
    insta::assert_snapshot!(blocks(&others(9..10), &base(&A)), @"");
}

#[test]
fn data_seeds_are_the_unit_where_they_vary() {
    let runs = |wrong: usize, rate: &'static str| {
        let job = |index: usize| Job {
            data_seed: 1 + index as u64 / 3,
            ..job("train_size=1000", 1 + index as u64 % 3, 0..wrong + 2 * (index / 3) + (index * wrong) % 4)
        };
        Results::new((0..9).map(job).collect()).rate(rate)
    };
    insta::assert_snapshot!(blocks(&runs(60, "5e-5"), &runs(22, "1e-4")), @"");
}

#[test]
fn a_collapsed_run_stays_in_and_is_named() {
    let mut b = base(&[20, 24, 21, 22, 23]).rate("1e-4");
    b.plain = 0..0;
    let mut a = base(&A);
    a.jobs[2].wrong = 0..200;
    insta::assert_snapshot!(blocks(&a, &b), @"");
}

#[test]
fn of_many_rows_one_alone_is_said_to_be_alone() {
    let labels = ["train_size=1000", "train_size=2000", "train_size=3000", "train_size=4000"];
    let rows = |wrong: [[usize; 3]; 4]| {
        Results::new(labels.iter().zip(wrong).flat_map(|(label, wrong)| setting(label, &wrong)).collect())
    };
    let a = rows([[60, 63, 61], [50, 52, 54], [40, 41, 43], [30, 31, 32]]);
    let b = rows([[55, 59, 55], [52, 49, 56], [41, 38, 45], [28, 33, 31]]).rate("1e-4");
    insta::assert_snapshot!(diff(&a, &b, "").out, @"");
}

#[test]
fn predictions_that_contradict_their_row_are_not_used() {
    let workshop = crate::workshop::Workshop::new("");
    base(&[60]).write(&workshop, "old");
    base(&[20]).rate("1e-4").write(&workshop, "results/b");
    let tags = workshop.files("old/predictions");
    let (name, content) = tags.iter().find(|(name, _)| !name.starts_with("gold")).unwrap();
    let content = String::from_utf8(content.clone()).unwrap().replacen("B-LOC", "O", 1);
    let repository = super::repository::Repository::new(workshop);
    repository.workshop.write(&format!("old/predictions/{name}"), content);
    repository.commit("first");
    let said = repository.workshop.runner("diff HEAD..HEAD -- old");
    insta::assert_snapshot!(said.out, @"");
}
