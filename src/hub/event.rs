//! Progress of a fetch.

/// A step of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchEvent<'a> {
    /// A repository is listed.
    Listing {
        /// `owner/name`
        id: &'a str,
    },
    /// How much is missing of a repository.
    Missing {
        /// Number of files.
        files: usize,
        /// Their size in bytes, as far as it is known.
        bytes: u64,
    },
    /// Something that the user should know.
    Notice {
        /// One line.
        text: &'a str,
    },
    /// Another process downloads the file; this one waits.
    Waiting {
        /// Path in the repository.
        file: &'a str,
    },
    /// A partial download is resumed.
    Resumed {
        /// Path in the repository.
        file: &'a str,
        /// Size of the partial file in bytes.
        bytes: u64,
    },
    /// The download of a file starts.
    Started {
        /// Path in the repository.
        file: &'a str,
        /// The file's size in bytes, where known.
        bytes: Option<u64>,
    },
    /// Another chunk of a file arrived.
    Received {
        /// Path in the repository.
        file: &'a str,
        /// Bytes so far.
        bytes: u64,
    },
    /// A file is complete and checked.
    Finished {
        /// Path in the repository.
        file: &'a str,
    },
}
