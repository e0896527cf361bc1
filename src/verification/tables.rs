//! Whether the tables agree with each other: the summary with the rows, curves and evaluations with what rows say of their
//! training. It must not know predictions and keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::results::{
    Committed, CurvePoint, Difference, Measurements, Record, ResultsError, RungRecord, Significant, expected_summary,
    rung_differences, summary_differences,
};
use crate::words::counted;

use super::finding::{Check, Checked, Finding};
use super::folder::Folder;

const REMEDY: &str = "one of the two was edited: compare both with git; a run makes summary.csv from results.csv";
const TRAINING: &str = "one of the two was edited: compare both with git, or train the job again with --force";

/// The relative error of a number of nine significant digits.
const NINE_DIGITS: f64 = 0.5e-8;
/// The error of a number of six decimals.
const SIX_DECIMALS: f64 = 0.5e-6;

/// Tables against each other.
pub(super) fn check(folder: &Folder) -> Result<Checked, ResultsError> {
    let findings = folder.damage.get(&Check::Tables).cloned().unwrap_or_default();
    let rows = folder.tables.as_ref().map_or(String::new(), |tables| counted(tables.records.len(), "row"));
    let mut checked = Checked { findings, ..Checked::new(Check::Tables, rows) };
    let Some(tables) = &folder.tables else { return Ok(checked) };
    checked.findings.extend(summary(folder, tables)?);
    for record in &tables.records {
        if let Some(measured) = record.measurements() {
            checked.findings.extend(last_step(record, measured));
            checked.findings.extend(train_loss(record, measured));
            checked.findings.extend(best_epoch(record, measured));
        }
    }
    checked.findings.extend(selected(folder));
    checked.findings.extend(rungs(folder));
    Ok(checked)
}

/// summary.csv is a function of results.csv and, in its intervals over sentences, of the predictions.
fn summary(folder: &Folder, tables: &Committed) -> Result<Vec<Finding>, ResultsError> {
    let file = folder.layout.summary();
    let Ok(found) = fs::read(&file) else {
        let missing = Finding::at("summary.csv", "", "the file").found("missing", "a table");
        return Ok(vec![missing.from("results.csv", REMEDY)]);
    };
    let expected = expected_summary(&folder.layout, &tables.records, &tables.columns)?;
    if found == expected {
        return Ok(Vec::new());
    }
    // without predictions, nothing says what the intervals over sentences are
    let is_known = |one: &Difference| !(one.column.starts_with("sentence_") && one.expected.is_empty());
    Ok(match summary_differences(&file, &found, &expected) {
        Ok(differences) => {
            let known = differences.into_iter().filter(is_known);
            known.map(|one| Finding::of(one, "results.csv", REMEDY)).collect()
        }
        Err(error) => vec![unreadable(&error)],
    })
}

fn unreadable(error: &ResultsError) -> Finding {
    match error {
        ResultsError::Damaged { line, problem, .. } => {
            Finding::at("summary.csv", &format!("line {line}"), "").found(problem, "").from("results.csv", REMEDY)
        }
        other => Finding::at("summary.csv", "", "the file").found(other, "a table").from("results.csv", REMEDY),
    }
}

/// The last row of a curve is the last step.
fn last_step(record: &Record, measured: &Measurements) -> Option<Finding> {
    let steps = record.outcome.steps.unwrap_or_default();
    let last = measured.curve.last().map_or(0, |point| point.step);
    (steps != last).then(|| {
        Finding::at("curves.csv", &record.label, "step").found(last, steps).from("steps in results.csv", TRAINING)
    })
}

/// The mean loss over all steps is the mean of the curve's rows, each weighted by its steps. The rows have nine significant
/// digits and the mean six decimals, so the two agree within the sum of these errors; a smaller edit is not found.
fn train_loss(record: &Record, measured: &Measurements) -> Option<Finding> {
    let stated = measured.train_loss.map(|loss| loss.value());
    let mean = mean_loss(&measured.curve);
    let agrees = match (stated, mean) {
        (Some(stated), Some((mean, size))) if stated.is_finite() && mean.is_finite() => {
            (stated - mean).abs() <= SIX_DECIMALS * (1.0 + 1e-6) + NINE_DIGITS * size + 1e-12
        }
        (Some(_), Some(_)) => true,
        (stated, mean) => stated.is_none() == mean.is_none(),
    };
    (!agrees).then(|| {
        let text = |value: Option<f64>| value.map(|value| format!("{value:.6}")).unwrap_or_default();
        Finding::at("results.csv", &record.label, "train_loss")
            .found(text(stated), text(mean.map(|(mean, _)| mean)))
            .from("curves.csv", TRAINING)
    })
}

