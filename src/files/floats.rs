//! Buffers of float32 as safetensors files, written and read without a copy of the file in memory. Files are not mapped, so
//! a failing disk is an error and not a signal.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use sha2::{Digest as _, Sha256};

use crate::hash;
use crate::words::words;

/// Longest header in the format, in bytes.
const LONGEST_HEADER: u64 = 100_000_000;

words! {
    /// How a file stores floats.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub enum FloatFormat {
        /// IEEE 754, 32 bits: as they are.
        #[default]
        Float32 => "float32",
        /// IEEE 754, 16 bits: rounded to 11 significant bits, at most 65504.
        Float16 => "float16",
        /// The first 16 bits of float32, rounded.
        Bfloat16 => "bfloat16",
    }
}

impl FloatFormat {
    /// Bytes of one float.
    pub fn size(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float16 | Self::Bfloat16 => 2,
        }
    }

    /// Whether a finite value becomes an infinite one.
    pub fn overflows(self, value: f32) -> bool {
        value.is_finite()
            && match self {
                Self::Float32 => false,
                Self::Float16 => f16::from_f32(value).is_infinite(),
                Self::Bfloat16 => bf16::from_f32(value).is_infinite(),
            }
    }

    fn stored(self) -> Dtype {
        match self {
            Self::Float32 => Dtype::F32,
            Self::Float16 => Dtype::F16,
            Self::Bfloat16 => Dtype::BF16,
        }
    }

    fn write(self, writer: &mut impl Write, values: &[f32]) -> io::Result<()> {
        values.chunks(1 << 16).try_for_each(|values| match self {
            Self::Float32 => writer.write_all(bytemuck::cast_slice(values)),
            Self::Float16 => writer.write_all(bytemuck::cast_slice(&Vec::<u16>::from_iter(
                values.iter().map(|value| f16::from_f32(*value).to_bits()),
            ))),
            Self::Bfloat16 => writer.write_all(bytemuck::cast_slice(&Vec::<u16>::from_iter(
                values.iter().map(|value| bf16::from_f32(*value).to_bits()),
            ))),
        })
    }
}

/// One tensor of a file.
#[derive(Debug, Clone, Copy)]
pub struct FloatBuffer<'a> {
    /// Its name in the file.
    pub name: &'a str,
    /// Its shape, whose product is the number of `values`.
    pub shape: &'a [usize],
    /// Its values.
    pub values: &'a [f32],
}

