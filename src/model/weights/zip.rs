//! The directory of a zip file with uncompressed entries: the byte range of each entry.
//!
//! Only names and byte ranges are needed: nothing is decompressed, and tensors are read in the mapped file. The format:
//! PKWARE's APPNOTE.TXT, 4.3 (structures) and 4.5.3 (64 bit).

use std::collections::BTreeMap;
use std::ops::Range;

use super::error::{WeightsError, shown};

/// Most entries of an archive.
const ENTRIES: usize = 1 << 20;

/// Longest comment after the end of the directory, in bytes.
const COMMENT: usize = 0xffff;

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";

/// The byte range of each entry, by name.
pub(super) fn entries(file: &[u8]) -> Result<BTreeMap<&str, Range<usize>>, WeightsError> {
    let (count, mut at) = directory(file)?;
    if count > ENTRIES as u64 {
        return Err(WeightsError::Long { things: "entries", limit: ENTRIES });
    }
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let (name, range, next) = entry(file, at)?;
        if entries.insert(name, range).is_some() {
            return Err(WeightsError::malformed(format!("two entries have the name {}", shown(name))));
        }
        at = next;
    }
    Ok(entries)
}

fn bytes(file: &[u8], at: usize, len: usize) -> Result<&[u8], WeightsError> {
    let end = at.checked_add(len).filter(|end| *end <= file.len());
    Ok(&file[at..end.ok_or_else(|| WeightsError::malformed("the archive is truncated"))?])
}

/// A little-endian number of `len` bytes.
fn number(file: &[u8], at: usize, len: usize) -> Result<u64, WeightsError> {
    let mut all = [0; 8];
    all[..len].copy_from_slice(bytes(file, at, len)?);
    Ok(u64::from_le_bytes(all))
}

/// An offset in the file.
fn offset(number: u64) -> Result<usize, WeightsError> {
    usize::try_from(number).map_err(|_| WeightsError::malformed("the archive reaches beyond its end"))
}

/// Number of entries, and the offset of the first.
fn directory(file: &[u8]) -> Result<(u64, usize), WeightsError> {
    let cut = || WeightsError::malformed("the archive's directory is missing");
    let last = file.len().checked_sub(22).ok_or_else(cut)?;
    let end = (last.saturating_sub(COMMENT)..=last).rev().find(|at| file[*at..].starts_with(&END)).ok_or_else(cut)?;
    let (count, start) = (number(file, end + 10, 2)?, number(file, end + 16, 4)?);
    let locator = end.checked_sub(20).filter(|at| file[*at..].starts_with(&LOCATOR_64));
    match locator {
        Some(locator) if count == 0xffff || start == 0xffff_ffff => {
            let end = offset(number(file, locator + 8, 8)?)?;
            if bytes(file, end, 4)? != END_64 {
                return Err(cut());
            }
            // the structure is 56 bytes long
            bytes(file, end, 56)?;
            Ok((number(file, end + 32, 8)?, offset(number(file, end + 48, 8)?)?))
        }
        _ => Ok((count, offset(start)?)),
    }
}

/// The entry of the directory at `at`: its name, its byte range, and the offset of the next entry.
fn entry(file: &[u8], at: usize) -> Result<(&str, Range<usize>, usize), WeightsError> {
    let header = bytes(file, at, 46)?;
    if !header.starts_with(&ENTRY) {
        return Err(WeightsError::malformed("the archive's directory is damaged"));
    }
    let field = |at, len| number(header, at, len);
    let [name_len, extra_len, comment_len] = [offset(field(28, 2)?)?, offset(field(30, 2)?)?, offset(field(32, 2)?)?];
    let name = std::str::from_utf8(bytes(file, at + 46, name_len)?)
        .map_err(|_| WeightsError::malformed("the name of an entry is not UTF-8"))?;
    let (flags, method) = (field(8, 2)?, field(10, 2)?);
    let extra = bytes(file, at + 46 + name_len, extra_len)?;
    let [len, packed, local] = wide([field(24, 4)?, field(20, 4)?, field(42, 4)?], extra)?;
    if flags & 1 != 0 || method != 0 || packed != len {
        return Err(WeightsError::Compressed { entry: shown(name) });
    }
    let start = data(file, offset(local)?)?;
    bytes(file, start, offset(len)?)?;
    Ok((name, start..start + offset(len)?, at + 46 + name_len + extra_len + comment_len))
}

/// Size, packed size and offset of an entry, each from the 64-bit field if the 32-bit one is full.
fn wide(mut values: [u64; 3], mut extra: &[u8]) -> Result<[u64; 3], WeightsError> {
    while extra.len() >= 4 {
        let len = offset(number(extra, 2, 2)?)?;
        let content = bytes(extra, 4, len)?;
        if number(extra, 0, 2)? == 1 {
            let mut at = 0;
            for value in values.iter_mut().filter(|value| **value == 0xffff_ffff) {
                *value = number(content, at, 8)?;
                at += 8;
            }
        }
        extra = &extra[4 + len..];
    }
    Ok(values)
}

/// Offset of the bytes of the entry with the local header at `at`. Its name and extra fields can differ in length from the
/// directory's: torch aligns storages with them.
fn data(file: &[u8], at: usize) -> Result<usize, WeightsError> {
    let header = bytes(file, at, 30)?;
    if !header.starts_with(&LOCAL) {
        return Err(WeightsError::malformed("an entry is not at its offset in the archive's directory"));
    }
    Ok(at + 30 + offset(number(header, 26, 2)?)? + offset(number(header, 28, 2)?)?)
}
