//! Files that need no hub: in a folder, or built in.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::hash::hash_file_until;
use super::lfs::is_lfs_pointer;
use super::need::{Need, RoleFiles, without_idle_settings};
use super::page::is_page;
use super::stop::Stop;
use super::{Builtin, FetchProblem, InputFile, RelativeName};
use crate::hash::Sha256;

/// How deep folders are searched: LANG/SPLIT/FILE.
const DEPTH: usize = 3;

/// Bytes of a file that show whether it is a Git LFS pointer or a web page.
const HEAD: u64 = 2048;

/// The files of `need` in the folder `root`, hashed.
pub(super) fn folder(need: &Need, root: &Path, stop: Stop<'_>) -> Result<RoleFiles, FetchProblem> {
    if root.is_file() {
        return Err(need.is_a_file());
    }
    let files = roles(need, root)?.into_iter().map(|(role, name)| {
        check_content(root, &name)?;
        Ok((role, input_file(root, &name, stop)?))
    });
    files.collect::<Result<RoleFiles, FetchProblem>>().map(|files| without_idle_settings(need, files))
}

/// Why the folder `root` cannot serve `need`, judged by names and the beginnings of files; nothing is hashed.
pub(super) fn problem(need: &Need, root: &Path) -> Option<FetchProblem> {
    if root.is_file() {
        return Some(need.is_a_file());
    }
    match roles(need, root) {
        Ok(roles) => roles.into_iter().find_map(|(_, name)| check_content(root, &name).err()),
        Err(problem) => Some(problem),
    }
}

/// The role of each file in the folder `root`.
pub(super) fn roles(need: &Need, root: &Path) -> Result<Vec<(String, RelativeName)>, FetchProblem> {
    let names = listing(root).map_err(|source| FetchProblem::disk(root, source))?;
    let readme = readme_of(need, root);
    need.indexed_roles(&names, readme.as_deref(), |index| Ok(fs::read(root.join(index.as_str())).ok()))
}

/// The README in a folder that may say which files are read.
pub(super) fn readme_of(need: &Need, root: &Path) -> Option<String> {
    need.reads_configs().then(|| fs::read_to_string(root.join("README.md")).ok()).flatten()
}

/// Rejects a Git LFS pointer or a web page in place of a file. Files in the cache are checked when they are fetched.
fn check_content(root: &Path, name: &RelativeName) -> Result<(), FetchProblem> {
    let (_, head) = path_and_head(root, name)?;
    // a README may be written in HTML
    if !name.ends_with(".md") && is_page(&head) {
        return Err(FetchProblem::WebPage { file: name.to_string() });
    }
    Ok(())
}

/// The path and the first bytes of a file that is not a Git LFS pointer.
fn path_and_head(root: &Path, name: &RelativeName) -> Result<(PathBuf, Vec<u8>), FetchProblem> {
    let path = root.join(name.as_str());
    let head = head_of(&path, HEAD).map_err(|source| FetchProblem::disk(&path, source))?;
    match is_lfs_pointer(&head) {
        true => {
            Err(FetchProblem::LfsPointer { file: name.to_string(), folder: path.parent().unwrap_or(root).to_owned() })
        }
        false => Ok((path, head)),
    }
}

/// The first `bytes` bytes of a file, or all of a shorter one.
fn head_of(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(bytes).read_to_end(&mut head)?;
    Ok(head)
}

/// The file called `name` under `root`, hashed.
pub(super) fn input_file(root: &Path, name: &RelativeName, stop: Stop<'_>) -> Result<InputFile, FetchProblem> {
    let (path, _) = path_and_head(root, name)?;
    let failed = |source| FetchProblem::disk(&path, source);
    let hashed = hash_file_until(&path, stop).map_err(failed)?;
    let (sha256, size) = hashed.ok_or(FetchProblem::Interrupted)?;
    Ok(InputFile { name: name.to_string(), path, sha256, size })
}

/// Names of all files under `root`, sorted. Links are followed: the cache consists of them. A name that cannot be pinned,
/// such as one with a line break, is left out.
pub(super) fn listing(root: &Path) -> io::Result<Vec<RelativeName>> {
    let mut names = Vec::new();
    collect(root, "", DEPTH, &mut names)?;
    names.sort();
    Ok(names.iter().filter_map(|name| RelativeName::parse(name)).collect())
}

fn collect(folder: &Path, prefix: &str, depth: usize, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // a broken link is a missing file
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        if metadata.is_file() {
            names.push(name);
        } else if depth > 1 {
            collect(&entry.path(), &format!("{name}/"), depth - 1, names)?;
        }
    }
    Ok(())
}

/// The files of `need` that are built in.
pub(super) fn builtin(need: &Need, name: &str, builtins: &[Builtin]) -> Result<RoleFiles, FetchProblem> {
    let files = (known_builtin(need, name, builtins)?.files)().into_iter().filter(|file| need.uses(&file.role));
    Ok(files
        .map(|file| {
            let path = PathBuf::from(format!("builtin:{name}")).join(&file.name);
            let (sha256, size) = (Sha256::of(&file.bytes), file.bytes.len() as u64);
            (file.role, InputFile { name: file.name, path, sha256, size })
        })
        .collect())
}

/// The built-in of a name, without its files, which are made anew each time.
pub(super) fn known_builtin<'b>(need: &Need, name: &str, builtins: &'b [Builtin]) -> Result<&'b Builtin, FetchProblem> {
    let of_kind = || builtins.iter().filter(|builtin| builtin.kind == need.origin.kind);
    of_kind().find(|builtin| builtin.name == name).ok_or_else(|| {
        let there: Vec<String> = of_kind().map(|builtin| format!("builtin:{}", builtin.name)).collect();
        FetchProblem::NoBuiltin { there: there.join(", ") }
    })
}
