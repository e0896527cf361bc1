//! One tensor in a file, and its values as float32.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::error::WeightsError;

/// Most dimensions of a tensor.
const DIMENSIONS: usize = 8;

/// A number type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// float32
    Float32,
    /// float64, rounded to float32.
    Float64,
    /// float16, converted exactly to float32.
    Float16,
    /// bfloat16, converted exactly to float32.
    BFloat16,
    /// Any other type, which is not supported.
    Other {
        /// Its name.
        name: &'static str,
        /// Size of a number in bytes.
        bytes: usize,
    },
}

impl Number {
    /// The number type of torch's `NAMEStorage`.
    pub(super) fn of_torch(name: &str) -> Option<Self> {
        let other = |name, bytes| Some(Self::Other { name, bytes });
        match name {
            "Float" => Some(Self::Float32),
            "Half" => Some(Self::Float16),
            "BFloat16" => Some(Self::BFloat16),
            "Double" => Some(Self::Float64),
            "Long" => other("int64", 8),
            "Int" => other("int32", 4),
            "Short" => other("int16", 2),
            "Char" => other("int8", 1),
            "Byte" => other("uint8", 1),
            "Bool" => other("bool", 1),
            _ => None,
        }
    }

    /// Size of a number in bytes.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float64 => 8,
            Self::Float16 | Self::BFloat16 => 2,
            Self::Other { bytes, .. } => bytes,
        }
    }

    /// Its name in torch.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Float16 => "float16",
            Self::BFloat16 => "bfloat16",
            Self::Other { name, .. } => name,
        }
    }
}

/// A tensor in a file: a view of a byte range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Type of the numbers.
    pub number: Number,
    /// `[rows, columns]` and the like.
    pub shape: Vec<usize>,
    /// Strides in elements, by dimension.
    strides: Vec<usize>,
    /// Offset of the first element in the file, in bytes.
    start: usize,
}

impl Stored {
    /// A row-major tensor at byte `start`.
    pub(super) fn dense(number: Number, shape: Vec<usize>, start: usize) -> Self {
        let strides = dense_strides(&shape);
        Self { number, shape, strides, start }
    }

    /// A view of a storage with `len` elements at byte `storage`; `offset` and `strides` are in elements.
    ///
    /// # Errors
    /// Why the storage cannot hold the view.
    pub(super) fn view(
        number: Number,
        (storage, len): (usize, usize),
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    ) -> Result<Self, &'static str> {
        const BEYOND: &str = "reaches beyond its storage";
        if shape.len() != strides.len() || shape.len() > DIMENSIONS {
            return Err("has unequal numbers of dimensions and strides, or more than 8");
        }
        let elements = shape.iter().try_fold(1usize, |all, size| all.checked_mul(*size)).ok_or(BEYOND)?;
        if elements > len {
            return Err("has more elements than its storage");
        }
        let last = shape.iter().zip(&strides).try_fold(offset, |last, (size, stride)| {
            stride.checked_mul(size.saturating_sub(1)).and_then(|step| last.checked_add(step))
        });
        if elements > 0 && last.ok_or(BEYOND)? >= len {
            return Err(BEYOND);
        }
        let start = if elements > 0 { storage + offset * number.bytes() } else { storage };
        Ok(Self { number, shape, strides, start })
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Its rows as `parts` tensors of as many; none if that does not divide them.
    pub(super) fn split(&self, parts: usize) -> Option<Vec<Self>> {
        let rows = self.shape.first().filter(|rows| rows.is_multiple_of(parts))? / parts;
        let bytes = rows * self.strides[0] * self.number.bytes();
        let part = |at: usize| {
            let mut part = Self { start: self.start + at * bytes, ..self.clone() };
            part.shape[0] = rows;
            part
        };
        Some((0..parts).map(part).collect())
    }

