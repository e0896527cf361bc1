//! Fetches and pins every input of every job, and lists all that fails together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::need::{Need, RoleFiles, data_inputs, hashes, model_inputs};
use super::origin::described;
use super::session::{FetchedPart, Session};
use super::{
    DataInputs, FetchError, FetchEvent, FetchOptions, FetchProblem, InputFile, Kind, Lock, ModelInputs, Origin, Pinned,
    RelativeName,
};
use crate::hash::InputHashes;
use crate::spec::{Settings, Source};

/// Every input of a plan, on this machine.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    files: BTreeMap<Need, RoleFiles>,
    /// The same by the repository and revision that each file is from.
    parts: BTreeMap<Need, RoleFiles>,
    without_weights: bool,
    /// Files that were not on this machine before.
    downloaded: BTreeSet<(Origin, RelativeName)>,
    /// Pins of all files in it.
    pub lock: Lock,
}

impl Fetched {
    /// The files of a job's data set.
    ///
    /// # Panics
    /// If the job was not among those of [`fetch`].
    pub fn data(&self, settings: &Settings) -> DataInputs {
        data_inputs(self.files_of(&Need::data(settings)))
    }

    /// The files of a job's checkpoint; panics as [`Self::data`] does.
    pub fn model(&self, settings: &Settings) -> ModelInputs {
        model_inputs(self.files_of(&model_need(settings, self.without_weights)))
    }

    /// The hashes for a job's key; panics as [`Self::data`] does.
    pub fn hashes(&self, settings: &Settings) -> InputHashes {
        let of = |need| hashes(self.files_of(&need).iter().map(|(role, file)| (role.clone(), file.sha256.clone())));
        InputHashes { data: of(Need::data(settings)), model: of(model_need(settings, self.without_weights)) }
    }

    /// Every input once, with the files that any job reads of it.
    pub fn inputs(&self) -> Vec<FetchedInput> {
        let mut inputs: BTreeMap<&Origin, FetchedInput> = BTreeMap::new();
        for (need, files) in &self.parts {
            let input = inputs.entry(&need.origin).or_insert_with(|| FetchedInput {
                origin: need.origin.clone(),
                source: need.source.clone(),
                commit: self.lock.inputs.get(&need.origin).and_then(|pinned| pinned.commit.clone()),
                files: BTreeMap::new(),
                downloaded: 0,
            });
            input.files.extend(files.iter().map(|(_, file)| (file.name.clone(), file.clone())));
        }
        for input in inputs.values_mut() {
            let new = input.files.values().filter(|file| self.is_new(&input.origin, &file.name));
            input.downloaded = new.count();
        }
        inputs.into_values().collect()
    }

    fn is_new(&self, origin: &Origin, name: &str) -> bool {
        RelativeName::parse(name).is_some_and(|name| self.downloaded.contains(&(origin.clone(), name)))
    }

    fn files_of(&self, need: &Need) -> &RoleFiles {
        self.files.get(need).expect("the inputs of every job of the plan are fetched together")
    }
}

/// A repository, folder or built-in, with what the jobs read of it.
#[derive(Debug, Clone)]
pub struct FetchedInput {
    /// Its name and revision.
    pub origin: Origin,
    /// What it is.
    pub source: Source,
    /// The commit; none for a folder or a built-in.
    pub commit: Option<String>,
    /// The files by their names in it.
    pub files: BTreeMap<String, InputFile>,
    /// How many of them were fetched now.
    pub downloaded: usize,
}

impl FetchedInput {
    /// Size of its files in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }
}

/// Fetches the inputs of `jobs`. Commits and hashes in `lock` are binding.
///
/// # Errors
/// Everything that is missing. A hub that cannot be reached is not tried again. With [`FetchProblem::Interrupted`] among
/// the problems, the fetch was stopped.
pub fn fetch<'j>(
    jobs: impl IntoIterator<Item = &'j Settings>,
    lock: &Lock,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<Fetched, Vec<FetchError>> {
    let model = |job| model_need(job, options.without_weights);
    let needs: BTreeSet<Need> = jobs.into_iter().flat_map(|job| [Need::data(job), model(job)]).collect();
    let mut session = Session::new(lock, options, report);
    let (mut fetched, mut errors) =
        (Fetched { without_weights: options.without_weights, ..Fetched::default() }, Vec::new());
    for need in needs {
        match session.fetch(&need) {
            Ok(parts) => {
                let mut all = RoleFiles::new();
                for FetchedPart { need, commit, files } in parts {
                    let pinned = fetched.lock.inputs.entry(need.origin.clone()).or_insert_with(Pinned::default);
                    pinned.commit = commit;
                    pinned.add(&need, &files);
                    all.extend(files.iter().cloned());
                    fetched.parts.insert(need, files);
                }
                fetched.files.insert(need, all);
            }
            Err(problems) => {
                let (input, stopped) = (described(&need.origin), problems.iter().any(FetchProblem::is_interruption));
                errors.extend(problems.into_iter().map(|problem| {
                    let folder =
                        options.beside.filter(|_| problem.may_mean_a_folder()).and_then(|beside| hint(&need, beside));
                    need.error(&input, problem, folder)
                }));
                if stopped {
                    break;
                }
            }
        }
    }
    fetched.downloaded = session.downloaded;
    // the languages of one data set may all fail for one reason
    let mut reported = BTreeSet::new();
    errors.retain(|error: &FetchError| reported.insert(error.to_string()));
    if errors.is_empty() { Ok(fetched) } else { Err(errors) }
}

/// The files of one job's checkpoint, as [`fetch`] finds them.
///
/// # Errors
/// Everything that is missing.
pub fn fetch_checkpoint(
    settings: &Settings,
    lock: &Lock,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<ModelInputs, Vec<FetchError>> {
    let need = model_need(settings, options.without_weights);
    let fetched = Session::new(lock, options, report).fetch(&need);
    let input = described(&need.origin);
    let error = |problem| need.error(&input, problem, None);
    let parts = fetched.map_err(|problems| problems.into_iter().map(error).collect::<Vec<_>>())?;
    Ok(model_inputs(&parts.into_iter().flat_map(|part| part.files).collect()))
}

fn model_need(settings: &Settings, without_weights: bool) -> Need {
    if without_weights { Need::tokenizer(settings) } else { Need::model(settings) }
}

/// A hint that a local folder has the repository's name; transformers would use that folder.
fn hint(need: &Need, beside: &Path) -> Option<String> {
    let id = &need.origin.id;
    let key = match need.origin.kind {
        Kind::Data => "data.dataset",
        Kind::Model => "model.checkpoint",
    };
    let is_folder = RelativeName::parse(id).is_some_and(|name| beside.join(name.as_str()).is_dir());
    is_folder.then(|| format!("to use the folder ./{id}, write {key} = \"./{id}\""))
}
