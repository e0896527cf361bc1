//! The files of a repository at a commit, as the lock, the cache or the hub list them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::cache::{CachedRepository, is_commit};
use super::need::Need;
use super::{Kind, RelativeName, local};

/// The files of a repository at a commit.
pub(super) struct Listing {
    pub(super) commit: String,
    /// The name to request it by: the commit, or a `refs/...` that points to it now.
    pub(super) revision: String,
    pub(super) names: Vec<RelativeName>,
    pub(super) sizes: BTreeMap<RelativeName, u64>,
    /// The roles of a data set's files, where the lock or the cache know them.
    pub(super) roles: Option<Vec<(String, RelativeName)>>,
}

/// The cache's listing of a revision; the error is what the cache lacks.
pub(super) fn cached_listing(
    need: &Need,
    cached: &CachedRepository,
    pinned: Option<String>,
) -> Result<Listing, String> {
    let asked = &need.origin.revision;
    let commit = match pinned {
        Some(commit) => commit,
        None if is_commit(asked) => asked.clone(),
        None => cached.commit(asked).ok_or_else(|| asked.clone())?,
    };
    let snapshot: PathBuf = cached.snapshot(&commit);
    let names = local::listing(&snapshot).map_err(|_| commit.clone())?;
    let readme = local::readme_of(need, &snapshot);
    let Ok(roles) = need.roles(&names, readme.as_deref()) else { return Err(need.described()) };
    let roles = Some(roles).filter(|_| need.origin.kind == Kind::Data);
    Ok(Listing { revision: commit.clone(), commit, names, sizes: BTreeMap::new(), roles })
}
