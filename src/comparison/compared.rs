//! The rows of one pair of settings: what changed, what its runs say by each score, and the verdict or the test. It must
//! not know the other pairs.

use std::collections::BTreeSet;

use crate::metrics::TagSet;
use crate::results::{Record, ResultsError, Snapshot, TagNames};
use crate::statistics::{Run, summarize};

use super::changes::{Changes, environment_change, file_changes, key_changes, precision_change, scored_file_changed};
use super::facts::Facts;
use super::family::verdict;
use super::obstacles::Known;
use super::pairing::{Candidate, Pair};
use super::row::{Row, RowSide};
use super::runs::Runs;
use super::sides::Side;
use super::testing::{notes_of_runs, notes_of_test, test};
use super::verdict::{Note, Reason, Verdict};
use crate::analysis::Score;
use crate::analysis::{Setting, settings};

/// A row with the runs of both sides.
pub(super) type RowWithRuns = (Row, [Vec<Run>; 2]);

/// A side while it is compared.
pub(super) struct Compared<'s> {
    snapshot: &'s mut Snapshot,
    facts: Facts,
    settings: Vec<Setting>,
    /// The settings as pairing sees them.
    pub(super) candidates: Vec<Candidate>,
}

impl<'s> Compared<'s> {
    /// The settings of a snapshot; `set`: the evaluation set that is compared.
    ///
    /// # Errors
    /// What the system or git says.
    pub(super) fn read(
        snapshot: &'s mut Snapshot,
        set: Option<&str>,
        notices: &mut Vec<String>,
    ) -> Result<Self, ResultsError> {
        let facts = Facts::read(snapshot, set, notices)?;
        let settings = settings(&snapshot.records(set));
        let candidate =
            |setting: &Setting| Candidate { label: setting.label.clone(), values: facts.values(&setting.records[0]) };
        let candidates = settings.iter().map(candidate).collect();
        Ok(Self { snapshot, facts, settings, candidates })
    }
}

