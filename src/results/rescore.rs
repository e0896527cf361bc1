//! Every score of a folder anew from its predictions: journal first, then the tables. It must not train or predict.

use std::fs;
use std::path::Path;

use super::differences::{Difference, evaluation_name, of_evaluation, of_job, of_whole_summary};
use super::evaluations::evaluations_header;
use super::rescored::rescored;
use super::tables::results_header;
use super::{
    Ending, Known, Layout, Measurements, Outcome, Record, ResultsError, ResultsFolder, ScoredSplit, Snapshot,
    SplitScores, TagNames, Tags, read_evaluations, read_rungs, read_tables,
};

/// What came of a folder's rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescored {
    /// Rows whose scores were computed.
    pub rows: usize,
    /// Cells that changed.
    pub changes: Vec<Difference>,
    /// Rows without predictions, which stay.
    pub without: Vec<String>,
    /// Rows with predictions that cannot be used, which stay, and why.
    pub unusable: Vec<(String, String)>,
    /// What opening the folder says.
    pub notices: Vec<String>,
}

/// What becomes of a row.
enum Scored {
    /// Its outcome with the scores of its predictions.
    Anew(Box<Outcome>),
    Without,
    Unusable(String),
}

/// The tags of a folder.
struct Reader {
    snapshot: Snapshot,
    names: TagNames,
}

/// Scores every row of a folder again.
///
/// # Errors
/// `NoTable`, `InUse`, damaged tables, or what the system says.
pub fn rescore(root: &Path) -> Result<Rescored, ResultsError> {
    let layout = Layout::new(root);
    if !layout.results().exists() {
        return Err(ResultsError::NoTable { folder: root.to_owned() });
    }
    let (mut folder, known) = ResultsFolder::open(root)?;
    let Some(mut tables) = read_tables(&layout)? else {
        return Err(ResultsError::NoTable { folder: root.to_owned() });
    };
    let mut evaluations = read_evaluations(&layout)?;
    let summary = fs::read(layout.summary()).unwrap_or_default();
    let mut reader = Reader { snapshot: Snapshot::of_folder(root)?, names: TagNames::default() };
    // what a run would say of its rows does not hold once they are scored
    let notices = known.notices.iter().filter(|notice| !notice.starts_with("warning: ")).cloned().collect();
    let mut done = Rescored { notices, ..Rescored::default() };
    let header = results_header(&tables.columns);
    for record in &mut tables.records {
        let right = right(&known, &record.outcome);
        let scored = reader.score(record, None, right)?;
        let Some(new) = done.enter(&record.label, scored) else { continue };
        done.changes.extend(of_job(record, &tables.columns, &header, &new));
        settle(&mut folder, &known, &mut record.outcome, new)?;
    }
    for row in &mut evaluations {
        let on_set = Record {
            label: row.label.clone(),
            selected: None,
            rung: None,
            settings: [].into(),
            outcome: row.outcome.clone(),
        };
        let scored = reader.score(&on_set, Some(&row.set.name), right(&known, &row.outcome))?;
        let Some(new) = done.enter(&evaluation_name(row), scored) else { continue };
        let new = Outcome::of_evaluation(&new.key, &new.environment, new.ending);
        done.changes.extend(of_evaluation(row, &evaluations_header(), &new));
        settle(&mut folder, &known, &mut row.outcome, new)?;
    }
    let evaluations = layout.evaluations().exists().then_some(evaluations);
    let mut rungs = read_rungs(&layout)?.records;
    for row in &mut rungs {
        let scored = tables.records.iter().map(|record| &record.outcome).find(|outcome| outcome.key == row.outcome.key);
        row.outcome = scored.unwrap_or_else(|| right(&known, &row.outcome)).clone();
    }
    let rungs = layout.rungs().exists().then_some(rungs);
    folder.write_tables(&tables.records, &tables.columns, evaluations.as_deref(), rungs.as_deref())?;
    let new = fs::read(layout.summary()).unwrap_or_default();
    // a summary that cannot be compared was damaged, and is written anew
    done.changes.extend(of_whole_summary(&layout.summary(), &summary, &new).unwrap_or_default());
    Ok(done)
}

/// The journal is right about what it has.
fn right<'a>(known: &'a Known, row: &'a Outcome) -> &'a Outcome {
    known.outcomes.get(&row.key).unwrap_or(row)
}

/// Enters a result, so that the journal does not bring the old one back.
fn settle(folder: &mut ResultsFolder, known: &Known, row: &mut Outcome, new: Outcome) -> Result<(), ResultsError> {
    if known.outcomes.get(&new.key) != Some(&new) {
        folder.record(&new)?;
    }
    *row = new;
    Ok(())
}

impl Rescored {
    /// Counts a row; its new outcome if it has one.
    fn enter(&mut self, row: &str, scored: Scored) -> Option<Outcome> {
        match scored {
            Scored::Anew(outcome) => {
                self.rows += 1;
                return Some(*outcome);
            }
            Scored::Without => self.without.push(row.to_owned()),
            Scored::Unusable(problem) => self.unusable.push((row.to_owned(), problem)),
        }
        None
    }
}

impl Reader {
    fn score(&mut self, record: &Record, set: Option<&str>, right: &Outcome) -> Result<Scored, ResultsError> {
        let Ending::Ok(measured) = &right.ending else { return Ok(Scored::Anew(Box::new(right.clone()))) };
        let mut new = measured.clone();
        let mut missing = false;
        for split in ScoredSplit::ALL {
            match self.snapshot.tags(&mut self.names, record, set, split)? {
                Tags::Missing => missing |= measured.splits.contains_key(&split),
                Tags::Unusable(problem) => return Ok(Scored::Unusable(problem)),
                Tags::Read(read) => {
                    let before = measured.splits.get(&split).cloned().unwrap_or_default();
                    enter_split(&mut new, split, rescored(&before, &self.names.set(), &read));
                    if split == ScoredSplit::Test {
                        let unseen = read.predicted.iter().flatten().filter(|word| word.is_none()).count();
                        new.words_unseen = Some(unseen as u64);
                    }
                }
            }
        }
        Ok(match missing {
            true => Scored::Without,
            false => Scored::Anew(Box::new(Outcome { ending: Ending::Ok(new), ..right.clone() })),
        })
    }
}

/// A split without any value is absent.
fn enter_split(measured: &mut Measurements, split: ScoredSplit, scores: SplitScores) {
    if scores == SplitScores::default() {
        measured.splits.remove(&split);
    } else {
        measured.splits.insert(split, scores);
    }
}
