//! One file's way from the hub into the cache: continued where it was cut, checked, and only then given its name. Must
//! not know what files are for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode, Url};

use super::cache::Shelf;
use super::hash::hash_file_until;
use super::stop::Stop;
use super::web::{Head, Web, last_cause};
use super::{Event, Problem, RelativeName};
use crate::hash::Sha256;

/// Requests for what is missing after the connection broke, within one call.
const RESUMPTIONS: u32 = 4;

/// A file that is fetched.
pub(super) struct Transfer<'a> {
    pub(super) web: &'a Web,
    pub(super) shelf: &'a Shelf,
    pub(super) url: Url,
    pub(super) name: &'a RelativeName,
    /// What the revision must stand for.
    pub(super) commit: &'a str,
    pub(super) stop: Stop<'a>,
}

impl Transfer<'_> {
    /// Fetches the file unless its content is in the cache.
    pub(super) async fn run(&self, report: &mut dyn FnMut(Event<'_>)) -> Result<PathBuf, Problem> {
        let head = self.web.head(&self.url, self.stop).await?;
        if head.commit != self.commit {
            let reason = format!("the revision moved on to {} while it was fetched", head.commit);
            return Err(self.cut(reason));
        }
        let blob = self.shelf.blob(&head.tag);
        if !blob.is_file() {
            self.fetch(&head, &blob, report).await?;
        }
        self.shelf.link(self.commit, self.name, &head.tag)
    }

    async fn fetch(&self, head: &Head, blob: &Path, report: &mut dyn FnMut(Event<'_>)) -> Result<(), Problem> {
        let mut waits = false;
        let lock = self.stop.until(|| {
            let lock = self.shelf.try_lock(&head.tag).transpose();
            if lock.is_none() && !waits {
                waits = true;
                report(Event::Waiting { file: self.name });
            }
            lock
        });
        let lock = lock.map_err(|_| Problem::Interrupted)??;
        if blob.is_file() {
            return Ok(());
        }
        let path = self.shelf.part(&head.tag, &lock);
        let failed = |source| Problem::disk(&path, source);
        let mut part = open(&path).map_err(failed)?;
        let mut kept = part.seek(SeekFrom::End(0)).map_err(failed)?;
        if kept > 0 {
            report(Event::Resumed { file: self.name, bytes: kept });
        }
        let mut broken = 0;
        loop {
            let resumed = kept > 0;
            kept = self.receive(&mut part, &path, kept, head, &mut broken, report).await?;
            part.sync_all().map_err(failed)?;
            match self.wrong(&path, kept, head)? {
                None => break,
                // what was kept from before may be of something else: once more from the beginning
                Some(_) if resumed => {}
                Some(reason) => {
                    drop(part);
                    fs::remove_file(&path).map_err(failed)?;
                    return Err(self.cut(reason));
                }
            }
            kept = 0;
        }
        fs::rename(&path, blob).map_err(failed)
    }

    /// Everything from byte `kept` on, into `part`; returns how long that is now.
    async fn receive(
        &self,
        part: &mut File,
        path: &Path,
        mut kept: u64,
        head: &Head,
        broken: &mut u32,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<u64, Problem> {
        let failed = |source| Problem::disk(path, source);
        while kept == 0 || head.size.is_none_or(|size| kept < size) {
            let mut response = self.web.get(&self.url, kept, self.stop).await?;
            if !goes_on(&response, kept) {
                kept = 0;
            }
            part.set_len(kept).and_then(|()| part.seek(SeekFrom::Start(kept))).map_err(failed)?;
            if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
                // nothing beyond what is kept: another file than the one that was begun
                response = self.web.get(&self.url, 0, self.stop).await?;
            }
            let reason = loop {
                match self.web.piece(&mut response, self.stop).await? {
                    Ok(Some(piece)) => {
                        part.write_all(piece.as_ref()).map_err(failed)?;
                        kept += piece.as_ref().len() as u64;
                        report(Event::Received { file: self.name, bytes: kept });
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(last_cause(&error)),
                }
            };
            match reason {
                None => return Ok(kept),
                Some(reason) if *broken == RESUMPTIONS => {
                    return Err(Problem::Broken { file: self.name.to_string(), bytes: kept, reason });
                }
                Some(_) => *broken += 1,
            }
        }
        Ok(kept)
    }

    /// Why what arrived is not the file, if it is not.
    fn wrong(&self, path: &Path, size: u64, head: &Head) -> Result<Option<String>, Problem> {
        if let Some(whole) = head.size.filter(|whole| *whole != size) {
            return Ok(Some(format!("{size} bytes of {whole}")));
        }
        let Some(named) = Sha256::parse(&head.tag) else { return Ok(None) };
        let hashed = hash_file_until(path, self.stop).map_err(|source| Problem::disk(path, source))?;
        let (found, _) = hashed.ok_or(Problem::Interrupted)?;
        Ok((found != named).then(|| format!("SHA-256 {found}, not that of its name")))
    }

    fn cut(&self, reason: String) -> Problem {
        Problem::Cut { file: self.name.to_string(), reason }
    }
}

/// The part that is there, or a new one; what a link would lead to is not written.
fn open(path: &Path) -> io::Result<File> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    if fs::symlink_metadata(path).is_ok_and(|data| !data.is_file()) {
        fs::remove_file(path)?;
    }
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

/// Whether a response begins at byte `start`.
fn goes_on(response: &Response, start: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    let begins = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    response.status() == StatusCode::PARTIAL_CONTENT && begins == Some(start)
}
