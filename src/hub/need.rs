//! The inputs that a job needs, and the role of each file.

use std::collections::BTreeMap;

use super::configs::Configs;
use super::data_layout::DataLayout;
use super::data_roles::{class_name_roles, data_roles, with_names};
use super::languages::of_languages;
use super::layout::{self, LayoutError, Roles};
use super::tokenizer_settings::{is_setting, settings_count};
use super::{
    DataInputs, DataLayoutError, FetchError, FetchProblem, InputFile, Kind, ModelInputs, Origin, Pinned, PinnedFile,
    RelativeName,
};
use crate::hash::Sha256;
use crate::spec::{FileFormat, Files, JobModel, Settings, Source, Split, TokenizerRules};

/// The hub's own conversions lie at this revision, `SPLIT/0000.parquet`.
pub(super) const CONVERTED: &str = "refs/convert/parquet";

/// A repository, folder or built-in, and the part of it that a job reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    pub(super) source: Source,
    pub(super) origin: Origin,
    pub(super) part: Part,
}

/// The part of a repository that a job reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Splits of a data set.
    Splits {
        languages: Vec<String>,
        files: Option<Files>,
        splits: BTreeMap<String, String>,
        format: Option<FileFormat>,
        train: bool,
        validation: bool,
        test: bool,
    },
    /// The files on the main branch that name the classes of a conversion.
    ClassNames,
    /// A checkpoint's configuration, tokenizer and weights.
    Checkpoint(TokenizerRules),
    /// A checkpoint's configuration and tokenizer, for `runner data`.
    Tokenizer(TokenizerRules),
}

impl Need {
    pub(super) fn data(settings: &Settings) -> Self {
        let data = &settings.data;
        let part = Part::Splits {
            languages: data.language.as_ref().map(|languages| languages.names().to_vec()).unwrap_or_default(),
            files: data.files.clone(),
            splits: data.splits.clone(),
            format: data.format,
            train: data.reads(Split::Train),
            validation: data.reads(Split::Validation),
            test: data.reads(Split::Test),
        };
        Self { origin: origin(Kind::Data, &data.dataset, &data.revision), source: data.dataset.clone(), part }
    }

    pub(super) fn model(settings: &Settings) -> Self {
        let (source, revision) = (&settings.model.checkpoint, &settings.model.revision);
        Self {
            origin: origin(Kind::Model, source, revision),
            source: source.clone(),
            part: Part::Checkpoint(settings.model.tokenizer),
        }
    }

    /// [`Need::model`] without the weights.
    pub(super) fn tokenizer(settings: &Settings) -> Self {
        Self { part: Part::Tokenizer(settings.model.tokenizer), ..Self::model(settings) }
    }

    /// The error of `problem`; `input`: the name of the origin, `folder`: a hint about a local folder.
    pub(super) fn error(&self, input: &str, problem: FetchProblem, folder: Option<String>) -> FetchError {
        let of_set = self.split_of_set().filter(|_| matches!(problem, FetchProblem::Layout(_)));
        FetchError { of_set, input: input.to_owned(), problem, folder }
    }

    /// The split that an evaluation set scores; none for a job, which reads the training split.
    fn split_of_set(&self) -> Option<Split> {
        match &self.part {
            Part::Splits { train: false, validation: true, .. } => Some(Split::Validation),
            Part::Splits { train: false, test: true, .. } => Some(Split::Test),
            Part::Splits { .. } | Part::ClassNames | Part::Checkpoint(_) | Part::Tokenizer(_) => None,
        }
    }

    /// Whether settings count that change nothing of a `tokenizer.json` as it says itself.
    fn reads_idle_settings(&self) -> bool {
        matches!(
            self.part,
            Part::Checkpoint(TokenizerRules::Transformers) | Part::Tokenizer(TokenizerRules::Transformers)
        )
    }

    /// Whether a lock's files may be too few: a job that reads a `tokenizer.json` as it is pins no settings beside it.
    pub(super) fn may_lack_settings(&self, pinned: &[RelativeName]) -> bool {
        let has = |wanted: &str| pinned.iter().any(|name| name.as_str() == wanted);
        self.reads_idle_settings() && has("tokenizer.json") && !has("tokenizer_config.json")
    }

