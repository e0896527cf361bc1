//! Reads a data file in the format of its ending.

use super::csv_file::Dialect;
use super::rows::RawRows;
use super::text::text_of;
use super::{DataError, conll, csv_file, jsonl, parquet_file};
use crate::hub::{Format, InputFile};
use crate::spec;

/// Reads a file in the format of its ending.
///
/// # Errors
/// A file that is missing or invalid, missing columns.
pub(super) fn read(file: &InputFile, settings: &spec::Data) -> Result<RawRows, DataError> {
    let format = Format::of(&file.name).ok_or_else(|| DataError::NotRead { file: file.name.clone() })?;
    let (columns, scheme) = (settings.columns.as_ref(), settings.scheme);
    let counted = columns.cloned().unwrap_or_default();
    match format {
        Format::Parquet => parquet_file::read(file, columns),
        Format::Json => jsonl::read(file, columns),
        Format::Csv => {
            let text = text_of(file)?;
            csv_file::read(&file.name, &text, Dialect::of_csv(&text), &counted)
        }
        Format::Columns => {
            let text = text_of(file)?;
            let table = if file.name.ends_with(".tsv") { Dialect::of_tsv(&text) } else { None };
            match table {
                Some(dialect) => csv_file::read(&file.name, &text, dialect, &counted),
                None => conll::read(&file.name, &text, &counted, scheme),
            }
        }
    }
}
