//! Hashes of a job's inputs as a lock pins them, whatever lies in folders and caches now. It reads no file.

use std::collections::BTreeMap;
use std::fmt;

use super::layout::LayoutError;
use super::need::{Need, hashes};
use super::origin::described;
use super::pins::{PinnedPart, pinned_parts};
use super::{Builtin, Lock, Origin, Pinned, PinnedFile, RelativeName};
use crate::hash::{InputHashes, Sha256};
use crate::spec::{Settings, Source};

type RoleHashes = BTreeMap<String, Sha256>;

/// An input that a lock does not pin whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unpinned {
    /// The input: `data set ./corpus`.
    pub input: String,
    /// What is missing.
    pub problem: String,
}

impl fmt::Display for Unpinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.input, self.problem)
    }
}

/// Hashes from a lock alone; each input is looked up once.
pub struct LockedHashes<'a> {
    lock: &'a Lock,
    builtins: &'a [Builtin],
    seen: BTreeMap<Need, Result<RoleHashes, Unpinned>>,
}

impl<'a> LockedHashes<'a> {
    /// Nothing is looked up yet.
    pub fn new(lock: &'a Lock, builtins: &'a [Builtin]) -> Self {
        Self { lock, builtins, seen: BTreeMap::new() }
    }

    /// The hashes for a job's key.
    ///
    /// # Errors
    /// The first input that the lock does not pin.
    pub fn of(&mut self, settings: &Settings) -> Result<InputHashes, Unpinned> {
        let data = self.roles(Need::data(settings))?;
        let model = self.roles(Need::model(settings))?;
        Ok(InputHashes { data, model })
    }

    /// The data set and the checkpoint of a job, each with those of its files that the job reads.
    ///
    /// # Errors
    /// The first input that the lock does not pin.
    pub fn inputs(&mut self, settings: &Settings) -> Result<[(Origin, Pinned); 2], Unpinned> {
        let mut input = |need: Need| {
            let hashes = self.roles(need.clone())?;
            let unpinned = |problem| Unpinned { input: described(&need.origin), problem };
            let mut pins = pinned(self.lock, &need).map_err(unpinned)?.clone();
            pins.files.retain(|_, file| hashes.values().any(|hash| *hash == file.sha256));
            Ok((origin_of(self.lock, need), pins))
        };
        Ok([input(Need::data(settings))?, input(Need::model(settings))?])
    }

    /// The key of the training whose model is a job's checkpoint; none if that is no job.
    pub fn parent(&self, settings: &Settings) -> Option<&'a str> {
        let Source::Job(_) = &settings.model.checkpoint else { return None };
        let of_job = Origin { revision: String::new(), ..Need::model(settings).origin };
        pinned_job(self.lock, &of_job).map(|(origin, _)| origin.revision.as_str())
    }

    /// The pinned files of a job's data set, those of other jobs included.
    pub fn data_files(&self, settings: &Settings) -> Option<&'a BTreeMap<RelativeName, PinnedFile>> {
        pinned(self.lock, &Need::data(settings)).ok().map(|pinned| &pinned.files)
    }

    fn roles(&mut self, need: Need) -> Result<RoleHashes, Unpinned> {
        let (lock, builtins) = (self.lock, self.builtins);
        let look = |need: &Need| {
            roles(lock, need, builtins).map_err(|problem| Unpinned { input: described(&need.origin), problem })
        };
        self.seen.entry(need).or_insert_with_key(look).clone()
    }
}

fn roles(lock: &Lock, need: &Need, builtins: &[Builtin]) -> Result<RoleHashes, String> {
    if let Source::Hub(_) = &need.source {
        let lacks = |lacks: Option<LayoutError>| lacks.map_or_else(unpinned, |lacks| lacks.to_string());
        let parts = pinned_parts(lock, need).map_err(lacks)?;
        return Ok(hashes(parts.iter().flat_map(PinnedPart::hashes)));
    }
    let pins = pinned(lock, need)?;
    let files = &pins.files;
    let of_name = |name: &RelativeName| files.get(name).map(|file| file.sha256.clone());
    let Source::Builtin(name) = &need.source else {
        let roles = need.pinned_roles(pins).map_err(|error| error.to_string())?.into_iter();
        return Ok(hashes(roles.filter_map(|(role, name)| Some((role, of_name(&name)?)))));
    };
    let known = builtins.iter().find(|known| known.kind == need.origin.kind && known.name == name);
    let known = known.ok_or_else(|| format!("this program has no builtin:{name}"))?;
    let wanted = (known.files)().into_iter().filter(|file| need.uses(&file.role));
    let roles = wanted.map(|file| {
        let hash = RelativeName::parse(&file.name).and_then(|name| of_name(&name));
        hash.map(|hash| (file.role, hash)).ok_or_else(|| format!("{} is not pinned", file.name))
    });
    Ok(hashes(roles.collect::<Result<Vec<_>, _>>()?.into_iter()))
}

