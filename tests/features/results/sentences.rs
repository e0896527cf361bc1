//! Intervals over test sentences in summary.csv: from predictions, and kept where those are missing.

use std::fs;

use runner::metrics::{Metric, TagSet, ratios, score};
use runner::results::{
    Columns, Decimal, Ending, Layout, Measurements, Outcome, Record, ResultsFolder, ScoredSplit, replace, tag_lines,
};
use runner::statistics::{Parts, score_interval};

use super::{record, text};

fn names() -> Vec<String> {
    ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"].map(str::to_owned).to_vec()
}

/// Forty sentences of four words, with an entity or two each.
fn gold() -> Vec<Vec<u16>> {
    (0..40).map(|at| if at % 3 == 0 { vec![1, 2, 0, 3] } else { vec![0, 3, 4, 0] }).collect()
}

/// What a run answers: every fifth or sixth sentence otherwise than gold.
fn answers(run: usize) -> Vec<Vec<Option<u16>>> {
    let answer = |(at, words): (usize, &Vec<u16>)| {
        let is_wrong = at % (5 + run) == 0;
        words.iter().map(|tag| Some(if is_wrong && *tag == 3 { 1 } else { *tag })).collect()
    };
    gold().iter().enumerate().map(answer).collect()
}

fn key(run: usize) -> String {
    format!("{run:012x}")
}

fn outcome(run: usize) -> Outcome {
    let mut measured = Measurements { words_unseen: Some(0), test_in_train: Some(0), ..Measurements::default() };
    let scores = score(&TagSet::new(&names()).expect("tags"), &gold(), &answers(run)).expect("scored");
    measured.add_scores(ScoredSplit::Test, &scores);
    Outcome {
        key: key(run),
        environment: "cpu".to_owned(),
        precision: Some("fp32".to_owned()),
        steps: Some(100),
        ending: Ending::Ok(measured),
    }
}

fn records(runs: usize) -> Vec<Record> {
    (0..runs).map(|run| record(&format!("seed={run}"), &[("train.seed", &run.to_string())], outcome(run))).collect()
}

fn columns() -> Columns {
    Columns { varied: vec!["train.seed".to_owned()], splits: vec![ScoredSplit::Test], ..Columns::default() }
}

/// Writes a run's predictions, its outcome and the tables of so many runs.
fn finish(folder: &mut ResultsFolder, runs: usize) {
    let layout = folder.layout().clone();
    fs::create_dir_all(layout.predictions_folder()).expect("made");
    let gold: Vec<Vec<Option<u16>>> = gold().iter().map(|tags| tags.iter().copied().map(Some).collect()).collect();
    let gold_file = layout.gold(&["00".to_owned()], ScoredSplit::Test, 40, &names());
    replace(&gold_file, &tag_lines(&names(), &gold)).expect("written");
    for run in 0..runs {
        let path = layout.shelved(&key(run), ScoredSplit::Test);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        replace(&path, &tag_lines(&names(), &answers(run))).expect("written");
        folder.record(&outcome(run)).expect("recorded");
    }
    folder.write_tables(&records(runs), &columns(), None, None).expect("written");
}

/// sentence_low and sentence_high of a score.
fn ends(layout: &Layout, metric: Metric) -> [String; 2] {
    let summary = fs::read(layout.summary()).expect("read");
    let name = format!(",test_{},", metric.name());
    let row = text(&summary).lines().find(|row| row.contains(&name)).expect("a row").to_owned();
    let mut cells = row.rsplit(',').map(str::to_owned);
    let high = cells.next().expect("a cell");
    [cells.next().expect("a cell"), high]
}

fn expected(runs: usize, metric: Metric) -> [String; 2] {
    let tags = TagSet::new(&names()).expect("tags");
    let of_run = |run: usize| ratios(metric, &tags, &gold(), &answers(run)).expect("one shape").expect("a value");
    let found: Vec<_> = (0..runs).map(of_run).collect();
    let parts: Vec<&Parts> = found.iter().map(|ratios| ratios.parts.as_slice()).collect();
    let (low, high) = score_interval(&parts).expect("enough sentences");
    [low, high].map(|end| Decimal::new(end).to_string())
}

