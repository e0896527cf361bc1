//! A memory-mapped weight file: its format, and its tensors or index.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

use super::index::Index;
use super::stored::{Number, Stored};
use super::{archive, legacy};
use crate::model::error::ModelError;
use crate::model::weights::WeightsError;

pub(super) struct Mapped {
    pub(super) path: PathBuf,
    pub(super) bytes: Mmap,
}

/// The content of a file.
pub(super) enum Content {
    /// Tensors by name; none for entries that are not tensors.
    Tensors(BTreeMap<String, Option<Stored>>),
    /// Which shard has which tensor.
    Index(Index),
}

/// The format of a weight file.
enum FileFormat {
    Safetensors,
    Archive,
    Legacy,
    Index,
}

/// Longest header that the crate `safetensors` reads, in bytes.
const HEADER: u64 = 100_000_000;

impl FileFormat {
    fn of(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
        match bytes {
            _ if header.is_some_and(|len| len <= HEADER) && bytes.get(8) == Some(&b'{') => Some(Self::Safetensors),
            [b'P', b'K', 3, 4, ..] => Some(Self::Archive),
            [0x80, 2, ..] => Some(Self::Legacy),
            _ => bytes.trim_ascii_start().starts_with(b"{").then_some(Self::Index),
        }
    }
}

impl Mapped {
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        let read = |source| ModelError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(read)?;
        // SAFETY: weight files are in the cache or in a folder of models and are not written to while a job runs; if one is
        // truncated meanwhile, a signal ends the process, and the journal stays valid.
        let bytes = unsafe { Mmap::map(&file) }.map_err(read)?;
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// The file's name, as in an index.
    pub(super) fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// `error` with this file's path.
    pub(super) fn fault(&self, error: WeightsError) -> ModelError {
        ModelError::Weights { path: self.path.clone(), source: error }
    }

    /// The content of the file, whatever its name.
    pub(super) fn content(&self) -> Result<Content, ModelError> {
        let fault = |error| self.fault(error);
        Ok(match FileFormat::of(&self.bytes).ok_or_else(|| fault(WeightsError::Unknown))? {
            FileFormat::Safetensors => Content::Tensors(self.safetensors()?),
            FileFormat::Archive => Content::Tensors(archive::read(&self.bytes).map_err(fault)?),
            FileFormat::Legacy => Content::Tensors(legacy::read(&self.bytes).map_err(fault)?),
            FileFormat::Index => Content::Index(Index::parse(&self.bytes).map_err(fault)?),
        })
    }

    fn safetensors(&self) -> Result<BTreeMap<String, Option<Stored>>, ModelError> {
        let parsed = SafeTensors::deserialize(&self.bytes)
            .map_err(|error| ModelError::Damaged { path: self.path.clone(), what: error.to_string() })?;
        let stored = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| {
            let start = view.data().as_ptr().addr() - self.bytes.as_ptr().addr();
            (name.to_owned(), Some(Stored::dense(number(view.dtype()), view.shape().to_vec(), start)))
        };
        Ok(parsed.iter().map(stored).collect())
    }
}

fn number(dtype: Dtype) -> Number {
    let other = |name| Number::Other { name, bytes: dtype.bitsize() / 8 };
    match dtype {
        Dtype::F32 => Number::Float32,
        Dtype::F16 => Number::Float16,
        Dtype::BF16 => Number::BFloat16,
        Dtype::F64 => Number::Float64,
        Dtype::I64 => other("int64"),
        Dtype::I32 => other("int32"),
        Dtype::I16 => other("int16"),
        Dtype::I8 => other("int8"),
        Dtype::U8 => other("uint8"),
        Dtype::BOOL => other("bool"),
        Dtype::U16 => other("uint16"),
        Dtype::U32 => other("uint32"),
        Dtype::U64 => other("uint64"),
        Dtype::F8_E4M3 => other("float8_e4m3fn"),
        Dtype::F8_E5M2 => other("float8_e5m2"),
        Dtype::F8_E8M0 => other("float8_e8m0fnu"),
        _ => other("an unknown type"),
    }
}
