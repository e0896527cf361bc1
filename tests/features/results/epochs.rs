//! Evaluations during training, and selections.

use super::*;

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
    folder.write_tables(&evaluated(), &evaluating(), None, None).expect("written");
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
    folder.write_tables(&evaluated(), &evaluating(), None, None).expect("written");
    assert_eq!(fs::read(layout.epochs()).expect("read"), epochs_csv(&evaluated()));
    folder.write_tables(&grid(), &columns(), None, None).expect("written");
    assert!(!layout.epochs().exists());
    let names = fs::read_dir(layout.root()).expect("listed").map(|entry| entry.expect("an entry").file_name());
    assert!(names.map(|name| name.into_string().expect("UTF-8")).all(|name| !name.ends_with(".new")));
}

/// Killed while the tables are replaced by some without epochs.csv.
#[test]
fn a_removal_cut_off_while_tables_are_replaced_is_read_and_ended() {
    let (_parent, layout) = written();
    let (folder, _) = ResultsFolder::open(layout.root()).expect("opened");
    folder.write_tables(&evaluated(), &evaluating(), None, None).expect("written");
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

#[test]
fn epochs_csv_shows_losses_with_nine_digits_and_scores_with_six() {
    insta::assert_snapshot!(text(&epochs_csv(&evaluated())), @"
    job,epoch,train_loss,validation_loss,validation_entity_f1
    train_size=1000,1,0.666666667,0.123456789,0.500000
    train_size=1000,2,0.333333333,0.0617283945,0.666667
    train_size=1000,3,0.222222222,0.041152263,0.600000
    ");
}