/// Where the files of a need are pinned: a conversion may stand for its main branch.
fn origin_of(lock: &Lock, need: Need) -> Origin {
    let parts = match &need.source {
        Source::Hub(_) => pinned_parts(lock, &need).unwrap_or_default(),
        Source::Builtin(_) | Source::Folder { .. } | Source::Job(_) => Vec::new(),
    };
    parts.into_iter().next().map_or(need.origin, |part| part.need.origin)
}

fn unpinned() -> String {
    "lock.toml does not pin it".to_owned()
}

/// What a lock pins of an input, of several the one with the splits. A folder is written as seen from the experiment's
/// file, which may lie elsewhere than the one that names it here: it is found by what the two paths have in common at
/// their end.
fn pinned<'l>(lock: &'l Lock, need: &Need) -> Result<&'l Pinned, String> {
    let missing = unpinned;
    if let Source::Hub(_) = &need.source
        && let Ok(parts) = pinned_parts(lock, need)
        && let Some(part) = parts.first()
    {
        return Ok(part.pinned);
    }
    if let Some(pinned) = lock.inputs.get(&need.origin) {
        return Ok(pinned);
    }
    if let Source::Job(_) = &need.source {
        // the row was made from this training, whatever the job was trained to since
        let of_job = Origin { revision: String::new(), ..need.origin.clone() };
        return pinned_job(lock, &of_job).map(|(_, pinned)| pinned).ok_or_else(missing);
    }
    let Source::Folder { written, .. } = &need.source else { return Err(missing()) };
    let is_folder = |origin: &Origin| {
        origin.kind == need.origin.kind && origin.revision.is_empty() && !origin.id.starts_with("builtin:")
    };
    let mut found: Vec<_> =
        lock.inputs.iter().filter(|(origin, _)| is_folder(origin) && are_alike(&origin.id, written)).collect();
    found.sort_by_key(|(origin, _)| std::cmp::Reverse(tail(&origin.id).len()));
    match found[..] {
        [] => Err(missing()),
        [(_, pinned)] => Ok(pinned),
        [(first, pinned), (second, _), ..] if tail(&first.id).len() > tail(&second.id).len() => Ok(pinned),
        [(first, _), (second, _), ..] => {
            Err(format!("lock.toml pins {} and {}, and either could be it", first.id, second.id))
        }
    }
}

/// What a lock pins of the model of a job: of the training that the job has now, however it is named; where that is
/// unknown, of the one that it had.
pub(super) fn pinned_job<'l>(lock: &'l Lock, origin: &Origin) -> Option<(&'l Origin, &'l Pinned)> {
    let models = || lock.inputs.iter().filter(|(known, _)| known.kind == origin.kind && !known.revision.is_empty());
    if !origin.revision.is_empty() {
        let exact = lock.inputs.get_key_value(origin);
        return exact.or_else(|| models().find(|(known, _)| known.revision == origin.revision));
    }
    // a path is written as seen from the experiment's file, which may lie elsewhere than the one that names it here
    let alone = |mut found: Vec<(&'l Origin, &'l Pinned)>| if found.len() == 1 { found.pop() } else { None };
    let same = models().filter(|(known, _)| known.id == origin.id).collect::<Vec<_>>();
    if same.is_empty() {
        alone(models().filter(|(known, _)| are_alike(&known.id, &origin.id)).collect())
    } else {
        alone(same)
    }
}

/// Whether the shorter of two paths is the end of the other one.
fn are_alike(one: &str, other: &str) -> bool {
    let (one, other) = (tail(one), tail(other));
    if one.len() < other.len() { other.ends_with(&one) } else { one.ends_with(&other) }
}

/// The parts of a path behind `.` and `..`.
fn tail(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::Kind;
    use super::*;

    fn lock(folders: &[&str]) -> Lock {
        let pinned = |id: &&str| {
            let origin = Origin { kind: Kind::Data, id: (*id).to_owned(), revision: String::new() };
            (origin, Pinned { commit: Some((*id).to_owned()), ..Pinned::default() })
        };
        Lock { inputs: folders.iter().map(pinned).collect(), ..Lock::default() }
    }

    fn found(folders: &[&str], written: &str) -> Result<String, String> {
        let mut settings = Settings::default();
        settings.data.dataset = Source::Folder { written: written.to_owned(), path: PathBuf::new() };
        pinned(&lock(folders), &Need::data(&settings)).map(|pinned| pinned.commit.clone().unwrap_or_default())
    }

    #[test]
    fn a_folder_is_found_wherever_the_file_lies_that_names_it() {
        for written in ["./corpus", "../../corpus", "../../experiments/corpus", "/home/ana/corpus"] {
            assert_eq!(found(&["./corpus", "./other"], written), Ok("./corpus".to_owned()), "{written}");
        }
        assert_eq!(found(&["../data/es", "./es"], "../../data/es"), Ok("../data/es".to_owned()));
        assert_eq!(found(&["./corpus"], "../../corpora"), Err("lock.toml does not pin it".to_owned()));
        let two = found(&["./corpus", "../corpus"], "../../x/corpus");
        assert_eq!(two, Err("lock.toml pins ../corpus and ./corpus, and either could be it".to_owned()));
    }
}
