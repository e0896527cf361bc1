//! What a model card says of a job beside its settings: the row that counts, and how many sentences it was scored on.

use std::collections::BTreeMap;

use crate::hub::{LockedHashes, Origin, Pinned};
use crate::ledger::BUILTINS;
use crate::results::{Record, ResultsError, ScoredSplit, Snapshot, TagNames, Tags};
use crate::trained::{TrainedJob, TrainedJobError};

use super::error::ExportError;

/// The facts of a card.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The name of the results folder, however it was given.
    pub folder: String,
    /// The row: what the journal knows of it is right.
    pub record: Record,
    /// Sentences of each scored split, where its predictions are there.
    pub sentences: BTreeMap<ScoredSplit, usize>,
    /// The data set and the checkpoint: the files that the job reads.
    pub inputs: [(Origin, Pinned); 2],
    /// What defines the row's environment, as lock.toml has it.
    pub environment: BTreeMap<String, String>,
}

impl Facts {
    /// The facts of a job's row. They are read from its results folder.
    ///
    /// # Errors
    /// Tables that cannot be read; a row that its own predictions contradict.
    pub fn of(job: &TrainedJob) -> Result<Self, ExportError> {
        let unread = |error: ResultsError| ExportError::Results(error);
        let row = &job.address.record;
        let mut snapshot = Snapshot::open(&job.address.folder).map_err(unread)?;
        let contradicted = || ExportError::Contradicted { job: job.address.name() };
        if snapshot.contradicted.contains(&row.outcome.key) {
            return Err(contradicted());
        }
        let found = snapshot.tables.records.iter().find(|record| record.outcome.key == row.outcome.key);
        let record = found.unwrap_or(row).clone();
        let mut sentences = BTreeMap::new();
        // one for all splits: the snapshot keeps gold tags by these numbers
        let mut names = TagNames::default();
        for split in record.measurements().map(|measured| &measured.splits).into_iter().flat_map(BTreeMap::keys) {
            match snapshot.tags(&mut names, &record, None, *split).map_err(unread)? {
                Tags::Read(read) if read.agrees => drop(sentences.insert(*split, read.gold.sentences.len())),
                Tags::Read(_) => return Err(contradicted()),
                Tags::Missing | Tags::Unusable(_) => {}
            }
        }
        let environment = job.lock.environments.get(&record.outcome.environment).cloned().unwrap_or_default();
        let unpinned = |unpinned| TrainedJobError::Unpinned { job: job.address.name(), unpinned };
        let inputs = LockedHashes::new(&job.lock, &BUILTINS).inputs(&job.settings).map_err(unpinned)?;
        let folder = &job.address.folder;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let folder = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { folder, record, sentences, inputs, environment })
    }

    /// The facts of the job after it was trained again: scores and environment are those of now.
    pub fn retrained(self, record: Record, environment: BTreeMap<String, String>) -> Self {
        Self { record, environment, ..self }
    }
}
