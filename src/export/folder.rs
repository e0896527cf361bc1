//! The folder of an export: what may be replaced, and how it is written so that no half of it is ever seen.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};

use crate::files::{self, FloatFormat, TemporaryFolder};
use crate::model::TRAINING_KEY;
use crate::trained::TrainedJob;

use super::checkpoint::{WEIGHTS, write, write_checkpoint};
use super::error::ExportError;

/// The model card.
const CARD: &str = "README.md";

/// Every file of an export, in the order in which they are listed.
const FILES: [&str; 5] = [CARD, "config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json"];

/// A folder that an export may be written to: it is not there yet, is empty, or holds an earlier export.
#[derive(Debug)]
pub struct Target {
    /// As it was asked for.
    pub written: PathBuf,
    /// Where it lies.
    folder: PathBuf,
    replace: bool,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name in the folder.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: u64,
}

impl Target {
    /// The folder `out`; with `replace`, an earlier export in it may be replaced. Nothing is written.
    ///
    /// # Errors
    /// A file, a folder of something else, one in a results folder, an earlier export that must stay.
    pub fn new(out: &Path, replace: bool) -> Result<Self, ExportError> {
        let folder = real(out).map_err(ExportError::disk(out))?;
        let target = Self { written: out.to_owned(), folder, replace };
        target.check()?;
        Ok(target)
    }

    fn check(&self) -> Result<(), ExportError> {
        let out = &self.written;
        if let Some(results) = self.folder.ancestors().find(|above| is_results_folder(above)) {
            return Err(ExportError::InResults { out: out.clone(), results: results.to_owned() });
        }
        let kind = match fs::metadata(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(ExportError::disk(out))?,
        };
        if !kind.is_dir() {
            return Err(ExportError::NoFolder { out: out.clone() });
        }
        let names = names_in(&self.folder).map_err(ExportError::disk(out))?;
        if names.is_empty() {
            return Ok(());
        }
        if let Some(stranger) = names.iter().find(|name| !FILES.contains(&name.as_str())) {
            return Err(ExportError::Stranger { out: out.clone(), file: stranger.clone() });
        }
        match (is_export(&self.folder), self.replace) {
            (false, _) => Err(ExportError::Stranger { out: out.clone(), file: names[0].clone() }),
            (true, false) => Err(ExportError::Exists { out: out.clone() }),
            (true, true) => Ok(()),
        }
    }

    /// Writes the job with its model card: into a temporary folder beside this one, which then takes its place.
    ///
    /// # Errors
    /// As [`write_checkpoint`]; a folder that changed meanwhile; a set `stop`. Then everything is as it was.
    pub fn write(
        &self,
        job: &TrainedJob,
        card: &str,
        format: FloatFormat,
        stop: &AtomicBool,
    ) -> Result<Vec<ExportedFile>, ExportError> {
        let above = self.folder.parent().unwrap_or(Path::new("/"));
        files::create_folder(above).map_err(ExportError::disk(above))?;
        let temporary = TemporaryFolder::beside(&self.folder).map_err(ExportError::disk(&self.written))?;
        write_checkpoint(job, temporary.path(), format).map_err(|error| self.named(error, temporary.path()))?;
        write(&temporary.path().join(CARD), card.as_bytes()).map_err(|error| self.named(error, temporary.path()))?;
        if stop.load(Ordering::SeqCst) {
            return Err(ExportError::Interrupted);
        }
        self.check()?;
        self.put(&temporary).map_err(ExportError::disk(&self.written))?;
        FILES.iter().map(|name| self.exported(name)).collect()
    }

    fn exported(&self, name: &'static str) -> Result<ExportedFile, ExportError> {
        let path = self.folder.join(name);
        let size = fs::metadata(&path).map_err(ExportError::disk(&path))?.len();
        Ok(ExportedFile { name, size })
    }

    /// An error with the path that a file would have had.
    fn named(&self, error: ExportError, temporary: &Path) -> ExportError {
        match error {
            ExportError::Disk { path, source } => {
                let path = path.strip_prefix(temporary).map_or(path.clone(), |name| self.written.join(name));
                ExportError::Disk { path, source }
            }
            other => other,
        }
    }

    /// Puts the temporary folder in its place.
    fn put(&self, temporary: &TemporaryFolder) -> std::io::Result<()> {
        files::sync_folder(temporary.path())?;
        let old = if self.folder.exists() { Some(files::set_aside(&self.folder)?) } else { None };
        if let Err(error) = fs::rename(temporary.path(), &self.folder) {
            if let Some(old) = old {
                fs::rename(old, &self.folder)?;
            }
            return Err(error);
        }
        files::sync_folder(self.folder.parent().unwrap_or(Path::new("/")))?;
        let Some(old) = old else { return Ok(()) };
        FILES.iter().try_for_each(|name| files::remove(&old.join(name)))?;
        fs::remove_dir(old)
    }
}

/// A path with everything of it that exists resolved.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    let whole = std::path::absolute(path)?;
    let (mut there, mut rest) = (whole.as_path(), Vec::new());
    loop {
        match (fs::canonicalize(there), there.parent(), there.file_name()) {
            (Ok(found), ..) => return Ok(rest.iter().rev().fold(found, |path: PathBuf, name| path.join(name))),
            (Err(error), Some(above), Some(name)) if error.kind() == std::io::ErrorKind::NotFound => {
                rest.push(name.to_owned());
                there = above;
            }
            (Err(error), ..) => return Err(error),
        }
    }
}

fn is_results_folder(path: &Path) -> bool {
    path.join("results.csv").is_file() || path.join(".run").is_dir()
}

fn names_in(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Whether the configuration in a folder has our key.
fn is_export(folder: &Path) -> bool {
    let read = || serde_json::from_slice::<Map<String, Value>>(&fs::read(folder.join("config.json")).ok()?).ok();
    read().is_some_and(|keys| keys.contains_key(TRAINING_KEY))
}
