//! Sentences with errors: gold and answer one below the other, entities marked, to be filtered by kind and type.

use std::sync::Arc;

use maud::{Markup, html};

use crate::answers::{Answers, ErrorKind, Match, source_words};
use crate::metrics::Entity;
use crate::report::error_meaning;
use crate::results::{Gold, Record};
use crate::words::counted;

use super::report::Report;
use super::section::{Section, prose};

/// Settings whose first run is listed.
const JOBS: usize = 4;

/// Sentences of a job at most.
const SENTENCES: usize = 120;

/// Words of a sentence at most.
const WORDS: usize = 200;

/// [sentences][words], shared by jobs with the same gold.
type Words = Arc<Vec<Vec<String>>>;

/// Words of a sentence, and what is marked of them: the type, and the kind of error if it is one.
struct Piece {
    text: String,
    entity: Option<(String, Option<ErrorKind>)>,
}

/// Jobs with the words of their sentences, or why there are none.
struct Listed<'r> {
    answers: &'r Answers,
    words: Result<Words, String>,
}

/// The section.
pub(super) fn errors_section(report: &Report) -> Section {
    let section = Section::new("errors", "Errors in sentences");
    let listed = listed(report);
    if listed.is_empty() {
        return section.saying(
            "No sentences: no shown setting has predictions that its scores follow from. Restore predictions/ with \
             git, or run again.",
        );
    }
    let text = format!(
        "The first run of each shown setting, at most {JOBS}; of each the first {SENTENCES} sentences with an error. \
         `runner errors JOB` lists all."
    );
    let types = types(&listed);
    let mut section = section.saying(&text).with(controls(&listed, &types));
    for (at, job) in listed.iter().enumerate() {
        section = section.with(sentences(at, job, &types));
    }
    section
}

/// The words are those of the gold: jobs with the same gold share them.
fn listed(report: &Report) -> Vec<Listed<'_>> {
    let mut known: Vec<(usize, &Arc<Gold>, Words)> = Vec::new();
    let mut all = Vec::new();
    for leading in &report.leading {
        let Some((record, answers)) = leading.answers.first().filter(|_| all.len() < JOBS) else { continue };
        let source = report.table().rows[leading.row].group.cases[0].source;
        let gold = &answers.read.gold;
        let shared = known.iter().find(|(of, other, _)| *of == source && other.file == gold.file);
        let words = match shared {
            Some((_, _, words)) => Ok(words.clone()),
            None => words(report, source, record, gold).map(Arc::new),
        };
        if let Ok(words) = &words {
            known.push((source, gold, words.clone()));
        }
        all.push(Listed { answers, words });
    }
    all
}

fn words(report: &Report, source: usize, record: &Record, gold: &Gold) -> Result<Vec<Vec<String>>, String> {
    let (folder, names) = (&report.folders[source].path, report.sources[source].names());
    source_words(folder, &record.label, None, report.split(), gold, names).map_err(|error| error.to_string())
}

/// The types of all listed jobs, by name.
fn types(listed: &[Listed<'_>]) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for job in listed {
        let errors = job.answers.matches.iter().flatten().filter(|one| one.kind.is_some());
        for entity in errors.flat_map(|one| [one.gold, one.answer]).flatten() {
            let name = job.answers.type_name(entity.kind);
            if !types.iter().any(|known| known == name) {
                types.push(name.to_owned());
            }
        }
    }
    types.sort();
    types
}

/// The fields that filter the lists. Without a script all stay listed.
fn controls(listed: &[Listed<'_>], types: &[String]) -> Markup {
    html! {
        p.controls {
            label { "Job " select #errors-job {
                @for (at, job) in listed.iter().enumerate() { option value=(at) { (job.answers.job) } }
                @if listed.len() > 1 { option value="" { "all of these" } }
            } }
            " " label { "Kind " select #errors-kind {
                option value="" { "all" }
                @for kind in ErrorKind::ALL { option value=(kind.name()) { (kind.name()) ": " (error_meaning(kind)) } }
            } }
            " " label { "Type " select #errors-type {
                option value="" { "all" }
                @for (at, kind) in types.iter().enumerate() { option value=(at) { (kind) } }
            } }
            " " output #errors-count for="errors-job errors-kind errors-type" {}
        }
    }
}

