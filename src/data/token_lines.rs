//! Text with a token per line, read line by line for its tokens alone. Columns, comments and sentence ends are those of
//! training data; a file of one column is text too.

use super::column_layout::ColumnLayout;
use super::conll::{is_blank, is_document};
use super::{Line, Location, TextError};
use crate::spec::{self, Columns};

/// A line of such a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenLine<'t> {
    /// A token.
    Word(&'t str),
    /// It ends a sentence.
    End,
    /// A comment, or no word of its own.
    Skipped,
}

/// Tells tokens from other lines; the first token's line decides the columns.
#[derive(Debug)]
pub struct TokenLines {
    chosen: Columns,
    scheme: Option<spec::Scheme>,
    layout: Option<ColumnLayout>,
}

impl TokenLines {
    /// For files like the data of `settings`.
    pub fn new(settings: &spec::Data) -> Self {
        Self { chosen: settings.columns.clone().unwrap_or_default(), scheme: settings.scheme, layout: None }
    }

    /// What `line` of `file` is; `within` a sentence or between two.
    ///
    /// # Errors
    /// Another number of columns than the first token's line has.
    pub fn read<'t>(&mut self, file: &str, line: &'t Line, within: bool) -> Result<TokenLine<'t>, TextError> {
        let text = line.text.as_str();
        if is_blank(text) || is_document(text) {
            return Ok(TokenLine::End);
        }
        let is_marked = text.starts_with('#');
        if self.layout.is_none() && is_marked && !text.contains('\t') && text.split_whitespace().count() > 1 {
            return Ok(TokenLine::Skipped);
        }
        let layout = self.layout.get_or_insert_with(|| ColumnLayout::of_tokens(line.number, text, &self.chosen));
        let fields = layout.fields(text);
        if fields.len() != layout.width {
            if is_marked {
                return Ok(TokenLine::Skipped);
            }
            let place = Some(Location::Line(line.number));
            return Err(TextError { file: file.to_owned(), place, fault: layout.other_columns(&fields) });
        }
        let is_comment = is_marked && !within && layout.width > 1 && layout.is_comment(text, &fields, self.scheme);
        if is_comment || layout.is_no_word(&fields) {
            return Ok(TokenLine::Skipped);
        }
        Ok(TokenLine::Word(fields[layout.token - 1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let mut lines = TokenLines::new(&spec::Data::default());
        let mut within = false;
        (1..)
            .zip(text.lines())
            .map(|(number, text)| {
                let line = Line { number, text: text.to_owned() };
                let told = match lines.read("a.conll", &line, within) {
                    Ok(TokenLine::Word(word)) => format!("={word}"),
                    Ok(TokenLine::End) => "end".to_owned(),
                    Ok(TokenLine::Skipped) => "skipped".to_owned(),
                    Err(error) => error.to_string(),
                };
                within = told.starts_with('=');
                told
            })
            .collect()
    }

    #[test]
    fn tokens_are_found_in_any_number_of_columns() {
        assert_eq!(of("Ana\nvive\n\n#\n"), ["=Ana", "=vive", "end", "=#"]);
        assert_eq!(of("Ana\tX\tB-PER\n#\tX\tO\n\nLima\tX\tO\n"), ["=Ana", "=#", "end", "=Lima"]);
        assert_eq!(of("# sent_id = 1\n-DOCSTART- O\nAna O\n"), ["skipped", "end", "=Ana"]);
        let tabs = |first: &str, token: &str| format!("{first}\t{token}{}", "\t_".repeat(8));
        assert_eq!(of(&[tabs("1-2", "del"), tabs("1", "de")].join("\n")), ["skipped", "=de"]);
    }

    #[test]
    fn a_line_of_other_columns_is_an_error() {
        assert_eq!(
            of("Ana O\nvive en Lima\n")[1],
            "a.conll:2: 3 columns, but line 1 has 2; write all lines alike, with tabs or with spaces"
        );
    }
}
