//! `runner data`.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use rayon::ThreadPoolBuilder;

use crate::data::{Corpus, DataError, Split, Statistics};
use crate::experiment::ExperimentError;
use crate::hub;
use crate::lab::{Identity, LabError, SharedData, oddities};
use crate::ledger::{BUILTINS, JobInputs};
use crate::metrics::{Baseline, TagSet, majority};
use crate::parents::provide;
use crate::report::{data_text, wrapped};
use crate::results::{Layout, read_lock};
use crate::spec::{InputLength, Settings};

use super::args::{self, Verbosity};
use super::downloads::Downloads;
use super::failure::{Ending, Failure};
use super::page;
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{answer, warn};

/// Columns of the answer off a terminal.
const WIDTH: usize = 100;

/// Prints statistics of each data set, tokenizer and length of the experiment, once.
pub(super) fn data(arguments: &args::Data) -> Result<Ending, Failure> {
    let selected = arguments.change.load(&arguments.file, &arguments.place)?;
    let plan = &selected.plan;
    let lock = read_lock(&Layout::new(arguments.place.out.join(&plan.experiment.name)))?;
    let downloads = Downloads::new(Verbosity { verbose: 0, quiet: false });
    let options = hub::FetchOptions {
        offline: arguments.offline,
        without_weights: true,
        builtins: &BUILTINS,
        beside: plan.experiment.file.parent(),
        ..hub::FetchOptions::default()
    };
    // downloads resume, and nothing else has to be finished
    under_way(Work::Nothing);
    stop_on_signals();
    let settings: Vec<&Settings> = selected.selection.iter().map(|job| &plan.jobs[*job].settings).collect();
    let mut report = |event: hub::FetchEvent<'_>| downloads.hear(event);
    let missing = provide(settings.iter().copied(), options, &mut report);
    let fetched = match missing.is_empty() {
        true => hub::fetch(settings.iter().copied(), &lock, options, &mut report),
        false => Err(missing),
    };
    drop(downloads);
    let fetched = fetched.map_err(ExperimentError::Fetch)?;
    let threads = arguments.threads.map_or(0, NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| ExperimentError::from(LabError::from(error)))?;

    let mut seen = BTreeSet::new();
    for settings in settings {
        let inputs = JobInputs::of(&fetched, settings);
        let title = title(settings);
        if seen.insert((title.clone(), Identity::of_description(settings, &inputs))) {
            let text = pool.install(|| describe(&title, settings, &inputs))?;
            answer(&format!("{text}\n"))?;
        }
    }
    Ok(Ending::Well)
}

fn title(settings: &Settings) -> String {
    let data = &settings.data;
    let language = data.language.as_ref().map(|language| format!(" {language}")).unwrap_or_default();
    let part = validation_part(data).map(|part| format!(" ({part})")).unwrap_or_default();
    let size = |size| spec_size(size);
    let length = match settings.model.input_length() {
        InputLength::Cut(tokens) => format!("at {tokens}"),
        InputLength::Windows { tokens, .. } => format!("in windows of {tokens}"),
    };
    format!(
        "{}{language}, train {}, subset seed {}, validation {}{part}, test {}, {} {length}",
        data.dataset,
        size(data.train_size),
        data.subset_seed,
        size(data.size(Split::Validation)),
        size(data.test_size),
        settings.model.checkpoint
    )
}

/// Which training rows are the validation split; none if the data set has one.
fn validation_part(data: &crate::spec::Data) -> Option<String> {
    let seed = data.validation_seed;
    match (data.validation, data.folds, data.fold) {
        (Some(part), ..) => Some(format!("{} of train, seed {seed}", crate::spec::Value::from(part))),
        (None, Some(folds), Some(fold)) => Some(format!("fold {fold} of {folds} of train, seed {seed}")),
        _ => None,
    }
}

fn spec_size(size: crate::spec::Size) -> String {
    crate::spec::Value::from(size).to_string()
}

fn describe(title: &str, settings: &Settings, inputs: &JobInputs) -> Result<String, Failure> {
    let shared_data = SharedData::new([(settings, inputs)].into_iter());
    let said = |error: Arc<DataError>| {
        let file = error.file().and_then(|name| inputs.files().find(|file| file.name == name));
        Failure::Data(match file {
            Some(file) => format!("{error} (file: {})", file.path.display()),
            None => format!("{title}: {error}"),
        })
    };
    let corpus = shared_data.corpus(settings, inputs).map_err(said)?;
    let tokenizer = shared_data.tokenizer(settings, inputs).map_err(said)?;
    let statistics = Statistics::new(&corpus, &settings.data, &tokenizer, settings.model.input_length())
        .map_err(|error| said(Arc::new(error)))?;
    let baselines =
        baselines(settings, &corpus, &shared_data, inputs).map_err(|text| Failure::Data(format!("{title}: {text}")))?;
    oddities(&corpus, settings).iter().for_each(|(what, remedy)| warn(&format!("{what}: {remedy}")));
    let page = page::of_answers(WIDTH);
    Ok(format!("{}\n{}", wrapped("", 2, &page.heading(title), page.columns), data_text(&statistics, &baselines, page)))
}

/// Scores of the same tag for every word of the test split.
fn baselines(
    settings: &Settings,
    corpus: &Corpus,
    shared_data: &SharedData,
    inputs: &JobInputs,
) -> Result<Vec<Baseline>, String> {
    let test = corpus.first(Split::Test, settings.data.test_size).map_err(|error| error.to_string())?;
    if test.is_empty() {
        return Ok(Vec::new());
    }
    let encoded = shared_data.scored(settings, inputs, Split::Test).map_err(|error| error.to_string())?;
    let gold: Vec<&[u16]> = test.iter().map(|sentence| sentence.tags.as_slice()).collect();
    let seen: Vec<Vec<Option<u16>>> = (0..encoded.len())
        .map(|sentence| {
            let mut words = vec![None; encoded.words[sentence] as usize];
            let scored = encoded.windows_of(sentence).flat_map(|window| encoded.scored_words(window));
            scored.for_each(|word| words[*word as usize] = Some(0));
            words
        })
        .collect();
    let tags = TagSet::new(corpus.labels.names()).map_err(|error| error.to_string())?;
    majority(&tags, &gold, &seen).map_err(|error| error.to_string())
}
