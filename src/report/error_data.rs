//! Errors and their changes for programs: CSV with a row each, JSON with a sentence each. Words are numbered from 0, ends are
//! exclusive; sentences are lines of the .tags file, from 1. It must not know where words come from.

use serde_json::{Value, json};

use crate::answers::{Answers, EntityChange, ErrorKind, Match};
use crate::metrics::Entity;

use super::error_changes::all_changes;
use super::error_sections::{F1_NAMES, type_scores};
use super::errors::ErrorList;
use super::format::{Cell, Column, Format, Table};

/// The errors of a job as CSV.
pub fn errors_csv(answers: &Answers, list: &ErrorList) -> String {
    let columns = [("sentence", true), ("kind", false)].map(|(name, is_number)| Column::new(name, is_number));
    let columns = columns.into_iter().chain(entity_columns("gold")).chain(entity_columns("answer")).collect();
    let mut rows = Vec::new();
    for (sentence, errors) in kept_errors(answers, list) {
        let words = words_of(list, sentence);
        rows.extend(errors.iter().map(|one| {
            let first = [Cell::count(sentence + 1), Cell::text(one.kind.map_or("right", |kind| kind.name()))];
            let gold = entity_cells(answers, one.gold, words);
            first.into_iter().chain(gold).chain(entity_cells(answers, one.answer, words)).collect()
        }));
    }
    Table { columns, rows }.text(Format::Csv, super::sections::MARKDOWN)
}

/// The changes from one job to another as CSV.
pub fn error_changes_csv(first: &Answers, second: &Answers, list: &ErrorList) -> String {
    let names = ["change", "first_kind", "second_kind"].map(|name| Column::new(name, false));
    let sides = ["gold", "first", "second"].into_iter().flat_map(entity_columns);
    let columns = [Column::new("sentence", true)].into_iter().chain(names).chain(sides).collect();
    let mut rows = Vec::new();
    for (sentence, changes) in kept_changes(first, second, list) {
        let words = words_of(list, sentence);
        rows.extend(changes.iter().map(|one| {
            let gold = one.wrong().gold;
            let kinds = [one.first, one.second].map(|side| Cell::text(side_name(side)));
            let head = [Cell::count(sentence + 1), Cell::text(one.change.name())].into_iter().chain(kinds);
            let sides = [gold, one.first.and_then(|side| side.answer), one.second.and_then(|side| side.answer)];
            head.chain(sides.into_iter().flat_map(|entity| entity_cells(first, entity, words))).collect()
        }));
    }
    Table { columns, rows }.text(Format::Csv, super::sections::MARKDOWN)
}

/// The errors of a job as JSON.
pub fn errors_json(answers: &Answers, list: &ErrorList) -> String {
    let sentence = |(sentence, errors): (usize, Vec<Match>)| {
        let mut object = sentence_json(answers, sentence, words_of(list, sentence));
        object["answer"] = answer_json(answers, sentence);
        object["errors"] = errors.iter().map(|one| match_json(answers, one)).collect();
        object
    };
    let mut object = job_json(answers);
    object["errors"] = kept_errors(answers, list).into_iter().map(sentence).collect();
    text(&object)
}

/// The changes from one job to another as JSON.
pub fn error_changes_json(first: &Answers, second: &Answers, list: &ErrorList) -> String {
    let change = |one: &EntityChange| {
        let side = |side: Option<Match>| side.map(|side| match_json(first, &side));
        json!({ "change": one.change, "first": side(one.first), "second": side(one.second) })
    };
    let sentence = |(sentence, changes): (usize, Vec<EntityChange>)| {
        let mut object = sentence_json(first, sentence, words_of(list, sentence));
        object["first"] = answer_json(first, sentence);
        object["second"] = answer_json(second, sentence);
        object["changes"] = changes.iter().map(change).collect();
        object
    };
    let changes: Vec<Value> = kept_changes(first, second, list).into_iter().map(sentence).collect();
    text(&json!({ "first": job_json(first), "second": job_json(second), "changes": changes }))
}

