//! Which files hold sentences, told by how their names end. Must not know what is in them.

/// How a data file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet with a column of tokens and one of tags.
    Parquet,
    /// A JSON object a line.
    JsonLines,
    /// Text: a token a line with its tag in a column of its own, a blank line after each sentence.
    Columns,
}

/// Endings with their formats. The first eight are also looked for under the usual names; the others are what CoNLL's
/// shared tasks called theirs (`esp.testa`), and are read where `data.files` names them.
const ENDINGS: [(&str, Format); 13] = [
    ("parquet", Format::Parquet),
    ("jsonl", Format::JsonLines),
    ("conll", Format::Columns),
    ("conllu", Format::Columns),
    ("tsv", Format::Columns),
    ("txt", Format::Columns),
    ("iob", Format::Columns),
    ("bio", Format::Columns),
    ("train", Format::Columns),
    ("dev", Format::Columns),
    ("test", Format::Columns),
    ("testa", Format::Columns),
    ("testb", Format::Columns),
];

/// How many of [`ENDINGS`] follow the usual names.
const USUAL: usize = 8;

impl Format {
    /// The format of the file called `name`; none for one that is not read.
    pub fn of(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit('/').next()?.rsplit_once('.')?;
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format)
    }

    /// The endings that are looked for under the usual names.
    pub(super) fn usual_endings() -> impl Iterator<Item = &'static str> {
        ENDINGS[..USUAL].iter().map(|(ending, _)| *ending)
    }

    /// Every ending that is read: `.parquet, .jsonl, ...`.
    pub fn endings() -> String {
        ENDINGS.map(|(ending, _)| format!(".{ending}")).join(", ")
    }
}
