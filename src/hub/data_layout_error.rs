//! Why the files of a data set cannot be assigned to splits, and what to write.

use super::Format;

/// Why a listing has no file for a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataLayoutError {
    /// No folder has that name.
    #[error("no language `{language}`; set data.language to one of {there}")]
    NoLanguage {
        /// `data.language`
        language: String,
        /// The first folders that hold data files.
        there: String,
    },
    /// A language is chosen, but the files are not in language folders.
    #[error("no language `{language}`: the files are {place}; remove data.language")]
    NoLanguages {
        /// `data.language`
        language: String,
        /// Where the files are: `in data/`.
        place: &'static str,
    },
    /// Languages that are read as one set name their class numbers by files of their own.
    #[error(
        "the languages of data.language name their tags in files of their own, {one} and {other}; put one file beside the README, or write the tags as text"
    )]
    LabelFiles {
        /// Of one language.
        one: String,
        /// Of another.
        other: String,
    },
    /// `data.language` leads out of the data set.
    #[error("data.language = \"{language}\" is not a folder of the data set; use a folder's name, such as `es`")]
    LanguageOutside {
        /// `data.language`
        language: String,
    },
    /// The files are in folders, and none is chosen.
    #[error("the data files are in folders; set data.language to one of {there}")]
    LanguageNeeded {
        /// The first folders that hold data files.
        there: String,
    },
    /// No file of a split has a usual name.
    #[error(
        "no {split} file, such as {split}.parquet or {split}.conll, among {there}; add one, or name one of these in data.files{}",
        or_unused(split)
    )]
    NoSplit {
        /// The split.
        split: &'static str,
        /// The first data files.
        there: String,
    },
    /// No data file.
    #[error(
        "no data file; convert the data to one of {}{}",
        Format::endings(),
        if *.has_conversion { ", or use the hub's conversion: data.revision = \"refs/convert/parquet\"" } else { "" }
    )]
    NoData {
        /// Whether the hub may have a conversion to Parquet.
        has_conversion: bool,
    },
    /// Several files have usual names of one split.
    #[error("the {split} split is ambiguous: {found}; name one of them in data.files")]
    Ambiguous {
        /// The split.
        split: &'static str,
        /// The files.
        found: String,
    },
    /// The names of a split's files have something beside the split's name, such as languages or years.
    #[error(
        "the {split} split has several parts: {there}; set data.language to one of them, or name files in data.files"
    )]
    PartNeeded {
        /// The split.
        split: &'static str,
        /// The first parts.
        there: String,
    },
    /// No file has the names in `data.splits`.
    #[error("no files of the splits {named} of data.splits among {there}; correct the names, or use data.files")]
    NoSplitNamed {
        /// The names.
        named: String,
        /// The first data files.
        there: String,
    },
    /// The README has configurations, and none is chosen.
    #[error("the data set has several configurations; set data.language to one of {there}")]
    ConfigNeeded {
        /// All of them.
        there: String,
    },
    /// The README has configurations, but not this one.
    #[error("no configuration `{language}`; set data.language to one of {there}")]
    NoConfig {
        /// `data.language`
        language: String,
        /// All of them.
        there: String,
    },
    /// The configuration in the README has no such split.
    #[error(
        "the configuration `{config}` has no {split} split, only {there}; name one in data.splits = {{ {split} = \"...\" }}{}",
        or_unused(split)
    )]
    NoSplitOf {
        /// The split.
        split: &'static str,
        /// The configuration.
        config: String,
        /// Its splits.
        there: String,
    },
    /// Configurations of a README that contradict each other.
    #[error("README.md: {reason}; correct its `configs`, or name the files in data.files")]
    BadConfigs {
        /// What is wrong.
        reason: String,
    },
    /// A pattern that no file matches.
    #[error("no data file matches `{pattern}`; {}", or_another(there))]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The first data files; empty if there is none.
        there: String,
    },
    /// A file that a split has twice.
    #[error("data.files names `{file}` twice for the {split} split; name it once")]
    Twice {
        /// The split.
        split: &'static str,
        /// The file.
        file: String,
    },
    /// An annotation of brat without its text.
    #[error("`{file}` annotates `{text}`, which does not exist; put it beside the annotation")]
    NoText {
        /// The annotation.
        file: String,
        /// Its text.
        text: String,
    },
    /// `data.files` leaves out a split that the job uses.
    #[error("data.files names no {split} file; add one{}", or_unused(split))]
    NotNamed {
        /// The split.
        split: &'static str,
    },
    /// `data.files` names a file outside the data set.
    #[error(
        "data.files names `{file}`, which is outside the data set; move it into the data set, or set data.dataset to its folder"
    )]
    Outside {
        /// The path.
        file: String,
    },
    /// `data.files` names a missing file.
    #[error("data.files names `{file}`, which does not exist; {}", or_another(there))]
    NoSuchFile {
        /// The path as looked for.
        file: String,
        /// The first data files; empty if there is none.
        there: String,
    },
    /// A folder with the name of a data file.
    #[error("`{folder}` is a folder, not a file; name a file in it: data.files = {{ {split} = \"{file}\" }}")]
    IsFolder {
        /// The split that the file is of.
        split: &'static str,
        /// The path.
        folder: String,
        /// The first file in it.
        file: String,
    },
    /// `data.files` names a file of an unsupported type.
    #[error(
        "data.files names `{file}`, an unsupported file type; expected one of {}; or set data.format",
        Format::endings()
    )]
    NotRead {
        /// The path.
        file: String,
    },
}

impl DataLayoutError {
    /// The message without the advice to use a conversion.
    pub(super) fn in_short(&self) -> String {
        if let Self::NoData { .. } = self { "no data file".to_owned() } else { self.to_string() }
    }

    /// Whether the files are not laid out as data at all, so that a conversion of them may be.
    pub(super) fn lacks_data(&self) -> bool {
        matches!(
            self,
            Self::NoLanguage { .. }
                | Self::NoLanguages { .. }
                | Self::LanguageNeeded { .. }
                | Self::NoSplit { split: "train", .. }
                | Self::NoData { .. }
                | Self::NoSplitNamed { .. }
                | Self::NoConfig { .. }
                | Self::ConfigNeeded { .. }
        )
    }
}

fn or_another(there: &str) -> String {
    if there.is_empty() { "add it".to_owned() } else { format!("use one of {there}") }
}

fn or_unused(split: &str) -> String {
    if split == "train" { String::new() } else { format!(", or set data.{split}_size = 0") }
}
