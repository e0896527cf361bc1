//! Scores against scikit-learn's and seqeval's values, and the properties that hold for any tags.

use std::collections::BTreeMap;

use runner::metrics::{Metric, MetricsError, Scheme, Scores, TagSet, constant, majority, score};
use runner::words::Word;
use serde::Deserialize;

const TAGS: [&str; 7] = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"];

/// One case of goldens/metrics.json: scikit-learn's `f1_score` and seqeval's `classification_report`.
#[derive(Deserialize)]
struct Case {
    gold: Vec<Vec<String>>,
    pred: Vec<Vec<String>>,
    token_accuracy: f64,
    token_f1_micro: Option<f64>,
    token_f1_macro: Option<f64>,
    gold_token_f1_micro: Option<f64>,
    gold_token_f1_macro: Option<f64>,
    conlleval: BTreeMap<String, Row>,
    strict: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
struct Row {
    precision: Option<f64>,
    recall: Option<f64>,
    #[serde(rename = "f1-score")]
    f1: Option<f64>,
    support: f64,
}

fn tag_set() -> TagSet {
    TagSet::new(&TAGS.map(str::to_owned)).expect("valid names")
}

fn number(tag: &str) -> u16 {
    TAGS.iter().position(|name| *name == tag).expect("a tag of the set") as u16
}

fn numbers(sentences: &[Vec<String>]) -> Vec<Vec<u16>> {
    sentences.iter().map(|tags| tags.iter().map(|tag| number(tag)).collect()).collect()
}

fn seen(sentences: &[Vec<u16>]) -> Vec<Vec<Option<u16>>> {
    sentences.iter().map(|tags| tags.iter().map(|&tag| Some(tag)).collect()).collect()
}

fn cases() -> Vec<Case> {
    // Python writes the macro average of no type as NaN, which JSON does not know.
    let text = include_str!("../goldens/metrics.json").replace("NaN", "null");
    serde_json::from_str(&text).expect("the goldens parse")
}

/// One sentence from text such as `B-PER I-PER O`.
fn sentence(text: &str) -> Vec<u16> {
    text.split_whitespace().map(number).collect()
}

#[track_caller]
fn assert_close(what: &str, ours: Option<f64>, expected: Option<f64>) {
    let close = match (ours, expected) {
        (Some(ours), Some(expected)) => (ours - expected).abs() <= 1e-12,
        (ours, expected) => ours == expected,
    };
    assert!(close, "{what}: {ours:?}, expected {expected:?}");
}

/// seqeval's averages; an empty cell where the gold holds no entity, for which it prints 0.
fn check_entities(case: usize, scheme: Scheme, scores: &Scores, expected: &BTreeMap<String, Row>) {
    let rows: Vec<_> = scores.entities.iter().filter(|row| row.scheme == scheme).collect();
    let types: Vec<&str> = expected.keys().map(String::as_str).filter(|name| !name.ends_with(" avg")).collect();
    assert_eq!(rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), types, "case {case} {scheme:?}");
    for row in rows {
        let golden = &expected[&row.kind];
        let what = format!("case {case} {scheme:?} {}", row.kind);
        assert_close(&what, Some(row.precision), golden.precision);
        assert_close(&what, Some(row.recall), golden.recall);
        assert_close(&what, Some(row.f1), golden.f1);
        assert_close(&what, Some(row.support as f64), Some(golden.support));
    }
    let micro = &expected["micro avg"];
    let some = |value: Option<f64>| value.filter(|_| micro.support > 0.0);
    match scheme {
        Scheme::Conlleval => {
            assert_close(&format!("case {case} precision"), scores.entity_precision, some(micro.precision));
            assert_close(&format!("case {case} recall"), scores.entity_recall, some(micro.recall));
            assert_close(&format!("case {case} f1"), scores.entity_f1, some(micro.f1));
        }
        Scheme::Iob2 => assert_close(&format!("case {case} strict f1"), scores.entity_f1_iob2, some(micro.f1)),
    }
}

#[test]
fn all_sixty_golden_cases_match() {
    let cases = cases();
    assert_eq!(cases.len(), 60);
    for (index, case) in cases.iter().enumerate() {
        let scores = score(&tag_set(), &numbers(&case.gold), &seen(&numbers(&case.pred))).expect("scored");
        let pairs = [
            (scores.token_accuracy, Some(case.token_accuracy)),
            (scores.token_f1_micro, case.token_f1_micro),
            (scores.token_f1_macro, case.token_f1_macro),
            (scores.gold_token_f1_micro, case.gold_token_f1_micro),
            (scores.gold_token_f1_macro, case.gold_token_f1_macro),
        ];
        for (number, (ours, expected)) in pairs.into_iter().enumerate() {
            assert_close(&format!("case {index}, token score {number}"), ours, expected);
        }
        check_entities(index, Scheme::Conlleval, &scores, &case.conlleval);
        check_entities(index, Scheme::Iob2, &scores, &case.strict);
    }
}

#[test]
fn without_a_gold_entity_the_cells_are_empty_but_false_alarms_show() {
    let quiet = score(&tag_set(), &[sentence("O O")], &seen(&[sentence("O O")])).expect("scored");
    assert_eq!(
        Metric::ALL.map(|metric| quiet.get(metric)),
        [None, None, None, None, None, None, None, None, Some(1.0)]
    );
    let alarm = score(&tag_set(), &[sentence("O O")], &seen(&[sentence("O B-PER")])).expect("scored");
    let expected = [None, None, None, None, Some(0.0), Some(0.0), None, None, Some(0.5)];
    assert_eq!(Metric::ALL.map(|metric| alarm.get(metric)), expected);
}

