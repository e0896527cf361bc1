//! Files that need no hub: in a folder, or in the program. Must not know the cache.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::hash::hash_file_until;
use super::lfs::is_lfs_pointer_file;
use super::need::{Cast, Need, settled};
use super::page::is_page_file;
use super::stop::Stop;
use super::{Builtin, InputFile, Problem, RelativeName};
use crate::hash::Sha256;

/// Folders within folders are searched this deep: LANG/SPLIT/FILE.
const DEPTH: usize = 3;

/// The files of a need of a folder, hashed from the disk.
pub(super) fn folder(need: &Need, root: &Path, stop: Stop<'_>) -> Result<Cast, Problem> {
    if root.is_file() {
        return Err(need.is_a_file());
    }
    let files = roles(need, root)?.into_iter().map(|(role, name)| {
        look(root, &name)?;
        Ok((role, input_file(root, &name, stop)?))
    });
    files.collect::<Result<Cast, Problem>>().map(settled)
}

/// What keeps a folder from having the files of a need, as far as their beginnings tell.
pub(super) fn problem(need: &Need, root: &Path) -> Option<Problem> {
    if root.is_file() {
        return Some(need.is_a_file());
    }
    match roles(need, root) {
        Ok(roles) => roles.into_iter().find_map(|(_, name)| look(root, &name).err()),
        Err(problem) => Some(problem),
    }
}

/// Which files of a folder play which part in a need.
pub(super) fn roles(need: &Need, root: &Path) -> Result<Vec<(String, RelativeName)>, Problem> {
    let names = listing(root).map_err(|source| Problem::disk(root, source))?;
    need.indexed_roles(&names, |index| Ok(fs::read(root.join(index.as_str())).ok()))
}

/// Looks whether something else stands in place of a file of a folder. What the cache has was checked as it came.
fn look(root: &Path, name: &RelativeName) -> Result<(), Problem> {
    let path = no_pointer(root, name)?;
    let failed = |source| Problem::disk(&path, source);
    // a README may be written in HTML
    if !name.ends_with(".md") && is_page_file(&path).map_err(failed)? {
        return Err(Problem::WebPage { file: name.to_string() });
    }
    Ok(())
}

/// The path of a file that is no pointer of Git LFS.
fn no_pointer(root: &Path, name: &RelativeName) -> Result<PathBuf, Problem> {
    let path = root.join(name.as_str());
    match is_lfs_pointer_file(&path).map_err(|source| Problem::disk(&path, source))? {
        true => Err(Problem::LfsPointer { file: name.to_string(), folder: path.parent().unwrap_or(root).to_owned() }),
        false => Ok(path),
    }
}

/// The file called `name` under `root`, hashed.
pub(super) fn input_file(root: &Path, name: &RelativeName, stop: Stop<'_>) -> Result<InputFile, Problem> {
    let path = no_pointer(root, name)?;
    let failed = |source| Problem::disk(&path, source);
    let hashed = hash_file_until(&path, stop).map_err(failed)?;
    let (sha256, size) = hashed.ok_or(Problem::Interrupted)?;
    Ok(InputFile { name: name.to_string(), path, sha256, size })
}

/// Names of all files under `root`, sorted. Links are followed, as the cache is made of them. A name that could not be
/// pinned, such as one with a line break, is left out.
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
        // A link that leads nowhere is a file that is not there.
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        if metadata.is_file() {
            names.push(name);
        } else if depth > 1 {
            collect(&entry.path(), &format!("{name}/"), depth - 1, names)?;
        }
    }
    Ok(())
}

/// The files of a need that the program ships itself.
pub(super) fn builtin(need: &Need, name: &str, builtins: &[Builtin]) -> Result<Cast, Problem> {
    let kind = need.origin.kind;
    let Some(builtin) = builtins.iter().find(|builtin| builtin.kind == kind && builtin.name == name) else {
        let there: Vec<String> = builtins
            .iter()
            .filter(|builtin| builtin.kind == kind)
            .map(|builtin| format!("builtin:{}", builtin.name))
            .collect();
        return Err(Problem::NoBuiltin { there: there.join(", ") });
    };
    let files = (builtin.files)().into_iter().filter(|file| need.uses(&file.role));
    Ok(files
        .map(|file| {
            let path = PathBuf::from(format!("builtin:{name}")).join(&file.name);
            let (sha256, size) = (Sha256::of(&file.bytes), file.bytes.len() as u64);
            (file.role, InputFile { name: file.name, path, sha256, size })
        })
        .collect())
}
