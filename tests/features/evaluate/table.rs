//! evaluations.csv.

use super::*;

fn record(label: &str, name: &str, outcome: Outcome) -> EvaluationRecord {
    let text = str::to_owned;
    let set = EvaluatedSet {
        name: text(name),
        dataset: text("./own"),
        language: text("de"),
        split: text("test"),
        size: text("all"),
    };
    EvaluationRecord { label: text(label), key: text("00000000000a"), set, outcome }
}

fn records() -> Vec<EvaluationRecord> {
    vec![
        record("seed=1", "de", outcome("0123456789ab", 2.0 / 3.0)),
        record("seed=1", "own, new", failed("ba9876543210")),
        record("seed=2", "de", scored("aaaaaaaaaaaa", &Scores::default(), 0)),
    ]
}

#[test]
fn evaluations_are_written_a_row_each_and_read_back() {
    let bytes = evaluations_csv(&records());
    assert_snapshot!(String::from_utf8(bytes.clone()).expect("UTF-8"), @r#"
    job,key,evaluation,set,dataset,language,split,size,entity_f1,entity_precision,entity_recall,entity_f1_iob2,token_f1_micro,token_f1_macro,gold_token_f1_micro,gold_token_f1_macro,token_accuracy,words_unseen,environment,error
    seed=1,00000000000a,0123456789ab,de,./own,de,test,all,0.666667,,,,,,,,1.000000,3,cpu,
    seed=1,00000000000a,ba9876543210,"own, new",./own,de,test,all,,,,,,,,,,,cpu,"data-too-few-rows: test_size asks for 9 rows, ""all"" is 5"
    seed=2,00000000000a,aaaaaaaaaaaa,de,./own,de,test,all,,,,,,,,,,0,cpu,
    "#);
    assert_eq!(parse_evaluations(Path::new("evaluations.csv"), &bytes).expect("read"), records());
}

#[test]
fn damage_in_evaluations_is_located() {
    let whole = String::from_utf8(evaluations_csv(&records())).expect("UTF-8");
    let said = |text: &str| {
        let error = parse_evaluations(Path::new("evaluations.csv"), text.as_bytes()).expect_err("damaged");
        let text = error.to_string();
        text.split(';').next().unwrap_or_default().to_owned()
    };
    let row = whole.lines().nth(1).expect("a row");
    let merged = parse_evaluations(Path::new("evaluations.csv"), format!("{whole}{row}\n").as_bytes());
    assert_eq!(merged.expect("read"), records(), "a merge may leave a row twice");
    let twice = format!("{whole}{}\n", row.replace("0.666667", "0.700000"));
    let cases = [
        whole.replace("0123456789ab", "0123"),
        whole.replace(",set,", ",sets,"),
        whole.replace("0.666667", "two thirds"),
        whole.replace("aaaaaaaaaaaa", "0123456789ab"),
        twice,
    ];
    assert_snapshot!(cases.map(|text| said(&text)).join("\n"), @r#"
    evaluations.csv:2: evaluation "0123" is not 12 hex digits
    evaluations.csv:1: column "set" is missing
    evaluations.csv:2: entity_f1 "two thirds": not a number
    evaluations.csv:4: evaluation 0123456789ab has another result above
    evaluations.csv:5: job "seed=1" has another row for "de" above (two merged branches?): delete one of the two
    "#);
}

#[test]
fn a_clone_knows_evaluations_and_keeps_their_answers_beside_the_jobs() {
    let parent = TempDir::new().expect("a temporary folder can be made");
    let root = parent.path().join("grid");
    let (folder, _) = ResultsFolder::open(&root).expect("opened");
    let layout = Layout::new(&root);
    let shelf = layout.shelved("0", ScoredSplit::Test).parent().expect("a folder").to_owned();
    fs::create_dir(layout.predictions_folder()).expect("made");
    fs::create_dir(&shelf).expect("made");
    fs::write(layout.predictions_folder().join("gold-0123456789ab.tags"), "O\n").expect("written");
    for name in ["0123456789ab.tags", "cccccccccccc.tags"] {
        fs::write(shelf.join(name), "O\n").expect("written");
    }
    let rows = records();
    folder.write_tables(&[], &Columns::default(), Some(&rows), None).expect("written");
    let found = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.into_string().expect("UTF-8")).collect::<Vec<_>>()
    };
    let mut there = found(&layout.predictions_folder());
    there.sort();
    assert_eq!(there, ["gold-0123456789ab.tags", "seed=1@de.tags"]);
    assert_eq!(found(&shelf), ["cccccccccccc.tags"], "answers without a row are not committed");
    let clone = Layout::new(parent.path().join("clone"));
    fs::create_dir(clone.root()).expect("made");
    for table in ["results.csv", "per_entity.csv", "curves.csv", "summary.csv", "evaluations.csv"] {
        fs::copy(root.join(table), clone.root().join(table)).expect("copied");
    }
    assert_eq!(read_evaluations(&clone).expect("read"), rows);
    let (folder, known) = ResultsFolder::open(clone.root()).expect("opened");
    assert_eq!(known.outcomes.len(), 3);
    assert!(rows.iter().all(|row| known.outcomes[&row.outcome.key] == row.outcome));
    let journalled = Replay::read(&clone.journal()).expect("read").outcomes;
    assert_eq!(journalled, known.outcomes, "table and journal tell the same");
    folder.write_tables(&[], &Columns::default(), None, None).expect("written");
    assert!(!clone.evaluations().exists(), "without sets there is no table of them");
    assert_eq!(Known::read(&clone).expect("read").outcomes, known.outcomes, "the journal keeps what was measured");
}

#[test]
fn a_damaged_table_of_evaluations_ends_the_reading_of_a_folder() {
    let parent = TempDir::new().expect("a temporary folder can be made");
    let layout = Layout::new(parent.path());
    fs::write(layout.evaluations(), "job\nx\n").expect("written");
    assert!(matches!(Known::read(&layout), Err(ResultsError::Damaged { line: 1, .. })));
}
