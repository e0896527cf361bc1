//! The model card of an export: what was trained on what, its scores, how to use it, what reproduces it. Equal results give
//! equal cards: no time, no version of the program, no path that the experiment does not have.

use std::fmt::Write as _;

use crate::export::Facts;
use crate::files::FloatFormat;
use crate::hub::{Kind, Origin, Pinned, PinnedFile, RelativeName};
use crate::metrics::{Metric, Scheme};
use crate::results::ScoredSplit;
use crate::spec::{Decoding, InputLength, Settings, Value};
use crate::trained::TrainedJob;

use super::format::{Cell, Column, Format, Table, markdown_text};
use super::front_matter::{front_matter, quoted_split, written};
use super::page::Page;

/// The tables of the experiment file that bear on a model.
const TABLES: [&str; 3] = ["data", "model", "train"];

/// The text of README.md.
pub fn model_card(job: &TrainedJob, facts: &Facts, format: FloatFormat) -> String {
    let title = title(facts);
    let parts = [
        front_matter(job, facts, &title),
        format!("# {}\n", prose(&title)),
        summary(job, facts),
        format!("## Scores\n\n{}", scores(facts)),
        format!("## Use\n\n{}", usage(job, format)),
        format!("## License\n\n{}", license(&job.settings, facts)),
        format!("## Training\n\n{}", training(&job.settings, facts)),
        format!("## What reproduces it\n\n{}", origins(job, facts)),
    ];
    parts.join("\n")
}

/// The experiment and the job's label; the label alone does not say of what.
fn title(facts: &Facts) -> String {
    match facts.record.label.as_str() {
        "base" => facts.folder.clone(),
        label => format!("{} {label}", facts.folder),
    }
}