fn text(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("text and numbers") + "\n"
}

fn words_of(list: &ErrorList, sentence: usize) -> Option<&Vec<String>> {
    list.words.as_ref().map(|words| &words[sentence])
}

fn kept_errors(answers: &Answers, list: &ErrorList) -> Vec<(usize, Vec<Match>)> {
    let kept = |matches: &Vec<Match>| matches.iter().filter(|one| list.filter.keeps(one)).copied().collect();
    let all = answers.matches.iter().map(kept).enumerate();
    all.filter(|(_, errors): &(usize, Vec<Match>)| !errors.is_empty()).take(list.most.unwrap_or(usize::MAX)).collect()
}

fn kept_changes(first: &Answers, second: &Answers, list: &ErrorList) -> Vec<(usize, Vec<EntityChange>)> {
    let all = all_changes(first, second, &list.filter).into_iter().enumerate();
    all.filter(|(_, changes)| !changes.is_empty()).take(list.most.unwrap_or(usize::MAX)).collect()
}

/// `right`, a kind, or empty where a side has nothing.
fn side_name(side: Option<Match>) -> &'static str {
    side.map_or("", |side| side.kind.map_or("right", ErrorKind::name))
}

fn entity_columns(side: &str) -> [Column; 4] {
    [("type", false), ("start", true), ("end", true), ("text", false)]
        .map(|(name, is_number)| Column::new(&format!("{side}_{name}"), is_number))
}

fn entity_cells(answers: &Answers, entity: Option<Entity>, words: Option<&Vec<String>>) -> [Cell; 4] {
    let Some(entity) = entity else { return Default::default() };
    let text = words.map_or_else(Cell::default, |words| Cell::text(words[entity.start..entity.end].join(" ")));
    [Cell::text(answers.type_name(entity.kind)), Cell::count(entity.start), Cell::count(entity.end), text]
}

fn job_json(answers: &Answers) -> Value {
    let tally = answers.tally();
    let kinds: serde_json::Map<String, Value> =
        ErrorKind::ALL.iter().map(|kind| (kind.name().to_owned(), tally.count(*kind).into())).collect();
    let scores = type_scores(answers).into_iter().map(|scores| {
        let mut row = json!({ "type": scores.of_type, "support": scores.support });
        F1_NAMES.iter().zip(scores.f1).for_each(|(name, f1)| row[*name] = f1.into());
        row
    });
    json!({
        "job": answers.job,
        "on": answers.on,
        "predictions": answers.read.file,
        "sentences": answers.matches.len(),
        "sentences_without_error": answers.wholly_right(),
        "scores": scores.collect::<Vec<_>>(),
        "gold": tally.gold(),
        "answers": tally.answers(),
        "right": tally.right,
        "kinds": kinds,
    })
}

fn sentence_json(answers: &Answers, sentence: usize, words: Option<&Vec<String>>) -> Value {
    let name = |tag: &u16| answers.tags.names()[usize::from(*tag)].clone();
    let gold: Vec<String> = answers.read.gold.sentences[sentence].iter().map(name).collect();
    json!({ "sentence": sentence + 1, "words": words, "gold": gold })
}

/// The tags of an answer; null: an unseen word.
fn answer_json(answers: &Answers, sentence: usize) -> Value {
    let name = |tag: &Option<u16>| tag.map(|tag| answers.tags.names()[usize::from(tag)].clone());
    answers.read.predicted[sentence].iter().map(name).collect::<Vec<_>>().into()
}

fn match_json(answers: &Answers, one: &Match) -> Value {
    let entity = |entity: Option<Entity>| {
        entity.map(|entity| json!({ "type": answers.type_name(entity.kind), "start": entity.start, "end": entity.end }))
    };
    json!({ "kind": side_name(Some(*one)), "gold": entity(one.gold), "answer": entity(one.answer) })
}
