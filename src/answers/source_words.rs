//! The words of a job's scored sentences, from its data set as far as that is on this machine. It sends no request, and
//! believes no data whose tags are not the gold ones.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::data::{Corpus, DataError};
use crate::hub;
use crate::ledger::BUILTINS;
use crate::plan::Plan;
use crate::results::{Gold, Layout, ResultsError, ScoredSplit, TagNames, read_lock};
use crate::spec::{self, Overrides, Settings};

/// Why the words of a job's sentences are unknown.
#[derive(Debug, Error)]
pub enum NoWords {
    /// The folder's experiment is missing or has problems.
    #[error("{} is missing or cannot be read; restore it from git, or run the experiment again", file.display())]
    Experiment {
        /// `results/NAME/experiment.toml`
        file: PathBuf,
    },
    /// The folder's experiment has no such job.
    #[error("{} has no {what}; restore the file that belongs to the table", file.display())]
    Unknown {
        /// `results/NAME/experiment.toml`
        file: PathBuf,
        /// `job train_size=1000`
        what: String,
    },
    /// The folder's lock cannot be read.
    #[error(transparent)]
    Lock(#[from] ResultsError),
    /// The data set is not on this machine.
    #[error("the data set {dataset} is not on this machine; {remedy}")]
    Absent {
        /// As the experiment names it.
        dataset: String,
        /// How it gets here.
        remedy: String,
    },
    /// The data set cannot be read.
    #[error("the data set {dataset} cannot be read: {source}")]
    Unreadable {
        /// As the experiment names it.
        dataset: String,
        /// Why.
        source: Box<DataError>,
    },
    /// The data set has other sentences or tags than the gold.
    #[error("the data set {dataset} is not the one that was scored: {difference}; restore it, or run the job again")]
    Changed {
        /// As the experiment names it.
        dataset: String,
        /// How it differs.
        difference: String,
    },
}

/// The words of the sentences of `gold`, [sentences][words]: those of a job's split, or of an evaluation set.
///
/// # Errors
/// Why they are unknown.
pub fn source_words(
    folder: &Path,
    label: &str,
    set: Option<&str>,
    split: ScoredSplit,
    gold: &Gold,
    names: &TagNames,
) -> Result<Vec<Vec<String>>, NoWords> {
    let layout = Layout::new(folder);
    let settings = settings_of(&layout, label, set)?;
    let dataset = settings.data.dataset.to_string();
    let lock = read_lock(&layout)?;
    let Some(inputs) = hub::data_on_disk(&settings, &lock, &BUILTINS) else {
        let remedy = match settings.data.dataset {
            spec::Source::Hub(_) => format!("`runner data {}` fetches it", layout.experiment().display()),
            _ => "put the folder back where it was".to_owned(),
        };
        return Err(NoWords::Absent { dataset, remedy });
    };
    let unreadable = |error| NoWords::Unreadable { dataset: dataset.clone(), source: Box::new(error) };
    let corpus = Corpus::load(&inputs, &settings.data).map_err(unreadable)?;
    let rows = corpus.first(split.split(), settings.data.size(split.split())).map_err(unreadable)?;
    let differs = |difference| NoWords::Changed { dataset: dataset.clone(), difference };
    if rows.len() != gold.sentences.len() {
        return Err(differs(format!("{} sentences, and {} in the gold tags", rows.len(), gold.sentences.len())));
    }
    let is_same = |row: &[u16], gold: &[u16]| {
        row.iter().map(|tag| corpus.labels.name(*tag)).eq(gold.iter().map(|tag| names.name(*tag)))
    };
    let others = rows.iter().zip(&gold.sentences).filter(|(row, gold)| !is_same(&row.tags, gold)).count();
    if others > 0 {
        return Err(differs(format!("the tags of {others} of {} sentences differ", rows.len())));
    }
    Ok(rows.iter().map(|row| row.words.clone()).collect())
}

/// The settings of a job, or of its model on an evaluation set.
fn settings_of(layout: &Layout, label: &str, set: Option<&str>) -> Result<Settings, NoWords> {
    let file = layout.experiment();
    let plan = spec::load(&file, &Overrides::default()).and_then(Plan::expand);
    let plan = plan.map_err(|_| NoWords::Experiment { file: file.clone() })?;
    let unknown = |what: String| NoWords::Unknown { file: file.clone(), what };
    let job = plan.jobs.iter().find(|job| job.label == label).ok_or_else(|| unknown(format!("job {label}")))?;
    let Some(set) = set else { return Ok(job.settings.clone()) };
    let found = plan.experiment.evaluate.iter().find(|known| known.name == set);
    let found = found.ok_or_else(|| unknown(format!("evaluation set {set}")))?;
    Ok(job.settings.evaluated_on(found))
}
