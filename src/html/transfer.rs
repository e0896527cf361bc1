//! What each model scores on each evaluation set.

use std::collections::BTreeMap;

use crate::overview::{Row, SET, ScoreTable};
use crate::report::number_text;

use super::data_table::{DataTable, Datum, Head};
use super::figure::Plot;
use super::heat_map::{HeatCell, HeatMap};
use super::report::Report;
use super::section::Section;

/// Models of the plot at most, and sets.
const SIDES: (usize, usize) = (24, 10);

/// The section; none without evaluation sets.
pub(super) fn transfer_section(report: &Report) -> Option<Section> {
    let transfer = Transfer::new(&report.transfer.as_ref()?.table);
    let (models, sets) = (transfer.models.len(), transfer.sets.len());
    let title = format!("{} of each model (rows) on each evaluation set (columns)", transfer.table.quantities[0]);
    let plot = Plot {
        description: format!("{models} models, {sets} sets; the stronger a color, the higher the score."),
        drawing: transfer.map().draw(),
        numbers: transfer.numbers(&title),
        title,
    };
    let is_cut = models > SIDES.0 || sets > SIDES.1;
    let cut = format!("The plot has the first {} models and {} sets; its table has all.", SIDES.0, SIDES.1);
    let section = Section::new("transfer", "Transfer to other data").saying(
        "Entities of types that a model did not learn count as missed. The plot has means, its table intervals, too.",
    );
    Some(section.perhaps_saying(is_cut.then_some(cut)).plotting([plot]))
}

/// Scores of models on sets.
struct Transfer<'r> {
    table: &'r ScoreTable,
    models: Vec<String>,
    sets: Vec<String>,
    rows: BTreeMap<(String, String), &'r Row>,
}

impl<'r> Transfer<'r> {
    fn new(table: &'r ScoreTable) -> Self {
        let mut transfer = Self { table, models: Vec::new(), sets: Vec::new(), rows: BTreeMap::new() };
        for row in &table.rows {
            let (model, set) = (row.group.name(&table.axes), row.group.value(SET).to_owned());
            for (names, name) in [(&mut transfer.models, &model), (&mut transfer.sets, &set)] {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            transfer.rows.insert((model, set), row);
        }
        transfer
    }

    /// The mean of a model on a set, and the text of its cell.
    fn cell(&self, model: &str, set: &str) -> (Option<f64>, String) {
        match self.rows.get(&(model.to_owned(), set.to_owned())) {
            None => (None, "–".to_owned()),
            Some(Row { group, numbers }) => {
                let text = || number_text(self.table.quantities[0], &numbers[0]);
                (numbers[0].mean(), group.remark().unwrap_or_else(text))
            }
        }
    }

    fn numbers(&self, title: &str) -> DataTable {
        let datum = |model: &str, set: &String| {
            let (mean, text) = self.cell(model, set);
            Datum::number(text, mean)
        };
        let row = |model: &String| {
            [Datum::text(model.clone())].into_iter().chain(self.sets.iter().map(|set| datum(model, set))).collect()
        };
        DataTable {
            caption: title.to_owned(),
            columns: [Head::text("model")].into_iter().chain(self.sets.iter().cloned().map(Head::number)).collect(),
            rows: self.models.iter().map(row).collect(),
        }
    }

    fn map(&self) -> HeatMap {
        let sets: Vec<String> = self.sets.iter().take(SIDES.1).cloned().collect();
        let of_model = |model: &String| {
            let cell = |set: &String| {
                let (mean, text) = self.cell(model, set);
                let text = mean.map_or(text, |mean| format!("{mean:.4}"));
                HeatCell { text, share: mean.unwrap_or(0.0) }
            };
            (model.clone(), sets.iter().map(cell).collect())
        };
        HeatMap {
            down: "model".to_owned(),
            across: "evaluation set".to_owned(),
            rows: self.models.iter().take(SIDES.0).map(of_model).collect(),
            columns: sets,
        }
    }
}
