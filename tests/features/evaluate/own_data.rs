//! Evaluation sets of one's own: the keys that say how files are read hold for a set as they do for a job.

use std::fs;

use runner::data::{Corpus, Labels, Split};
use runner::hub::{FetchOptions, Fetched, Lock, fetch};
use runner::model::builtin::TINY;
use runner::spec::{Experiment, Overrides, load, render};
use tempfile::TempDir;

/// Spanish with two types, in the first and last column.
const TRAINED: &str = "Ana B-PER\nvive O\nen O\nLima B-LOC\n\nSí O\n";

/// German with a type that no model has learned, the tag in the second of three columns, types begun with I-.
const NEWS: &str =
    "Die\tO\t1\nBahn\tI-ORG\t2\nund\tO\t3\nder\tO\t4\nRhein\tI-WATER\t5\n\nFrau\tO\t1\nKlein\tI-PER\t2\n";

fn experiment(sets: &str) -> (TempDir, Experiment) {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("the file can be written");
    for name in ["own", "other"] {
        fs::create_dir(folder.path().join(name)).expect("the folder can be made");
    }
    write("own/train.conll", TRAINED);
    write("own/test.conll", TRAINED);
    write("own/dev.conll", "Ana B-PER\n");
    write("other/news.tsv", NEWS);
    let base = "[data]\ndataset = \"./own\"\nlabel_map = { LOC = \"PLACE\" }\n[model]\ncheckpoint = \"builtin:tiny\"\n";
    write("own.toml", &format!("{base}{sets}"));
    let loaded = load(&folder.path().join("own.toml"), &Overrides::default());
    let experiment = loaded.unwrap_or_else(|problems| panic!("{}", render(&problems, false, 100)));
    (folder, experiment)
}

/// The gold tags of a set by name, read as an evaluation reads them.
fn gold(experiment: &Experiment, set: usize) -> (Labels, Vec<String>) {
    let on = experiment.base.evaluated_on(&experiment.evaluate[set]);
    let options = FetchOptions {
        offline: true,
        update: false,
        without_weights: false,
        builtins: &[TINY],
        stop: None,
        beside: None,
        cache: None,
    };
    let fetched: Fetched =
        fetch([&on], &Lock::default(), options, &mut |_| ()).unwrap_or_else(|errors| panic!("{errors:?}"));
    let corpus = Corpus::load(&fetched.data(&on), &on.data).unwrap_or_else(|error| panic!("{error}"));
    let rows = corpus.first(Split::Test, on.data.test_size).expect("all rows are there");
    let names = |tags: &[u16]| tags.iter().map(|tag| corpus.labels.name(*tag)).collect::<Vec<_>>().join(" ");
    let lines = rows.iter().map(|sentence| names(&sentence.tags)).collect();
    (corpus.labels, lines)
}

const NEWS_SET: &str = "[[evaluate]]\ndataset = \"./other\"\nfiles = { validation = \"news.tsv\" }\nsplit = \"validation\"\n\
                        columns = { token = 1, tag = 2 }\nscheme = \"iob1\"\nlabel_map = { WATER = \"LOC\" }\n";

#[test]
fn a_set_has_files_columns_scheme_and_map_of_its_own() {
    let (_folder, experiment) = experiment(NEWS_SET);
    assert_eq!(experiment.evaluate[0].name, "other validation");
    let (labels, lines) = gold(&experiment, 0);
    assert_eq!(lines, ["O B-ORG O O B-LOC", "O B-PER"]);
    let learned = ["O", "B-PER", "I-PER", "B-PLACE", "I-PLACE"].map(str::to_owned).to_vec();
    let (union, _) = Labels::new(learned.clone()).expect("tags").union(&labels);
    assert_eq!(union.names()[..5], learned, "the model's answers keep their numbers");
    assert!(union.index("B-ORG").is_some() && union.index("B-LOC").is_some());
}

#[test]
fn a_set_of_the_jobs_data_is_read_as_the_job_reads_it() {
    let (_folder, experiment) = experiment("[[evaluate]]\nsplit = \"train\"\n");
    assert_eq!(gold(&experiment, 0).1, ["B-PER O O B-PLACE", "O"]);
}

#[test]
fn a_set_may_lack_a_type_of_the_map_that_it_has_from_the_job() {
    let (_folder, experiment) = experiment("[[evaluate]]\nsplit = \"validation\"\n");
    assert_eq!(gold(&experiment, 0).1, ["B-PER"]);
}

#[test]
fn the_resolved_file_reads_the_same_rows() {
    let (folder, experiment) = experiment(NEWS_SET);
    let path = folder.path().join("again.toml");
    fs::write(&path, experiment.resolved_toml(folder.path())).expect("the file can be written");
    let again =
        load(&path, &Overrides::default()).unwrap_or_else(|problems| panic!("{}", render(&problems, false, 100)));
    assert_eq!(again.evaluate[0].data.len(), experiment.evaluate[0].data.len());
    assert_eq!(gold(&again, 0), gold(&experiment, 0));
}
