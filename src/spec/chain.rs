//! The text of an experiment file and of those that it extends, each read into a draft. Problems are collected.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::Fault;
use super::names::nearest;
use super::problem::{Located, Place, Problem, SourceText};
use super::walk::Walker;
use super::walk_file::Draft;
use super::{look, tree};

/// The file that is loaded and those that it extends, in order.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) drafts: Vec<Draft>,
    pub(super) problems: Vec<Problem>,
    /// The first line of the first file.
    pub(super) start: Option<Place>,
    /// The files so far: as shown, and canonical.
    files: Vec<(String, PathBuf)>,
}

impl Chain {
    /// Reads a file, and what it extends.
    pub(super) fn follow(&mut self, path: &Path) {
        let mut path = path.to_owned();
        let mut asked_at: Option<Located<String>> = None;
        loop {
            let Some(text) = self.read(&path, asked_at.as_ref()) else { return };
            asked_at = self.add(&path, text, asked_at.as_ref());
            match &asked_at {
                Some(extends) => path = path.parent().unwrap_or(Path::new("")).join(&extends.value),
                None => return,
            }
        }
    }

    /// Adds a file by its text; returns what it extends. `asked_at`: the `extends` that names it.
    pub(super) fn add(
        &mut self,
        path: &Path,
        text: String,
        asked_at: Option<&Located<String>>,
    ) -> Option<Located<String>> {
        let shown = path.display().to_string();
        let source = Arc::new(SourceText { name: shown.clone(), text });
        let end = source.text.find('\n').unwrap_or(source.text.len());
        self.start.get_or_insert_with(|| Place { source: source.clone(), span: 0..end });
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let root = match tree::parse(&source) {
            Ok(root) => root,
            Err(problems) => {
                let (returns, text) = look::returns_alone(&source.text);
                match look::of_text(path, &text) {
                    Some(what) => self.refuse(Fault::NotAnExperiment { path: shown, what }, asked_at),
                    None if returns => self.refuse(Fault::ReturnsAlone { path: shown }, asked_at),
                    None => self.problems.extend(problems),
                }
                self.drafts.push(Draft::default());
                return None;
            }
        };
        let mut walker = Walker { folder, problems: Vec::new() };
        let draft = walker.draft(&root);
        self.problems.append(&mut walker.problems);
        let extends = draft.top.get("extends").cloned();
        self.drafts.push(draft);
        extends
    }

    /// The file's text; none if it was read before or cannot be read, which is reported at the `extends` that names it.
    fn read(&mut self, path: &Path, asked_at: Option<&Located<String>>) -> Option<String> {
        let shown = path.display().to_string();
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let (Some(extends), Some(first)) = (asked_at, self.files.iter().position(|(_, known)| *known == real)) {
            let mut names: Vec<&str> = self.files[first..].iter().map(|(shown, _)| shown.as_str()).collect();
            names.push(names[0]);
            let problem =
                Problem::at(Fault::Cycle { chain: names.join(" → ") }, &extends.place, "back to the first file");
            self.problems.push(problem.help("remove this `extends`, or move what both share into a third file"));
            return None;
        }
        let is_large = std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > LARGEST);
        let fault = match std::fs::read(path) {
            Ok(_) if is_large => Fault::NotAnExperiment { path: shown, what: "a file of more than 16 MiB" },
            Ok(bytes) => match (look::of_bytes(&bytes), String::from_utf8(bytes)) {
                (None, Ok(text)) if text.trim_start_matches('\u{feff}').trim().is_empty() => {
                    Fault::EmptyFile { path: shown }
                }
                (None, Ok(text)) => {
                    self.files.push((shown, real));
                    return Some(text);
                }
                (what, _) => Fault::NotAnExperiment { path: shown, what: what.unwrap_or("binary data") },
            },
            Err(error) => unread(path, &error),
        };
        self.refuse(fault, asked_at);
        None
    }

    /// Reports a file that is not read, with the help; `asked_at`: the `extends` that names it.
    fn refuse(&mut self, fault: Fault, asked_at: Option<&Located<String>>) {
        let help = match &fault {
            Fault::Unreadable { path, reason } if reason == NOT_THERE => file_help(path.as_ref(), asked_at.is_some()),
            Fault::Unreadable { path, reason } if reason == NOT_ALLOWED => {
                Some(format!("make it readable: `chmod u+r {path}`"))
            }
            Fault::Unreadable { .. } => None,
            Fault::ReturnsAlone { path } => {
                Some(format!("save it with line feeds: `tr '\\r' '\\n' < {path} > NEW.toml`"))
            }
            Fault::Folder { path } => Some(match Path::new(path).join("experiment.toml").is_file() {
                true => format!("use the file in it: {}", Path::new(path).join("experiment.toml").display()),
                false => "use an experiment file".to_owned(),
            }),
            _ => Some("use a TOML file in UTF-8; `runner init NAME` writes one to start from".to_owned()),
        };
        let problem = match asked_at {
            Some(extends) => Problem::at(fault, &extends.place, "extended here"),
            None => Problem::placeless(fault),
        };
        self.problems.push(Problem { help, ..problem });
    }
}

/// An experiment file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExperimentFile {
    /// Where it is.
    pub path: PathBuf,
    /// The file that it extends, as it says.
    pub extends: Option<String>,
}

/// An experiment file and those that it extends, in order. Problems are those of [`super::load`], which finds them all.
pub fn experiment_files(path: &Path) -> Vec<ExperimentFile> {
    let mut chain = Chain::default();
    chain.follow(path);
    let mut path = path.to_owned();
    let mut file = |draft: &Draft| {
        let extends = draft.top.get("extends").map(|extends| extends.value.clone());
        let next = extends.as_ref().map(|extends| path.parent().unwrap_or(Path::new("")).join(extends));
        let here = std::mem::replace(&mut path, next.unwrap_or_default());
        ExperimentFile { path: here, extends }
    };
    chain.drafts.iter().map(&mut file).collect()
}

const NOT_THERE: &str = "no such file";
const NOT_ALLOWED: &str = "permission denied";

/// Why a file cannot be read.
pub(super) fn unread(path: &Path, error: &std::io::Error) -> Fault {
    let shown = path.display().to_string();
    let reason = match error.kind() {
        std::io::ErrorKind::IsADirectory => return Fault::Folder { path: shown },
        std::io::ErrorKind::NotFound => NOT_THERE.to_owned(),
        std::io::ErrorKind::PermissionDenied => NOT_ALLOWED.to_owned(),
        _ => error.to_string(),
    };
    Fault::Unreadable { path: shown, reason }
}

/// The help for a missing file: the file that was meant, if another in its folder has nearly the same name.
fn file_help(path: &Path, extended: bool) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    match nearest(&wanted, names.iter().map(String::as_str)) {
        Some(near) if near != wanted => Some(format!("did you mean `{near}`?")),
        _ if extended => Some("a path in `extends` is relative to the file that contains it".to_owned()),
        _ => Some("`runner init NAME` writes a file to start from".to_owned()),
    }
}

/// No experiment is as large, in bytes: the largest that people write have some kilobytes.
const LARGEST: u64 = 16 << 20;
