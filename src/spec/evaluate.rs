//! `[[evaluate]]`: evaluation sets that each trained model is scored on, and the settings of a job on one of them. It must
//! not know how models are saved or scored.

use super::fault::Fault;
use super::form::Form;
use super::keys::{KeyPath, Setting};
use super::known_key::Affects;
use super::matrix::{Cell, Matrix};
use super::problem::{Located, Problem};
use super::{Data, Settings, Size, Source, Split, Value};
use crate::words::Word;

/// Whether a set may have this key: it says which files of a data set are read, or how.
fn is_of_set(key: KeyPath) -> bool {
    matches!(key.known().affects, Affects::DataFiles | Affects::Reading)
}

/// Keys that a set of the job's own data set inherits from the job, but cannot have itself.
const INHERITED: [&str; 1] = ["data.labels"];

/// The keys of a set that are not keys of a job: name, forms, meaning.
pub(super) const OWN: [(&str, &[Form], &str); 3] = [
    ("split", &[Form::Words(Split::WORDS)], "The split that is scored; unset: \"test\"."),
    (
        "size",
        &[Form::Whole { least: 1 }, Form::Words(&[Size::ALL])],
        "Rows scored: the first n of the split; unset: \"all\".",
    ),
    ("name", &[Form::Text], "What tables call it; unset: the data set given, the language and the split."),
];

/// One `[[evaluate]]`: a set that each trained model is scored on beside its own test split.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationSet {
    /// What it is called; no other set of the experiment is.
    pub name: String,
    /// The keys of `[data]` that it gives, in the order of the table of keys.
    pub data: Vec<Setting>,
    /// The split that is scored.
    pub split: Split,
    /// How many rows of it.
    pub size: Size,
}

impl EvaluationSet {
    /// The keys of `[data]` that a set may have, in the order of the table of keys.
    pub(super) fn keys() -> impl Iterator<Item = KeyPath> {
        KeyPath::all().filter(|key| is_of_set(*key))
    }

    /// The name of a set without one: its data set, its language, and its split unless that is the test split.
    pub(super) fn default_name(data: &[Setting], split: Split) -> String {
        let given = |path: &str| data.iter().find(|given| given.key().as_str() == path).map(Setting::value);
        let dataset = given("data.dataset").map(|value| match value {
            Value::Source(Source::Builtin(_)) => value.to_string(),
            _ => last_part(&value.to_string()),
        });
        let language = given("data.language").map(Value::to_string);
        let split = (split != Split::Test).then(|| split.to_string());
        let parts: Vec<String> = [dataset, language, split].into_iter().flatten().collect();
        if parts.is_empty() { Split::Test.to_string() } else { parts.join(" ") }
    }

    /// What a set takes for a key of `[data]`: one configuration, though a job may learn from several.
    pub(super) fn forms(key: KeyPath) -> &'static [Form] {
        if key.known().forms == [Form::Languages] { &[Form::Text] } else { key.known().forms }
    }

    /// A message about the settings of a job, rewritten for those of a set: keys have their names in `[[evaluate]]`.
    /// `split`: the set's.
    pub fn reworded(split: Split, message: &str) -> String {
        let said = Self::keys().fold(message.to_owned(), |said, key| said.replace(key.as_str(), key.name()));
        let said = said.replace(", or set data.test_size = 0", "").replace("data.test_size", "size");
        format!("in [[evaluate]], {}", said.replace("the test split", &format!("the {split} split")))
    }

    /// Whether it names a data set, and so inherits nothing from the job's data.
    fn gives_dataset(&self) -> bool {
        self.data.iter().any(|given| given.key().as_str() == "data.dataset")
    }
}

/// The last part of a path or a hub id that names something.
fn last_part(text: &str) -> String {
    let named = |part: &&str| !matches!(*part, "" | "." | ".." | "~");
    text.rsplit('/').find(named).unwrap_or(text).to_owned()
}

impl Settings {
    /// The settings under which a model that these settings train is scored on a set: its rows are the test rows, there
    /// are no training and validation rows, and all else is the same.
    ///
    /// A key that the set does not have is the job's, or the default if the set names a data set.
    #[must_use]
    pub fn evaluated_on(&self, set: &EvaluationSet) -> Self {
        let data = Data { train_size: Size::Rows(0), test_size: set.size, test_split: set.split, ..Data::default() };
        let mut settings = Self { data, ..self.clone() };
        let stays = |key: &KeyPath| is_of_set(*key) || INHERITED.contains(&key.as_str());
        let inherited = KeyPath::all().filter(|key| stays(key) && !set.gives_dataset());
        let inherited = inherited.filter_map(|key| self.setting(key));
        inherited.chain(set.data.iter().cloned()).for_each(|setting| settings.set(&setting));
        settings
    }
}

/// Problems among the sets of an experiment: equal names, or equal settings in every job.
pub(super) fn problems(sets: &[Located<EvaluationSet>], base: &Settings, matrix: &Matrix) -> Vec<Problem> {
    // if the data vary, a set that equals the data of one job may differ from those of the next
    let varied = || matrix.axis_keys().chain(matrix.includes.iter().flat_map(|row| row.cells.iter().map(Cell::key)));
    let data_varies = varied().any(is_of_set);
    let mut problems = Vec::new();
    for (index, set) in sets.iter().enumerate() {
        let name = &set.value.name;
        let equal = |other: &&Located<EvaluationSet>| {
            let (one, other) = (&set.value, &other.value);
            base.evaluated_on(one).identity() == base.evaluated_on(other).identity()
                && one.split == other.split
                && (!data_varies || one.data == other.data)
        };
        let problem = if let Some(first) = sets[..index].iter().find(equal) {
            let problem = Problem::at(Fault::EqualSets, &set.place, "a repeated set");
            problem.also(&first.place, "the first is here").help("remove one: equal sets give equal rows")
        } else if let Some(first) = sets[..index].iter().find(|other| other.value.name == *name) {
            let fault = Fault::EqualSetNames { name: name.clone() };
            let problem = Problem::at(fault, &set.place, "the same name");
            problem.also(&first.place, "the first is here").help("give one of them a `name`")
        } else {
            continue;
        };
        problems.push(problem);
    }
    problems
}
