//! Results folders of a few sentences, whose scores follow from their predictions.

use std::collections::BTreeMap;
use std::ops::Range;

use runner::hash::Sha256;
use runner::metrics::{TagSet, score};
use runner::results::{
    Columns, Ending, EvaluatedSet, EvaluationRecord, Failure, Measurements, Outcome, Record, ScoredSplit,
    evaluations_csv, per_entity_csv, results_csv, tag_lines,
};

use crate::workshop::Workshop;

/// One job: a person and a place in each sentence, of which it misses the place in the `wrong` ones; it finds nothing at
/// all if there are no so many.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) label: &'static str,
    pub(super) rate: &'static str,
    pub(super) seed: u64,
    pub(super) data_seed: u64,
    pub(super) wrong: Range<usize>,
    pub(super) environment: &'static str,
    pub(super) failure: Option<&'static str>,
}

/// A results folder.
#[derive(Clone)]
pub(super) struct Results {
    pub(super) jobs: Vec<Job>,
    pub(super) sentences: usize,
    /// Sentences whose gold has no entity.
    pub(super) plain: Range<usize>,
    pub(super) predictions: bool,
    /// Whether the models are scored on the evaluation set `other`, too, where they answer the same.
    pub(super) evaluated: bool,
    /// Cells that other settings have, by dotted name.
    pub(super) settings: Vec<(&'static str, &'static str)>,
    pub(super) files: Vec<(&'static str, String)>,
}

/// A job with seed and wrong sentences; the rest is common.
pub(super) fn job(label: &'static str, seed: u64, wrong: Range<usize>) -> Job {
    Job { label, rate: "5e-5", seed, data_seed: 42, wrong, environment: "cpu", failure: None }
}

/// A setting with seeds from 1, each with as many wrong sentences.
pub(super) fn setting(label: &'static str, wrong: &[usize]) -> Vec<Job> {
    (1..).zip(wrong).map(|(seed, wrong)| job(label, seed, 0..*wrong)).collect()
}

impl Results {
    /// 200 sentences, with predictions.
    pub(super) fn new(jobs: Vec<Job>) -> Self {
        let (settings, files) = (Vec::new(), Vec::new());
        Self { jobs, sentences: 200, plain: 0..0, predictions: true, evaluated: false, settings, files }
    }

    pub(super) fn rate(mut self, rate: &'static str) -> Self {
        self.jobs.iter_mut().for_each(|job| job.rate = rate);
        self
    }

    pub(super) fn environment(mut self, environment: &'static str) -> Self {
        self.jobs.iter_mut().for_each(|job| job.environment = environment);
        self
    }

    pub(super) fn without_predictions(self) -> Self {
        Self { predictions: false, ..self }
    }

    pub(super) fn file(mut self, name: &'static str, content: impl Into<String>) -> Self {
        self.files.push((name, content.into()));
        self
    }

