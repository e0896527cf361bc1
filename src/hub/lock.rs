//! `lock.toml`: the commit and the SHA-256 of every input file, and what defines each environment.
//!
//! Sorted, so that two runs write the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::cache::is_commit;
use super::origin::{Origin, kind_name};
use super::{InputFile, Kind, RelativeName};
use crate::hash::Sha256;
use crate::spec::MergeMark;

/// The remedy for a lock that was edited or damaged.
const RESTORE: &str = "restore it with git, or delete it to pin the inputs again";
const VERSION: u32 = 1;

/// A file as the lock pins it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedFile {
    /// SHA-256 of the content.
    pub sha256: Sha256,
    /// Size in bytes.
    pub size: u64,
    /// Settings of a tokenizer that are read under `model.tokenizer = "transformers"` alone.
    pub idle: bool,
}

impl PinnedFile {
    /// The name and the pin of a file that was listed and hashed.
    pub(super) fn of(file: &InputFile, idle: bool) -> (RelativeName, Self) {
        let name = RelativeName::parse(&file.name).expect("a listing has only relative names");
        (name, Self { sha256: file.sha256.clone(), size: file.size, idle })
    }
}

/// The files of each split by its name, in order.
pub(super) type SplitFiles = BTreeMap<String, Vec<RelativeName>>;

/// What is pinned of an [`Origin`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pinned {
    /// The commit of the revision; none for a folder or a built-in.
    pub commit: Option<String>,
    /// By path in the repository or folder.
    pub files: BTreeMap<RelativeName, PinnedFile>,
    /// The files of each split, by `data.language` and `data.splits`, where their names do not say it.
    pub(super) splits: BTreeMap<String, SplitFiles>,
}

impl Pinned {
    /// Adds the pins of `other`, which replace those of the same files.
    pub(crate) fn join(&mut self, other: &Self) {
        self.files.extend(other.files.clone());
        for (key, splits) in &other.splits {
            self.splits.entry(key.clone()).or_default().extend(splits.clone());
        }
    }
}

/// The content of `lock.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// The files of every input.
    pub inputs: BTreeMap<Origin, Pinned>,
    /// Each environment by its name in the tables, with what defines it.
    pub environments: BTreeMap<String, BTreeMap<String, String>>,
}

/// A lock that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Not the TOML of a lock.
    #[error("lock.toml{}: {reason}; {RESTORE}", line.map(|line| format!(":{line}")).unwrap_or_default())]
    Syntax {
        /// The line, from 1, where known.
        line: Option<usize>,
        /// The parser's message.
        reason: String,
    },
    /// An unfinished merge.
    #[error("lock.toml:{line}: unfinished merge ({mark}): take ours or theirs, then run again")]
    Merge {
        /// The line of the first mark, from 1.
        line: u64,
        /// The mark.
        mark: &'static str,
    },
    /// Written by a later version of runner.
    #[error(
        "lock.toml has version {0}, but this runner reads version {VERSION}; update runner, or delete lock.toml to pin the inputs again"
    )]
    Version(u32),
    /// A file name that leads out of its repository.
    #[error("lock.toml: `{0}` is not the name of a file in a repository; {RESTORE}")]
    Name(String),
    /// Not a commit.
    #[error("lock.toml: `{0}` is not a commit; {RESTORE}")]
    Commit(String),
    /// Not a hash.
    #[error("lock.toml: `{0}` is not a SHA-256; {RESTORE}")]
    Hash(String),
}

