//! What can be wrong with data and tokenizers. Files go by their name in the repository or folder, never by a
//! machine's path, because these messages reach `results.csv`.

use super::{Place, Split, TextError};

/// A problem with the data or the tokenizer of a job.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be opened.
    #[error("cannot read {file}: {source}; check that it is there and readable")]
    Unreadable {
        /// Name in the repository or folder.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not a whole Parquet file.
    #[error("{file} is not a whole Parquet file: {source}; copy or write it again")]
    Parquet {
        /// Name in the repository or folder.
        file: String,
        /// What the reader says.
        source: parquet::errors::ParquetError,
    },
    /// No column of the names looked for.
    #[error("{}: no column of {needed} among {found}; name them: {choice}", at(file, *place))]
    MissingColumn {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file; none: the whole of it.
        place: Option<Place>,
        /// What is looked for, with its names.
        needed: String,
        /// The columns there are.
        found: String,
        /// The line to write.
        choice: String,
    },
    /// The column holds something else than lists of the type needed.
    #[error("{file}: column `{column}` holds {found}, not {needed}; write it as such a list")]
    ColumnType {
        /// Name in the repository or folder.
        file: String,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
        /// What it should hold.
        needed: &'static str,
    },
    /// A word or tag is null.
    #[error("{file}, row {row}: a value of `{column}` is null; give each word and tag a value")]
    NullValue {
        /// Name in the repository or folder.
        file: String,
        /// Row of the file.
        row: usize,
        /// The column.
        column: String,
    },
    /// Words and tags do not pair.
    #[error("{}: {words} tokens but {tags} tags; give each token one tag", place.of(file))]
    UnequalLengths {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Place,
        /// Number of tokens.
        words: usize,
        /// Number of tags.
        tags: usize,
    },
    /// A tag that is neither O, B-X nor I-X.
    #[error("{}: tag `{tag}` is none of O, B-X, I-X; {remedy}", place.of(file))]
    NotBio {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Place,
        /// The tag.
        tag: String,
        /// What to do about it.
        remedy: String,
    },
    /// A tag that the set does not have.
    #[error("{}: tag `{tag}` is outside the tag set {set}; correct the row, or name it in data.labels", place.of(file))]
    OutsideSet {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Place,
        /// The tag, by name or number.
        tag: String,
        /// The names there are.
        set: String,
    },
    /// The label that Trainer's loss ignores, in place of a tag.
    #[error(
        "{}: tag -100 is no tag but the label that the loss ignores, on special tokens and further pieces of a word; write the data before they are tokenized, with one tag a word",
        place.of(file)
    )]
    Ignored {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Place,
    },
    /// The set itself has a bad name.
    #[error(
        "the tag set {set} has `{tag}`, which is none of O, B-X, I-X or stands there twice; correct it in {origin}"
    )]
    BadSet {
        /// The names there are.
        set: String,
        /// The bad one.
        tag: String,
        /// Where the set comes from.
        origin: &'static str,
    },
    /// A file whose name ends in nothing known.
    #[error("{file} is of no format that is read; its name has to end in {}", crate::hub::Format::endings())]
    NotRead {
        /// Name in the repository or folder.
        file: String,
    },
    /// Columns counted in a file that names them.
    #[error("{file} names its columns; name them: {choice}")]
    NamedColumns {
        /// Name in the repository or folder.
        file: String,
        /// The line to write.
        choice: String,
    },
    /// A text file that cannot be read as one.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A tag of another scheme than O, B-X, I-X.
    #[error("{}: tag `{tag}` is none of O, B-X, I-X; {remedy}", place.of(file))]
    OtherScheme {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Place,
        /// The tag.
        tag: String,
        /// What to do about it.
        remedy: String,
    },
    /// Entities, and none that begins.
    #[error(
        "{file} has I- tags, and no tag of the data begins with B-; set data.scheme = \"iob1\" or \"io\" to convert the tags, or name those there are in data.labels"
    )]
    NeverBegins {
        /// Name in the repository or folder of the first such file.
        file: String,
    },
    /// A sentence that does not follow the scheme.
    #[error("{}: {what}, under data.scheme = \"{scheme}\"; {remedy}", place.of(file))]
    Scheme {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Place,
        /// The tag, and what is wrong with it.
        what: String,
        /// The scheme.
        scheme: &'static str,
        /// What to do about it.
        remedy: String,
    },
    /// Several tags in one.
    #[error(
        "{}: `{tag}` is several tags, a nested annotation; write each in a column of its own and choose one with data.columns",
        place.of(file)
    )]
    NestedTag {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Place,
        /// The tag.
        tag: String,
    },
    /// Types mapped that do not occur.
    #[error("data.label_map maps {unknown}, which is the type of no tag; the types are {there}: correct the map")]
    UnknownTypes {
        /// The types that do not occur.
        unknown: String,
        /// The types there are.
        there: String,
    },
    /// Files or columns chosen of what the program makes itself.
    #[error("builtin:{name} has no files; drop {key}")]
    BuiltinFiles {
        /// The data set.
        name: String,
        /// The key that asks for some.
        key: &'static str,
    },
    /// Numbers for tags and no names for them.
    #[error(
        "{file} has numbers for tags (0 to {largest}) and nothing names them; name them in order: data.labels = [\"O\", \"B-PER\", ...], or in label.json beside the data"
    )]
    NoTagNames {
        /// Name in the repository or folder.
        file: String,
        /// The largest number.
        largest: i64,
    },
    /// Names of numbers that cannot be read.
    #[error("{file} does not name the class numbers: {reason}; correct it, or name them in order in data.labels")]
    BadNames {
        /// Name in the repository or folder.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// One split has numbers, another names.
    #[error("{file} has {found} for tags, the files before it have not; write all splits alike")]
    MixedTags {
        /// Name in the repository or folder.
        file: String,
        /// numbers or names
        found: &'static str,
    },
    /// The job asks for more rows than there are.
    #[error(
        "{split}_size asks for {asked} rows but the {split} split has {there}; ask for at most that, or for \"all\""
    )]
    TooFewRows {
        /// The split.
        split: Split,
        /// Rows asked for.
        asked: usize,
        /// Rows there are.
        there: usize,
    },
    /// The job asks for more rows than the test split leaves.
    #[error(
        "train_size asks for {asked} rows but the train split has {left} without those that the test split has too, of which data.drop_test_overlap left out {dropped}; ask for at most that, or for \"all\""
    )]
    TooFewLeft {
        /// Rows asked for.
        asked: usize,
        /// Rows left.
        left: usize,
        /// Rows left out.
        dropped: usize,
    },
    /// No corpus of that name in the program.
    #[error("there is no data set `builtin:{name}`; the program has `builtin:es`")]
    NoSuchBuiltin {
        /// The name asked for.
        name: String,
    },
    /// No tokenizer file that the program reads.
    #[error(
        "there is neither tokenizer.json nor vocab.txt beside the weights{}; add tokenizer.json, which `AutoTokenizer` writes with save_pretrained",
        if found.is_empty() { String::new() } else { format!(", only {found}") }
    )]
    NoTokenizer {
        /// The files there are.
        found: String,
    },
    /// A tokenizer file that does not parse.
    #[error("{file} is not a tokenizer: {reason}; fetch or write it again")]
    BadTokenizer {
        /// Name in the repository or folder.
        file: String,
        /// What the parser says.
        reason: String,
    },
    /// A setting of BertTokenizer that cannot be followed, or another tokenizer.
    #[error(
        "{file}: {reason}; of vocab.txt only a plain BertTokenizer is made: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained"
    )]
    TokenizerSetting {
        /// Name in the repository or folder.
        file: String,
        /// What it says.
        reason: String,
    },
    /// A vocabulary without a piece that every sentence needs.
    #[error(
        "{file} has no piece \"{piece}\" ({key}); name the vocabulary's own in tokenizer_config.json, or fetch the file again"
    )]
    NoPiece {
        /// Name in the repository or folder.
        file: String,
        /// What the piece is for.
        key: &'static str,
        /// The piece.
        piece: String,
    },
    /// A sentence that the tokenizer refuses.
    #[error("sentence {sentence} cannot be tokenized: {reason}; check the tokenizer")]
    Tokenize {
        /// Index among the sentences encoded.
        sentence: usize,
        /// What the tokenizer says.
        reason: String,
    },
    /// Too little room for a piece between the special ones.
    #[error(
        "max_length {max_length} leaves no piece beside the tokenizer's {special} special ones; raise model.max_length"
    )]
    TooShort {
        /// `model.max_length`
        max_length: usize,
        /// Special pieces of a sentence.
        special: usize,
    },
}