/// Text of users within prose: on one line, without control characters, nothing in it a mark.
fn prose(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    let mut escaped = String::new();
    for letter in markdown_text(&plain).chars() {
        if matches!(letter, '_' | '[' | ']' | '#' | '!' | '&' | '$') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Text of users as code within prose.
fn code(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    let fence = "`".repeat(longest_run(&plain) + 1);
    let space = if plain.starts_with('`') || plain.ends_with('`') || plain.is_empty() { " " } else { "" };
    format!("{fence}{space}{plain}{space}{fence}")
}

/// Lines as a block of code.
fn block(language: &str, lines: &str) -> String {
    let fence = "`".repeat((longest_run(lines) + 1).max(3));
    format!("{fence}{language}\n{lines}{fence}\n")
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

fn markdown(columns: &[(&str, bool)], rows: Vec<Vec<Cell>>) -> String {
    let columns = columns.iter().map(|(name, is_number)| Column::new(name, *is_number)).collect();
    Table { columns, rows }.text(Format::Md, Page::plain(usize::MAX))
}

fn summary(job: &TrainedJob, facts: &Facts) -> String {
    let Settings { data, model, .. } = &job.settings;
    let language =
        data.language.as_ref().map(|language| format!(", {}", code(&language.to_string()))).unwrap_or_default();
    let set = format!("{}{language}", code(&written(facts, "data.dataset", &data.dataset)));
    let checkpoint = code(&written(facts, "model.checkpoint", &model.checkpoint));
    let family = job.config.family.name;
    let what = if job.settings.is_untrained() {
        format!("The token classifier {checkpoint} ({family}) as it is, scored on {set}; nothing was trained.")
    } else {
        let size = job.address.record.settings.get("data.train_size").map_or("all", String::as_str);
        format!(
            "{checkpoint} ({family}) fine-tuned for named-entity recognition on {set} (training sentences: {size})."
        )
    };
    let types: Vec<String> = job.labels().iter().filter_map(|label| label.strip_prefix("B-")).map(code).collect();
    let score = quoted_split(facts).and_then(|split| {
        let score = facts.record.measurements()?.score(split, Metric::EntityF1)?;
        Some(format!(" It reaches an entity F1 of {:.3} on the {} split.", score.value(), split.name()))
    });
    format!("{what} It marks entities of the types {}.{}\n", types.join(", "), score.unwrap_or_default())
}

fn scores(facts: &Facts) -> String {
    let Some(measured) = facts.record.measurements() else { return "none\n".to_owned() };
    let splits: Vec<ScoredSplit> = measured.splits.keys().copied().collect();
    let Some(first) = splits.first().copied() else { return "No split was scored.\n".to_owned() };
    let sizes: Vec<String> = splits
        .iter()
        .map(|split| match facts.sentences.get(split) {
            Some(1) => format!("{}: 1 sentence", split.name()),
            Some(count) => format!("{}: {count} sentences", split.name()),
            None => format!("{}: the number of sentences is not known", split.name()),
        })
        .collect();
    let columns: Vec<(&str, bool)> =
        [("score", false)].into_iter().chain(splits.iter().map(|split| (split.name(), true))).collect();
    let rows = Metric::ALL.into_iter().map(|metric| {
        let value = |split: &ScoredSplit| measured.score(*split, metric).map(|score| score.value());
        let cells = splits.iter().map(|split| Cell::number(value(split), 4));
        [Cell::text(metric.name())].into_iter().chain(cells).collect()
    });
    let mut text = format!("{}. The score to quote is `entity_f1`.\n\n", sizes.join("; "));
    text += &markdown(&columns, rows.collect());
    let entities = measured.splits.get(&first).map_or(&[][..], |scores| &scores.entities);
    let rows: Vec<Vec<Cell>> = entities
        .iter()
        .filter(|row| row.scheme == Scheme::Conlleval)
        .map(|row| {
            let numbers = [row.precision, row.recall, row.f1].map(|score| Cell::number(Some(score.value()), 4));
            let support = Cell::count(usize::try_from(row.support).unwrap_or(usize::MAX));
            [Cell::text(row.kind.as_str())].into_iter().chain(numbers).chain([support]).collect()
        })
        .collect();
    if !rows.is_empty() {
        let numbers = ["precision", "recall", "f1", "support"].map(|name| (name, true));
        let columns: Vec<(&str, bool)> = [("type", false)].into_iter().chain(numbers).collect();
        let _infallible = write!(text, "\nPer type, on the {} split:\n\n{}", first.name(), markdown(&columns, rows));
    }
    text
}

fn usage(job: &TrainedJob, format: FloatFormat) -> String {
    let python = "from transformers import pipeline\n\n\
        tagger = pipeline(\"token-classification\", \"path/to/this/folder\", aggregation_strategy=\"first\")\n\
        for entity in tagger(\"Write a sentence of your own here.\"):\n    \
        print(entity[\"entity_group\"], entity[\"word\"], entity[\"start\"], entity[\"end\"], entity[\"score\"])\n";
    let longest = job.settings.model.input_length().tokens().min(job.config.longest());
    let longer = match job.settings.model.input_length() {
        InputLength::Cut(_) => format!("Inputs are cut off behind {longest} tokens, as in training"),
        InputLength::Windows { stride, .. } => {
            let shared = stride.map_or_else(|| "half of their tokens".to_owned(), |stride| format!("{stride} tokens"));
            format!(
                "Inputs are cut off behind {longest} tokens; in training longer ones were read in windows of that length \
                 that share {shared}, for which the pipeline takes `stride`"
            )
        }
    };
    format!(
        "{}{}\nA word has the tag of its first token. {longer}; weights are {format}. The tokenizer needs no \
         settings: `tokenizer.json` holds all of it.\n\nThe folder is a checkpoint for `runner`, \
         too: `model.checkpoint = \"./path/to/this/folder\"`.\n",
        block("python", python),
        decoding(job)
    )
}

/// What transformers does otherwise.
fn decoding(job: &TrainedJob) -> &'static str {
    match (job.config.crf, job.settings.model.decoding) {
        (true, _) => {
            "\nThe model has a CRF: `crf.start_transitions`, `crf.end_transitions` and `crf.transitions` in \
             `model.safetensors`, as pytorch-crf names them. The scores above are of the best sequence of tags (Viterbi). \
             transformers ignores these tensors and takes each word's best tag, so its answers differ: use \
             `runner predict`, or decode with them.\n"
        }
        (false, Decoding::Constrained) => {
            "\nThe scores above are of the best sequence of tags that IOB2 allows (Viterbi). transformers takes each word's \
             best tag, so its answers may differ: use `runner predict`.\n"
        }
        (false, Decoding::Argmax) => "",
    }
}

fn license(settings: &Settings, facts: &Facts) -> String {
    format!(
        "Not stated. Fill in `license` at the head of this file before you publish it: the licenses of the checkpoint {} \
         and of the data set {} decide which one this model may have.\n",
        code(&written(facts, "model.checkpoint", &settings.model.checkpoint)),
        code(&written(facts, "data.dataset", &settings.data.dataset)),
    )
}

fn training(settings: &Settings, facts: &Facts) -> String {
    let mut lines = String::new();
    for table in TABLES {
        let _infallible = writeln!(lines, "{}[{table}]", if lines.is_empty() { "" } else { "\n" });
        for (key, value) in settings.entries().filter(|(key, _)| key.table() == table && key.affects_results()) {
            let value = match &value {
                Value::Source(source) => Value::from(written(facts, key.as_str(), source).as_str()),
                _ => value,
            };
            let _infallible = writeln!(lines, "{} = {}", key.name(), value.to_toml());
        }
    }
    format!("Every setting, as the experiment file has it, defaults included:\n\n{}", block("toml", &lines))
}

fn origins(job: &TrainedJob, facts: &Facts) -> String {
    let outcome = &facts.record.outcome;
    let mut text = format!(
        "Job {}, key `{}`; its training has the key `{}`. The same key in the same environment gives the same bytes.\n",
        code(&job.address.record.label),
        outcome.key,
        job.training.as_str()
    );
    for (origin, pinned) in &facts.inputs {
        let _infallible = write!(text, "\n{}\n\n{}", described(origin, pinned), files(pinned));
    }
    let precision = outcome.precision.as_deref().map(|precision| format!(", {precision}")).unwrap_or_default();
    let _infallible = write!(text, "\nEnvironment: {}{precision}", code(&outcome.environment));
    for (key, value) in &facts.environment {
        let _infallible = write!(text, "; {}: {}", prose(key), code(value));
    }
    text + "\n"
}

fn described(origin: &Origin, pinned: &Pinned) -> String {
    let kind = if origin.kind == Kind::Data { "data set" } else { "checkpoint" };
    let revision = match origin.revision.as_str() {
        "" => String::new(),
        revision => format!(", revision {}", code(revision)),
    };
    let commit = pinned.commit.as_deref().map(|commit| format!(", commit `{commit}`")).unwrap_or_default();
    format!("The {kind} {}{revision}{commit}:", code(&origin.id))
}

fn files(pinned: &Pinned) -> String {
    let row = |(name, file): (&RelativeName, &PinnedFile)| {
        let size = Cell::count(usize::try_from(file.size).unwrap_or(usize::MAX));
        vec![Cell::text(name.as_str()), size, Cell::text(file.sha256.as_str())]
    };
    markdown(&[("file", false), ("bytes", true), ("SHA-256", false)], pinned.files.iter().map(row).collect())
}
