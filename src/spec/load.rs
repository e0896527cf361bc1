//! From a file to an experiment: reading, `extends`, overrides, merging. All problems of all files are reported at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::experiment::{Experiment, conflicts, rival};
use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::names::nearest;
use super::overrides::{Override, Overrides, suffix};
use super::problem::{Located, Place, Problem, Problems, SourceText};
use super::walk::Walker;
use super::walk_file::Draft;
use super::{Settings, evaluate, look, tree};

/// Reads an experiment file with what it extends, applies the overrides, and checks all of it.
///
/// # Errors
/// Every problem, each with its place.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Experiment, Problems> {
    let mut chain = Chain::default();
    chain.follow(path);
    let Chain { mut drafts, mut problems, start, .. } = chain;
    let Some(start) = start else { return Problems::none_or(problems, ()).map(|()| unreachable!("nothing was read")) };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let title = drafts[0].top.remove("title").map(|title| title.value);
    let own_name = drafts[0].top.remove("name");
    let mut merged = merge(drafts);
    let given = overrides.read(&mut problems);
    let suffix = suffix(&given);
    apply(&mut merged, given, &mut problems);
    let matrix = merged.matrix.unwrap_or_default();
    let base = settings_of(&merged.base);
    let sets = merged.evaluate.unwrap_or_default();
    problems.extend(evaluate::problems(&sets, &base, &matrix));
    // keys may seem to be missing from a file that was read only in part
    let unseen = Fault::hides_the_file;
    if !problems.iter().any(|problem| unseen(&problem.fault)) {
        let mut found = conflicts(&merged.base, &matrix, &merged.headers, &start);
        found.extend(merged.select.iter().flat_map(|select| select.problems(&merged.base, &matrix)));
        let misspelled = |problem: &Problem| problems.iter().any(|other| other.explains(problem));
        let found: Vec<Problem> = found.into_iter().filter(|problem| !misspelled(problem)).collect();
        problems.extend(found);
    }
    let name = match (&overrides.name, own_name) {
        (Some(name), _) => named(name, &Place { source: Overrides::text("--name", name), span: 0..name.len() }),
        (None, Some(name)) => suffixed(&name.value, &suffix, &name.place),
        (None, None) => suffixed(&stem, &suffix, &start),
    };
    let name = name.unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    let (base, select) = (settings_of(&merged.base), merged.select.map(|select| select.select()));
    let evaluate = sets.into_iter().map(|set| set.value).collect();
    Problems::none_or(problems, Experiment { name, title, base, matrix, select, evaluate, file: path.to_owned() })
}

/// The settings with these keys, the rest at their defaults.
fn settings_of(cells: &BTreeMap<KeyPath, Cell>) -> Settings {
    let mut settings = Settings::default();
    cells.values().for_each(|cell| settings.set(&cell.setting));
    settings
}

/// The file that is loaded and those that it extends, in order.
#[derive(Default)]
struct Chain {
    drafts: Vec<Draft>,
    problems: Vec<Problem>,
    /// The first line of the first file.
    start: Option<Place>,
    /// The files so far: as shown, and canonical.
    files: Vec<(String, PathBuf)>,
}