fn opened(parent: &tempfile::TempDir) -> ResultsFolder {
    ResultsFolder::open(&parent.path().join("results/es_grid")).expect("opened").0
}

#[test]
fn a_summary_has_the_interval_of_the_mean_score_over_all_runs() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut folder = opened(&parent);
    for runs in [1, 2, 3] {
        finish(&mut folder, runs);
        for metric in Metric::ALL {
            assert_eq!(ends(folder.layout(), metric), expected(runs, metric), "{metric}, {runs} runs");
        }
    }
}

#[test]
fn predictions_that_do_not_give_a_rows_scores_give_no_interval() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut folder = opened(&parent);
    finish(&mut folder, 1);
    let layout = folder.layout().clone();
    fs::remove_file(layout.summary()).expect("removed");
    replace(&layout.predictions("seed=0", None, ScoredSplit::Test), &tag_lines(&names(), &answers(1)))
        .expect("written");
    // what was computed in this run stands until the run of that key is new
    folder.write_tables(&records(1), &columns(), None, None).expect("written");
    assert_eq!(ends(&layout, Metric::EntityF1), expected(1, Metric::EntityF1));
    fs::remove_file(layout.summary()).expect("removed");
    folder.record(&outcome(0)).expect("recorded");
    folder.write_tables(&records(1), &columns(), None, None).expect("written");
    assert_eq!(ends(&layout, Metric::EntityF1), ["", ""]);
}

#[test]
fn a_clone_without_predictions_keeps_the_intervals_of_settings_that_did_not_change() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut folder = opened(&parent);
    finish(&mut folder, 2);
    let layout = folder.layout().clone();
    let before = fs::read(layout.summary()).expect("read");
    drop(folder);
    fs::remove_dir_all(layout.predictions_folder()).expect("removed");
    fs::remove_dir_all(layout.run_folder()).expect("removed");
    let folder = opened(&parent);
    folder.write_tables(&records(2), &columns(), None, None).expect("written");
    assert_eq!(text(&fs::read(layout.summary()).expect("read")), text(&before));
    // one run more: its setting is another mean, and nobody knows its interval
    folder.write_tables(&records(3), &columns(), None, None).expect("written");
    assert_eq!(ends(&layout, Metric::EntityF1), ["", ""]);
}

#[test]
fn a_row_that_comes_back_has_its_interval_at_once() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut folder = opened(&parent);
    finish(&mut folder, 2);
    let layout = folder.layout().clone();
    let before = fs::read(layout.summary()).expect("read");
    drop(folder);
    let folder = opened(&parent);
    folder.write_tables(&[], &columns(), None, None).expect("the rows are out, their predictions on the shelf");
    assert!(!layout.predictions("seed=0", None, ScoredSplit::Test).exists());
    folder.write_tables(&records(2), &columns(), None, None).expect("written");
    assert_eq!(text(&fs::read(layout.summary()).expect("read")), text(&before));
}

#[test]
fn an_interval_is_kept_only_beside_the_scores_that_it_belongs_to() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut folder = opened(&parent);
    finish(&mut folder, 2);
    let layout = folder.layout().clone();
    drop(folder);
    fs::remove_dir_all(layout.predictions_folder()).expect("removed");
    // another setting with the same scores
    let other: Vec<Record> = records(2)
        .into_iter()
        .map(|mut record| {
            record.settings.insert("data.train_size".to_owned(), "3000".to_owned());
            record
        })
        .collect();
    let folder = opened(&parent);
    folder.write_tables(&other, &columns(), None, None).expect("written");
    assert_eq!(ends(&layout, Metric::EntityF1), ["", ""]);
}
