//! Files of a results folder as the program writes them.

use runner::metrics::Metric;
use runner::results::{
    Columns, CurvePoint, Decimal, Ending, EntityRow, EpochPoint, EvaluatedSet, EvaluationRecord, Event, Failure,
    Inherited, Journal, Measurements, Outcome, Record, ScoredSplit, Significant, SplitScores, Timing, curves_csv,
    epochs_csv, evaluations_csv, per_entity_csv, results_csv, timings_csv,
};

use crate::targets::PART;

fn outcome(key: &str, ending: Ending) -> Outcome {
    let precision = Some("fp32".to_owned());
    Outcome { key: key.to_owned(), environment: "cpu".to_owned(), precision, steps: Some(375), ending }
}

fn measured() -> Measurements {
    let one = Significant::new(1.0 / 3.0);
    let rows = [(runner::metrics::Scheme::Conlleval, "LOC"), (runner::metrics::Scheme::Iob2, "PER")];
    let half = Decimal::new(0.5);
    let entities = rows.map(|(scheme, kind)| EntityRow {
        scheme,
        kind: kind.to_owned(),
        precision: half,
        recall: half,
        f1: half,
        support: 3,
    });
    let metrics = Metric::ALL.map(|metric| (metric, half)).into_iter().collect();
    let scores = SplitScores { metrics, entities: entities.to_vec() };
    let point = |step| CurvePoint { step, epoch: one, loss: one, learning_rate: one, grad_norm: one };
    let epoch = |number: f64| EpochPoint {
        epoch: Significant::new(number),
        train_loss: one,
        validation_loss: one,
        validation_entity_f1: half,
    };
    Measurements {
        train_loss: Some(half),
        splits: [(ScoredSplit::Test, scores)].into(),
        curve: vec![point(1), point(2)],
        epochs: vec![epoch(1.0), epoch(2.0)],
        best_epoch: Some(Significant::new(2.0)),
        inherited: Some(Inherited::Encoder),
        words_unseen: Some(7),
        test_in_train: Some(0),
    }
}

fn failed() -> Ending {
    let message = "asked for 3,000 rows: \"train\"\nhas fewer".to_owned();
    Ending::Failed(Failure { code: "too_few_rows".to_owned(), message })
}

fn records(epochs: bool) -> (Vec<Record>, Columns) {
    let settings = [("data.dataset", "./data, old"), ("train.seed", "42"), ("train.weight_decay", "0")];
    let settings = settings.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let mut finished = measured();
    if !epochs {
        (finished.epochs, finished.best_epoch, finished.inherited) = (Vec::new(), None, None);
    }
    let record = |label: &str, outcome: Outcome| Record {
        label: label.to_owned(),
        selected: epochs.then_some(true),
        rung: None,
        settings: settings.clone().into(),
        outcome,
    };
    let records = vec![
        record("seed=1", outcome("0123456789ab", Ending::Ok(finished))),
        record("seed=2", outcome("ba9876543210", failed())),
    ];
    let varied = vec!["train.weight_decay".to_owned()];
    (
        records,
        Columns {
            varied,
            splits: vec![ScoredSplit::Test],
            evaluates: epochs,
            inherits: epochs,
            selects: epochs,
            halves: false,
        },
    )
}

pub(super) fn tables() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for has_epochs in [true, false] {
        let (records, columns) = records(has_epochs);
        let mut files = vec![results_csv(&records, &columns), per_entity_csv(&records), curves_csv(&records)];
        files.extend(has_epochs.then(|| epochs_csv(&records)));
        seeds.push(files.join(&PART));
        let doubled =
            [&files[0][..], &files[0][files[0].iter().position(|byte| *byte == b'\n').expect("a line") + 1..]];
        files[0] = doubled.concat();
        seeds.push(files.join(&PART));
    }
    let quickstart: [&[u8]; 3] = [
        include_bytes!("../../quickstart/results.csv"),
        include_bytes!("../../quickstart/per_entity.csv"),
        b"job,step,epoch,loss,learning_rate,grad_norm\n",
    ];
    seeds.push(quickstart.join(&PART));
    seeds
}

pub(super) fn evaluations() -> Vec<Vec<u8>> {
    let set = EvaluatedSet {
        name: "es".to_owned(),
        dataset: "a/b".to_owned(),
        language: "es".to_owned(),
        split: "test".to_owned(),
        size: "all".to_owned(),
    };
    let record = |name: &str, ending: Ending| EvaluationRecord {
        label: "seed=1".to_owned(),
        key: "0123456789ab".to_owned(),
        set: EvaluatedSet { name: name.to_owned(), ..set.clone() },
        outcome: Outcome::of_evaluation(&format!("{:0>12}", name.len()), "cpu", ending),
    };
    vec![evaluations_csv(&[record("es", Ending::Ok(measured())), record("fr2", failed())])]
}

pub(super) fn timings() -> Vec<Vec<u8>> {
    let timing = Timing { job: "a,b".to_owned(), load_seconds: 0.25, steps_per_second: Some(7.5), ..Timing::default() };
    vec![timings_csv(&[timing.clone(), Timing { peak_memory_bytes: Some(1 << 30), ..timing }])]
}

pub(super) fn journals() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("journal.jsonl");
    let (mut journal, _, _) = Journal::open(&path).expect("opened");
    let events = [outcome("0123456789ab", Ending::Ok(measured())), outcome("ba9876543210", failed())];
    journal.append(&events.map(Event::Finished)).expect("appended");
    let whole = std::fs::read(&path).expect("it was written");
    // the format before there were check sums takes changes that the other does not
    let text = String::from_utf8(whole.clone()).expect("JSON");
    let version_1 = |line: &str| {
        let event = line.split_once("\"event\":").expect("a line of the journal").1;
        format!("{{\"version\":1,\"event\":{event}\n")
    };
    let old: String = text.lines().map(version_1).collect();
    let torn = whole[..whole.len() - 20].to_vec();
    let newer = b"{\"version\":3,\"event\":{}}\n".to_vec();
    vec![
        whole.clone(),
        old.clone().into_bytes(),
        torn,
        [&whole[..], &newer].concat(),
        [old.as_bytes(), b"\0\0\0"].concat(),
    ]
}