    /// Writes the folder anew.
    pub(super) fn write(&self, workshop: &Workshop, folder: &str) {
        let _none = std::fs::remove_dir_all(workshop.path(folder));
        let names = ["O", "B-PER", "I-PER", "B-LOC"].map(str::to_owned);
        let tags = TagSet::new(&names).unwrap();
        let gold: Vec<Vec<u16>> = (0..self.sentences)
            .map(|sentence| if self.plain.contains(&sentence) { vec![0, 0, 0, 0] } else { vec![1, 2, 0, 3] })
            .collect();
        let known = |tags: &Vec<u16>| tags.iter().map(|tag| Some(*tag)).collect::<Vec<_>>();
        let (mut records, mut evaluations) = (Vec::new(), Vec::new());
        for job in &self.jobs {
            let mut answers: Vec<Vec<Option<u16>>> = gold.iter().map(known).collect();
            match answers.get_mut(job.wrong.clone()) {
                Some(wrong) => wrong.iter_mut().for_each(|answer| answer[3] = Some(0)),
                None => answers.iter_mut().flatten().for_each(|answer| *answer = Some(0)),
            }
            let mut measured =
                Measurements { words_unseen: Some(0), test_in_train: Some(0), ..Measurements::default() };
            measured.add_scores(ScoredSplit::Test, &score(&tags, &gold, &answers).unwrap());
            let settings = self.settings_of(job);
            let key = Sha256::of(format!("{settings:?}")).as_str()[..12].to_owned();
            if self.predictions && job.failure.is_none() {
                workshop.write(&format!("{folder}/predictions/{key}.tags"), tag_lines(&names, &answers));
            }
            let hash = Sha256::of(format!("{key} on other"));
            let other = hash.as_str()[..12].to_owned();
            if self.predictions && self.evaluated {
                workshop.write(&format!("{folder}/predictions/{other}.tags"), tag_lines(&names, &answers));
            }
            let failure = |code: &str| Failure { code: code.to_owned(), message: "it failed".to_owned() };
            let ending = job.failure.map_or(Ending::Ok(measured), |code| Ending::Failed(failure(code)));
            let (environment, precision) = (job.environment.to_owned(), Some("fp32".to_owned()));
            let outcome = Outcome { key, environment, precision, steps: Some(10), ending };
            let data_seed = if job.data_seed == 42 { String::new() } else { format!(",subset_seed={}", job.data_seed) };
            let label = format!("{}{data_seed},seed={}", job.label, job.seed);
            evaluations.push(EvaluationRecord {
                label: label.clone(),
                key: outcome.key.clone(),
                set: EvaluatedSet {
                    name: "other".to_owned(),
                    dataset: "./other".to_owned(),
                    ..EvaluatedSet::default()
                },
                outcome: Outcome::of_evaluation(&other, job.environment, outcome.ending.clone()),
            });
            records.push(Record { label, selected: None, rung: None, settings, outcome });
        }
        if self.predictions {
            let gold: Vec<Vec<Option<u16>>> = gold.iter().map(known).collect();
            workshop.write(&format!("{folder}/predictions/gold-0123456789ab.tags"), tag_lines(&names, &gold));
        }
        let varied = self.settings.iter().map(|(name, _)| (*name).to_owned()).collect();
        let columns = Columns {
            varied,
            splits: vec![ScoredSplit::Test],
            evaluates: false,
            inherits: false,
            selects: false,
            halves: false,
        };
        workshop.write(&format!("{folder}/results.csv"), results_csv(&records, &columns));
        if self.evaluated {
            workshop.write(&format!("{folder}/evaluations.csv"), evaluations_csv(&evaluations));
        }
        workshop.write(&format!("{folder}/per_entity.csv"), per_entity_csv(&records));
        workshop.write(&format!("{folder}/curves.csv"), "job,step,epoch,loss,learning_rate,grad_norm\n");
        self.files.iter().for_each(|(name, content)| workshop.write(&format!("{folder}/{name}"), content));
    }

    fn settings_of(&self, job: &Job) -> BTreeMap<String, String> {
        let (size, seed, data_seed) = (self.sentences.to_string(), job.seed.to_string(), job.data_seed.to_string());
        let mut settings: BTreeMap<&str, &str> = BTreeMap::from([
            ("data.dataset", "./corpus"),
            ("data.train_size", "1000"),
            ("data.test_size", &size),
            ("data.subset_seed", &data_seed),
            ("model.checkpoint", "./encoder"),
            ("model.freeze", "false"),
            ("train.seed", &seed),
            ("train.epochs", "3"),
            ("train.batch_size", "8"),
            ("train.learning_rate", job.rate),
        ]);
        settings.extend(self.settings.iter().copied());
        let long = |name: &str| match name {
            "train_size" => "data.train_size",
            "freeze" => "model.freeze",
            "batch_size" => "train.batch_size",
            "learning_rate" => "train.learning_rate",
            other => panic!("{other} is no key of these tests"),
        };
        settings.extend(job.label.split(',').filter_map(|part| part.split_once('=')).map(|(k, v)| (long(k), v)));
        settings.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }
}