impl DataError {
    /// The error's name in `results.csv`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "data-unreadable",
            Self::Parquet { .. } => "data-not-parquet",
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
            Self::TooFewRows { .. } | Self::TooFewLeft { .. } => "data-too-few-rows",
            Self::NoSuchBuiltin { .. } => "data-no-builtin",
            Self::NoTokenizer { .. }
            | Self::BadTokenizer { .. }
            | Self::TokenizerSetting { .. }
            | Self::NoPiece { .. }
            | Self::Tokenize { .. } => "tokenizer",
            Self::TooShort { .. } => "max-length",
        }
    }

    /// The file at fault, by its name in the repository or folder.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Text(error) => Some(&error.file),
            Self::Unreadable { file, .. }
            | Self::Parquet { file, .. }
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
            | Self::NoPiece { file, .. } => Some(file),
            Self::BadSet { .. }
            | Self::UnknownTypes { .. }
            | Self::BuiltinFiles { .. }
            | Self::TooFewRows { .. }
            | Self::TooFewLeft { .. }
            | Self::NoSuchBuiltin { .. }
            | Self::NoTokenizer { .. }
            | Self::Tokenize { .. }
            | Self::TooShort { .. } => None,
        }
    }
}

/// A file, or a place in it.
fn at(file: &str, place: Option<Place>) -> String {
    place.map_or_else(|| file.to_owned(), |place| place.of(file))
}
