//! A table with a token per row, usually below a line of column names: `sentence_idx,word,tag`.
//!
//! A column such as `sentence_idx` separates sentences; without one, blank rows do. The delimiter of a CSV file is comma,
//! semicolon or tab, whichever is most frequent in its first line, and fields may be quoted; in a TSV file quotes are
//! ordinary characters.

use std::collections::HashSet;

use csv::StringRecord;

use super::column_layout::counted;
use super::named_columns::line as line_to_write;
use super::rows::RawRows;
use super::scheme::looks_like_tag;
use super::sentences::Sentences;
use super::survey::Survey;
use super::text::lines;
use super::{DataError, TextError, TextFault};
use crate::spec::{Column, Columns};

/// Lower-case names of the token's column, in order of preference.
const TOKENS: [&str; 6] = ["tokens", "words", "token", "word", "text", "form"];
/// Lower-case names of the tag's column, in order of preference.
const TAGS: [&str; 9] = ["ner_tags", "ner_tag", "tags", "tag", "labels", "label", "ner", "ner_label", "ner_label_ids"];
/// Names of the column that separates sentences, without other characters than letters and digits.
const SENTENCES: [&str; 9] = [
    "sentence",
    "sentenceid",
    "sentenceidx",
    "sentenceindex",
    "sentenceno",
    "sentencenumber",
    "sentid",
    "sentidx",
    "sent",
];

/// The delimiter of a table, and whether fields may be quoted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    delimiter: u8,
    quoted: bool,
}

impl Dialect {
    /// The dialect of a CSV file.
    pub(super) fn of_csv(text: &str) -> Self {
        let first = lines(text).find(|line| !line.trim().is_empty()).unwrap_or_default();
        let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
        // max_by_key takes the last of equals, so the comma
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
        Self { delimiter, quoted: true }
    }

    /// The dialect of a TSV file with column names; none for one without.
    pub(super) fn of_tsv(text: &str) -> Option<Self> {
        let first = lines(text).find(|line| !line.trim().is_empty())?;
        let names: Vec<String> = first.split('\t').map(|name| name.trim().to_lowercase()).collect();
        let has = |usual: &[&str]| names.iter().any(|name| usual.contains(&name.as_str()));
        (has(&TOKENS) && has(&TAGS)).then_some(Self { delimiter: b'\t', quoted: false })
    }
}

/// Reads every row of the `text` of `file`.
///
/// # Errors
/// A row with another number of columns than the first, missing columns, no ends of sentences, a whole sentence in a row.
pub(super) fn read(file: &str, text: &str, dialect: Dialect, chosen: &Columns) -> Result<RawRows, DataError> {
    let text: String = lines(text).flat_map(|line| [line, "\n"]).collect();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(dialect.delimiter)
        .quoting(dialect.quoted)
        .from_reader(text.as_bytes());
    let (mut record, mut last) = (StringRecord::new(), 0);
    let mut table: Option<Table> = None;
    loop {
        let read = reader.read_record(&mut record);
        if !read.map_err(|error| TextError::of(file, TextFault::NotCsv { reason: error.to_string() }))? {
            break;
        }
        if record.iter().any(|field| field.contains('\n')) {
            let empty = text.lines().skip(last).take_while(|line| line.is_empty()).count();
            return Err(TextError::at(file, last + empty + 1, TextFault::QuotedLines).into());
        }
        // every row ends in a line feed, and the reader skips empty lines
        let line = usize::try_from(reader.position().line()).unwrap_or(usize::MAX).saturating_sub(1);
        let skipped = line > last + 1;
        last = line;
        let blank = record.iter().all(|field| field.trim().is_empty());
        match &mut table {
            None if blank => {}
            None => {
                let mut started = Table::of(file, line, &record, chosen)?;
                if !started.header {
                    started.row(file, line, &record)?;
                }
                table = Some(started);
            }
            Some(table) => {
                if skipped || blank {
                    table.sentences.end();
                }
                if !blank {
                    table.row(file, line, &record)?;
                }
            }
        }
    }
    table.ok_or_else(|| TextError::of(file, TextFault::NoSentence))?.rows(file)
}

/// The columns of a table, from its first row, and the sentences read so far.
struct Table {
    /// The first row's line.
    line: usize,
    width: usize,
    /// From 0.
    token: usize,
    /// From 0.
    tag: usize,
    /// From 0: the column that separates sentences.
    sentence: Option<usize>,
    /// Whether the first row has names.
    header: bool,
    ids: Ids,
    survey: Survey,
    sentences: Sentences,
}