impl Lock {
    /// Reads the text of `lock.toml`.
    ///
    /// # Errors
    /// Invalid TOML, another version, a malformed hash or commit, a name that leads out of its repository.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        if let Some(MergeMark { line, mark }) = MergeMark::find(text.as_bytes()) {
            return Err(LockError::Merge { line, mark });
        }
        // The version is read first, so that keys of a later version are not reported as unknown.
        if let Ok(Versioned { version }) = toml::from_str(text)
            && version != VERSION
        {
            return Err(LockError::Version(version));
        }
        let file: LockFile = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        let mut inputs = BTreeMap::new();
        for input in file.input {
            let mut files = BTreeMap::new();
            for (name, pinned) in input.files {
                let sha256 = Sha256::parse(&pinned.sha256).ok_or(LockError::Hash(pinned.sha256))?;
                let Some(name) = RelativeName::parse(&name) else { return Err(LockError::Name(name)) };
                files.insert(name, PinnedFile { sha256, size: pinned.size, idle: pinned.idle });
            }
            if let Some(commit) = input.commit.as_ref().filter(|commit| !is_commit(commit)) {
                return Err(LockError::Commit(commit.clone()));
            }
            let kind = match input.kind {
                LockKind::Data => Kind::Data,
                LockKind::Model => Kind::Model,
            };
            let origin = Origin { kind, id: input.id, revision: input.revision };
            let mut splits: BTreeMap<String, SplitFiles> = BTreeMap::new();
            for (key, split, name) in input.splits.into_iter().flat_map(LockInput::names) {
                let Some(name) = RelativeName::parse(&name).filter(|name| files.contains_key(name)) else {
                    return Err(LockError::Name(name));
                };
                splits.entry(key).or_default().entry(split).or_default().push(name);
            }
            inputs.insert(origin, Pinned { commit: input.commit, files, splits });
        }
        Ok(Self { inputs, environments: file.environment })
    }

    /// The text of `lock.toml`: equal locks give equal bytes.
    pub fn to_toml(&self) -> String {
        let mut text =
            String::from("# Written by runner: what the results beside it were made from. Commit it with them.\n");
        let mut line = |words: std::fmt::Arguments<'_>| {
            text.write_fmt(words).and_then(|()| text.write_char('\n')).expect("a String takes every line");
        };
        line(format_args!("version = {VERSION}"));
        for (origin, pinned) in &self.inputs {
            line(format_args!("\n[[input]]"));
            line(format_args!("kind = {}", quoted(kind_name(origin.kind))));
            line(format_args!("id = {}", quoted(&origin.id)));
            if !origin.revision.is_empty() {
                line(format_args!("revision = {}", quoted(&origin.revision)));
            }
            if let Some(commit) = &pinned.commit {
                line(format_args!("commit = {}", quoted(commit)));
            }
            line(format_args!("[input.files]"));
            for (name, file) in &pinned.files {
                let (sha256, size) = (quoted(file.sha256.as_str()), file.size);
                let idle = if file.idle { ", idle = true" } else { "" };
                line(format_args!("{} = {{ sha256 = {sha256}, size = {size}{idle} }}", quoted(name)));
            }
            for (key, splits) in &pinned.splits {
                line(format_args!("[input.splits.{}]", quoted(key)));
                for (split, files) in splits {
                    let files: Vec<String> = files.iter().map(|file| quoted(file)).collect();
                    line(format_args!("{split} = [{}]", files.join(", ")));
                }
            }
        }
        for (name, parts) in &self.environments {
            line(format_args!("\n[environment.{}]", quoted(name)));
            for (key, value) in parts {
                line(format_args!("{} = {}", quoted(key), quoted(value)));
            }
        }
        text
    }

    /// Adds the pins of `other`, which replace those of the same files. Where a commit differs, all old files go.
    pub fn extend(&mut self, other: &Self) {
        for (origin, pinned) in &other.inputs {
            let here = self.inputs.entry(origin.clone()).or_default();
            if here.commit != pinned.commit {
                here.files.clear();
                here.splits.clear();
            }
            here.commit.clone_from(&pinned.commit);
            here.join(pinned);
        }
        self.environments.extend(other.environments.clone());
    }
}

/// The parser's message on one line.
fn syntax(text: &str, error: &toml::de::Error) -> LockError {
    let before = error.span().and_then(|span| text.get(..span.start));
    let reason = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    LockError::Syntax { line: before.map(|before| 1 + before.matches('\n').count()), reason }
}