    /// The names of pinned files, without settings that the need does not read.
    pub(super) fn pinned_names(&self, files: &BTreeMap<RelativeName, PinnedFile>) -> Vec<RelativeName> {
        let read = files.iter().filter(|(_, file)| !file.idle || self.reads_idle_settings());
        read.map(|(name, _)| name.clone()).collect()
    }

    /// The same of the hub's own conversion to Parquet; none if there can be none.
    pub(super) fn conversion(&self) -> Option<Self> {
        let is_main = matches!((&self.source, &self.part), (Source::Hub(_), Part::Splits { files: None, .. }));
        let origin = Origin { revision: CONVERTED.to_owned(), ..self.origin.clone() };
        (is_main && self.origin.revision == "main").then(|| Self { origin, ..self.clone() })
    }

    /// What may name the classes of a conversion, which has no README: files of the main branch. None of another need.
    pub(super) fn class_names(&self) -> Option<Self> {
        let converted = matches!((&self.source, &self.part), (Source::Hub(_), Part::Splits { .. }));
        let origin = Origin { revision: "main".to_owned(), ..self.origin.clone() };
        (converted && self.origin.revision == CONVERTED).then(|| Self {
            origin,
            source: self.source.clone(),
            part: Part::ClassNames,
        })
    }

    /// What a lock knows splits by that names alone do not show; none where names show all.
    pub(super) fn layout_key(&self) -> Option<String> {
        let Part::Splits { languages, files: None, splits, .. } = &self.part else { return None };
        let splits = splits.iter().map(|(split, name)| format!("{split}={name}"));
        Some(languages.iter().cloned().chain(splits).collect::<Vec<_>>().join(" "))
    }

    /// Whether a README's configurations say which files are read.
    pub(super) fn reads_configs(&self) -> bool {
        matches!(self.part, Part::Splits { files: None, .. })
    }

    /// A need for each language, if it is of several as one set; else none.
    pub(super) fn of_each_language(&self) -> Vec<Self> {
        let Part::Splits { languages, .. } = &self.part else { return Vec::new() };
        let several = languages.iter().filter(|_| languages.len() > 1);
        let of = |language: &String| {
            let mut need = self.clone();
            if let Part::Splits { languages, .. } = &mut need.part {
                *languages = vec![language.clone()];
            }
            need
        };
        several.map(of).collect()
    }

    /// The roles of pinned files.
    pub(super) fn pinned_roles(&self, pinned: &Pinned) -> Result<Vec<(String, RelativeName)>, LayoutError> {
        let names = self.pinned_names(&pinned.files);
        let each = self.of_each_language();
        if each.iter().any(|need| need.layout_key().is_some_and(|key| pinned.splits.contains_key(&key))) {
            let text = |(role, name): (String, RelativeName)| (role, name.to_string());
            let roles = each.iter().map(|need| Ok(need.pinned_roles(pinned)?.into_iter().map(text).collect()));
            return Ok(of_listing(of_languages(roles.collect::<Result<_, LayoutError>>()?)?, &names));
        }
        let Some(splits) = self.layout_key().and_then(|key| pinned.splits.get(&key)) else {
            return self.roles(&names, None);
        };
        let mut roles = Roles::new();
        for split in ["train", "validation", "test"].into_iter().filter(|split| self.uses(split)) {
            let files = splits.get(split).ok_or_else(|| {
                let there = splits.keys().cloned().collect::<Vec<_>>().join(", ");
                DataLayoutError::NoSplitOf { split, config: self.layout_key().unwrap_or_default(), there }
            })?;
            roles.extend(files.iter().enumerate().map(|(at, name)| (format!("{split}/{at}"), name.to_string())));
        }
        let texts: Vec<String> = names.iter().map(RelativeName::to_string).collect();
        Ok(of_listing(with_names(&texts, roles), &names))
    }

    /// The role of each file of a listing that the need reads; no name outside the listing is returned.
    /// `readme`: the text of its README, if it may say which files are read.
    pub(super) fn roles(
        &self,
        names: &[RelativeName],
        readme: Option<&str>,
    ) -> Result<Vec<(String, RelativeName)>, LayoutError> {
        let texts: Vec<String> = names.iter().map(RelativeName::to_string).collect();
        let configs = readme.filter(|_| self.reads_configs()).map(Configs::of_readme).transpose()?.flatten();
        Ok(of_listing(self.roles_by_text(&texts, configs.as_ref())?, names))
    }

