//! Where a folder was before it was renamed. It must not know what is in it.

use std::collections::BTreeMap;

use super::program::success;
use super::{Commit, FolderAt, GitError, Repository};

impl Repository {
    /// Where the path lay in `from`, by the files that were renamed between that and `to` (none: the working tree); none
    /// if no renamed file leads into it, or the old folder is still there. As `git log --follow` does for a file, but by
    /// most of a folder's files, since its tables may have changed with the rename.
    ///
    /// # Errors
    /// What git says.
    pub fn renamed_from(&self, from: &Commit, to: Option<&Commit>) -> Result<Option<String>, GitError> {
        let options =
            ["diff", "--name-status", "-z", "-M", "-l2000", "--diff-filter=R", "--no-ext-diff", "--no-relative"];
        let commits = [Some(from), to].into_iter().flatten().map(|commit| commit.hash.as_str());
        let answer = success(&self.top, options.into_iter().chain(commits).chain(["--"]))?;
        let answer = String::from_utf8_lossy(&answer);
        let mut fields = answer.split('\0').filter(|field| !field.is_empty());
        let mut votes: BTreeMap<String, usize> = BTreeMap::new();
        while let (Some(_), Some(old), Some(new)) = (fields.next(), fields.next(), fields.next()) {
            if let Some(folder) = source(old, new, self.path()) {
                *votes.entry(folder).or_default() += 1;
            }
        }
        let most = votes.into_iter().reduce(|most, next| if next.1 > most.1 { next } else { most });
        let Some((old, _)) = most else { return Ok(None) };
        let stays = match to {
            Some(to) => FolderAt::open(self, to, &old)?.is_some(),
            None => self.top.join(&old).exists(),
        };
        Ok((!stays).then_some(old))
    }
}

/// The path that was renamed to `path`, if the rename of a file from `old` to `new` is part of that.
fn source(old: &str, new: &str, path: &str) -> Option<String> {
    let below = new.strip_prefix(path)?;
    if below.is_empty() {
        return Some(old.to_owned());
    }
    below.strip_prefix('/')?;
    old.strip_suffix(below).filter(|folder| !folder.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_file_tells_where_its_folder_was() {
        let folder = "results/new";
        assert_eq!(source("results/old/lock.toml", "results/new/lock.toml", folder).as_deref(), Some("results/old"));
        assert_eq!(source("results/old/p/a.tags", "results/new/p/a.tags", folder).as_deref(), Some("results/old"));
        assert_eq!(source("old.csv", "results/new.csv", "results/new.csv").as_deref(), Some("old.csv"));
        assert_eq!(source("a.csv", "results/newer/a.csv", folder), None);
        assert_eq!(source("results/old/p/b.tags", "results/new/p/a.tags", folder), None);
    }
}
