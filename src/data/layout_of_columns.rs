//! How the lines of a text file are parted into columns, and which of them are read. Must not know sentences.

use super::scheme::{could_be_tag, mark_and_type};
use super::{TextError, TextFault};
use crate::spec::{Column, Columns, Scheme};

/// Columns of CoNLL-U at least.
const CONLLU_COLUMNS: usize = 10;
/// What CoNLL-U and MultiCoNER write behind `# `.
const METADATA: [&str; 5] = ["id", "sent_id", "text", "newdoc", "newpar"];

/// How the lines of one file are parted.
pub(super) struct Layout {
    /// By tabs alone; else by spaces and tabs.
    tabs: bool,
    /// The line that shows it, from 1.
    pub(super) line: usize,
    /// Columns of a token's line.
    pub(super) width: usize,
    /// The token's column, from 1.
    pub(super) token: usize,
    /// The tag's column, from 1.
    pub(super) tag: usize,
}

impl Layout {
    /// As the line of the first token, number `line` of its file, has it.
    ///
    /// # Errors
    /// A line of one column, and columns that are not there.
    pub(super) fn of(file: &str, line: usize, text: &str, chosen: &Columns) -> Result<Self, TextError> {
        let mut layout = Self { tabs: text.contains('\t'), line, width: 0, token: 1, tag: 1 };
        let fields = layout.fields(text);
        layout.width = fields.len();
        if layout.width < 2 {
            let blank = text.chars().find(|letter| letter.is_whitespace());
            return Err(TextError::at(file, line, TextFault::OneColumn { blank: blank.map(u32::from) }));
        }
        (layout.token, layout.tag) = counted(file, line, layout.width, chosen)?;
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

    /// Whether a line of these fields, which begins with `#` and stands where a sentence may begin, is a comment though
    /// it is as wide as a token's line: `# id 0a1b domain=train`, `# sent_id = 1`. A word `#` has a tag in its column.
    pub(super) fn is_comment(&self, line: &str, fields: &[&str], scheme: Option<Scheme>) -> bool {
        let words: Vec<&str> = line.split_whitespace().take(3).collect();
        let metadata = !self.tabs && matches!(words[..], ["#", key, _] if METADATA.contains(&key));
        metadata || words.get(2) == Some(&"=") || !could_be_tag(fields[self.tag - 1], scheme)
    }

    /// What is wrong with a line of these fields, which are not as many as the first token's line has.
    pub(super) fn other_columns(&self, fields: &[&str]) -> TextFault {
        let (found, needed, line) = (fields.len(), self.width, self.line);
        let parted = !self.tabs && self.tag == needed && found > needed;
        match parted && mark_and_type(fields[self.tag - 1]).is_some() {
            true => TextFault::SpaceInType { found, needed, line, tag: fields[self.tag - 1..].join("_") },
            false => TextFault::OtherColumns { found, needed, line },
        }
    }

    /// Whether a line of these fields is CoNLL-U's for a range of words or an empty node.
    pub(super) fn is_no_word(&self, fields: &[&str]) -> bool {
        self.token > 1 && self.width >= CONLLU_COLUMNS && is_range_or_empty_node(fields[0])
    }
}

/// The columns of token and tag in a line of `width`, from 1: the first and the last, or those chosen.
///
/// # Errors
/// Columns that are not there, have no name, or are one.
pub(super) fn counted(file: &str, line: usize, width: usize, chosen: &Columns) -> Result<(usize, usize), TextError> {
    let at = |column: &Option<Column>, unset: usize| match column {
        None => Ok(unset),
        Some(Column::At(column)) if *column <= width => Ok(*column),
        Some(Column::At(column)) => Err(TextError::at(file, line, TextFault::NoSuchColumn { column: *column, width })),
        Some(Column::Named(name)) => Err(TextError::of(file, TextFault::NoNames { name: name.clone() })),
    };
    let (token, tag) = (at(&chosen.token, 1)?, at(&chosen.tag, width)?);
    if token == tag { Err(TextError::of(file, TextFault::SameColumn { column: tag })) } else { Ok((token, tag)) }
}

/// Whether an index is CoNLL-U's `1-2`, a range of words, or `1.1`, an empty node.
pub(super) fn is_range_or_empty_node(index: &str) -> bool {
    let whole = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    index.split_once(['-', '.']).is_some_and(|(one, other)| whole(one) && whole(other))
}
