//! Inputs that need no hub: folders and what the program ships.

use std::fs;
use std::path::Path;

use runner::data::builtin;
use runner::hub::{Builtin, BuiltinFile, FetchOptions, Fetched, Kind, KnownHashes, Lock, fetch};
use runner::spec::{Files, Settings, Size, Source, TokenizerRules};

fn tiny() -> Vec<BuiltinFile> {
    let file = |role: &str, name: &str| BuiltinFile { role: role.to_owned(), name: name.to_owned(), bytes: vec![1] };
    vec![file("config", "config.json"), file("weights/0", "model.safetensors"), file("tokenizer/0", "tokenizer.json")]
}

const BUILTINS: &[Builtin] = &[builtin::DATA, Builtin { kind: Kind::Model, name: "tiny", files: tiny }];
const OPTIONS: FetchOptions<'_> = FetchOptions {
    offline: true,
    update: false,
    without_weights: false,
    builtins: BUILTINS,
    stop: None,
    beside: None,
    cache: None,
};

fn settings(dataset: Source) -> Settings {
    let mut settings = Settings::default();
    settings.data.dataset = dataset;
    settings.model.checkpoint = Source::Builtin("tiny".to_owned());
    settings
}

fn folder(path: &Path) -> Source {
    Source::Folder { written: "./data".to_owned(), path: path.to_owned() }
}

