//! Scores and differences over test sentences.

use proptest::prelude::*;
use runner::statistics::{Residuals, logit_interval, score_interval, sentence_test};

use super::near;

/// The F1 of some sentences [right, gold, predicted].
fn f1(sentences: &[[u32; 3]]) -> Vec<Vec<[u32; 2]>> {
    vec![sentences.iter().map(|[right, gold, predicted]| [2 * right, gold + predicted]).collect()]
}

#[test]
fn scores_of_0_and_1_have_the_exact_interval_of_their_sentences_with_an_entity() {
    // 20 sentences with an entity, 30 without
    let all: Vec<[u32; 3]> = (0..50).map(|at| if at < 20 { [1, 1, 1] } else { [0, 0, 0] }).collect();
    let none: Vec<[u32; 3]> = all.iter().map(|[_, gold, _]| [0, *gold, 0]).collect();
    let bound = 0.025_f64.powf(1.0 / 20.0);
    let (low, high) = score_interval(&[&f1(&all)]).expect("enough sentences");
    near(low, bound, 1e-14);
    assert_eq!(high, 1.0);
    let (low, high) = score_interval(&[&f1(&none)]).expect("enough sentences");
    assert_eq!(low, 0.0);
    near(high, 1.0 - bound, 1e-12);
}

#[test]
fn an_interval_needs_ten_sentences_with_an_entity() {
    let sentences = |count: usize| -> Vec<[u32; 3]> {
        (0..100).map(|at| if at < count { [u32::from(at % 2 == 0), 1, 1] } else { [0, 0, 0] }).collect()
    };
    assert_eq!(score_interval(&[&f1(&sentences(9))]), None);
    let (low, high) = score_interval(&[&f1(&sentences(10))]).expect("enough sentences");
    assert!(0.0 < low && low < 0.5 && 0.5 < high && high < 1.0);
    // no entity at all
    let found = Residuals::of(&f1(&sentences(0))).expect("sentences");
    assert_eq!((found.value, found.se(), found.counted_sentences(), found.interval()), (0.0, 0.0, 0, None));
    assert_eq!(Residuals::of(&f1(&[])), None);
    assert_eq!(Residuals::of(&[]), None);
    assert_eq!(score_interval(&[]), None);
}

#[test]
fn a_macro_average_has_the_mean_of_its_classes_residuals() {
    let one: Vec<[u32; 2]> = (0..40).map(|at| [2 * u32::from(at % 4 != 0), 2]).collect();
    let other: Vec<[u32; 2]> = (0..40).map(|at| [2 * u32::from(at % 2 == 0), 3]).collect();
    let parts = [&one, &other].map(|part| Residuals::of(std::slice::from_ref(part)).expect("sentences"));
    let found = Residuals::of(&[one, other]).expect("sentences");
    near(found.value, (parts[0].value + parts[1].value) / 2.0, 1e-15);
    for (sentence, e) in found.each.iter().enumerate() {
        assert!((e - (parts[0].each[sentence] + parts[1].each[sentence]) / 2.0).abs() < 1e-16);
    }
    // a class that is always right beside one that never is: nothing is known of the spread
    let ends = Residuals::of(&[vec![[2, 2]; 40], vec![[0, 2]; 40]]).expect("sentences");
    assert_eq!((ends.value, ends.se(), ends.interval()), (0.5, 0.0, None));
    // a score of which nothing was predicted is 0
    assert_eq!(Residuals::of(&[vec![[0, 0]; 40]]).expect("sentences").value, 0.0);
}

#[test]
fn the_mean_of_several_runs_has_a_narrower_interval_than_one_of_them() {
    let run = |shift: usize| -> Vec<[u32; 3]> {
        (0..200_usize).map(|at| [u32::from(!(at + shift).is_multiple_of(3) && at > 40), 1, 1]).collect()
    };
    let [a, b, c] = [0, 1, 2].map(|shift| f1(&run(shift)));
    let width = |interval: Option<(f64, f64)>| interval.map(|(low, high)| high - low).expect("enough sentences");
    assert!(width(score_interval(&[&a, &b, &c])) < width(score_interval(&[&a])));
    // equal runs tell no more than one
    near(width(score_interval(&[&a, &a, &a])), width(score_interval(&[&a])), 1e-12);
    // runs on unequal numbers of sentences are not averaged
    assert_eq!(score_interval(&[&a, &f1(&run(0)[..100])]), None);
}

#[test]
fn p_is_never_under_the_sign_tests_over_the_sentences_that_differ() {
    let a: Vec<[u32; 3]> = vec![[1, 2, 2]; 50];
    for (differing, p) in [(0, 1.0), (1, 1.0), (2, 0.5), (3, 0.25)] {
        let mut b = a.clone();
        b[..differing].fill([2, 2, 2]);
        let found = sentence_test(&[&f1(&a)], &[&f1(&b)]).expect("sentences");
        assert_eq!((found.p >= p, found.differing, found.sentences), (true, differing, 50), "{found:?}");
    }
    let mut b = a.clone();
    b[..3].fill([2, 2, 2]);
    assert_eq!(sentence_test(&[&f1(&a)], &[&f1(&b)]).expect("sentences").p, 0.25);
}