/// [`write_floats`], which also returns the file's SHA-256 in hexadecimal.
///
/// # Errors
/// As there.
pub fn write_hashed_floats(
    file: &mut File,
    buffers: &[FloatBuffer<'_>],
    metadata: Option<HashMap<String, String>>,
) -> io::Result<String> {
    let mut writer = Hashing { file, hash: Sha256::new() };
    write_floats(&mut writer, buffers, metadata)?;
    Ok(hex(writer.hash))
}

/// Writes `buffers`, sorted by name, and `metadata` as a safetensors file.
///
/// # Errors
/// The system's error, or `InvalidInput` for a shape that does not fit its values.
pub fn write_floats(
    file: &mut impl Write,
    buffers: &[FloatBuffer<'_>],
    metadata: Option<HashMap<String, String>>,
) -> io::Result<()> {
    write_floats_as(file, buffers, FloatFormat::Float32, metadata)
}

/// [`write_floats`], in a format.
///
/// # Errors
/// As there.
pub fn write_floats_as(
    file: &mut impl Write,
    buffers: &[FloatBuffer<'_>],
    format: FloatFormat,
    metadata: Option<HashMap<String, String>>,
) -> io::Result<()> {
    let mut buffers = buffers.to_vec();
    buffers.sort_by_key(|buffer| buffer.name);
    let mut end = 0;
    let tensors = buffers.iter().map(|buffer| {
        let start = end;
        end += buffer.values.len() * format.size();
        (
            buffer.name.to_owned(),
            TensorInfo { dtype: format.stored(), shape: buffer.shape.to_vec(), data_offsets: (start, end) },
        )
    });
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let header = Metadata::new(metadata, tensors.collect()).map_err(invalid)?;
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut writer = BufWriter::with_capacity(1 << 20, file);
    writer.write_all(&(header.len() as u64).to_le_bytes())?;
    writer.write_all(&header)?;
    buffers.iter().try_for_each(|buffer| format.write(&mut writer, buffer.values))?;
    writer.flush()
}

/// The SHA-256 of [`FloatFile::sha256_of_floats`] for a file of `buffers`.
pub fn sha256_of_floats<'a>(buffers: impl IntoIterator<Item = (&'a str, &'a [f32])>) -> String {
    let sorted: BTreeMap<_, _> = buffers.into_iter().collect();
    let mut hash = Sha256::new();
    sorted.values().for_each(|values| hash.update(bytemuck::cast_slice::<f32, u8>(values)));
    hex(hash)
}

/// A writer that hashes what it writes.
struct Hashing<'a> {
    file: &'a mut File,
    hash: Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A safetensors file open for reading.
#[derive(Debug)]
pub struct FloatFile {
    file: File,
    header: Metadata,
    /// Offset of the values in bytes.
    start: u64,
}

impl FloatFile {
    /// Opens `path` and reads its header.
    ///
    /// # Errors
    /// The system's error, or `InvalidData` for an invalid or incomplete file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut size = [0; 8];
        if length < 8 {
            return Err(invalid(format!("it has {length} bytes, too few for a header")));
        }
        file.read_exact(&mut size)?;
        let size = u64::from_le_bytes(size);
        if size > LONGEST_HEADER || size > length - 8 {
            return Err(invalid(format!("its header would have {size} bytes, but the file has {length}")));
        }
        let mut header = vec![0; size as usize];
        file.read_exact(&mut header)?;
        let header: Metadata = serde_json::from_slice(&header).map_err(|error| invalid(error.to_string()))?;
        let start = 8 + size;
        let expected = start.saturating_add(header.data_len() as u64);
        if length != expected {
            return Err(invalid(format!("it has {length} bytes, but {expected} according to its header")));
        }
        Ok(Self { file, header, start })
    }

    /// The metadata that was written with the tensors.
    pub fn metadata(&self) -> Option<&HashMap<String, String>> {
        self.header.metadata().as_ref()
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.header.info(name).is_some()
    }

    /// Checks that there is a tensor `name` of float32 with this shape.
    ///
    /// # Errors
    /// `InvalidData` if it is missing, or has another type or shape.
    pub fn check(&self, name: &str, shape: &[usize]) -> io::Result<()> {
        self.info(name, shape).map(|_| ())
    }

    /// Fills `values` from the tensor `name`.
    ///
    /// # Errors
    /// As [`FloatFile::check`], or the system's error.
    ///
    /// # Panics
    /// If `values` does not have the length of `shape`.
    pub fn read(&self, name: &str, shape: &[usize], values: &mut [f32]) -> io::Result<()> {
        let info = self.info(name, shape)?;
        assert_eq!(values.len(), shape.iter().product::<usize>(), "the length of {name}");
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.start + info.data_offsets.0 as u64))?;
        file.read_exact(bytemuck::cast_slice_mut(values))
    }

    fn info(&self, name: &str, shape: &[usize]) -> io::Result<&TensorInfo> {
        let info = self.header.info(name).ok_or_else(|| invalid(format!("it has no tensor {name}")))?;
        if info.dtype != Dtype::F32 || info.shape != shape {
            return Err(invalid(format!("{name} is {:?} of {:?}, not F32 of {shape:?}", info.dtype, info.shape)));
        }
        Ok(info)
    }

    /// The SHA-256 of the file in hexadecimal.
    ///
    /// # Errors
    /// The system's error.
    pub fn sha256(&self) -> io::Result<String> {
        self.sha256_from(0)
    }

    /// The SHA-256 of all values in hexadecimal.
    ///
    /// # Errors
    /// The system's error.
    pub fn sha256_of_floats(&self) -> io::Result<String> {
        self.sha256_from(self.start)
    }

    fn sha256_from(&self, start: u64) -> io::Result<String> {
        let (mut file, mut hash, mut piece) = (&self.file, Sha256::new(), vec![0; 1 << 20]);
        file.seek(SeekFrom::Start(start))?;
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(hex(hash)),
                Ok(length) => hash.update(&piece[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn hex(hash: Sha256) -> String {
    hash::Sha256::from_digest(&hash.finalize().into()).to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::fs;

    use safetensors::SafeTensors;

    use super::*;
    use crate::files::replace_with;

    const VALUES: [f32; 6] = [0.5, -1.0, f32::MIN_POSITIVE, 3.25e30, -0.0, 7.0];

    fn written(folder: &Path) -> (std::path::PathBuf, String) {
        let path = folder.join("a.safetensors");
        let buffers = [
            FloatBuffer { name: "b", shape: &[2, 2], values: &VALUES[..4] },
            FloatBuffer { name: "a", shape: &[2], values: &VALUES[4..] },
        ];
        let metadata = HashMap::from([("step".to_owned(), "3".to_owned())]);
        let hash = replace_with(&path, |file| write_hashed_floats(file, &buffers, Some(metadata))).unwrap();
        (path, hash)
    }

    #[test]
    fn what_is_written_is_a_safetensors_file_to_others_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, hash) = written(folder.path());
        let bytes = fs::read(&path).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(tensors.tensor("b").unwrap().data(), bytemuck::cast_slice::<f32, u8>(&VALUES[..4]));
        let file = FloatFile::open(&path).unwrap();
        let mut values = [0.0; 4];
        file.read("b", &[2, 2], &mut values).unwrap();
        assert_eq!(values, VALUES[..4]);
        assert_eq!(file.metadata().unwrap()["step"], "3");
        assert!(file.has("a") && !file.has("c"));
        assert_eq!(file.sha256().unwrap(), hash);
        let floats = sha256_of_floats([("b", &VALUES[..4]), ("a", &VALUES[4..])]);
        assert_eq!(file.sha256_of_floats().unwrap(), floats);
        let refused = file.read("b", &[4], &mut values).unwrap_err().to_string();
        assert_eq!(refused, "b is F32 of [2, 2], not F32 of [4]");
    }

    #[test]
    fn a_file_cut_or_lengthened_anywhere_is_no_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = written(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(FloatFile::open(&path).is_err(), "{length}");
        }
        bytes.push(0);
        fs::write(&path, &bytes).unwrap();
        assert!(FloatFile::open(&path).is_err());
        assert!(FloatFile::open(folder.path()).is_err(), "a folder");
        fs::write(&path, u64::MAX.to_le_bytes()).unwrap();
        assert!(FloatFile::open(&path).unwrap_err().to_string().starts_with("its header would have"));
    }
}
