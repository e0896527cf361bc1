//! SHA-256 hashes, and those of a job's input files by role.

use std::collections::BTreeMap;
use std::fmt;

use sha2::Digest;

/// The SHA-256 of a file: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(String);

impl Sha256 {
    /// The hash of some bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self::from_digest(&sha2::Sha256::digest(bytes).into())
    }

    /// The hash in a finished digest, for files that are hashed in chunks.
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A hash from its text; none if that is not 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Self(text.to_owned()))
    }

    /// 64 lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hashes of a job's input files by role. They stand for data set, language, checkpoint and revisions in its key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputHashes {
    /// `train/0`, `validation/0`, `test/0`, ...: the files of each split used, in order.
    pub data: BTreeMap<String, Sha256>,
    /// `config`, `weights/0`, `tokenizer/0`, ...
    pub model: BTreeMap<String, Sha256>,
}
