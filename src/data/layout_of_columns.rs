//! The columns of a text file: how its lines are parted, which columns are read, and whether a choice is needed that the
//! experiment does not make. Must not know sentences.

use std::collections::BTreeSet;

use super::scheme::looks_like_tag;
use super::{TextError, TextFault};
use crate::spec::Columns;

/// How the lines of one file are parted.
pub(super) struct Layout {
    /// By tabs alone; else by spaces and tabs.
    tabs: bool,
    /// Columns of a token's line.
    pub(super) width: usize,
    /// The token's column, from 1.
    pub(super) token: usize,
    /// The tag's column, from 1.
    pub(super) tag: usize,
    chosen: Columns,
}

impl Layout {
    /// As the line of the first token, number `line` of its file, has it.
    pub(super) fn of(file: &str, line: usize, text: &str, chosen: Columns) -> Result<Self, TextError> {
        let tabs = text.contains('\t');
        let mut layout = Self { tabs, width: 0, token: 1, tag: 1, chosen };
        layout.width = layout.fields(text).len();
        layout.token = chosen.token.unwrap_or(1);
        layout.tag = chosen.tag.unwrap_or(layout.width);
        if layout.width < 2 {
            return Err(TextError::at(file, line, TextFault::OneColumn));
        }
        if let Some(column) = [layout.token, layout.tag].into_iter().find(|column| *column > layout.width) {
            return Err(TextError::at(file, line, TextFault::NoSuchColumn { column, width: layout.width }));
        }
        if layout.token == layout.tag {
            return Err(TextError::of(file, TextFault::SameColumn { column: layout.tag }));
        }
        Ok(layout)
    }

    /// The columns of a line, without the blanks around them.
    pub(super) fn fields<'t>(&self, line: &'t str) -> Vec<&'t str> {
        if self.tabs {
            line.split('\t').map(|field| field.trim_matches(' ')).collect()
        } else {
            line.split([' ', '\t']).filter(|field| !field.is_empty()).collect()
        }
    }
}

/// What the columns of a file look like, gathered line by line.
pub(super) struct Survey<'l> {
    layout: &'l Layout,
    /// Whether the first column counts the words of each sentence, CoNLL-U's ranges and empty nodes apart.
    counts: bool,
    /// Words of the sentence under way.
    counted: usize,
    sentences: usize,
    words: usize,
    /// `[columns]`: the types of entities in it; none for a column with something else than tags.
    types: Vec<Option<BTreeSet<String>>>,
}

impl<'l> Survey<'l> {
    /// Of no line yet.
    pub(super) fn new(layout: &'l Layout) -> Self {
        Self {
            layout,
            counts: true,
            counted: 0,
            sentences: 0,
            words: 0,
            types: vec![Some(BTreeSet::new()); layout.width],
        }
    }

    /// Adds the line of word `at` of its sentence.
    pub(super) fn see(&mut self, at: usize, fields: &[&str]) {
        if at == 0 {
            self.counted = 0;
            self.sentences += 1;
        }
        if is_range_or_empty_node(fields[0]) {
            return;
        }
        self.counted += 1;
        self.words += 1;
        self.counts &= fields[0] == self.counted.to_string();
        for (types, field) in self.types.iter_mut().zip(fields) {
            match (looks_like_tag(field), types.as_mut()) {
                (false, _) => *types = None,
                (true, Some(types)) => {
                    if let Some((_, kind)) = field.split_once('-').filter(|(_, kind)| !types.contains(*kind)) {
                        types.insert(kind.to_owned());
                    }
                }
                (true, None) => {}
            }
        }
    }

    /// Whether the columns read can be the right ones.
    ///
    /// # Errors
    /// [`TextFault::ChooseColumns`] where the first column counts words and is to be the token, or where a second column
    /// holds tags of the same types as the last, which is to be the tag.
    pub(super) fn verdict(&self, file: &str) -> Result<(), TextError> {
        let Layout { width, tag, chosen, .. } = *self.layout;
        let counts = chosen.token.is_none() && self.counts && self.words > self.sentences;
        let rivals = if chosen.tag.is_none() { self.rivals(tag) } else { Vec::new() };
        let mut reasons = Vec::new();
        if counts {
            reasons.push("the first column counts the words".to_owned());
        }
        if !rivals.is_empty() {
            let columns: Vec<String> = rivals.iter().chain([&tag]).map(usize::to_string).collect();
            reasons.push(format!("columns {} are all tags, a nested annotation", columns.join(" and ")));
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let token = chosen.token.unwrap_or(if counts { 2 } else { 1 });
        let tags: Vec<usize> = match chosen.tag {
            Some(tag) => vec![tag],
            None if !rivals.is_empty() => rivals.into_iter().chain([tag]).collect(),
            None => (token + 1..=width).filter(|column| self.has_entities(*column)).collect(),
        };
        let choice = |tag: String| format!("{{ token = {token}, tag = {tag} }}");
        let choices: Vec<String> = tags.into_iter().map(|tag| choice(tag.to_string())).collect();
        let choices = if choices.is_empty() { choice("N".to_owned()) } else { choices.join(" or ") };
        Err(TextError::of(file, TextFault::ChooseColumns { why: reasons.join(", and "), choices }))
    }

    fn has_entities(&self, column: usize) -> bool {
        self.types[column - 1].as_ref().is_some_and(|types| !types.is_empty())
    }

    /// The columns of tags beside the tag's that annotate the same: they share a type with it, or it marks nothing. A
    /// column of chunks (`B-NP`) beside CoNLL-2003's entities shares none.
    fn rivals(&self, tag: usize) -> Vec<usize> {
        let Some(own) = &self.types[tag - 1] else { return Vec::new() };
        let rival = |column: &usize| {
            let types = self.types[column - 1].as_ref();
            types.is_some_and(|types| !types.is_empty() && (own.is_empty() || !types.is_disjoint(own)))
        };
        (1..=self.layout.width).filter(|column| *column != tag && *column != self.layout.token).filter(rival).collect()
    }
}

/// Whether an index is CoNLL-U's `1-2`, a range of words, or `1.1`, an empty node.
pub(super) fn is_range_or_empty_node(index: &str) -> bool {
    let whole = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    index.split_once(['-', '.']).is_some_and(|(one, other)| whole(one) && whole(other))
}
