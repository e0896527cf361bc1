//! Reads the columns of words and tags of a Parquet file.
//!
//! The size of the file limits how much is read, whatever its metadata claim: see [`Budget`].

use std::fs::File;

use parquet::basic::{Compression, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::guarded::guarded;
use super::named_columns::{Holds, Pair, choose};
use super::rows::{Lines, RawRows, RawTags};
use super::{DataError, Location, parquet_pages, tag_names};
use crate::hub::InputFile;
use crate::spec::Columns;

/// Rows decoded at a time.
const ROWS_AT_ONCE: usize = 4096;
/// Values of a column that any file may have, however small.
const FREE_VALUES: usize = 1 << 22;
/// Additional values of a column per byte of the file.
const VALUES_PER_BYTE: usize = 64;

/// Reads both columns of `file`.
///
/// # Errors
/// A file that is missing, incomplete or not Parquet, a column that is missing or of a wrong type, a null, lists of
/// unequal length in a row.
pub(super) fn read(file: &InputFile, columns: Option<&Columns>) -> Result<RawRows, DataError> {
    // the decoder panics on some damaged pages
    let read = guarded(|| read_columns(file, columns));
    read.unwrap_or_else(|_| Err(broken(file, ParquetError::General("a page is damaged".to_owned()))))
}

fn read_columns(file: &InputFile, columns: Option<&Columns>) -> Result<RawRows, DataError> {
    let opened = File::open(&file.path).map_err(DataError::unreadable(file))?;
    let bytes = opened.metadata().map_or(0, |metadata| metadata.len());
    let reader = SerializedFileReader::new(opened).map_err(|source| broken(file, source))?;
    let metadata = reader.metadata().file_metadata();
    let leaves = metadata.schema_descr().columns();
    let fields = metadata.schema_descr().root_schema().get_fields();
    let found: Vec<(&str, Holds)> = fields.iter().map(|field| (field.name(), held(leaves, field.name()))).collect();
    let pair = choose(&file.name, None, columns, &found)?;
    refuse_compression(&reader, file, &pair)?;
    let features = metadata.key_value_metadata().into_iter().flatten().find(|key| key.key == "huggingface");
    let classes = features.and_then(|key| tag_names::from_features(key.value.as_deref()?, &pair.tag));
    let budget = Budget::of(bytes);
    let words = Column::find(&reader, file, &pair.token, budget)?.names("a list of strings")?;
    let tags = Column::find(&reader, file, &pair.tag, budget)?.tags()?;
    check_lengths(file, &words, &tags)?;
    Ok(RawRows {
        file: file.name.clone(),
        words,
        tags,
        tag_column: Some(pair.tag),
        classes,
        lines: Lines::None,
        survey: None,
        notes: Vec::new(),
    })
}

/// Refuses what the crate `parquet` reads only with features that are off: Brotli costs 1.3 MB of program, and nothing that
/// writes data sets chooses it by itself.
fn refuse_compression(reader: &SerializedFileReader<File>, file: &InputFile, pair: &Pair) -> Result<(), DataError> {
    let is_read = |chunk: &&ColumnChunkMetaData| {
        chunk.column_path().parts().first().is_some_and(|name| *name == pair.token || *name == pair.tag)
    };
    let chunks = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    let mut codecs = chunks.filter(is_read).map(ColumnChunkMetaData::compression);
    let unread = codecs.find_map(|codec| match codec {
        Compression::BROTLI(_) => Some("Brotli"),
        Compression::LZO => Some("LZO"),
        _ => None,
    });
    match unread {
        Some(codec) => Err(DataError::Compression { file: file.name.clone(), codec }),
        None => Ok(()),
    }
}

fn broken(file: &InputFile, source: ParquetError) -> DataError {
    DataError::Parquet { file: file.name.clone(), source }
}

/// The leaf columns of a column; a list of strings or numbers has one.
fn leaves_of<'l>(leaves: &'l [std::sync::Arc<ColumnDescriptor>], name: &str) -> Vec<(usize, &'l ColumnDescriptor)> {
    let leaves = leaves.iter().enumerate().map(|(at, leaf)| (at, &**leaf));
    leaves.filter(|(_, leaf)| leaf.path().parts().first().is_some_and(|part| part == name)).collect()
}

fn held(leaves: &[std::sync::Arc<ColumnDescriptor>], name: &str) -> Holds {
    match leaves_of(leaves, name)[..] {
        [(_, leaf)] if leaf.max_rep_level() == 1 => match leaf.physical_type() {
            Physical::BYTE_ARRAY => Holds::Texts,
            Physical::INT32 | Physical::INT64 => Holds::Numbers,
            _ => Holds::Other,
        },
        _ => Holds::Other,
    }
}

fn check_lengths(file: &InputFile, words: &[Vec<String>], tags: &RawTags) -> Result<(), DataError> {
    let lengths: Vec<usize> = match tags {
        RawTags::Numbers(rows) => rows.iter().map(Vec::len).collect(),
        RawTags::Names(rows) => rows.iter().map(Vec::len).collect(),
    };
    if words.len() != lengths.len() {
        let reason = format!("{} rows of words, {} of tags", words.len(), lengths.len());
        return Err(broken(file, ParquetError::General(reason)));
    }
    let unequal = words.iter().zip(lengths).enumerate().find(|(_, (words, tags))| words.len() != *tags);
    match unequal {
        Some((row, (words, tags))) => Err(DataError::UnequalLengths {
            file: file.name.clone(),
            place: Location::Row(row),
            words: words.len(),
            tags,
        }),
        None => Ok(()),
    }
}

/// Limit of the values that are read from one column: a few bytes can claim billions of them.
#[derive(Debug, Clone, Copy)]
struct Budget(usize);

