//! What defines the things that jobs share: hashes of input files, and the settings that affect them by the table of
//! keys. It must not know how they are made.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::data::Split;
use crate::hash::Sha256;
use crate::ledger::JobInputs;
use crate::spec::{Affects, Settings, Size};

/// Equal where the thing is the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity(String);

impl Identity {
    /// Of a data set as it is in memory.
    pub(super) fn of_corpus(settings: &Settings, inputs: &JobInputs) -> Self {
        Self(hashes(&inputs.hashes.data, |_| true)).and(&Self::of_corpus_of_files(settings))
    }

    /// [`Identity::of_corpus`], without the files.
    pub(super) fn of_corpus_of_files(settings: &Settings) -> Self {
        let affects = |affects| matches!(affects, Affects::Reading | Affects::Corpus);
        Self(format!("{}test split={}\n", settings.identity_of(affects), settings.data.test_split))
    }

    /// Of the files of a data set that a job reads.
    pub(super) fn of_data_files(settings: &Settings) -> Self {
        let read = Split::ALL.into_iter().filter(|split| settings.data.reads(*split));
        let read: Vec<&str> = read.map(Split::name).collect();
        Self(format!("{}reads={}\n", settings.identity_of(|affects| affects == Affects::DataFiles), read.join(",")))
    }

    /// Of the files of a checkpoint.
    pub(super) fn of_model_files(settings: &Settings) -> Self {
        Self(settings.identity_of(|affects| affects == Affects::ModelFiles)).and(&Self::of_rules(settings))
    }

    /// Of how a tokenizer's files are read.
    fn of_rules(settings: &Settings) -> Self {
        Self(format!("tokenizer={}\n", settings.model.tokenizer))
    }

    /// Of a tokenizer: its files, and the configuration, which names the model's family.
    pub(super) fn of_tokenizer(settings: &Settings, inputs: &JobInputs) -> Self {
        let files = hashes(&inputs.hashes.model, |role| role == "config" || role.starts_with("tokenizer"));
        Self(files).and(&Self::of_rules(settings))
    }

    /// Of the training rows as subword tokens, however many of them a job uses.
    pub(super) fn of_training_set(settings: &Settings, inputs: &JobInputs) -> Self {
        let affects = |a| matches!(a, Affects::Tokens | Affects::TrainingRows | Affects::TrainingLabels);
        let corpus = Self::of_corpus(settings, inputs).and(&Self::of_tokenizer(settings, inputs));
        // only without weights is a smaller training set the beginning of a larger one
        let size = match settings.data.language_weights.is_empty() {
            true => String::new(),
            false => settings.identity_of(|affects| affects == Affects::Rows(Split::Train)),
        };
        corpus.and(&Self(format!("{}{size}rows=training\n", settings.identity_of(affects))))
    }

    /// Of the rows of a scored split, whole.
    pub(super) fn of_rows(settings: &Settings, inputs: &JobInputs, split: Split) -> Self {
        let rows = settings.identity_of(|affects| affects == Affects::Rows(split));
        let corpus = Self::of_corpus(settings, inputs).and(&Self::of_tokenizer(settings, inputs));
        corpus.and(&Self(format!("{rows}rows={split}\n")))
    }

    /// Of the rows of a scored split as subword tokens.
    pub(super) fn of_eval_set(settings: &Settings, inputs: &JobInputs, split: Split) -> Self {
        let tokens = settings.identity_of(|affects| affects == Affects::Tokens);
        Self::of_rows(settings, inputs, split).and(&Self(tokens))
    }

    /// Of what a fixed encoder makes of the sentences of a split.
    pub(super) fn of_features(settings: &Settings, inputs: &JobInputs, split: Split) -> Self {
        let sentences = match split {
            Split::Train => Self::of_training_set(settings, inputs),
            Split::Validation | Split::Test => Self::of_eval_set(settings, inputs, split),
        };
        let encoder = settings.identity_of(|affects| affects == Affects::Features);
        sentences.and(&Self(hashes(&inputs.hashes.model, |_| true) + &encoder))
    }

    /// Of the features of every split that a job reads.
    pub(super) fn of_all_features(settings: &Settings, inputs: &JobInputs) -> impl Iterator<Item = Self> {
        let read = Split::ALL.into_iter().filter(|split| settings.data.size(*split) != Size::Rows(0));
        read.map(|split| Self::of_features(settings, inputs, split))
    }

