//! The formats of data files, by the ending of their names.

use crate::spec::FileFormat;

/// The format of a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet with a column of tokens and one of tags.
    Parquet,
    /// A JSON object per line, or one array of objects.
    Json,
    /// Text with a token and its tag per line, and a blank line after each sentence.
    Columns,
    /// A token and its tag per row, with commas and quotes, usually below a line of column names.
    Csv,
    /// brat's standoff annotation of the text file of the same name.
    Brat,
}

/// Endings with their formats. Files with usual names are searched for among the first [`USUAL`] endings, then among the
/// next [`SECOND`]: some repositories have a second copy in such a file. The others are those of CoNLL's shared tasks
/// (`esp.testa`) and of brat, and are read only if `data.files` names the file.
const ENDINGS: [(&str, Format); 20] = [
    ("parquet", Format::Parquet),
    ("jsonl", Format::Json),
    ("conll", Format::Columns),
    ("conllu", Format::Columns),
    ("tsv", Format::Columns),
    ("txt", Format::Columns),
    ("iob", Format::Columns),
    ("bio", Format::Columns),
    ("json", Format::Json),
    ("ndjson", Format::Json),
    ("csv", Format::Csv),
    ("iob2", Format::Columns),
    ("bioes", Format::Columns),
    ("annotated", Format::Columns),
    ("train", Format::Columns),
    ("dev", Format::Columns),
    ("test", Format::Columns),
    ("testa", Format::Columns),
    ("testb", Format::Columns),
    ("ann", Format::Brat),
];

/// How many of [`ENDINGS`] are tried first.
const USUAL: usize = 8;

/// How many are tried next.
const SECOND: usize = 6;

/// The ending of a file that is compressed with gzip, behind that of its format.
pub const GZIP: &str = ".gz";

const OTHER_JSON: [&str; 8] = [
    "config.json",
    "dataset_info.json",
    "dataset_infos.json",
    "id2label.json",
    "label.json",
    "label2id.json",
    "labels.json",
    "package.json",
];

/// Files that name class numbers, in order of preference.
const LABEL_FILES: [&str; 6] =
    ["label.json", "label2id.json", "id2label.json", "labels.json", "labels.txt", "labels_list.txt"];

impl Format {
    /// The format of the file called `name`; none if it is not supported. A text file may be compressed with gzip.
    pub fn of(name: &str) -> Option<Self> {
        let file = name.rsplit('/').next()?;
        let file = file.strip_suffix(GZIP).unwrap_or(file);
        let (_, ending) = file.rsplit_once('.')?;
        let known = ENDINGS.iter().find(|(known, _)| *known == ending && !OTHER_JSON.contains(&file));
        known.map(|(_, format)| *format)
    }

    /// The format of a file: `given` by `data.format`, else by its name. brat's files go by their names alone.
    pub fn of_file(name: &str, given: Option<FileFormat>) -> Option<Self> {
        let by_name = Self::of(name);
        match given {
            _ if by_name == Some(Self::Brat) => by_name,
            None => by_name,
            Some(FileFormat::Columns | FileFormat::Conllu) => Some(Self::Columns),
            Some(FileFormat::Jsonl) => Some(Self::Json),
            Some(FileFormat::Csv) => Some(Self::Csv),
            Some(FileFormat::Parquet) => Some(Self::Parquet),
        }
    }

    /// Where the ending of the file called `name` stands among those with usual names: its rank, 0 for the endings that are
    /// tried first and 1 for those that are tried next, and the ending; none for the others.
    pub(super) fn usual_ending(name: &str) -> Option<(usize, &'static str)> {
        let file = name.strip_suffix(GZIP).unwrap_or(name);
        Self::of(file).filter(|_| name == file || !file.ends_with(".parquet"))?;
        let ending = file.rsplit_once('.')?.1;
        let at = ENDINGS[..USUAL + SECOND].iter().position(|(known, _)| *known == ending)?;
        Some((usize::from(at >= USUAL), ENDINGS[at].0))
    }

    /// The endings that are tried first, and those that are tried next.
    pub(super) fn usual_endings() -> [impl Iterator<Item = &'static str>; 2] {
        let (usual, second) = (&ENDINGS[..USUAL], &ENDINGS[USUAL..USUAL + SECOND]);
        [usual, second].map(|endings| endings.iter().map(|(ending, _)| *ending))
    }

    /// Every supported ending: `.parquet, .jsonl, ...`.
    pub fn endings() -> String {
        ENDINGS.map(|(ending, _)| format!(".{ending}")).join(", ")
    }
}

/// The file among `names` that names class numbers: beside the data file `data`, else at the root or in `dataset/`.
pub(super) fn label_file(names: &[String], data: &str) -> Option<String> {
    let beside = data.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let places = [beside, String::new(), "dataset/".to_owned()];
    let mut paths = places.iter().flat_map(|place| LABEL_FILES.iter().map(move |file| format!("{place}{file}")));
    paths.find(|path| names.contains(path))
}
