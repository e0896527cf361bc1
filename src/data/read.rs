//! Reads a data file in the format of its ending, or in that of `data.format`.

use std::collections::{BTreeMap, BTreeSet};

use super::csv_file::Dialect;
use super::rows::RawRows;
use super::text::text_of;
use super::{DataError, brat, conll, csv_file, jsonl, parquet_file};
use crate::hub::{Format, GZIP, InputFile};
use crate::spec::{self, Column, Columns, FileFormat, SpanEnds};

/// The column of CoNLL-U that has the word.
const CONLLU_FORM: usize = 2;

/// A file of a split, and for an annotation of brat the text that it annotates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'f> {
    file: &'f InputFile,
    text: Option<&'f InputFile>,
}

/// The files of a split, the texts of brat with their annotations.
pub(super) fn parts(files: &[InputFile]) -> Vec<Part<'_>> {
    let by_name: BTreeMap<&str, &InputFile> = files.iter().map(|file| (file.name.as_str(), file)).collect();
    let text_of = |file: &InputFile| {
        let text = format!("{}.txt", file.name.strip_suffix(".ann")?);
        by_name.get(text.as_str()).copied()
    };
    let annotated: BTreeSet<&str> = files.iter().filter_map(text_of).map(|text| text.name.as_str()).collect();
    let own = files.iter().filter(|file| !annotated.contains(file.name.as_str()));
    own.map(|file| Part { file, text: text_of(file) }).collect()
}

/// The columns to read of a file without column names, as far as the settings choose them.
pub(super) fn counted_columns(settings: &spec::Data) -> Columns {
    let mut columns = settings.columns.clone().unwrap_or_default();
    if settings.format == Some(FileFormat::Conllu) {
        columns.token.get_or_insert(Column::At(CONLLU_FORM));
    }
    columns
}

/// Reads a file in the format of its ending, or in that of `data.format`.
///
/// # Errors
/// A file that is missing or invalid, missing columns.
pub(super) fn read(part: Part<'_>, settings: &spec::Data) -> Result<RawRows, DataError> {
    let file = part.file;
    let unread = || DataError::NotRead { file: file.name.clone() };
    let format = Format::of_file(&file.name, settings.format).ok_or_else(unread)?;
    let (columns, scheme) = (settings.columns.as_ref(), settings.scheme);
    let ends = settings.span_ends.unwrap_or(SpanEnds::Widen);
    let counted = counted_columns(settings);
    match format {
        Format::Parquet => parquet_file::read(file, columns),
        Format::Json => jsonl::read(file, columns, ends),
        Format::Brat => brat::read(file, part.text.ok_or_else(unread)?, ends),
        Format::Csv => {
            let text = text_of(file)?;
            csv_file::read(&file.name, &text, Dialect::of_csv(&text), &counted)
        }
        Format::Columns => {
            let text = text_of(file)?;
            let is_tsv = settings.format.is_none() && file.name.trim_end_matches(GZIP).ends_with(".tsv");
            match if is_tsv { Dialect::of_tsv(&text) } else { None } {
                Some(dialect) => csv_file::read(&file.name, &text, dialect, &counted),
                None => conll::read(&file.name, &text, &counted, scheme),
            }
        }
    }
}