impl Budget {
    fn of(bytes: u64) -> Self {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self(bytes.saturating_mul(VALUES_PER_BYTE).saturating_add(FREE_VALUES))
    }

    fn spend(&mut self, values: usize) -> Result<(), ParquetError> {
        self.0 = self
            .0
            .checked_sub(values)
            .ok_or_else(|| ParquetError::General(format!("it claims more than {VALUES_PER_BYTE} values per byte")))?;
        Ok(())
    }
}

/// One list column of an open file.
struct Column<'a> {
    reader: &'a SerializedFileReader<File>,
    file: &'a InputFile,
    name: &'a str,
    at: usize,
    /// Whether the column has one leaf.
    plain: bool,
    budget: Budget,
}

impl<'a> Column<'a> {
    fn find(
        reader: &'a SerializedFileReader<File>,
        file: &'a InputFile,
        name: &'a str,
        budget: Budget,
    ) -> Result<Self, DataError> {
        let leaves = leaves_of(reader.metadata().file_metadata().schema_descr().columns(), name);
        match leaves.first() {
            Some((at, _)) => Ok(Self { reader, file, name, at: *at, plain: leaves.len() == 1, budget }),
            None => Err(broken(file, ParquetError::General(format!("column `{name}` has no values")))),
        }
    }

    fn descriptor(&self) -> &ColumnDescriptor {
        &self.reader.metadata().file_metadata().schema_descr().columns()[self.at]
    }

    fn wrong_type(&self, needed: &'static str) -> DataError {
        let column = self.descriptor();
        let nesting = match (self.plain, column.max_rep_level()) {
            (false, _) => "structs",
            (true, 0) => "single values",
            (true, 1) => "lists",
            _ => "lists of lists",
        };
        let found = format!("{nesting} of {}", column.physical_type());
        DataError::ColumnType { file: self.file.name.clone(), column: self.name.to_owned(), found, needed }
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

    /// The checked pages of a row group.
    fn pages(&self, group: &dyn RowGroupReader, budget: Budget) -> Result<ColumnReader, ParquetError> {
        let range = group.metadata().column(self.at).byte_range();
        parquet_pages::check(&File::open(&self.file.path)?, range, budget.0)?;
        let pages = parquet_pages::Checked(group.get_column_page_reader(self.at)?);
        let column = self.reader.metadata().file_metadata().schema_descr().column(self.at);
        Ok(get_column_reader(column, Box::new(pages)))
    }

    /// The rows of all row groups; `decode` returns none for a column of another physical type.
    fn rows<U>(
        &self,
        needed: &'static str,
        decode: impl Fn(ColumnReader, &mut ListReader<'_>, &mut Vec<Vec<U>>) -> Option<Result<(), ParquetError>>,
    ) -> Result<Vec<Vec<U>>, DataError> {
        if !self.plain || self.descriptor().max_rep_level() != 1 {
            return Err(self.wrong_type(needed));
        }
        let (mut rows, mut budget) = (Vec::new(), self.budget);
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group).map_err(|source| broken(self.file, source))?;
            let reader = self.pages(&*group, budget).map_err(|source| broken(self.file, source))?;
            let count = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            let mut lists = ListReader { column: self.descriptor(), count, budget, null: None };
            let decoded = decode(reader, &mut lists, &mut rows).ok_or_else(|| self.wrong_type(needed))?;
            decoded.map_err(|source| broken(self.file, source))?;
            if let Some(row) = lists.null {
                return Err(DataError::NullValue { file: self.file.name.clone(), row, column: self.name.to_owned() });
            }
            budget = lists.budget;
        }
        Ok(rows)
    }
}

/// Assembles lists from definition and repetition levels (Melnik et al., Dremel, 2010).
struct ListReader<'a> {
    column: &'a ColumnDescriptor,
    /// Rows of the group.
    count: usize,
    budget: Budget,
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
        let (before, mut left) = (rows.len(), self.count);
        while left > 0 {
            definitions.clear();
            repetitions.clear();
            values.clear();
            let asked = left.min(ROWS_AT_ONCE);
            let (read, _, levels) =
                reader.read_records(asked, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
            self.budget.spend(levels)?;
            self.append(&definitions, &repetitions, &values, rows, &value_of)?;
            left -= read.min(left);
            if read < asked {
                return Err(ParquetError::EOF(format!("{} rows of {}", self.count - left, self.count)));
            }
        }
        match rows.len() - before {
            found if found == self.count => Ok(()),
            found => Err(ParquetError::General(format!("{found} rows of {}", self.count))),
        }
    }

    fn append<V, U>(
        &mut self,
        definitions: &[i16],
        repetitions: &[i16],
        values: &[V],
        rows: &mut Vec<Vec<U>>,
        value_of: impl Fn(&V) -> Result<U, ParquetError>,
    ) -> Result<(), ParquetError> {
        let present = self.column.max_def_level();
        // a null element has one level less than a present one; below that, the list is empty
        let null = if self.column.self_type().is_optional() { present - 1 } else { -1 };
        let mut values = values.iter();
        for (definition, repetition) in definitions.iter().zip(repetitions) {
            if *repetition == 0 {
                rows.push(Vec::new());
            }
            let at =
                rows.len().checked_sub(1).ok_or_else(|| ParquetError::General("it begins within a row".to_owned()))?;
            if *definition == present {
                let value = values.next().ok_or_else(|| ParquetError::EOF("fewer values than levels".to_owned()))?;
                rows[at].push(value_of(value)?);
            } else if *definition == null && self.null.is_none() {
                self.null = Some(at);
            }
        }
        Ok(())
    }
}
