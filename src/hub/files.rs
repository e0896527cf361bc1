//! The files that a job reads, by role.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::hash::Sha256;
use crate::spec::Split;

/// One input file, complete and hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Path in the repository or folder, with `/`.
    pub name: String,
    /// Its path on this machine; `builtin:NAME/FILE`, which is not a path, for a built-in.
    pub path: PathBuf,
    /// SHA-256 of the content.
    pub sha256: Sha256,
    /// Size in bytes.
    pub size: u64,
}

/// The files of a data set, by split, sorted by name. A split that the settings do not use is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataInputs {
    /// The training split.
    pub train: Vec<InputFile>,
    /// The validation split.
    pub validation: Vec<InputFile>,
    /// The test split.
    pub test: Vec<InputFile>,
    /// `README.md`, which may name class numbers.
    pub readme: Option<InputFile>,
    /// A file such as `label.json`, which names class numbers.
    pub labels: Option<InputFile>,
    /// By name, the place in `data.language` of the language whose file it is; empty unless that is a list.
    pub languages: BTreeMap<String, usize>,
}

impl DataInputs {
    /// All files.
    pub fn all(&self) -> impl Iterator<Item = &InputFile> {
        let Self { train, validation, test, readme, labels, languages: _ } = self;
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
    /// `model.safetensors` or else `pytorch_model.bin`, or the index of one and then its shards, sorted by name.
    pub weights: Vec<InputFile>,
    /// `tokenizer.json`, or the files of a vocabulary, and then the settings that affect it.
    pub tokenizer: Vec<InputFile>,
}

impl ModelInputs {
    /// The files that define the tokenizer: its own, and the configuration, which names the model's family.
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

/// A data set or checkpoint in the program, named `builtin:NAME`.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// Data set or checkpoint.
    pub kind: Kind,
    /// The name after `builtin:`.
    pub name: &'static str,
    /// Makes its content, which is hashed.
    pub files: fn() -> Vec<BuiltinFile>,
}

/// A file of a [`Builtin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltinFile {
    /// `train/0`, `validation/0`, `test/0`; `config`, `weights/0`, `tokenizer/0`.
    pub role: String,
    /// A name as in a repository.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}