fn sentences(at: usize, job: &Listed<'_>, types: &[String]) -> Markup {
    let answers = job.answers;
    let wrong = answers.matches.iter().enumerate().filter(|(_, matches)| matches.iter().any(|one| one.kind.is_some()));
    let wrong: Vec<usize> = wrong.map(|(sentence, _)| sentence).collect();
    let (all, shown) = (wrong.len(), wrong.len().min(SENTENCES));
    html! {
        details.job data-job=(at) open[at == 0] {
            summary { code { (answers.job) } ": " (counted(all, "sentence")) " of " (answers.matches.len()) " with an error"
                @if shown < all { ", the first " (shown) " listed" } }
            @if let Err(why) = &job.words {
                p { "Numbers stand for words: " (prose(why)) "." }
            }
            ol.sentences {
                @for sentence in wrong.into_iter().take(SENTENCES) { (listed_sentence(job, sentence, types)) }
            }
        }
    }
}

fn listed_sentence(job: &Listed<'_>, sentence: usize, types: &[String]) -> Markup {
    let matches = &job.answers.matches[sentence];
    let errors: Vec<&Match> = matches.iter().filter(|one| one.kind.is_some()).collect();
    let mut kinds: Vec<&str> = errors.iter().filter_map(|one| one.kind).map(ErrorKind::name).collect();
    let entities = errors.iter().flat_map(|one| [one.gold, one.answer]).flatten();
    let mut numbers: Vec<usize> = entities
        .filter_map(|entity| types.iter().position(|known| known == job.answers.type_name(entity.kind)))
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    kinds.sort_unstable();
    kinds.dedup();
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    html! {
        li value=(sentence + 1) data-kinds=(kinds.join(" ")) data-types=(numbers.join(" ")) {
            p { b { "gold" } " " (lane(job, sentence, false)) }
            p { b { "answer" } " " (lane(job, sentence, true)) }
        }
    }
}

/// The words of a sentence with the entities of gold or answer marked. Of a long one the first words.
fn lane(job: &Listed<'_>, sentence: usize, is_answer: bool) -> Markup {
    let answers = job.answers;
    let count = answers.read.gold.sentences[sentence].len();
    let word = |at: usize| match &job.words {
        Ok(words) => words[sentence][at].clone(),
        Err(_) => (at + 1).to_string(),
    };
    let text = |from: usize, to: usize| (from..to.min(WORDS)).map(word).collect::<Vec<_>>().join(" ");
    let matches = &answers.matches[sentence];
    let mut entities: Vec<(Entity, Option<ErrorKind>)> =
        matches.iter().filter_map(|one| Some((if is_answer { one.answer } else { one.gold }?, one.kind))).collect();
    entities.sort_by_key(|(entity, _)| entity.start);
    let mut next = 0;
    let mut parts: Vec<Piece> = Vec::new();
    for (entity, kind) in entities.into_iter().filter(|(entity, _)| entity.start < WORDS) {
        parts.push(Piece { text: text(next, entity.start), entity: None });
        let marked = Some((answers.type_name(entity.kind).to_owned(), kind));
        parts.push(Piece { text: text(entity.start, entity.end), entity: marked });
        next = entity.end;
    }
    parts.push(Piece { text: text(next, count), entity: None });
    let unseen = answers.read.predicted[sentence].iter().filter(|word| word.is_none()).count();
    html! {
        bdi {
            @for Piece { text, entity } in &parts {
                @match entity {
                    None => (text),
                    Some((name, None)) => { " " mark.right { (text) " " small { (name) } } " " },
                    Some((name, Some(kind))) => { " " mark.wrong { (text) " " small { (name) " · " (kind.name()) } } " " },
                }
            }
            @if count > WORDS { " … " (count - WORDS) " more words" }
        }
        @if is_answer && unseen > 0 {
            " " small { "(" (counted(unseen, "word")) " unseen: cut off, or without a subword token)" }
        }
    }
}
