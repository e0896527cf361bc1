//! The download of one file into the cache: resumed after a broken connection, checked, and only then renamed to its blob.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ureq::http::StatusCode;
use ureq::http::header::CONTENT_RANGE;

use super::address::Address;
use super::cache::CachedRepository;
use super::exchange::Answer;
use super::hash::hash_file_until;
use super::stop::Stop;
use super::web::{FileMetadata, Web, last_cause};
use super::{FetchEvent, FetchProblem, RelativeName};
use crate::hash::Sha256;

/// How often one call resumes after a broken connection.
const RESUMPTIONS: u32 = 4;

/// The download of one file.
pub(super) struct Transfer<'a> {
    pub(super) web: &'a Web,
    pub(super) cached: &'a CachedRepository,
    pub(super) url: Address,
    pub(super) name: &'a RelativeName,
    /// The commit that the revision must still have.
    pub(super) commit: &'a str,
    pub(super) stop: Stop<'a>,
}

impl Transfer<'_> {
    /// Downloads the file unless its content is in the cache, and links it.
    pub(super) fn run(&self, report: &mut dyn FnMut(FetchEvent<'_>)) -> Result<PathBuf, FetchProblem> {
        let head = self.web.head(&self.url, self.stop)?;
        if head.commit != self.commit {
            let reason = format!("the revision moved to {} during the download", head.commit);
            return Err(self.cut(reason));
        }
        let blob = self.cached.blob(&head.tag);
        if !blob.is_file() {
            self.fetch(&head, &blob, report)?;
        }
        self.cached.link(self.commit, self.name, &head.tag)
    }

    fn fetch(
        &self,
        head: &FileMetadata,
        blob: &Path,
        report: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<(), FetchProblem> {
        let mut is_waiting = false;
        let lock = self.stop.until(|| {
            let lock = self.cached.try_lock(&head.tag).transpose();
            if lock.is_none() && !is_waiting {
                is_waiting = true;
                report(FetchEvent::Waiting { file: self.name });
            }
            lock
        });
        let lock = lock.map_err(|_| FetchProblem::Interrupted)??;
        if blob.is_file() {
            return Ok(());
        }
        let path = self.cached.part(&head.tag, &lock);
        let failed = |source| FetchProblem::disk(&path, source);
        let mut part = open(&path).map_err(failed)?;
        let mut length = part.seek(SeekFrom::End(0)).map_err(failed)?;
        if length > 0 {
            report(FetchEvent::Resumed { file: self.name, bytes: length });
        }
        let mut broken = 0;
        loop {
            let resumed = length > 0;
            length = self.receive(&mut part, &path, length, head, &mut broken, report)?;
            part.sync_all().map_err(failed)?;
            match self.difference(&path, length, head)? {
                None => break,
                // the partial file may be of other content: once more from the beginning
                Some(_) if resumed => {}
                Some(reason) => {
                    drop(part);
                    fs::remove_file(&path).map_err(failed)?;
                    return Err(self.cut(reason));
                }
            }
            length = 0;
        }
        fs::rename(&path, blob).map_err(failed)
    }

    /// Downloads from byte `length` on into `part`; returns its new length.
    fn receive(
        &self,
        part: &mut File,
        path: &Path,
        mut length: u64,
        head: &FileMetadata,
        broken: &mut u32,
        report: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<u64, FetchProblem> {
        let failed = |source| FetchProblem::disk(path, source);
        while length == 0 || head.size.is_none_or(|size| length < size) {
            let mut answer = self.web.get(&self.url, length, self.stop)?;
            if !begins_at(&answer, length) {
                length = 0;
            }
            part.set_len(length).and_then(|()| part.seek(SeekFrom::Start(length))).map_err(failed)?;
            let is_other_part = answer.status == StatusCode::PARTIAL_CONTENT && length == 0;
            if answer.status == StatusCode::RANGE_NOT_SATISFIABLE || is_other_part {
                // the partial file is longer than the file, so of other content; or this is a part that nobody asked for
                answer = self.web.get(&self.url, 0, self.stop)?;
            }
            let reason = loop {
                match self.web.chunk(&answer, self.stop)?.transpose() {
                    Ok(Some(chunk)) => {
                        part.write_all(&chunk).map_err(failed)?;
                        length += chunk.len() as u64;
                        report(FetchEvent::Received { file: self.name, bytes: length });
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(last_cause(&error)),
                }
            };
            match reason {
                None => return Ok(length),
                Some(reason) if *broken == RESUMPTIONS => {
                    return Err(FetchProblem::Broken { file: self.name.to_string(), bytes: length, reason });
                }
                Some(_) => *broken += 1,
            }
        }
        Ok(length)
    }

    /// How the downloaded content differs from the metadata, if it does.
    fn difference(&self, path: &Path, size: u64, head: &FileMetadata) -> Result<Option<String>, FetchProblem> {
        if let Some(whole) = head.size.filter(|whole| *whole != size) {
            return Ok(Some(format!("{size} bytes of {whole}")));
        }
        let Some(named) = Sha256::parse(&head.tag) else { return Ok(None) };
        let hashed = hash_file_until(path, self.stop).map_err(|source| FetchProblem::disk(path, source))?;
        let (found, _) = hashed.ok_or(FetchProblem::Interrupted)?;
        Ok((found != named).then(|| format!("its SHA-256 is {found}, not that of its name")))
    }

    fn cut(&self, reason: String) -> FetchProblem {
        FetchProblem::Cut { file: self.name.to_string(), reason }
    }
}

/// Opens the partial file, or creates it. A link in its place is removed, not followed.
fn open(path: &Path) -> io::Result<File> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    if fs::symlink_metadata(path).is_ok_and(|data| !data.is_file()) {
        fs::remove_file(path)?;
    }
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

/// Whether an answer begins at byte `start`.
fn begins_at(answer: &Answer, start: u64) -> bool {
    let range = answer.header(CONTENT_RANGE.as_str());
    let begins = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    answer.status == StatusCode::PARTIAL_CONTENT && begins == Some(start)
}
