//! A Parquet file: its columns `tokens` and `ner_tags`, read without the others. Must not know tag sets.

use std::fs::File;

use parquet::basic::Type as Physical;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::DataError;
use super::rows::{Lines, Place, RawRows, RawTags};
use crate::hub::InputFile;

const TOKENS: &str = "tokens";
const TAGS: &str = "ner_tags";

/// Reads both columns of `file`.
///
/// # Errors
/// A file that is missing, cut short or no Parquet, a missing column or one of another type, a null, rows whose lists
/// are of unequal length.
pub(super) fn read(file: &InputFile) -> Result<RawRows, DataError> {
    let opened = File::open(&file.path).map_err(|source| DataError::Unreadable { file: file.name.clone(), source })?;
    let reader = SerializedFileReader::new(opened).map_err(|source| broken(file, source))?;
    let words = Column::find(&reader, file, TOKENS)?.names("a list of strings")?;
    let tags = Column::find(&reader, file, TAGS)?.tags()?;
    check_lengths(file, &words, &tags)?;
    let keys = reader.metadata().file_metadata().key_value_metadata();
    let features =
        keys.into_iter().flatten().find(|pair| pair.key == "huggingface").and_then(|pair| pair.value.clone());
    Ok(RawRows { file: file.name.clone(), words, tags, features, lines: Lines::None, note: None })
}

fn broken(file: &InputFile, source: ParquetError) -> DataError {
    DataError::Parquet { file: file.name.clone(), source }
}

fn check_lengths(file: &InputFile, words: &[Vec<String>], tags: &RawTags) -> Result<(), DataError> {
    let lengths: Vec<usize> = match tags {
        RawTags::Numbers(rows) => rows.iter().map(Vec::len).collect(),
        RawTags::Names(rows) => rows.iter().map(Vec::len).collect(),
    };
    let unequal = words.iter().zip(lengths).enumerate().find(|(_, (words, tags))| words.len() != *tags);
    match unequal {
        Some((row, (words, tags))) => {
            Err(DataError::UnequalLengths { file: file.name.clone(), place: Place::Row(row), words: words.len(), tags })
        }
        None => Ok(()),
    }
}

/// One list column of an open file.
struct Column<'a> {
    reader: &'a SerializedFileReader<File>,
    file: &'a InputFile,
    name: &'static str,
    at: usize,
}

impl<'a> Column<'a> {
    fn find(
        reader: &'a SerializedFileReader<File>,
        file: &'a InputFile,
        name: &'static str,
    ) -> Result<Self, DataError> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let at = schema.columns().iter().position(|column| column.path().parts()[0] == name);
        let Some(at) = at else {
            let found: Vec<String> =
                schema.root_schema().get_fields().iter().map(|field| format!("`{}`", field.name())).collect();
            return Err(DataError::MissingColumn { file: file.name.clone(), column: name, found: found.join(", ") });
        };
        Ok(Self { reader, file, name, at })
    }

    fn descriptor(&self) -> &ColumnDescriptor {
        &self.reader.metadata().file_metadata().schema_descr().columns()[self.at]
    }

    fn wrong_type(&self, needed: &'static str) -> DataError {
        let column = self.descriptor();
        let nesting = if column.max_rep_level() == 0 { "single values" } else { "lists" };
        let found = format!("{nesting} of {}", column.physical_type());
        DataError::ColumnType { file: self.file.name.clone(), column: self.name, found, needed }
    }

    fn tags(&self) -> Result<RawTags, DataError> {
        const NEEDED: &str = "a list of integers or strings";
        match self.descriptor().physical_type() {
            Physical::BYTE_ARRAY => Ok(RawTags::Names(self.names(NEEDED)?)),
            Physical::INT32 | Physical::INT64 => Ok(RawTags::Numbers(self.numbers(NEEDED)?)),
            _ => Err(self.wrong_type(NEEDED)),
        }
    }

    fn names(&self, needed: &'static str) -> Result<Vec<Vec<String>>, DataError> {
        self.rows(needed, |reader, layout, rows| match reader {
            ColumnReader::ByteArrayColumnReader(reader) => {
                Some(layout.read(reader, rows, |bytes: &ByteArray| bytes.as_utf8().map(str::to_owned)))
            }
            _ => None,
        })
    }

    fn numbers(&self, needed: &'static str) -> Result<Vec<Vec<i64>>, DataError> {
        self.rows(needed, |reader, layout, rows| match reader {
            ColumnReader::Int32ColumnReader(reader) => Some(layout.read(reader, rows, |number| Ok(i64::from(*number)))),
            ColumnReader::Int64ColumnReader(reader) => Some(layout.read(reader, rows, |number| Ok(*number))),
            _ => None,
        })
    }

    /// Appends the rows of every row group; `decode` answers none for a column of another physical type.
    fn rows<U>(
        &self,
        needed: &'static str,
        decode: impl Fn(ColumnReader, &mut ListReader<'_>, &mut Vec<Vec<U>>) -> Option<Result<(), ParquetError>>,
    ) -> Result<Vec<Vec<U>>, DataError> {
        if self.descriptor().max_rep_level() != 1 {
            return Err(self.wrong_type(needed));
        }
        let mut rows = Vec::new();
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group).map_err(|source| broken(self.file, source))?;
            let reader = group.get_column_reader(self.at).map_err(|source| broken(self.file, source))?;
            let count = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            let mut lists = ListReader { column: self.descriptor(), count, null: None };
            let decoded = decode(reader, &mut lists, &mut rows).ok_or_else(|| self.wrong_type(needed))?;
            decoded.map_err(|source| broken(self.file, source))?;
            if let Some(row) = lists.null {
                return Err(DataError::NullValue { file: self.file.name.clone(), row, column: self.name });
            }
        }
        Ok(rows)
    }
}

/// Assembles lists from definition and repetition levels (Melnik et al., Dremel, 2010).
struct ListReader<'a> {
    column: &'a ColumnDescriptor,
    /// Rows of the group.
    count: usize,
    /// The first row with a null value.
    null: Option<usize>,
}

impl ListReader<'_> {
    fn read<T: DataType, U>(
        &mut self,
        mut reader: ColumnReaderImpl<T>,
        rows: &mut Vec<Vec<U>>,
        value_of: impl Fn(&T::T) -> Result<U, ParquetError>,
    ) -> Result<(), ParquetError> {
        let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let (read, _, _) =
            reader.read_records(self.count, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
        if read != self.count {
            return Err(ParquetError::EOF(format!("{read} rows of {}", self.count)));
        }
        let present = self.column.max_def_level();
        // An optional element that is null stands one level under a present one; below that, the list is empty.
        let null = if self.column.self_type().is_optional() { present - 1 } else { -1 };
        let mut values = values.iter();
        for (definition, repetition) in definitions.into_iter().zip(repetitions) {
            if repetition == 0 {
                rows.push(Vec::new());
            }
            if definition == present {
                let value = values.next().ok_or_else(|| ParquetError::EOF("fewer values than levels".to_owned()))?;
                rows.last_mut().expect("a record begins with repetition level 0").push(value_of(value)?);
            } else if definition == null && self.null.is_none() {
                self.null = Some(rows.len() - 1);
            }
        }
        Ok(())
    }
}
