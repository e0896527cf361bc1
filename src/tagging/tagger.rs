//! A job's model that tags documents: windows packed into batches, a tag and its probability for every word. An answer
//! depends on its document alone, not on the batch, nor on the number of threads.

use crate::data::{best_window, windows};
use crate::engine::{Batch, Capacity, Decoder, Device, Engine, EngineError, NO_LABEL, attention_weights};
use crate::metrics::{TagSet, Transitions};
use crate::spec::Decoding;
use crate::trained::TrainedJob;

use super::encoder::{EncodedDocument, Encoder};
use super::error::TaggingError;

/// The most tokens of a batch on the CPU.
const TOKENS: usize = 1024;

/// The same on a GPU, which needs more to be busy.
const TOKENS_OF_GPU: usize = 16 << 10;

/// The tag of a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The tag's number.
    pub tag: u16,
    /// Its probability.
    pub score: f32,
}

/// The answer of each word of each document; none for a word without a token.
pub(super) type Answers = Vec<Vec<Option<Answer>>>;

/// A model on a device.
#[derive(Debug)]
pub struct Tagger {
    engine: Engine,
    labels: Vec<String>,
    /// The special tokens around a window.
    around: [Vec<u32>; 2],
    /// Tokens of a document that fit between them.
    room: usize,
    /// Tokens that two neighboring windows share at least.
    stride: usize,
    most_tokens: usize,
    /// Decodes a document's words together; none: each for itself.
    decoder: Option<Decoder>,
}

/// A batch that is filled, with the document and word of each selected token.
struct Filling<'t> {
    tagger: &'t Tagger,
    batch: Batch,
    words: Vec<(usize, usize)>,
    answers: Answers,
    /// Of each document whose words are decoded together, its words with a token, and their logits.
    scored: Vec<(Vec<usize>, Vec<f32>)>,
}

impl Tagger {
    /// The trained model of `job` on `device`, for documents of `encoder`. Windows are as long as its inputs, and share what
    /// `model.stride` says.
    ///
    /// # Errors
    /// Weights that cannot be read; those of the device.
    pub fn new(job: &TrainedJob, encoder: &Encoder, device: Device) -> Result<Self, TaggingError> {
        let tokenizer = encoder.tokenizer();
        let length = job.settings.model.input_length().uncut();
        let (window, room) = (length.tokens(), tokenizer.room(length)?);
        let stride = length.stride(room).expect("windows share some");
        let most_tokens = if device.uses_host_memory() { TOKENS } else { TOKENS_OF_GPU }.max(window);
        // a batch of windows holds no more weights than one of the longest windows
        let windows = most_tokens.div_ceil(window);
        let capacity =
            Capacity { tokens: most_tokens, attention_weights: windows * attention_weights(job.config.heads, window) };
        let engine = job.engine::<TaggingError>(capacity, device)?;
        let around = [tokenizer.before().to_vec(), tokenizer.after().to_vec()];
        let by_sentences = job.config.crf || job.settings.model.decoding == Decoding::Constrained;
        let allowed =
            by_sentences.then(|| TagSet::new(job.labels()).map(|tags| Transitions::iob2(&tags))).transpose()?;
        let decoder = allowed.map(|allowed| engine.decoder(&allowed)).transpose()?;
        Ok(Self { engine, labels: job.labels().to_vec(), around, room, stride, most_tokens, decoder })
    }

    /// The tags, by number.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The answers of `documents`, on the threads of the current pool.
    ///
    /// # Errors
    /// Those of the device; logits that are not finite.
    pub(super) fn answers(&self, documents: &[EncodedDocument]) -> Result<Answers, EngineError> {
        let answers = documents.iter().map(|document| vec![None; document.words.len()]).collect();
        let scored = documents.iter().map(|_| Default::default()).collect();
        let batch = Batch::of(self.engine.config());
        let mut filling = Filling { tagger: self, batch, words: Vec::new(), answers, scored };
        for (at, document) in documents.iter().enumerate() {
            filling.add(at, document)?;
        }
        filling.finish()
    }
}

impl Filling<'_> {
    /// Adds the windows of a document.
    fn add(&mut self, at: usize, document: &EncodedDocument) -> Result<(), EngineError> {
        let windows = windows(document.ids.len(), self.tagger.room, self.tagger.stride);
        let with_token = document.words.iter().enumerate().filter_map(|(word, of)| Some((word, of.first_token?)));
        let mut asked: Vec<Vec<(usize, usize)>> = vec![Vec::new(); windows.len()];
        with_token.for_each(|(word, token)| asked[best_window(&windows, token)].push((word, token)));
        for (window, asked) in windows.into_iter().zip(asked).filter(|(_, asked)| !asked.is_empty()) {
            let [before, after] = &self.tagger.around;
            let ids = [before, &document.ids[window.clone()], after].concat();
            if self.batch.tokens() + ids.len() > self.tagger.most_tokens {
                self.run()?;
            }
            let example = u32::try_from(self.batch.sequences.len()).expect("a batch has fewer than 2^32 windows");
            let labels = vec![NO_LABEL; ids.len()];
            let position =
                |token: usize| u32::try_from(before.len() + token - window.start).expect("it is in a window");
            self.batch.push_selecting(example, &ids, &labels, asked.iter().map(|(_, token)| position(*token)));
            self.words.extend(asked.iter().map(|(word, _)| (at, *word)));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Answers, EngineError> {
        self.run()?;
        let Some(decoder) = &self.tagger.decoder else { return Ok(self.answers) };
        for (answers, (words, logits)) in self.answers.iter_mut().zip(self.scored) {
            let path = decoder.best_path(&logits);
            let scores = decoder.probabilities(&logits, &path);
            for ((word, tag), score) in words.into_iter().zip(path).zip(scores) {
                answers[word] = Some(Answer { tag, score: score as f32 });
            }
        }
        Ok(self.answers)
    }

    /// Runs the batch and empties it.
    fn run(&mut self) -> Result<(), EngineError> {
        let logits = self.tagger.engine.logits(&self.batch)?;
        for ((document, word), logits) in self.words.drain(..).zip(logits.chunks(self.tagger.labels.len())) {
            if !logits.iter().all(|logit| logit.is_finite()) {
                return Err(EngineError::LogitsNotFinite { steps: 0 });
            }
            if self.tagger.decoder.is_none() {
                self.answers[document][word] = Some(best(logits));
                continue;
            }
            let (words, scored) = &mut self.scored[document];
            words.push(word);
            scored.extend_from_slice(logits);
        }
        self.batch.clear();
        Ok(())
    }
}

/// The best class, the first of several, with its share of the softmax.
fn best(logits: &[f32]) -> Answer {
    let best = (0..logits.len()).reduce(|best, class| if logits[class] > logits[best] { class } else { best });
    let best = best.expect("a model has a class");
    let sum: f64 = logits.iter().map(|logit| libm::exp(f64::from(*logit) - f64::from(logits[best]))).sum();
    Answer { tag: u16::try_from(best).expect("tags are fewer than 2^16"), score: (1.0 / sum) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_class_has_its_share_of_the_softmax() {
        // numpy: logits = np.float32([1, 3, 2]); (np.exp(logits) / np.exp(logits).sum()).max() = 0.6652409
        assert_eq!(best(&[1.0, 3.0, 2.0]), Answer { tag: 1, score: 0.665_240_94 });
        assert_eq!(best(&[2.0, 2.0]), Answer { tag: 0, score: 0.5 });
        assert_eq!(best(&[-200.0, 200.0]), Answer { tag: 1, score: 1.0 });
    }
}
