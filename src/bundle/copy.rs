//! Reads a file to be bundled: stops on a signal, and notices a file that is no longer the one that was hashed.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use super::contents::Content;
use super::error::BundleError;
use crate::hash;

/// The bytes of a [`Content`].
pub(super) enum Reading<'a> {
    Bytes(&'a [u8]),
    File { file: File, hash: Sha256, stop: &'a AtomicBool },
}

impl<'a> Reading<'a> {
    pub(super) fn open(content: &'a Content, stop: &'a AtomicBool) -> Result<Self, BundleError> {
        match content {
            Content::Bytes(bytes) => Ok(Self::Bytes(bytes)),
            Content::File(input) => {
                let file = File::open(&input.path).map_err(|error| BundleError::disk(&input.path, error))?;
                // an archive's header has the size: no byte more is read
                let found = file.metadata().map_err(|error| BundleError::disk(&input.path, error))?.len();
                if found != input.size {
                    return Err(BundleError::Changed(input.path.clone()));
                }
                Ok(Self::File { file, hash: Sha256::new(), stop })
            }
        }
    }

    /// What came of reading it to the end.
    pub(super) fn done(self, content: &Content) -> Result<(), BundleError> {
        let (Self::File { hash, .. }, Content::File(input)) = (self, content) else { return Ok(()) };
        let found = hash::Sha256::from_digest(&hash.finalize().into());
        if found == input.sha256 { Ok(()) } else { Err(BundleError::Changed(input.path.clone())) }
    }
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bytes(bytes) => bytes.read(buffer),
            Self::File { stop, .. } if stop.load(Ordering::Relaxed) => Err(io::Error::other("interrupted")),
            Self::File { file, hash, .. } => {
                let read = file.read(buffer)?;
                hash.update(&buffer[..read]);
                Ok(read)
            }
        }
    }
}
