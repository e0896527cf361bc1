//! What a second job fixes and breaks of a first one: scores, counts by kind and type, and the sentences with both answers.
//! It must not know where words come from.

use crate::answers::{Answers, Change, EntityChange, ErrorFilter, ErrorKind, Match, entity_changes};

use super::alignment::aligned_lanes;
use super::error_sections::{
    DECIMALS, F1_NAMES, TypeScores, UNSEEN, answer_lane, counted, error_title, gold_lane, grouped_count, has_unseen,
    sparse_cell, type_scores, word_lane,
};
use super::errors::{ErrorList, MOST_SENTENCES, asked, listed, meaning, more};
use super::format::{Cell, Column, Format, Table};
use super::page::Page;
use super::sections::{MARKDOWN, Section, sections_text};

/// The changes of each sentence that are asked for. Both answers have the same gold.
pub(super) fn all_changes(first: &Answers, second: &Answers, filter: &ErrorFilter) -> Vec<Vec<EntityChange>> {
    let keeps = |one: &EntityChange| one.sides().any(|side: Match| filter.keeps(&side));
    let pairs = first.matches.iter().zip(&second.matches);
    pairs.map(|(one, other)| entity_changes(one, other).into_iter().filter(keeps).collect()).collect()
}

/// The changes from one job to another, as text or Markdown.
pub fn error_changes_text(first: &Answers, second: &Answers, list: &ErrorList, format: Format, page: Page) -> String {
    let page = if format == Format::Md { MARKDOWN } else { page };
    let whole = all_changes(first, second, &ErrorFilter::default());
    let all: Vec<EntityChange> = whole.iter().flatten().copied().collect();
    let about = format!(
        "first: {}\nsecond: {}\n{}: {}, {} with a change",
        first.job,
        second.job,
        first.on,
        counted(whole.len(), "sentence"),
        grouped_count(whole.iter().filter(|changes| !changes.is_empty()).count())
    );
    let mut sections = vec![
        Section::Title("what the second job fixes and breaks".to_owned()),
        Section::Text(about),
        Section::Table(scores(first, second)),
        Section::Text("whether a difference is beyond noise: `runner diff`".to_owned()),
        Section::Table(by_kind(&all)),
        Section::Table(by_type(first, &all)),
    ];
    sections.extend(sentences(first, second, list, page));
    sections_text(&sections, format, page)
}

fn scores(first: &Answers, second: &Answers) -> Table {
    let columns = [Column::new("score", false), Column::new("first", true), Column::new("second", true)];
    let columns = columns.into_iter().chain([Column::new("difference", true)]).collect();
    let [one, other] = [first, second].map(type_scores);
    let row = |name: String, values: [Option<f64>; 2]| {
        let difference = values[0].zip(values[1]).map(|(first, second)| second - first);
        let text = difference.map_or_else(|| "–".to_owned(), |value| format!("{value:+.DECIMALS$}"));
        let [first, second] = values.map(|value| Cell::number(value, DECIMALS));
        vec![Cell::text(name), first, second, Cell { text, ..Cell::number(difference, DECIMALS) }]
    };
    let overall = (0..4).map(|at| row(F1_NAMES[at].to_owned(), [one[0].f1[at], other[0].f1[at]]));
    let mut types: Vec<&String> = one.iter().chain(&other).filter_map(|scores| scores.of_type.as_ref()).collect();
    types.sort();
    types.dedup();
    let of = |all: &[TypeScores], kind: &String| {
        all.iter().find(|scores| scores.of_type.as_ref() == Some(kind)).and_then(|scores| scores.f1[0])
    };
    let types = types.iter().map(|kind| row(format!("{} of {kind}", F1_NAMES[0]), [of(&one, kind), of(&other, kind)]));
    Table { columns, rows: overall.chain(types).collect() }
}

fn change_columns(first: Column) -> Vec<Column> {
    [first].into_iter().chain(Change::ALL.map(|change| Column::new(change.name(), true))).collect()
}

fn counts<'c>(changes: impl Iterator<Item = &'c EntityChange> + Clone) -> impl Iterator<Item = Cell> {
    Change::ALL.into_iter().map(move |change| sparse_cell(changes.clone().filter(|one| one.change == change).count()))
}

fn by_kind(all: &[EntityChange]) -> Table {
    let row = |kind: &ErrorKind| {
        let name = Cell { text: format!("{kind}: {}", meaning(*kind)), ..Cell::text(kind.name()) };
        [name].into_iter().chain(counts(all.iter().filter(|one| one.kind() == *kind))).collect()
    };
    let total = [Cell::text("all")].into_iter().chain(counts(all.iter())).collect();
    let rows = ErrorKind::ALL.iter().map(row).chain([total]).collect();
    Table { columns: change_columns(Column::new("errors", false)), rows }
}

/// By the type in the gold; of spurious entities, by the type of the answer.
fn by_type(answers: &Answers, all: &[EntityChange]) -> Table {
    let of_type = |one: &EntityChange| one.wrong().gold.or(one.wrong().answer).map(|entity| entity.kind);
    let mut types: Vec<usize> = all.iter().filter_map(of_type).collect();
    types.sort_unstable();
    types.dedup();
    let row = |kind: usize| {
        let name = Cell::text(answers.type_name(kind));
        [name].into_iter().chain(counts(all.iter().filter(move |one| of_type(one) == Some(kind)))).collect()
    };
    Table { columns: change_columns(Column::new("type", false)), rows: types.into_iter().map(row).collect() }
}

fn sentences(first: &Answers, second: &Answers, list: &ErrorList, page: Page) -> Vec<Section> {
    let all: Vec<_> = all_changes(first, second, &list.filter).into_iter().enumerate().collect();
    let changed: Vec<_> = all.into_iter().filter(|(_, changes)| !changes.is_empty()).collect();
    let shown = &changed[..list.most.unwrap_or(MOST_SENTENCES).min(changed.len())];
    let what = asked(first, &list.filter).map(|asked| format!("a change of {asked}"));
    let mut sections = vec![Section::Heading(listed(shown.len(), changed.len(), what, "a change"))];
    if shown.is_empty() {
        return sections;
    }
    sections.push(Section::Text(format!("numbers are lines of {} and {}", first.read.file, second.read.file)));
    sections.extend(list.no_words.clone().map(|why| Section::Text(format!("no words: {why}"))));
    for (sentence, changes) in shown {
        let words = list.words.as_ref().map(|words| &words[*sentence]);
        let gold = gold_lane(first, *sentence);
        let answers = [answer_lane(first, *sentence, "first"), answer_lane(second, *sentence, "second")];
        let lanes: Vec<_> = [word_lane(words, gold.cells.len()), gold].into_iter().chain(answers).collect();
        let titles: Vec<String> = changes.iter().map(|one| change_title(first, one)).collect();
        let title = format!("{}: {}", sentence + 1, titles.join("; "));
        sections.push(Section::Block(title, aligned_lanes(&lanes, 2, page)));
    }
    if shown.iter().any(|(sentence, _)| has_unseen(first, *sentence) || has_unseen(second, *sentence)) {
        sections.push(Section::Text(UNSEEN.to_owned()));
    }
    sections.extend(more(shown.len(), changed.len()));
    sections
}

/// `fixed boundary PER`, `missed PER changed to type PER as LOC`.
fn change_title(answers: &Answers, one: &EntityChange) -> String {
    let wrong = error_title(answers, &one.wrong());
    match (one.change, one.second) {
        (Change::Changed, Some(second)) => format!("{wrong} changed to {}", error_title(answers, &second)),
        _ => format!("{} {wrong}", one.change),
    }
}
