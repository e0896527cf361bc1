//! What a side says of its jobs beside their rows: every setting by experiment.toml, every input file by lock.toml. It
//! must not know the other side.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::hash::InputHashes;
use crate::hub::{Lock, LockedHashes};
use crate::ledger::BUILTINS;
use crate::plan::Plan;
use crate::results::{Record, ResultsError, SETTING_COLUMNS, Snapshot, is_seed};
use crate::spec::{Affects, EvaluationSet, KeyPath, Settings, read};

use super::pairing::Values;

/// What an evaluation set scores, as keys beside those of the jobs.
pub(super) const SET_DATASET: &str = "evaluate.dataset";
pub(super) const SET_LANGUAGE: &str = "evaluate.language";
const SET_SPLIT: &str = "evaluate.split";
pub(super) const SET_SIZE: &str = "evaluate.size";

/// What a side says of its jobs.
#[derive(Default)]
pub(super) struct Facts {
    /// The jobs' settings by label; empty without an experiment.toml.
    jobs: BTreeMap<String, Settings>,
    /// The evaluation set that is compared.
    set: Option<EvaluationSet>,
    /// The same as its table shows it.
    of_set: Values,
    /// The keys that results.csv has columns for.
    columns: Vec<String>,
    /// What was pinned.
    pub(super) lock: Lock,
    /// Hashes of files by what names the files.
    hashes: BTreeMap<String, InputHashes>,
}

impl Facts {
    /// What stands beside a table; `set`: the evaluation set that is compared. A file that cannot be used is left out, with
    /// a notice.
    ///
    /// # Errors
    /// What the system or git says.
    pub(super) fn read(
        snapshot: &Snapshot,
        set: Option<&str>,
        notices: &mut Vec<String>,
    ) -> Result<Self, ResultsError> {
        let mut facts = Self::default();
        let fixed = SETTING_COLUMNS.iter().map(|(_, name)| (*name).to_owned());
        facts.columns = fixed.chain(snapshot.tables.columns.varied.iter().cloned()).collect();
        if let Some(found) =
            snapshot.evaluations.iter().map(|row| &row.set).find(|known| Some(known.name.as_str()) == set)
        {
            let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            let names = [SET_DATASET, SET_LANGUAGE, SET_SPLIT, SET_SIZE];
            let texts = [&found.dataset, &found.language, &found.split, &found.size];
            facts.of_set = names.into_iter().zip(texts).map(|(name, value)| (name.to_owned(), text(value))).collect();
        }
        let name = |file: &str| format!("{}/{file}", snapshot.name);
        if let Some(content) = snapshot.file("experiment.toml")? {
            let text = String::from_utf8_lossy(&content).into_owned();
            match read(&PathBuf::from(name("experiment.toml")), &text).and_then(Plan::expand) {
                Ok(plan) => {
                    facts.set = plan.experiment.evaluate.into_iter().find(|known| Some(known.name.as_str()) == set);
                    facts.jobs = plan.jobs.into_iter().map(|job| (job.label, job.settings)).collect();
                }
                Err(_) => notices.push(format!(
                    "{} cannot be read, so only the keys that are columns of results.csv are compared; `runner verify` says why",
                    name("experiment.toml")
                )),
            }
        }
        if let Some(content) = snapshot.file("lock.toml")? {
            match Lock::parse(&String::from_utf8_lossy(&content)) {
                Ok(lock) => facts.lock = lock,
                Err(error) => notices.push(format!("{}: {error}; input files are not compared", snapshot.name)),
            }
        }
        Ok(facts)
    }

    /// The values of the keys that are known of a row and bear on results, seeds apart. A cell of the table counts more
    /// than the experiment.
    pub(super) fn values(&self, record: &Record) -> Values {
        let mut values = Values::new();
        if let Some(settings) = self.jobs.get(&record.label) {
            let keys = KeyPath::all().filter(|key| key.affects_results());
            values.extend(keys.map(|key| (key.to_string(), settings.get(key).map(|value| value.to_string()))));
        }
        values.extend(self.columns.iter().map(|name| (name.clone(), record.settings.get(name).cloned())));
        values.extend(self.of_set.clone());
        values.retain(|name, _| !is_seed(name));
        values
    }

    /// The hashes of a row's input files: those of its job, or of the evaluation set for the data.
    pub(super) fn inputs(&mut self, record: &Record) -> InputHashes {
        let Some(settings) = self.jobs.get(&record.label) else { return InputHashes::default() };
        let settings = self.set.as_ref().map_or_else(|| settings.clone(), |set| settings.evaluated_on(set));
        let names_files = |affects| matches!(affects, Affects::DataFiles | Affects::ModelFiles | Affects::Rows(_));
        let identity = settings.identity_of(names_files);
        let lock = &self.lock;
        self.hashes
            .entry(identity)
            .or_insert_with(|| LockedHashes::new(lock, &BUILTINS).of(&settings).unwrap_or_default())
            .clone()
    }
}
