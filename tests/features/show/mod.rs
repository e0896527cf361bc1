//! `runner show`: tables of results folders, without a lock, by whoever has them.

mod columns;
mod folders;
mod formats;
mod settings;
mod shape;

use std::collections::BTreeMap;

use runner::metrics::{Metric, Scheme};
use runner::results::{
    Columns, Decimal, Ending, EntityRow, Failure, Measurements, Outcome, Record, ScoredSplit, SplitScores, curves_csv,
    per_entity_csv, results_csv,
};

use crate::workshop::{GRID, Said, Workshop};

/// The rows of a folder that the test makes.
#[derive(Clone)]
pub(crate) struct Grid {
    pub(crate) records: Vec<Record>,
    columns: Columns,
}

/// The settings of every row, before its own.
const BASE: [(&str, &str); 10] = [
    ("data.dataset", "org/corpus"),
    ("data.language", "es"),
    ("data.train_size", "1000"),
    ("data.test_size", "2000"),
    ("data.subset_seed", "42"),
    ("model.checkpoint", "org/bert"),
    ("model.freeze", "false"),
    ("train.seed", "42"),
    ("train.epochs", "3"),
    ("train.batch_size", "8"),
];

impl Grid {
    pub(crate) fn new(varied: &[&str]) -> Self {
        let varied = varied.iter().map(|key| (*key).to_owned()).collect();
        let columns = Columns { varied, splits: vec![ScoredSplit::Test], ..Columns::default() };
        Self { records: Vec::new(), columns }
    }

    /// Adds a row with these settings; its score, or the code of its failure.
    pub(crate) fn row(mut self, label: &str, own: &[(&str, &str)], score: Result<f64, &str>) -> Self {
        let ending = match score {
            Ok(score) => Ending::Ok(measured(score)),
            Err(code) => Ending::Failed(Failure { code: code.to_owned(), message: "it cannot be done".to_owned() }),
        };
        let key = format!("{:012x}", self.records.len() + 1);
        let precision = score.is_ok().then(|| "fp32".to_owned());
        let outcome = Outcome { key, environment: "cpu".to_owned(), precision, steps: Some(375), ending };
        let settings = BASE.iter().chain(own).map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        let settings: BTreeMap<String, String> = settings.collect();
        self.records.push(Record { label: label.to_owned(), selected: None, rung: None, settings, outcome });
        self
    }

    /// Adds a setting of a size and freeze with a score a seed, from seed 1 on.
    pub(crate) fn setting(self, size: &str, freeze: &str, scores: &[f64]) -> Self {
        scores.iter().enumerate().fold(self, |grid, (at, score)| {
            let seed = (at + 1).to_string();
            let label = format!("train_size={size},freeze={freeze},seed={seed}");
            let own = [("data.train_size", size), ("model.freeze", freeze), ("train.seed", seed.as_str())];
            grid.row(&label, &own, Ok(*score))
        })
    }

    pub(crate) fn write(&self, workshop: &Workshop, folder: &str) {
        workshop.write(&format!("{folder}/results.csv"), results_csv(&self.records, &self.columns));
        workshop.write(&format!("{folder}/per_entity.csv"), per_entity_csv(&self.records));
        workshop.write(&format!("{folder}/curves.csv"), curves_csv(&self.records));
    }
}

/// A job of this entity F1; its other scores are 0.1 higher.
fn measured(score: f64) -> Measurements {
    let other = Decimal::new((score + 0.1).min(1.0));
    let mut metrics: BTreeMap<Metric, Decimal> = Metric::ALL.into_iter().map(|metric| (metric, other)).collect();
    metrics.insert(Metric::EntityF1, Decimal::new(score));
    let of_type = |kind: &str, support| EntityRow {
        scheme: Scheme::Conlleval,
        kind: kind.to_owned(),
        precision: other,
        recall: Decimal::new(score),
        f1: Decimal::new(score),
        support,
    };
    let entities = vec![of_type("LOC", 10), of_type("PER", 20)];
    let splits = BTreeMap::from([(ScoredSplit::Test, SplitScores { metrics, entities })]);
    Measurements { train_loss: Some(Decimal::new(0.5)), splits, ..Measurements::default() }
}

/// Two sizes, frozen or not, five seeds; the largest is far ahead.
pub(crate) fn grid() -> Grid {
    Grid::new(&["data.train_size", "model.freeze", "train.seed"])
        .setting("1000", "false", &[0.640, 0.636, 0.652, 0.617, 0.636])
        .setting("1000", "true", &[0.042, 0.047, 0.042, 0.061, 0.070])
        .setting("3000", "false", &[0.752, 0.756, 0.754, 0.759, 0.756])
        .setting("3000", "true", &[0.067, 0.052, 0.065, 0.061, 0.060])
}

/// What a command prints in 80 columns.
fn shown(workshop: &Workshop, line: &str) -> Said {
    workshop.runner_with(line, &[("COLUMNS", "80")])
}

/// The answer of a command that succeeds and says nothing else.
fn answer(workshop: &Workshop, line: &str) -> String {
    let said = shown(workshop, line);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{line}: {}", said.out);
    said.out
}
