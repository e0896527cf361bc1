//! Which files hold sentences, told by how their names end. Must not know what is in them.

/// How a data file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet with a column of tokens and one of tags.
    Parquet,
    /// A JSON object a line, or one array of them.
    Json,
    /// Text: a token a line with its tag in a column of its own, a blank line after each sentence.
    Columns,
    /// The same with commas and quotes, most often below a line of names.
    Csv,
}

/// Endings with their formats. The first [`USUAL`] are looked for under the usual names. The next are so where there is
/// none of those: some repositories hold a second copy in such a file. The others are what CoNLL's shared tasks called
/// theirs (`esp.testa`), and are read where `data.files` names them.
const ENDINGS: [(&str, Format); 19] = [
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
];

/// How many of [`ENDINGS`] follow the usual names.
const USUAL: usize = 8;

/// How many do so beside them.
const SECOND: usize = 6;

/// JSON files that hold no sentences.
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

/// Files that name numbered tags, in the order of preference.
const LABEL_FILES: [&str; 6] =
    ["label.json", "label2id.json", "id2label.json", "labels.json", "labels.txt", "labels_list.txt"];

impl Format {
    /// The format of the file called `name`; none for one that is not read.
    pub fn of(name: &str) -> Option<Self> {
        let file = name.rsplit('/').next()?;
        let (_, ending) = file.rsplit_once('.')?;
        let known = ENDINGS.iter().find(|(known, _)| *known == ending && !OTHER_JSON.contains(&file));
        known.map(|(_, format)| *format)
    }

    /// The endings that are looked for under the usual names, and those that are where there is none of the first.
    pub(super) fn usual_endings() -> [impl Iterator<Item = &'static str>; 2] {
        let (usual, second) = (&ENDINGS[..USUAL], &ENDINGS[USUAL..USUAL + SECOND]);
        [usual, second].map(|endings| endings.iter().map(|(ending, _)| *ending))
    }

    /// Every ending that is read: `.parquet, .jsonl, ...`.
    pub fn endings() -> String {
        ENDINGS.map(|(ending, _)| format!(".{ending}")).join(", ")
    }
}

/// The file among `names` that names numbered tags: beside the data file `data`, else at the root or in `dataset/`.
pub(super) fn label_file(names: &[String], data: &str) -> Option<String> {
    let beside = data.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let places = [beside, String::new(), "dataset/".to_owned()];
    let mut paths = places.iter().flat_map(|place| LABEL_FILES.iter().map(move |file| format!("{place}{file}")));
    paths.find(|path| names.contains(path))
}
