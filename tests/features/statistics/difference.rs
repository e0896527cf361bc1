//! Two settings over their seeds.

use proptest::prelude::*;
use runner::statistics::{
    Run, SeedPair, SeedSpread, SeedTest, both, compare, detectable, overall, sentence_test, threshold,
};

use super::{near, rows, runs};

#[test]
fn one_seed_each_leaves_the_sentence_test_to_decide() {
    // the same seed and another
    for seed in [1, 2] {
        let found = compare(&rows(&[(42, 1, 0.6)]), &rows(&[(42, seed, 0.65)]));
        assert_eq!((found.test, found.spread()), (SeedTest::OneEach, SeedSpread::Unknown));
        assert_eq!((found.se, found.df, found.t, found.p, found.interval), (None, None, None, None, None));
        near(found.difference, 0.05, 1e-12);
    }
}

#[test]
fn two_common_seeds_are_tested_with_one_degree_of_freedom() {
    let found = compare(&runs(&[0.80, 0.81]), &runs(&[0.82, 0.84]));
    assert_eq!(found.test, SeedTest::Paired { units: 2, runs: 2 });
    // differences 0.02 and 0.03: t = 0.025 / 0.005 = 5, and Cauchy's tail 1 - 2·atan(5)/π
    near(found.t.expect("varies"), 5.0, 1e-9);
    near(found.p.expect("varies"), 1.0 - 2.0 * libm::atan(5.0) / std::f64::consts::PI, 1e-9);
}

#[test]
fn equal_scores_are_within_noise_and_equal_differences_tell_nothing() {
    let equal = compare(&runs(&[0.4, 0.4, 0.4]), &runs(&[0.4, 0.4, 0.4]));
    assert_eq!((equal.spread(), equal.p, equal.difference), (SeedSpread::NoDifference, Some(1.0), 0.0));
    let constant = compare(&runs(&[0.5, 0.51, 0.52]), &runs(&[0.503, 0.513, 0.523]));
    assert_eq!((constant.spread(), constant.se, constant.p), (SeedSpread::Constant, Some(0.0), None));
    assert_eq!(constant.interval, None);
    // 0 and 1 are scores like others
    let ends = compare(&runs(&[0.0, 0.0]), &runs(&[1.0, 1.0]));
    assert_eq!((ends.spread(), ends.difference), (SeedSpread::Constant, 1.0));
    // unpaired: 0.4 three times has another mean in float64 than 0.4 once
    let other = compare(&runs(&[0.4, 0.4, 0.4]), &rows(&[(42, 9, 0.4)]));
    assert_eq!((other.spread(), other.difference), (SeedSpread::NoDifference, 0.0));
}

#[test]
fn the_same_difference_with_every_data_seed_is_no_spread_though_means_round() {
    let a: Vec<(u64, u64, f64)> = (1..=3).flat_map(|data| (1..=data).map(move |seed| (data, seed, 0.7))).collect();
    let b: Vec<(u64, u64, f64)> = a.iter().map(|(data, seed, score)| (*data, *seed, score + 0.003)).collect();
    let found = compare(&rows(&a), &rows(&b));
    assert_eq!((found.test, found.spread()), (SeedTest::Paired { units: 3, runs: 6 }, SeedSpread::Constant));
}

#[test]
fn the_test_follows_from_which_seeds_are_common() {
    let shifted = |from: u64, scores: &[f64]| -> Vec<Run> {
        scores.iter().zip(from..).map(|(score, seed)| Run { data_seed: 42, seed, score: *score }).collect()
    };
    let (three, five) = ([0.80, 0.82, 0.81], [0.80, 0.82, 0.81, 0.79, 0.83]);
    let test = |a: &[Run], b: &[Run]| compare(a, b).test;
    assert_eq!(test(&runs(&five), &shifted(3, &five)), SeedTest::Paired { units: 3, runs: 3 });
    assert_eq!(test(&runs(&five), &shifted(4, &five)), SeedTest::Welch { a: 5, b: 5 });
    // all of the smaller side
    assert_eq!(test(&runs(&five), &runs(&three[..2])), SeedTest::Paired { units: 2, runs: 2 });
    assert_eq!(test(&runs(&three), &shifted(9, &five)), SeedTest::Welch { a: 3, b: 5 });
    assert_eq!(test(&runs(&three), &runs(&three[..1])), SeedTest::OneAgainstSeveral { a: 3, b: 1 });
    assert_eq!(test(&runs(&three[..1]), &shifted(9, &five)), SeedTest::OneAgainstSeveral { a: 1, b: 5 });
}

