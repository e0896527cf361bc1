//! How the lines of a text file are split into columns, and which columns are read.

use super::scheme::{could_be_tag, mark_and_type};
use super::{TextError, TextFault};
use crate::spec::{Column, Columns, Scheme};

/// Least number of columns in CoNLL-U.
const CONLLU_COLUMNS: usize = 10;
/// Keys that CoNLL-U and MultiCoNER write after `# `.
const METADATA: [&str; 5] = ["id", "sent_id", "text", "newdoc", "newpar"];

/// The columns of one file.
#[derive(Debug)]
pub(super) struct ColumnLayout {
    /// Whether only tabs separate columns; else spaces and tabs do.
    tabs: bool,
    /// The line that decides the layout, from 1.
    pub(super) line: usize,
    /// Columns of a token's line.
    pub(super) width: usize,
    /// The token's column, from 1.
    pub(super) token: usize,
    /// The tag's column, from 1.
    pub(super) tag: usize,
}

impl ColumnLayout {
    /// The layout of the first token's line, number `line` of its file.
    ///
    /// # Errors
    /// A line of one column, missing columns.
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

    /// The layout of the first token's line where tags are not read: one column is enough. The token is in the column
    /// chosen, if the line has it; in CoNLL-U in the second, else in the first.
    pub(super) fn of_tokens(line: usize, text: &str, chosen: &Columns) -> Self {
        let mut layout = Self { tabs: text.contains('\t'), line, width: 0, token: 1, tag: 1 };
        let fields = layout.fields(text);
        (layout.width, layout.tag) = (fields.len(), fields.len());
        let is_conllu =
            layout.tabs && layout.width >= CONLLU_COLUMNS && fields[0].starts_with(|c: char| c.is_ascii_digit());
        layout.token = match &chosen.token {
            Some(Column::At(column)) if *column <= layout.width && layout.width > 1 => *column,
            _ if is_conllu => 2,
            _ => 1,
        };
        layout
    }

    /// The columns of a line, trimmed.
    pub(super) fn fields<'t>(&self, line: &'t str) -> Vec<&'t str> {
        if self.tabs {
            line.split('\t').map(|field| field.trim_matches(' ')).collect()
        } else {
            line.split([' ', '\t']).filter(|field| !field.is_empty()).collect()
        }
    }

    /// Whether a line with the columns of a token's line, that begins with `#` between sentences, is a comment:
    /// `# id 0a1b domain=train`, `# sent_id = 1`. A word `#` has a tag in the tag's column.
    pub(super) fn is_comment(&self, line: &str, fields: &[&str], scheme: Option<Scheme>) -> bool {
        let words: Vec<&str> = line.split_whitespace().take(3).collect();
        let metadata = !self.tabs && matches!(words[..], ["#", key, _] if METADATA.contains(&key));
        metadata || words.get(2) == Some(&"=") || !could_be_tag(fields[self.tag - 1], scheme)
    }

    /// The error of a line with another number of columns than the first token's line.
    pub(super) fn other_columns(&self, fields: &[&str]) -> TextFault {
        let (found, needed, line) = (fields.len(), self.width, self.line);
        let by_spaces = !self.tabs && self.tag == needed && found > needed;
        match by_spaces && mark_and_type(fields[self.tag - 1]).is_some() {
            true => TextFault::SpaceInType { found, needed, line, tag: fields[self.tag - 1..].join("_") },
            false => TextFault::OtherColumns { found, needed, line },
        }
    }

    /// Whether a line of these fields is a word range or an empty node of CoNLL-U.
    pub(super) fn is_no_word(&self, fields: &[&str]) -> bool {
        self.token > 1 && self.width >= CONLLU_COLUMNS && is_range_or_empty_node(fields[0])
    }
}

/// The columns of token and tag in a line of `width` columns, from 1: those chosen, else the first and the last.
///
/// # Errors
/// Missing columns, columns given by name, one column for both.
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

/// Whether an index of CoNLL-U is a word range (`1-2`) or an empty node (`1.1`).
pub(super) fn is_range_or_empty_node(index: &str) -> bool {
    let whole = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    index.split_once(['-', '.']).is_some_and(|(one, other)| whole(one) && whole(other))
}
