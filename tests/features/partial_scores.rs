//! Partial scores: each rule of the matching by a case made by hand.

use proptest::prelude::*;
use runner::metrics::{
    MatchCounts, Matching, Metric, MetricsError, PartialMetric, TagSet, match_scores, partial_ratios, ratios,
};

const TAGS: [&str; 5] = ["O", "B-A", "I-A", "B-B", "I-B"];

fn tags() -> TagSet {
    TagSet::new(&TAGS.map(str::to_owned)).expect("valid names")
}

/// Tags from text such as `A a O -`: a capital letter begins an entity, a small one continues it, `-` is an unseen word.
fn answers(text: &str) -> Vec<Option<u16>> {
    let number = |word| match word {
        "-" => None,
        word => Some(["O", "A", "a", "B", "b"].iter().position(|name| *name == word).expect("a tag") as u16),
    };
    text.split_whitespace().map(number).collect()
}

fn gold(text: &str) -> Vec<u16> {
    answers(text).into_iter().map(|tag| tag.expect("gold has every word")).collect()
}

/// correct, incorrect, partial, missed, spurious
fn shown(counts: &MatchCounts) -> [u64; 5] {
    [counts.correct, counts.incorrect, counts.partial, counts.missed, counts.spurious]
}

/// All types together, by strict, exact, partial, type.
fn counts(gold_text: &str, answer_text: &str) -> [[u64; 5]; 4] {
    Matching::ALL.map(|matching| {
        let found = match_scores(matching, &tags(), &[gold(gold_text)], &[answers(answer_text)]).expect("one shape");
        shown(&found.overall)
    })
}

const CORRECT: [u64; 5] = [1, 0, 0, 0, 0];
const INCORRECT: [u64; 5] = [0, 1, 0, 0, 0];
const PARTIAL: [u64; 5] = [0, 0, 1, 0, 0];

#[test]
fn right_ends_and_type_are_correct_in_every_scheme() {
    assert_eq!(counts("O A a O", "O A a O"), [CORRECT; 4]);
}

#[test]
fn other_ends_are_half_right_in_partial_and_right_in_type() {
    assert_eq!(counts("O A a O", "O A O O"), [INCORRECT, INCORRECT, PARTIAL, CORRECT]);
}

#[test]
fn another_type_is_right_where_ends_alone_count() {
    assert_eq!(counts("O A a O", "O B b O"), [INCORRECT, CORRECT, CORRECT, INCORRECT]);
}

#[test]
fn other_ends_and_another_type_are_half_right_in_partial_alone() {
    assert_eq!(counts("O A a O", "B b b O"), [INCORRECT, INCORRECT, PARTIAL, INCORRECT]);
}

#[test]
fn entities_without_a_common_word_are_missed_and_spurious() {
    assert_eq!(counts("A O O", "O A O"), [[0, 0, 0, 1, 1]; 4]);
}

#[test]
fn a_gold_entity_is_matched_once() {
    assert_eq!(counts("A a a", "A A A"), [[0, 1, 0, 0, 2], [0, 1, 0, 0, 2], [0, 0, 1, 0, 2], [1, 0, 0, 0, 2]]);
}

#[test]
fn a_right_one_is_taken_before_the_first_that_overlaps() {
    // the answer overlaps both; by type the second is right
    assert_eq!(counts("A B", "B b"), [[0, 1, 0, 1, 0], [0, 1, 0, 1, 0], [0, 0, 1, 1, 0], [1, 0, 0, 1, 0]]);
}

#[test]
fn by_type_the_one_with_the_nearest_ends_is_taken_and_the_first_of_equals() {
    // the first answer overlaps both gold entities, the second answer the second alone
    assert_eq!(counts("A A a a a", "A a a a A")[3], [1, 0, 0, 1, 1]);
    assert_eq!(counts("A A a a", "A a a A")[3], [2, 0, 0, 0, 0]);
}

#[test]
fn without_a_right_one_the_first_is_taken_however_near_the_second_is() {
    let found = counts("A A a a a", "A a a a A");
    assert_eq!(found, [[0, 2, 0, 0, 0], [0, 2, 0, 0, 0], [0, 0, 2, 0, 0], [1, 0, 0, 1, 1]]);
}