impl Table {
    fn of(file: &str, line: usize, first: &StringRecord, chosen: &Columns) -> Result<Self, DataError> {
        let names: Vec<String> = first.iter().map(|name| name.trim().to_lowercase()).collect();
        let width = names.len();
        if width < 2 {
            return Err(TextError::at(file, line, TextFault::OneColumn { blank: None }).into());
        }
        let usual = |usual: &[&str]| usual.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
        let (usual_token, usual_tag) = (usual(&TOKENS), usual(&TAGS));
        let of = |column: &Option<Column>, usual: Option<usize>| match column {
            Some(Column::Named(name)) => first.iter().position(|there| there.trim() == name),
            Some(Column::At(_)) => None,
            None => usual,
        };
        let (named_token, named_tag) = (of(&chosen.token, usual_token), of(&chosen.tag, usual_tag));
        let by_name = |column: &Option<Column>| matches!(column, Some(Column::Named(_)));
        let (token, tag, header) = match (named_token, named_tag) {
            (Some(token), Some(tag)) => (token, tag, true),
            _ if by_name(&chosen.token) || by_name(&chosen.tag) => {
                return Err(missing(file, line, first, usual_token, usual_tag));
            }
            _ => {
                let (token, tag) = counted(file, line, width, chosen)?;
                // tags may come before the tokens, which the survey reports
                let header = !looks_like_tag(first[tag - 1].trim()) && !looks_like_tag(first[0].trim());
                if header && chosen.tag.is_none() {
                    return Err(missing(file, line, first, usual_token, usual_tag));
                }
                (named_token.unwrap_or(token - 1), tag - 1, header)
            }
        };
        for (column, name, known) in [(token, &chosen.token, named_token), (tag, &chosen.tag, named_tag)] {
            if header && known.is_some() {
                check_once(file, line, first, column, name.is_none())?;
            }
        }
        let plain = |name: &String| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let sentence = names.iter().position(|name| header && SENTENCES.contains(&plain(name).as_str()));
        let sentence = sentence.filter(|column| *column != token && *column != tag);
        let survey = Survey::new(width, token + 1, tag + 1);
        Ok(Self {
            line,
            width,
            token,
            tag,
            sentence,
            header,
            ids: Ids::default(),
            survey,
            sentences: Sentences::default(),
        })
    }

    fn row(&mut self, file: &str, line: usize, record: &StringRecord) -> Result<(), TextError> {
        if record.len() != self.width {
            let fault = TextFault::OtherColumns { found: record.len(), needed: self.width, line: self.line };
            return Err(TextError::at(file, line, fault));
        }
        let (token, tag) = (&record[self.token], record[self.tag].trim());
        if tag.starts_with('[') || (tag.contains(' ') && token.contains(' ')) {
            return Err(TextError::at(file, line, TextFault::RowPerSentence));
        }
        if let Some(column) = self.sentence {
            let id = record[column].trim();
            if self.ids.is_new(id).map_err(|()| TextError::at(file, line, TextFault::IdAgain { id: id.to_owned() }))? {
                self.sentences.end();
            }
        }
        if !self.header {
            let fields: Vec<&str> = record.iter().map(str::trim).collect();
            self.survey.see(self.sentences.current_words(), line, &fields);
        }
        self.sentences.push(token.trim_matches([' ', '\t']), tag, line);
        Ok(())
    }

    fn rows(self, file: &str) -> Result<RawRows, DataError> {
        if self.sentence.is_none() && self.sentences.ended() == 0 && self.sentences.current_words() > 1 {
            return Err(TextError::of(file, TextFault::NoSentenceEnds).into());
        }
        let survey = (!self.header).then_some(self.survey);
        Ok(self.sentences.rows(file, survey, Vec::new())?)
    }
}

/// Checks that no other column has the name of `column`; `any_case`: ignoring case.
fn check_once(file: &str, line: usize, first: &StringRecord, column: usize, any_case: bool) -> Result<(), TextError> {
    let name = |column: usize| match any_case {
        true => first[column].trim().to_lowercase(),
        false => first[column].trim().to_owned(),
    };
    let columns: Vec<String> =
        (0..first.len()).filter(|other| name(*other) == name(column)).map(|column| (column + 1).to_string()).collect();
    if columns.len() < 2 {
        return Ok(());
    }
    let fault = TextFault::NameTwice { name: first[column].trim().to_owned(), columns: columns.join(" and ") };
    Err(TextError::at(file, line, fault))
}

/// The error of a first row without the names of token and tag.
fn missing(file: &str, line: usize, first: &StringRecord, token: Option<usize>, tag: Option<usize>) -> DataError {
    let found: Vec<String> = first.iter().map(|name| format!("`{}`", name.trim())).collect();
    let name = |column: Option<usize>| column.map(|column| first[column].trim());
    let choice = line_to_write(name(token), name(tag));
    TextError::at(file, line, TextFault::NoUsualNames { found: found.join(", "), choice }).into()
}

/// The sentence ids read so far.
#[derive(Default)]
struct Ids {
    current: Option<String>,
    seen: HashSet<String>,
}

impl Ids {
    /// Whether a row with this id begins a sentence; an empty id continues the current one. Numbers may restart, as they do
    /// in each document.
    ///
    /// # Errors
    /// An id that occurs again: the rows are not sorted.
    fn is_new(&mut self, id: &str) -> Result<bool, ()> {
        if id.is_empty() || self.current.as_deref() == Some(id) {
            return Ok(false);
        }
        let number = |id: &str| id.parse::<u64>().ok();
        let before = self.current.as_deref().and_then(number);
        let counts = match (before, number(id)) {
            (_, Some(0 | 1)) => true,
            (Some(before), Some(id)) => before.checked_add(1) == Some(id),
            _ => false,
        };
        if !self.seen.insert(id.to_owned()) && !counts {
            return Err(());
        }
        self.current = Some(id.to_owned());
        Ok(true)
    }
}
