//! The YAML at the head of a model card, as the hub reads it. It must not know Markdown.

use serde::Serialize;

use crate::export::Facts;
use crate::metrics::Metric;
use crate::results::ScoredSplit;
use crate::spec::Source;
use crate::trained::TrainedJob;

/// What stands in place of a license, which nobody but the owner can state.
const LICENSE: &str = "# license: fill in, as the licenses of the checkpoint and of the data allow; see below\n";

#[derive(Serialize)]
struct FrontMatter<'a> {
    library_name: &'static str,
    pipeline_tag: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(rename = "language", skip_serializing_if = "Vec::is_empty")]
    languages: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_model: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    datasets: Vec<&'a str>,
    tags: [&'static str; 3],
    metrics: [&'static str; 3],
    #[serde(rename = "model-index", skip_serializing_if = "Vec::is_empty")]
    model_index: Vec<IndexedModel<'a>>,
}

#[derive(Serialize)]
struct IndexedModel<'a> {
    name: String,
    results: Vec<IndexedResult<'a>>,
}

#[derive(Serialize)]
struct IndexedResult<'a> {
    task: Task,
    dataset: DataSet<'a>,
    metrics: Vec<Score>,
}

#[derive(Serialize)]
struct Task {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct DataSet<'a> {
    name: String,
    #[serde(rename = "type")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    split: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<&'a str>,
}

#[derive(Serialize)]
struct Score {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    value: f64,
}

/// The front matter with its fences. `title` is what the model is called.
pub(super) fn front_matter(job: &TrainedJob, facts: &Facts, title: &str) -> String {
    let settings = &job.settings;
    let names = settings.data.language.iter().flat_map(|languages| languages.names());
    let languages: Vec<&str> = names.map(String::as_str).filter(|name| is_language(name)).collect();
    let matter = FrontMatter {
        library_name: "transformers",
        pipeline_tag: "token-classification",
        language: match languages[..] {
            [one] => Some(one),
            _ => None,
        },
        languages: if languages.len() > 1 { languages } else { Vec::new() },
        base_model: hub_id(&settings.model.checkpoint),
        datasets: hub_id(&settings.data.dataset).into_iter().collect(),
        tags: ["token-classification", "named-entity-recognition", "ner"],
        metrics: ["f1", "precision", "recall"],
        model_index: index(job, facts, title),
    };
    let yaml = serde_saphyr::to_string(&matter).expect("text and numbers are YAML");
    format!("---\n{LICENSE}{yaml}---\n")
}

/// The scores of the test split, or of the validation split where that alone is scored.
fn index<'a>(job: &'a TrainedJob, facts: &'a Facts, title: &str) -> Vec<IndexedModel<'a>> {
    let data = &job.settings.data;
    let Some(split) = quoted_split(facts) else { return Vec::new() };
    let score = |(kind, metric): (&'static str, Metric)| {
        let value = facts.record.measurements()?.score(split, metric)?.value();
        Some(Score { kind, name: metric.name(), value })
    };
    let named = [("f1", Metric::EntityF1), ("precision", Metric::EntityPrecision), ("recall", Metric::EntityRecall)];
    let metrics: Vec<Score> = named.into_iter().filter_map(score).collect();
    if metrics.is_empty() {
        return Vec::new();
    }
    let (_, pinned) = &facts.inputs[0];
    let name = written(facts, "data.dataset", &data.dataset);
    let dataset = DataSet {
        name: name.clone(),
        id: name,
        config: data.language.as_ref().map(ToString::to_string),
        split: split.name(),
        revision: pinned.commit.as_deref(),
    };
    let task = Task { kind: "token-classification", name: "Named-entity recognition" };
    let results = vec![IndexedResult { task, dataset, metrics }];
    vec![IndexedModel { name: title.to_owned(), results }]
}

/// The split whose scores a card quotes.
pub(super) fn quoted_split(facts: &Facts) -> Option<ScoredSplit> {
    let splits = &facts.record.measurements()?.splits;
    ScoredSplit::ALL.into_iter().find(|split| splits.contains_key(split))
}

/// A data set or checkpoint as the experiment was written: read back, a folder is named as seen from the results.
pub(super) fn written(facts: &Facts, key: &str, source: &Source) -> String {
    match (source, facts.record.settings.get(key)) {
        (Source::Folder { .. }, Some(written)) => written.clone(),
        _ => source.to_string(),
    }
}

fn hub_id(source: &Source) -> Option<&str> {
    match source {
        Source::Hub(id) => Some(id),
        Source::Folder { .. } | Source::Builtin(_) | Source::Job(_) => None,
    }
}

/// Whether a configuration of a data set is named as a language: two or three letters.
fn is_language(name: &str) -> bool {
    (2..=3).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase())
}