    /// [`Need::roles`] with only those shards that the index names. `content` reads the index; with none, which means that
    /// it cannot be read, all candidates stay.
    ///
    /// # Errors
    /// What the listing lacks; errors of `content`.
    pub(super) fn indexed_roles<E: From<LayoutError>>(
        &self,
        names: &[RelativeName],
        readme: Option<&str>,
        content: impl FnOnce(&RelativeName) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Vec<(String, RelativeName)>, E> {
        let roles = self.roles(names, readme)?;
        let texts: Roles = roles.iter().map(|(role, name)| (role.clone(), name.to_string())).collect();
        let Some(index) = layout::index_of(&texts).and_then(|index| names.iter().find(|name| name.as_str() == index))
        else {
            return Ok(roles);
        };
        let Some(content) = content(index)? else { return Ok(roles) };
        let listed = |text: &str| names.iter().find(|name| name.as_str() == text).cloned();
        let indexed = layout::by_index(texts, &content)?.into_iter();
        Ok(indexed.filter_map(|(role, text)| Some((role, listed(&text)?))).collect())
    }

    fn roles_by_text(&self, names: &[String], configs: Option<&Configs>) -> Result<Roles, LayoutError> {
        match &self.part {
            Part::Checkpoint(rules) => layout::model_roles(names, *rules),
            Part::Tokenizer(rules) => {
                let roles = layout::model_roles(names, *rules)?;
                Ok(roles.into_iter().filter(|(role, _)| self.uses(role)).collect())
            }
            Part::ClassNames => Ok(class_name_roles(names)),
            Part::Splits { languages, files, splits, format, train, validation, test } => {
                let parquet_first = !matches!(self.source, Source::Folder { .. });
                let converted = !parquet_first || self.origin.revision == CONVERTED;
                let files = files.as_ref();
                let (train, validation, test) = (*train, *validation, *test);
                let (splits, format) = (Some(splits).filter(|splits| !splits.is_empty()), *format);
                let whole = DataLayout {
                    language: None,
                    files,
                    splits,
                    format,
                    train,
                    validation,
                    test,
                    converted,
                    parquet_first,
                };
                let of =
                    |language: &String| data_roles(names, DataLayout { language: Some(language), ..whole }, configs);
                match &languages[..] {
                    [] => Ok(data_roles(names, whole, configs)?),
                    [one] => Ok(of(one)?),
                    several => Ok(of_languages(several.iter().map(of).collect::<Result<_, _>>()?)?),
                }
            }
        }
    }

    /// The problem of a path to a file instead of a folder.
    pub(super) fn is_a_file(&self) -> FetchProblem {
        let written = self.origin.id.as_str();
        let (folder, file) = written.rsplit_once('/').unwrap_or((".", written));
        let folder = if folder.is_empty() { "/" } else { folder };
        let remedy = match self.origin.kind {
            Kind::Data => format!("write data.dataset = \"{folder}\" and data.files = {{ train = \"{file}\" }}"),
            Kind::Model => format!("write model.checkpoint = \"{folder}\""),
        };
        FetchProblem::IsAFile { remedy }
    }

    /// The part in messages.
    pub(super) fn described(&self) -> String {
        match &self.part {
            Part::Splits { languages, .. } if languages.is_empty() => "the splits".to_owned(),
            Part::Splits { languages, .. } => format!("the splits of {}", languages.join(" and ")),
            Part::ClassNames => "the names of the classes".to_owned(),
            Part::Checkpoint(_) => "configuration, weights and tokenizer".to_owned(),
            Part::Tokenizer(_) => "configuration and tokenizer".to_owned(),
        }
    }

    /// Whether the need reads files of this role.
    pub(super) fn uses(&self, role: &str) -> bool {
        match &self.part {
            Part::Checkpoint(_) | Part::ClassNames => true,
            Part::Tokenizer(_) => !role.starts_with("weights/"),
            Part::Splits { train, validation, test, .. } => match role.split('/').next() {
                Some("train") => *train,
                Some("validation") => *validation,
                Some("test") => *test,
                _ => true,
            },
        }
    }
}

/// The roles whose files are listed.
fn of_listing(roles: Roles, names: &[RelativeName]) -> Vec<(String, RelativeName)> {
    let listed = |text: &str| names.iter().find(|name| name.as_str() == text).cloned();
    roles.into_iter().filter_map(|(role, text)| Some((role, listed(&text)?))).collect()
}

fn origin(kind: Kind, source: &Source, revision: &str) -> Origin {
    let (id, revision) = match source {
        Source::Hub(id) => (id.clone(), revision.to_owned()),
        Source::Folder { written, .. } => (written.clone(), String::new()),
        Source::Builtin(name) => (format!("builtin:{name}"), String::new()),
        Source::Job(job) => {
            let training = match &job.model {
                JobModel::Of { training, .. } => training.clone(),
                JobModel::Unknown | JobModel::Missing { .. } => String::new(),
            };
            (job.written.clone(), training)
        }
    };
    Origin { kind, id, revision }
}

/// Files by role, in the order of [`Need::roles`].
pub(super) type RoleFiles = Vec<(String, InputFile)>;

/// Removes settings beside a `tokenizer.json` that do not change it: they are not inputs, so that a job's key does not
/// depend on them. Under transformers' rules they are.
pub(super) fn without_idle_settings(need: &Need, mut files: RoleFiles) -> RoleFiles {
    if !need.reads_idle_settings() && are_idle(&files) {
        files.retain(|(role, file)| !role.starts_with("tokenizer/") || !is_setting(&file.name));
    }
    files
}

/// The pins of the files of a need.
pub(super) fn pins(files: &RoleFiles) -> impl Iterator<Item = (RelativeName, PinnedFile)> {
    let idle = files.iter().any(|(_, file)| is_setting(&file.name)) && are_idle(files);
    files
        .iter()
        .map(move |(role, file)| PinnedFile::of(file, idle && role.starts_with("tokenizer/") && is_setting(&file.name)))
}

/// Whether the settings beside a `tokenizer.json` change nothing of it.
fn are_idle(files: &RoleFiles) -> bool {
    let is_of_tokenizer = |role: &str| role == "config" || role.starts_with("tokenizer/");
    let tokenizer = files.iter().filter(|(role, _)| is_of_tokenizer(role));
    let tokenizer: Vec<InputFile> = tokenizer.map(|(_, file)| file.clone()).collect();
    tokenizer.iter().any(|file| file.name == "tokenizer.json") && !settings_count(&tokenizer)
}

/// The files of the roles `kind` and `kind/0`, `kind/1`, ...
fn files_of(files: &RoleFiles, kind: &str) -> Vec<InputFile> {
    let of_kind = files.iter().filter(|(role, _)| role.split('/').next() == Some(kind));
    of_kind.map(|(_, file)| file.clone()).collect()
}

pub(super) fn data_inputs(files: &RoleFiles) -> DataInputs {
    DataInputs {
        train: files_of(files, "train"),
        validation: files_of(files, "validation"),
        test: files_of(files, "test"),
        readme: files_of(files, "readme").pop(),
        labels: files_of(files, "labels").pop(),
        languages: languages_of(files),
    }
}

/// The language of each file by its name: the place in roles such as `train/1/0`.
fn languages_of(files: &RoleFiles) -> BTreeMap<String, usize> {
    let place = |role: &str| -> Option<usize> {
        let mut parts = role.split('/').skip(1);
        let place = parts.next()?.parse().ok()?;
        parts.next().map(|_| place)
    };
    files.iter().filter_map(|(role, file)| Some((file.name.clone(), place(role)?))).collect()
}

pub(super) fn model_inputs(files: &RoleFiles) -> ModelInputs {
    ModelInputs {
        config: files_of(files, "config").pop().expect("a checkpoint's roles include its configuration"),
        weights: files_of(files, "weights"),
        tokenizer: files_of(files, "tokenizer"),
    }
}

/// Roles and hashes for a job's key, without the README: a change of its prose does not change the key.
pub(super) fn hashes(roles: impl Iterator<Item = (String, Sha256)>) -> BTreeMap<String, Sha256> {
    roles.filter(|(role, _)| role != "readme").collect()
}
