//! Whether scores follow from predictions and gold tags, and whether every file of predictions/ belongs to a row. It must
//! not know data sets.

use std::collections::BTreeSet;
use std::fs;

use crate::ledger::{Id, Part};
use crate::metrics::Metric;
use crate::results::{
    Measurements, ReadTags, Record, ResultsError, ScoredSplit, Snapshot, SplitScores, TagNames, Tags,
    entity_differences, prediction_name, rescored,
};
use crate::spec::Size;
use crate::words::counted;

use super::finding::{Check, Checked, Finding, UNREAD};
use super::folder::Folder;

const REMEDY: &str = "the table or the predictions were edited: restore them from git; `runner rescore DIR` makes the \
                      scores anew from the predictions, `runner verify --rerun 1 DIR` says whether these are right";
const MISSING: &str = "restore the file from git or a copy, or predict again with --force";
const EXTRA: &str = "remove the file; a run does so by itself";

/// A row and what it shows of a split.
struct Claim<'a> {
    file: &'static str,
    row: String,
    record: &'a Record,
    set: Option<&'a str>,
    split: ScoredSplit,
    /// Sentences that the settings ask for; none if that is all.
    size: Option<usize>,
}

/// Every scored row again from its predictions.
pub(super) fn check(folder: &Folder) -> Result<Checked, ResultsError> {
    if folder.tables.is_none() {
        return Ok(Checked::not(Check::Predictions, UNREAD));
    }
    let files = files(folder);
    if files.is_empty() {
        return Ok(Checked::not(Check::Predictions, "no predictions"));
    }
    let mut snapshot = Snapshot::of_folder(folder.layout.root())?;
    let sets: Vec<String> = snapshot.sets().into_iter().map(str::to_owned).collect();
    let on_sets: Vec<(String, Vec<Record>)> =
        sets.into_iter().map(|set| (set.clone(), snapshot.records(Some(&set)))).collect();
    let mut claims: Vec<Claim<'_>> = folder.records().iter().flat_map(|record| of_row(folder, record)).collect();
    claims.extend(on_sets.iter().flat_map(|(set, records)| of_set(folder, set, records)));
    let (mut names, mut scored, mut used) = (TagNames::default(), 0, BTreeSet::new());
    let mut checked = Checked::new(Check::Predictions, "");
    for claim in &claims {
        used.insert(name(claim));
        let tags = snapshot.tags(&mut names, claim.record, claim.set, claim.split)?;
        if let Tags::Read(read) = &tags {
            scored += 1;
            used.extend(read.file.strip_prefix("predictions/").map(str::to_owned));
        }
        checked.findings.extend(of_claim(folder, claim, &names, tags));
    }
    checked.extent = format!("{} scored again", counted(scored, "file"));
    let extra = files.iter().filter(|name| !name.starts_with("gold-") && !used.contains(*name));
    checked.findings.extend(extra.map(|name| {
        let file = format!("predictions/{name}");
        Finding::at(&file, "", "the file").found("there", "").from("no row has it", EXTRA)
    }));
    checked.findings.extend(snapshot.notices.iter().map(|notice| {
        let problem = notice.split("; ").next().unwrap_or(notice);
        Finding::at("predictions", "", "gold tags").found(problem, "").from("", MISSING)
    }));
    Ok(checked)
}

/// What does not hold of a row's tags on a split.
fn of_claim(folder: &Folder, claim: &Claim<'_>, names: &TagNames, tags: Tags) -> Vec<Finding> {
    let file = format!("predictions/{}", name(claim));
    match tags {
        Tags::Missing => {
            vec![Finding::at(&file, &claim.row, "the file").found("", "there").from(claim.file, MISSING)]
        }
        Tags::Unusable(problem) => {
            let finding = Finding::at(&file, &claim.row, "").found(problem, "tags of the sentences of gold tags");
            vec![finding.from("", MISSING)]
        }
        Tags::Read(read) => of_tags(folder, claim, names, &read),
    }
}

/// The `.tags` files of the folder.
fn files(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.layout.predictions_folder()).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect();
    names.retain(|name| name.ends_with(".tags"));
    names.sort();
    names
}

/// The name of a row's predictions.
fn name(claim: &Claim<'_>) -> String {
    prediction_name(&claim.record.label, claim.set, claim.split)
}