/// The weighted mean of a curve's losses, and that of their sizes; none without rows.
fn mean_loss(curve: &[CurvePoint]) -> Option<(f64, f64)> {
    let last = curve.last()?.step as f64;
    let (mut before, mut sum, mut size) = (0, 0.0, 0.0);
    for point in curve {
        let weight = (point.step - before) as f64;
        sum += weight * point.loss.value();
        size += weight * point.loss.value().abs();
        before = point.step;
    }
    Some((sum / last, size / last))
}

/// The best epoch has the highest score of epochs.csv.
fn best_epoch(record: &Record, measured: &Measurements) -> Option<Finding> {
    let score = |epoch: &Significant| {
        measured.epochs.iter().find(|point| point.epoch == *epoch).map(|point| point.validation_entity_f1.value())
    };
    let stated = score(measured.best_epoch.as_ref()?)?;
    let best = measured.epochs.iter().find(|point| point.validation_entity_f1.value() > stated)?;
    let higher = measured.epochs.iter().fold(best, |best, next| {
        if next.validation_entity_f1.value() > best.validation_entity_f1.value() { next } else { best }
    });
    Some(
        Finding::at("results.csv", &record.label, "best_epoch")
            .found(measured.best_epoch?, higher.epoch)
            .from("epochs.csv", TRAINING),
    )
}

/// Who is selected follows from the validation scores.
fn selected(folder: &Folder) -> Vec<Finding> {
    let (Some(plan), Some(ledger)) = (&folder.plan, &folder.ledger) else { return Vec::new() };
    if plan.experiment.select.is_none() {
        return Vec::new();
    }
    let expected = ledger.records(plan);
    let text = |selected: Option<bool>| selected.map(|selected| selected.to_string()).unwrap_or_default();
    let wrong = |record: &Record| {
        let right = expected.iter().find(|right| right.label == record.label)?;
        (right.selected != record.selected).then(|| {
            Finding::at("results.csv", &record.label, "selected")
                .found(text(record.selected), text(right.selected))
                .from("the validation scores", "run the experiment again, which selects anew")
        })
    };
    folder.records().iter().filter_map(wrong).collect()
}

/// Who goes on from a rung follows from the scores there; rungs.csv has those of stopped jobs as their rows have them.
fn rungs(folder: &Folder) -> Vec<Finding> {
    const ANEW: &str = "run the experiment again, which decides anew";
    let (Some(plan), Some(ledger)) = (&folder.plan, &folder.ledger) else { return Vec::new() };
    let expected = ledger.rungs(plan).unwrap_or_default();
    let name = |record: &RungRecord| (record.label.clone(), record.rung);
    let found: BTreeMap<_, &RungRecord> = folder.rungs.iter().map(|record| (name(record), record)).collect();
    let mut findings = Vec::new();
    for right in &expected {
        match found.get(&name(right)) {
            None => findings.push(
                Finding::at("rungs.csv", &right.label, "the row").found("", "there").from("the scores at rungs", ANEW),
            ),
            Some(record) => {
                let differing = rung_differences(record, right).into_iter();
                findings.extend(differing.map(|one| Finding::of(one, "the scores at rungs", ANEW)));
            }
        }
    }
    let known: BTreeSet<_> = expected.iter().map(name).collect();
    let extra = folder.rungs.iter().filter(|record| !known.contains(&name(record)));
    findings.extend(extra.map(|record| {
        Finding::at("rungs.csv", &record.label, "the row").found("there", "").from("the scores at rungs", ANEW)
    }));
    let rows = ledger.records(plan);
    let wrong = |record: &Record| {
        let right = rows.iter().find(|right| right.label == record.label)?;
        let text = |rung: Option<u64>| rung.map(|rung| rung.to_string()).unwrap_or_default();
        (right.rung != record.rung).then(|| {
            Finding::at("results.csv", &record.label, "rung")
                .found(text(record.rung), text(right.rung))
                .from("the scores at rungs", ANEW)
        })
    };
    findings.extend(folder.records().iter().filter_map(wrong));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(u64, f64)]) -> Vec<CurvePoint> {
        let number = Significant::new;
        let point = |(step, loss): &(u64, f64)| CurvePoint {
            step: *step,
            epoch: number(1.0),
            loss: number(*loss),
            learning_rate: number(1e-3),
            grad_norm: number(1.0),
        };
        points.iter().map(point).collect()
    }

    #[test]
    fn the_mean_of_a_curve_weighs_rows_by_their_steps() {
        assert_eq!(mean_loss(&curve(&[(5, 2.0), (10, 1.0), (12, 0.5)])), Some((16.0 / 12.0, 16.0 / 12.0)));
        assert_eq!(mean_loss(&[]), None);
    }
}
