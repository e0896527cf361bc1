//! A whole input tagged, from its first document to its last: read and tokenized on a thread of its own, some chunks
//! ahead of the model. Memory depends on the longest document, not on their number.

use std::io::Read;
use std::sync::mpsc::{Receiver, sync_channel};

use super::documents::{Chunk, Documents};
use super::encoder::{EncodedDocument, Encoder};
use super::error::{InputError, TaggingError};
use super::tagged::Tagged;
use super::tagger::Tagger;

/// Chunks that wait for the model.
const AHEAD: usize = 1;

/// Documents that were read together, and why reading ended after them.
type EncodedChunk = (Vec<EncodedDocument>, Option<Result<(), InputError>>);

/// Tags every document on the threads of the current pool. `write` gets the answers in the input's order, as soon as they are
/// there, and stops the work by returning false.
///
/// # Errors
/// What ends the input, after the answers of what stands before it; those of the device and of `write`.
pub fn tag_all<R, E>(
    documents: Documents<R>,
    encoder: Encoder,
    tagger: &Tagger,
    mut write: impl FnMut(&[Tagged]) -> Result<bool, E>,
) -> Result<(), E>
where
    R: Read + Send + 'static,
    E: From<TaggingError>,
{
    let chunks = read_ahead(documents, encoder);
    loop {
        let (encoded, end) = chunks.recv().expect("the reader says when it ends");
        let answers = tagger.answers(&encoded).map_err(TaggingError::from)?;
        let tagged = encoded.into_iter().zip(&answers).map(|(one, answers)| Tagged::new(one, answers, tagger.labels()));
        let tagged: Vec<Tagged> = tagged.collect();
        if !tagged.is_empty() && !write(&tagged)? {
            return Ok(());
        }
        if let Some(end) = end {
            return end.map_err(|error| TaggingError::from(error).into());
        }
    }
}

/// Reads and tokenizes. The thread is not waited for: it may be reading an input that does not end.
fn read_ahead<R: Read + Send + 'static>(mut documents: Documents<R>, encoder: Encoder) -> Receiver<EncodedChunk> {
    let (sender, receiver) = sync_channel(AHEAD);
    std::thread::spawn(move || {
        loop {
            let Chunk { documents: read, end } = documents.chunk();
            let (encoded, fault) = encoder.encode(read, documents.name());
            let end = fault.err().map(Err).or(end);
            let is_last = end.is_some();
            if sender.send((encoded, end)).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}