/// The rows of a pair by scores of one split, each with the runs of both sides.
///
/// # Errors
/// What the system or git says.
pub(super) fn rows_of(
    [a, b]: &mut [Compared<'_>; 2],
    pair: Pair,
    scores: &[Score],
    set: Option<&str>,
    names: &mut TagNames,
) -> Result<Vec<RowWithRuns>, ResultsError> {
    let Some(split) = scores.first().map(|score| score.split) else { return Ok(Vec::new()) };
    let [Some(at), Some(to)] = pair else { return Ok(one_sided([a, b], pair, scores)) };
    let read = |side: &mut Compared<'_>, at: usize| side.facts.inputs(&side.settings[at].records[0]);
    let inputs = [read(a, at), read(b, to)];
    let runs_a = Runs::read(&a.settings[at], a.snapshot, names, set, split)?;
    let runs_b = Runs::read(&b.settings[to], b.snapshot, names, set, split)?;
    let (old, new) = (runs_a.records(), runs_b.records());
    let values = [&a.candidates[at].values, &b.candidates[to].values];
    let mut keys = key_changes(values[0], values[1]);
    keys.extend(precision_change(&old, &new, &keys));
    let files = file_changes(&inputs[0], &inputs[1], &keys);
    // jobs that failed have no numbers that an environment could round
    let [rounded_a, rounded_b] = [&runs_a, &runs_b].map(Runs::scored);
    let environments = environment_change((&rounded_a, &a.facts.lock), (&rounded_b, &b.facts.lock));
    let changes = Changes { keys, files, environments: environments.clone() };
    let known = Known {
        runs: [&runs_a, &runs_b],
        values,
        scored_file_changed: scored_file_changed(&inputs[0], &inputs[1], split, set.is_some()),
        settings_changed: changes.is_of_settings(),
        environments,
    };
    let labels = [&a.settings[at].label, &b.settings[to].label];
    let tags = names.set();
    Ok(scores.iter().map(|score| row_of(&known, labels, &changes, *score, &tags)).collect())
}

/// A row, with its runs of both sides.
fn row_of(known: &Known<'_>, labels: [&String; 2], changes: &Changes, score: Score, tags: &TagSet) -> RowWithRuns {
    let scored = known.runs.map(|runs| runs.finished.iter().filter_map(|run| run.run(score, tags)).collect::<Vec<_>>());
    let mut notes: Vec<Note> = Vec::new();
    let identical = known.identical(score.split).filter(|_| scored.iter().all(|runs| !runs.is_empty()));
    let found = match identical {
        Some(identical) => Err(identical),
        None => match known.reason(score, [scored[0].len(), scored[1].len()]) {
            Some(reason) => Err(Verdict::NotComparable(reason)),
            None => test(known, [&scored[0], &scored[1]], score, tags).map_err(Verdict::NotComparable),
        },
    };
    if let Ok(test) = &found {
        notes.extend(notes_of_test(test));
        notes.extend(known.environments.clone().map(Note::Environments));
    }
    drop_failed(&mut notes, known);
    for ((side, runs), scored) in [Side::A, Side::B].into_iter().zip(known.runs).zip(&scored) {
        notes.extend(notes_of_runs(side, runs, scored));
    }
    if let Err(Verdict::NotComparable(Reason::AllFailed { sides, .. })) = &found {
        notes.retain(|note| !matches!(note, Note::Failed { side, .. } if sides.contains(side)));
    }
    let side = |at: usize| {
        let used = found.as_ref().ok().map(|test| &test.seeds.used[at]);
        let counts = |run: &&Run| used.is_none_or(|used| used.contains(&run.pair()));
        let counted: Vec<Run> = scored[at].iter().filter(counts).copied().collect();
        row_side(known.runs[at], &scored[at], &counted)
    };
    let (test, verdict) = match &found {
        // alone; the tests of the other rows may correct it
        Ok(test) => (Some(test.clone()), verdict(test, test.p_both())),
        Err(verdict) => (None, verdict.clone()),
    };
    let row = Row {
        label: shared_label(labels, changes),
        labels: labels.map(|label| Some(label.clone())),
        score,
        changes: changes.clone(),
        sides: [Some(side(0)), Some(side(1))],
        test,
        verdict,
        notes,
    };
    (row, scored)
}

/// Seeds that failed on the other side are noted as failed, and not as left out, too.
fn drop_failed(notes: &mut Vec<Note>, known: &Known<'_>) {
    for note in notes.iter_mut() {
        if let Note::LeftOut { side, seeds } = note {
            let other = known.runs[usize::from(*side == Side::A)];
            seeds.retain(|one| other.failed.iter().all(|record| record.seeds() != *one));
        }
    }
    notes.retain(|note| !matches!(note, Note::LeftOut { seeds, .. } if seeds.is_empty()));
}

fn row_side(runs: &Runs<'_>, scored: &[Run], counted: &[Run]) -> RowSide {
    RowSide {
        mean: summarize(counted).map(|summary| summary.mean),
        runs: scored.len(),
        failed: runs.failed.len(),
        collapsed: crate::statistics::collapsed(scored).len(),
        environments: environments(&runs.records()),
    }
}

fn environments(records: &[&Record]) -> String {
    let names: BTreeSet<&str> = records.iter().map(|record| record.outcome.environment.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(" + ")
}

/// A setting of one side alone, by each score.
fn one_sided(sides: [&mut Compared<'_>; 2], pair: Pair, scores: &[Score]) -> Vec<RowWithRuns> {
    let [a, b] = sides;
    let setting = |side: &Compared<'_>, at: Option<usize>| at.map(|at| side.settings[at].clone());
    let settings = [setting(a, pair[0]), setting(b, pair[1])];
    let row = |score: &Score| {
        let side = |setting: &Option<Setting>| {
            let setting = setting.as_ref()?;
            let failed = setting.records.iter().filter(|record| record.measurements().is_none()).count();
            let runs: Vec<Run> = setting.records.iter().filter_map(|record| table_run(record, *score)).collect();
            Some(RowSide {
                mean: summarize(&runs).map(|summary| summary.mean),
                runs: runs.len(),
                failed,
                collapsed: crate::statistics::collapsed(&runs).len(),
                environments: environments(&setting.records.iter().collect::<Vec<_>>()),
            })
        };
        let label = settings.iter().flatten().map(|setting| setting.label.clone()).next().unwrap_or_default();
        Row {
            label,
            labels: settings.each_ref().map(|setting| setting.as_ref().map(|setting| setting.label.clone())),
            score: *score,
            changes: Changes::default(),
            sides: settings.each_ref().map(side),
            test: None,
            verdict: if pair[0].is_none() { Verdict::New } else { Verdict::Gone },
            notes: Vec::new(),
        }
    };
    scores.iter().map(|score| (row(score), [Vec::new(), Vec::new()])).collect()
}

/// A run by its row alone.
fn table_run(record: &Record, score: Score) -> Option<Run> {
    Some(record.run(score.of(record)?.value()))
}

/// The label of B without the parts whose keys changed; B's label if nothing of it is left.
fn shared_label([a, b]: [&String; 2], changes: &Changes) -> String {
    if a == b {
        return b.clone();
    }
    let changed = |name: &str| changes.keys.iter().any(|change| change.key == name || change.name() == name);
    let parts = b.split(',').filter(|part| part.split_once('=').is_none_or(|(name, _)| !changed(name)));
    let kept = parts.collect::<Vec<_>>().join(",");
    if kept.is_empty() { b.clone() } else { kept }
}
