//! The results folder from outside: what its tables look like, and that they survive reading, killing and damage.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use runner::metrics::{EntityScore, Scheme, Scores};
use runner::results::{
    Columns, CurvePoint, Decimal, Ending, EpochPoint, Failure, Known, Layout, Measurements, Outcome, Record,
    ResultsError, ResultsFolder, ScoredSplit, Significant, Timing, create_folder, curves_csv, epochs_csv, parse_tables,
    per_entity_csv, read_tables, read_tags, replace, results_csv, summary_csv, tag_lines, timings,
};

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
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

fn entity(scheme: Scheme, kind: &str, f1: f64, support: u64) -> EntityScore {
    EntityScore { scheme, kind: kind.to_owned(), precision: f1, recall: f1, f1, support }
}

/// Scores whose `entity_f1` is given and whose other values follow from it, the macro averages empty.
fn scores(f1: f64) -> Scores {
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

fn ok(key: &str, f1: f64) -> Outcome {
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

fn failed(key: &str, message: &str) -> Outcome {
    Outcome {
        key: key.to_owned(),
        environment: "cpu".to_owned(),
        precision: None,
        steps: None,
        ending: Ending::Failed(Failure { code: "too_few_rows".to_owned(), message: message.to_owned() }),
    }
}

pub(super) fn record(label: &str, pairs: &[(&str, &str)], outcome: Outcome) -> Record {
    Record { label: label.to_owned(), selected: None, settings: settings(pairs), outcome }
}

fn columns() -> Columns {
    let varied = ["data.train_size", "train.weight_decay"].map(str::to_owned).to_vec();
    Columns { varied, splits: vec![ScoredSplit::Test], ..Columns::default() }
}

/// Two jobs of one axis: one finished, one failed with an error that needs quoting.
fn grid() -> Vec<Record> {
    let message = "asked for 3,000 rows: the split \"train\"\nhas fewer; lower data.train_size";
    vec![
        record("train_size=1000", &[], ok("0123456789ab", 0.8)),
        record("train_size=3000", &[("data.train_size", "3000")], failed("ba9876543210", message)),
    ]
}

pub(super) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("tables are UTF-8")
}

#[test]
fn results_csv_shows_finished_and_failed_jobs() {
    insta::assert_snapshot!(text(&results_csv(&grid(), &columns())), @r#"
    job,key,status,dataset,language,checkpoint,train_size,test_size,subset_seed,freeze,seed,epochs,batch_size,learning_rate,train.weight_decay,environment,precision,steps,train_loss,test_entity_f1,test_entity_precision,test_entity_recall,test_entity_f1_iob2,test_token_f1_micro,test_token_f1_macro,test_gold_token_f1_micro,test_gold_token_f1_macro,test_token_accuracy,words_unseen,test_in_train,error
    train_size=1000,0123456789ab,ok,"./data, old",,"org/bert ""small""",1000,2000,42,false,42,3,8,0.00005,0,cpu,fp32,375,0.123457,0.800000,0.400000,0.333333,0.800000,0.800000,,0.800000,,1.000000,7,0,
    train_size=3000,ba9876543210,failed,"./data, old",,"org/bert ""small""",3000,2000,42,false,42,3,8,0.00005,0,cpu,,,,,,,,,,,,,,,"too_few_rows: asked for 3,000 rows: the split ""train""
    has fewer; lower data.train_size"
    "#);
}

#[test]
fn per_entity_csv_shows_types_of_finished_jobs() {
    insta::assert_snapshot!(text(&per_entity_csv(&grid())), @r#"
    job,key,split,scheme,type,precision,recall,f1,support
    train_size=1000,0123456789ab,test,conlleval,LOC,0.800000,0.800000,0.800000,10
    train_size=1000,0123456789ab,test,conlleval,PER,0.000000,0.000000,0.000000,0
    train_size=1000,0123456789ab,test,iob2,LOC,0.666667,0.666667,0.666667,9
    "#);
}

#[test]
fn curves_csv_shows_nine_digits() {
    insta::assert_snapshot!(text(&curves_csv(&grid())), @r#"
    job,step,epoch,loss,learning_rate,grad_norm
    train_size=1000,50,0.4,1.5,4.33333333e-5,0.666666667
    train_size=1000,100,0.8,0.123456789,3.66666667e-5,0.666666667
    "#);
}

#[test]
fn summary_csv_leaves_empty_what_one_job_or_none_cannot_tell() {
    insta::assert_snapshot!(text(&summary_csv(&grid(), &columns())), @r#"
    dataset,language,checkpoint,train_size,test_size,freeze,epochs,batch_size,learning_rate,train.weight_decay,metric,n,failed,mean,sd,ci_low,ci_high
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_f1,1,0,0.800000,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_precision,1,0,0.400000,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_recall,1,0,0.333333,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_f1_iob2,1,0,0.800000,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_token_f1_micro,1,0,0.800000,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_token_f1_macro,0,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_gold_token_f1_micro,1,0,0.800000,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_gold_token_f1_macro,0,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_token_accuracy,1,0,1.000000,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_f1,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_precision,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_recall,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_f1_iob2,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_token_f1_micro,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_token_f1_macro,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_gold_token_f1_micro,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_gold_token_f1_macro,0,1,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_token_accuracy,0,1,,,,
    "#);
}

#[test]
fn five_seeds_are_summarized_by_a_t_interval() {
    let mut records: Vec<Record> = [0.81, 0.83, 0.80, 0.85, 0.82]
        .iter()
        .enumerate()
        .map(|(seed, &f1)| {
            let seeds = [("train.seed", seed.to_string()), ("data.subset_seed", (seed * 7).to_string())];
            let pairs = seeds.each_ref().map(|(name, text)| (*name, text.as_str()));
            record(&format!("seed={seed}"), &pairs, ok(&format!("00000000000{seed}"), f1))
        })
        .collect();
    records.push(record("seed=5", &[("train.seed", "5")], failed("000000000005", "no rows")));
    let table = summary_csv(&records, &columns());
    // Python: mean 0.822, sd √(0.00148 / 4) = 0.0192353841, and with t(0.975, 4) = 2.7764451052 of the t-table the
    // half-width 2.7764451052 · 0.0192353841 / √5 = 0.0238839690.
    let row = text(&table).lines().find(|line| line.contains("test_entity_f1,")).expect("a row for entity_f1");
    assert!(row.ends_with("test_entity_f1,5,1,0.822000,0.019235,0.798116,0.845884"), "{row}");
    // Equal values have no spread, and the interval is a point.
    let row = text(&table).lines().find(|line| line.contains("test_token_accuracy,")).expect("a row for accuracy");
    assert!(row.ends_with("test_token_accuracy,5,1,1.000000,0.000000,1.000000,1.000000"), "{row}");
}

#[test]
fn metric_columns_follow_the_plan_not_the_outcomes() {
    let header = |splits: &[ScoredSplit]| {
        let columns = Columns { splits: splits.to_vec(), ..Columns::default() };
        text(&results_csv(&[], &columns)).trim_end().to_owned()
    };
    assert!(!header(&[]).contains("entity_f1"));
    let both = header(&[ScoredSplit::Validation, ScoredSplit::Test]);
    let places = ["test_entity_f1,", "test_token_accuracy,", "validation_entity_f1,", "validation_token_accuracy,"]
        .map(|column| both.find(column).expect("a column of each split"));
    assert!(places.is_sorted());
}

/// A folder with the grid's tables written, and its layout.
fn written() -> (tempfile::TempDir, Layout) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let root = parent.path().join("results/es_grid");
    let (folder, known) = ResultsFolder::open(&root).expect("opened");
    assert_eq!(known, Known::default());
    folder.write_tables(&grid(), &columns(), None).expect("written");
    (parent, Layout::new(root))
}

pub(super) fn shown(error: &ResultsError, layout: &Layout) -> String {
    error.to_string().replace(&layout.root().display().to_string(), "results/es_grid")
}

#[test]
fn a_clone_reads_every_outcome_back_and_writes_the_same_bytes() {
    let (_parent, layout) = written();
    fs::remove_dir_all(layout.run_folder()).expect("a clone has no .run");
    let before = [layout.results(), layout.per_entity(), layout.curves(), layout.summary()]
        .map(|path| fs::read(path).expect("read"));
    let committed = read_tables(&layout).expect("read").expect("tables");
    assert_eq!(committed.columns.varied, ["train.weight_decay"]);
    for (ours, original) in committed.records.iter().zip(grid()) {
        assert_eq!(ours.outcome, original.outcome);
        assert_eq!(ours.settings, original.settings);
    }
    let (folder, known) = ResultsFolder::open(layout.root()).expect("opened");
    assert_eq!(known.outcomes["0123456789ab"], ok("0123456789ab", 0.8));
    folder.write_tables(&committed.records, &committed.columns, None).expect("written");
    let after = [layout.results(), layout.per_entity(), layout.curves(), layout.summary()]
        .map(|path| fs::read(path).expect("read"));
    assert_eq!(before, after);
}

#[test]
fn a_checkout_with_crlf_is_read_like_any_other() {
    let mut records = grid();
    records[1].outcome = failed("ba9876543210", "one line");
    let tables = [results_csv(&records, &columns()), per_entity_csv(&records), curves_csv(&records)];
    let [results, entities, curves] = tables.map(|table| text(&table).replace('\n', "\r\n").into_bytes());
    let committed = parse_tables(&Layout::new("r"), &results, &entities, &curves, None).expect("read");
    assert_eq!(committed.records, records);
}

#[test]
fn a_run_that_changes_nothing_leaves_the_tables_times() {
    let (_parent, layout) = written();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let file = fs::File::options().write(true).open(layout.results()).expect("opened");
    file.set_modified(old).expect("time set");
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    folder.write_tables(&grid(), &columns(), None).expect("written");
    let time = fs::metadata(layout.results()).and_then(|data| data.modified()).expect("time");
    assert_eq!(time, old);
}

#[test]
fn nothing_of_a_run_but_the_tables_can_be_committed() {
    let (_parent, layout) = written();
    let mut names: Vec<String> = fs::read_dir(layout.root())
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(names, [".run", "curves.csv", "per_entity.csv", "results.csv", "summary.csv"]);
    assert_eq!(fs::read(layout.run_folder().join(".gitignore")).expect("read"), b"*\n");
}

#[test]
fn the_journal_adds_what_the_tables_lack_and_a_finished_outcome_beats_a_failed_one() {
    let (_parent, layout) = written();
    let (mut folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    for outcome in [ok("ba9876543210", 0.5), failed("0123456789ab", "later"), ok("aaaaaaaaaaaa", 0.1)] {
        folder.record(&outcome).expect("recorded");
    }
    drop(folder);
    let known = Known::read(&layout).expect("read");
    let expected = [ok("0123456789ab", 0.8), ok("aaaaaaaaaaaa", 0.1), ok("ba9876543210", 0.5)];
    assert_eq!(known.outcomes.into_values().collect::<Vec<_>>(), expected);
}

#[test]
fn what_only_the_tables_hold_is_entered_into_the_journal_once() {
    let (_parent, layout) = written();
    let (_, known) = ResultsFolder::open(layout.root()).expect("opened");
    let journal = fs::read(layout.journal()).expect("read");
    ResultsFolder::open(layout.root()).expect("opened again");
    assert_eq!(fs::read(layout.journal()).expect("read"), journal);
    for table in [layout.results(), layout.per_entity(), layout.curves(), layout.summary()] {
        fs::remove_file(table).expect("removed");
    }
    assert_eq!(Known::read(&layout).expect("read").outcomes, known.outcomes);
}

#[test]
fn a_folder_in_use_is_refused_until_it_is_dropped() {
    let (_parent, layout) = written();
    let held = ResultsFolder::open(layout.root()).expect("opened");
    assert!(matches!(ResultsFolder::open(layout.root()), Err(ResultsError::InUse { .. })));
    Known::read(&layout).expect("reading needs no lock");
    drop(held);
    ResultsFolder::open(layout.root()).expect("free again");
}

/// Killed while the four tables are renamed: the first two are new, the others lie beside.
#[test]
fn tables_cut_off_while_being_replaced_are_read_and_put_in_place() {
    let (_parent, layout) = written();
    let mut records = grid();
    records[1].outcome = ok("ba9876543210", 0.6);
    let root = layout.root();
    fs::write(layout.per_entity(), per_entity_csv(&records)).expect("written");
    fs::write(layout.summary(), summary_csv(&records, &columns())).expect("written");
    fs::write(root.join(".curves.csv.new"), curves_csv(&records)).expect("written");
    fs::write(root.join(".results.csv.new"), results_csv(&records, &columns())).expect("written");
    read_tables(&layout).expect_err("without the mark the tables do not fit together");
    fs::write(layout.run_folder().join("tables-ready"), b"").expect("written");
    let without_lock = Known::read(&layout).expect("read");
    let (_folder, known) = ResultsFolder::open(root).expect("opened");
    assert_eq!(known, without_lock);
    assert_eq!(known.outcomes["ba9876543210"], ok("ba9876543210", 0.6));
    assert_eq!(fs::read(layout.results()).expect("read"), results_csv(&records, &columns()));
    assert!(!root.join(".results.csv.new").exists() && !layout.run_folder().join("tables-ready").exists());
}

/// Killed before the new tables were complete: the old ones stay.
#[test]
fn incomplete_new_tables_are_removed() {
    let (_parent, layout) = written();
    let half = layout.root().join(".results.csv.new");
    fs::write(&half, b"job,ke").expect("written");
    let (_folder, known) = ResultsFolder::open(layout.root()).expect("opened");
    assert_eq!(known.outcomes.len(), 2);
    assert!(!half.exists());
}

#[test]
fn damaged_tables_are_refused_with_file_and_line() {
    let results = String::from_utf8(results_csv(&grid(), &columns())).expect("UTF-8");
    let entities = String::from_utf8(per_entity_csv(&grid())).expect("UTF-8");
    let curves = String::from_utf8(curves_csv(&grid())).expect("UTF-8");
    let header_only = |table: &str| format!("{}\n", table.lines().next().expect("a header"));
    let layout = Layout::new("results/es_grid");
    let damage = [
        (results[..results.len() - 9].to_owned(), entities.clone(), curves.clone()),
        (results.replace("0.800000", "0.8OOOOO"), entities.clone(), curves.clone()),
        (results.replace(",ok,", ",done,"), entities.clone(), curves.clone()),
        (results.replace("0123456789ab,ok", "0123456789,ok"), entities.clone(), curves.clone()),
        (results.replace("test_in_train", "test_in_trian"), entities.clone(), curves.clone()),
        (results.replace("too_few_rows: ", ""), entities.clone(), curves.clone()),
        (results.replace("train_size=3000,", "train_size=1000,"), entities.clone(), curves.clone()),
        (results.replace(',', ";"), entities.clone(), curves.clone()),
        (results.replace(",375,", ",375,1,"), entities.clone(), curves.clone()),
        (format!("{results}<<<<<<< HEAD\n"), entities.clone(), curves.clone()),
        (results.clone(), header_only(&entities), curves.clone()),
        (results.clone(), entities.replace("iob2", "iob3"), curves.clone()),
        (results.clone(), entities.replace("PER", "LOC"), curves.clone()),
        (results.clone(), entities.replace("0123456789ab", "0123456789ac"), curves.clone()),
        (results.clone(), entities.clone(), curves.replace("train_size=1000,100", "train_size=1000,50")),
        (results.clone(), entities.clone(), curves.replace("train_size=1000,100", "train_size=3000,100")),
        (results.clone(), entities.clone(), curves.replace("train_size=1000,100", "freeze=true,100")),
        (results.clone(), entities.clone(), String::new()),
    ];
    let said = damage.map(|(results, entities, curves)| {
        let error = parse_tables(&layout, results.as_bytes(), entities.as_bytes(), curves.as_bytes(), None);
        error
            .expect_err("damaged")
            .to_string()
            .replace("; restore it from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables", "")
    });
    insta::assert_snapshot!(said.join("\n"), @r#"
    results/es_grid/results.csv:4: the file ends in the middle of a line
    results/es_grid/results.csv:2: test_entity_f1 "0.8OOOOO": not a number; expected one such as 0.812500
    results/es_grid/results.csv:2: status "done" is neither ok nor failed
    results/es_grid/results.csv:2: key "0123456789" is not 12 hex digits
    results/es_grid/results.csv:1: column "test_in_train" is missing
    results/es_grid/results.csv:3: error "asked for 3,000 rows: the split \"train\"\nhas fewer; lower data.train_size" is not of the form "code: message"
    results/es_grid/results.csv:3: job "train_size=1000" has another row above (two merged branches?): delete one of the two
    results/es_grid/results.csv:1: the cells are not separated by commas (saved by a spreadsheet?)
    results/es_grid/results.csv:2: 32 cells under 31 columns
    results/es_grid/results.csv:5: unfinished merge (<<<<<<<); resolve it with the same side in all files of the folder (either is fine), then run again
    results/es_grid/results.csv:2: job "train_size=1000" has no test rows in per_entity.csv
    results/es_grid/per_entity.csv:4: scheme "iob3" is unknown
    results/es_grid/per_entity.csv:3: the job has another row like this above (two merged branches?): delete one of the two
    results/es_grid/per_entity.csv:2: results.csv has key 0123456789ab for this job
    results/es_grid/curves.csv:3: the job has another row like this above (two merged branches?): delete one of the two
    results/es_grid/curves.csv:3: job "train_size=3000" failed by results.csv, and cannot have this row
    results/es_grid/curves.csv:3: results.csv has no job "freeze=true"
    results/es_grid/curves.csv:1: the file ends in the middle of a line
    "#);
}

#[test]
fn a_table_that_is_gone_is_named() {
    let (_parent, layout) = written();
    fs::remove_file(layout.per_entity()).expect("removed");
    let error = ResultsFolder::open(layout.root()).expect_err("refused");
    insta::assert_snapshot!(shown(&error, &layout), @"results/es_grid/per_entity.csv is missing, but results/es_grid/results.csv has finished jobs; restore it from git, or remove both to run these jobs again");
}

#[test]
fn predictions_and_gold_lie_side_by_side_and_read_back() {
    let (_parent, layout) = written();
    create_folder(&layout.predictions_folder()).expect("made");
    let names = ["O", "B-PER"].map(str::to_owned);
    let answers = [vec![Some(1), None], vec![Some(0)]];
    let paths = [
        layout.predictions("0123456789ab", ScoredSplit::Test),
        layout.gold(&["00".to_owned()], ScoredSplit::Test, 2, &names),
    ];
    for path in &paths {
        replace(path, &tag_lines(&names, &answers)).expect("written");
        let content = fs::read(path).expect("read");
        assert_eq!(text(&content), "B-PER -\nO\n");
        assert_eq!(read_tags(path, &content, &names).expect("parsed"), answers);
    }
    assert_eq!(paths[0].parent(), paths[1].parent());
}

#[test]
fn a_folder_without_anything_knows_nothing() {
    assert_eq!(Known::read(&Layout::new(Path::new("no/such/folder"))).expect("read"), Known::default());
}

#[test]
fn a_path_that_cannot_be_a_folder_is_named() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let layout = Layout::new(parent.path().join("file"));
    fs::write(layout.root(), b"").expect("written");
    let error = ResultsFolder::open(layout.root()).expect_err("refused");
    insta::assert_snapshot!(shown(&error, &layout), @"cannot create results/es_grid/.run: not a directory; check the path, or choose another folder with --out");
}

#[test]
fn a_job_has_one_row_of_timings_and_no_table_holds_a_time() {
    let (_parent, layout) = written();
    let tables = results_csv(&grid(), &columns());
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    let timing = |job: &str, seconds: f64| Timing {
        job: job.to_owned(),
        load_seconds: 0.5,
        tokenise_seconds: 0.0,
        train_seconds: seconds,
        predict_seconds: 1.0,
        steps_per_second: None,
        peak_memory_bytes: None,
    };
    for (job, seconds) in [("a", 1.0), ("b", 2.0), ("a", 3.0)] {
        folder.write_timings(&[timing(job, seconds)]).expect("written");
    }
    assert_eq!(timings(&layout).expect("read"), [timing("a", 3.0), timing("b", 2.0)]);
    assert_eq!(fs::read(layout.results()).expect("read"), tables);
    assert!(!text(&tables).contains("second"));
}

/// The grid's finished job, evaluated after each of three epochs.
fn evaluated() -> Vec<Record> {
    let mut records = grid();
    let Ending::Ok(measured) = &mut records[0].outcome.ending else { unreachable!("it is finished") };
    let point = |(epoch, score): (u32, f64)| EpochPoint {
        epoch: Significant::new(f64::from(epoch)),
        train_loss: Significant::new(2.0 / f64::from(3 * epoch)),
        validation_loss: Significant::new(0.123_456_789_012 / f64::from(epoch)),
        validation_entity_f1: Decimal::new(score),
    };
    measured.epochs = (1..).zip([0.5, 2.0 / 3.0, 0.6]).map(point).collect();
    measured.best_epoch = Some(Significant::new(2.0));
    records[0].selected = Some(true);
    records
}

fn evaluating() -> Columns {
    Columns { evaluates: true, selects: true, ..columns() }
}

#[test]
fn epochs_csv_shows_losses_with_nine_digits_and_scores_with_six() {
    insta::assert_snapshot!(text(&epochs_csv(&evaluated())), @"
    job,epoch,train_loss,validation_loss,validation_entity_f1
    train_size=1000,1,0.666666667,0.123456789,0.500000
    train_size=1000,2,0.333333333,0.0617283945,0.666667
    train_size=1000,3,0.222222222,0.041152263,0.600000
    ");
}

#[test]
fn the_best_epoch_and_the_choice_have_columns_where_a_plan_has_them() {
    let table = results_csv(&evaluated(), &evaluating());
    let mut reader = csv::Reader::from_reader(&table[..]);
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header[..4], ["job", "key", "status", "selected"]);
    let place = header.iter().position(|column| column == "best_epoch").expect("a column");
    assert_eq!(header[place - 1], "train_loss");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let cells: Vec<[&str; 2]> = rows.iter().map(|row| [&row[3], &row[place]]).collect();
    assert_eq!(cells, [["true", "2"], ["", ""]]);
    let plain = results_csv(&evaluated(), &columns());
    assert_eq!(plain, results_csv(&grid(), &columns()), "and nothing changes where it has not");
}

#[test]
fn a_clone_reads_epochs_and_choices_back() {
    let (_parent, layout) = written();
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    folder.write_tables(&evaluated(), &evaluating(), None).expect("written");
    drop(folder);
    fs::remove_dir_all(layout.run_folder()).expect("a clone has no .run");
    let committed = read_tables(&layout).expect("read").expect("tables");
    assert_eq!(committed.records, evaluated());
    assert!(committed.columns.evaluates && committed.columns.selects);
    fs::remove_file(layout.epochs()).expect("removed");
    insta::assert_snapshot!(shown(&read_tables(&layout).expect_err("incomplete"), &layout), @r#"results/es_grid/epochs.csv is missing, but results/es_grid/results.csv has finished jobs; restore it from git, or remove both to run these jobs again"#);
}

#[test]
fn epochs_csv_is_removed_where_no_job_is_evaluated() {
    let (_parent, layout) = written();
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    assert!(!layout.epochs().exists());
    folder.write_tables(&evaluated(), &evaluating(), None).expect("written");
    assert_eq!(fs::read(layout.epochs()).expect("read"), epochs_csv(&evaluated()));
    folder.write_tables(&grid(), &columns(), None).expect("written");
    assert!(!layout.epochs().exists());
    let names = fs::read_dir(layout.root()).expect("listed").map(|entry| entry.expect("an entry").file_name());
    assert!(names.map(|name| name.into_string().expect("UTF-8")).all(|name| !name.ends_with(".new")));
}

/// Killed while the tables are replaced by some without epochs.csv.
#[test]
fn a_removal_cut_off_while_tables_are_replaced_is_read_and_ended() {
    let (_parent, layout) = written();
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    folder.write_tables(&evaluated(), &evaluating(), None).expect("written");
    drop(folder);
    fs::write(layout.root().join(".epochs.csv.new"), b"").expect("written");
    fs::write(layout.root().join(".results.csv.new"), results_csv(&grid(), &columns())).expect("written");
    fs::write(layout.run_folder().join("tables-ready"), b"").expect("written");
    assert_eq!(read_tables(&layout).expect("read").expect("tables").records, grid());
    let (_folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    assert!(!layout.epochs().exists() && !layout.root().join(".epochs.csv.new").exists());
    assert_eq!(read_tables(&layout).expect("read").expect("tables").records, grid());
}

#[test]
fn epochs_that_do_not_fit_the_best_epoch_are_refused() {
    let layout = Layout::new("results/es_grid");
    let [results, entities, curves] =
        [results_csv(&evaluated(), &evaluating()), per_entity_csv(&evaluated()), curves_csv(&evaluated())];
    let epochs = epochs_csv(&evaluated());
    let refused = |epochs: &[u8]| {
        let error = parse_tables(&layout, &results, &entities, &curves, Some(epochs)).expect_err("damaged").to_string();
        error.split(';').next().expect("a first part").to_owned()
    };
    let lines: Vec<&str> = text(&epochs).lines().collect();
    let table = |rows: &[usize]| rows.iter().map(|row| format!("{}\n", lines[*row])).collect::<String>().into_bytes();
    insta::assert_snapshot!(refused(&table(&[0, 1, 3])), @r#"results/es_grid/results.csv:2: best_epoch of job "train_size=1000" does not match its rows in epochs.csv"#);
    let merged = parse_tables(&layout, &results, &entities, &curves, Some(&table(&[0, 2, 1, 3, 2])));
    assert_eq!(merged.expect("read").records, evaluated(), "a merge may leave a row twice, and out of order");
    assert_eq!(parse_tables(&layout, &results, &entities, &curves, Some(&epochs)).expect("read").records, evaluated());
}

#[test]
fn a_journal_from_before_there_were_epochs_is_read() {
    let (_parent, layout) = written();
    let (mut folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    let outcome = evaluated()[0].outcome.clone();
    folder.record(&outcome).expect("recorded");
    drop(folder);
    let journal = fs::read_to_string(layout.journal()).expect("read");
    let older: Vec<&str> = journal.lines().filter(|line| !line.contains("\"epochs\"")).collect();
    assert_eq!(older.len() + 1, journal.lines().count(), "a job that is not evaluated is written as before");
    assert_eq!(Known::read(&layout).expect("read").outcomes["0123456789ab"], outcome, "the journal counts");
    for table in [layout.results(), layout.per_entity(), layout.curves(), layout.summary()] {
        fs::remove_file(table).expect("removed");
    }
    assert_eq!(Known::read(&layout).expect("read").outcomes["0123456789ab"], outcome);
}
