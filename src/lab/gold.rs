//! The gold tags of the rows that are scored, and the file that holds them. It must not know predictions.

use std::path::PathBuf;

use crate::data::{Corpus, DataError, Labels, Sentence};
use crate::hash::InputHashes;
use crate::results::{Layout, ScoredSplit, tag_lines};
use crate::spec::{Settings, Split};

/// The gold tags of the rows of a split that a job's model is scored on.
pub struct GoldTags {
    split: ScoredSplit,
    /// The model's tags, and then those of the data that it lacks.
    labels: Labels,
    /// [sentences][words]
    tags: Vec<Vec<u16>>,
    /// What they come from: SHA-256 of the data's files, how they are read where that is not as it is, and which training
    /// rows they are where those are the validation split.
    origin: Vec<String>,
}

impl GoldTags {
    /// Those of `settings` in `corpus`, read from files of these hashes, for a model of the tags `known`.
    ///
    /// # Errors
    /// Fewer rows than the settings ask for.
    pub fn new(
        corpus: &Corpus,
        settings: &Settings,
        hashes: &InputHashes,
        known: &Labels,
        split: ScoredSplit,
    ) -> Result<Self, DataError> {
        let (labels, numbers) = known.union(&corpus.labels);
        let sentences = corpus.first(split.split(), settings.data.size(split.split()))?;
        let tags = |sentence: &Sentence| sentence.tags.iter().map(|tag| numbers[usize::from(*tag)]).collect();
        let reading = Some(Corpus::label_fingerprint(&settings.data)).filter(|reading| !reading.is_empty());
        let files = hashes.data.values().map(|hash| hash.as_str().to_owned());
        let rows = (split.split() == Split::Validation).then(|| Corpus::held_out_fingerprint(&settings.data));
        let rows = rows.filter(|rows| !rows.is_empty());
        let tags = sentences.into_iter().map(tags).collect();
        Ok(Self { split, labels, tags, origin: files.chain(reading).chain(rows).collect() })
    }

    /// The tag set.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The tags: [sentences][words], numbers of [`GoldTags::labels`].
    pub fn tags(&self) -> &[Vec<u16>] {
        &self.tags
    }

    /// The file of `folder` that holds them.
    pub fn path(&self, folder: &Layout) -> PathBuf {
        folder.gold(&self.origin, self.split, self.tags.len(), self.labels.names())
    }

    /// That file's content.
    pub fn lines(&self) -> Vec<u8> {
        let tags: Vec<Vec<Option<u16>>> =
            self.tags.iter().map(|tags| tags.iter().copied().map(Some).collect()).collect();
        tag_lines(self.labels.names(), &tags)
    }
}
