//! What `results.csv` says of an error of data: its code, and the file at fault.

use super::error::DataError;

impl DataError {
    /// The error's code in `results.csv`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "data-unreadable",
            Self::Parquet { .. } | Self::Compression { .. } => "data-not-parquet",
            Self::MissingColumn { .. } | Self::ColumnType { .. } => "data-columns",
            Self::Text(error) => error.code(),
            Self::NotRead { .. } | Self::BuiltinFiles { .. } => "data-files",
            Self::NamedColumns { .. } => "data-columns",
            Self::NullValue { .. } | Self::UnequalLengths { .. } => "data-row",
            Self::NotBio { .. } | Self::OutsideSet { .. } | Self::NestedTag { .. } | Self::Ignored { .. } => "data-tag",
            Self::OtherScheme { .. } | Self::NeverBegins { .. } | Self::Scheme { .. } => "data-scheme",
            Self::UnknownTypes { .. } => "data-label-map",
            Self::BadSet { .. } | Self::BadNames { .. } | Self::NoTagNames { .. } | Self::MixedTags { .. } => {
                "data-labels"
            }
            Self::TooFewRows { .. } | Self::TooFewLeft { .. } | Self::Split(_) => "data-too-few-rows",
            Self::NoSuchBuiltin { .. } => "data-no-builtin",
            Self::NoTokenizer { .. }
            | Self::BadTokenizer { .. }
            | Self::Class(_)
            | Self::TokenizerSetting { .. }
            | Self::NoToken { .. }
            | Self::Tokenize { .. } => "tokenizer",
            Self::TooShort { .. } => "max-length",
            Self::NoStep { .. } => "stride",
        }
    }

    /// The file at fault, by its name in the repository or folder.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Text(error) => Some(&error.file),
            Self::Class(error) => Some(error.file()),
            Self::Unreadable { file, .. }
            | Self::Parquet { file, .. }
            | Self::Compression { file, .. }
            | Self::MissingColumn { file, .. }
            | Self::ColumnType { file, .. }
            | Self::NullValue { file, .. }
            | Self::UnequalLengths { file, .. }
            | Self::NotBio { file, .. }
            | Self::OutsideSet { file, .. }
            | Self::NotRead { file }
            | Self::Ignored { file, .. }
            | Self::NamedColumns { file, .. }
            | Self::OtherScheme { file, .. }
            | Self::NeverBegins { file }
            | Self::Scheme { file, .. }
            | Self::NestedTag { file, .. }
            | Self::NoTagNames { file, .. }
            | Self::BadNames { file, .. }
            | Self::MixedTags { file, .. }
            | Self::BadTokenizer { file, .. }
            | Self::TokenizerSetting { file, .. }
            | Self::NoToken { file, .. } => Some(file),
            Self::BadSet { .. }
            | Self::UnknownTypes { .. }
            | Self::BuiltinFiles { .. }
            | Self::TooFewRows { .. }
            | Self::TooFewLeft { .. }
            | Self::Split(_)
            | Self::NoSuchBuiltin { .. }
            | Self::NoTokenizer { .. }
            | Self::Tokenize { .. }
            | Self::TooShort { .. }
            | Self::NoStep { .. } => None,
        }
    }
}
