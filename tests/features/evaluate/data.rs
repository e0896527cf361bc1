//! The settings, keys and rows of an evaluation.

use super::*;

fn get(settings: &Settings, path: &str) -> String {
    let key = KeyPath::parse(path).unwrap_or_else(|| panic!("{path} is no key"));
    settings.get(key).map_or("unset".to_owned(), |value| value.to_string())
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