/// What a row of results.csv shows: every split that its settings score.
fn of_row<'a>(folder: &Folder, record: &'a Record) -> Vec<Claim<'a>> {
    let Some(measured) = record.measurements() else { return Vec::new() };
    let settings = folder.part_of(record).and_then(|id| Some(folder.ledger.as_ref()?.settings_of(id)));
    let size = |split: ScoredSplit| settings.map(|settings| settings.data.size(split.split()));
    let is_scored = |split: &ScoredSplit| match size(*split) {
        Some(size) => size != Size::Rows(0),
        None => measured.splits.contains_key(split),
    };
    let claim = |split| Claim {
        file: "results.csv",
        row: record.label.clone(),
        record,
        set: None,
        split,
        size: size(split).and_then(rows),
    };
    ScoredSplit::ALL.into_iter().filter(is_scored).map(claim).collect()
}

/// What the rows of an evaluation set show.
fn of_set<'a>(folder: &Folder, set: &'a str, records: &'a [Record]) -> impl Iterator<Item = Claim<'a>> {
    let scored = records.iter().filter(|record| record.measurements().is_some());
    scored.map(move |record| Claim {
        file: "evaluations.csv",
        row: format!("{} on {set}", record.label),
        record,
        set: Some(set),
        split: ScoredSplit::Test,
        size: set_size(folder, &record.label, set),
    })
}

fn rows(size: Size) -> Option<usize> {
    match size {
        Size::All => None,
        Size::Rows(rows) => Some(rows),
    }
}

fn set_size(folder: &Folder, label: &str, set: &str) -> Option<usize> {
    let job = *folder.jobs.get(label)?;
    let place = folder.plan.as_ref()?.experiment.evaluate.iter().position(|one| one.name == set)?;
    rows(folder.ledger.as_ref()?.settings_of(Id { job, part: Part::Set(place) }).data.test_size)
}

/// Scores, types, unseen words and sentences of a row against its tags.
fn of_tags(folder: &Folder, claim: &Claim<'_>, names: &TagNames, read: &ReadTags) -> Vec<Finding> {
    let Some(measured) = claim.record.measurements() else { return Vec::new() };
    let before = measured.splits.get(&claim.split).cloned().unwrap_or_default();
    let right = rescored(&before, &names.set(), read);
    let mut findings = of_metrics(folder, claim, &before, &right, read);
    if claim.set.is_none() {
        let differences = entity_differences(&claim.row, claim.split, &before.entities, &right.entities);
        let of_types: Vec<Finding> = differences.into_iter().map(|one| Finding::of(one, &read.file, REMEDY)).collect();
        // one edited cell leaves the other table as it was; edited predictions contradict both
        let is_both = !findings.is_empty() && !of_types.is_empty();
        findings.extend(of_types);
        if is_both {
            findings = findings.into_iter().map(turned).collect();
        }
    }
    findings.extend(of_unseen(claim, measured, read));
    if let Some(size) = claim.size.filter(|size| *size != read.gold.sentences.len()) {
        findings.push(
            Finding::at(&read.file, &claim.row, "sentences")
                .found(read.gold.sentences.len(), size)
                .from("experiment.toml", MISSING),
        );
    }
    findings
}

/// The same of the predictions: what they say, and what the table has.
fn turned(Finding { file, row, column, found, expected, source, remedy }: Finding) -> Finding {
    Finding { file: source, row, column, found: expected, expected: found, source: file, remedy }
}

fn of_metrics(
    folder: &Folder,
    claim: &Claim<'_>,
    before: &SplitScores,
    right: &SplitScores,
    read: &ReadTags,
) -> Vec<Finding> {
    let cells = Metric::ALL.into_iter().map(|metric| {
        let column = match claim.set {
            None => format!("{}_{}", claim.split.name(), metric.name()),
            Some(_) => metric.name().to_owned(),
        };
        // a table from before a metric existed has no column for it
        let header = folder.tables.as_ref().map_or(&[][..], |tables| &tables.header);
        let is_shown = claim.set.is_some() || header.contains(&column);
        let values = [before, right].map(|scores| scores.metrics.get(&metric).copied());
        let [found, expected] = values.map(|value| value.map(|value| value.to_string()).unwrap_or_default());
        (is_shown && found != expected)
            .then(|| Finding::at(claim.file, &claim.row, &column).found(found, expected).from(&read.file, REMEDY))
    });
    cells.flatten().collect()
}

/// Words that the model did not see have no tag.
fn of_unseen(claim: &Claim<'_>, measured: &Measurements, read: &ReadTags) -> Option<Finding> {
    let unseen = read.predicted.iter().flatten().filter(|word| word.is_none()).count() as u64;
    let is_wrong = claim.split == ScoredSplit::Test && measured.words_unseen != Some(unseen);
    let found = measured.words_unseen.map(|words| words.to_string()).unwrap_or_default();
    is_wrong.then(|| Finding::at(claim.file, &claim.row, "words_unseen").found(found, unseen).from(&read.file, REMEDY))
}
