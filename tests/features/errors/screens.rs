//! What is printed of answers made by hand, at 60, 80 and 120 columns, and in each format.

use insta::assert_snapshot;
use runner::analysis::{ErrorFilter, ErrorKind};
use runner::report::{
    ErrorList, Format, Page, error_changes_csv, error_changes_json, error_changes_text, errors_csv, errors_json,
    errors_text,
};
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
    assert_snapshot!(shown(&whole(), 60), @"");
}

#[test]
fn the_errors_of_a_job_at_80_columns() {
    assert_snapshot!(shown(&whole(), 80), @"");
}

#[test]
fn the_errors_of_a_job_at_120_columns() {
    assert_snapshot!(shown(&whole(), 120), @"");
}

#[test]
fn without_words_the_tags_stand_alone_with_a_line_that_says_why() {
    let why =
        "the data set somebody/a-corpus is not on this machine; `runner data results/grid/experiment.toml` fetches it";
    let list = ErrorList { words: None, no_words: Some(why.to_owned()), most: Some(2), ..whole() };
    let text = shown(&list, 60);
    assert_snapshot!(text.split_once("sentences with").expect("the list").1, @"");
}

#[test]
fn kinds_and_a_type_select_sentences_and_not_the_counts() {
    let filter = ErrorFilter { kinds: vec![ErrorKind::Type, ErrorKind::Both], of_type: Some(1) };
    let text = shown(&ErrorList { filter, most: Some(1), ..whole() }, 80);
    assert!(text.contains("\nmissed    in the gold alone                   1\n"), "{text}");
    assert_snapshot!(text.split_once("errors that").expect("the list").1, @"");
}

#[test]
fn what_a_second_job_fixes_and_breaks_at_60_columns() {
    assert_snapshot!(changes(&whole(), 60), @"");
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
    answers = runner::analysis::Answers::new(answers.job, answers.on, answers.tags, read);
    let long = words().into_iter().enumerate().map(|(at, words)| if at == 0 { vec![words; 6].concat() } else { words });
    let list = ErrorList { words: Some(long.collect()), most: Some(1), ..whole() };
    let text = errors_text(&answers, &list, Format::Text, Page::plain(60));
    assert!(text.lines().all(|line| line.width() <= 60), "{text}");
    assert_snapshot!(text.split_once("seed=1.tags\n").expect("the list").1, @"");
}

#[test]
fn wrong_answers_are_red_where_there_is_color() {
    let page = Page { columns: 80, color: true };
    let text = errors_text(&answers(false), &whole(), Format::Text, page);
    let line = text.lines().find(|line| line.contains("answer  \u{1b}")).expect("an answer in color");
    assert_eq!(line, "  answer  \u{1b}[31mB-LOC\u{1b}[0m   ·     ·   B-LOC");
}

#[test]
fn markdown_has_tables_and_blocks() {
    let list = ErrorList { most: Some(1), ..whole() };
    assert_snapshot!(errors_text(&answers(false), &list, Format::Md, Page::plain(60)), @"");
}

#[test]
fn csv_has_a_row_for_each_error() {
    assert_snapshot!(errors_csv(&answers(false), &whole()), @"");
    let unknown = errors_csv(&answers(false), &ErrorList { words: None, most: Some(1), ..whole() });
    assert_snapshot!(unknown, @"");
    assert_snapshot!(error_changes_csv(&answers(false), &answers(true), &whole()), @"");
}

#[test]
fn json_has_sentences_with_spans() {
    let found: serde_json::Value = serde_json::from_str(&errors_json(&answers(false), &whole())).expect("valid");
    assert_eq!(
        (&found["sentences"], &found["sentences_without_error"], &found["right"]),
        (&7.into(), &2.into(), &8.into())
    );
    assert_eq!(found["kinds"]["type"], 2);
    assert_eq!(found["scores"][0]["type"], serde_json::Value::Null);
    assert_snapshot!(found["errors"][3], @"");
    let text = error_changes_json(&answers(false), &answers(true), &whole());
    let found: serde_json::Value = serde_json::from_str(&text).expect("valid");
    assert_snapshot!(found["changes"][0], @"");
}

#[test]
fn a_perfect_job_has_no_sentence_to_show() {
    let perfect = answers(false);
    let mut read = perfect.read.clone();
    read.predicted = read.gold.sentences.iter().map(|words| words.iter().map(|tag| Some(*tag)).collect()).collect();
    let perfect = runner::analysis::Answers::new(perfect.job, perfect.on, perfect.tags, read);
    let text = errors_text(&perfect, &whole(), Format::Text, Page::plain(60));
    assert!(text.contains("7 without an error (100 %)") && text.contains("no sentence with an error"), "{text}");
}
