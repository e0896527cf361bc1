//! How data files are read, where neither their names nor what they hold says it.

use crate::words::words;

words! {
    /// How a data file is read, whatever its name ends with.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum FileFormat {
        /// A token per line.
        Columns => "columns",
        /// A JSON object per line, or one array of objects.
        Jsonl => "jsonl",
        /// A table with a token per row.
        Csv => "csv",
        /// Apache Parquet.
        Parquet => "parquet",
        /// A token per line in ten columns or more, tokens in the second.
        Conllu => "conllu",
    }
}

words! {
    /// What becomes of an entity whose ends are not those of words.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum SpanEnds {
        /// It is widened to whole words, and counted.
        Widen => "widen",
        /// It is an error.
        Refuse => "refuse",
    }
}
