//! The cache that is shared with Python's client: its paths, links and locks. Nothing outside it is written or removed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use hf_hub::{Repo, RepoType};

use super::{FetchProblem, Kind, Origin, RelativeName};
use crate::files;

/// One repository's folder in the cache.
#[derive(Debug, Clone)]
pub(super) struct CachedRepository {
    /// The cache's folder.
    root: PathBuf,
    /// `models--OWNER--NAME` or `datasets--OWNER--NAME`.
    name: String,
}

/// A lock on one blob. Without file locks, the partial file has this process's id in its name instead.
pub(super) enum BlobLock {
    Held { _file: File },
    Unsupported,
}

/// Names of a repository's files below a cache folder, with `/`, as Python's client reads them.
#[derive(Debug, Clone)]
pub struct CacheNames(String);

impl CacheNames {
    /// Those of a repository of the hub.
    pub fn of(origin: &Origin) -> Self {
        let kind = if origin.kind == Kind::Data { RepoType::Dataset } else { RepoType::Model };
        Self(Repo::new(origin.id.replace('\\', "/"), kind).folder_name())
    }

    /// The file `name` at a commit.
    pub fn file(&self, commit: &str, name: &str) -> String {
        format!("{}/snapshots/{commit}/{name}", self.0)
    }

    /// The file that has the commit of a branch or tag; none where the revision is itself a commit.
    pub fn commit_of(&self, revision: &str) -> Option<String> {
        let name = RelativeName::parse(revision).filter(|name| !is_commit(name))?;
        Some(format!("{}/refs/{name}", self.0))
    }
}

impl CachedRepository {
    pub(super) fn new(root: &Path, origin: &Origin) -> Self {
        Self { root: root.to_owned(), name: CacheNames::of(origin).0 }
    }

    fn folder(&self) -> PathBuf {
        self.root.join(&self.name)
    }

    /// The folder of a commit's files, which may not exist.
    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder().join("snapshots").join(commit)
    }

    /// The file with the content of an entity tag, which may not exist.
    pub(super) fn blob(&self, tag: &RelativeName) -> PathBuf {
        self.folder().join("blobs").join(tag.as_str())
    }

    /// The partial file of an entity tag during its download.
    pub(super) fn part(&self, tag: &RelativeName, lock: &BlobLock) -> PathBuf {
        let own = match lock {
            BlobLock::Held { .. } => String::new(),
            BlobLock::Unsupported => format!(".{}", std::process::id()),
        };
        self.folder().join("blobs").join(format!("{tag}{own}.incomplete"))
    }

    /// The last known commit of a branch or tag.
    pub(super) fn commit(&self, revision: &str) -> Option<String> {
        let path = self.folder().join("refs").join(RelativeName::parse(revision)?.as_str());
        Some(fs::read_to_string(path).ok()?.trim().to_owned()).filter(|commit| is_commit(commit))
    }

    /// Stores the commit of a branch where Python looks for it offline.
    pub(super) fn remember(&self, revision: &RelativeName, commit: &str) -> Result<(), FetchProblem> {
        let path = self.folder().join("refs").join(revision.as_str());
        if fs::read_to_string(&path).is_ok_and(|known| known == commit) {
            return Ok(());
        }
        let written = path.parent().map_or(Ok(()), files::create_folder);
        let written = written.and_then(|()| files::replace(&path, commit.as_bytes()));
        written.map_err(|source| FetchProblem::disk(&path, source))
    }

    /// Locks a blob, as Python does; none while another process holds the lock.
    pub(super) fn try_lock(&self, tag: &RelativeName) -> Result<Option<BlobLock>, FetchProblem> {
        let path = self.root.join(".locks").join(&self.name).join(format!("{tag}.lock"));
        let open = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            OpenOptions::new().write(true).create(true).truncate(false).open(&path)
        };
        let file = open().map_err(|source| FetchProblem::disk(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(BlobLock::Held { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            // such as Lustre without flock
            Err(TryLockError::Error(_)) => Ok(Some(BlobLock::Unsupported)),
        }
    }

    /// Makes `name` of a snapshot a link to a blob, atomically. On Windows, where links need rights that users rarely have, it
    /// becomes the file itself without them, as with Python's client.
    pub(super) fn link(&self, commit: &str, name: &RelativeName, tag: &RelativeName) -> Result<PathBuf, FetchProblem> {
        let (path, blob) = (self.snapshot(commit).join(name.as_str()), self.blob(tag));
        let is_linked = || Some(fs::canonicalize(&path).ok()? == fs::canonicalize(&blob).ok()?);
        if is_linked() != Some(true) {
            let up = "../".repeat(1 + name.split('/').count());
            let linked = put(&path, |part| point(part, &format!("{up}blobs/{tag}"), &blob));
            match linked {
                // another process moved the blob there
                Err(_) if cfg!(windows) && path.is_file() => {}
                linked => linked.map_err(|source| FetchProblem::disk(&path, source))?,
            }
        }
        Ok(path)
    }

    /// Whether an existing file is in the cache, or in the folder that this repository's folder links to: users move
    /// folders to other disks. Other links lead out of the cache.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let Ok(real) = fs::canonicalize(path) else { return false };
        [self.root.clone(), self.folder()].iter().any(|folder| is_below(&real, folder))
    }

    /// Removes a damaged file of a snapshot, and its blob. Of a link out of the cache, only the link is removed.
    pub(super) fn discard(&self, commit: &str, name: &RelativeName) -> Result<(), FetchProblem> {
        let path = self.snapshot(commit).join(name.as_str());
        let failed = |source| FetchProblem::disk(&path, source);
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        if folder.is_some_and(|folder| !is_below(&folder, &self.root)) {
            return Err(FetchProblem::Outside { path });
        }
        if let Ok(blob) = fs::canonicalize(&path)
            && is_below(&blob, &self.root)
        {
            fs::remove_file(blob).map_err(failed)?;
        }
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed(source)),
            _ => Ok(()),
        }
    }
}