#[test]
fn equal_predictions_differ_by_exactly_0() {
    let a = f1(&[[1, 2, 2], [0, 1, 0], [3, 3, 3]]);
    let found = sentence_test(&[&a], &[&a]).expect("sentences");
    assert_eq!((found.difference, found.se, found.z, found.p), (0.0, 0.0, None, 1.0));
    assert_eq!((found.interval, found.differing), (Some((0.0, 0.0)), 0));
}

#[test]
fn all_right_against_none_found_has_the_sign_tests_p_and_no_interval() {
    let right: Vec<[u32; 3]> = vec![[1, 1, 1]; 6];
    let found = sentence_test(&[&f1(&right)], &[&f1(&[[0, 1, 0]; 6])]).expect("sentences");
    assert_eq!((found.difference, found.se, found.z, found.interval), (-1.0, 0.0, None, None));
    assert_eq!(found.p, 0.03125);
    // two that find nothing, one of them with false alarms: counts differ, scores do not
    let found = sentence_test(&[&f1(&[[0, 1, 0]; 20])], &[&f1(&[[0, 1, 2]; 20])]).expect("sentences");
    assert_eq!((found.difference, found.p, found.differing), (0.0, 1.0, 20));
}

#[test]
fn runs_are_compared_by_their_mean_counts() {
    let (a, b) = (f1(&[[1, 2, 2], [2, 2, 2]]), f1(&[[2, 2, 2], [1, 2, 2]]));
    // A has each answer once, B too, in the other order
    assert_eq!(sentence_test(&[&a, &b], &[&b, &a]).expect("sentences").differing, 0);
    assert_eq!(sentence_test(&[&a], &[&a, &a, &a]).expect("sentences").differing, 0);
    assert_eq!(sentence_test(&[&a], &[&a, &a, &b]).expect("sentences").differing, 2);
    assert_eq!(sentence_test(&[&a], &[&f1(&[[1, 2, 2]])]), None);
    assert_eq!(sentence_test(&[&a], &[]), None);
    // one sentence has no spread
    let one = sentence_test(&[&f1(&[[1, 2, 2]])], &[&f1(&[[2, 2, 2]])]).expect("a sentence");
    assert_eq!((one.se, one.p), (0.0, 1.0));
}

#[test]
fn a_class_that_one_side_never_meets_does_not_shift_the_others() {
    let (x, y, z) = (vec![[2, 2], [0, 1], [2, 3]], vec![[0, 0], [2, 4], [0, 0]], vec![[0, 0], [0, 1], [0, 0]]);
    let found = sentence_test(&[&[x.clone(), y.clone()]], &[&[z, x, y]]).expect("sentences");
    assert_eq!(found.differing, 1);
}

#[test]
fn the_logit_interval_stays_between_0_and_1_and_holds_the_mean() {
    assert_eq!((logit_interval(0.0, 0.1), logit_interval(1.0, 0.1)), (None, None));
    let (low, high) = logit_interval(0.999, 0.4).expect("within");
    assert!(low < 0.999 && 0.999 < high && high <= 1.0 && low > 0.0);
    // in mid-range it is mean ± half
    let (low, high) = logit_interval(0.5, 0.01).expect("within");
    assert!((low - 0.49).abs() < 1e-5 && (high - 0.51).abs() < 1e-5);
}

proptest! {
    #[test]
    fn residuals_add_up_to_nothing(counts in proptest::collection::vec((0..5_u32, 0..5_u32), 2..60)) {
        let sentences: Vec<[u32; 3]> = counts.iter().map(|(right, more)| [*right, right + more, right + 1]).collect();
        let found = Residuals::of(&f1(&sentences)).expect("sentences");
        prop_assert!(found.each.iter().sum::<f64>().abs() < 1e-12);
        prop_assert!((0.0..=1.0).contains(&found.value));
        if let Some((low, high)) = found.interval() {
            prop_assert!(0.0 <= low && low <= found.value + 1e-12 && found.value <= high + 1e-12 && high <= 1.0);
        }
    }

    #[test]
    fn sentences_in_another_order_are_the_same_test(counts in proptest::collection::vec((0..4_u32, 0..4_u32), 2..60)) {
        let side = |which: fn(&(u32, u32)) -> u32| -> Vec<[u32; 3]> {
            counts.iter().map(|pair| [which(pair), 4, 4]).collect()
        };
        let (a, b) = (side(|pair| pair.0), side(|pair| pair.1));
        let turned = |side: &[[u32; 3]]| f1(&side.iter().rev().copied().collect::<Vec<_>>());
        let one = sentence_test(&[&f1(&a)], &[&f1(&b)]).expect("sentences");
        let other = sentence_test(&[&turned(&a)], &[&turned(&b)]).expect("sentences");
        prop_assert!((one.p - other.p).abs() < 1e-9 && (one.se - other.se).abs() < 1e-12);
        prop_assert_eq!(one.differing, other.differing);
    }
}