#[test]
fn a_perfect_prediction_scores_one_everywhere() {
    for case in cases().iter().filter(|case| case.strict["micro avg"].support > 0.0) {
        let gold = numbers(&case.gold);
        let scores = score(&tag_set(), &gold, &seen(&gold)).expect("scored");
        assert_eq!(Metric::ALL.map(|metric| scores.get(metric)), [Some(1.0); 9]);
        assert!(scores.entities.iter().all(|row| row.f1 == 1.0 && row.support > 0));
    }
}

#[test]
fn answering_o_always_finds_no_entity() {
    let gold = [sentence("B-PER I-PER O O"), sentence("O B-LOC")];
    let scores = constant(&tag_set(), &gold, &seen(&gold), number("O")).expect("scored");
    assert_eq!(Metric::ALL.map(|metric| scores.get(metric)), [0., 0., 0., 0., 0., 0., 0., 0., 0.5].map(Some));
}

#[test]
fn false_alarms_on_o_words_cost_token_f1_but_not_gold_token_f1() {
    let gold = [sentence("B-PER O O O")];
    let scores = score(&tag_set(), &gold, &seen(&[sentence("B-PER B-PER B-PER B-PER")])).expect("scored");
    assert_eq!(scores.gold_token_f1_micro, Some(1.0));
    assert_eq!(scores.token_f1_micro, Some(0.4)); // 2·1 / (1 + 4)
}

#[test]
fn gold_token_f1_macro_averages_an_answered_o_as_a_class() {
    let gold = [sentence("B-PER B-PER")];
    let scores = score(&tag_set(), &gold, &seen(&[sentence("B-PER O")])).expect("scored");
    assert_eq!(scores.gold_token_f1_micro, Some(0.5));
    assert_eq!(scores.gold_token_f1_macro, Some((2.0 / 3.0) / 2.0)); // B-PER 2/3, O 0
}

#[test]
fn an_unseen_word_leaves_token_scores_and_counts_as_o_for_entities() {
    let gold = [sentence("B-PER I-PER O B-LOC")];
    let predicted = [vec![Some(number("B-PER")), None, Some(number("O")), Some(number("B-LOC"))]];
    let scores = score(&tag_set(), &gold, &predicted).expect("scored");
    assert_eq!(scores.token_accuracy, Some(1.0));
    assert_eq!(scores.token_f1_macro, Some(1.0)); // I-PER, only on the unseen word, is no class
    assert_eq!(scores.entity_f1, Some(0.5)); // B-PER I-PER against B-PER O: one of two right
}

#[test]
fn the_order_of_sentences_does_not_matter() {
    for case in cases() {
        let (mut gold, mut predicted) = (numbers(&case.gold), seen(&numbers(&case.pred)));
        let forward = score(&tag_set(), &gold, &predicted).expect("scored");
        gold.reverse();
        predicted.reverse();
        assert_eq!(score(&tag_set(), &gold, &predicted).expect("scored"), forward);
    }
}

#[test]
fn renumbering_the_tags_does_not_matter() {
    let mut names = TAGS.map(str::to_owned);
    names.reverse();
    let turned = TagSet::new(&names).expect("valid names");
    let turn = |rows: Vec<Vec<u16>>| -> Vec<Vec<u16>> {
        rows.into_iter().map(|row| row.into_iter().map(|tag| 6 - tag).collect()).collect()
    };
    for case in cases() {
        let (gold, predicted) = (numbers(&case.gold), numbers(&case.pred));
        let plain = score(&tag_set(), &gold, &seen(&predicted)).expect("scored");
        let ours = score(&turned, &turn(gold), &seen(&turn(predicted))).expect("scored");
        for metric in Metric::ALL {
            assert_close(metric.name(), ours.get(metric), plain.get(metric));
        }
        assert_eq!(ours.entities, plain.entities);
    }
}

#[test]
fn majority_is_the_best_constant_answer_for_each_metric() {
    let gold = [sentence("O O O I-ORG I-ORG B-PER")];
    let best = majority(&tag_set(), &gold, &seen(&gold)).expect("scored");
    let text: Vec<String> =
        best.iter().map(|best| format!("{} {} {:.4}", best.metric.name(), best.tag, best.score)).collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    entity_f1 B-PER 0.2500
    entity_precision B-PER 0.1667
    entity_recall B-PER 0.5000
    entity_f1_iob2 B-PER 0.2857
    token_f1_micro I-ORG 0.4444
    token_f1_macro I-ORG 0.2500
    gold_token_f1_micro I-ORG 0.6667
    gold_token_f1_macro I-ORG 0.4000
    token_accuracy O 0.5000
    ");
}

#[test]
fn shapes_and_numbers_are_checked() {
    let errors: Vec<MetricsError> = [
        score(&tag_set(), &[sentence("O")], &seen(&[])),
        score(&tag_set(), &[sentence("O O")], &seen(&[sentence("O")])),
        score(&tag_set(), &[vec![0]], &[vec![Some(7)]]),
    ]
    .into_iter()
    .map(|result| result.expect_err("refused"))
    .collect();
    insta::assert_snapshot!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @r"
    sentences: 1 gold and 0 predicted; score predictions with the gold tags of the same sentences
    words of sentence 0: 2 gold and 1 predicted; score predictions with the gold tags of the same sentences
    sentence 0: tag number 7 is outside the set of 7 tags; check data.labels
    ");
}

#[test]
fn names_in_journals_are_names_in_tables() {
    for metric in Metric::ALL {
        assert_eq!(serde_json::to_value(metric).expect("serializes"), metric.name());
        assert_eq!(Metric::of_word(metric.name()), Some(metric));
    }
    for scheme in Scheme::ALL {
        assert_eq!(serde_json::to_value(scheme).expect("serializes"), scheme.name());
    }
}
