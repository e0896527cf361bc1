//! Read back from a clone, locked, cut off, damaged.

use super::*;

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
    folder.write_tables(&committed.records, &committed.columns, None, None).expect("written");
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
    folder.write_tables(&grid(), &columns(), None, None).expect("written");
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
    fs::write(layout.summary(), summary_csv(&records, &columns(), |_| None)).expect("written");
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
        (results.replace("0.800000", "1.800000"), entities.clone(), curves.clone()),
        (results.replace("0.800000", "NaN"), entities.clone(), curves.clone()),
        (results.replace("too_few_rows", "too\u{1b}[2Jfew"), entities.clone(), curves.clone()),
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
    results/es_grid/results.csv:2: status "done" is none of ok, stopped and failed
    results/es_grid/results.csv:2: key "0123456789" is not 12 hex digits
    results/es_grid/results.csv:1: column "test_in_train" is missing
    results/es_grid/results.csv:3: error "asked for 3,000 rows: the split \"train\"\nhas fewer; lower data.train_size" is not of the form "code: message"
    results/es_grid/results.csv:3: job "train_size=1000" has another row above (two merged branches?): delete one of the two
    results/es_grid/results.csv:1: the cells are not separated by commas (saved by a spreadsheet?)
    results/es_grid/results.csv:2: 32 cells under 31 columns
    results/es_grid/results.csv:5: unfinished merge (<<<<<<<); take ours or theirs, the same in every file, then run again
    results/es_grid/results.csv:2: job "train_size=1000" has no test rows in per_entity.csv
    results/es_grid/per_entity.csv:4: scheme "iob3" is unknown
    results/es_grid/per_entity.csv:3: the job has another row like this above (two merged branches?): delete one of the two
    results/es_grid/per_entity.csv:2: results.csv has key 0123456789ab for this job
    results/es_grid/curves.csv:3: the job has another row like this above (two merged branches?): delete one of the two
    results/es_grid/curves.csv:3: job "train_size=3000" failed by results.csv, and cannot have this row
    results/es_grid/curves.csv:3: results.csv has no job "freeze=true"
    results/es_grid/curves.csv:1: the file ends in the middle of a line
    results/es_grid/results.csv:2: test_entity_f1 1.800000 is not from 0 to 1
    results/es_grid/results.csv:2: test_entity_f1 NaN is not from 0 to 1
    results/es_grid/results.csv:3: a cell has a control character
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
        layout.predictions("train_size=1000", None, ScoredSplit::Test),
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
