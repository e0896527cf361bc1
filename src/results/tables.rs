//! The committed tables of jobs: records in, bytes out. RFC 4180 with LF. It touches no file and no clock.

use crate::metrics::Metric;
use crate::spec::KeyPath;

use super::{CurvePoint, Ending, EntityRow, EpochPoint, Record, ScoredSplit};

/// The settings that every table shows: column, dotted name.
pub const SETTING_COLUMNS: [(&str, &str); 11] = [
    ("dataset", "data.dataset"),
    ("language", "data.language"),
    ("checkpoint", "model.checkpoint"),
    ("train_size", "data.train_size"),
    ("test_size", "data.test_size"),
    ("subset_seed", SUBSET_SEED),
    ("freeze", "model.freeze"),
    ("seed", SEED),
    ("epochs", "train.epochs"),
    ("batch_size", "train.batch_size"),
    ("learning_rate", "train.learning_rate"),
];

/// The seed of the training subset.
pub const SUBSET_SEED: &str = "data.subset_seed";
/// The seed of the training.
pub const SEED: &str = "train.seed";

/// The fold that is the validation split.
pub const FOLD: &str = "data.fold";

/// Columns of results.csv before the settings.
pub(super) const FIRST: [&str; 3] = ["job", "key", "status"];
/// Column after those, if the experiment has [select].
pub(super) const SELECTED: &str = "selected";
/// Column after that, if the jobs of the experiment are compared at rungs.
pub(super) const RUNG: &str = "rung";
/// Columns between settings and metrics.
pub(super) const RUN: [&str; 4] = ["environment", "precision", "steps", "train_loss"];
/// Column after those, if a job is evaluated during training.
pub(super) const BEST_EPOCH: &str = "best_epoch";
/// Column after that, if the checkpoint of a job is the model of another job.
pub(super) const INHERITED: &str = "inherited";
/// Columns after the metrics.
pub(super) const LAST: [&str; 3] = ["words_unseen", "test_in_train", "error"];
/// Columns of per_entity.csv.
pub(super) const PER_ENTITY: [&str; 9] =
    ["job", "key", "split", "scheme", "type", "precision", "recall", "f1", "support"];
/// Columns of curves.csv.
pub(super) const CURVES: [&str; 6] = ["job", "step", "epoch", "loss", "learning_rate", "grad_norm"];
/// Columns of epochs.csv.
pub(super) const EPOCHS: [&str; 5] = ["job", "epoch", "train_loss", "validation_loss", "validation_entity_f1"];

/// The columns of a plan that are not fixed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// Dotted names that an axis, a zip or an include sets, and others that tell rows apart from usual ones, in column order;
    /// some may be in `SETTING_COLUMNS`.
    pub varied: Vec<String>,
    /// Splits that some job of the plan scores.
    pub splits: Vec<ScoredSplit>,
    /// Whether a job of the plan is evaluated during training.
    pub evaluates: bool,
    /// Whether the checkpoint of a job of the plan is the model of another job.
    pub inherits: bool,
    /// Whether the experiment has [select].
    pub selects: bool,
    /// Whether it compares jobs at rungs.
    pub halves: bool,
}

impl Columns {
    /// Setting columns: header, dotted name.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        let fixed = |name: &str| SETTING_COLUMNS.iter().any(|(_, dotted)| *dotted == name);
        let varied = self.varied.iter().map(String::as_str).filter(move |name| !fixed(name));
        SETTING_COLUMNS.into_iter().chain(varied.map(|name| (name, name)))
    }

    /// Metric columns, test before validation.
    pub(super) fn metrics(&self) -> impl Iterator<Item = (ScoredSplit, Metric)> {
        let scored = ScoredSplit::ALL.into_iter().filter(|split| self.splits.contains(split));
        scored.flat_map(|split| Metric::ALL.into_iter().map(move |metric| (split, metric)))
    }
}

/// The column of a split's metric, `test_entity_f1`.
pub(super) fn metric_column(split: ScoredSplit, metric: Metric) -> String {
    format!("{}_{}", split.name(), metric.name())
}

/// results.csv: a row per record, in their order.
pub fn results_csv(records: &[Record], columns: &Columns) -> Vec<u8> {
    let mut table = Table::new();
    table.row(results_header(columns));
    for record in records {
        table.row(results_row(record, columns));
    }
    table.bytes()
}

/// The columns of results.csv.
pub fn results_header(columns: &Columns) -> Vec<String> {
    let settings = columns.settings().map(|(column, _)| column);
    let selection = columns.selects.then_some(SELECTED).into_iter().chain(columns.halves.then_some(RUNG));
    let header = FIRST.into_iter().chain(selection).chain(settings).chain(RUN);
    let header = header.chain(columns.evaluates.then_some(BEST_EPOCH)).chain(columns.inherits.then_some(INHERITED));
    let metrics = columns.metrics().map(|(split, metric)| metric_column(split, metric));
    header.map(str::to_owned).chain(metrics).chain(LAST.map(str::to_owned)).collect()
}

