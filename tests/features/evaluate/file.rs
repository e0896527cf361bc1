//! Further sets: `[[evaluate]]` read and refused, the settings and keys of an evaluation, evaluations.csv, the table.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use runner::data::{Corpus, Split, builtin};
use runner::hash::{InputHashes, Sha256};
use runner::hub::{FetchOptions, Fetched, Lock, fetch};
use runner::metrics::Scores;
use runner::plan::{EvaluationKey, JobKey, Plan};
use runner::report::{Page, Target, transfer_table};
use runner::results::{
    Columns, Ending, EvaluatedSet, EvaluationRecord, Failure, Known, Layout, Measurements, Outcome, Replay,
    ResultsError, ResultsFolder, ScoredSplit, evaluations_csv, parse_evaluations, read_evaluations,
};
use runner::spec::{EvaluationSet, Experiment, KeyPath, Overrides, Settings, Size, Source, Value, load, render};
use tempfile::TempDir;

/// What every experiment here starts with.
const BASE: &str = "[data]\ndataset = \"owner/news\"\nrevision = \"v2\"\nlanguage = \"es\"\ntrain_size = 100\n\
                    validation_size = 50\nsubset_seed = 7\nlabels = [\"O\", \"B-PER\"]\n\
                    [model]\ncheckpoint = \"builtin:tiny\"\n";

/// Experiment files in a folder of their own.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("the file can be written");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn try_load(&self, name: &str, set: &[&str]) -> Result<Experiment, String> {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let folder = format!("{}/", self.0.path().display());
        let shown = |problems| render(&problems, false, 100).replace(&folder, "");
        load(&self.path(name), &Overrides { set, name: None }).map_err(shown)
    }
}

fn with(sets: &str) -> Files {
    Files::new(&[("grid.toml", &format!("{BASE}{sets}"))])
}