#[test]
fn runs_on_one_set_of_sentences_are_one_draw_of_the_data() {
    let on = |data_seed: u64, scores: &[f64]| -> Vec<Run> {
        scores.iter().zip(1..).map(|(score, seed)| Run { data_seed, seed, score: *score }).collect()
    };
    let three = [0.80, 0.82, 0.81];
    // three seeds each, on two sets of sentences: nothing tells what another set would change
    assert_eq!(compare(&on(42, &three), &on(7, &three)).test, SeedTest::OneEach);
    let several: Vec<Run> = (1..=5).flat_map(|data_seed| on(data_seed, &three[..2])).collect();
    let found = compare(&on(12, &three), &several);
    assert_eq!((found.test, found.df, found.data_seeds), (SeedTest::OneAgainstSeveral { a: 1, b: 5 }, Some(4.0), 6));
}

#[test]
fn seeds_that_only_one_side_has_are_left_out_and_named() {
    let found = compare(&runs(&[0.80, 0.82, 0.81, 0.79, 0.83]), &runs(&[0.81, 0.82, 0.85]));
    let pair = |seed| SeedPair { data_seed: 42, seed };
    assert_eq!(found.used, [vec![pair(1), pair(2), pair(3)], vec![pair(1), pair(2), pair(3)]]);
    assert_eq!(found.left_out, [vec![pair(4), pair(5)], vec![]]);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let (a, b) = (runs(&[0.80, 0.82, 0.81, 0.795]), runs(&[0.83, 0.82, 0.85, 0.81]));
    let reversed = |side: &[Run]| side.iter().rev().copied().collect::<Vec<_>>();
    assert_eq!(compare(&a, &b), compare(&reversed(&a), &b));
    assert_eq!(compare(&a, &b), compare(&a, &reversed(&b)));
}

#[test]
fn welchs_test_has_fractions_of_a_degree() {
    let later: Vec<Run> =
        [0.86, 0.84, 0.90, 0.85].iter().zip(11..).map(|(s, seed)| Run { data_seed: 42, seed, score: *s }).collect();
    let found = compare(&runs(&[0.80, 0.82, 0.81]), &later);
    // scipy: ttest_ind([0.86, 0.84, 0.90, 0.85], [0.80, 0.82, 0.81], equal_var=False)
    near(found.t.expect("varies"), 3.655_630_775_069_653_7, 1e-9);
    near(found.df.expect("varies"), 4.042_760_896_466_373, 1e-9);
    near(found.p.expect("varies"), 0.021_267_477_856_701_734, 1e-9);
}

#[test]
fn an_interval_of_a_difference_is_cut_at_one() {
    let found = compare(&runs(&[0.1, 0.9]), &runs(&[0.9, 0.1]));
    assert_eq!(found.interval, Some((-1.0, 1.0)));
}

#[test]
fn a_collapsed_run_stays_in_the_test() {
    let found = compare(&runs(&[0.80, 0.81, 0.79, 0.82]), &runs(&[0.84, 0.83, 0.0, 0.85]));
    assert_eq!(found.test, SeedTest::Paired { units: 4, runs: 4 });
    assert!(found.p.expect("varies") > 0.05);
}

