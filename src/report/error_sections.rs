//! What is common to reports of the errors of one job and of two: scores, sentences, counts. It must not know where words
//! come from.

use crate::answers::{Answers, Match};
use crate::metrics::{Entity, MatchCounts, Matching};

use super::alignment::{Lane, NOTHING, shown_word};
use super::format::{Cell, Column, Table};

/// Digits of scores.
pub(super) const DECIMALS: usize = 4;

/// The F1 of each matching, in their order; that of [`Matching::Strict`] is `entity_f1`.
pub(super) const F1_NAMES: [&str; 4] = ["entity_f1", "exact_f1", "partial_f1", "type_f1"];

/// The scores of all types together (none) and of each type.
pub(super) struct TypeScores {
    pub(super) of_type: Option<String>,
    /// As [`F1_NAMES`]; none without a gold entity of the type.
    pub(super) f1: [Option<f64>; 4],
    /// Entities in the gold.
    pub(super) support: usize,
}

/// All types together, then each type that occurs in gold or answer.
pub(super) fn type_scores(answers: &Answers) -> Vec<TypeScores> {
    let all = Matching::ALL.map(|matching| answers.scores(matching));
    let row = |of_type: Option<&String>, counts: [MatchCounts; 4]| TypeScores {
        of_type: of_type.cloned(),
        f1: counts.map(|counts| (of_type.is_some() || counts.gold() > 0).then(|| counts.f1())),
        support: counts[0].gold() as usize,
    };
    let types = all[0].types.iter().enumerate();
    let types = types.map(|(at, (kind, _))| row(Some(kind), all.each_ref().map(|scores| scores.types[at].1)));
    [row(None, all.each_ref().map(|scores| scores.overall))].into_iter().chain(types).collect()
}

/// [`type_scores`] as a table.
pub(super) fn score_table(scores: &[TypeScores]) -> Table {
    let names = F1_NAMES.map(|name| Column::new(name, true));
    let columns = [Column::new("type", false)].into_iter().chain(names).chain([Column::new("support", true)]);
    let row = |scores: &TypeScores| {
        let name = Cell { value: scores.of_type.clone().into(), ..Cell::text(type_title(scores.of_type.as_deref())) };
        let f1 = scores.f1.map(|f1| Cell::number(f1, DECIMALS));
        [name].into_iter().chain(f1).chain([count_cell(scores.support)]).collect()
    };
    Table { columns: columns.collect(), rows: scores.iter().map(row).collect() }
}

pub(super) fn type_title(of_type: Option<&str>) -> &str {
    of_type.unwrap_or("all types")
}

/// `boundary PER`, `type ORG as LOC`.
pub(super) fn error_title(answers: &Answers, one: &Match) -> String {
    let name = |entity: Entity| answers.type_name(entity.kind).to_owned();
    let kind = one.kind.map_or("right", |kind| kind.name());
    match (one.gold.map(name), one.answer.map(name)) {
        (Some(gold), Some(answer)) if gold != answer => format!("{kind} {gold} as {answer}"),
        (gold, answer) => format!("{kind} {}", gold.or(answer).unwrap_or_default()),
    }
}

/// The words of a sentence, or their numbers from 1 on where the words are unknown.
pub(super) fn word_lane(words: Option<&Vec<String>>, count: usize) -> Lane {
    let (name, cells) = match words {
        Some(words) => ("words", words.iter().map(|word| shown_word(word)).collect()),
        None => ("word", (1..=count).map(|number| number.to_string()).collect()),
    };
    Lane { name: name.to_owned(), cells, marks: Vec::new(), may_go: false }
}

pub(super) fn gold_lane(answers: &Answers, sentence: usize) -> Lane {
    let tags = &answers.read.gold.sentences[sentence];
    let cells = tags.iter().map(|tag| tag_cell(answers, Some(*tag))).collect();
    Lane { name: "gold".to_owned(), cells, marks: Vec::new(), may_go: true }
}

/// The answers of a sentence; those other than gold are marked.
pub(super) fn answer_lane(answers: &Answers, sentence: usize, name: &str) -> Lane {
    let (gold, tags) = (&answers.read.gold.sentences[sentence], &answers.read.predicted[sentence]);
    let cells = tags.iter().map(|tag| tag_cell(answers, *tag)).collect();
    let marks = gold.iter().zip(tags).map(|(gold, answer)| Some(*gold) != *answer).collect();
    Lane { name: name.to_owned(), cells, marks, may_go: true }
}

/// Whether a sentence has a word without a prediction.
pub(super) fn has_unseen(answers: &Answers, sentence: usize) -> bool {
    answers.read.predicted[sentence].contains(&None)
}

/// What stands below sentences with such a word.
pub(super) const UNSEEN: &str =
    "-: a word without a prediction, cut off at model.max_length or without a token; it counts as O";

fn tag_cell(answers: &Answers, tag: Option<u16>) -> String {
    match tag.map(|tag| answers.tags.names()[usize::from(tag)].as_str()) {
        None => "-".to_owned(),
        Some("O") => NOTHING.to_owned(),
        Some(tag) => tag.to_owned(),
    }
}

/// A count with a comma between thousands for people.
pub(super) fn count_cell(count: usize) -> Cell {
    Cell { text: grouped_count(count), ..Cell::count(count) }
}

/// The same, and `·` for none.
pub(super) fn sparse_cell(count: usize) -> Cell {
    if count == 0 { Cell { text: NOTHING.to_owned(), ..Cell::count(count) } } else { count_cell(count) }
}

/// A count with a comma between thousands.
pub(super) fn grouped_count(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 sentence`, `2,000 sentences`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped_count(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped_count), ["0", "999", "1,000", "1,234,567"]);
    }
}
