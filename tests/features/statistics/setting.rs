//! One setting over its seeds.

use proptest::prelude::*;
use runner::statistics::{Run, collapsed, summarize};

use super::{near, rows, runs};

#[test]
fn one_seed_has_a_mean_and_nothing_else() {
    let found = summarize(&runs(&[0.7])).expect("a run");
    assert_eq!((found.n, found.mean, found.sd, found.interval), (1, 0.7, None, None));
    assert_eq!((found.half_width(), found.components), (None, None));
    assert_eq!(summarize(&[]), None);
}

#[test]
fn equal_scores_have_no_interval_and_a_spread_of_0() {
    for score in [0.0, 0.4, 1.0] {
        let found = summarize(&runs(&[score; 3])).expect("runs");
        assert_eq!((found.sd, found.interval), (Some(0.0), None), "{score}");
    }
}

#[test]
fn two_seeds_near_1_know_little_and_stay_under_1() {
    // t cut at 1 would end there; the lower end is 0.49 as STATISTICS.md has it
    let found = summarize(&runs(&[0.972_249, 0.985])).expect("runs");
    let (low, high) = found.interval.expect("they vary");
    assert!((0.48..0.49).contains(&low) && (0.999..1.0).contains(&high), "{low} {high}");
    near(found.half_width().expect("they vary"), found.mean - low, 1e-15);
}

#[test]
fn in_mid_range_the_interval_is_that_of_students_t() {
    // mean 0.5, sd 0.01, half-width 4.302652729749464 · 0.01 / √3 = 0.024841
    let (low, high) = summarize(&runs(&[0.49, 0.5, 0.51])).expect("runs").interval.expect("they vary");
    assert!((low - 0.475_159).abs() < 1e-4 && (high - 0.524_841).abs() < 1e-4, "{low} {high}");
}

#[test]
fn with_two_data_seeds_their_means_are_what_counts() {
    // data seed 1: mean 0.71 of three runs; data seed 2: 0.75 of one
    let found = summarize(&rows(&[(1, 1, 0.70), (1, 2, 0.71), (1, 3, 0.72), (2, 1, 0.75)])).expect("runs");
    assert_eq!((found.n, found.data_seeds), (4, 2));
    near(found.mean, 0.73, 1e-12);
    let components = found.components.expect("both vary");
    near(components.sd_seed(), 0.01, 1e-9);
    // n0 = (4 - (9 + 1)/4) / 1 = 1.5; MSB = 3·0.01² + 1·0.03² = 0.0012; (0.0012 - 0.0001) / 1.5
    near(components.n0, 1.5, 1e-12);
    near(components.sd_data(), (0.0011_f64 / 1.5).sqrt(), 1e-9);
}

#[test]
fn components_need_both_seeds_to_vary() {
    // a run each data seed
    let one_each = summarize(&rows(&[(1, 1, 0.70), (2, 2, 0.71), (3, 3, 0.75)])).expect("runs");
    assert!(one_each.components.is_none() && one_each.interval.is_some());
    assert!(summarize(&runs(&[0.7, 0.71, 0.75])).expect("runs").components.is_none());
}

#[test]
fn data_seeds_that_vary_less_than_chance_have_a_component_of_0() {
    let found = summarize(&rows(&[(1, 1, 0.70), (1, 2, 0.74), (2, 1, 0.74), (2, 2, 0.70)])).expect("runs");
    let components = found.components.expect("both vary");
    assert!(components.raw_data_variance() < 0.0);
    assert_eq!(components.sd_data(), 0.0);
    // the two means are equal: no interval
    assert_eq!(found.interval, None);
}

#[test]
fn a_run_under_half_the_median_of_the_others_collapsed() {
    let found = collapsed(&runs(&[0.81, 0.0, 0.80, 0.83]));
    assert_eq!(found.iter().map(|found| found.run.seed).collect::<Vec<_>>(), [2]);
    near(found[0].median_of_others, 0.81, 1e-12);
    // half of the median is not under half of it
    assert_eq!(collapsed(&runs(&[0.8, 0.4, 0.8])), []);
    assert_eq!(collapsed(&runs(&[0.8, 0.399_999, 0.8])).len(), 1);
    // two runs have no majority, and zeros are no collapse among zeros
    assert_eq!(collapsed(&runs(&[0.8, 0.0])), []);
    assert_eq!(collapsed(&runs(&[0.0, 0.0, 0.0])), []);
    // an even number of others: their median lies between
    near(collapsed(&runs(&[0.1, 0.8, 0.9]))[0].median_of_others, 0.85, 1e-12);
}

proptest! {
    #[test]
    fn an_interval_holds_its_mean(scores in proptest::collection::vec((1..4_u64, 0..=1_000_000_u32), 1..12)) {
        let rows: Vec<Run> = scores
            .iter()
            .zip(1..)
            .map(|((data_seed, score), seed)| Run { data_seed: *data_seed, seed, score: f64::from(*score) / 1e6 })
            .collect();
        let found = summarize(&rows).expect("runs");
        prop_assert_eq!(found.n, rows.len());
        if let Some((low, high)) = found.interval {
            prop_assert!(0.0 <= low && low <= found.mean && found.mean <= high && high <= 1.0);
        }
    }
}
