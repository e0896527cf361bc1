//! How a job is named: by its label, its key or its folder.

use std::path::Path;

use runner::analysis::JobAddress;

use crate::workshop::{GRID, Workshop};

/// Two seeds of two sizes.
fn workshop() -> Workshop {
    let workshop = Workshop::new(&GRID.replace("model.freeze = [false, true]", "train.seed = [1, 2]"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

#[test]
fn a_job_is_found_by_its_label_its_key_and_its_folders() {
    let workshop = workshop();
    let root = workshop.path("results");
    let folder = root.join("grid").display().to_string();
    let label = "train_size=64,seed=2";
    let key = workshop.cell("results/grid", label, "key").unwrap();
    let found = |asked: &str| {
        let address = JobAddress::find(asked, &root).unwrap_or_else(|error| panic!("{asked}: {error}"));
        assert_eq!(address.folder.canonicalize().unwrap(), root.join("grid").canonicalize().unwrap(), "{asked}");
        address.record.label
    };
    let models = workshop.path("results/grid/.run/models");
    let model = std::fs::read_dir(&models).unwrap().next().unwrap().unwrap().path();
    for asked in [
        format!("{folder}:{label}"),
        format!("{folder}:seed=2,train_size=64"),
        format!("{folder}:train.seed=2,data.train_size=64"),
        format!("grid:{label}"),
        key.clone(),
        key[..6].to_uppercase(),
        format!("{folder}/.run/jobs/{key}"),
        format!("{folder}/.run/jobs/{key}/"),
    ] {
        assert_eq!(found(&asked), label, "{asked}");
    }
    assert!(workshop.jobs("results/grid").contains(&found(&model.display().to_string())));
}

#[test]
fn a_results_folder_with_one_job_names_it() {
    let workshop = Workshop::new(GRID.split("[matrix]").next().unwrap());
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let address = JobAddress::find(&workshop.path("results/grid").display().to_string(), Path::new("results"));
    assert_eq!(address.unwrap().record.label, "base");
}

#[test]
fn what_names_no_job_or_several_lists_what_there_is() {
    let workshop = workshop();
    let said = |asked: &str| {
        let said = workshop.runner(&format!("errors {asked}"));
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{asked}");
        format!("$ {asked}\n{}", said.err)
    };
    let key = workshop.cell("results/grid", "train_size=32,seed=1", "key").unwrap();
    let asked = [
        "results/grid:train_size=64",
        "results/grid:seed=2",
        "results/grid:train_size=46,seed=2",
        "results/gird:seed=1",
        "results/grid",
        "results",
        "zzz",
        "000000000000",
    ];
    let texts: Vec<String> = asked.iter().map(|asked| said(asked)).collect();
    insta::assert_snapshot!(texts.join("\n"), @r"
    $ results/grid:train_size=64
    error: `results/grid:train_size=64` matches 2 jobs; name a seed
      results/grid:train_size=64,seed=1
      results/grid:train_size=64,seed=2

    $ results/grid:seed=2
    error: `results/grid:seed=2` matches 2 jobs; name one of them
      results/grid:train_size=32,seed=2
      results/grid:train_size=64,seed=2

    $ results/grid:train_size=46,seed=2
    error: no job `results/grid:train_size=46,seed=2`: results/grid has these; did you mean `results/grid:train_size=64,seed=2`?
      results/grid:train_size=32,seed=1
      results/grid:train_size=32,seed=2
      results/grid:train_size=64,seed=1
      results/grid:train_size=64,seed=2

    $ results/gird:seed=1
    error: no job `results/gird:seed=1`: results/gird is no results folder; name results/NAME:LABEL, a key, or one of these; did you mean `results/grid`?
      results/grid

    $ results/grid
    error: `results/grid` matches 4 jobs; name one of them
      results/grid:train_size=32,seed=1
      results/grid:train_size=32,seed=2
      results/grid:train_size=64,seed=1
      results/grid:train_size=64,seed=2

    $ results
    error: results has no results.csv; name a results folder such as results/NAME, or run its experiment first

    $ zzz
    error: no job `zzz`: zzz is no results folder; name results/NAME:LABEL, a key, or one of these
      results/grid

    $ 000000000000
    error: no job `000000000000`: no key in results/*/results.csv begins so; --out names another folder
    ");
    // the same job in two folders
    for (name, content) in workshop.committed("results/grid") {
        workshop.write(&format!("results/copy/{name}"), content);
    }
    let text = said(&key);
    assert!(text.contains("matches 2 jobs; name one of them\n  results/copy:train_size=32,seed=1\n"), "{text}");
}