    /// Copies the tensor from `file` in row-major order as float32; `out`: [`Stored::elements`].
    ///
    /// # Errors
    /// The name of an unsupported number type.
    pub(super) fn widen(&self, file: &[u8], out: &mut [f32]) -> Result<(), &'static str> {
        match self.number {
            Number::Float32 => self.copy(file, out, f32::from_le_bytes),
            Number::Float64 => self.copy(file, out, |bytes| f64::from_le_bytes(bytes) as f32),
            Number::Float16 if self.is_dense() => self.widen_rows(file, out),
            Number::Float16 => self.copy(file, out, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Number::BFloat16 => self.copy(file, out, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Number::Other { name, .. } => return Err(name),
        }
        Ok(())
    }

    /// Converts dense float16 in blocks, for which the processor has an instruction.
    fn widen_rows(&self, file: &[u8], out: &mut [f32]) {
        assert_eq!(out.len(), self.elements(), "the caller compared the shape");
        let (numbers, _) = file[self.start..].as_chunks::<2>();
        let mut block = [f16::ZERO; 1024];
        for (out, numbers) in out.chunks_mut(block.len()).zip(numbers.chunks(block.len())) {
            let block = &mut block[..out.len()];
            block.iter_mut().zip(numbers).for_each(|(value, bytes)| *value = f16::from_le_bytes(*bytes));
            block.convert_to_f32_slice(out);
        }
    }

    fn copy<const N: usize>(&self, file: &[u8], out: &mut [f32], read: impl Fn([u8; N]) -> f32) {
        assert_eq!(out.len(), self.elements(), "the caller compared the shape");
        let file = &file[self.start..];
        if self.is_dense() {
            let (numbers, _) = file.as_chunks::<N>();
            out.iter_mut().zip(numbers).for_each(|(out, bytes)| *out = read(*bytes));
            return;
        }
        let mut index = vec![0; self.shape.len()];
        for out in out {
            let at = N * index.iter().zip(&self.strides).map(|(index, stride)| index * stride).sum::<usize>();
            *out = read(file[at..at + N].try_into().expect("N bytes"));
            for (index, size) in index.iter_mut().zip(&self.shape).rev() {
                *index += 1;
                if *index < *size {
                    break;
                }
                *index = 0;
            }
        }
    }

    /// Whether the elements are in row-major order without gaps; the stride of a dimension of size 1 does not matter.
    fn is_dense(&self) -> bool {
        let dense = dense_strides(&self.shape);
        self.shape
            .iter()
            .zip(self.strides.iter().zip(&dense))
            .all(|(size, (stride, dense))| *size < 2 || stride == dense)
    }
}

fn dense_strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for at in (1..shape.len()).rev() {
        strides[at - 1] = strides[at].saturating_mul(shape[at].max(1));
    }
    strides
}

/// A size, stride or offset from a file.
pub(super) fn whole(name: &str, number: i64) -> Result<usize, WeightsError> {
    usize::try_from(number)
        .map_err(|_| WeightsError::Tensor { name: name.to_owned(), what: "has a negative size, stride or offset" })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn read(offset: usize, shape: &[usize], strides: &[usize]) -> Vec<f32> {
        // Bytes 0 to 3 are not the storage's.
        let file: Vec<u8> = [-1.0f32, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let stored = Stored::view(Number::Float32, (4, 6), offset, shape.to_vec(), strides.to_vec()).unwrap();
        let mut out = vec![f32::NAN; stored.elements()];
        stored.widen(&file, &mut out).unwrap();
        out
    }

    #[test]
    fn views_are_read_in_rows() {
        assert_eq!(read(0, &[2, 3], &[3, 1]), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(read(0, &[3, 2], &[1, 3]), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0], "a transposed matrix");
        assert_eq!(read(1, &[2, 2], &[3, 1]), [1.0, 2.0, 4.0, 5.0], "columns cut off");
        assert_eq!(read(2, &[2, 1, 2], &[2, 77, 1]), [2.0, 3.0, 4.0, 5.0], "a dimension of one");
        assert_eq!(read(1, &[2, 2], &[0, 1]), [1.0, 2.0, 1.0, 2.0], "a repeated row");
        assert_eq!(read(5, &[], &[]), [5.0], "a single number");
        assert_eq!(read(6, &[0, 4], &[4, 1]), [] as [f32; 0]);
    }

    #[test]
    fn a_view_stays_within_its_storage() {
        let view = |offset, shape: &[usize], strides: &[usize]| {
            Stored::view(Number::Float16, (8, 6), offset, shape.to_vec(), strides.to_vec()).unwrap_err()
        };
        assert_eq!(view(1, &[2, 3], &[3, 1]), "reaches beyond its storage");
        assert_eq!(view(0, &[2, 2], &[5, 2]), "reaches beyond its storage");
        assert_eq!(view(usize::MAX, &[2], &[usize::MAX]), "reaches beyond its storage");
        assert_eq!(view(0, &[usize::MAX, 2], &[0, 0]), "reaches beyond its storage");
        assert_eq!(view(0, &[7], &[0]), "has more elements than its storage");
        assert_eq!(view(0, &[2], &[1, 1]), "has unequal numbers of dimensions and strides, or more than 8");
        assert_eq!(view(0, &[1; 9], &[1; 9]), "has unequal numbers of dimensions and strides, or more than 8");
    }
}
