//! Several settings together.

use runner::statistics::{SeedTest, best, holm, optimism};

use super::{near, rows, runs};

#[test]
fn holm_multiplies_the_least_p_by_all_tests_and_keeps_the_order() {
    // 0.01·4, 0.03·3, 0.04·2, 0.02·... by hand
    assert_eq!(holm(&[0.04, 0.01, 0.03]), [0.06, 0.03, 0.06]);
    assert_eq!(holm(&[0.6, 0.5]), [1.0, 1.0]);
    assert_eq!(holm(&[0.02, 0.02]), [0.04, 0.04]);
    assert_eq!(holm(&[0.3]), [0.3]);
    assert_eq!(holm(&[]), [0.0; 0]);
}

#[test]
fn the_best_is_the_first_of_equal_means_and_never_beyond_noise_of_its_equal() {
    let settings = [runs(&[0.7, 0.71]), runs(&[0.81, 0.80]), runs(&[0.80, 0.81])];
    let found = best(&settings).expect("settings");
    assert_eq!(found.setting, 1);
    assert!(found.p_group.is_some_and(|p| p > 0.5), "{found:?}");
    assert!(found.within_noise().contains(&2));
}

#[test]
fn with_one_seed_nothing_is_beyond_noise() {
    let found = best(&[runs(&[0.9]), runs(&[0.1])]).expect("settings");
    assert_eq!((found.p_group, found.within_noise()), (Some(1.0), vec![1]));
    assert_eq!(found.others[0].comparison.test, SeedTest::OneEach);
}

#[test]
fn a_setting_without_a_run_is_left_out_and_one_alone_has_no_other() {
    let found = best(&[vec![], runs(&[0.5, 0.6]), vec![]]).expect("a setting");
    assert_eq!((found.setting, found.p_group, found.others.len()), (1, None, 0));
    assert_eq!(best(&[vec![], vec![]]), None);
}

#[test]
fn the_optimism_of_a_winner_ignores_luck_that_all_settings_share() {
    // one setting is the other plus a constant: seeds choose nothing
    let shared = optimism(&[runs(&[0.8, 0.9, 0.7]), runs(&[0.81, 0.91, 0.71])]).expect("settings and seeds");
    assert!(shared.at_most < 1e-12);
    // residuals ±0.005 in a table of two by two: sd √(4·0.005²/1) = 0.01, 1/√π · 0.01 / √2
    let found = optimism(&[runs(&[0.80, 0.82]), runs(&[0.81, 0.81])]).expect("settings and seeds");
    near(found.sd_residual, 0.01, 1e-9);
    near(found.at_most, 0.01 / (2.0 * std::f64::consts::PI).sqrt(), 1e-9);
    assert_eq!((found.settings, found.seeds), (2, 2));
}

#[test]
fn optimism_needs_two_settings_and_two_common_seeds() {
    assert_eq!(optimism(&[runs(&[0.8, 0.9])]), None);
    assert_eq!(optimism(&[runs(&[0.8]), runs(&[0.9])]), None);
    assert_eq!(optimism(&[runs(&[0.8, 0.9]), rows(&[(42, 2, 0.8), (42, 3, 0.9)])]), None);
    assert_eq!(optimism(&[]), None);
}
