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
    insta::assert_snapshot!(blocks(&base(&A), &base(&A)), @r"
    train_size=1000
      0.9160 -> 0.9160
      identical (5 seeds, scores and predictions)
    ");
    insta::assert_snapshot!(blocks(&base(&A).without_predictions(), &base(&A)), @r"
    train_size=1000
      0.9160 -> 0.9160
      identical in the table (no predictions in A)
    ");
    insta::assert_snapshot!(blocks(&base(&A).without_predictions(), &base(&A).without_predictions()), @r"
    train_size=1000
      0.9160 -> 0.9160
      identical in the table (no predictions in A and B)
    ");
}

#[test]
fn other_predictions_of_equal_scores_are_not_identical() {
    let mut other = base(&A);
    other.jobs[0].wrong = 100..160;
    insta::assert_snapshot!(blocks(&base(&A), &other), @r"
    train_size=1000
      0.9160 -> 0.9160  +0.0000  5 seeds, p = 1
      within seed noise
    ");
}

#[test]
fn a_difference_that_every_seed_has_is_beyond_seed_noise() {
    let said = diff(&base(&A), &base(&[20, 24, 21, 22, 23]).rate("1e-4"), "");
    insta::assert_snapshot!(said.out, @r"
    A: results/a
    B: results/b
    test_entity_f1, 1 setting: 1 beyond seed noise

    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9160 -> 0.9717  +0.0557 [+0.0545, +0.0570]  5 seeds, p < 0.0001
      beyond seed noise

    beyond seed noise: over many seeds the means would differ in this direction, on
      these test sentences (paired t over common seeds, 5 %)
    ");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
}

#[test]
fn a_difference_that_other_sentences_may_not_show_is_not_beyond_them() {
    let mut b = base(&[55, 59, 57, 58, 60]).rate("1e-4");
    b.jobs.iter_mut().for_each(|job| job.wrong = 100..100 + job.wrong.end);
    insta::assert_snapshot!(blocks(&base(&A), &b), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9160 -> 0.9221  +0.0061 [+0.0054, +0.0069]  5 seeds, p < 0.0001
      beyond seed noise, but not beyond these 200 sentences
    ");
}

#[test]
fn a_difference_of_which_seeds_disagree_is_within_seed_noise() {
    let said = diff(&base(&A), &base(&[66, 58, 64, 57, 63]).rate("1e-4"), "");
    insta::assert_snapshot!(said.out, @r"
    A: results/a
    B: results/b
    test_entity_f1, 1 setting: 1 within seed noise

    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9160 -> 0.9166  +0.0006 [-0.0083, +0.0095]  5 seeds, p = 0.87
      within seed noise; 5 seeds often miss a difference under 0.0120

    within seed noise: luck of the seeds can explain it. It does not mean equal: a
      real difference under the number shown is often missed
    ");
}

#[test]
fn of_one_seed_each_sentences_decide() {
    let said = diff(&base(&[60]), &base(&[20]).rate("1e-4"), "");
    insta::assert_snapshot!(said.out, @r"
    A: results/a
    B: results/b
    test_entity_f1, 1 setting: 1 beyond sentence sampling

    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9189 -> 0.9744  +0.0554 [+0.0394, +0.0715]  1 seed, p < 0.0001
      beyond sentence sampling, seed noise unknown (one seed)

    one seed: these two models differ (or not) on such sentences. Another seed of
      the same setting often differs as much; run 5 seeds to compare settings
    ");
    insta::assert_snapshot!(blocks(&base(&[60]), &base(&[59]).rate("1e-4")), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9189 -> 0.9204  +0.0015 [-0.0014, +0.0043]  1 seed, p = 1
      within sentence sampling (one seed); often misses a difference under 0.0041
      note: only 1 sentence differs
    ");
}

#[test]
fn where_seeds_do_not_differ_sentences_decide() {
    insta::assert_snapshot!(blocks(&base(&[60, 60, 60]), &base(&[20, 20, 20]).rate("1e-4")), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9189 -> 0.9744  +0.0554 [+0.0394, +0.0715]  3 seeds, p < 0.0001
      beyond sentence sampling; the 3 seeds do not differ
    ");
    insta::assert_snapshot!(blocks(&base(&[60, 60, 60]), &base(&[59, 59, 59]).rate("1e-4")), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9189 -> 0.9204  +0.0015 [-0.0014, +0.0043]  3 seeds, p = 1
      within sentence sampling; the 3 seeds do not differ
      note: only 1 sentence differs
    ");
    let (a, b) = (base(&[60, 60, 60]).without_predictions(), base(&[20, 20, 20]).rate("1e-4"));
    insta::assert_snapshot!(blocks(&a, &b), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9189 -> 0.9744
      not comparable: the 3 seeds do not differ, and no predictions in A
    ");
}

#[test]
fn other_gold_is_not_comparable() {
    let plain = Results { plain: 188..200, ..base(&A).rate("1e-4") };
    insta::assert_snapshot!(blocks(&base(&A), &plain), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9160 -> 0.9101
      not comparable: gold differs in 12 of 200 sentences
    ");
    let longer = Results { sentences: 400, ..base(&A) };
    insta::assert_snapshot!(blocks(&base(&A), &longer), @r"
    train_size=1000: test_size 200 -> 400
      0.9160 -> 0.9597
      not comparable: test sets of 200 and 400 sentences
    ");
    insta::assert_snapshot!(blocks(&base(&A), &longer.without_predictions()), @r"
    train_size=1000: test_size 200 -> 400
      0.9160 -> 0.9597
      not comparable: test sets of 200 and 400 sentences
    ");
}

#[test]
fn other_data_without_predictions_are_not_comparable() {
    let other = Results { settings: vec![("data.dataset", "./other")], ..base(&[61; 5]) };
    insta::assert_snapshot!(blocks(&base(&A).without_predictions(), &other.without_predictions()), @r"
    train_size=1000: dataset ./corpus -> ./other
      0.9160 -> 0.9175
      not comparable: test sentences of ./corpus and ./other
    ");
}

#[test]
fn the_same_settings_in_another_environment_are_not_comparable() {
    insta::assert_snapshot!(blocks(&base(&A), &base(&[61; 5]).environment("cuda-h200")), @r"
    train_size=1000: environment cpu -> cuda-h200
      0.9160 -> 0.9175
      not comparable: same settings, environments cpu and cuda-h200
    ");
    let both = base(&[20, 24, 21, 22, 23]).environment("cuda-h200").rate("1e-4");
    insta::assert_snapshot!(blocks(&base(&A), &both), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4; environment cpu -> cuda-h200
      0.9160 -> 0.9717  +0.0557 [+0.0545, +0.0570]  5 seeds, p < 0.0001
      beyond seed noise
      note: environment changed too, cpu -> cuda-h200; rounding is part of this
    ");
    let lock = |numerics: &str| format!("version = 1\n[environment.cpu]\nnumerics = \"{numerics}\"\n");
    let (old, new) = (base(&A).file("lock.toml", lock("1")), base(&[61; 5]).file("lock.toml", lock("2")));
    insta::assert_snapshot!(blocks(&old, &new), @r"
    train_size=1000: environment cpu numerics 1 -> cpu numerics 2
      0.9160 -> 0.9175
      not comparable: same settings, environments cpu numerics 1 and cpu numerics 2
    ");
}

#[test]
fn one_seed_without_predictions_is_not_comparable() {
    let (a, b) = (base(&[60]), base(&[20]).rate("1e-4"));
    insta::assert_snapshot!(blocks(&a.clone().without_predictions(), &b), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9189 -> 0.9744
      not comparable: one seed, and no predictions in A
    ");
    insta::assert_snapshot!(blocks(&a.without_predictions(), &b.without_predictions()), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9189 -> 0.9744
      not comparable: one seed, and no predictions in A and B
    ");
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
    insta::assert_snapshot!(blocks(&base(&A), &failed(&[2])), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9164 -> 0.9724  +0.0560 [+0.0546, +0.0574]  4 seeds, p < 0.0001
      beyond seed noise
      note: seed 2 failed in B and is left out
    ");
    insta::assert_snapshot!(blocks(&base(&A), &failed(&[1, 2, 3, 4, 5])), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      not comparable: all 5 jobs failed in B (out-of-memory)
    ");
    insta::assert_snapshot!(blocks(&failed(&[1, 2, 3, 4, 5]), &failed(&[1, 2, 3, 4, 5])), @r"
    train_size=1000
      not comparable: all 5 jobs failed in A and B (out-of-memory)
    ");
}

#[test]
fn an_empty_score_is_not_comparable() {
    let none = Results { plain: 0..200, ..base(&[0, 0, 0]) };
    insta::assert_snapshot!(blocks(&none, &none.clone().rate("1e-4")), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      not comparable: test_entity_f1 is empty (no gold entity)
    ");
    let said = diff(&base(&A), &base(&A).rate("1e-4"), "--value validation_entity_f1");
    insta::assert_snapshot!(said.out.split("\n\n").nth(1).unwrap(), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      not comparable: validation_entity_f1 is empty (validation not scored)
    ");
}

#[test]
fn few_and_other_seeds_are_noted() {
    insta::assert_snapshot!(blocks(&base(&[60, 63]), &base(&[20, 24]).rate("1e-4")), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9167 -> 0.9717  +0.0550 [+0.0494, +0.0606]  2 seeds, p = 0.0051
      beyond seed noise
      note: 2 seeds see only a very large difference; run 5
    ");
    insta::assert_snapshot!(blocks(&base(&A), &base(&[20, 24, 21]).rate("1e-4")), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p < 0.0001
      beyond seed noise
      note: seeds 4, 5 are in A alone and left out
    ");
    let others = |seeds: std::ops::Range<u64>| {
        Results::new(seeds.map(|seed| job("train_size=1000", seed, 0..20 + seed as usize % 5)).collect()).rate("1e-4")
    };
    insta::assert_snapshot!(blocks(&base(&A), &others(4..8)), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9160 -> 0.9720  +0.0561 [+0.0524, +0.0597]  5 + 4 seeds, p < 0.0001
      beyond seed noise
      note: fewer than 3 seeds in common; compared as independent runs (Welch)
    ");
    insta::assert_snapshot!(blocks(&base(&A), &others(9..10)), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9160 -> 0.9691  +0.0531 [+0.0460, +0.0602]  5 + 1 seeds, p < 0.0001
      beyond seed noise
      note: B has one seed; its noise is taken from the 5 seeds of A
    ");
    insta::assert_snapshot!(blocks(&others(9..10), &base(&A)), @r"
    train_size=1000: learning_rate 1e-4 -> 5e-5
      0.9691 -> 0.9160  -0.0531 [-0.0602, -0.0460]  1 + 5 seeds, p < 0.0001
      beyond seed noise
      note: A has one seed; its noise is taken from the 5 seeds of B
    ");
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
    insta::assert_snapshot!(blocks(&runs(60, "5e-5"), &runs(22, "1e-4")), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9160 -> 0.9679  +0.0519 [+0.0505, +0.0533]  3 data seeds, p < 0.0001
      beyond seed noise
      note: tested over 3 data seeds (9 runs)
    ");
}

#[test]
fn a_collapsed_run_stays_in_and_is_named() {
    let b = base(&[20, 24, 21, 22, 23]).rate("1e-4");
    let mut a = base(&A);
    a.jobs[2].wrong = 0..usize::MAX;
    insta::assert_snapshot!(blocks(&a, &b), @r"
    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.7325 -> 0.9717  +0.2392 [-0.2701, +0.7486]  5 seeds, p = 0.26
      within seed noise; 5 seeds often miss a difference under 0.6900
      note: seed 3 collapsed in A: 0.0000, median of the others 0.9153
    ");
}

#[test]
fn of_many_rows_one_alone_is_said_to_be_alone() {
    let labels = ["train_size=1000", "train_size=2000", "train_size=3000", "train_size=4000"];
    let rows = |wrong: [[usize; 3]; 4]| {
        Results::new(labels.iter().zip(wrong).flat_map(|(label, wrong)| setting(label, &wrong)).collect())
    };
    let a = rows([[60, 63, 61], [50, 52, 54], [40, 41, 43], [30, 31, 32]]);
    let b = rows([[55, 59, 55], [52, 49, 56], [41, 38, 45], [28, 33, 31]]).rate("1e-4");
    insta::assert_snapshot!(diff(&a, &b, "").out, @r"
    A: results/a
    B: results/b
    changed in all 4 settings: learning_rate 5e-5 -> 1e-4
    test_entity_f1, 4 settings: 4 within seed noise

    train_size=1000
      0.9170 -> 0.9242  +0.0073 [+0.0037, +0.0108]  3 seeds, p = 0.013, Holm 0.050
      within seed noise; 3 seeds often miss a difference under 0.0094
      note: alone p would be 0.013; among 4 settings it is 0.050 (Holm)
    train_size=2000
      0.9305 -> 0.9300  -0.0005 [-0.0107, +0.0098]  3 seeds, p = 0.86, Holm 1
      within seed noise; 3 seeds often miss a difference under 0.0270
    train_size=3000
      0.9455 -> 0.9455  +0.0000 [-0.0091, +0.0091]  3 seeds, p = 1, Holm 1
      within seed noise; 3 seeds often miss a difference under 0.0240
    train_size=4000
      0.9597 -> 0.9601  +0.0004 [-0.0065, +0.0074]  3 seeds, p = 0.81, Holm 1
      within seed noise; 3 seeds often miss a difference under 0.0184
    all 4 settings together: +0.0018 [-0.0006, +0.0042], within seed noise

    within seed noise: luck of the seeds can explain it. It does not mean equal: a
      real difference under the number shown is often missed
    ");
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
    insta::assert_snapshot!(said.out.split("\n\n").nth(1).unwrap(), @r"
    train_size=1000
      not comparable: scores of seed 1 in A do not follow from their predictions
      note: predictions/4afc611e89b6.tags contradicts the scores of its row in A,
        which does not count; see `runner verify`
      note: predictions/4afc611e89b6.tags contradicts the scores of its row in B,
        which does not count; see `runner verify`
    ");
}