#[test]
fn the_detectable_difference_is_that_of_the_table_on_the_page() {
    // scipy: the shift at which the noncentral t is called in 80 of 100, in units of the sd of differences, by seeds and rows
    for (seeds, of_rows) in [
        (2.0_f64, [11.549_888_435_882_353, 46.155_037_023_933_67, 461.521_010_333_956_67, 4_615.207_078_515_7]),
        (3.0, [3.264_043_549_699_572, 6.546_046_683_632_413, 20.715_165_948_840_518, 65.511_596_797_544_48]),
        (5.0, [1.681_996_965_955_555, 2.476_790_370_518_242_6, 4.509_637_477_708_892, 8.074_597_015_964_756]),
        (10.0, [0.996_001_371_455_413_3, 1.284_296_612_512_439_3, 1.810_308_316_903_193, 2.442_797_150_756_903]),
    ] {
        for (rows, expected) in [1, 4, 40, 400].into_iter().zip(of_rows) {
            near(detectable(1.0 / seeds.sqrt(), Some(seeds - 1.0), threshold(rows, 0)), expected, 1e-7);
        }
    }
    near(threshold(40, 3), 0.05 / 37.0, 1e-15);
    assert_eq!(threshold(3, 3), 0.05);
    assert_eq!(detectable(0.0, Some(2.0), 0.05), 0.0);
}

#[test]
fn both_sources_are_never_surer_than_the_seeds_alone() {
    let (a, b) = (runs(&[0.80, 0.82, 0.81]), runs(&[0.85, 0.86, 0.87]));
    let seeds = compare(&a, &b);
    let part = |right: u32| vec![vec![[2 * right, 10]; 30]];
    // the same residuals on both sides: sentences add nothing
    let equal = sentence_test(&[&part(4)], &[&part(4)]).expect("sentences");
    let alone = both(&seeds, &equal).expect("seeds vary");
    near(alone.p, seeds.p.expect("varies"), 1e-12);
    near(alone.df, 2.0, 1e-12);
    let noisy: Vec<[u32; 2]> = (0..30).map(|at| [if at % 3 == 0 { 0 } else { 10 }, 10]).collect();
    let sentences = sentence_test(&[&part(4)], &[&[noisy]]).expect("sentences");
    let wide = both(&seeds, &sentences).expect("seeds vary");
    assert!(wide.p >= seeds.p.expect("varies") && wide.interval.0 < alone.interval.0, "{wide:?}");
    // one seed each, and seeds that do not vary
    assert_eq!(both(&compare(&a[..1], &b[..1]), &sentences), None);
    assert_eq!(both(&compare(&runs(&[0.5, 0.6]), &runs(&[0.6, 0.7])), &sentences), None);
}

#[test]
fn a_table_as_a_whole_is_tested_over_the_seeds_that_all_rows_have() {
    let (a, b) = (runs(&[0.80, 0.82, 0.81]), runs(&[0.81, 0.84, 0.81]));
    let found = overall(&[(&a, &b), (&a[..2], &b)]).expect("two seeds");
    assert_eq!(found.used.len(), 2);
    // seed 1: 0.01 twice; seed 2: 0.02 twice
    near(found.difference, 0.015, 1e-9);
    near(found.t.expect("varies"), 3.0, 1e-9);
    assert_eq!(overall(&[(&a, &b), (&a[..1], &b)]), None);
    assert_eq!(overall(&[]), None);
    let none = overall(&[(&a, &a)]).expect("three seeds");
    assert_eq!((none.p, none.t, none.se), (Some(1.0), None, 0.0));
}

proptest! {
    #[test]
    fn a_and_b_exchanged_change_the_sign_alone(
        a in proptest::collection::vec((1..4_u64, 1..6_u64, 0..=1_000_000_u32), 1..9),
        b in proptest::collection::vec((1..4_u64, 1..6_u64, 0..=1_000_000_u32), 1..9),
    ) {
        let side = |rows: &[(u64, u64, u32)]| -> Vec<Run> {
            rows.iter().map(|row| Run { data_seed: row.0, seed: row.1, score: f64::from(row.2) / 1e6 }).collect()
        };
        let (there, back) = (compare(&side(&a), &side(&b)), compare(&side(&b), &side(&a)));
        prop_assert_eq!(there.difference, -back.difference);
        prop_assert_eq!(there.spread(), back.spread());
        let close = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * other.abs(),
            (one, other) => one == other,
        };
        prop_assert!(close(there.p, back.p) && close(there.se, back.se) && close(there.df, back.df));
        if let Some((low, high)) = there.interval {
            prop_assert!(-1.0 <= low && low <= there.difference && there.difference <= high && high <= 1.0);
        }
    }
}