fn get(settings: &Settings) -> Result<Fetched, String> {
    fetch([settings], &Lock::default(), OPTIONS, &mut |_| ())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn what_the_program_ships_is_hashed_by_its_content() {
    let mut job = settings(Source::Builtin("es".to_owned()));
    let fetched = get(&job).unwrap();
    let hashes = fetched.hashes(&job);
    assert_eq!(hashes.data.keys().collect::<Vec<_>>(), ["test/0", "train/0"]);
    assert_eq!(hashes.model.keys().collect::<Vec<_>>(), ["config", "tokenizer/0", "weights/0"]);
    assert_eq!(Lock::default().hashes(&job, BUILTINS), Some(hashes));
    assert_eq!(Lock::parse(&fetched.lock.to_toml()).unwrap(), fetched.lock);
    job.data.validation_size = Some(Size::All);
    job.data.test_size = Size::Rows(0);
    let keys = get(&job).unwrap().hashes(&job).data.into_keys().collect::<Vec<_>>();
    assert_eq!(keys, ["train/0", "validation/0"], "a split that is not scored stays untouched");
    insta::assert_snapshot!(get(&settings(Source::Builtin("eo".to_owned()))).unwrap_err(), @"data set builtin:eo: no such built-in data set or checkpoint; use builtin:es");
}

#[test]
fn a_folder_is_hashed_from_the_disk_every_time() {
    let root = tempfile::tempdir().unwrap();
    for language in ["de", "es"] {
        fs::create_dir(root.path().join(language)).unwrap();
        for split in ["train", "test"] {
            fs::write(root.path().join(format!("{language}/{split}-00000-of-00001.parquet")), split).unwrap();
        }
    }
    let mut job = settings(folder(root.path()));
    insta::assert_snapshot!(get(&job).unwrap_err(), @"data set ./data: the data files are in folders; set data.language to one of de, es");
    job.data.language = Some("es".into());
    let fetched = get(&job).unwrap();
    assert_eq!(fetched.data(&job).train[0].name, "es/train-00000-of-00001.parquet");
    let mut known = KnownHashes::new(&fetched.lock, BUILTINS);
    assert_eq!(known.of(&job), Some(fetched.hashes(&job)));
    fs::write(root.path().join("es/test-00000-of-00001.parquet"), "other").unwrap();
    let changed = fetched.lock.hashes(&job, BUILTINS).unwrap();
    assert_eq!(changed.data["train/0"], fetched.hashes(&job).data["train/0"]);
    assert_ne!(changed.data["test/0"], fetched.hashes(&job).data["test/0"]);
    assert_eq!(known.of(&job), Some(fetched.hashes(&job)), "one view looks once");
}

#[test]
fn a_folder_laid_out_like_the_hubs_conversion_is_read() {
    let root = tempfile::tempdir().unwrap();
    for split in ["train", "test"] {
        fs::create_dir_all(root.path().join(split)).unwrap();
        fs::write(root.path().join(split).join("0000.parquet"), split).unwrap();
    }
    let job = settings(folder(root.path()));
    assert_eq!(get(&job).unwrap().data(&job).test[0].name, "test/0000.parquet");
}

#[test]
fn a_job_hashes_the_files_that_it_names_and_no_other() {
    let root = tempfile::tempdir().unwrap();
    for name in ["a.conll", "b.conll", "train.txt", "test.txt"] {
        fs::write(root.path().join(name), name).unwrap();
    }
    let mut job = settings(folder(root.path()));
    assert_eq!(get(&job).unwrap().data(&job).train[0].name, "train.txt");
    let usual = get(&job).unwrap().hashes(&job);
    let file = |name: &str| vec![name.to_owned()];
    job.data.files = Some(Files { train: file("a.conll"), test: file("./test.txt"), validation: Vec::new() });
    let named = get(&job).unwrap();
    assert_eq!(named.data(&job).train[0].name, "a.conll");
    let hashes = named.hashes(&job);
    assert_eq!(hashes.data.keys().collect::<Vec<_>>(), ["test/0", "train/0"]);
    assert_eq!(hashes.data["test/0"], usual.data["test/0"]);
    assert_ne!(hashes.data["train/0"], usual.data["train/0"]);
    job.data.train_size = Size::Rows(0);
    let unread = get(&job).unwrap();
    assert!(unread.data(&job).train.is_empty(), "a split that no one uses is not read");
    job.data.test_size = Size::Rows(0);
    job.data.train_size = Size::All;
    assert_eq!(get(&job).unwrap().hashes(&job).data.keys().collect::<Vec<_>>(), ["train/0"]);
    job.data.drop_test_overlap = true;
    let compared = get(&job).unwrap().hashes(&job);
    assert_eq!(compared.data.keys().collect::<Vec<_>>(), ["test/0", "train/0"], "the overlap depends on the test file");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let root = tempfile::tempdir().unwrap();
    let error = get(&settings(folder(&root.path().join("none")))).unwrap_err();
    let shown = error.replace(root.path().to_str().unwrap(), "ROOT");
    insta::assert_snapshot!(shown, @"data set ./data: ROOT/none: No such file or directory (os error 2); check that it exists, and its permissions");
}

#[test]
fn a_lock_that_lacks_an_input_knows_no_hashes() {
    let job = settings(Source::Hub("a/b".to_owned()));
    assert_eq!(Lock::default().hashes(&job, BUILTINS), None);
}

#[test]
fn a_pointer_of_git_lfs_is_named_before_anything_is_read() {
    let root = tempfile::tempdir().unwrap();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:abab\nsize 438012727\n";
    for name in ["train.parquet", "test.conll"] {
        fs::write(root.path().join(name), pointer).unwrap();
    }
    let shown = get(&settings(folder(root.path()))).unwrap_err().replace(root.path().to_str().unwrap(), "ROOT");
    insta::assert_snapshot!(shown, @"data set ./data: train.parquet is a Git LFS pointer, not the file itself; run `git lfs pull` in ROOT, or use the hub id");
}

/// A checkpoint whose tokenizer settings say what its tokenizer.json says: they are inputs under transformers' rules alone.
#[test]
fn settings_that_change_nothing_are_inputs_where_transformers_reads_them() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("train.txt"), "a O\n").unwrap();
    fs::write(root.path().join("test.txt"), "a O\n").unwrap();
    let tokenizer = String::from_utf8(builtin::tokenizer_json().into_bytes()).unwrap();
    for (name, content) in [
        ("config.json", r#"{"model_type": "bert"}"#),
        ("model.safetensors", "weights"),
        ("tokenizer.json", &tokenizer),
        ("tokenizer_config.json", r#"{"do_lower_case": false, "strip_accents": false}"#),
    ] {
        fs::write(root.path().join(name), content).unwrap();
    }
    let mut file = settings(folder(root.path()));
    file.model.checkpoint = Source::Folder { written: "./model".to_owned(), path: root.path().to_owned() };
    let mut transformers = file.clone();
    transformers.model.tokenizer = TokenizerRules::Transformers;
    let fetched = fetch([&file, &transformers], &Lock::default(), OPTIONS, &mut |_| ()).unwrap();
    let names = |job: &Settings| fetched.model(job).tokenizer.into_iter().map(|file| file.name).collect::<Vec<_>>();
    assert_eq!(names(&file), ["tokenizer.json"]);
    assert_eq!(names(&transformers), ["tokenizer.json", "tokenizer_config.json"]);
    // the lock, which has the files of both, gives each its own
    let lock = Lock::parse(&fetched.lock.to_toml()).unwrap();
    assert_eq!(lock, fetched.lock);
    for job in [&file, &transformers] {
        let mut locked = runner::hub::LockedHashes::new(&lock, BUILTINS);
        assert_eq!(locked.of(job).unwrap(), fetched.hashes(job));
        assert_eq!(lock.only([job]).hashes(job, BUILTINS), Some(fetched.hashes(job)));
    }
    assert_ne!(fetched.hashes(&file).model, fetched.hashes(&transformers).model);
}
