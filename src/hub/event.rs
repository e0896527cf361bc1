//! What fetching reports as it goes.

/// A step of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A repository is asked what it holds.
    Listing {
        /// `owner/name`
        id: &'a str,
    },
    /// Files of a repository that are to be fetched.
    Missing {
        /// How many.
        files: usize,
        /// Their bytes, as far as they are known.
        bytes: u64,
    },
    /// Something worth knowing of where things go.
    Notice {
        /// A line.
        text: &'a str,
    },
    /// Another process fetches the file; its end is waited for.
    Waiting {
        /// Path in the repository.
        file: &'a str,
    },
    /// A transfer that was cut goes on.
    Resumed {
        /// Path in the repository.
        file: &'a str,
        /// Bytes that are there.
        bytes: u64,
    },
    /// A file's transfer begins.
    Started {
        /// Path in the repository.
        file: &'a str,
        /// Its size in bytes, where known.
        bytes: Option<u64>,
    },
    /// More of a file is here.
    Received {
        /// Path in the repository.
        file: &'a str,
        /// Bytes so far.
        bytes: u64,
    },
    /// A file is here, whole and checked.
    Finished {
        /// Path in the repository.
        file: &'a str,
    },
}
