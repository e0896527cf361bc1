//! A buffer in a device's memory with its length: every address and copy is checked against it.

use crate::engine::error::EngineError;

use super::runtime::{Address, Runtime};

/// A buffer. Its methods take the runtime that it came from.
#[derive(Debug)]
pub(super) struct Buffer {
    start: Address,
    bytes: usize,
}

impl Buffer {
    /// `bytes` zeros.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn zeros(runtime: &dyn Runtime, bytes: usize) -> Result<Self, EngineError> {
        Ok(Self { start: runtime.zeros(bytes)?, bytes })
    }

    /// Its address `offset` bytes from its start, where at least `bytes` are left.
    ///
    /// # Panics
    /// If fewer are left.
    pub(super) fn at(&self, offset: usize, bytes: usize) -> Address {
        assert!(
            offset.checked_add(bytes).is_some_and(|end| end <= self.bytes),
            "{bytes} bytes at {offset} exceed a buffer of {}",
            self.bytes
        );
        // SAFETY: within the buffer, as asserted.
        unsafe { Address::new(self.start.number() + offset as u64) }
    }

    /// Copies words to `offset`.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn upload(&self, runtime: &dyn Runtime, offset: usize, words: &[u32]) -> Result<(), EngineError> {
        let to = self.at(offset, size_of_val(words));
        // SAFETY: the words fit.
        unsafe { runtime.upload(to, words) }
    }

    /// Copies words from `offset`, once all work so far is done.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn download(&self, runtime: &dyn Runtime, offset: usize, words: &mut [u32]) -> Result<(), EngineError> {
        let from = self.at(offset, size_of_val(words));
        // SAFETY: as many words are there.
        unsafe { runtime.download(from, words) }
    }

    /// Sets `bytes` bytes from `offset` on to zero.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn clear(&self, runtime: &dyn Runtime, offset: usize, bytes: usize) -> Result<(), EngineError> {
        let at = self.at(offset, bytes);
        // SAFETY: as many bytes are there.
        unsafe { runtime.clear(at, bytes) }
    }
}
