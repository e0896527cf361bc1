//! The errors of a job: scores, counts by kind, confusions, and the sentences with their tags. It must not know where words
//! come from.

use crate::answers::{Answers, ErrorFilter, ErrorKind, Match, MatchTally};

use super::alignment::{aligned_lanes, shown_word};
use super::error_sections::{
    UNSEEN, answer_lane, count_cell, counted, error_title, gold_lane, grouped_count, has_unseen, score_table,
    sparse_cell, type_scores, word_lane,
};
use super::format::{Cell, Column, Format, Table};
use super::page::{Page, fits};
use super::sections::{MARKDOWN, Section, sections_text};

/// Sentences that are listed where nothing says how many.
pub(super) const MOST_SENTENCES: usize = 20;

/// The commonest errors that are listed.
const MOST_COMMON: usize = 10;

/// What is listed of errors.
#[derive(Debug, Clone, Default)]
pub struct ErrorList {
    /// The words of the sentences, [sentences][words].
    pub words: Option<Vec<Vec<String>>>,
    /// Why there are none, with what to do.
    pub no_words: Option<String>,
    /// Which errors.
    pub filter: ErrorFilter,
    /// How many sentences at most; none: 20 for people, all for programs.
    pub most: Option<usize>,
}

/// The errors of a job, as text or Markdown.
pub fn errors_text(answers: &Answers, list: &ErrorList, format: Format, page: Page) -> String {
    let page = if format == Format::Md { MARKDOWN } else { page };
    let mut sections = vec![
        Section::Title(answers.job.clone()),
        Section::Text(about(answers)),
        Section::Table(score_table(&type_scores(answers))),
    ];
    sections.extend(kinds(&answers.tally()));
    sections.extend(confusion(answers, page));
    if let Some(words) = &list.words {
        sections.extend(common(answers, words, &list.filter));
    }
    sections.extend(sentences(answers, list, page));
    sections_text(&sections, format, page)
}

fn about(answers: &Answers) -> String {
    let (all, right) = (answers.matches.len(), answers.wholly_right());
    let share = 100.0 * right as f64 / all.max(1) as f64;
    format!("{}: {}, {} without an error ({share:.0} %)", answers.on, counted(all, "sentence"), grouped_count(right))
}

/// What a kind is, for people.
pub fn meaning(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Boundary => "right type, other ends",
        ErrorKind::Type => "right ends, other type",
        ErrorKind::Both => "other ends and other type",
        ErrorKind::Missed => "in the gold alone",
        ErrorKind::Spurious => "in the answer alone",
    }
}

fn kinds(tally: &MatchTally) -> Vec<Section> {
    let columns = vec![Column::new("errors", false), Column::new("meaning", false), Column::new("entities", true)];
    let row =
        |kind: &ErrorKind| vec![Cell::text(kind.name()), Cell::text(meaning(*kind)), count_cell(tally.count(*kind))];
    let sum = |kinds: &[ErrorKind]| {
        let terms = kinds.iter().map(|kind| format!(" + {} {kind}", grouped_count(tally.count(*kind))));
        format!("{} right{}", grouped_count(tally.right), terms.collect::<String>())
    };
    let [boundary, other, both, missed, spurious] = ErrorKind::ALL;
    let (gold, found) = (sum(&[boundary, other, both, missed]), sum(&[boundary, other, both, spurious]));
    vec![
        Section::Table(Table { columns, rows: ErrorKind::ALL.iter().map(row).collect() }),
        Section::Text(format!(
            "gold: {} = {gold}; false negatives: {}\nanswers: {} = {found}; false positives: {}",
            grouped_count(tally.gold()),
            grouped_count(tally.gold() - tally.right),
            grouped_count(tally.answers()),
            grouped_count(tally.answers() - tally.right),
        )),
    ]
}

