//! Tokenizers whose class does not fit their files. Messages have a file's name in the repository or folder.

/// A tokenizer that cannot be built as its class does.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The class reads other files.
    #[error(
        "{file} is not read by {class}, the tokenizer's class; name the class that reads it as tokenizer_class in tokenizer_config.json, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained"
    )]
    Class {
        /// Name in the repository or folder.
        file: String,
        /// The name of the class in transformers.
        class: String,
    },
    /// What transformers does with the file is an error there, or not known here.
    #[error("{file}: {reason}; set model.tokenizer = \"file\" to read it as it says itself")]
    Unfit {
        /// Name in the repository or folder.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl TokenizerError {
    /// The file at fault, by its name in the repository or folder.
    pub fn file(&self) -> &str {
        match self {
            Self::Class { file, .. } | Self::Unfit { file, .. } => file,
        }
    }
}