#[test]
fn a_type_is_counted_as_if_there_were_no_other() {
    let found = match_scores(Matching::Exact, &tags(), &[gold("A O B")], &[answers("B O B")]).expect("one shape");
    assert_eq!(shown(&found.overall), [2, 0, 0, 0, 0]);
    let types: Vec<_> = found.types.iter().map(|(kind, counts)| (kind.as_str(), shown(counts))).collect();
    assert_eq!(types, [("A", [0, 0, 0, 1, 0]), ("B", [1, 0, 0, 0, 1])]);
}

#[test]
fn an_inside_after_another_type_begins_an_entity_and_an_unseen_word_ends_one() {
    assert_eq!(counts("A b O", "A B O")[0], [2, 0, 0, 0, 0]);
    assert_eq!(counts("A a a", "A - a")[1], [0, 1, 0, 0, 1]);
}

#[test]
fn half_a_point_counts_in_precision_recall_and_f1() {
    let found = match_scores(Matching::Partial, &tags(), &[gold("A a O B")], &[answers("A O A B")]).expect("one shape");
    assert_eq!(shown(&found.overall), [1, 0, 1, 0, 1]);
    let found = found.overall;
    assert_eq!((found.precision(), found.recall(), found.f1()), (0.5, 0.75, 0.6));
    assert_eq!(MatchCounts::default().f1(), 0.0);
}

#[test]
fn the_counts_of_each_sentence_give_the_score() {
    let gold = [gold("A a O B"), gold("O O"), gold("A")];
    let answered = [answers("A O A B"), answers("B O"), answers("O")];
    let of = |metric| partial_ratios(metric, &tags(), &gold, &answered).expect("one shape").expect("a value").parts;
    assert_eq!(of(PartialMetric::PartialF1), [[[3, 5], [0, 1], [0, 1]]]);
    assert_eq!(of(PartialMetric::PartialPrecision), [[[3, 6], [0, 2], [0, 0]]]);
    assert_eq!(of(PartialMetric::PartialRecall), [[[3, 4], [0, 0], [0, 2]]]);
    for metric in PartialMetric::ALL {
        let counts = match_scores(metric.matching(), &tags(), &gold, &answered).expect("one shape").overall;
        let expected = match metric.name().rsplit_once('_').expect("two parts").1 {
            "f1" => counts.f1(),
            "precision" => counts.precision(),
            _ => counts.recall(),
        };
        let found = partial_ratios(metric, &tags(), &gold, &answered).expect("one shape").expect("a value");
        assert_eq!(found.value(), Some(expected), "{metric}");
    }
}

#[test]
fn without_a_gold_entity_there_is_no_score_as_for_entity_f1() {
    let (gold, answered) = ([gold("O O")], [answers("A O")]);
    assert_eq!(partial_ratios(PartialMetric::TypeF1, &tags(), &gold, &answered), Ok(None));
    assert_eq!(ratios(Metric::EntityF1, &tags(), &gold, &answered), Ok(None));
}

#[test]
fn unequal_shapes_are_refused() {
    let found = match_scores(Matching::Exact, &tags(), &[gold("O O")], &[answers("O")]);
    assert!(matches!(found, Err(MetricsError::Unequal { gold: 2, predicted: 1, .. })));
}

proptest! {
    #[test]
    fn where_both_ends_and_the_type_count_f1_is_entity_f1(
        words in proptest::collection::vec((0..5_u16, 0..5_u16), 1..12),
    ) {
        let gold = [words.iter().map(|word| word.0).collect::<Vec<_>>()];
        let answered = [words.iter().map(|word| Some(word.1)).collect::<Vec<_>>()];
        let found = match_scores(Matching::Strict, &tags(), &gold, &answered).expect("one shape").overall;
        let entity_f1 = ratios(Metric::EntityF1, &tags(), &gold, &answered).expect("one shape");
        prop_assert_eq!(entity_f1.and_then(|ratios| ratios.value()).unwrap_or(0.0), found.f1());
    }
}
