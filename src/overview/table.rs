//! A table of groups and numbers, with the best of each column tested against the others.

use crate::results::{Record, ResultsError, ScoredSplit};
use crate::statistics::{Best, LEVEL, Run, best, holm};

use super::case::{Axis, Group, OWN_TEST, SET, axes, named};
use super::quantity::Quantity;
use super::source::Source;
use super::summary::{Sentences, Summary, summaries};

/// Groups with their numbers.
#[derive(Debug, Clone)]
pub struct ScoreTable {
    /// The keys in which groups differ.
    pub axes: Vec<Axis>,
    /// The keys whose values have columns of their own; none: each number has a column.
    pub across: Vec<Axis>,
    /// What is shown.
    pub quantities: Vec<Quantity>,
    /// The groups, in order.
    pub rows: Vec<Row>,
    /// The best of each column, among rows with the same test sentences.
    pub tested: Vec<Tested>,
}

/// A group with its numbers.
#[derive(Debug, Clone)]
pub struct Row {
    /// The group.
    pub group: Group,
    /// For each quantity.
    pub numbers: Vec<Summary>,
}

/// The best of some rows by one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// The quantity, by its place.
    pub quantity: usize,
    /// The rows that are compared, by their places; those of [`Best`] are places in this list.
    pub rows: Vec<usize>,
    /// The best, and its tests.
    pub best: Best,
    /// `p_group` by Holm over the columns of the table; none where seeds tell nothing.
    pub p_holm: Option<f64>,
    /// Whether the best is beyond seed noise of every other.
    pub is_beyond: bool,
}

/// What is shown, and what of it is tested.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The keys that groups are named by; none: those in which they differ.
    pub rows: Vec<String>,
    /// The keys whose values have columns of their own.
    pub across: Vec<String>,
    /// What is shown.
    pub quantities: Vec<Quantity>,
    /// How many of the first quantities are tested.
    pub tested: usize,
    /// Which groups need an interval over test sentences.
    pub sentences: Sentences,
}

impl ScoreTable {
    /// The table of `groups`, whose cases are of `sources`.
    ///
    /// # Errors
    /// What the system or git says about files of predictions.
    pub fn new(groups: Vec<Group>, sources: &mut [Source], layout: &Layout) -> Result<Self, ResultsError> {
        let Layout { quantities, sentences, .. } = layout;
        let differing = axes(&groups, sources);
        let axes = match layout.rows.is_empty() {
            true => differing.into_iter().filter(|axis| !layout.across.contains(&axis.key)).collect(),
            false => named(layout.rows.clone()),
        };
        let mut rows = Vec::with_capacity(groups.len());
        for group in groups {
            let source = group.cases[0].source;
            let numbers = summaries(&group, quantities, &mut sources[source], *sentences)?;
            rows.push(Row { group, numbers });
        }
        let (across, quantities) = (named(layout.across.clone()), quantities.clone());
        let mut table = Self { axes, across, quantities, rows, tested: Vec::new() };
        table.tested = table.test(layout.tested);
        Ok(table)
    }

    /// All axes: those of the rows, then those across.
    pub fn all_axes(&self) -> Vec<Axis> {
        self.axes.iter().chain(&self.across).cloned().collect()
    }

    /// Whether a row has several jobs.
    pub fn has_seeds(&self) -> bool {
        self.rows.iter().any(|row| row.group.cases.len() > 1)
    }

    /// Whether winners are selected on the validation split.
    pub fn selects(&self) -> bool {
        self.rows.iter().any(|row| row.group.cases[0].selected.is_some())
    }

    /// The rows in each column: those that agree in the keys across and in their test sentences.
    fn columns(&self, quantity: Quantity) -> Vec<Vec<usize>> {
        let mut columns: Vec<(Vec<&str>, Vec<usize>)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let across = self.across.iter().map(|axis| row.group.value(&axis.key));
            let key: Vec<&str> = across.chain(scored_data(&row.group, quantity)).collect();
            match columns.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(at),
                None => columns.push((key, vec![at])),
            }
        }
        columns.into_iter().map(|(_, rows)| rows).collect()
    }

    /// The best of each column of the first `count` quantities, with Holm over those that seeds tell of.
    fn test(&self, count: usize) -> Vec<Tested> {
        let mut tested = Vec::new();
        let scores = self.quantities.iter().take(count).enumerate().filter(|(_, quantity)| quantity.is_score());
        for (quantity, of) in scores {
            for rows in self.columns(*of) {
                // folds share training rows: no test of their scores holds
                if rows.iter().any(|row| self.rows[*row].numbers[quantity].folds.is_some()) {
                    continue;
                }
                let runs: Vec<Vec<Run>> =
                    rows.iter().map(|row| self.rows[*row].numbers[quantity].runs.clone()).collect();
                let Some(best) = best(&runs).filter(|best| !best.others.is_empty()) else { continue };
                tested.push(Tested { quantity, rows, best, p_holm: None, is_beyond: false });
            }
        }
        let has_seeds = |tested: &&mut Tested| tested.best.others.iter().any(|other| other.comparison.p.is_some());
        let mut family: Vec<&mut Tested> = tested.iter_mut().filter(has_seeds).collect();
        let corrected = holm(&family.iter().map(|tested| tested.best.p_group.unwrap_or(1.0)).collect::<Vec<_>>());
        for (tested, p) in family.iter_mut().zip(corrected) {
            let row = tested.rows[tested.best.setting];
            tested.p_holm = Some(p);
            tested.is_beyond = p <= LEVEL && self.rows[row].numbers[tested.quantity].runs.len() > 1;
        }
        tested
    }

    /// The splits that some case has scores on; the test split if there is none.
    pub fn scored_splits(groups: &[Group]) -> Vec<ScoredSplit> {
        let records = || groups.iter().flat_map(|group| &group.cases).filter_map(|case| case.record.as_ref());
        let is_scored = |split: &ScoredSplit| {
            records().filter_map(Record::measurements).any(|measured| measured.splits.contains_key(split))
        };
        let found: Vec<ScoredSplit> = ScoredSplit::ALL.into_iter().filter(is_scored).collect();
        if found.is_empty() { vec![ScoredSplit::Test] } else { found }
    }
}

impl Tested {
    /// The place of the best row.
    pub fn best_row(&self) -> usize {
        self.rows[self.best.setting]
    }
}

/// What decides the sentences that a group is scored on, and their gold tags.
fn scored_data(group: &Group, quantity: Quantity) -> Vec<&str> {
    let set = group.value(SET);
    let trained_on = ["data.train_size", "data.subset_seed", "data.label_pieces"];
    let other_split = match quantity.split() {
        Some(ScoredSplit::Validation) => "data.test_size",
        _ => "data.validation_size",
    };
    let is_own = set == OWN_TEST;
    let of_data = group.values.iter().filter(|(key, _)| {
        is_own && key.starts_with("data.") && !trained_on.contains(&key.as_str()) && key.as_str() != other_split
    });
    [set, group.kind().unwrap_or_default(), group.cases[0].data.as_str()]
        .into_iter()
        .chain(of_data.map(|(_, text)| text.as_str()))
        .collect()
}
