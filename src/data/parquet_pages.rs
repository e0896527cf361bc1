//! Checks what the pages of a column claim before they are decoded: the decoder allocates what a page claims, and an
//! allocation that fails would end the program.
//!
//! Pages and their headers: Apache Parquet's `parquet.thrift`, in Thrift's compact protocol. Delta encodings: Parquet's
//! `Encodings.md`.

use std::fs::File;
use std::io::Read;

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;

/// Uncompressed bytes of a page that any file may have, however small.
const FREE_BYTES: u64 = 1 << 26;
/// Additional uncompressed bytes of a page per byte of the file.
const BYTES_PER_BYTE: u64 = 64;
/// Limit of nested structures in a header.
const DEEPEST: usize = 8;

fn fault(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

/// Checks the page headers in the byte range of a column; `values`: limit of the number of values.
///
/// # Errors
/// An invalid header, or one that claims more than the limits.
pub(super) fn check(file: &File, (start, len): (u64, u64), values: usize) -> Result<(), ParquetError> {
    let most = file.metadata()?.len().saturating_mul(BYTES_PER_BYTE).saturating_add(FREE_BYTES);
    let (mut left, mut values) = (len, values as u64);
    while left > 0 {
        let mut header = Header { bytes: file.get_read(start + (len - left))?, left };
        let page = header.page()?;
        left = header.left.checked_sub(page.packed).ok_or_else(|| fault("a page reaches beyond its column"))?;
        if page.unpacked > most {
            return Err(fault(&format!(
                "a page claims {} bytes, more than {BYTES_PER_BYTE} per byte of the file",
                page.unpacked
            )));
        }
        values = values.checked_sub(page.values).ok_or_else(|| fault("its pages claim too many values"))?;
    }
    Ok(())
}

/// The sizes that a header claims.
#[derive(Default)]
struct Claims {
    unpacked: u64,
    packed: u64,
    /// 0 for a dictionary: its values are checked against its bytes.
    values: u64,
}

/// The bytes of a header, and how many bytes of the column are left.
struct Header<R> {
    bytes: R,
    left: u64,
}

impl<R: Read> Header<R> {
    fn page(&mut self) -> Result<Claims, ParquetError> {
        let (mut claims, mut id) = (Claims::default(), 0);
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (2, 5) => claims.unpacked = self.size()?,
                (3, 5) => claims.packed = self.size()?,
                (5 | 8, 12) => claims.values = self.values()?,
                _ => self.skip(kind, 0)?,
            }
        }
        Ok(claims)
    }

    /// The number of values: the first field of the structure of a page's kind.
    fn values(&mut self) -> Result<u64, ParquetError> {
        let (mut values, mut id) = (0, 0);
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (1, 5) => values = self.size()?,
                _ => self.skip(kind, 1)?,
            }
        }
        Ok(values)
    }

    /// The kind of the next field, with its number in `id`; none at the end of a structure.
    fn field(&mut self, id: &mut i64) -> Result<Option<u8>, ParquetError> {
        let byte = self.byte()?;
        if byte == 0 {
            return Ok(None);
        }
        *id = match byte >> 4 {
            0 => self.signed()?,
            step => id.wrapping_add(i64::from(step)),
        };
        Ok(Some(byte & 0xf))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Result<(), ParquetError> {
        match kind {
            1 | 2 => Ok(()),
            3 => self.byte().map(drop),
            4..=6 => self.number().map(drop),
            7 => self.pass(8),
            8 => self.number().and_then(|len| self.pass(len)),
            9 | 10 => self.skip_list(depth),
            12 if depth < DEEPEST => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            _ => Err(fault("a page's header is damaged")),
        }
    }

    fn skip_list(&mut self, depth: usize) -> Result<(), ParquetError> {
        let byte = self.byte()?;
        let count = if byte >> 4 == 15 { self.number()? } else { u64::from(byte >> 4) };
        if depth == DEEPEST {
            return Err(fault("a page's header is damaged"));
        }
        for _ in 0..count {
            match byte & 0xf {
                1 | 2 => self.pass(1)?,
                kind => self.skip(kind, depth + 1)?,
            }
        }
        Ok(())
    }

    fn pass(&mut self, len: u64) -> Result<(), ParquetError> {
        self.left = self.left.checked_sub(len).ok_or_else(|| fault("a page's header is damaged"))?;
        match std::io::copy(&mut self.bytes.by_ref().take(len), &mut std::io::sink())? {
            passed if passed == len => Ok(()),
            _ => Err(fault("a page's header is truncated")),
        }
    }

    fn byte(&mut self) -> Result<u8, ParquetError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| fault("a page's header is truncated"))?;
        let mut byte = [0];
        self.bytes.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    /// A number in groups of seven bits, the lowest group first (ULEB128).
    fn number(&mut self) -> Result<u64, ParquetError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(fault("a page's header is damaged"))
    }

    /// A number with its sign in the lowest bit (zigzag).
    fn signed(&mut self) -> Result<i64, ParquetError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn size(&mut self) -> Result<u64, ParquetError> {
        u64::try_from(self.signed()?).map_err(|_| fault("a page's header has a negative size"))
    }
}

