//! What a folder knows: the journal before the tables, the tables before nothing, and predictions as witnesses.

use std::fs;
use std::path::Path;

use runner::metrics::{Metric, TagSet, score};
use runner::results::{
    Columns, CurvePoint, Decimal, Ending, EvaluatedSet, EvaluationRecord, Known, Layout, Measurements, Outcome, Record,
    ResultsError, ResultsFolder, ScoredSplit, Significant, create_folder, curves_csv, parse_tables, per_entity_csv,
    read_tables, replace, results_csv, tag_lines,
};

use super::{record, shown, text};

const KEYS: [&str; 2] = ["0123456789ab", "ba9876543210"];
/// Of a model on an evaluation set.
const EVALUATION: &str = "eeeeeeeeeeee";

fn names() -> Vec<String> {
    ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"].map(str::to_owned).to_vec()
}

fn gold() -> Vec<Vec<u16>> {
    vec![vec![1, 2, 0], vec![], vec![0, 3, 4, 0], vec![1]]
}

/// What the jobs answer; the second does not see a word.
fn answers(job: usize) -> Vec<Vec<Option<u16>>> {
    match job {
        0 => vec![vec![Some(1), Some(2), Some(0)], vec![], vec![Some(0), Some(3), Some(0), Some(1)], vec![Some(1)]],
        _ => vec![vec![Some(1), Some(0), Some(0)], vec![], vec![Some(0), Some(3), Some(4), None], vec![Some(3)]],
    }
}

/// A job's result as its answers score.
fn outcome(job: usize) -> Outcome {
    let scores = score(&TagSet::new(&names()).expect("tags"), &gold(), &answers(job)).expect("scored");
    let point = |step: u64| CurvePoint {
        step,
        epoch: Significant::new(step as f64 / 100.0),
        loss: Significant::new(1.5 / step as f64),
        learning_rate: Significant::new(5e-5),
        grad_norm: Significant::new(2.0 / 3.0),
    };
    let mut measured = Measurements {
        train_loss: Some(Decimal::new(0.25)),
        curve: vec![point(50), point(100)],
        words_unseen: Some(job as u64),
        test_in_train: Some(0),
        ..Measurements::default()
    };
    measured.add_scores(ScoredSplit::Test, &scores);
    Outcome {
        key: KEYS[job].to_owned(),
        environment: "cpu".to_owned(),
        precision: Some("fp32".to_owned()),
        steps: Some(100),
        ending: Ending::Ok(measured),
    }
}

fn records() -> Vec<Record> {
    let seed = |job: usize| record(&format!("seed={job}"), &[("train.seed", &job.to_string())], outcome(job));
    vec![seed(0), seed(1)]
}

fn evaluations() -> Vec<EvaluationRecord> {
    let set = EvaluatedSet { name: "tweets".to_owned(), split: "test".to_owned(), ..EvaluatedSet::default() };
    let outcome = Outcome::of_evaluation(EVALUATION, "cpu", outcome(1).ending);
    vec![EvaluationRecord { label: "seed=0".to_owned(), key: KEYS[0].to_owned(), set, outcome }]
}

fn columns() -> Columns {
    Columns { varied: vec!["train.seed".to_owned()], splits: vec![ScoredSplit::Test], ..Columns::default() }
}

/// A folder as a run of both jobs leaves it.
fn finished() -> (tempfile::TempDir, Layout) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let root = parent.path().join("results/es_grid");
    let (mut folder, _) = ResultsFolder::open(&root).expect("opened");
    let layout = Layout::new(&root);
    fs::create_dir(layout.predictions_folder()).expect("made");
    let gold: Vec<Vec<Option<u16>>> = gold().iter().map(|tags| tags.iter().copied().map(Some).collect()).collect();
    let gold_file = layout.gold(&["00".to_owned()], ScoredSplit::Test, 4, &names());
    replace(&gold_file, &tag_lines(&names(), &gold)).expect("written");
    for (key, job) in [(KEYS[0], 0), (KEYS[1], 1), (EVALUATION, 1)] {
        let path = layout.shelved(key, ScoredSplit::Test);
        create_folder(&layout.run_folder().join("predictions")).expect("made");
        replace(&path, &tag_lines(&names(), &answers(job))).expect("written");
    }
    for outcome in records().iter().map(|record| &record.outcome).chain([&evaluations()[0].outcome]) {
        folder.record(outcome).expect("recorded");
    }
    folder.write_tables(&records(), &columns(), Some(&evaluations()), None).expect("written");
    (parent, layout)
}

