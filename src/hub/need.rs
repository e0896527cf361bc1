//! What a job needs, and which file plays which part in it. Must not know where files are fetched from.

use super::data_layout::{DataLayout, data_roles};
use super::layout::{self, LayoutError, Roles};
use super::tokenizer_settings::{is_setting, settings_count};
use super::{DataInputs, FetchError, InputFile, Kind, ModelInputs, Origin, Problem, RelativeName};
use crate::hash::Sha256;
use crate::spec::{Files, Settings, Source, Split};

/// The hub's own conversions lie at this revision, `SPLIT/0000.parquet`.
const CONVERTED: &str = "refs/convert/parquet";

/// One repository, folder or built-in thing, and what of it a job reads.
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
    Splits { language: Option<String>, files: Option<Files>, train: bool, validation: bool, test: bool },
    /// A checkpoint.
    Checkpoint,
    /// A checkpoint's configuration and tokenizer, to look at data with.
    Tokenizer,
}

impl Need {
    pub(super) fn data(settings: &Settings) -> Self {
        let data = &settings.data;
        let part = Part::Splits {
            language: data.language.clone(),
            files: data.files.clone(),
            train: data.reads(Split::Train),
            validation: data.reads(Split::Validation),
            test: data.reads(Split::Test),
        };
        Self { origin: origin(Kind::Data, &data.dataset, &data.revision), source: data.dataset.clone(), part }
    }

    pub(super) fn model(settings: &Settings) -> Self {
        let (source, revision) = (&settings.model.checkpoint, &settings.model.revision);
        Self { origin: origin(Kind::Model, source, revision), source: source.clone(), part: Part::Checkpoint }
    }

    /// [`Need::model`] without the weights.
    pub(super) fn tokenizer(settings: &Settings) -> Self {
        Self { part: Part::Tokenizer, ..Self::model(settings) }
    }

    /// What keeps the input that is described as `input` from being there, for the need of a job or a further set.
    pub(super) fn error(&self, input: &str, problem: Problem, folder: Option<String>) -> FetchError {
        let of_set = self.scored_by_a_set().filter(|_| matches!(problem, Problem::Layout(_)));
        FetchError { of_set, input: input.to_owned(), problem, folder }
    }

    /// The split that a further set scores; none where a job may need the same. A job trains, which a set does not.
    fn scored_by_a_set(&self) -> Option<Split> {
        match &self.part {
            Part::Splits { train: false, validation: true, .. } => Some(Split::Validation),
            Part::Splits { train: false, test: true, .. } => Some(Split::Test),
            Part::Splits { .. } | Part::Checkpoint | Part::Tokenizer => None,
        }
    }

    /// The files of a listing that play a part: names of the listing and no others, whatever a layout makes of them.
    pub(super) fn roles(&self, names: &[RelativeName]) -> Result<Vec<(String, RelativeName)>, LayoutError> {
        let texts: Vec<String> = names.iter().map(RelativeName::to_string).collect();
        let listed = |text: &str| names.iter().find(|name| name.as_str() == text).cloned();
        let roles = self.roles_by_text(&texts)?.into_iter();
        Ok(roles.filter_map(|(role, text)| Some((role, listed(&text)?))).collect())
    }