/// Pages with checked headers; checks their content when they are read.
pub(super) struct Checked(pub(super) Box<dyn PageReader>);

impl Iterator for Checked {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        let page = self.0.get_next_page()?;
        page.iter().try_for_each(check_content)?;
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        self.0.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        self.0.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        self.0.at_record_boundary()
    }
}

/// Checks the counts for which the decoders of an uncompressed page allocate memory.
fn check_content(page: &Page) -> Result<(), ParquetError> {
    match page {
        // every value of the supported types has at least four bytes
        Page::DictionaryPage { buf, num_values, .. } => match buf.len() / 4 {
            room if *num_values as usize <= room => Ok(()),
            _ => Err(fault("a dictionary claims more values than its bytes can hold")),
        },
        // both kinds of levels come before the values, each after its length
        Page::DataPage { buf, num_values, encoding, .. } => {
            let rest = |bytes: &[u8]| -> Option<usize> {
                let (len, _) = bytes.split_first_chunk()?;
                usize::try_from(u32::from_le_bytes(*len)).ok()?.checked_add(4)
            };
            let values = rest(buf).and_then(|len| buf.get(len..));
            let values = values.and_then(|bytes| bytes.get(rest(bytes)?..));
            check_lengths(values, *num_values, *encoding)
        }
        Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let levels = def_levels_byte_len.checked_add(*rep_levels_byte_len);
            check_lengths(levels.and_then(|len| buf.get(len as usize..)), *num_values, *encoding)
        }
    }
}

/// Checks the lists of lengths at the beginning of strings in delta encodings: none may be longer than the values.
fn check_lengths(values: Option<&[u8]>, most: u32, encoding: Encoding) -> Result<(), ParquetError> {
    let lists = match encoding {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
        Encoding::DELTA_BYTE_ARRAY => 2,
        _ => return Ok(()),
    };
    let mut rest = values.ok_or_else(|| fault("the levels of a page are truncated"))?;
    for list in 0..lists {
        let mut reader = Header { left: rest.len() as u64, bytes: rest };
        let block = reader.number()?;
        let (parts, count) = (reader.number()?, reader.number()?);
        reader.signed()?;
        if count > u64::from(most) {
            return Err(fault("a page claims more lengths than values"));
        }
        if list + 1 < lists {
            reader.pass_blocks(block, parts, count)?;
        }
        rest = reader.bytes;
    }
    Ok(())
}

impl Header<&[u8]> {
    /// Skips the `count` numbers of a delta encoding after its first: blocks of `block` numbers in `parts`.
    fn pass_blocks(&mut self, block: u64, parts: u64, count: u64) -> Result<(), ParquetError> {
        let each = block.checked_div(parts).filter(|each| *each > 0 && each.is_multiple_of(32));
        let each = each.ok_or_else(|| fault("a page's lengths are damaged"))?;
        let mut left = count.saturating_sub(1);
        while left > 0 {
            self.number()?;
            let mut bytes = 0_u64;
            for _ in 0..parts {
                let bits = u64::from(self.byte()?);
                // parts after the last number have a width, but no bytes
                bytes = bytes.saturating_add(if left > 0 { (bits * each) / 8 } else { 0 });
                left = left.saturating_sub(each);
            }
            self.pass(bytes)?;
        }
        Ok(())
    }
}
