//! The results folder from outside.

mod epochs;
mod folder;
mod known;
mod sentences;
mod tables;

use runner::metrics::{EntityScore, Metric, Scheme, Scores};
use runner::results::{
    Columns, CurvePoint, Decimal, Ending, EpochPoint, Failure, Known, Layout, Measurements, Outcome, Record,
    ResultsError, ResultsFolder, ScoredSplit, Significant, Timing, create_folder, curves_csv, epochs_csv, parse_tables,
    per_entity_csv, read_tables, read_tags, replace, results_csv, summary_csv, tag_lines, timings,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

pub(super) fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let base = [
        ("data.dataset", "./data, old"),
        ("data.train_size", "1000"),
        ("data.test_size", "2000"),
        ("data.subset_seed", "42"),
        ("model.checkpoint", "org/bert \"small\""),
        ("model.freeze", "false"),
        ("train.seed", "42"),
        ("train.epochs", "3"),
        ("train.batch_size", "8"),
        ("train.learning_rate", "0.00005"),
        ("train.weight_decay", "0"),
    ];
    base.iter().chain(pairs).map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

pub(super) fn entity(scheme: Scheme, kind: &str, f1: f64, support: u64) -> EntityScore {
    EntityScore { scheme, kind: kind.to_owned(), precision: f1, recall: f1, f1, support }
}

/// Scores whose `entity_f1` is given and whose other values follow from it, the macro averages empty.
pub(super) fn scores(f1: f64) -> Scores {
    Scores {
        entity_f1: Some(f1),
        entity_precision: Some(f1 / 2.0),
        entity_recall: Some(1.0 / 3.0),
        entity_f1_iob2: Some(f1),
        token_f1_micro: Some(f1),
        token_f1_macro: None,
        gold_token_f1_micro: Some(f1),
        gold_token_f1_macro: None,
        token_accuracy: Some(1.0),
        entities: vec![
            entity(Scheme::Conlleval, "LOC", f1, 10),
            entity(Scheme::Conlleval, "PER", 0.0, 0),
            entity(Scheme::Iob2, "LOC", 2.0 / 3.0, 9),
        ],
    }
}

pub(super) fn ok(key: &str, f1: f64) -> Outcome {
    let point = |step: u64, loss: f64| CurvePoint {
        step,
        epoch: Significant::new(step as f64 / 125.0),
        loss: Significant::new(loss),
        learning_rate: Significant::new(5e-5 * (1.0 - step as f64 / 375.0)),
        grad_norm: Significant::new(2.0 / 3.0),
    };
    let mut measured = Measurements {
        train_loss: Some(Decimal::new(0.123_456_789)),
        curve: vec![point(50, 1.5), point(100, 0.123_456_789_012)],
        words_unseen: Some(7),
        test_in_train: Some(0),
        ..Measurements::default()
    };
    measured.add_scores(ScoredSplit::Test, &scores(f1));
    Outcome {
        key: key.to_owned(),
        environment: "cpu".to_owned(),
        precision: Some("fp32".to_owned()),
        steps: Some(375),
        ending: Ending::Ok(measured),
    }
}

pub(super) fn failed(key: &str, message: &str) -> Outcome {
    Outcome {
        key: key.to_owned(),
        environment: "cpu".to_owned(),
        precision: None,
        steps: None,
        ending: Ending::Failed(Failure { code: "too_few_rows".to_owned(), message: message.to_owned() }),
    }
}

pub(super) fn record(label: &str, pairs: &[(&str, &str)], outcome: Outcome) -> Record {
    Record { label: label.to_owned(), selected: None, rung: None, settings: settings(pairs), outcome }
}

pub(super) fn columns() -> Columns {
    let varied = ["data.train_size", "train.weight_decay"].map(str::to_owned).to_vec();
    Columns { varied, splits: vec![ScoredSplit::Test], ..Columns::default() }
}

/// Two jobs of one axis: one finished, one failed with an error that needs quoting.
pub(super) fn grid() -> Vec<Record> {
    let message = "asked for 3,000 rows: the split \"train\"\nhas fewer; lower data.train_size";
    vec![
        record("train_size=1000", &[], ok("0123456789ab", 0.8)),
        record("train_size=3000", &[("data.train_size", "3000")], failed("ba9876543210", message)),
    ]
}

pub(super) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("tables are UTF-8")
}

/// A folder with the grid's tables written, and its layout.
pub(super) fn written() -> (tempfile::TempDir, Layout) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let root = parent.path().join("results/es_grid");
    let (folder, known) = ResultsFolder::open(&root).expect("opened");
    assert_eq!(known, Known::default());
    folder.write_tables(&grid(), &columns(), None, None).expect("written");
    (parent, Layout::new(root))
}

pub(super) fn shown(error: &ResultsError, layout: &Layout) -> String {
    error.to_string().replace(&layout.root().display().to_string(), "results/es_grid")
}