    /// Of what `runner data` says of a job's data.
    pub fn of_description(settings: &Settings, inputs: &JobInputs) -> Self {
        let affects = |a| matches!(a, Affects::Tokens | Affects::TrainingRows | Affects::Rows(_));
        let model = Self(hashes(&inputs.hashes.model, |_| true) + &settings.identity_of(affects));
        Self::of_corpus(settings, inputs).and(&model)
    }

    #[cfg(test)]
    pub(super) fn of_name(name: &str) -> Self {
        Self(name.to_owned())
    }

    fn and(mut self, other: &Self) -> Self {
        self.0 += &other.0;
        self
    }
}

/// The hashes of these roles, a line each.
fn hashes(files: &BTreeMap<String, Sha256>, chosen: impl Fn(&str) -> bool) -> String {
    let chosen = files.iter().filter(|(role, _)| chosen(role));
    chosen.fold(String::new(), |mut text, (role, hash)| {
        writeln!(text, "{role}={hash}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::data::Corpus;
    use crate::hash::InputHashes;
    use crate::hub::{DataInputs, InputFile, ModelInputs};
    use crate::lab::SharedData;
    use crate::spec::{KeyPath, Setting, Source, Value};

    type Make = fn(&Settings, &JobInputs) -> Identity;

    /// Things that jobs share, and the keys that affect each other than by naming files.
    const SHARED: [(&str, Make, &[&[&str]]); 9] = [
        ("corpus", Identity::of_corpus, &[CORPUS]),
        ("corpus of files", |settings, _| Identity::of_corpus_of_files(settings), &[CORPUS]),
        (
            "data files",
            |settings, _| Identity::of_data_files(settings),
            &[&["data.dataset", "data.revision", "data.language", "data.files", "data.splits", "data.validation_size"]],
        ),
        (
            "model files",
            |settings, _| Identity::of_model_files(settings),
            &[&["model.checkpoint", "model.revision", "model.tokenizer"]],
        ),
        ("tokenizer", Identity::of_tokenizer, &[&["model.tokenizer"]]),
        (
            "training set",
            Identity::of_training_set,
            &[CORPUS, TOKENS, &["data.language_weights", "data.subset_seed", "data.label_pieces"]],
        ),
        (
            "eval set",
            |settings, inputs| Identity::of_eval_set(settings, inputs, Split::Test),
            &[CORPUS, TOKENS, &["data.test_size"]],
        ),
        (
            "features",
            |settings, inputs| Identity::of_features(settings, inputs, Split::Validation),
            &[CORPUS, TOKENS, &["data.validation_size", "train.precision"]],
        ),
        (
            "description",
            Identity::of_description,
            &[
                CORPUS,
                TOKENS,
                &["data.language_weights", "data.subset_seed"],
                &["data.train_size", "data.validation_size", "data.test_size"],
            ],
        ),
    ];

    const CORPUS: &[&str] = &[
        "data.format",
        "data.span_ends",
        "data.columns",
        "data.scheme",
        "data.label_map",
        "data.validation",
        "data.validation_seed",
        "data.stratify",
        "data.folds",
        "data.fold",
        "data.drop_test_overlap",
        "data.labels",
    ];

    const TOKENS: &[&str] = &["model.max_length", "model.window", "model.stride", "model.tokenizer"];

    /// A value of the key that is not its default.
    fn other(key: KeyPath) -> Setting {
        let list = Value::List(["B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "O"].map(Value::from).to_vec());
        let map = |name: &str, value: Value| Value::Map(vec![(name.to_owned(), value)]);
        let groups = Value::List(vec![Value::Map(vec![
            ("learning_rate".to_owned(), 1e-4.into()),
            ("match".to_owned(), "*.bias".into()),
        ])]);
        let values: [Value; 14] = [
            list,
            Value::List(vec!["output".into()]),
            groups,
            map("tag", 3_usize.into()),
            map("train", "a.conll".into()),
            map("PER", "O".into()),
            7_usize.into(),
            0.25.into(),
            true.into(),
            "all".into(),
            "epoch".into(),
            "best".into(),
            "cosine".into(),
            "fp32".into(),
        ];
        let words = [
            "iob1",
            "new",
            "constrained",
            "focal",
            "balanced",
            "transformers",
            "jsonl",
            "refuse",
            "bitfit",
            "ema",
            "owner/name",
        ];
        let values = values.into_iter().chain(words.map(Value::from));
        let read = values.filter_map(|value| key.read(&value, Path::new("")).ok());
        let mut read = read.filter(|setting| Some(setting.value()) != key.default().as_ref());
        read.next().unwrap_or_else(|| panic!("{key} has no other value here"))
    }

    fn changed(key: KeyPath) -> Settings {
        let mut settings = base();
        settings.set(&other(key));
        settings
    }

    fn base() -> Settings {
        let mut settings = Settings::default();
        settings.data.dataset = Source::Builtin("es".to_owned());
        settings.model.checkpoint = Source::Builtin("tiny".to_owned());
        settings
    }

    fn inputs(changed: &str) -> JobInputs {
        let hash = |role: &&str| Sha256::of(if *role == changed { "changed" } else { "as it was" });
        let hashes = |roles: &[&str]| roles.iter().map(|role| ((*role).to_owned(), hash(role))).collect();
        let config = InputFile { name: String::new(), path: "".into(), sha256: Sha256::of(""), size: 0 };
        JobInputs {
            data: Arc::new(DataInputs::default()),
            model: Arc::new(ModelInputs { config, weights: Vec::new(), tokenizer: Vec::new() }),
            hashes: InputHashes {
                data: hashes(&["train/0", "validation/0", "test/0"]),
                model: hashes(&["config", "tokenizer/0", "weights/0"]),
            },
        }
    }

    #[test]
    fn each_shared_thing_changes_with_the_keys_that_affect_it_and_with_no_other() {
        for (thing, make, keys) in SHARED {
            let before = make(&base(), &inputs(""));
            let affecting = KeyPath::all().filter(|key| make(&changed(*key), &inputs("")) != before);
            let expected: BTreeSet<&str> = keys.concat().into_iter().collect();
            assert_eq!(affecting.map(KeyPath::as_str).collect::<BTreeSet<_>>(), expected, "{thing}");
        }
    }

    #[test]
    fn each_shared_thing_changes_with_the_files_that_it_is_made_of() {
        let data = ["train/0", "validation/0", "test/0"];
        for (thing, make, _) in SHARED {
            let roles: Vec<&str> = match thing {
                "data files" | "model files" | "corpus of files" => Vec::new(),
                "corpus" => data.to_vec(),
                "tokenizer" => vec!["config", "tokenizer/0"],
                "features" | "description" => data.into_iter().chain(["config", "tokenizer/0", "weights/0"]).collect(),
                _ => data.into_iter().chain(["config", "tokenizer/0"]).collect(),
            };
            let before = make(&base(), &inputs(""));
            let all = data.into_iter().chain(["config", "tokenizer/0", "weights/0"]);
            let affecting = all.filter(|role| make(&base(), &inputs(role)) != before);
            assert_eq!(affecting.collect::<Vec<_>>(), roles, "{thing}");
        }
    }

    /// A key that the table says affects less than it does would show here.
    #[test]
    fn what_has_one_identity_is_one_thing() {
        let inputs = inputs("");
        let (base, all) = (base(), SharedData::new(std::iter::empty()));
        let set = |settings: &Settings| {
            let shared = SharedData::new([(settings, &inputs)].into_iter());
            shared
                .training(&Settings { data: base_rows(settings), ..settings.clone() }, &inputs)
                .expect("it is tokenized")
        };
        let (corpus, training) = (all.corpus(&base, &inputs).expect("it is made"), set(&base));
        for key in KeyPath::all().filter(|key| !matches!(key.known().affects, Affects::DataFiles | Affects::ModelFiles))
        {
            let settings = changed(key);
            if Identity::of_corpus(&settings, &inputs) == Identity::of_corpus(&base, &inputs) {
                let loaded = Corpus::load(&inputs.data, &settings.data).expect("it is made");
                assert!(loaded == *corpus, "{key} changes the corpus");
            }
            if Identity::of_training_set(&settings, &inputs) == Identity::of_training_set(&base, &inputs) {
                assert!(set(&settings) == training, "{key} changes the training set");
            }
        }
    }

    /// As many rows as without changes: a larger training set serves jobs that use less of it.
    fn base_rows(settings: &Settings) -> crate::spec::Data {
        crate::spec::Data { train_size: Size::Rows(7), ..settings.data.clone() }
    }
}
