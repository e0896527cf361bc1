//! Whether two results folders are of one experiment: equal jobs, selection and evaluation sets. Names, titles and what is
//! kept on disk may differ.

use crate::plan::Plan;
use crate::spec::{InJobKey, KeyPath, Value};

use super::error::MergeError;
use super::folder::Folder;

/// The key of an interval of curves.csv: no result depends on it, but that table does.
const LOG_EVERY: &str = "train.log_every";

/// # Errors
/// `OtherExperiment` with the first key that differs.
pub(super) fn check(first: &Folder, other: &Folder) -> Result<(), MergeError> {
    match differing(&first.plan, &other.plan) {
        None => Ok(()),
        Some((key, values)) => Err(MergeError::OtherExperiment { folders: [first.root(), other.root()], key, values }),
    }
}

/// The first key that differs, with its values.
fn differing(first: &Plan, other: &Plan) -> Option<(String, [String; 2])> {
    let key = KeyPath::all().filter(|key| bears(*key)).find_map(|key| {
        let [one, two] = [first, other].map(|plan| values(plan, key));
        (one != two).then(|| (key.as_str().to_owned(), [one, two]))
    });
    let differ = |part: &str, [one, two]: [String; 2]| (one != two).then(|| (part.to_owned(), [one, two]));
    key.or_else(|| differ("the matrix", [jobs(first, other), jobs(other, first)]))
        .or_else(|| differ("[select]", [first, other].map(selection)))
        .or_else(|| differ("[[evaluate]]", [first, other].map(evaluation)))
}

/// Whether two experiments with other values of a key are not one. Names of data sets and checkpoints may be written
/// differently: the lock says what they are.
fn bears(key: KeyPath) -> bool {
    matches!(key.known().in_job_key(), InJobKey::Always | InJobKey::UnlessDefault) || key.as_str() == LOG_EVERY
}

/// The values of a key over all jobs, each once.
fn values(plan: &Plan, key: KeyPath) -> String {
    let mut values: Vec<String> = Vec::new();
    for job in &plan.jobs {
        let value = job.settings.get(key).map_or_else(|| "unset".to_owned(), |value| value.to_string());
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values.join(", ")
}

/// How many jobs there are, and the first that the other plan does not have in its place.
fn jobs(own: &Plan, other: &Plan) -> String {
    let there = |at: usize| other.jobs.get(at).map(|job| &job.label);
    let differs = own.jobs.iter().enumerate().find(|(at, job)| there(*at) != Some(&job.label));
    let with = differs.map(|(at, job)| format!(", of which job {} is {}", at + 1, job.label));
    format!("{} jobs{}", own.jobs.len(), with.unwrap_or_default())
}

fn selection(plan: &Plan) -> String {
    match &plan.experiment.select {
        None => "missing".to_owned(),
        Some(select) => {
            let over: Vec<&str> = select.over.iter().map(|key| key.as_str()).collect();
            let halving = select.halving.map(|halving| {
                format!(", first_rung {}, reduction_factor {}", halving.first_rung, halving.reduction_factor)
            });
            format!("by {} over {}{}", select.by, over.join(", "), halving.unwrap_or_default())
        }
    }
}

fn evaluation(plan: &Plan) -> String {
    let sets = plan.experiment.evaluate.iter().map(|set| {
        let data = set.data.iter().filter(|given| bears(given.key()));
        let data = data.map(|given| format!(", {}={}", given.key(), given.value())).collect::<String>();
        format!("{} (split={}, size={}{data})", set.name, set.split.name(), Value::from(set.size))
    });
    let sets: Vec<String> = sets.collect();
    if sets.is_empty() { "missing".to_owned() } else { sets.join("; ") }
}
