//! What a lock pins of an input: the files by name, and which of them hold which split where their names do not say it.

use super::languages::of_language;
use super::layout::{LayoutError, Roles};
use super::need::{Need, RoleFiles, pins};
use super::{Lock, Pinned, PinnedFile, RelativeName};
use crate::hash::Sha256;

/// What a lock pins for a need in one repository.
pub(super) struct PinnedPart<'l> {
    /// The part of the need that this repository and revision serves.
    pub(super) need: Need,
    pub(super) pinned: &'l Pinned,
    pub(super) roles: Vec<(String, RelativeName)>,
}

impl PinnedPart<'_> {
    /// Roles with the hashes of their files.
    pub(super) fn hashes(&self) -> impl Iterator<Item = (String, Sha256)> {
        self.roles.iter().map(|(role, name)| (role.clone(), self.pinned.files[name].sha256.clone()))
    }
}

impl Pinned {
    /// Pins the files of a need. Where the names of these files alone would give them other roles, the splits are pinned
    /// too, so that a job's key needs no README and no listing.
    pub(super) fn add(&mut self, need: &Need, files: &RoleFiles) {
        let each = need.of_each_language();
        for (place, need) in each.iter().enumerate() {
            self.add(need, &of_language(files, place));
        }
        if !each.is_empty() {
            return;
        }
        let pins: Vec<(RelativeName, PinnedFile)> = pins(files).collect();
        let names: Vec<RelativeName> = pins.iter().map(|(name, _)| name.clone()).collect();
        self.files.extend(pins);
        let roles: Roles = files.iter().map(|(role, file)| (role.clone(), file.name.clone())).collect();
        let alike = |found: Vec<(String, RelativeName)>| {
            found.len() == roles.len()
                && found.iter().zip(&roles).all(|(one, other)| one.0 == other.0 && *one.1 == *other.1)
        };
        let Some(key) = need.layout_key() else { return };
        if need.roles(&names, None).is_ok_and(alike) {
            return;
        }
        let splits = self.splits.entry(key).or_default();
        for kind in ["train", "validation", "test"] {
            let of_kind = roles.iter().zip(&names).filter(|((role, _), _)| role.split('/').next() == Some(kind));
            let of_kind: Vec<RelativeName> = of_kind.map(|(_, name)| name.clone()).collect();
            if !of_kind.is_empty() {
                splits.insert(kind.to_owned(), of_kind);
            }
        }
    }
}

/// What `lock` pins of all files of a need of the hub: those of its own revision, else those of the hub's conversion; with
/// the files of the main branch that name the classes of a conversion.
///
/// # Errors
/// What the pins lack; none if the lock has no such input.
pub(super) fn pinned_parts<'l>(lock: &'l Lock, need: &Need) -> Result<Vec<PinnedPart<'l>>, Option<LayoutError>> {
    let mut lacks = None;
    for need in [Some(need.clone()), need.conversion()].into_iter().flatten() {
        let Some(pinned) = lock.inputs.get(&need.origin) else { continue };
        match need.pinned_roles(pinned) {
            Ok(roles) => {
                let names = need.class_names().and_then(|names| {
                    let pinned = lock.inputs.get(&names.origin)?;
                    let roles = names.pinned_roles(pinned).ok().filter(|roles| !roles.is_empty())?;
                    Some(PinnedPart { need: names, pinned, roles })
                });
                return Ok([PinnedPart { need, pinned, roles }].into_iter().chain(names).collect());
            }
            Err(error) => lacks = lacks.or(Some(error)),
        }
    }
    Err(lacks)
}
