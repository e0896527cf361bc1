//! What experiment files may say of splits, and what is refused.

use runner::plan::Plan;
use runner::spec::{Overrides, Settings, load};

use crate::workshop::Workshop;

const MODEL: &str = "\n[model]\ncheckpoint = \"builtin:tiny\"\nmax_length = 64\n";

fn refused(data: &str, matrix: &str) -> String {
    let workshop = Workshop::new(&format!("[data]\ndataset = \"builtin:es\"\n{data}\n{MODEL}\n{matrix}"));
    let said = workshop.runner("plan grid.toml");
    assert_eq!(said.status, 2, "{}{}", said.out, said.err);
    said.err
}

#[test]
fn keys_that_do_not_go_together_are_refused() {
    for (data, matrix, message) in [
        ("validation = 0.1\nfolds = 3\nfold = 0", "", "`data.validation` and `data.folds` are both set"),
        ("folds = 3", "", "`data.folds` needs `data.fold`, which is unset"),
        ("fold = 1", "", "`data.fold` needs `data.folds`, which is unset"),
        ("folds = 3", "[matrix]\ndata.fold = [0, 1, 3]", "`data.fold = 3` is no fold: the 3 folds are 0 to 2"),
        ("stratify = true", "", "`data.stratify` needs `data.validation`, which is unset"),
        ("validation = 1.5", "", "`data.validation` takes a number above 0 and below 1"),
        ("validation = 0", "", "`data.validation` takes"),
        ("language = [\"es\", \"es\"]", "", "\"es\" is listed twice"),
        (
            "language = [\"es\", \"it\"]\nlanguage_weights = { es = 1, de = 1 }\ntrain_size = 10",
            "",
            "`data.language_weights` names de, es, but `data.language` has es, it",
        ),
        (
            "language = [\"es\", \"it\"]\nlanguage_weights = { es = 1, it = 1 }",
            "",
            "`data.language_weights` divides `data.train_size`",
        ),
    ] {
        let said = refused(data, matrix);
        assert!(said.contains(message), "{data}\n{said}");
    }
}

#[test]
fn evaluation_during_training_and_select_work_with_carved_rows() {
    for data in ["validation = 0.1", "folds = 3\nfold = 1"] {
        let file = format!(
            "[data]\ndataset = \"builtin:es\"\n{data}\n{MODEL}\n[train]\nevaluate_every = \"epoch\"\nkeep = \"best\"\n\
             [matrix]\ntrain.learning_rate = [1e-3, 2e-3]\n[select]\nover = [\"train.learning_rate\"]\n"
        );
        let said = Workshop::new(&file).runner("plan grid.toml");
        assert_eq!(said.status, 0, "{}{}", said.out, said.err);
        let none = file.replace(data, &format!("{data}\nvalidation_size = 0"));
        let said = Workshop::new(&none).runner("plan grid.toml");
        assert_eq!(said.status, 2, "{}{}", said.out, said.err);
        assert!(said.err.contains("no validation rows are scored"), "{}", said.err);
    }
}

#[test]
fn a_list_of_languages_is_a_value_of_an_axis_and_of_an_override() {
    let file =
        format!("[data]\ndataset = \"./d\"\n{MODEL}\n[matrix]\ndata.language = [\"es\", [\"es\", \"it\"], [\"it\"]]\n");
    let with_data = |file: &str| {
        let workshop = Workshop::new(file);
        for (language, row) in [("es", "Ana B-PER\n"), ("it", "Roma B-LOC\n")] {
            for split in ["train", "test"] {
                workshop.write(&format!("d/{language}/{split}.conll"), row);
            }
        }
        workshop
    };
    let workshop = with_data(&file);
    let said = workshop.runner("plan grid.toml");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    for label in ["language=es ", "language=es+it ", "language=it "] {
        assert!(said.out.contains(label), "{label}\n{}", said.out);
    }
    let single = with_data(file.split("[matrix]").next().unwrap());
    let said = single.runner("plan grid.toml --set data.language=[\"es\",\"it\"] --name both");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
}

/// Unset, `data.validation_size` is 0 in one of these jobs and all rows in the other.
#[test]
fn a_resolved_file_is_the_same_experiment_where_jobs_differ_in_what_they_hold_out() {
    let included = "[[matrix.include]]\ndata.validation = 0.1\n[[matrix.include]]\ndata.test_size = 10\n";
    for matrix in ["[matrix]\ndata.validation = [0.1, 0.2]\n", included, ""] {
        let workshop = Workshop::new(&format!("[data]\ndataset = \"builtin:es\"\n{MODEL}\n{matrix}"));
        let jobs = |name: &str| -> Vec<Settings> {
            let plan = load(&workshop.path(name), &Overrides::default()).and_then(Plan::expand).expect("it is sound");
            plan.jobs.into_iter().map(|job| job.settings).collect()
        };
        let experiment = load(&workshop.path("grid.toml"), &Overrides::default()).expect("it is sound");
        workshop.write("resolved.toml", experiment.resolved_toml(&workshop.path("")));
        let entries =
            |jobs: Vec<Settings>| -> Vec<_> { jobs.iter().map(|job| job.entries().collect::<Vec<_>>()).collect() };
        assert_eq!(entries(jobs("resolved.toml")), entries(jobs("grid.toml")), "{matrix}");
    }
}