impl Chain {
    fn follow(&mut self, path: &Path) {
        let mut path = path.to_owned();
        let mut asked_at: Option<Located<String>> = None;
        loop {
            let shown = path.display().to_string();
            let Some(text) = self.read(&path, asked_at.as_ref()) else { return };
            let source = Arc::new(SourceText { name: shown.clone(), text });
            let end = source.text.find('\n').unwrap_or(source.text.len());
            self.start.get_or_insert_with(|| Place { source: source.clone(), span: 0..end });
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let root = match tree::parse(&source) {
                Ok(root) => root,
                Err(problems) => {
                    let (returns, text) = look::returns_alone(&source.text);
                    match look::of_text(&path, &text) {
                        Some(what) => self.refuse(Fault::NotAnExperiment { path: shown, what }, asked_at.as_ref()),
                        None if returns => self.refuse(Fault::ReturnsAlone { path: shown }, asked_at.as_ref()),
                        None => self.problems.extend(problems),
                    }
                    self.drafts.push(Draft::default());
                    return;
                }
            };
            let mut walker = Walker { folder: folder.clone(), problems: Vec::new() };
            let draft = walker.draft(&root);
            self.problems.append(&mut walker.problems);
            asked_at = draft.top.get("extends").cloned();
            self.drafts.push(draft);
            match &asked_at {
                Some(extends) => path = folder.join(&extends.value),
                None => return,
            }
        }
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

const NOT_THERE: &str = "no such file";
const NOT_ALLOWED: &str = "permission denied";

/// Why a file cannot be read.
fn unread(path: &Path, error: &std::io::Error) -> Fault {
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

/// The first file's keys win; its `[matrix]`, `[select]` and `[[evaluate]]` each replace those of the others as a whole.
fn merge(drafts: Vec<Draft>) -> Draft {
    let mut merged = Draft::default();
    for draft in drafts.into_iter().rev() {
        for (key, cell) in &draft.base {
            // a warmup_ratio replaces a warmup_steps of a file that is extended; in one file, both are a problem
            if let Some(rival) = rival(*key).filter(|rival| !draft.base.contains_key(rival)) {
                merged.base.remove(&rival);
            }
            merged.base.insert(*key, cell.clone());
        }
        merged.headers.extend(draft.headers);
        merged.matrix = draft.matrix.or(merged.matrix);
        merged.select = draft.select.or(merged.select);
        merged.evaluate = draft.evaluate.or(merged.evaluate);
    }
    merged
}

/// Applies overrides in their order.
fn apply(merged: &mut Draft, overrides: Vec<Override>, problems: &mut Vec<Problem>) {
    for given in overrides {
        match given {
            Override::Key(cell) => {
                let axis = merged.matrix.iter().flat_map(|matrix| matrix.lists()).find(|list| list.key == cell.key());
                if let Some(list) = axis {
                    let (key, value) = (cell.key().as_str(), cell.value().to_toml());
                    let problem = Problem::at(Fault::SetAxis { key }, &cell.key_place, "this key is an axis");
                    let help = format!("to run only this value, use `--set 'matrix.{key}=[{value}]'`");
                    problems.push(problem.also(&list.key_place, "the axis is here").help(help));
                    continue;
                }
                if let Some(rival) = rival(cell.key()) {
                    merged.base.remove(&rival);
                }
                merged.base.insert(cell.key(), cell);
            }
            Override::Axis(axis) => {
                let matrix = merged.matrix.get_or_insert_default();
                let list = &axis.lists[0];
                let known = matrix.axes.iter_mut().flat_map(|axis| &mut axis.lists).find(|known| known.key == list.key);
                match known {
                    Some(known) => *known = list.clone(),
                    None => matrix.axes.push(axis),
                }
            }
        }
    }
    for problem in merged.matrix.iter().flat_map(Matrix::problems) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

/// The name with the text that `--set` adds, if a folder can have that name.
fn suffixed(name: &str, suffix: &str, place: &Place) -> Result<String, Problem> {
    let whole = named(name, place)? + suffix;
    if whole.len() <= LONGEST_NAME {
        return Ok(whole);
    }
    let reason = "with the text that --set adds, it is longer than 255 bytes, the limit of a folder's name";
    let fault = Fault::BadName { name: whole, reason };
    Err(Problem::at(fault, place, "").help("set a shorter name with `--name`; --set adds nothing to that"))
}

/// The longest name of a folder, in bytes.
const LONGEST_NAME: usize = 255;

/// No experiment is as large, in bytes: the largest that people write have some kilobytes.
const LARGEST: u64 = 16 << 20;

/// The name, if a folder can have it, also before `:` in `results/NAME:LABEL`.
fn named(name: &str, place: &Place) -> Result<String, Problem> {
    let reason = if name.trim().is_empty() {
        "it is empty"
    } else if name.starts_with('.') || name.starts_with('-') {
        "it starts with a dot or a dash"
    } else if name.trim() != name {
        "it starts or ends with a space"
    } else if name.len() > LONGEST_NAME {
        "it is longer than 255 bytes, the limit of a folder's name"
    } else if name.chars().any(|c| c.is_control() || "/\\:*?\"<>|".contains(c)) {
        "it names a folder, and contains one of / \\ : * ? \" < > |"
    } else {
        return Ok(name.to_owned());
    };
    let fault = Fault::BadName { name: name.to_owned(), reason };
    Err(Problem::at(fault, place, "").help("use letters, digits, - and _; or set another name with `--name`"))
}
