//! A bundle as an archive: one folder in it, names sorted, times fixed, no owner, so that equal inputs give equal bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use flate2::{Compression, GzBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::contents::Contents;
use super::copy::Reading;
use super::error::BundleError;

/// 1 January 1980, UTC: the earliest that a zip file can say.
const TIME: u64 = 315_532_800;

/// Anyone may read it, and its owner write it.
const MODE: u32 = 0o644;

/// Writes a `.zip`.
pub(super) fn zip(path: &Path, folder: &str, contents: &Contents, stop: &AtomicBool) -> Result<(), BundleError> {
    let failed = |error: io::Error| BundleError::disk(path, error);
    let mut archive = ZipWriter::new(BufWriter::new(File::create_new(path).map_err(failed)?));
    for (name, content) in &contents.files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(MODE)
            .large_file(content.size() >= u64::from(u32::MAX));
        let mut reading = Reading::open(content, stop)?;
        archive.start_file(format!("{folder}/{name}"), options).map_err(|error| failed(error.into()))?;
        io::copy(&mut reading, &mut archive).map_err(failed)?;
        reading.done(content)?;
    }
    let file = archive.finish().map_err(|error| failed(error.into()))?;
    synced(file).map_err(failed)
}

/// The names in a `.zip`, without its folder; none if it is no such archive.
pub(super) fn zip_names(path: &Path) -> Option<Vec<String>> {
    let archive = zip::ZipArchive::new(File::open(path).ok()?).ok()?;
    archive.file_names().map(|name| below_folder(&name.ok()?)).collect()
}

/// The names in a `.tar` or `.tar.gz`, without its folder; none if it is no such archive.
pub(super) fn tar_names(path: &Path, is_compressed: bool) -> Option<Vec<String>> {
    let file = std::io::BufReader::new(File::open(path).ok()?);
    let bytes: Box<dyn std::io::Read> =
        if is_compressed { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    let mut archive = tar::Archive::new(bytes);
    let name = |entry: io::Result<tar::Entry<'_, _>>| below_folder(entry.ok()?.path().ok()?.to_str()?);
    archive.entries().ok()?.map(name).collect()
}

fn below_folder(name: &str) -> Option<String> {
    name.split_once('/').map(|(_, name)| name.to_owned())
}

/// Writes a `.tar`.
pub(super) fn tar(path: &Path, folder: &str, contents: &Contents, stop: &AtomicBool) -> Result<(), BundleError> {
    let failed = |error: io::Error| BundleError::disk(path, error);
    let file = BufWriter::new(File::create_new(path).map_err(failed)?);
    synced(append(file, path, folder, contents, stop)?).map_err(failed)
}

/// Writes a `.tar.gz`.
pub(super) fn tar_gz(path: &Path, folder: &str, contents: &Contents, stop: &AtomicBool) -> Result<(), BundleError> {
    let failed = |error: io::Error| BundleError::disk(path, error);
    let file = BufWriter::new(File::create_new(path).map_err(failed)?);
    // the header has no time and no name
    let gzip = GzBuilder::new().write(file, Compression::default());
    let gzip = append(gzip, path, folder, contents, stop)?;
    gzip.finish().and_then(synced).map_err(failed)
}

/// The whole tar stream.
fn append<W: Write>(
    writer: W,
    path: &Path,
    folder: &str,
    contents: &Contents,
    stop: &AtomicBool,
) -> Result<W, BundleError> {
    let failed = |error: io::Error| BundleError::disk(path, error);
    let mut archive = tar::Builder::new(writer);
    for (name, content) in &contents.files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.size());
        header.set_mode(MODE);
        header.set_mtime(TIME);
        header.set_uid(0);
        header.set_gid(0);
        let mut reading = Reading::open(content, stop)?;
        archive.append_data(&mut header, format!("{folder}/{name}"), &mut reading).map_err(failed)?;
        reading.done(content)?;
    }
    archive.into_inner().map_err(failed)
}

fn synced(file: BufWriter<File>) -> io::Result<()> {
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}
