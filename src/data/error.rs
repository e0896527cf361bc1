//! Errors of data and tokenizers. Messages have a file's name in the repository or folder, never its path on a machine,
//! because they reach `results.csv`.

use super::{Location, Split, SplitError, TextError, TokenizerError};
use crate::hub::InputFile;
use crate::spec::InputLength;

/// A problem with the data or the tokenizer of a job.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be opened.
    #[error("cannot read {file}: {source}; check that it exists and is readable")]
    Unreadable {
        /// Name in the repository or folder.
        file: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// Not a complete Parquet file.
    #[error("{file} is not a complete Parquet file: {source}; copy or write it again")]
    Parquet {
        /// Name in the repository or folder.
        file: String,
        /// The reader's error.
        source: parquet::errors::ParquetError,
    },
    /// A Parquet file in a compression that is not built in.
    #[error(
        "{file} is compressed with {codec}, which this program does not read; write a copy with Zstandard, gzip, Snappy or LZ4, such as pandas.read_parquet(\"{file}\").to_parquet(\"copy.parquet\", compression=\"zstd\")"
    )]
    Compression {
        /// Name in the repository or folder.
        file: String,
        /// `Brotli` or `LZO`.
        codec: &'static str,
    },
    /// No column has one of the usual names, or the chosen one.
    #[error("{}: no column for {needed} among {found}; set {choice}", at(file, *place))]
    MissingColumn {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file; none: the file as a whole.
        place: Option<Location>,
        /// `words` or `tags`, with the names that are searched for.
        needed: String,
        /// The names of the columns.
        found: String,
        /// The setting to write.
        choice: String,
    },
    /// The column does not have lists of the required type.
    #[error("{file}: column `{column}` has {found}; write {needed}")]
    ColumnType {
        /// Name in the repository or folder.
        file: String,
        /// The column.
        column: String,
        /// The type that it has.
        found: String,
        /// The required type.
        needed: &'static str,
    },
    /// A word or tag is null.
    #[error("{file}, row {row}: `{column}` has a null value; give each word and tag a value")]
    NullValue {
        /// Name in the repository or folder.
        file: String,
        /// Row of the file, from 0.
        row: usize,
        /// The column.
        column: String,
    },
    /// A row has more words than tags, or fewer.
    #[error("{}: {words} tokens but {tags} tags; give each token one tag", place.of(file))]
    UnequalLengths {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Location,
        /// Number of tokens.
        words: usize,
        /// Number of tags.
        tags: usize,
    },
    /// A tag that is not O, B-X or I-X.
    #[error("{}: tag `{tag}` is not O, B-X or I-X; {remedy}", place.of(file))]
    NotBio {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Location,
        /// The tag.
        tag: String,
        /// What to do about it.
        remedy: String,
    },
    /// A tag that is not in the tag set.
    #[error("{}: tag `{tag}` is not in the tag set ({set}); correct the tag, or add it to data.labels", place.of(file))]
    OutsideSet {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Location,
        /// The tag, by name or number.
        tag: String,
        /// The tag set.
        set: String,
    },
    /// The label that the loss of transformers' Trainer ignores, in place of a tag.
    #[error(
        "{}: -100 marks ignored tokens and is not a tag; use the data from before tokenization",
        place.of(file)
    )]
    Ignored {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Location,
    },
    /// The tag set has an invalid or repeated name.
    #[error("`{tag}` in the tag set ({set}) is not O, B-X or I-X, or occurs twice; correct it in {origin}")]
    BadSet {
        /// The tag set.
        set: String,
        /// The name at fault.
        tag: String,
        /// Where the set comes from.
        origin: &'static str,
    },
    /// A file of an unsupported type.
    #[error("unsupported file type: {file}; expected one of {}", crate::hub::Format::endings())]
    NotRead {
        /// Name in the repository or folder.
        file: String,
    },
    /// Columns given by number in a file that names them.
    #[error("the columns of {file} have names, not numbers; set {choice}")]
    NamedColumns {
        /// Name in the repository or folder.
        file: String,
        /// The setting to write.
        choice: String,
    },
    /// An error in a text file.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A tag of another scheme than O, B-X, I-X.
    #[error("{}: tag `{tag}` is not O, B-X or I-X; {remedy}", place.of(file))]
    OtherScheme {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Location,
        /// The tag.
        tag: String,
        /// What to do about it.
        remedy: String,
    },
    /// I- tags, but no B- tag in all files.
    #[error(
        "{file} has I- tags, but no tag of the data begins with B-; set data.scheme = \"iob1\" or \"io\" to convert the tags, or list the tags in data.labels"
    )]
    NeverBegins {
        /// Name in the repository or folder of the first such file.
        file: String,
    },
    /// A sentence that does not follow the scheme.
    #[error("{}: {what} (data.scheme = \"{scheme}\"); {remedy}", place.of(file))]
    Scheme {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Location,
        /// The tag and what is wrong with it.
        what: String,
        /// The scheme.
        scheme: &'static str,
        /// What to do about it.
        remedy: String,
    },
    /// Several tags on one word.
    #[error(
        "{}: `{tag}` contains several tags (nested annotation); write each in its own column and choose one with data.columns",
        place.of(file)
    )]
    NestedTag {
        /// Name in the repository or folder.
        file: String,
        /// Where in the file.
        place: Location,
        /// The tag.
        tag: String,
    },
    /// `data.label_map` has types that do not occur.
    #[error("data.label_map maps {unknown}, but no tag has this type; the types are {there}: correct the map")]
    UnknownTypes {
        /// The types that do not occur.
        unknown: String,
        /// The types there are.
        there: String,
    },
    /// Files or columns chosen for a built-in data set.
    #[error("builtin:{name} has no files; remove {key}")]
    BuiltinFiles {
        /// The data set.
        name: String,
        /// The key that chooses some.
        key: &'static str,
    },
    /// Class numbers without names.
    #[error(
        "{file} has class numbers (0 to {largest}) without names; list the names in order{}: data.labels = {}, or in label.json beside the data",
        if names.is_some() { ", as the text of the README seems to have them" } else { "" },
        super::tag_names::labels_line(*largest, names.as_deref())
    )]
    NoTagNames {
        /// Names that the README's text seems to give.
        names: Option<Vec<String>>,
        /// Name in the repository or folder.
        file: String,
        /// The largest number.
        largest: i64,
    },
    /// A file that should name class numbers, but does not.
    #[error("{file} does not name the class numbers: {reason}; correct it, or list the names in order in data.labels")]
    BadNames {
        /// Name in the repository or folder.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Tags are numbers in one file and names in another.
    #[error("the tags of {file} are {found}, unlike those of the files before it; write all splits alike")]
    MixedTags {
        /// Name in the repository or folder.
        file: String,
        /// `numbers` or `names`
        found: &'static str,
    },
    /// A size is larger than the split.
    #[error("data.{split}_size = {asked}, but the {split} split has {there} rows; lower it, or set it to \"all\"")]
    TooFewRows {
        /// The split.
        split: Split,
        /// The size in the settings.
        asked: usize,
        /// Rows of the split.
        there: usize,
    },
    /// The training size is larger than what `data.drop_test_overlap` leaves.
    #[error(
        "data.train_size = {asked}, but {left} rows of the train split remain: data.drop_test_overlap removed {dropped} that are in the test split; lower it, or set it to \"all\""
    )]
    TooFewLeft {
        /// The size in the settings.
        asked: usize,
        /// Rows that remain.
        left: usize,
        /// Rows removed.
        dropped: usize,
    },
    /// Rows that cannot be parted as the settings say.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// No built-in data set of that name.
    #[error("no built-in data set `builtin:{name}`; use `builtin:es`")]
    NoSuchBuiltin {
        /// The name in the settings.
        name: String,
    },
    /// No supported tokenizer file.
    #[error(
        "no tokenizer.json, vocab.txt, vocab.json with merges.txt, or SentencePiece model beside the weights{}; add tokenizer.json, which `AutoTokenizer` writes with save_pretrained",
        if found.is_empty() { String::new() } else { format!(", only {found}") }
    )]
    NoTokenizer {
        /// The tokenizer files there are.
        found: String,
    },
    /// A tokenizer that cannot be built as its class does.
    #[error(transparent)]
    Class(#[from] TokenizerError),
    /// An invalid tokenizer file.
    #[error("{file} is not a valid tokenizer: {reason}; fetch or write it again")]
    BadTokenizer {
        /// Name in the repository or folder.
        file: String,
        /// The parser's error.
        reason: String,
    },
    /// A setting that is not supported for `vocab.txt`, or the class of another tokenizer.
    #[error(
        "{file}: {reason}; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained"
    )]
    TokenizerSetting {
        /// Name in the repository or folder.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A vocabulary without a required special token.
    #[error(
        "{file} has no token \"{token}\"; set {key} in tokenizer_config.json to one that it has, or fetch the file again"
    )]
    NoToken {
        /// Name in the repository or folder.
        file: String,
        /// The key of the special token.
        key: &'static str,
        /// The token.
        token: String,
    },
    /// A sentence that the tokenizer cannot encode.
    #[error("sentence {sentence} cannot be tokenized: {reason}; check the tokenizer")]
    Tokenize {
        /// Index among the sentences encoded.
        sentence: usize,
        /// The tokenizer's error.
        reason: String,
    },
    /// No room beside the special tokens.
    #[error("{length} leaves no room beside the tokenizer's {special} special tokens; raise it")]
    TooShort {
        /// That of inputs.
        length: InputLength,
        /// Number of special tokens around a sentence.
        special: usize,
    },
    /// Windows that share all of their tokens.
    #[error(
        "model.stride = {stride} leaves windows no step: they have {room} tokens beside the special ones; lower it"
    )]
    NoStep {
        /// `model.stride`
        stride: usize,
        /// Tokens of a window that are not special.
        room: usize,
    },
}

impl DataError {
    /// [`DataError::Unreadable`] of `file`.
    pub(super) fn unreadable(file: &InputFile) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Unreadable { file: file.name.clone(), source }
    }
}

fn at(file: &str, place: Option<Location>) -> String {
    place.map_or_else(|| file.to_owned(), |place| place.of(file))
}