/// The cells under `results_header`.
pub(super) fn results_row(record: &Record, columns: &Columns) -> Vec<String> {
    let outcome = &record.outcome;
    let measured = record.measurements();
    let mut row = vec![record.label.clone(), outcome.key.clone(), record.status().to_owned()];
    row.extend(columns.selects.then(|| cell(record.selected)));
    row.extend(columns.halves.then(|| cell(record.rung)));
    row.extend(columns.settings().map(|(_, name)| record.settings.get(name).cloned().unwrap_or_default()));
    row.extend([outcome.environment.clone(), outcome.precision.clone().unwrap_or_default(), cell(outcome.steps)]);
    row.push(cell(measured.and_then(|measured| measured.train_loss)));
    row.extend(columns.evaluates.then(|| cell(measured.and_then(|measured| measured.best_epoch))));
    row.extend(columns.inherits.then(|| cell(measured.and_then(|measured| measured.inherited))));
    row.extend(columns.metrics().map(|(split, metric)| cell(measured.and_then(|m| m.score(split, metric)))));
    row.push(cell(measured.and_then(|measured| measured.words_unseen)));
    row.push(cell(measured.and_then(|measured| measured.test_in_train)));
    row.push(match &outcome.ending {
        Ending::Ok(_) => String::new(),
        Ending::Failed(failure) => failure.to_string(),
    });
    row
}

/// per_entity.csv: the rows of finished jobs in the order of the records, by split, scheme, type.
pub fn per_entity_csv(records: &[Record]) -> Vec<u8> {
    let mut table = Table::new();
    table.row(PER_ENTITY.map(str::to_owned));
    for record in records {
        for (split, scores) in record.measurements().into_iter().flat_map(|measured| &measured.splits) {
            for entity in &scores.entities {
                let names = [&record.label, &record.outcome.key, split.name(), entity.scheme.name(), &entity.kind];
                table.row(names.map(str::to_owned).into_iter().chain(entity_cells(entity)));
            }
        }
    }
    table.bytes()
}

/// The last four cells of a row.
pub(super) fn entity_cells(entity: &EntityRow) -> [String; 4] {
    [entity.precision.to_string(), entity.recall.to_string(), entity.f1.to_string(), entity.support.to_string()]
}

/// curves.csv: the rows of finished jobs in the order of the records, by step.
pub fn curves_csv(records: &[Record]) -> Vec<u8> {
    let mut table = Table::new();
    table.row(CURVES.map(str::to_owned));
    for record in records {
        for point in record.measurements().into_iter().flat_map(|measured| &measured.curve) {
            table.row([record.label.clone()].into_iter().chain(curve_cells(point)));
        }
    }
    table.bytes()
}

/// The cells behind the job.
pub(super) fn curve_cells(point: &CurvePoint) -> [String; 5] {
    let [epoch, loss] = [point.epoch, point.loss].map(|number| number.to_string());
    [point.step.to_string(), epoch, loss, point.learning_rate.to_string(), point.grad_norm.to_string()]
}

/// epochs.csv: the rows of finished jobs in the order of the records, by epoch.
pub fn epochs_csv(records: &[Record]) -> Vec<u8> {
    let mut table = Table::new();
    table.row(EPOCHS.map(str::to_owned));
    for record in records {
        for point in record.measurements().into_iter().flat_map(|measured| &measured.epochs) {
            table.row([record.label.clone()].into_iter().chain(epoch_cells(point)));
        }
    }
    table.bytes()
}

/// The cells behind the job.
pub(super) fn epoch_cells(point: &EpochPoint) -> [String; 4] {
    let [epoch, train, validation] =
        [point.epoch, point.train_loss, point.validation_loss].map(|number| number.to_string());
    [epoch, train, validation, point.validation_entity_f1.to_string()]
}

/// Whether a dotted name is that of one of the two seeds, in which the runs of a setting differ.
pub fn is_seed(name: &str) -> bool {
    name == SEED || name == SUBSET_SEED
}

/// Whether a dotted name is that of a key over whose values tables average: see [`KeyPath::is_averaged`].
pub fn is_averaged(name: &str) -> bool {
    KeyPath::parse(name).is_some_and(KeyPath::is_averaged)
}

pub(super) fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// CSV in memory.
pub(super) struct Table(csv::Writer<Vec<u8>>);

impl Table {
    pub(super) fn new() -> Self {
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new()))
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.write_record(cells).expect("rows of one length, written to memory");
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("flushing to memory cannot fail")
    }
}
