//! The settings of one job's data as types.

use std::collections::BTreeMap;

use super::file_format::{FileFormat, SpanEnds};
use super::{Source, Split};
use crate::words::words;

/// A number of rows of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Every row.
    All,
    /// The first n.
    Rows(usize),
}

impl Size {
    /// The word for every row.
    pub(super) const ALL: &str = "all";
}

/// Which training rows are the validation split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HeldOut {
    /// A share of them, above 0 and below 1, rounded up to rows.
    Share(f64),
    /// So many.
    Rows(usize),
}

/// Configurations of a data set that are read as one set, in this order: at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Languages(pub(super) Vec<String>);

impl Languages {
    /// What parts their names in labels and tables.
    pub const SEPARATOR: &str = "+";

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

impl From<&str> for Languages {
    /// One alone.
    fn from(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl std::fmt::Display for Languages {
    /// `es+it`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(Self::SEPARATOR))
    }
}

/// The files of the splits, by their paths in the data set (in the folder of `data.language` where that is set), each a
/// path or a glob with `*`; an empty list: not named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Files {
    /// `data.files.train`
    pub train: Vec<String>,
    /// `data.files.validation`
    pub validation: Vec<String>,
    /// `data.files.test`
    pub test: Vec<String>,
}

/// A column of a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// By its place, counted from 1.
    At(usize),
    /// By its name.
    Named(String),
}

/// The columns that are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// `data.columns.token`; none: the first of a text file, or of a usual name.
    pub token: Option<Column>,
    /// `data.columns.tag`; none: the last of a text file, or of a usual name.
    pub tag: Option<Column>,
}

impl Columns {
    /// The names of the fields.
    pub(super) const NAMES: [&str; 2] = ["token", "tag"];
}

words! {
    /// How a file's tags mark where entities begin and end.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Scheme {
        /// Every entity begins with B-.
        Iob2 => "iob2",
        /// B- marks an entity only after another of its type that it touches.
        Iob1 => "iob1",
        /// B- begins, I- continues and E- ends an entity; S- is one of a single word. L- and U- are taken for E- and S-, M- for
        /// I-.
        Bioes => "bioes",
        /// I- alone.
        Io => "io",
        /// Types without marks.
        Types => "types",
    }
}

words! {
    /// Which tokens of a word have its tag in training.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum LabelPieces {
        /// The first.
        First => "first",
        /// All: those after the first of a word tagged B-X carry I-X.
        All => "all",
    }
}

/// `[data]`
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// `data.dataset`
    pub dataset: Source,
    /// `data.revision`: branch, tag or commit.
    pub revision: String,
    /// `data.language`: the configurations, folders of the data set.
    pub language: Option<Languages>,
    /// `data.language_weights`: how the training rows are divided among them; empty: as they come.
    pub language_weights: BTreeMap<String, f64>,
    /// `data.files`; none: the usual names.
    pub files: Option<Files>,
    /// `data.splits`: the name in the data set of a split that has no usual one there.
    pub splits: BTreeMap<String, String>,
    /// `data.format`; none: by the ending of each file's name.
    pub format: Option<FileFormat>,
    /// `data.span_ends`; none: widened.
    pub span_ends: Option<SpanEnds>,
    /// `data.columns`; none: the token first and the tag last, or the usual names.
    pub columns: Option<Columns>,
    /// `data.scheme`; none: O, B-X and I-X are used as they are.
    pub scheme: Option<Scheme>,
    /// `data.label_map`: types and what each becomes, another type or O.
    pub label_map: BTreeMap<String, String>,
    /// `data.train_size`; `Rows(0)`, which no file says, leaves the split unread.
    pub train_size: Size,
    /// `data.validation_size`; none: see [`Data::size`].
    pub validation_size: Option<Size>,
    /// `data.test_size`; `Rows(0)`: not scored.
    pub test_size: Size,
    /// `data.validation`: the validation split is a part of the training rows; none: the data set has one.
    pub validation: Option<HeldOut>,
    /// `data.validation_seed`: of the order from which that part is taken.
    pub validation_seed: u64,
    /// `data.stratify`: that part has the training rows' shares of entity types.
    pub stratify: bool,
    /// `data.folds`: the training rows are cut into so many parts, at least 2.
    pub folds: Option<usize>,
    /// `data.fold`: the part that is the validation split, from 0.
    pub fold: Option<usize>,
    /// `data.subset_seed`
    pub subset_seed: u64,
    /// `data.drop_test_overlap`: leave out training sentences that the test split has too.
    pub drop_test_overlap: bool,
    /// `data.labels`: the tag set, in order.
    pub labels: Option<Vec<String>>,
    /// The split that the test rows come from. No key: only a set of `[[evaluate]]` has another than the test split.
    pub test_split: Split,
    /// `data.label_pieces`
    pub label_pieces: LabelPieces,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            dataset: Source::Builtin(String::new()),
            revision: "main".to_owned(),
            language: None,
            language_weights: BTreeMap::new(),
            files: None,
            splits: BTreeMap::new(),
            format: None,
            span_ends: None,
            columns: None,
            scheme: None,
            label_map: BTreeMap::new(),
            train_size: Size::All,
            validation_size: None,
            test_size: Size::All,
            validation: None,
            validation_seed: 42,
            stratify: false,
            folds: None,
            fold: None,
            subset_seed: 42,
            drop_test_overlap: false,
            labels: None,
            test_split: Split::Test,
            label_pieces: LabelPieces::First,
        }
    }
}