/// Gold types by answered types; as lines where there are too many types for a table.
fn confusion(answers: &Answers, page: Page) -> Vec<Section> {
    let counts = answers.confusion();
    let mut types: Vec<usize> = counts.keys().flatten().flatten().copied().collect();
    types.sort_unstable();
    types.dedup();
    if types.is_empty() {
        return Vec::new();
    }
    let all: Vec<Option<usize>> = types.into_iter().map(Some).chain([None]).collect();
    let name = |kind: &Option<usize>| kind.map_or("none", |kind| answers.type_name(kind)).to_owned();
    let first = [Column { title: "gold \\ answer".to_owned(), ..Column::new("gold", false) }];
    let columns = first.into_iter().chain(all.iter().map(|kind| Column::new(&name(kind), true))).collect();
    let cell = |gold: &Option<usize>, answer: &Option<usize>| match (gold, answer) {
        (None, None) => Cell::default(),
        _ => sparse_cell(counts.get(&[*gold, *answer]).copied().unwrap_or_default()),
    };
    let row = |gold| [Cell::text(name(gold))].into_iter().chain(all.iter().map(|answer| cell(gold, answer))).collect();
    let table = Table { columns, rows: all.iter().map(row).collect() };
    if fits(&table.text(Format::Text, page), page.table_columns()) {
        return vec![Section::Table(table)];
    }
    let mut wrong: Vec<_> = counts.iter().filter(|([gold, answer], _)| gold != answer).collect();
    wrong.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let line = |([gold, answer], count): &(&[Option<usize>; 2], &usize)| {
        format!("{:>7}  {} as {}", grouped_count(**count), name(gold), name(answer))
    };
    let lines = wrong.iter().take(2 * MOST_COMMON).map(line).collect();
    vec![Section::Block("types, gold as answered".to_owned(), lines)]
}

fn common(answers: &Answers, words: &[Vec<String>], filter: &ErrorFilter) -> Option<Section> {
    let common = answers.common_errors(words, filter);
    let line = |(text, count): &(String, usize)| format!("{count:>5}  {}", shown_word(text));
    let lines: Vec<String> = common.iter().take(MOST_COMMON).map(line).collect();
    let more = common.len() - lines.len();
    let rest = if more > 0 { format!(", {} of {}", lines.len(), common.len()) } else { String::new() };
    (!lines.is_empty()).then(|| Section::Block(format!("errors that repeat{rest}"), lines))
}

/// The sentences with an error that is asked for, in the order of the file.
fn sentences(answers: &Answers, list: &ErrorList, page: Page) -> Vec<Section> {
    let kept = |matches: &[Match]| matches.iter().filter(|one| list.filter.keeps(one)).copied().collect::<Vec<_>>();
    let all: Vec<(usize, Vec<Match>)> = answers.matches.iter().map(|matches| kept(matches)).enumerate().collect();
    let wrong: Vec<_> = all.into_iter().filter(|(_, errors)| !errors.is_empty()).collect();
    let most = list.most.unwrap_or(MOST_SENTENCES);
    let shown = &wrong[..most.min(wrong.len())];
    let mut sections =
        vec![Section::Heading(listed(shown.len(), wrong.len(), asked(answers, &list.filter), "an error"))];
    if shown.is_empty() {
        return sections;
    }
    sections.push(Section::Text(format!("numbers are lines of {}", answers.read.file)));
    sections.extend(list.no_words.clone().map(|why| Section::Text(format!("no words: {why}"))));
    for (sentence, errors) in shown {
        let words = list.words.as_ref().map(|words| &words[*sentence]);
        let gold = gold_lane(answers, *sentence);
        let lanes = [word_lane(words, gold.cells.len()), gold, answer_lane(answers, *sentence, "answer")];
        let titles: Vec<String> = errors.iter().map(|one| error_title(answers, one)).collect();
        let title = format!("{}: {}", sentence + 1, titles.join("; "));
        sections.push(Section::Block(title, aligned_lanes(&lanes, 2, page)));
    }
    if shown.iter().any(|(sentence, _)| has_unseen(answers, *sentence)) {
        sections.push(Section::Text(UNSEEN.to_owned()));
    }
    sections.extend(more(shown.len(), wrong.len()));
    sections
}

/// `sentences with an error, 20 of 598`.
pub(super) fn listed(shown: usize, all: usize, asked: Option<String>, what: &str) -> String {
    let asked = asked.unwrap_or_else(|| what.to_owned());
    match (shown, all) {
        (_, 0) => format!("no sentence with {asked}"),
        (shown, all) if shown == all => format!("sentences with {asked}: {}", grouped_count(all)),
        (shown, all) => format!("sentences with {asked}: {} of {}", grouped_count(shown), grouped_count(all)),
    }
}

/// What the filter asks for: `boundary, type of PER`.
pub(super) fn asked(answers: &Answers, filter: &ErrorFilter) -> Option<String> {
    let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.name()).collect();
    let of_type = filter.of_type.map(|kind| format!(" of {}", answers.type_name(kind))).unwrap_or_default();
    match kinds.is_empty() {
        true if of_type.is_empty() => None,
        true => Some(format!("an error{of_type}")),
        false => Some(format!("{}{of_type}", kinds.join(", "))),
    }
}

/// How to see the sentences that are not listed.
pub(super) fn more(shown: usize, all: usize) -> Option<Section> {
    let left = all - shown;
    (left > 0).then(|| Section::Text(format!("{} more; -n {all} shows all", grouped_count(left))))
}
