//! The files that a job reads, by role. Must not know where they are fetched from.

use std::path::PathBuf;

use crate::hash::Sha256;
use crate::spec::Split;

/// One input file, whole and hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Path inside the repository or folder, with `/`.
    pub name: String,
    /// Where it lies on this machine; `builtin:NAME/FILE`, which is no path, for what the program makes itself.
    pub path: PathBuf,
    /// SHA-256 of the content.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
}

/// The files of a data set, by split; a split that the settings do not use is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataInputs {
    /// In the order of their names.
    pub train: Vec<InputFile>,
    /// In the order of their names.
    pub validation: Vec<InputFile>,
    /// In the order of their names.
    pub test: Vec<InputFile>,
    /// `README.md`, which may name the tags.
    pub readme: Option<InputFile>,
    /// `label.json` and the like, which names numbered tags.
    pub labels: Option<InputFile>,
}

impl DataInputs {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &InputFile> {
        let Self { train, validation, test, readme, labels } = self;
        train.iter().chain(validation).chain(test).chain(readme).chain(labels)
    }

    /// The files of a split.
    pub fn of(&self, split: Split) -> &[InputFile] {
        match split {
            Split::Train => &self.train,
            Split::Validation => &self.validation,
            Split::Test => &self.test,
        }
    }
}

/// The files of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInputs {
    /// `config.json`
    pub config: InputFile,
    /// `model.safetensors` or else `pytorch_model.bin`, or the index of one and then its shards in the order of their names.
    pub weights: Vec<InputFile>,
    /// `tokenizer.json` or `vocab.txt`, and then the settings that bear on it.
    pub tokenizer: Vec<InputFile>,
}

impl ModelInputs {
    /// What the tokenizer is made of: its files, and the configuration, which names the model's family.
    pub fn of_tokenizer(&self) -> Vec<InputFile> {
        self.tokenizer.iter().chain([&self.config]).cloned().collect()
    }
}

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A data set.
    Data,
    /// A checkpoint.
    Model,
}

/// What the program ships under `builtin:NAME`.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// What it is.
    pub kind: Kind,
    /// The name after `builtin:`.
    pub name: &'static str,
    /// Its content, which is hashed.
    pub files: fn() -> Vec<BuiltinFile>,
}

/// A file of a [`Builtin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltinFile {
    /// `train/0`, `validation/0`, `test/0`; `config`, `weights/0`, `tokenizer/0`.
    pub role: String,
    /// Its name, as a file of a repository would have one.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}
