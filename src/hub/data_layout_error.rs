//! What a listing lacks of a data set, and what to write.

use super::Format;

/// Why a listing has no file for a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataLayoutError {
    /// No folder of that name.
    #[error("there is no language `{language}`; there are {there}: set data.language to one of them")]
    NoLanguage {
        /// `data.language`
        language: String,
        /// The first folders that hold data files.
        there: String,
    },
    /// A folder is chosen where the splits lie in none.
    #[error("there is no language `{language}`: the splits lie {place}; leave data.language out")]
    NoLanguages {
        /// `data.language`
        language: String,
        /// Where the splits lie.
        place: &'static str,
    },
    /// `data.language` leads elsewhere.
    #[error("`{language}`, which data.language names, is no folder inside the data set; name one, such as `es`")]
    LanguageOutside {
        /// `data.language`
        language: String,
    },
    /// Files in folders only, and none chosen.
    #[error("the data lie in folders; set data.language to one of {there}")]
    LanguageNeeded {
        /// The first folders that hold data files.
        there: String,
    },
    /// No file of a split under the usual names.
    #[error(
        "there is no file of the {split} split, such as {split}.parquet or {split}.conll, among {there}; add it, or name one of these in data.files{}",
        or_unused(split)
    )]
    NoSplit {
        /// The split.
        split: &'static str,
        /// The first data files.
        there: String,
    },
    /// No data file at all.
    #[error(
        "there is no data file, whose name would end in {}; convert the data{}",
        Format::endings(),
        if *.has_conversion { ", or name the hub's conversion: data.revision = \"refs/convert/parquet\"" } else { "" }
    )]
    NoData {
        /// Whether the hub may have converted them.
        has_conversion: bool,
    },
    /// Two files of the usual names for one split.
    #[error("{found} may each be the {split} split; name one of them in data.files")]
    Ambiguous {
        /// The split.
        split: &'static str,
        /// The files.
        found: String,
    },
    /// `data.files` leaves out a split that the job uses.
    #[error("data.files names no {split} file; name one{}", or_unused(split))]
    NotNamed {
        /// The split.
        split: &'static str,
    },
    /// `data.files` names what lies elsewhere.
    #[error(
        "`{file}`, which data.files names, does not lie in the data set; move it there, or name its folder in data.dataset"
    )]
    Outside {
        /// The path.
        file: String,
    },
    /// `data.files` names what is not there.
    #[error("there is no file `{file}`, which data.files names; {}", or_another(there))]
    NoSuchFile {
        /// The path as looked for.
        file: String,
        /// The first data files; empty where there is none.
        there: String,
    },
    /// A folder of a name that a data file would have.
    #[error("`{folder}` is a folder, not a file; name a file in it: data.files = {{ {split} = \"{file}\" }}")]
    IsFolder {
        /// The split that the file is of.
        split: &'static str,
        /// The path.
        folder: String,
        /// The first file in it.
        file: String,
    },
    /// `data.files` names what is not read.
    #[error(
        "`{file}`, which data.files names, is of no format that is read; its name has to end in {}",
        Format::endings()
    )]
    NotRead {
        /// The path.
        file: String,
    },
}

fn or_another(there: &str) -> String {
    if there.is_empty() { "add it".to_owned() } else { format!("there are {there}: name one of them") }
}

fn or_unused(split: &str) -> String {
    if split == "train" { String::new() } else { format!(", or set data.{split}_size = 0") }
}
