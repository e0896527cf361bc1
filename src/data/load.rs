//! Reads a job's data set from its files, or generates a built-in one.

use rayon::prelude::*;

use super::rows::{Lines, RawRows, RawTags};
use super::tag_encoder::TagEncoder;
use super::{Corpus, DataError, Sentence, Split, builtin, read, survey};
use crate::hub::DataInputs;
use crate::spec::{self, Affects, Scheme, Source};

impl Corpus {
    /// Reads the files of a job, or generates the built-in corpus. A split without files in `inputs` is empty; the test split
    /// is that of `settings.test_split`.
    ///
    /// Names of class numbers: see `class_names`. Tags that are text are collected over all splits read, and so are the
    /// columns of text files. Schemes are converted and types are mapped before `data.labels` fixes set and order; if
    /// only `data.labels` names the class numbers, mapping starts from these names. A sentence without words counts as a
    /// row, encodes to special tokens only, and adds nothing to loss or scores.
    ///
    /// # Errors
    /// Any [`DataError`] about files, rows and tag sets.
    pub fn load(inputs: &DataInputs, settings: &spec::Data) -> Result<Self, DataError> {
        let mut splits = match &settings.dataset {
            Source::Builtin(name) => builtin_rows(name, settings)?,
            Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => read_files(inputs, settings)?,
        };
        let mut files: Vec<&mut RawRows> = splits.iter_mut().flatten().collect();
        let set = TagEncoder::of(&mut files, inputs, settings)?;
        let mut notes: Vec<String> = splits.iter().flatten().flat_map(|rows| rows.notes.clone()).collect();
        notes.extend(set.notes.iter().cloned());
        let language = |rows: &RawRows| Some((*inputs.languages.get(&rows.file)?, rows.words.len()));
        let languages: Vec<(usize, usize)> = splits[Split::Train as usize].iter().filter_map(language).collect();
        let [train, validation, test] = splits;
        let splits = [set.sentences(train)?, set.sentences(validation)?, set.sentences(test)?];
        let mut corpus = Self::new(set.labels.clone(), splits);
        corpus.notes = notes;
        corpus.languages = languages.into_iter().flat_map(|(place, rows)| vec![place; rows]).collect();
        corpus.hold_out(settings)?;
        if settings.drop_test_overlap {
            corpus.drop_overlap();
        }
        Ok(corpus)
    }

    /// Fingerprint of the settings that, beside the files and the tag set, decide the gold tags of [`Self::load`]: keys and
    /// values, empty if all have their defaults.
    pub fn label_fingerprint(settings: &spec::Data) -> String {
        let all = spec::Settings { data: settings.clone(), ..spec::Settings::default() };
        let reading = all.entries().filter(|(key, _)| key.known().affects == Affects::Reading);
        let changed = reading.filter(|(key, value)| key.default().as_ref() != Some(value));
        changed.map(|(key, value)| format!("{key}={}", value.to_json())).collect::<Vec<_>>().join(" ")
    }

    /// The same of the settings that say which training rows are the validation split; empty if it has files of its own.
    pub fn held_out_fingerprint(settings: &spec::Data) -> String {
        const KEYS: [&str; 5] = ["data.validation", "data.validation_seed", "data.stratify", "data.folds", "data.fold"];
        if settings.validation.is_none() && settings.folds.is_none() {
            return String::new();
        }
        let all = spec::Settings { data: settings.clone(), ..spec::Settings::default() };
        let held_out = all.entries().filter(|(key, _)| KEYS.contains(&key.as_str()));
        held_out.map(|(key, value)| format!("{key}={}", value.to_json())).collect::<Vec<_>>().join(" ")
    }
}

/// The rows of each split's files, read in parallel.
fn read_files(inputs: &DataInputs, settings: &spec::Data) -> Result<[Vec<RawRows>; 3], DataError> {
    let read = |split| -> Vec<Result<RawRows, DataError>> {
        let files = settings.origin(split).map_or(&[][..], |origin| inputs.of(origin));
        read::parts(files).into_par_iter().map(|part| read::read(part, settings)).collect()
    };
    let (train, (validation, test)) =
        rayon::join(|| read(Split::Train), || rayon::join(|| read(Split::Validation), || read(Split::Test)));
    // of several errors, the first file's
    let whole = |rows: Vec<_>| rows.into_iter().collect::<Result<Vec<_>, _>>();
    let splits = [whole(train)?, whole(validation)?, whole(test)?];
    let chosen = read::counted_columns(settings);
    let surveys = splits.iter().flatten().filter_map(|rows| Some((&*rows.file, rows.survey.as_ref()?)));
    survey::check_columns(surveys, &chosen, settings.scheme == Some(Scheme::Types))?;
    Ok(splits)
}

/// The built-in corpus as rows of class numbers.
fn builtin_rows(name: &str, settings: &spec::Data) -> Result<[Vec<RawRows>; 3], DataError> {
    let mut corpus = builtin::corpus(name).ok_or_else(|| DataError::NoSuchBuiltin { name: name.to_owned() })?;
    corpus.splits[Split::Test as usize] = corpus.split(settings.test_split).to_vec();
    if settings.files.is_some() || settings.columns.is_some() {
        let key = if settings.files.is_some() { "data.files" } else { "data.columns" };
        return Err(DataError::BuiltinFiles { name: name.to_owned(), key });
    }
    let classes = corpus.labels.names().to_vec();
    let mut sentences = corpus.splits.into_iter();
    Ok(Split::ALL.map(|split| {
        let sentences = sentences.next().expect("there are three splits");
        let numbers = |sentence: &Sentence| sentence.tags.iter().map(|tag| i64::from(*tag)).collect();
        let tags = RawTags::Numbers(sentences.iter().map(numbers).collect());
        let words = sentences.into_iter().map(|sentence| sentence.words).collect();
        vec![RawRows {
            file: split.name().to_owned(),
            words,
            tags,
            tag_column: None,
            classes: Some(classes.clone()),
            lines: Lines::None,
            survey: None,
            notes: Vec::new(),
        }]
    }))
}
