//! What is printed of answers made by hand, at 60, 80 and 120 columns.

use insta::assert_snapshot;
use runner::answers::{ErrorFilter, ErrorKind};
use runner::report::{ErrorList, Format, Page, error_changes_text, errors_text};
use unicode_width::UnicodeWidthStr as _;

use super::{answers, whole, words};

/// The errors of the first job; no line is wider than the page.
fn shown(list: &ErrorList, columns: usize) -> String {
    let text = errors_text(&answers(false), list, Format::Text, Page::plain(columns));
    assert!(text.lines().all(|line| line.width() <= columns), "{columns}:\n{text}");
    text
}

fn changes(list: &ErrorList, columns: usize) -> String {
    let text = error_changes_text(&answers(false), &answers(true), list, Format::Text, Page::plain(columns));
    assert!(text.lines().all(|line| line.width() <= columns), "{columns}:\n{text}");
    text
}

#[test]
fn the_errors_of_a_job_at_60_columns() {
    assert_snapshot!(shown(&whole(), 60), @r"
    results/grid:seed=1
    test split: 7 sentences, 2 without an error (29 %)

    type       entity_f1  exact_f1  partial_f1  type_f1  support
    ────────────────────────────────────────────────────────────
    all types     0.5217    0.6957      0.7826   0.6087       11
    LOC           0.6000    0.6000      0.6000   0.6000        4
    ORG           0.0000    0.0000      0.0000   0.0000        3
    PER           0.6667    0.6667      0.7778   0.8889        4

    errors    meaning                    entities
    ─────────────────────────────────────────────
    boundary  right type, other ends            1
    type      right ends, other type            2
    both      other ends and other type         1
    missed    in the gold alone                 1
    spurious  in the answer alone               2

    gold: 11 = 6 right + 1 boundary + 2 type + 1 both + 1
      missed; false negatives: 5
    answers: 12 = 6 right + 1 boundary + 2 type + 1 both + 2
      spurious; false positives: 6

    gold \ answer  LOC  ORG  PER  none
    ──────────────────────────────────
    LOC              3    ·    ·     1
    ORG              3    ·    ·     ·
    PER              ·    ·    4     ·
    none             ·    1    1

    errors that repeat
        2  Madrid [ORG] as [LOC]

    sentences with an error: 5
    numbers are lines of predictions/seed=1.tags

    1: boundary PER; spurious PER
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC

    3: type ORG as LOC
      words   Madrid  ganó  en  Sevilla
      gold    B-ORG   ·     ·   B-LOC
      answer  B-LOC   ·     ·   B-LOC

    4: missed LOC; spurious ORG
      words   京都市  y  Orléans  🎉     con  Ana
      gold    B-LOC   ·  B-LOC    ·      ·    B-PER
      answer  B-LOC   ·  ·        B-ORG  ·    B-PER

    5: both ORG as LOC
      words   el  Real   Madrid  de  siempre
      gold    ·   B-ORG  I-ORG   ·   ·
      answer  ·   ·      B-LOC   ·   -

    6: type ORG as LOC
      words   Madrid  perdió
      gold    B-ORG   ·
      answer  B-LOC   ·

    -: a word without a prediction, cut off at model.max_length
      or without a token; it counts as O
    ");
}

#[test]
fn the_errors_of_a_job_at_80_columns() {
    assert_snapshot!(shown(&whole(), 80), @r"
    results/grid:seed=1
    test split: 7 sentences, 2 without an error (29 %)

    type       entity_f1  exact_f1  partial_f1  type_f1  support
    ────────────────────────────────────────────────────────────
    all types     0.5217    0.6957      0.7826   0.6087       11
    LOC           0.6000    0.6000      0.6000   0.6000        4
    ORG           0.0000    0.0000      0.0000   0.0000        3
    PER           0.6667    0.6667      0.7778   0.8889        4

    errors    meaning                    entities
    ─────────────────────────────────────────────
    boundary  right type, other ends            1
    type      right ends, other type            2
    both      other ends and other type         1
    missed    in the gold alone                 1
    spurious  in the answer alone               2

    gold: 11 = 6 right + 1 boundary + 2 type + 1 both + 1 missed; false negatives: 5
    answers: 12 = 6 right + 1 boundary + 2 type + 1 both + 2 spurious; false
      positives: 6

    gold \ answer  LOC  ORG  PER  none
    ──────────────────────────────────
    LOC              3    ·    ·     1
    ORG              3    ·    ·     ·
    PER              ·    ·    4     ·
    none             ·    1    1

    errors that repeat
        2  Madrid [ORG] as [LOC]

    sentences with an error: 5
    numbers are lines of predictions/seed=1.tags

    1: boundary PER; spurious PER
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC

    3: type ORG as LOC
      words   Madrid  ganó  en  Sevilla
      gold    B-ORG   ·     ·   B-LOC
      answer  B-LOC   ·     ·   B-LOC

    4: missed LOC; spurious ORG
      words   京都市  y  Orléans  🎉     con  Ana
      gold    B-LOC   ·  B-LOC    ·      ·    B-PER
      answer  B-LOC   ·  ·        B-ORG  ·    B-PER

    5: both ORG as LOC
      words   el  Real   Madrid  de  siempre
      gold    ·   B-ORG  I-ORG   ·   ·
      answer  ·   ·      B-LOC   ·   -

    6: type ORG as LOC
      words   Madrid  perdió
      gold    B-ORG   ·
      answer  B-LOC   ·

    -: a word without a prediction, cut off at model.max_length or without a token;
      it counts as O
    ");
}

#[test]
fn the_errors_of_a_job_at_120_columns() {
    assert_snapshot!(shown(&whole(), 120), @r"
    results/grid:seed=1
    test split: 7 sentences, 2 without an error (29 %)

    type       entity_f1  exact_f1  partial_f1  type_f1  support
    ────────────────────────────────────────────────────────────
    all types     0.5217    0.6957      0.7826   0.6087       11
    LOC           0.6000    0.6000      0.6000   0.6000        4
    ORG           0.0000    0.0000      0.0000   0.0000        3
    PER           0.6667    0.6667      0.7778   0.8889        4

    errors    meaning                    entities
    ─────────────────────────────────────────────
    boundary  right type, other ends            1
    type      right ends, other type            2
    both      other ends and other type         1
    missed    in the gold alone                 1
    spurious  in the answer alone               2

    gold: 11 = 6 right + 1 boundary + 2 type + 1 both + 1 missed; false negatives: 5
    answers: 12 = 6 right + 1 boundary + 2 type + 1 both + 2 spurious; false positives: 6

    gold \ answer  LOC  ORG  PER  none
    ──────────────────────────────────
    LOC              3    ·    ·     1
    ORG              3    ·    ·     ·
    PER              ·    ·    4     ·
    none             ·    1    1

    errors that repeat
        2  Madrid [ORG] as [LOC]

    sentences with an error: 5
    numbers are lines of predictions/seed=1.tags

    1: boundary PER; spurious PER
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC

    3: type ORG as LOC
      words   Madrid  ganó  en  Sevilla
      gold    B-ORG   ·     ·   B-LOC
      answer  B-LOC   ·     ·   B-LOC

    4: missed LOC; spurious ORG
      words   京都市  y  Orléans  🎉     con  Ana
      gold    B-LOC   ·  B-LOC    ·      ·    B-PER
      answer  B-LOC   ·  ·        B-ORG  ·    B-PER

    5: both ORG as LOC
      words   el  Real   Madrid  de  siempre
      gold    ·   B-ORG  I-ORG   ·   ·
      answer  ·   ·      B-LOC   ·   -

    6: type ORG as LOC
      words   Madrid  perdió
      gold    B-ORG   ·
      answer  B-LOC   ·

    -: a word without a prediction, cut off at model.max_length or without a token; it counts as O
    ");
}

#[test]
fn without_words_the_tags_stand_alone_with_a_line_that_says_why() {
    let why =
        "the data set somebody/a-corpus is not on this machine; `runner data results/grid/experiment.toml` fetches it";
    let list = ErrorList { words: None, no_words: Some(why.to_owned()), most: Some(2), ..whole() };
    let text = shown(&list, 60);
    assert_snapshot!(text.split_once("sentences with").expect("the list").1, @r"
     an error: 2 of 5
    numbers are lines of predictions/seed=1.tags

    no words: the data set somebody/a-corpus is not on this
      machine; `runner data results/grid/experiment.toml`
      fetches it

    1: boundary PER; spurious PER
      word    1      2      3      4      5  6
      gold    B-PER  I-PER  I-PER  I-PER  ·  B-LOC
      answer  B-PER  I-PER  ·      B-PER  ·  B-LOC

    3: type ORG as LOC
      word    1      2  3  4
      gold    B-ORG  ·  ·  B-LOC
      answer  B-LOC  ·  ·  B-LOC

    3 more; -n 5 shows all
    ");
}

#[test]
fn kinds_and_a_type_select_sentences_and_not_the_counts() {
    let filter = ErrorFilter { kinds: vec![ErrorKind::Type, ErrorKind::Both], of_type: Some(1) };
    let text = shown(&ErrorList { filter, most: Some(1), ..whole() }, 80);
    assert!(text.contains("\nmissed    in the gold alone                 1\n"), "{text}");
    assert_snapshot!(text.split_once("errors that").expect("the list").1, @r"
     repeat
        2  Madrid [ORG] as [LOC]

    sentences with type, both of ORG: 1 of 3
    numbers are lines of predictions/seed=1.tags

    3: type ORG as LOC
      words   Madrid  ganó  en  Sevilla
      gold    B-ORG   ·     ·   B-LOC
      answer  B-LOC   ·     ·   B-LOC

    2 more; -n 3 shows all
    ");
}

#[test]
fn what_a_second_job_fixes_and_breaks_at_60_columns() {
    assert_snapshot!(changes(&whole(), 60), @r"
    what the second job fixes and breaks
    first: results/grid:seed=1
    second: results/grid:seed=2
    test split: 7 sentences, 5 with a change

    score              first  second  difference
    ────────────────────────────────────────────
    entity_f1         0.5217  0.6000     +0.0783
    exact_f1          0.6957  0.7000     +0.0043
    partial_f1        0.7826  0.7500     -0.0326
    type_f1           0.6087  0.7000     +0.0913
    entity_f1 of LOC  0.6000  0.6667     +0.0667
    entity_f1 of ORG  0.0000  0.8000     +0.8000
    entity_f1 of PER  0.6667  0.4444     -0.2222

    whether a difference is beyond noise: `runner diff`

    errors                            fixed  broke  changed
    ───────────────────────────────────────────────────────
    boundary: right type, other ends      ·      ·        ·
    type: right ends, other type          1      ·        1
    both: other ends and other type       1      ·        ·
    missed: in the gold alone             1      3        ·
    spurious: in the answer alone         1      ·        ·
    all                                   4      3        1

    type  fixed  broke  changed
    ───────────────────────────
    LOC       1      2        ·
    ORG       3      ·        1
    PER       ·      1        ·

    sentences with a change: 5
    numbers are lines of predictions/seed=1.tags and
      predictions/seed=2.tags

    3: fixed type ORG as LOC; broke missed LOC
      words   Madrid  ganó  en  Sevilla
      gold    B-ORG   ·     ·   B-LOC
      first   B-LOC   ·     ·   B-LOC
      second  B-ORG   ·     ·   -

    4: broke missed LOC; fixed missed LOC; fixed spurious ORG
      words   京都市  y  Orléans  🎉     con  Ana
      gold    B-LOC   ·  B-LOC    ·      ·    B-PER
      first   B-LOC   ·  ·        B-ORG  ·    B-PER
      second  ·       ·  B-LOC    ·      ·    B-PER

    5: fixed both ORG as LOC
      words   el  Real   Madrid  de  siempre
      gold    ·   B-ORG  I-ORG   ·   ·
      first   ·   ·      B-LOC   ·   -
      second  ·   B-ORG  I-ORG   ·   -

    6: type ORG as LOC changed to type ORG as PER
      words   Madrid  perdió
      gold    B-ORG   ·
      first   B-LOC   ·
      second  B-PER   ·

    7: broke missed PER
      words   Ana    y  Eva
      gold    B-PER  ·  B-PER
      first   B-PER  ·  B-PER
      second  B-PER  ·  ·

    -: a word without a prediction, cut off at model.max_length
      or without a token; it counts as O
    ");
}

#[test]
fn what_a_second_job_fixes_and_breaks_at_80_and_120_columns() {
    for columns in [80, 120] {
        assert!(changes(&whole(), columns).contains("fixed"));
    }
}

#[test]
fn a_long_sentence_is_broken_into_blocks() {
    let mut answers = answers(false);
    let (gold, predicted) = (answers.read.gold.sentences[0].repeat(6), answers.read.predicted[0].repeat(6));
    let mut read = answers.read.clone();
    let mut golds = (*read.gold).clone();
    (golds.sentences[0], read.predicted[0]) = (gold, predicted);
    read.gold = golds.into();
    answers = runner::answers::Answers::new(answers.job, answers.on, answers.tags, read);
    let long = words().into_iter().enumerate().map(|(at, words)| if at == 0 { vec![words; 6].concat() } else { words });
    let list = ErrorList { words: Some(long.collect()), most: Some(1), ..whole() };
    let text = errors_text(&answers, &list, Format::Text, Page::plain(60));
    assert!(text.lines().all(|line| line.width() <= 60), "{text}");
    assert_snapshot!(text.split_once("seed=1.tags\n").expect("the list").1, @r"

    1: boundary PER; spurious PER; boundary PER; spurious PER;
      boundary PER; spurious PER; boundary PER; spurious PER;
      boundary PER; spurious PER; boundary PER; spurious PER
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC

    4 more; -n 5 shows all
    ");
}

#[test]
fn wrong_answers_are_red_where_there_is_color() {
    let page = Page { columns: 80, color: true };
    let text = errors_text(&answers(false), &whole(), Format::Text, page);
    let line = text.lines().find(|line| line.contains("answer  \u{1b}")).expect("an answer in color");
    assert_eq!(line, "  answer  \u{1b}[31mB-LOC\u{1b}[0m   ·     ·   B-LOC");
}

#[test]
fn a_perfect_job_has_no_sentence_to_show() {
    let perfect = answers(false);
    let mut read = perfect.read.clone();
    read.predicted = read.gold.sentences.iter().map(|words| words.iter().map(|tag| Some(*tag)).collect()).collect();
    let perfect = runner::answers::Answers::new(perfect.job, perfect.on, perfect.tags, read);
    let text = errors_text(&perfect, &whole(), Format::Text, Page::plain(60));
    assert!(text.contains("7 without an error (100 %)") && text.contains("no sentence with an error"), "{text}");
}