fn loaded(sets: &str) -> Experiment {
    with(sets).try_load("grid.toml", &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

fn refused(sets: &str) -> String {
    with(sets).try_load("grid.toml", &[]).expect_err("the file is wrong")
}

fn names(experiment: &Experiment) -> Vec<&str> {
    experiment.evaluate.iter().map(|set| set.name.as_str()).collect()
}

fn get(settings: &Settings, path: &str) -> String {
    let key = KeyPath::parse(path).unwrap_or_else(|| panic!("{path} is no key"));
    settings.get(key).map_or("unset".to_owned(), |value| value.to_string())
}

#[test]
fn a_set_is_called_by_what_it_gives() {
    let experiment = loaded(
        "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nlanguage = \"de\"\nsplit = \"validation\"\n\
         [[evaluate]]\nsplit = \"train\"\n[[evaluate]]\nsize = 10\n[[evaluate]]\ndataset = \"../own/\"\n\
         [[evaluate]]\ndataset = \"builtin:es\"\nlanguage = \"x\"\n[[evaluate]]\ndataset = \"a/b\"\nname = \"B news\"\n",
    );
    assert_eq!(
        names(&experiment),
        ["de", "de validation", "train", "test", "own", "builtin:es x", "B news"],
        "language, split, data set, in that order of importance"
    );
    assert_eq!(experiment.evaluate[3].size, Size::Rows(10));
    assert_eq!(experiment.evaluate[2].split, Split::Train);
}

#[test]
fn the_resolved_file_gives_the_same_sets() {
    let files = with(
        "[matrix]\ntrain.seed = [1, 2]\n[[evaluate]]\nsize = 10\nlanguage = \"de\"\n[[evaluate]]\ndataset = \"./own\"\n",
    );
    let experiment = files.try_load("grid.toml", &[]).expect("the file is right");
    let resolved = experiment.resolved_toml(files.0.path());
    assert_snapshot!(&resolved[resolved.find("\n[matrix]").expect("it varies")..], @r#"
    [matrix]
    train.seed = [1, 2]

    [[evaluate]]
    language = "de"
    split = "test"
    size = 10
    name = "de"

    [[evaluate]]
    dataset = "./own"
    split = "test"
    size = "all"
    name = "own"
    "#);
    fs::write(files.path("again.toml"), resolved).expect("written");
    let again = files.try_load("again.toml", &[]).expect("it runs as it stands");
    assert_eq!(again.evaluate, experiment.evaluate);
}

#[test]
fn the_nearer_files_sets_replace_the_others_whole() {
    let files = Files::new(&[
        ("base.toml", &format!("{BASE}[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nlanguage = \"fr\"\n")),
        ("same.toml", "extends = \"base.toml\"\n"),
        ("other.toml", "extends = \"base.toml\"\n[[evaluate]]\nlanguage = \"nl\"\n"),
        ("none.toml", "extends = \"base.toml\"\nevaluate = []\n"),
    ]);
    let sets = |name: &str| {
        let experiment = files.try_load(name, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        names(&experiment).join(" ")
    };
    assert_eq!(["same.toml", "other.toml", "none.toml"].map(sets), ["de fr", "nl", ""]);
}

#[test]
fn unknown_keys_and_wrong_values_are_located_all_at_once() {
    assert_snapshot!(refused(
        "[[evaluate]]\nlangauge = \"de\"\ndataset_name = \"a/b\"\nepochs = 3\nzzzzzz = 1\n\
         [[evaluate]]\nlanguage = 5\nsplit = \"tset\"\nsize = \"20\"\nname = \"a \"\n\
         [[evaluate]]\nlanguage = [\"de\", \"fr\"]\nsize = 0\nsplit = \"dev\"\n"
    ), @r#"
      × unknown key `langauge` in [[evaluate]]
        ╭─[grid.toml:12:1]
     11 │ [[evaluate]]
     12 │ langauge = "de"
        · ────┬───
        ·     ╰── no such key
     13 │ dataset_name = "a/b"
        ╰────
      help: did you mean `language`?

      × unknown key `dataset_name` in [[evaluate]]
        ╭─[grid.toml:13:1]
     12 │ langauge = "de"
     13 │ dataset_name = "a/b"
        · ──────┬─────
        ·       ╰── no such key
     14 │ epochs = 3
        ╰────
      help: use `dataset`

      × unknown key `epochs` in [[evaluate]]
        ╭─[grid.toml:14:1]
     13 │ dataset_name = "a/b"
     14 │ epochs = 3
        · ───┬──
        ·    ╰── no such key
     15 │ zzzzzz = 1
        ╰────
      help: `epochs` belongs in [train]

      × unknown key `zzzzzz` in [[evaluate]]
        ╭─[grid.toml:15:1]
     14 │ epochs = 3
     15 │ zzzzzz = 1
        · ───┬──
        ·    ╰── no such key
     16 │ [[evaluate]]
        ╰────
      help: the keys of [[evaluate]] are dataset, revision, language, files, columns, scheme,
            label_map, split, size, name

      × `evaluate.language` takes text
        ╭─[grid.toml:17:12]
     16 │ [[evaluate]]
     17 │ language = 5
        ·            ┬
        ·            ╰── this is a whole number
     18 │ split = "tset"
        ╰────
      help: put it in quotes: `language = "5"`

      × `evaluate.split` takes "train", "validation" or "test", not "tset"
        ╭─[grid.toml:18:9]
     17 │ language = 5
     18 │ split = "tset"
        ·         ───┬──
        ·            ╰── not one of these
     19 │ size = "20"
        ╰────
      help: did you mean "test"?

      × `evaluate.size` takes a whole number from 1 or "all", not "20"
        ╭─[grid.toml:19:8]
     18 │ split = "tset"
     19 │ size = "20"
        ·        ──┬─
        ·          ╰── not one of these
     20 │ name = "a "
        ╰────
      help: write it without quotes: `size = 20`

      × "a " cannot be the name of an `[[evaluate]]` set
        ╭─[grid.toml:20:8]
     19 │ size = "20"
     20 │ name = "a "
        ·        ──┬─
        ·          ╰── not a name
     21 │ [[evaluate]]
        ╰────
      help: write it in one line, without spaces at its ends

      × `evaluate.language` takes text
        ╭─[grid.toml:22:12]
     21 │ [[evaluate]]
     22 │ language = ["de", "fr"]
        ·            ──────┬─────
        ·                  ╰── this is a list
     23 │ size = 0
        ╰────
      help: write `[[evaluate]]` once for each set

      × `evaluate.size` takes a whole number from 1 or "all", not 0
        ╭─[grid.toml:23:8]
     22 │ language = ["de", "fr"]
     23 │ size = 0
        ·        ┬
        ·        ╰── out of range
     24 │ split = "dev"
        ╰────

    and 1 more

    11 problems; nothing was started or written
    "#);
}

#[test]
fn a_key_of_jobs_has_no_meaning_in_a_set() {
    assert_snapshot!(refused(
        "[[evaluate]]\nlanguage = \"de\"\ntrain_size = 10\ntest_size = 10\nsubset_seed = 1\nlabels = [\"O\", \"B-X\"]\n"
    ), @r#"
      × `train_size` is not a key of `[[evaluate]]`
        ╭─[grid.toml:13:1]
     12 │ language = "de"
     13 │ train_size = 10
        · ─────┬────
        ·      ╰── only for jobs
     14 │ test_size = 10
        ╰────
      help: use `size`: how many rows of the set's split are scored

      × `test_size` is not a key of `[[evaluate]]`
        ╭─[grid.toml:14:1]
     13 │ train_size = 10
     14 │ test_size = 10
        · ────┬────
        ·     ╰── only for jobs
     15 │ subset_seed = 1
        ╰────
      help: use `size`: how many rows of the set's split are scored

      × `subset_seed` is not a key of `[[evaluate]]`
        ╭─[grid.toml:15:1]
     14 │ test_size = 10
     15 │ subset_seed = 1
        · ─────┬─────
        ·      ╰── only for jobs
     16 │ labels = ["O", "B-X"]
        ╰────
      help: remove it: no model is trained on a set

      × `labels` is not a key of `[[evaluate]]`
        ╭─[grid.toml:16:1]
     15 │ subset_seed = 1
     16 │ labels = ["O", "B-X"]
        · ───┬──
        ·    ╰── only for jobs
        ╰────
      help: remove it: the model predicts the tags that it learned, and gold tags are compared by name

    4 problems; nothing was started or written
    "#);
}

#[test]
fn sets_are_written_with_two_brackets_and_are_not_empty() {
    assert_snapshot!(refused("[evaluate]\nlanguage = \"de\"\n"), @r#"
      × `[[evaluate]]` needs two brackets: it is a list of tables
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [evaluate]
        · ─────┬────
        ·      ╰── not a list of tables
     12 │ language = "de"
        ╰────
      help: write `[[evaluate]]`, once for each set

    1 problem; nothing was started or written
    "#);
    assert_snapshot!(refused("[[evaluate]]\n[[evaluation]]\nlanguage = \"de\"\n"), @r#"
      × this `[[evaluate]]` is empty
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── no key below
     12 │ [[evaluation]]
        ╰────
      help: say how it differs from the job's own test rows: set a `language`, `dataset` or `split`

      × unknown table `[evaluation]`
        ╭─[grid.toml:12:3]
     11 │ [[evaluate]]
     12 │ [[evaluation]]
        ·   ─────┬────
        ·        ╰── no such table
     13 │ language = "de"
        ╰────
      help: did you mean `[[evaluate]]`?

    2 problems; nothing was started or written
    "#);
}

#[test]
fn equal_sets_and_equal_names_are_refused() {
    assert_snapshot!(refused(
        "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nname = \"German\"\nlanguage = \"de\"\nsplit = \"test\"\n\
         [[evaluate]]\nlanguage = \"de\"\nsize = 10\n"
    ), @r#"
      × two `[[evaluate]]` sets are equal
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── the first is here
     12 │ language = "de"
     13 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── a repeated set
     14 │ name = "German"
        ╰────
      help: remove one: equal sets give equal rows

      × two `[[evaluate]]` sets have the name de
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── the first is here
     12 │ language = "de"
     13 │ [[evaluate]]
     14 │ name = "German"
     15 │ language = "de"
     16 │ split = "test"
     17 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── the same name
     18 │ language = "de"
        ╰────
      help: give one of them a `name`

    2 problems; nothing was started or written
    "#);
}

#[test]
fn what_is_equal_for_one_job_may_differ_for_the_next() {
    let sets =
        "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nrevision = \"v2\"\nlanguage = \"de\"\nname = \"v2 de\"\n";
    assert!(refused(sets).contains("two `[[evaluate]]` sets are equal"));
    assert_eq!(names(&loaded(&format!("{sets}[matrix]\ndata.revision = [\"v1\", \"v2\"]\n"))), ["de", "v2 de"]);
}

#[test]
fn sets_are_not_set_from_the_command_line() {
    let said = with("").try_load("grid.toml", &["evaluate.language=de"]).expect_err("no such key");
    assert_snapshot!(said, @r"
      × `evaluate.language` cannot be set on the command line
       ╭─[--set:1:1]
     1 │ evaluate.language=de
       · ────────┬────────
       ·         ╰── not a key of a table
       ╰────
      help: write `[[evaluate]]` in the file, or in one that extends it; no job runs again

    1 problem; nothing was started or written
    ");
}

#[test]
fn an_evaluation_takes_what_its_set_does_not_give_from_the_job() {
    let experiment = loaded("[[evaluate]]\nlanguage = \"de\"\nsplit = \"validation\"\nsize = 20\n");
    let on = experiment.base.evaluated_on(&experiment.evaluate[0]);
    let shown =
        ["dataset", "revision", "language", "labels", "train_size", "validation_size", "test_size", "subset_seed"]
            .map(|name| get(&on, &format!("data.{name}")));
    assert_eq!(shown, ["owner/news", "v2", "de", "[O,B-PER]", "0", "0", "20", "42"]);
    assert_eq!(on.data.test_split, Split::Validation);
    assert_eq!((&on.model, &on.train), (&experiment.base.model, &experiment.base.train));
    assert!(on.data.reads(Split::Validation) && !on.data.reads(Split::Train) && !on.data.reads(Split::Test));
}

#[test]
fn an_evaluation_on_another_data_set_starts_from_the_defaults() {
    let experiment = loaded("[[evaluate]]\ndataset = \"a/b\"\n");
    let on = experiment.base.evaluated_on(&experiment.evaluate[0]);
    let shown =
        ["dataset", "revision", "language", "labels", "test_size"].map(|name| get(&on, &format!("data.{name}")));
    assert_eq!(shown, ["a/b", "main", "unset", "unset", "all"]);
}

fn hashes(split: &str, content: &str) -> InputHashes {
    let mut inputs = InputHashes::default();
    inputs.data.insert(format!("{split}/0"), Sha256::of(content));
    inputs.model.insert("weights/0".to_owned(), Sha256::of("weights"));
    inputs
}

#[test]
fn the_key_of_an_evaluation_knows_the_model_the_rows_and_nothing_else() {
    let experiment =
        loaded("[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nlanguage = \"de\"\nsize = 10\nname = \"x\"\n");
    let [whole, part] = [0, 1].map(|set: usize| experiment.base.evaluated_on(&experiment.evaluate[set]));
    let job = JobKey::of(&experiment.base, &hashes("train", "es"));
    let key = EvaluationKey::of(&job, &whole, &hashes("test", "de"));
    // The first 12 digits of `printf '%s' '{"evaluates":"JOB","format":1,"inputs":{"data":{"test/0":"..."}},
    // "settings":{"data.labels":["O","B-PER"],"data.subset_seed":42,"data.test_size":"all","data.train_size":0,
    // "data.validation_size":0}}' | sha256sum, without the line breaks.
    assert_snapshot!(key, @"cd9f46f3e9ce");
    let other = JobKey::of(&experiment.base, &hashes("train", "fr"));
    for different in [
        EvaluationKey::of(&other, &whole, &hashes("test", "de")),
        EvaluationKey::of(&job, &part, &hashes("test", "de")),
        EvaluationKey::of(&job, &whole, &hashes("validation", "de")),
        EvaluationKey::of(&job, &whole, &hashes("test", "nl")),
    ] {
        assert_ne!(different, key);
    }
    assert_ne!(job.as_str(), key.as_str());
    let renamed = EvaluationSet { name: "German".to_owned(), ..experiment.evaluate[0].clone() };
    let elsewhere = experiment.base.evaluated_on(&renamed);
    assert_eq!(EvaluationKey::of(&job, &elsewhere, &hashes("test", "de")), key, "a name is in the key");
}

#[test]
fn a_further_set_changes_no_jobs_key() {
    let (alone, with_sets) = (loaded(""), loaded("[[evaluate]]\nlanguage = \"de\"\n"));
    assert_eq!(alone.base, with_sets.base);
    let key = |experiment: Experiment| {
        JobKey::of(&Plan::expand(experiment).expect("a plan").jobs[0].settings, &hashes("train", "es"))
    };
    assert_eq!(key(alone), key(with_sets));
}

fn fetched(settings: &Settings) -> Fetched {
    let options = FetchOptions {
        offline: true,
        update: false,
        without_weights: false,
        builtins: &[builtin::DATA, runner::model::builtin::TINY],
        ..FetchOptions::default()
    };
    fetch([settings], &Lock::default(), options, &mut |_| ()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn only_the_files_of_the_sets_split_are_read_and_its_rows_are_the_test_rows() {
    let mut job = Settings::default();
    job.data.dataset = Source::Builtin("es".to_owned());
    job.model.checkpoint = Source::Builtin("tiny".to_owned());
    let whole = builtin::corpus("es").expect("it is built in");
    for split in Split::ALL {
        let set = EvaluationSet { name: "x".to_owned(), data: Vec::new(), split, size: Size::Rows(5) };
        let on = job.evaluated_on(&set);
        let fetched = fetched(&on);
        assert_eq!(fetched.hashes(&on).data.into_keys().collect::<Vec<_>>(), [format!("{split}/0")]);
        let corpus = Corpus::load(&fetched.data(&on), &on.data).expect("it is read");
        let rows: Vec<_> = corpus.first(Split::Test, on.data.test_size).expect("there are five");
        assert_eq!(rows, whole.split(split)[..5].iter().collect::<Vec<_>>(), "{split}");
    }
}

#[test]
fn a_set_without_a_train_split_is_found_in_a_folder() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    fs::create_dir(folder.path().join("de")).expect("made");
    fs::write(folder.path().join("de/dev-0.parquet"), "rows").expect("written");
    let mut job = Settings::default();
    job.model.checkpoint = Source::Builtin("tiny".to_owned());
    let dataset = Source::Folder { written: "./x".to_owned(), path: folder.path().to_owned() };
    let key = |path: &str| KeyPath::parse(path).unwrap_or_else(|| panic!("{path} is no key"));
    let given = [(key("data.dataset"), Value::Source(dataset)), (key("data.language"), "de".into())];
    let data = given.map(|(key, value)| key.read(&value, Path::new("")).expect("it fits")).to_vec();
    let on = job.evaluated_on(&EvaluationSet { name: "x".to_owned(), data, split: Split::Validation, size: Size::All });
    let fetched = fetched(&on);
    let data = fetched.data(&on);
    let names: Vec<&str> = data.of(Split::Validation).iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["de/dev-0.parquet"]);
}

fn scores(entity_f1: f64) -> Scores {
    Scores { entity_f1: Some(entity_f1), token_accuracy: Some(1.0), ..Scores::default() }
}

fn scored(key: &str, scores: &Scores, words_unseen: u64) -> Outcome {
    let mut measured = Measurements { words_unseen: Some(words_unseen), ..Measurements::default() };
    measured.add_scores(ScoredSplit::Test, scores);
    Outcome::of_evaluation(key, "cpu", Ending::Ok(measured))
}

fn outcome(key: &str, entity_f1: f64) -> Outcome {
    scored(key, &scores(entity_f1), 3)
}

fn failed(key: &str) -> Outcome {
    let message = "test_size asks for 9 rows, \"all\" is 5".to_owned();
    let failure = Failure { code: "data-too-few-rows".to_owned(), message };
    Outcome::of_evaluation(key, "cpu", Ending::Failed(failure))
}

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
    fs::create_dir(layout.predictions_folder()).expect("made");
    let answers = ["0123456789ab.tags", "cccccccccccc.tags", "gold-0123456789ab.tags"];
    for name in answers {
        fs::write(layout.predictions_folder().join(name), "O\n").expect("written");
    }
    let rows = records();
    folder.write_tables(&[], &Columns::default(), Some(&rows)).expect("written");
    let there = answers.map(|name| layout.predictions_folder().join(name).exists());
    assert_eq!(there, [true, false, true], "answers without a row leave what is committed");
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
    folder.write_tables(&[], &Columns::default(), None).expect("written");
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

fn table(matrix: &str, sets: &str, result: impl Fn(usize, Target) -> Option<&'static Outcome>) -> String {
    let plan = Plan::expand(loaded(&format!("{sets}{matrix}"))).expect("a plan");
    let all: Vec<usize> = (0..plan.jobs.len()).collect();
    transfer_table(&plan, &all, Page::plain(usize::MAX), result)
}

/// An outcome for as long as the test runs.
fn kept(outcome: Outcome) -> Option<&'static Outcome> {
    Some(Box::leak(Box::new(outcome)))
}

const SETS: &str = "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nlanguage = \"fr\"\n";

#[test]
fn the_table_has_a_row_for_jobs_that_differ_in_seeds_alone() {
    let matrix = "[matrix]\ntrain.seed = [1, 2, 3]\ndata.language = [\"es\", \"nl\"]\n";
    let text = table(matrix, SETS, |job, target| match (job, target) {
        (_, Target::Own) => kept(outcome("a", 0.8)),
        // es: 0.5, 0.6, 0.7 with mean 0.6 and standard deviation 0.1.
        (0 | 2 | 4, Target::Set(0)) => kept(outcome("a", 0.5 + 0.05 * job as f64)),
        (5, Target::Set(0)) => None,
        (_, Target::Set(0)) => kept(outcome("a", 0.25)),
        (0, _) => kept(failed("a")),
        (2 | 4, _) => kept(scored("a", &Scores::default(), 0)),
        _ => None,
    });
    assert_snapshot!(text, @r#"
    grid: entity_f1 of each model (row) on each set (column)
    trained             own test                        de       fr
    ───────────────────────────────────────────────────────────────
    language=es  0.8000 ± 0.0000           0.6000 ± 0.1000   failed
    language=nl  0.8000 ± 0.0000  0.2500 ± 0.0000 (2 of 3)  not run

    own test: the test rows of the model's own data. Entities of types that a model did not learn count
    as missed. Rows over several seeds: mean ± standard deviation.
    failed: seed=1,language=es on fr: data-too-few-rows: test_size asks for 9 rows, "all" is 5
    "#);
}

#[test]
fn one_seed_has_no_spread_and_a_plan_without_axes_is_called_base() {
    assert_snapshot!(table("", SETS, |_, _| kept(outcome("a", 0.5))), @r"
    grid: entity_f1 of each model (row) on each set (column)
    trained  own test      de      fr
    ─────────────────────────────────
    base       0.5000  0.5000  0.5000

    own test: the test rows of the model's own data. Entities of types that a model did not learn count
    as missed.
    ");
    assert_eq!(table("[matrix]\ntrain.seed = [1, 2]\n", "", |_, _| None), "");
    let text = table("[matrix]\ntrain.seed = [1, 2]\n", SETS, |_, _| kept(outcome("a", 0.5)));
    assert!(text.contains("\nbase     0.5000 ± 0.0000"), "{text}");
}

#[test]
fn a_table_too_wide_for_a_terminal_is_broken_between_columns() {
    let sets: String = (0..9).map(|set| format!("[[evaluate]]\nlanguage = \"language-{set}\"\n")).collect();
    let matrix = "[matrix]\nmodel.freeze = [true, false]\n";
    let text = table(matrix, &sets, |_, _| kept(outcome("a", 0.5)));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert_snapshot!(text, @r"
    grid: entity_f1 of each model (row) on each set (column)
    #1 freeze=true
    #2 freeze=false

    trained  own test  language-0  language-1  language-2  language-3  language-4  language-5
    ─────────────────────────────────────────────────────────────────────────────────────────
    #1         0.5000      0.5000      0.5000      0.5000      0.5000      0.5000      0.5000
    #2         0.5000      0.5000      0.5000      0.5000      0.5000      0.5000      0.5000

    trained  language-6  language-7  language-8
    ───────────────────────────────────────────
    #1           0.5000      0.5000      0.5000
    #2           0.5000      0.5000      0.5000

    own test: the test rows of the model's own data. Entities of types that a model did not learn count
    as missed.
    ");
}