/// A TOML basic string on one line. JSON's escapes are valid TOML; only U+007F has to be escaped in addition.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    #[serde(rename = "version")]
    _version: u32,
    #[serde(default)]
    input: Vec<LockInput>,
    #[serde(default)]
    environment: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockInput {
    kind: LockKind,
    id: String,
    #[serde(default)]
    revision: String,
    commit: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, LockPinned>,
    #[serde(default)]
    splits: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl LockInput {
    /// Key, split and file of each entry.
    fn names((key, splits): (String, BTreeMap<String, Vec<String>>)) -> Vec<(String, String, String)> {
        let entry = |(split, files): (String, Vec<String>)| {
            let key = key.clone();
            files.into_iter().map(move |file| (key.clone(), split.clone(), file)).collect::<Vec<_>>()
        };
        splits.into_iter().flat_map(entry).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum LockKind {
    Data,
    Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockPinned {
    sha256: String,
    size: u64,
    #[serde(default)]
    idle: bool,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn name(text: &str) -> RelativeName {
        RelativeName::parse(text).unwrap()
    }

    fn example() -> Lock {
        let file =
            |digit: &str, size| PinnedFile { sha256: Sha256::parse(&digit.repeat(64)).unwrap(), size, idle: false };
        let data = Origin { kind: Kind::Data, id: "a/b".to_owned(), revision: "main".to_owned() };
        let folder = Origin { kind: Kind::Model, id: "./m".to_owned(), revision: String::new() };
        let environment = BTreeMap::from([("numerics".to_owned(), "1".to_owned())]);
        Lock {
            inputs: BTreeMap::from([
                (folder, Pinned { files: BTreeMap::from([(name("config.json"), file("2", 3))]), ..Pinned::default() }),
                (
                    data,
                    Pinned {
                        commit: Some("0".repeat(40)),
                        files: BTreeMap::from([(name("es/train.parquet"), file("1", 9))]),
                        ..Pinned::default()
                    },
                ),
            ]),
            environments: BTreeMap::from([("cpu".to_owned(), environment)]),
        }
    }

    #[test]
    fn a_lock_is_written_sorted_and_read_back() {
        insta::assert_snapshot!(example().to_toml(), @r#"
        # Written by runner: what the results beside it were made from. Commit it with them.
        version = 1

        [[input]]
        kind = "data"
        id = "a/b"
        revision = "main"
        commit = "0000000000000000000000000000000000000000"
        [input.files]
        "es/train.parquet" = { sha256 = "1111111111111111111111111111111111111111111111111111111111111111", size = 9 }

        [[input]]
        kind = "model"
        id = "./m"
        [input.files]
        "config.json" = { sha256 = "2222222222222222222222222222222222222222222222222222222222222222", size = 3 }

        [environment."cpu"]
        "numerics" = "1"
        "#);
        assert_eq!(Lock::parse(&example().to_toml()).unwrap(), example());
    }

    #[test]
    fn names_of_any_letters_are_read_back() {
        let odd = "a\nb\u{7f}\u{1}\u{2028}\"\\'\r".to_owned();
        let parts = BTreeMap::from([(odd.clone(), odd.clone())]);
        let lock = Lock { environments: BTreeMap::from([(odd, parts)]), ..example() };
        assert_eq!(Lock::parse(&lock.to_toml()).unwrap(), lock);
    }

    #[test]
    fn a_lock_that_cannot_be_read_says_so() {
        insta::assert_snapshot!(Lock::parse("version = 2").unwrap_err(), @"lock.toml has version 2, but this runner reads version 1; update runner, or delete lock.toml to pin the inputs again");
        let newer = Lock::parse("version = 3\nlicense = \"MIT\"\n[[input]]\nkind = \"tokens\"").unwrap_err();
        assert!(matches!(newer, LockError::Version(3)), "{newer}");
        let merge = "version = 1\n<<<<<<< HEAD\n=======\n>>>>>>> other\n";
        insta::assert_snapshot!(Lock::parse(merge).unwrap_err(), @"lock.toml:2: unfinished merge (<<<<<<<): take ours or theirs, then run again");
        let bad =
            "version = 1\n[[input]]\nkind = \"data\"\nid = \"a\"\n[input.files]\nx = { sha256 = \"12\", size = 1 }";
        insta::assert_snapshot!(Lock::parse(bad).unwrap_err(), @"lock.toml: `12` is not a SHA-256; restore it with git, or delete it to pin the inputs again");
        insta::assert_snapshot!(Lock::parse("# pinned\nversion = ").unwrap_err(), @"lock.toml:2: string values must be quoted, expected literal string; restore it with git, or delete it to pin the inputs again");
        let said = Lock::parse("version = 1\n[[input]]\nid = 3").unwrap_err().to_string();
        assert!(said.starts_with("lock.toml:3: ") && said.lines().count() == 1, "{said}");
    }

    #[test]
    fn a_lock_that_leads_out_of_a_repository_is_refused() {
        let text = example().to_toml();
        let written = |name: &str| text.replace("\"es/train.parquet\"", &quoted(name));
        insta::assert_snapshot!(Lock::parse(&written("/home/ana/train.txt")).unwrap_err(), @"lock.toml: `/home/ana/train.txt` is not the name of a file in a repository; restore it with git, or delete it to pin the inputs again");
        for name in ["../a", "a/../../b", "C:\\a", "a\\..\\b", "", ".", "a\0b", "a\u{1b}[2J"] {
            assert!(matches!(Lock::parse(&written(name)), Err(LockError::Name(_))), "{name}");
        }
        for commit in ["/home/ana", "../..", "main", ""] {
            let text = text.replace(&"0".repeat(40), commit);
            assert!(matches!(Lock::parse(&text), Err(LockError::Commit(_))), "{commit}");
        }
    }

    #[test]
    fn a_new_commit_drops_the_files_of_the_old_one() {
        let mut lock = example();
        let mut other = example();
        let origin = other.inputs.keys().next().unwrap().clone();
        let pinned = other.inputs.get_mut(&origin).unwrap();
        pinned.commit = Some("1".repeat(40));
        pinned.files = BTreeMap::from([(name("es/test.parquet"), pinned.files["es/train.parquet"].clone())]);
        lock.extend(&other);
        assert_eq!(lock.inputs[&origin].files.keys().collect::<Vec<_>>(), [&name("es/test.parquet")]);
    }
}
