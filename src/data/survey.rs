//! Statistics of the columns of text files, over all files of a data set: they show whether the user has to choose columns.

use std::collections::{BTreeMap, BTreeSet};

use super::column_layout::is_range_or_empty_node;
use super::scheme::{looks_like_tag, mark_and_type};
use super::{TextError, TextFault};
use crate::spec::Columns;

/// Statistics of one file, or of several files with the same number of columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Survey {
    /// The token's column, from 1.
    token: usize,
    /// The tag's column, from 1.
    tag: usize,
    /// Whether the first column numbers the words of each sentence, except for CoNLL-U's ranges and empty nodes.
    counts: bool,
    /// Words of the current sentence.
    counted: usize,
    sentences: usize,
    words: usize,
    columns: Vec<ColumnSurvey>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct ColumnSurvey {
    /// Number of fields that could be tags of some scheme.
    tags: usize,
    /// Number of these that are not O.
    entities: usize,
    types: BTreeSet<String>,
    /// The line of the first field that cannot be a tag.
    other: Option<usize>,
}

impl Survey {
    /// Statistics of no line yet.
    pub(super) fn new(width: usize, token: usize, tag: usize) -> Self {
        let columns = vec![ColumnSurvey::default(); width];
        Self { token, tag, counts: true, counted: 0, sentences: 0, words: 0, columns }
    }

    /// Adds the line of word `at` of its sentence, number `line` of the file.
    pub(super) fn see(&mut self, at: usize, line: usize, fields: &[&str]) {
        if at == 0 {
            self.counted = 0;
            self.sentences += 1;
        }
        if is_range_or_empty_node(fields[0]) {
            return;
        }
        self.counted += 1;
        self.words += 1;
        self.counts = self.counts && fields[0] == self.counted.to_string();
        for (column, field) in self.columns.iter_mut().zip(fields) {
            column.see(field, line);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.counts &= other.counts;
        self.sentences += other.sentences;
        self.words += other.words;
        for (column, other) in self.columns.iter_mut().zip(&other.columns) {
            column.tags += other.tags;
            column.entities += other.entities;
            column.types.extend(other.types.iter().cloned());
        }
    }

    /// Why the columns to read are probably wrong, and those that may be right; none if they are plausible.
    fn doubt(&self, chosen: &Columns, types: bool) -> Option<TextFault> {
        let counts = chosen.token.is_none() && self.counts && self.words > self.sentences;
        let mut reasons = Vec::new();
        if counts {
            reasons.push("the first column numbers the words".to_owned());
        }
        let token = if counts { 2 } else { self.token };
        let mut tags = vec![self.tag];
        if chosen.tag.is_none() && !types {
            let annotated = self.annotated(token);
            let rivals = self.rivals(token);
            if let Some(tag) = self.tag_before(chosen).filter(|_| annotated.is_empty()) {
                let why = format!("column {tag} has the tags, and the last, {}, has no tags", self.tag);
                let others = (1..=self.columns.len()).rev().filter(|column| *column != tag).take(2);
                let choices: Vec<String> = others.map(|token| choice(token, &tag.to_string())).collect();
                return Some(TextFault::ChooseColumns { why, choices: choices.join(" or ") });
            }
            if !annotated.is_empty() && 2 * self.columns[self.tag - 1].tags < self.words {
                reasons.push(format!("the last column, {}, has no tags", self.tag));
                tags = annotated;
            } else if !rivals.is_empty() {
                tags = rivals.into_iter().chain([self.tag]).collect();
                reasons.push(format!("columns {} have only tags (nested annotation)", listed(&tags)));
            } else {
                tags = annotated;
            }
        }
        if reasons.is_empty() {
            return None;
        }
        let choices: Vec<String> = tags.into_iter().map(|tag| choice(token, &tag.to_string())).collect();
        let choices = match choices.is_empty() {
            true => format!("{}, where N is the column of the tags", choice(token, "N")),
            false => choices.join(" or "),
        };
        Some(TextFault::ChooseColumns { why: reasons.join(", and "), choices })
    }

    /// The token's column, if it has only tags, some of them not O, and the tag's column has few.
    fn tag_before(&self, chosen: &Columns) -> Option<usize> {
        let column = &self.columns[self.token - 1];
        let tags = column.tags == self.words && column.entities > 0;
        let words = 2 * self.columns[self.tag - 1].tags < self.words;
        (chosen.token.is_none() && tags && words).then_some(self.token)
    }

    /// The columns that have only tags, some of them not O.
    fn annotated(&self, token: usize) -> Vec<usize> {
        let holds = |column: &usize| {
            let column = &self.columns[column - 1];
            column.tags == self.words && column.entities > 0
        };
        (1..=self.columns.len()).filter(|column| *column != token && *column != self.token).filter(holds).collect()
    }

    /// The other columns of tags that annotate the same as the tag's column: they share a type with it, or it has only O. A
    /// column of chunks (`B-NP`) as in CoNLL-2003 shares none.
    fn rivals(&self, token: usize) -> Vec<usize> {
        let own = &self.columns[self.tag - 1];
        if own.tags < self.words {
            return Vec::new();
        }
        let rival = |column: &usize| {
            let other = &self.columns[column - 1];
            let untyped = own.types.is_empty() && other.types.is_empty();
            own.entities == 0 || untyped || !own.types.is_disjoint(&other.types)
        };
        self.annotated(token).into_iter().filter(|column| *column != self.tag).filter(rival).collect()
    }
}

impl ColumnSurvey {
    fn see(&mut self, field: &str, line: usize) {
        if !looks_like_tag(field) {
            self.other.get_or_insert(line);
            return;
        }
        self.tags += 1;
        self.entities += usize::from(field != "O");
        if let Some((_, kind)) = mark_and_type(field).filter(|(_, kind)| !self.types.contains(*kind)) {
            self.types.insert(kind.to_owned());
        }
    }
}

fn choice(token: usize, tag: &str) -> String {
    format!("{{ token = {token}, tag = {tag} }}")
}

fn listed(columns: &[usize]) -> String {
    columns.iter().map(usize::to_string).collect::<Vec<_>>().join(" and ")
}

/// Checks the columns over all files with the same number of columns, so that a file without entities is read as the
/// others. `types`: whether tags are types alone, which look like any word.
///
/// # Errors
/// [`TextFault::ChooseColumns`] if the token's column numbers the words, if the last column has no tags and another does,
/// or if a second column has tags of the same types as the last.
pub(super) fn check_columns<'r>(
    files: impl Iterator<Item = (&'r str, &'r Survey)>,
    chosen: &Columns,
    types: bool,
) -> Result<(), TextError> {
    let mut widths: BTreeMap<usize, (&str, Survey)> = BTreeMap::new();
    for (file, survey) in files {
        match widths.get_mut(&survey.columns.len()) {
            Some((_, whole)) => whole.merge(survey),
            None => drop(widths.insert(survey.columns.len(), (file, survey.clone()))),
        }
    }
    for (file, survey) in widths.into_values() {
        if let Some(fault) = survey.doubt(chosen, types) {
            let line = survey.columns[survey.tag - 1].other;
            let has_none = matches!(&fault, TextFault::ChooseColumns { why, .. } if why.contains("has no tags"));
            return Err(match line.filter(|_| has_none) {
                Some(line) => TextError::at(file, line, fault),
                None => TextError::of(file, fault),
            });
        }
    }
    Ok(())
}
