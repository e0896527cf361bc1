//! The locks of all folders as one: equal pins of equal inputs, and every environment.

use std::collections::BTreeMap;

use crate::hub::{Lock, Origin, Pinned};

use super::error::{MergeError, PinConflict};
use super::folder::Folder;

/// The joined lock, and what to say of environments whose definitions differ.
///
/// # Errors
/// `Pins`.
pub(super) fn join(folders: &[Folder]) -> Result<(Lock, Vec<String>), MergeError> {
    let mut pins = Pins { lock: Lock::default(), from: BTreeMap::new(), folders, conflicts: Vec::new() };
    let mut said = Vec::new();
    let mut environments: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, folder) in folders.iter().enumerate() {
        for (origin, pinned) in &folder.lock.inputs {
            pins.add(origin, pinned, at);
        }
        for (name, definition) in &folder.lock.environments {
            let first = *environments.entry(name).or_insert(at);
            let known = pins.lock.environments.entry(name.clone()).or_insert_with(|| definition.clone());
            if let Some(changes) = changes(known, definition) {
                let [one, other] = [first, at].map(|at| folders[at].layout.root().display());
                said.push(format!(
                    "{name} is not the same in {one} and {other}: {changes}; rows may differ by rounding, and lock.toml \
                     has the definition of {one}"
                ));
            }
        }
    }
    if pins.conflicts.is_empty() { Ok((pins.lock, said)) } else { Err(MergeError::Pins(pins.conflicts)) }
}

/// The pins so far.
struct Pins<'f> {
    lock: Lock,
    /// The folder that first pinned an input.
    from: BTreeMap<Origin, usize>,
    folders: &'f [Folder],
    conflicts: Vec<PinConflict>,
}

impl Pins<'_> {
    fn add(&mut self, origin: &Origin, pinned: &Pinned, at: usize) {
        let Some(known) = self.lock.inputs.get(origin) else {
            if !self.has_folder_alike(origin, pinned) {
                self.lock.inputs.insert(origin.clone(), pinned.clone());
                self.from.insert(origin.clone(), at);
            }
            return;
        };
        let commits = [&known.commit, &pinned.commit];
        let differing = commits[0] != commits[1];
        let commit = differing.then(|| {
            ("the commit".to_owned(), commits.map(|commit| commit.clone().unwrap_or_else(|| "none".to_owned())))
        });
        let files = pinned.files.iter().filter_map(|(name, file)| {
            let other = known.files.get(name).filter(|other| *other != file)?;
            Some((name.as_str().to_owned(), [other, file].map(|file| file.sha256.as_str()[..12].to_owned())))
        });
        let found: Vec<(String, [String; 2])> = commit.into_iter().chain(files).collect();
        match found.into_iter().next() {
            Some((what, values)) => {
                let folders = [self.from[origin], at].map(|at| self.folders[at].root());
                self.conflicts.push(PinConflict { input: origin.to_string(), what, folders, values });
            }
            None => {
                self.lock.inputs.get_mut(origin).expect("it is there").join(pinned);
            }
        }
    }

    /// Whether a local folder is pinned already under another path to it: files of equal names and hashes.
    fn has_folder_alike(&self, origin: &Origin, pinned: &Pinned) -> bool {
        let last = |origin: &Origin| origin.id.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
        let is_folder = |origin: &Origin| origin.revision.is_empty() && !origin.id.starts_with("builtin:");
        is_folder(origin)
            && self.lock.inputs.iter().any(|(known, pins)| {
                is_folder(known) && known.kind == origin.kind && last(known) == last(origin) && pins == pinned
            })
    }
}

/// What differs of two definitions of an environment.
fn changes(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Option<String> {
    let text = |definition: &BTreeMap<String, String>, what: &str| {
        definition.get(what).cloned().unwrap_or_else(|| "unknown".to_owned())
    };
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    let changes: Vec<String> =
        differing.map(|name| format!("{name} {} and {}", text(one, name), text(other, name))).collect();
    (!changes.is_empty()).then(|| changes.join(", "))
}
