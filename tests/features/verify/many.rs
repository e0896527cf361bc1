//! Many folders at once: a line each, the findings of those that do not hold, a table for programs.

use super::{replace, two, without_keys, write_corpus};
use crate::workshop::Workshop;

/// Copies a clone of a run to `submissions/NAME`.
fn submissions(run: &Workshop, names: &[String]) -> Workshop {
    let class = Workshop::new("");
    for (path, content) in run.committed("results/grid") {
        names.iter().for_each(|name| class.write(&format!("submissions/{name}/{path}"), &content));
    }
    write_corpus(&class);
    class
}

#[test]
fn of_sixty_folders_those_that_were_tampered_with_are_named() {
    let run = two();
    let names: Vec<String> = (1..=60).map(|number| format!("s{number:02}")).collect();
    let class = submissions(&run, &names);
    let edit = |name: &str, file: &str, from: &str, to: &str| {
        let path = format!("submissions/{name}/{file}");
        let text = class.read(&path);
        assert!(text.contains(from), "{text}");
        class.write(&path, text.replacen(from, to, 1));
    };
    let loss = run.cell("results/grid", "seed=1", "train_loss").unwrap();
    edit("s07", "results.csv", &loss, "0.100000");
    edit("s31", "experiment.toml", "batch_size = 8", "batch_size = 4");
    edit("s60", "lock.toml", "version = 1", "version = 9");
    class.write("submissions/README.md", "hand in here\n");
    class.write("submissions/empty/notes.txt", "nothing yet\n");

    let folders = names.iter().map(|name| format!("submissions/{name}")).collect::<Vec<_>>().join(" ");
    let line = format!("verify submissions/README.md submissions/empty {folders}");
    let said = class.runner_with(&line, &[("COLUMNS", "80")]);
    assert_eq!((said.status, said.err.as_str()), (1, ""));
    let holding = "submissions/s01           2 jobs  holds";
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{}", said.out);
    assert_eq!(lines.iter().filter(|line| line.contains("  holds  ")).count(), 57, "{}", said.out);
    let mut shown = lines.clone();
    shown.retain(|line| !line.contains("  holds  ") || line.starts_with(holding));
    insta::assert_snapshot!(without_keys(&shown.join("\n")), @r"
    submissions/README.md            no results     no results.csv in it
    submissions/empty                no results     no results.csv in it
    submissions/s07          2 jobs  does not hold  results.csv, train_loss: 0.1000…
    submissions/s31          2 jobs  does not hold  results.csv, batch_size: 8 (exp…
    submissions/s60          2 jobs  does not hold  lock.toml: has version 9, but t…

    submissions/s07: 1 finding
      - results.csv, seed=1, train_loss: 0.100000 (curves.csv: 0.946118)
      → one of the two was edited: compare both with git, or train the job again
        with --force

    submissions/s31: 4 findings
      - results.csv, 2 rows (seed=1 to seed=2), batch_size: 8 (experiment.toml: 4)
      - results.csv, seed=1, key: KEY (experiment.toml and lock.toml:
        KEY)
      - results.csv, seed=2, key: KEY (experiment.toml and lock.toml:
        KEY)
      → restore whichever was changed from git; or run the experiment again, which
        rewrites the tables
      → an experiment, a lock or a row was changed after the run: restore it from
        git, or run again

    submissions/s60: 1 finding
      - lock.toml: has version 9, but this runner reads version 1
      → restore lock.toml from git or a copy; `runner run --force` pins the inputs
        again

    62 folders: 57 hold, 2 without results, 3 do not hold
    ");

    let csv = class.runner(&format!("{line} --format csv")).out;
    let mut rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.iter().filter(|row| row.contains(",holds,")).count(), 57, "{csv}");
    rows.retain(|row| !row.contains(",holds,") || row.starts_with("submissions/s01"));
    insta::assert_snapshot!(without_keys(&rows.join("\n")), @r#"
    folder,status,check,file,row,column,found,expected,not_checked
    submissions/README.md,no results,,,,,"submissions/README.md has no results.csv; name a results folder such as results/NAME, or run its experiment first",,
    submissions/empty,no results,,,,,"submissions/empty has no results.csv; name a results folder such as results/NAME, or run its experiment first",,
    submissions/s01,holds,,,,,,,journal: no journal (a clone); models: no saved models
    submissions/s07,does not hold,tables,results.csv,seed=1,train_loss,0.100000,0.946118,journal: no journal (a clone); models: no saved models
    submissions/s31,does not hold,experiment,results.csv,seed=1,batch_size,8,4,journal: no journal (a clone); models: no saved models
    submissions/s31,does not hold,experiment,results.csv,seed=2,batch_size,8,4,journal: no journal (a clone); models: no saved models
    submissions/s31,does not hold,keys,results.csv,seed=1,key,KEY,KEY,journal: no journal (a clone); models: no saved models
    submissions/s31,does not hold,keys,results.csv,seed=2,key,KEY,KEY,journal: no journal (a clone); models: no saved models
    submissions/s60,does not hold,lock,lock.toml,,the file,"has version 9, but this runner reads version 1",a lock,keys: no lock; journal: no journal (a clone); data: no lock; models: no saved models
    "#);
    let json = class.runner(&format!("{line} --format json")).out;
    let json: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(json.len(), csv.lines().count() - 1);
    assert_eq!(json[0]["status"], "no results");
}

#[test]
fn what_is_no_results_folder_is_said_and_stops_no_other() {
    let run = two();
    let both = run.runner("verify results/grid results corpus");
    assert_eq!(both.status, 0, "{}", both.out);
    let none = run.runner("verify nowhere");
    insta::assert_snapshot!(format!("{}{}exit {}", none.out, none.err, none.status), @r"
    cannot read nowhere: No such file or directory (os error 2); check the path, or choose another
      folder with --out
    exit 3
    ");
    let mistyped = run.runner("verify nowhere results/grid");
    assert_eq!(mistyped.status, 3, "{}", mistyped.out);
    let wrong = run.runner("verify");
    assert_eq!(wrong.status, 2);
    let wrong = run.runner("verify results/grid --format xml");
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("[possible values: text, md, latex, csv, json]"), "{}", wrong.err);
    replace(&run, "results.csv", "seed=1", "seed=9");
    assert_eq!(run.runner("verify results/grid results").status, 1);
}
