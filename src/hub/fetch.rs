//! Brings every input of every job to this machine, whole, and pins it; what fails is listed together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::need::{Cast, Need, data_inputs, hashes, model_inputs};
use super::origin::described;
use super::session::Session;
use super::{
    DataInputs, Event, FetchError, InputFile, Kind, Lock, ModelInputs, Options, Pinned, PinnedFile, Problem,
    RelativeName,
};
use crate::hash::InputHashes;
use crate::spec::Settings;

/// Every input of a plan, on this machine.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    casts: BTreeMap<Need, Cast>,
    without_weights: bool,
    /// What was used, pinned.
    pub lock: Lock,
}

impl Fetched {
    /// The files of a job's data set.
    ///
    /// # Panics
    /// If the job was not among those fetched for; so do the others.
    pub fn data(&self, settings: &Settings) -> DataInputs {
        data_inputs(self.cast(&Need::data(settings)))
    }

    /// The files of a job's checkpoint.
    pub fn model(&self, settings: &Settings) -> ModelInputs {
        model_inputs(self.cast(&model_need(settings, self.without_weights)))
    }

    /// The hashes for a job's key.
    pub fn hashes(&self, settings: &Settings) -> InputHashes {
        let of = |need| hashes(self.cast(&need).iter().map(|(role, file)| (role.clone(), file.sha256.clone())));
        InputHashes { data: of(Need::data(settings)), model: of(model_need(settings, self.without_weights)) }
    }

    fn cast(&self, need: &Need) -> &Cast {
        self.casts.get(need).expect("the inputs of every job of the plan are fetched together")
    }
}

/// Fetches what `jobs` need. A commit that `lock` pins is used again, and its files must hash to what it pins.
///
/// # Errors
/// Everything that is not there. Once the hub is found out of reach, it is not tried again. [`Problem::Interrupted`] among
/// them: it was stopped.
pub fn fetch<'j>(
    jobs: impl IntoIterator<Item = &'j Settings>,
    lock: &Lock,
    options: Options<'_>,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Fetched, Vec<FetchError>> {
    let model = |job| model_need(job, options.without_weights);
    let needs: BTreeSet<Need> = jobs.into_iter().flat_map(|job| [Need::data(job), model(job)]).collect();
    let mut session = Session::new(lock, options, report);
    let (mut fetched, mut errors) =
        (Fetched { without_weights: options.without_weights, ..Fetched::default() }, Vec::new());
    for need in needs {
        match session.cast(&need) {
            Ok((commit, cast)) => {
                let pinned = fetched.lock.inputs.entry(need.origin.clone()).or_insert_with(Pinned::default);
                pinned.commit = commit;
                let pin = |file: &InputFile| PinnedFile { sha256: file.sha256.clone(), size: file.size };
                let named = |file: &InputFile| RelativeName::parse(&file.name).expect("listings hold nothing else");
                pinned.files.extend(cast.iter().map(|(_, file)| (named(file), pin(file))));
                fetched.casts.insert(need, cast);
            }
            Err(problems) => {
                let (input, stopped) = (described(&need.origin), problems.iter().any(Problem::is_interruption));
                errors.extend(problems.into_iter().map(|problem| {
                    let folder =
                        options.beside.filter(|_| problem.is_of_a_name()).and_then(|beside| hint(&need, beside));
                    need.error(&input, problem, folder)
                }));
                if stopped {
                    break;
                }
            }
        }
    }
    // the languages of one data set may all fail for one reason
    let mut told = BTreeSet::new();
    errors.retain(|error: &FetchError| told.insert(error.to_string()));
    if errors.is_empty() { Ok(fetched) } else { Err(errors) }
}

fn model_need(settings: &Settings, without_weights: bool) -> Need {
    if without_weights { Need::tokenizer(settings) } else { Need::model(settings) }
}

/// Says that a folder lies where the repository's name would lead: transformers would take it.
fn hint(need: &Need, beside: &Path) -> Option<String> {
    let id = &need.origin.id;
    let key = match need.origin.kind {
        Kind::Data => "data.dataset",
        Kind::Model => "model.checkpoint",
    };
    let is_folder = RelativeName::parse(id).is_some_and(|name| beside.join(name.as_str()).is_dir());
    is_folder.then(|| format!("there is a folder ./{id}: for that, write {key} = \"./{id}\""))
}