/// The same without what is not committed.
fn cloned() -> (tempfile::TempDir, Layout) {
    let (parent, layout) = finished();
    fs::remove_dir_all(layout.run_folder()).expect("a clone has no .run");
    (parent, layout)
}

fn edit(path: &Path, from: &str, to: &str) {
    let content = fs::read_to_string(path).expect("read");
    assert!(content.contains(from), "{content}");
    fs::write(path, content.replacen(from, to, 1)).expect("written");
}

fn said(layout: &Layout) -> String {
    let known = Known::read(layout).expect("read");
    known.notices.join("\n").replace(&layout.root().display().to_string(), "results/es_grid")
}

fn files(layout: &Layout) -> Vec<(String, Vec<u8>)> {
    let tables = ["results.csv", "per_entity.csv", "curves.csv", "summary.csv", "evaluations.csv"];
    tables.map(|name| (name.to_owned(), fs::read(layout.root().join(name)).expect("read"))).to_vec()
}

#[test]
fn edited_cells_of_every_table_are_named_and_the_journal_counts() {
    let (_parent, layout) = finished();
    let before = files(&layout);
    edit(&layout.results(), "0.666667", "0.966667");
    edit(&layout.results(), ",cpu,fp32,100,", ",cuda-h200,fp32,100,");
    edit(&layout.per_entity(), "PER,0.666667", "PER,0.966667");
    edit(&layout.curves(), "seed=0,100,1,0.015,5e-5,", "seed=0,100,1,0.001,5e-5,");
    edit(&layout.curves(), "seed=1,50,0.5,0.03,5e-5,0.666666667\n", "");
    edit(&layout.evaluations(), ",1,cpu,", ",0,cpu,");
    edit(&layout.summary(), "test_entity_recall,2,0,0.500000", "test_entity_recall,2,0,0.900000");
    insta::assert_snapshot!(said(&layout), @r#"
    warning: results/es_grid: 7 table cells differ from the journal
      results.csv, seed=0, environment: cuda-h200 (journal: cpu)
      results.csv, seed=0, test_entity_recall: 0.966667 (journal: 0.666667)
      per_entity.csv, seed=0, test conlleval PER, precision: 0.966667 (journal: 0.666667)
      curves.csv, seed=0, step 100, loss: 0.001 (journal: 0.015)
      curves.csv, seed=1, step 50, the row: none (journal: there)
      evaluations.csv, seed=0 on tweets, words_unseen: 0 (journal: 1)
      summary.csv, ./data, old  org/bert "small" 1000 2000 false 3 8 0.00005 test_entity_recall, mean: 0.900000 (results.csv: 0.500000)
      the journal is right: a run rewrites the tables
    "#);
    let (folder, known) = ResultsFolder::open(layout.root()).expect("opened");
    for record in records() {
        assert_eq!(known.outcomes[&record.outcome.key], record.outcome);
    }
    folder.write_tables(&records(), &columns(), Some(&evaluations()), None).expect("written");
    assert_eq!(files(&layout), before);
    drop(folder);
    assert_eq!(said(&layout), "", "it is said once");
}

#[test]
fn at_most_ten_cells_are_named() {
    let (_parent, layout) = finished();
    let content = fs::read_to_string(layout.results()).expect("read").replace("0.5", "0.4").replace("0.6", "0.3");
    fs::write(layout.results(), content).expect("written");
    let content = fs::read_to_string(layout.curves()).expect("read").replace(",5e-5,", ",6e-5,");
    fs::write(layout.curves(), content).expect("written");
    let said = said(&layout);
    let cells = said.lines().filter(|line| line.contains("(journal: ")).count();
    assert_eq!(cells, 10, "{said}");
    let more = said.lines().find(|line| line.starts_with("  and ")).expect("the rest is counted");
    assert!(more.ends_with(" more"), "{more}");
}

#[test]
fn line_ends_and_the_way_a_number_is_written_are_no_difference() {
    for is_clone in [false, true] {
        let (_parent, layout) = if is_clone { cloned() } else { finished() };
        for (name, content) in files(&layout) {
            let content = format!("\u{feff}{}", text(&content).replace('\n', "\r\n").replace("0.500000", "0.5"));
            fs::write(layout.root().join(name), content).expect("written");
        }
        let predictions = fs::read_dir(layout.predictions_folder()).expect("listed");
        for path in predictions.map(|entry| entry.expect("an entry").path()) {
            let content = fs::read_to_string(&path).expect("read");
            fs::write(path, content.replace('\n', "\r\n")).expect("written");
        }
        let known = Known::read(&layout).expect("read");
        assert_eq!((known.notices.join("\n"), known.unchecked, known.outcomes.len()), (String::new(), 0, 3));
    }
}

#[test]
fn a_clone_scores_its_rows_again_and_enters_them() {
    let (_parent, layout) = cloned();
    let (_folder, known) = ResultsFolder::open(layout.root()).expect("opened");
    assert_eq!((known.notices.len(), known.unchecked, known.outcomes.len()), (0, 0, 3));
    assert_eq!(known.outcomes[KEYS[0]], outcome(0));
}

#[test]
fn a_committed_row_that_its_predictions_contradict_does_not_count() {
    type Edit = fn(&Layout);
    let edits: [(&str, Edit, &str); 8] = [
        ("a score", |layout| edit(&layout.results(), "0.666667", "0.966667"), KEYS[0]),
        ("an emptied score", |layout| edit(&layout.results(), "0.666667", ""), KEYS[0]),
        ("a type's score", |layout| edit(&layout.per_entity(), "PER,0.666667", "PER,0.966667"), KEYS[0]),
        ("unseen words", |layout| edit(&layout.results(), ",1,0,\n", ",2,0,\n"), KEYS[1]),
        ("a set's score", |layout| edit(&layout.evaluations(), ",1,cpu,", ",0,cpu,"), EVALUATION),
        ("a tag", |layout| edit(&tags(layout, KEYS[0]), "O B-LOC", "B-LOC O"), KEYS[0]),
        ("a sentence less", |layout| edit(&tags(layout, KEYS[0]), "\n\n", "\n"), KEYS[0]),
        ("no tag", |layout| edit(&tags(layout, KEYS[1]), "B-LOC I-LOC", "B-LOC LOC"), KEYS[1]),
    ];
    let mut all = Vec::new();
    for (what, damage, key) in edits {
        let (_parent, layout) = cloned();
        damage(&layout);
        let (folder, known) = ResultsFolder::open(layout.root()).expect("opened");
        assert_eq!(known.outcomes.len(), 2, "{what}");
        assert!(!known.outcomes.contains_key(key), "{what}");
        drop(folder);
        let notice = known.notices.join("\n");
        all.push(format!("{what}\n{}", notice.replace(&layout.root().display().to_string(), "results/es_grid")));
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    a score
    warning: results/es_grid: 1 committed row does not match the predictions
      results.csv, seed=0, test_entity_recall: 0.966667 (predictions: 0.666667)
      these rows do not count: their jobs run again
    an emptied score
    warning: results/es_grid: 1 committed row does not match the predictions
      results.csv, seed=0, test_entity_recall: empty (predictions: 0.666667)
      these rows do not count: their jobs run again
    a type's score
    warning: results/es_grid: 1 committed row does not match the predictions
      per_entity.csv, seed=0, test conlleval PER, precision: 0.966667 (predictions: 0.666667)
      these rows do not count: their jobs run again
    unseen words
    warning: results/es_grid: 1 committed row does not match the predictions
      results.csv, seed=1, words_unseen: 2 (predictions: 1)
      these rows do not count: their jobs run again
    a set's score
    warning: results/es_grid: 1 committed row does not match the predictions
      evaluations.csv, seed=0 on tweets, words_unseen: 0 (predictions: 1)
      these rows do not count: their jobs run again
    a tag
    warning: results/es_grid: 1 committed row does not match the predictions
      results.csv, seed=0, test_token_f1_micro: 0.800000 (predictions: 0.600000)
      results.csv, seed=0, test_token_f1_macro: 0.700000 (predictions: 0.450000)
      results.csv, seed=0, test_gold_token_f1_micro: 0.800000 (predictions: 0.600000)
      results.csv, seed=0, test_gold_token_f1_macro: 0.600000 (predictions: 0.400000)
      results.csv, seed=0, test_token_accuracy: 0.750000 (predictions: 0.500000)
      these rows do not count: their jobs run again
    a sentence less
    warning: results/es_grid: 1 committed row does not match the predictions
      results.csv, seed=0: predictions/seed=0.tags and predictions/gold-49e1bcc23cac.tags have different sentences
      these rows do not count: their jobs run again
    no tag
    warning: results/es_grid: 1 committed row does not match the predictions
      results.csv, seed=1: predictions/seed=1.tags:3: "LOC" is not a tag
      these rows do not count: their jobs run again
    "#);
}

fn tags(layout: &Layout, key: &str) -> std::path::PathBuf {
    match KEYS.iter().position(|known| *known == key) {
        Some(job) => layout.predictions(&format!("seed={job}"), None, ScoredSplit::Test),
        None => layout.predictions("seed=0", Some("tweets"), ScoredSplit::Test),
    }
}

#[test]
fn rows_without_predictions_are_trusted_and_counted() {
    let (_parent, layout) = cloned();
    fs::remove_file(tags(&layout, KEYS[0])).expect("removed");
    let known = Known::read(&layout).expect("read");
    assert_eq!((known.notices.len(), known.unchecked, known.outcomes.len()), (0, 1, 3));
    fs::remove_dir_all(layout.predictions_folder()).expect("removed");
    let known = Known::read(&layout).expect("read");
    assert_eq!((known.notices.len(), known.unchecked, known.outcomes.len()), (0, 3, 3));
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    drop(folder);
    assert_eq!(Known::read(&layout).expect("read").unchecked, 0, "reported once: now the journal has them");
}

/// Predictions that no gold tags fit would hide an edit: such a row runs again.
#[test]
fn without_their_gold_tags_predictions_confirm_nothing() {
    let (_parent, layout) = cloned();
    let gold = layout.gold(&["00".to_owned()], ScoredSplit::Test, 4, &names());
    let texts = [
        (None, "no gold tags in predictions/ have the sentences of predictions/seed=0.tags"),
        (Some(&b"O O\xff\n"[..]), "is not UTF-8 text"),
        (Some(b"O\n-\n"), "gold tags cannot have an unseen word"),
        (Some(b"O\n"), "no gold tags in predictions/ have the sentences of predictions/seed=0.tags"),
    ];
    for (content, problem) in texts {
        match content {
            None => fs::remove_file(&gold).expect("removed"),
            Some(content) => fs::write(&gold, content).expect("written"),
        }
        let known = Known::read(&layout).expect("read");
        assert_eq!((known.unchecked, known.outcomes.len()), (0, 0), "{problem}");
        assert!(known.notices.join("\n").contains(problem), "{:?}", known.notices);
    }
}

/// The journal vouches for rows that it has, not for rows that only the tables have.
#[test]
fn an_edited_summary_of_a_clone_is_compared_with_results_csv() {
    let (_parent, layout) = cloned();
    let content = fs::read_to_string(layout.summary()).expect("read");
    let header: Vec<&str> = content.lines().next().expect("a header").split(',').collect();
    let cell = |row: &str, column: &str| {
        let place = header.len() - header.iter().position(|name| *name == column).expect("a column");
        row.rsplit(',').nth(place - 1).expect("a cell").to_owned()
    };
    let row = content.lines().nth(1).expect("a row");
    let high = format!(",{},", cell(row, "ci_high"));
    fs::write(layout.summary(), content.replacen(&high, ",0.123456,", 1)).expect("written");
    let said = said(&layout);
    assert!(said.contains("warning: results/es_grid: 1 table cell differs from the rows of results.csv\n"), "{said}");
    assert!(said.contains("one of the two was edited") && !said.contains("the journal is right"), "{said}");
}

/// The table of a version before these columns: the first columns of today's, with another interval.
fn earlier_summary(layout: &Layout) -> String {
    let today = fs::read_to_string(layout.summary()).expect("read");
    let earlier = today.lines().map(|row| {
        let cells: Vec<&str> = row.rsplitn(6, ',').collect();
        let cells = cells.last().expect("cells").to_string();
        if row.contains(",mean,") { cells } else { format!("{},0.111111", cells.rsplit_once(',').expect("cells").0) }
    });
    earlier.map(|row| row + "\n").collect()
}

#[test]
fn a_summary_of_an_earlier_version_raises_no_alarm_and_is_rewritten() {
    let (_parent, layout) = finished();
    let today = fs::read(layout.summary()).expect("read");
    let earlier = earlier_summary(&layout);
    assert!(earlier.lines().next().is_some_and(|header| header.ends_with(",ci_low,ci_high")), "{earlier}");
    fs::write(layout.summary(), &earlier).expect("written");
    assert_eq!(said(&layout), "");
    // another edit of it is found
    edit(&layout.summary(), "test_entity_recall,2,0,", "test_entity_recall,3,0,");
    assert!(said(&layout).contains("test_entity_recall, n: 3 (results.csv: 2)"), "{}", said(&layout));
    let mean = earlier.split("test_entity_recall,2,0,").nth(1).and_then(|rest| rest.split(',').next()).expect("a mean");
    fs::write(layout.summary(), &earlier).expect("written");
    edit(&layout.summary(), &format!("test_entity_recall,2,0,{mean}"), "test_entity_recall,2,0,0.990000");
    let found = format!("test_entity_recall, mean: 0.990000 (results.csv: {mean})");
    assert!(said(&layout).contains(&found), "{}", said(&layout));
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    folder.write_tables(&records(), &columns(), Some(&evaluations()), None).expect("written");
    assert_eq!(fs::read(layout.summary()).expect("read"), today);
}

#[test]
fn predictions_that_are_gone_are_named_where_others_are_there() {
    let (_parent, layout) = finished();
    fs::remove_file(tags(&layout, KEYS[1])).expect("removed");
    fs::remove_file(tags(&layout, EVALUATION)).expect("removed");
    insta::assert_snapshot!(said(&layout), @r"
    warning: results/es_grid: 2 files are missing from predictions/
      predictions/seed=1.tags
      predictions/seed=0@tweets.tags
      restore them from git or a copy, or predict again with --force
    ");
    fs::remove_dir_all(layout.predictions_folder()).expect("removed");
    assert_eq!(said(&layout), "");
}

#[test]
fn marks_of_an_unfinished_merge_are_named_in_every_file() {
    let places: [fn(&Layout) -> std::path::PathBuf; 7] = [
        Layout::results,
        Layout::per_entity,
        Layout::curves,
        Layout::summary,
        Layout::evaluations,
        |layout| tags(layout, KEYS[0]),
        |layout| layout.gold(&["00".to_owned()], ScoredSplit::Test, 4, &names()),
    ];
    for place in places {
        let (_parent, layout) = cloned();
        let path = place(&layout);
        let content = fs::read_to_string(&path).expect("read");
        let (head, rest) = content.split_once('\n').expect("a line");
        let merge = format!("{head}\n<<<<<<< HEAD\n{rest}=======\n{rest}>>>>>>> other\n");
        fs::write(&path, merge).expect("written");
        let error = Known::read(&layout).expect_err("refused");
        assert!(matches!(error, ResultsError::Merge { line: 2, mark: "<<<<<<<", .. }), "{}: {error}", path.display());
        assert!(shown(&error, &layout).starts_with("results/es_grid/"));
    }
}

/// `merge=union` in .gitattributes keeps the lines of both sides.
#[test]
fn rows_that_a_union_merge_left_twice_count_once() {
    let [results, entities, curves] =
        [results_csv(&records(), &columns()), per_entity_csv(&records()), curves_csv(&records())];
    let union = |table: &[u8]| {
        let (head, rows) = text(table).split_once('\n').expect("a header");
        let mut mixed: Vec<&str> = rows.lines().chain(rows.lines()).collect();
        mixed.sort_unstable_by_key(|row| row.len());
        format!("{head}\n{}\n", mixed.join("\n")).into_bytes()
    };
    let layout = Layout::new("results/es_grid");
    let merged = parse_tables(&layout, &union(&results), &union(&entities), &union(&curves), None).expect("read");
    let mut rows = merged.records;
    rows.sort_by(|one, other| one.label.cmp(&other.label));
    let shown = |rows: &[Record]| rows.iter().map(|row| (row.label.clone(), row.outcome.clone())).collect::<Vec<_>>();
    assert_eq!(shown(&rows), shown(&records()));
}

#[test]
fn damaged_tables_whose_rows_the_journal_has_are_written_again() {
    let damages: [fn(&Layout); 4] = [
        |layout| fs::remove_file(layout.per_entity()).expect("removed"),
        |layout| fs::write(layout.curves(), "job,step\n").expect("written"),
        |layout| edit(&layout.results(), "0.666667", "two thirds"),
        |layout| edit(&layout.per_entity(), "PER", "PERS"),
    ];
    for damage in damages {
        let (_parent, layout) = finished();
        let before = files(&layout);
        damage(&layout);
        let (folder, known) = ResultsFolder::open(layout.root()).expect("opened");
        assert_eq!(known.outcomes.len(), 3);
        assert!(!known.notices.is_empty());
        folder.write_tables(&records(), &columns(), Some(&evaluations()), None).expect("written");
        assert_eq!(files(&layout), before);
        drop(folder);
        fs::remove_dir_all(layout.run_folder()).expect("removed");
        damage(&layout);
        assert!(read_tables(&layout).is_err() || !said(&layout).is_empty(), "a clone does not go on with it");
    }
}

#[test]
fn predictions_of_a_row_that_runs_again_replace_those_it_had() {
    let (_parent, layout) = cloned();
    edit(&tags(&layout, KEYS[0]), "O B-LOC", "B-LOC O");
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    folder.write_tables(&records()[1..], &columns(), Some(&evaluations()), None).expect("the row is out");
    assert!(!tags(&layout, KEYS[0]).exists());
    let right = tag_lines(&names(), &answers(0));
    replace(&layout.shelved(KEYS[0], ScoredSplit::Test), &right).expect("it ran again");
    folder.write_tables(&records(), &columns(), Some(&evaluations()), None).expect("written");
    assert_eq!(fs::read(tags(&layout, KEYS[0])).expect("read"), right);
}

/// A macro average is a sum in the order of the tag set, which the files do not tell.
#[test]
fn macro_averages_may_round_to_either_side() {
    let (_parent, layout) = cloned();
    for (by, counts) in [(1e-6, true), (3e-6, false)] {
        let mut rows = records();
        let Ending::Ok(measured) = &mut rows[0].outcome.ending else { unreachable!("it is finished") };
        let metrics = &mut measured.splits.get_mut(&ScoredSplit::Test).expect("scored").metrics;
        let value = metrics[&Metric::TokenF1Macro].value();
        metrics.insert(Metric::TokenF1Macro, Decimal::new(value + by));
        fs::write(layout.results(), results_csv(&rows, &columns())).expect("written");
        assert_eq!(Known::read(&layout).expect("read").outcomes.contains_key(KEYS[0]), counts, "{by}");
    }
}
