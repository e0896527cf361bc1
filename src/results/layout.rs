//! The paths of a results folder. It touches no file and takes no lock.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::ScoredSplit;
use super::prediction_names::{earlier_prediction_name, prediction_name};

/// The paths of one results folder, `results/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The paths under `root`, which need not exist.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// `results/NAME`
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of all results that it lies in.
    pub fn out(&self) -> &Path {
        self.root.parent().unwrap_or(Path::new(""))
    }

    /// `results.csv`
    pub fn results(&self) -> PathBuf {
        self.root.join("results.csv")
    }

    /// `per_entity.csv`
    pub fn per_entity(&self) -> PathBuf {
        self.root.join("per_entity.csv")
    }

    /// `summary.csv`
    pub fn summary(&self) -> PathBuf {
        self.root.join("summary.csv")
    }

    /// `curves.csv`
    pub fn curves(&self) -> PathBuf {
        self.root.join("curves.csv")
    }

    /// `epochs.csv`
    pub fn epochs(&self) -> PathBuf {
        self.root.join("epochs.csv")
    }

    /// `evaluations.csv`
    pub fn evaluations(&self) -> PathBuf {
        self.root.join("evaluations.csv")
    }

    /// `rungs.csv`
    pub fn rungs(&self) -> PathBuf {
        self.root.join("rungs.csv")
    }

    /// The tables, including those that not every experiment has.
    pub(super) fn tables(&self) -> [PathBuf; 7] {
        let [per_entity, summary, curves] = [self.per_entity(), self.summary(), self.curves()];
        [per_entity, summary, curves, self.epochs(), self.evaluations(), self.rungs(), self.results()]
    }

    /// `experiment.toml`
    pub fn experiment(&self) -> PathBuf {
        self.root.join("experiment.toml")
    }

    /// `lock.toml`
    pub fn lock_toml(&self) -> PathBuf {
        self.root.join("lock.toml")
    }

    /// `predictions/`
    pub fn predictions_folder(&self) -> PathBuf {
        self.root.join("predictions")
    }

    /// `.run/predictions/`: those of rows that are not in the tables.
    pub(super) fn shelved_predictions(&self) -> PathBuf {
        self.run_folder().join("predictions")
    }

    /// `predictions/LABEL.tags`, `predictions/LABEL.validation.tags`: a row's predictions; those on an evaluation set
    /// `predictions/LABEL@SET.tags`. An odd label is written plainly.
    pub fn predictions(&self, label: &str, set: Option<&str>, split: ScoredSplit) -> PathBuf {
        self.predictions_folder().join(prediction_name(label, set, split))
    }

    /// `.run/predictions/KEY.tags`, `.run/predictions/KEY.validation.tags`: while no row of the tables has them.
    pub fn shelved(&self, key: &str, split: ScoredSplit) -> PathBuf {
        self.shelved_predictions().join(earlier_prediction_name(key, split))
    }

    /// `predictions/gold-HASH.tags`: the gold tags of predictions. The hash is of the split's files (SHA-256, 64 hex
    /// digits each, in their order), the split, the number of scored sentences, and the tag set.
    pub fn gold(&self, files: &[String], split: ScoredSplit, sentences: usize, tags: &[String]) -> PathBuf {
        let mut hash = Sha256::new();
        let size = sentences.to_string();
        let lists = [files, &[split.name().to_owned(), size], tags];
        for text in lists.into_iter().flatten() {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let hex: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        self.predictions_folder().join(format!("gold-{hex}.tags"))
    }

    /// `.run/`: what is not committed.
    pub fn run_folder(&self) -> PathBuf {
        self.root.join(".run")
    }

    /// `.run/journal.jsonl`
    pub fn journal(&self) -> PathBuf {
        self.run_folder().join("journal.jsonl")
    }

    /// `.run/timings.csv`
    pub fn timings(&self) -> PathBuf {
        self.run_folder().join("timings.csv")
    }

    /// `.run/calibration.csv`
    pub fn calibration(&self) -> PathBuf {
        self.run_folder().join("calibration.csv")
    }

    /// `.run/jobs/KEY/`: a job's log.txt and log.jsonl.
    pub fn job(&self, key: &str) -> PathBuf {
        self.run_folder().join("jobs").join(key)
    }

    /// `.run/models/KEY/`, by the key of the training: jobs that differ only in what they are scored on share a model.
    pub fn model(&self, training: &str) -> PathBuf {
        self.run_folder().join("models").join(training)
    }

    /// `.run/exports/KEY/`: the model of a training as a checkpoint, for experiments that start from it.
    pub fn exported(&self, training: &str) -> PathBuf {
        self.run_folder().join("exports").join(training)
    }

    /// `.run/checkpoints/`
    pub fn checkpoints_folder(&self) -> PathBuf {
        self.run_folder().join("checkpoints")
    }

    /// `.run/checkpoints/KEY.safetensors`: an unfinished training.
    pub fn checkpoint(&self, key: &str) -> PathBuf {
        self.checkpoints_folder().join(format!("{key}.safetensors"))
    }

    /// `.run/submit/`: a folder for each submission.
    pub fn submissions_folder(&self) -> PathBuf {
        self.run_folder().join("submit")
    }

    /// `.run/submit/ID/`
    pub fn submission(&self, id: &str) -> PathBuf {
        self.submissions_folder().join(id)
    }

    /// `.run/workers/`: beacons and journals of the workers that share the folder.
    pub fn workers_folder(&self) -> PathBuf {
        self.run_folder().join("workers")
    }

    /// `.run/workers/NAME.jsonl`: what a worker entered.
    pub(super) fn worker_journal(&self, worker: &str) -> PathBuf {
        self.workers_folder().join(format!("{worker}.jsonl"))
    }

    /// `.run/workers/NAME.csv`: how long its jobs took.
    pub(super) fn worker_timings(&self, worker: &str) -> PathBuf {
        self.workers_folder().join(format!("{worker}.csv"))
    }

    /// `.run/claims/`: which worker has what.
    pub fn claims_folder(&self) -> PathBuf {
        self.run_folder().join("claims")
    }

    /// `.run/lock`: held while a process works on the folder.
    pub(super) fn lock_file(&self) -> PathBuf {
        self.run_folder().join("lock")
    }

    /// `.run/tables-ready`: there while new tables, complete beside the old ones, are renamed into place; it has the moves
    /// of predictions that belong to them.
    pub(super) fn tables_ready(&self) -> PathBuf {
        self.run_folder().join("tables-ready")
    }

    /// Whether new tables are complete, but not all in place: a run was stopped there, and the next one goes on.
    pub fn is_being_replaced(&self) -> bool {
        self.tables_ready().exists()
    }

    /// `.run/.gitignore`
    pub(super) fn gitignore(&self) -> PathBuf {
        self.run_folder().join(".gitignore")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gold_file_is_named_after_all_that_decides_its_content() {
        let layout = Layout::new("r");
        let tags = ["O".to_owned(), "B-A".to_owned()];
        let files = ["ab".to_owned()];
        let name = layout.gold(&files, ScoredSplit::Test, 10, &tags);
        // Python: sha256 of each text after its length as 8 bytes, little endian, of "ab", "test", "10", "O", "B-A".
        assert_eq!(name, Path::new("r/predictions/gold-7e53221dc078.tags"));
        let others = [
            layout.gold(&["ac".to_owned()], ScoredSplit::Test, 10, &tags),
            layout.gold(&files, ScoredSplit::Validation, 10, &tags),
            layout.gold(&files, ScoredSplit::Test, 11, &tags),
            layout.gold(&files, ScoredSplit::Test, 10, &tags[..1]),
        ];
        assert!(others.iter().all(|other| *other != name));
    }
}
