//! What is in `.run/` of a results folder, by kind. It takes no lock and follows no link.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::current::trainings;
use super::error::DiskError;
use super::kind::Kind;
use crate::cluster::Submission;
use crate::files::is_leftover;
use crate::parents::has_original;
use crate::results::Layout;

/// A file or folder of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub path: PathBuf,
    /// Size of all files in it.
    pub bytes: u64,
}

/// What `.run/` holds.
#[derive(Debug)]
pub struct Survey {
    /// The results folder.
    pub folder: PathBuf,
    /// By kind; kinds of which there is nothing are left out.
    pub items: BTreeMap<Kind, Vec<Item>>,
    /// Why it is not known which models are used, if there are any.
    pub unknown: Option<String>,
}

impl Survey {
    /// Looks at a results folder.
    ///
    /// # Errors
    /// Not a results folder; what the system says.
    pub fn of(folder: &Path) -> Result<Self, DiskError> {
        let layout = Layout::new(folder);
        let run = layout.run_folder();
        if fs::symlink_metadata(&run).is_ok_and(|there| there.is_symlink()) {
            return Err(DiskError::Link(run));
        }
        if !layout.results().is_file() && !layout.journal().is_file() {
            return Err(DiskError::NotResults(folder.to_owned()));
        }
        let mut survey = Self { folder: folder.to_owned(), items: BTreeMap::new(), unknown: None };
        for entry in entries(&run)? {
            survey.top(&layout, &entry)?;
        }
        for items in survey.items.values_mut() {
            items.sort_by(|one, other| one.path.cmp(&other.path));
        }
        Ok(survey)
    }

    /// Size of a kind in bytes.
    pub fn bytes_of(&self, kind: Kind) -> u64 {
        self.items.get(&kind).into_iter().flatten().map(|item| item.bytes).sum()
    }

    /// Size of everything in bytes.
    pub fn bytes(&self) -> u64 {
        self.items.keys().map(|kind| self.bytes_of(*kind)).sum()
    }

    /// An entry of `.run/` itself.
    fn top(&mut self, layout: &Layout, entry: &DirEntry) -> Result<(), DiskError> {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind_of(entry)?.is_symlink() {
            return self.add(Kind::Foreign, entry);
        }
        match (name.as_str(), kind_of(entry)?.is_dir()) {
            ("models", true) => self.models(layout, &path),
            ("exports", true) => self.exports(layout, &path),
            ("checkpoints", true) => {
                self.all(&path, |name| if name.ends_with(".safetensors") { Kind::Checkpoints } else { Kind::Foreign })
            }
            ("predictions", true) => {
                self.all(&path, |name| if name.ends_with(".tags") { Kind::Predictions } else { Kind::Foreign })
            }
            ("jobs", true) => self.all(&path, |_| Kind::Logs),
            ("submit", true) => self.all(&path, |name| of_submission(layout, name)),
            ("workers", true) => self.add(Kind::Journal, entry),
            ("claims", true) => self.add(Kind::Bookkeeping, entry),
            ("journal.jsonl", false) => self.add(Kind::Journal, entry),
            ("timings.csv" | "lock" | ".gitignore" | "tables-ready", false) => self.add(Kind::Bookkeeping, entry),
            (name, _) => self.add(leftover(name).unwrap_or(Kind::Foreign), entry),
        }
    }

    /// Entries of a folder, of the kind that a name says unless they are leftovers or links.
    fn all(&mut self, folder: &Path, kind: impl Fn(&str) -> Kind) -> Result<(), DiskError> {
        for entry in entries(folder)? {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_link = kind_of(&entry)?.is_symlink();
            let kind = if is_link { Kind::Foreign } else { leftover(&name).unwrap_or_else(|| kind(&name)) };
            self.add(kind, &entry)?;
        }
        Ok(())
    }

    fn models(&mut self, layout: &Layout, folder: &Path) -> Result<(), DiskError> {
        let current = trainings(layout);
        self.all(folder, |name| {
            // KEY, or KEY-TAGS where jobs of one training have several tag sets
            let key = name.split('-').next().unwrap_or(name);
            match &current {
                _ if !is_key(key) => Kind::Foreign,
                Err(_) => Kind::UnknownModels,
                Ok(keys) if keys.contains(key) => Kind::Models,
                Ok(_) => Kind::UnusedModels,
            }
        })?;
        self.unknown = current.err().filter(|_| self.items.contains_key(&Kind::UnknownModels));
        Ok(())
    }

    /// Models that were written out. One whose saved model is gone is the only copy.
    fn exports(&mut self, layout: &Layout, folder: &Path) -> Result<(), DiskError> {
        self.all(folder, |name| match is_key(name.split('-').next().unwrap_or(name)) {
            true if has_original(&layout.exported(name), layout) => Kind::Exports,
            true => Kind::Models,
            false if name == "lock" => Kind::Bookkeeping,
            false => Kind::Foreign,
        })
    }

    fn add(&mut self, kind: Kind, entry: &DirEntry) -> Result<(), DiskError> {
        let path = entry.path();
        let bytes = size(&path)?;
        self.items.entry(kind).or_default().push(Item { path, bytes });
        Ok(())
    }
}

/// The kind of an entry in the folder of submissions.
fn of_submission(layout: &Layout, name: &str) -> Kind {
    match Submission::read(&layout.submission(name)) {
        Ok(submission) if submission.is_over(layout) => Kind::Submissions,
        Err(_) if name != "lock" => Kind::Foreign,
        _ => Kind::Bookkeeping,
    }
}

/// The kind of what a stopped program left, or set aside, under this name.
fn leftover(name: &str) -> Option<Kind> {
    match name {
        _ if name.starts_with("journal.") && name.ends_with(".aside") => Some(Kind::Journal),
        _ if is_leftover(name) || name.ends_with(".aside") => Some(Kind::Leftovers),
        _ => None,
    }
}

fn is_key(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn entries(folder: &Path) -> Result<Vec<DirEntry>, DiskError> {
    let failed = |source| DiskError::Disk { path: folder.to_owned(), source };
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.and_then(Iterator::collect).map_err(failed),
    }
}

fn kind_of(entry: &DirEntry) -> Result<fs::FileType, DiskError> {
    entry.file_type().map_err(|source| DiskError::Disk { path: entry.path(), source })
}

/// Size of a file, or of all files in a folder. A link has none.
fn size(path: &Path) -> Result<u64, DiskError> {
    let there = match fs::symlink_metadata(path) {
        // a run that goes on may have renamed it
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        there => there.map_err(|source| DiskError::Disk { path: path.to_owned(), source })?,
    };
    if there.is_dir() {
        return entries(path)?.iter().map(|entry| size(&entry.path())).sum();
    }
    Ok(if there.is_file() { there.len() } else { 0 })
}
