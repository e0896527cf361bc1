//! The experiment that needs no network, against the tables that lie beside: made by
//! `runner run experiments/quickstart.toml --out OUT` in the environment that their rows name.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workshop::Workshop;

/// Between environments scores may differ by a few words of 1000 sentences, losses by rounding.
const TOLERANCE: f64 = 0.03;

const TABLES: [&str; 4] = ["results.csv", "per_entity.csv", "summary.csv", "curves.csv"];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn environment(table: &str) -> Vec<String> {
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let column = table.headers().unwrap().iter().position(|name| name == "environment").unwrap();
    table.records().map(|row| row.unwrap()[column].to_owned()).collect()
}

fn assert_close(name: &str, expected: &str, found: &str) {
    let rows =
        |text: &str| csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap).collect::<Vec<_>>();
    let (expected, found) = (rows(expected), rows(found));
    assert_eq!(expected.len(), found.len(), "{name}");
    for (expected, found) in expected.iter().zip(&found) {
        for (e, f) in expected.iter().zip(found) {
            let close = match (e.parse::<f64>(), f.parse::<f64>()) {
                (Ok(e), Ok(f)) => (e - f).abs() <= TOLERANCE * e.abs().max(1.0),
                _ => e == f || e.starts_with("cpu"),
            };
            assert!(close, "{name}: {f} where {e} is expected, in {found:?}");
        }
    }
}

#[test]
fn the_quickstart_gives_its_expected_tables() {
    let workshop = Workshop::new("");
    workshop.write("quickstart.toml", fs::read(repository("experiments/quickstart.toml")).unwrap());
    let said = workshop.runner("run quickstart.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let read = |name: &str| {
        let expected = fs::read_to_string(repository("tests/quickstart").join(name)).unwrap();
        (expected, workshop.read(&format!("results/quickstart/{name}")))
    };
    let (expected, found) = read("results.csv");
    let (made_by, here) = (environment(&expected), environment(&found));
    if made_by != here {
        println!("the tables were made by {made_by:?}, this is {here:?}: compared within {TOLERANCE}, not to the byte");
    }
    for name in TABLES {
        let (expected, found) = read(name);
        if made_by == here {
            assert!(expected == found, "{name} differs:\n{found}");
        } else {
            assert_close(name, &expected, &found);
        }
    }
    for size in [1000, 3000] {
        let score = |freeze: bool| {
            let job = format!("train_size={size},freeze={freeze}");
            workshop.cell("results/quickstart", &job, "test_gold_token_f1_micro").unwrap().parse::<f64>().unwrap()
        };
        assert!(score(false) > 0.8 && score(true) < 0.3, "{size}: {} and {}", score(false), score(true));
    }
}
