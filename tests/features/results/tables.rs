//! What the tables look like.

use super::*;

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
    insta::assert_snapshot!(text(&summary_csv(&grid(), &columns(), |_| None)), @r#"
    dataset,language,checkpoint,train_size,test_size,freeze,epochs,batch_size,learning_rate,train.weight_decay,metric,n,failed,mean,sd,ci_low,ci_high,collapsed,sd_seed,sd_data,sentence_low,sentence_high
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_f1,1,0,0.800000,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_precision,1,0,0.400000,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_recall,1,0,0.333333,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_entity_f1_iob2,1,0,0.800000,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_token_f1_micro,1,0,0.800000,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_token_f1_macro,0,0,,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_gold_token_f1_micro,1,0,0.800000,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_gold_token_f1_macro,0,0,,,,,0,,,,
    "./data, old",,"org/bert ""small""",1000,2000,false,3,8,0.00005,0,test_token_accuracy,1,0,1.000000,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_f1,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_precision,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_recall,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_entity_f1_iob2,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_token_f1_micro,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_token_f1_macro,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_gold_token_f1_micro,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_gold_token_f1_macro,0,1,,,,,0,,,,
    "./data, old",,"org/bert ""small""",3000,2000,false,3,8,0.00005,0,test_token_accuracy,0,1,,,,,0,,,,
    "#);
}

#[test]
fn five_seeds_are_summarized_by_a_t_interval_on_the_logit_scale() {
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
    let table = summary_csv(&records, &columns(), |_| None);
    // Python: mean 0.822, sd √(0.00148 / 4) = 0.0192353841, and with t(0.975, 4) = 2.7764451052 of the t-table the
    // half-width 2.7764451052 · 0.0192353841 / √5 = 0.0238839690; on the logit scale 0.0238839690 / (0.822 · 0.178)
    // around ln(0.822 / 0.178). A run each data seed has no components.
    let row = text(&table).lines().find(|line| line.contains("test_entity_f1,")).expect("a row for entity_f1");
    assert!(row.ends_with("test_entity_f1,5,1,0.822000,0.019235,0.796850,0.844643,0,,,,"), "{row}");
    // Equal values have no spread and no interval.
    let row = text(&table).lines().find(|line| line.contains("test_token_accuracy,")).expect("a row for accuracy");
    assert!(row.ends_with("test_token_accuracy,5,1,1.000000,0.000000,,,0,,,,"), "{row}");
}

/// Runs of one setting by data seed, seed and score.
fn setting(rows: &[(u64, u64, f64)]) -> Vec<Record> {
    let record = |(at, (data_seed, seed, f1)): (usize, &(u64, u64, f64))| {
        let seeds = [("data.subset_seed", data_seed.to_string()), ("train.seed", seed.to_string())];
        let pairs = seeds.each_ref().map(|(name, text)| (*name, text.as_str()));
        record(&format!("run={at}"), &pairs, ok(&format!("{at:012}"), *f1))
    };
    rows.iter().enumerate().map(record).collect()
}

#[test]
fn data_seeds_are_the_unit_where_two_vary_and_collapsed_runs_are_counted() {
    let last = |rows: &[(u64, u64, f64)]| {
        let table = summary_csv(&setting(rows), &columns(), |_| None);
        text(&table).lines().nth(1).expect("a row for entity_f1").split("test_entity_f1,").nth(1).map(str::to_owned)
    };
    // scipy, from reference values of the statistics ("unbalanced"): mean and interval of the four means
    let unbalanced = [
        (1, 1, 0.757_208),
        (1, 2, 0.757_3),
        (1, 3, 0.756_793),
        (2, 1, 0.731_198),
        (3, 1, 0.742_481),
        (3, 2, 0.757_552),
        (4, 1, 0.747_78),
        (4, 2, 0.740_315),
        (4, 3, 0.743_027),
    ];
    let expected = "9,0,0.745506,0.009593,0.727616,0.762603,0,0.005334,0.008883,,";
    assert_eq!(last(&unbalanced).as_deref(), Some(expected));
    let collapsed = [(42, 1, 0.81), (42, 2, 0.8), (42, 3, 0.0), (42, 4, 0.79)];
    assert_eq!(last(&collapsed).as_deref(), Some("4,0,0.600000,0.400083,0.095598,0.955129,1,,,,"));
}

#[test]
fn sentence_intervals_stand_last_and_are_asked_for_once_a_row_with_its_runs() {
    let mut asked = Vec::new();
    let table = summary_csv(&setting(&[(42, 1, 0.8), (42, 2, 0.9)]), &columns(), |row| {
        asked.push((row.metric, row.runs.len()));
        (row.metric == Metric::EntityF1).then(|| [Decimal::new(0.75), Decimal::new(0.925)])
    });
    let rows: Vec<&str> = text(&table).lines().skip(1).collect();
    assert!(rows[0].ends_with(",0,,,0.750000,0.925000") && rows[1].ends_with(",0,,,,"), "{rows:?}");
    // scores that no run has are not asked for
    let valued = Metric::ALL.into_iter().filter(|metric| !metric.name().ends_with("macro"));
    assert_eq!(asked, valued.map(|metric| (metric, 2)).collect::<Vec<_>>());
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
