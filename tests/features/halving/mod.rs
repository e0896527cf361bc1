//! `[select]` with rungs: jobs are compared before they end, and only the best go on.

mod file;
mod interrupted;
mod progress;
mod run;
mod said;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::workshop::{Files, Workshop};

/// Four rates with two seeds each, of 24 steps. At the rungs after 6 and 12 steps half of the rates go on.
pub(crate) const SEARCH: &str = r#"
[data]
dataset = "builtin:es"
train_size = 64
validation_size = 60
test_size = 20

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
epochs = 3
log_every = 5

[save]
checkpoint_minutes = 0.0005

[matrix]
train.learning_rate = [1e-3, 4e-3, 8e-3, 2e-3]
train.seed = [1, 2]

[select]
over = ["train.learning_rate"]
first_rung = 6
reduction_factor = 2
"#;

/// The same search to the end of every job.
pub(crate) fn to_the_end() -> String {
    SEARCH.replace("first_rung = 6\nreduction_factor = 2\n", "")
}

/// The rows of a table by their first cells, each with its cells by column.
pub(crate) fn rows(workshop: &Workshop, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut table = csv::Reader::from_path(workshop.path("results/grid").join(table)).unwrap();
    let header = table.headers().unwrap().clone();
    let row =
        |row: csv::StringRecord| header.iter().zip(row.iter()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    table.records().map(|cells| row(cells.unwrap())).collect()
}

/// The labels of the rows of results.csv with a status.
pub(crate) fn with_status(workshop: &Workshop, status: &str) -> Vec<String> {
    let rows = rows(workshop, "results.csv").into_iter().filter(|row| row["status"] == status);
    rows.map(|row| row["job"].clone()).collect()
}

/// A copy of the search that ran in one go, and what of it is committed.
pub(crate) fn searched() -> (Workshop, &'static Files) {
    static ONE: OnceLock<(Workshop, Files)> = OnceLock::new();
    let (workshop, files) = ONE.get_or_init(|| whole(SEARCH));
    (copy_of(workshop), files)
}

/// The same search to the end of every job, and what of it is committed.
pub(crate) fn searched_to_the_end() -> &'static (Workshop, Files) {
    static ONE: OnceLock<(Workshop, Files)> = OnceLock::new();
    ONE.get_or_init(|| whole(&to_the_end()))
}

/// A workshop with all files of another.
fn copy_of(workshop: &Workshop) -> Workshop {
    let copy = Workshop::new("");
    for (name, content) in workshop.files("").into_iter().filter(|(name, _)| !name.starts_with("cache")) {
        copy.write(&name, content);
    }
    copy
}

/// A search that runs in one go, and what of it is committed.
pub(crate) fn whole(text: &str) -> (Workshop, Files) {
    let workshop = Workshop::new(text);
    let said = workshop.runner("run grid.toml --jobs 1");
    assert_eq!(said.status, 0, "{}", said.err);
    let files = workshop.committed("results/grid");
    (workshop, files)
}