/// Whether `text` is a commit hash; then it is safe in a path.
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_below(real: &Path, folder: &Path) -> bool {
    fs::canonicalize(folder).is_ok_and(|folder| real.starts_with(folder))
}

/// Lets `make` create a temporary file beside `path`, then renames it to `path`.
fn put(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    // left by a killed process with the same id
    let _ = fs::remove_file(&part);
    let put = make(&part).and_then(|()| fs::rename(&part, path));
    if put.is_err() {
        let _ = fs::remove_file(&part);
    }
    put
}

#[cfg(unix)]
fn point(part: &Path, target: &str, _blob: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, part)
}

#[cfg(windows)]
fn point(part: &Path, target: &str, blob: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target.replace('/', "\\"), part).or_else(|_| fs::rename(blob, part))
}

#[cfg(all(test, windows))]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests_on_windows {
    use super::*;

    #[test]
    fn a_snapshot_has_the_content_of_a_blob_and_gives_way_to_a_newer_one() {
        let home = tempfile::tempdir().unwrap();
        let origin = Origin { kind: Kind::Model, id: "me/tiny".to_owned(), revision: "main".to_owned() };
        let cached = CachedRepository::new(&home.path().join("hub"), &origin);
        let (commit, name) =
            ("0123456789012345678901234567890123456789", RelativeName::parse("a/config.json").unwrap());
        fs::create_dir_all(home.path().join("hub/models--me--tiny/blobs")).unwrap();
        for content in ["content", "newer"] {
            let tag = RelativeName::parse(content).unwrap();
            fs::write(cached.blob(&tag), content).unwrap();
            let path = cached.link(commit, &name, &tag).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert!(cached.holds(&path));
        }
        cached.discard(commit, &name).unwrap();
        assert!(!cached.snapshot(commit).join("a/config.json").exists());
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const COMMIT: &str = "0123456789012345678901234567890123456789";

    fn name(text: &str) -> RelativeName {
        RelativeName::parse(text).unwrap()
    }

    /// A cache with one blob linked into a snapshot, beside a folder of the user's.
    fn cached() -> (tempfile::TempDir, CachedRepository) {
        let home = tempfile::tempdir().unwrap();
        let origin = Origin { kind: Kind::Model, id: "me/tiny".to_owned(), revision: "main".to_owned() };
        let cached = CachedRepository::new(&home.path().join("hub"), &origin);
        fs::create_dir_all(home.path().join("hub/models--me--tiny/blobs")).unwrap();
        fs::write(cached.blob(&name("abc")), "content").unwrap();
        cached.link(COMMIT, &name("a/config.json"), &name("abc")).unwrap();
        fs::write(home.path().join("mine.txt"), "mine").unwrap();
        (home, cached)
    }

    #[test]
    fn a_snapshot_leads_to_its_blob_as_pythons_does() {
        let (_home, cached) = cached();
        let path = cached.snapshot(COMMIT).join("a/config.json");
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("../../../blobs/abc"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "content");
        assert!(cached.holds(&path));
        fs::write(cached.blob(&name("def")), "newer").unwrap();
        cached.link(COMMIT, &name("a/config.json"), &name("def")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
        cached.discard(COMMIT, &name("a/config.json")).unwrap();
        assert!(!path.exists() && !cached.blob(&name("def")).exists() && cached.blob(&name("abc")).exists());
    }

    #[test]
    fn of_a_link_that_leads_out_of_the_cache_the_link_alone_is_removed() {
        let (home, cached) = cached();
        let mine = home.path().join("mine.txt");
        let link = cached.snapshot(COMMIT).join("weights");
        symlink(&mine, &link).unwrap();
        assert!(!cached.holds(&link));
        cached.discard(COMMIT, &name("weights")).unwrap();
        assert!(fs::symlink_metadata(&link).is_err(), "the link is gone");
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        // a folder of the snapshot that is a link
        fs::create_dir(home.path().join("folder")).unwrap();
        fs::write(home.path().join("folder/train.txt"), "mine").unwrap();
        symlink(home.path().join("folder"), cached.snapshot(COMMIT).join("es")).unwrap();
        assert!(!cached.holds(&cached.snapshot(COMMIT).join("es/train.txt")));
        assert!(matches!(cached.discard(COMMIT, &name("es/train.txt")), Err(FetchProblem::Outside { .. })));
        assert_eq!(fs::read_to_string(home.path().join("folder/train.txt")).unwrap(), "mine");
    }

    #[test]
    fn a_repository_on_another_disk_is_read() {
        let (home, cached) = cached();
        let moved = home.path().join("disk");
        fs::rename(home.path().join("hub/models--me--tiny"), &moved).unwrap();
        symlink(&moved, home.path().join("hub/models--me--tiny")).unwrap();
        assert!(cached.holds(&cached.snapshot(COMMIT).join("a/config.json")));
    }

    #[test]
    fn what_a_link_in_the_cache_leads_to_is_not_written() {
        let (home, cached) = cached();
        let mine = home.path().join("mine.txt");
        fs::create_dir_all(home.path().join("hub/models--me--tiny/refs")).unwrap();
        fs::create_dir_all(home.path().join("hub/.locks/models--me--tiny")).unwrap();
        symlink(&mine, home.path().join("hub/models--me--tiny/refs/main")).unwrap();
        symlink(&mine, home.path().join("hub/.locks/models--me--tiny/abc.lock")).unwrap();
        assert_eq!(cached.commit("main"), None, "no commit, so nothing is joined to it");
        cached.remember(&name("main"), COMMIT).unwrap();
        assert!(cached.try_lock(&name("abc")).unwrap().is_some());
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        assert_eq!(cached.commit("main").as_deref(), Some(COMMIT));
        assert_eq!(cached.commit("../../../../mine.txt"), None);
    }

    #[test]
    fn a_blob_has_one_holder() {
        let (_home, cached) = cached();
        let held = cached.try_lock(&name("abc")).unwrap();
        assert!(held.is_some() && cached.try_lock(&name("abc")).unwrap().is_none());
        drop(held);
        assert!(cached.try_lock(&name("abc")).unwrap().is_some());
    }
}