    /// [`Need::roles`], with the shards of a checkpoint as their index says, which `content` reads where there is one;
    /// none: it cannot be read.
    ///
    /// # Errors
    /// What the listing lacks; those of `content`.
    pub(super) fn indexed_roles<E: From<LayoutError>>(
        &self,
        names: &[RelativeName],
        content: impl FnOnce(&RelativeName) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Vec<(String, RelativeName)>, E> {
        let roles = self.roles(names)?;
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

    fn roles_by_text(&self, names: &[String]) -> Result<Roles, LayoutError> {
        match &self.part {
            Part::Checkpoint => layout::model_roles(names),
            Part::Tokenizer => {
                let roles = layout::model_roles(names)?;
                Ok(roles.into_iter().filter(|(role, _)| self.uses(role)).collect())
            }
            Part::Splits { language, files, train, validation, test } => {
                let parquet_first = !matches!(self.source, Source::Folder { .. });
                let converted = !parquet_first || self.origin.revision == CONVERTED;
                let (language, files) = (language.as_deref(), files.as_ref());
                let (train, validation, test) = (*train, *validation, *test);
                let layout = DataLayout { language, files, train, validation, test, converted, parquet_first };
                Ok(data_roles(names, layout)?)
            }
        }
    }

    /// What is wrong with a path that leads to a file instead of a folder.
    pub(super) fn is_a_file(&self) -> Problem {
        let written = self.origin.id.as_str();
        let (folder, file) = written.rsplit_once('/').unwrap_or((".", written));
        let folder = if folder.is_empty() { "/" } else { folder };
        let remedy = match self.origin.kind {
            Kind::Data => format!("write data.dataset = \"{folder}\" and data.files = {{ train = \"{file}\" }}"),
            Kind::Model => format!("name its folder: model.checkpoint = \"{folder}\""),
        };
        Problem::IsAFile { remedy }
    }

    /// The files needed, for a message.
    pub(super) fn described(&self) -> String {
        match &self.part {
            Part::Splits { language: Some(language), .. } => format!("the splits of {language}"),
            Part::Splits { .. } => "the splits".to_owned(),
            Part::Checkpoint => "configuration, weights and tokenizer".to_owned(),
            Part::Tokenizer => "configuration and tokenizer".to_owned(),
        }
    }

    /// Whether a file of this role, of what the program ships, belongs to the need.
    pub(super) fn uses(&self, role: &str) -> bool {
        match &self.part {
            Part::Checkpoint => true,
            Part::Tokenizer => !role.starts_with("weights/"),
            Part::Splits { train, validation, test, .. } => match role.split('/').next() {
                Some("train") => *train,
                Some("validation") => *validation,
                Some("test") => *test,
                _ => true,
            },
        }
    }
}

fn origin(kind: Kind, source: &Source, revision: &str) -> Origin {
    let (id, revision) = match source {
        Source::Hub(id) => (id.clone(), revision.to_owned()),
        Source::Folder { written, .. } => (written.clone(), String::new()),
        Source::Builtin(name) => (format!("builtin:{name}"), String::new()),
    };
    Origin { kind, id, revision }
}

/// Files with the roles that they play, as [`Need::roles`] orders them.
pub(super) type Cast = Vec<(String, InputFile)>;

/// Without the settings beside a `tokenizer.json` that change nothing of it: they are no inputs, so that a job's key does
/// not depend on them.
pub(super) fn settled(mut cast: Cast) -> Cast {
    let plays = |role: &str| role == "config" || role.starts_with("tokenizer/");
    let files: Vec<InputFile> = cast.iter().filter(|(role, _)| plays(role)).map(|(_, file)| file.clone()).collect();
    if files.iter().any(|file| file.name == "tokenizer.json") && !settings_count(&files) {
        cast.retain(|(role, file)| !role.starts_with("tokenizer/") || !is_setting(&file.name));
    }
    cast
}

fn playing(cast: &Cast, part: &str) -> Vec<InputFile> {
    let plays = |role: &str| role == part || role.split('/').next() == Some(part);
    cast.iter().filter(|(role, _)| plays(role)).map(|(_, file)| file.clone()).collect()
}

pub(super) fn data_inputs(cast: &Cast) -> DataInputs {
    DataInputs {
        train: playing(cast, "train"),
        validation: playing(cast, "validation"),
        test: playing(cast, "test"),
        readme: playing(cast, "readme").pop(),
        labels: playing(cast, "labels").pop(),
    }
}

pub(super) fn model_inputs(cast: &Cast) -> ModelInputs {
    ModelInputs {
        config: playing(cast, "config").pop().expect("a checkpoint's roles include its configuration"),
        weights: playing(cast, "weights"),
        tokenizer: playing(cast, "tokenizer"),
    }
}

/// Roles and hashes for a job's key. The README has no place in it: editing its prose is no new experiment.
pub(super) fn hashes(roles: impl Iterator<Item = (String, Sha256)>) -> std::collections::BTreeMap<String, Sha256> {
    roles.filter(|(role, _)| role != "readme").collect()
}
