//! What each model scores on each evaluation set.

use std::collections::BTreeMap;

use crate::overview::{Row, SET};
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
    let table = &report.transfer.as_ref()?.table;
    let (mut models, mut sets): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for row in &table.rows {
        let (model, set) = (row.group.name(&table.axes), row.group.value(SET).to_owned());
        let is_new = |names: &[String], name: &String| !names.contains(name);
        if is_new(&models, &model) {
            models.push(model);
        }
        if is_new(&sets, &set) {
            sets.push(set);
        }
    }
    let places = table.rows.iter().map(|row| ((row.group.name(&table.axes), row.group.value(SET).to_owned()), row));
    let places: BTreeMap<(String, String), &Row> = places.collect();
    let find = |model: &String, set: &String| places.get(&(model.clone(), set.clone())).copied();
    let text = |row: Option<&Row>| match row {
        None => "–".to_owned(),
        Some(row) => row.group.remark().unwrap_or_else(|| number_text(table.quantities[0], &row.numbers[0])),
    };
    let mean = |row: Option<&Row>| row.and_then(|row| row.numbers[0].mean());
    let title = format!("{} of each model (rows) on each evaluation set (columns)", table.quantities[0]);
    let row = |model: &String| {
        let datum = |set: &String| Datum::number(text(find(model, set)), mean(find(model, set)));
        [Datum::text(model.clone())].into_iter().chain(sets.iter().map(datum)).collect()
    };
    let numbers = DataTable {
        caption: title.clone(),
        columns: [Head::text("model")].into_iter().chain(sets.iter().cloned().map(Head::number)).collect(),
        rows: models.iter().map(row).collect(),
    };
    let drawn: Vec<&String> = sets.iter().take(SIDES.1).collect();
    let of_model = |model: &String| {
        let cell = |set: &&String| {
            let found = find(model, set);
            let short = mean(found).map_or_else(|| text(found), |mean| format!("{mean:.4}"));
            HeatCell { text: short, share: mean(found).unwrap_or(0.0) }
        };
        (model.clone(), drawn.iter().map(cell).collect())
    };
    let map = HeatMap {
        down: "model".to_owned(),
        across: "evaluation set".to_owned(),
        columns: drawn.iter().map(|set| (*set).clone()).collect(),
        rows: models.iter().take(SIDES.0).map(of_model).collect(),
    };
    let description =
        format!("{} models, {} sets; the stronger a color, the higher the score.", models.len(), sets.len());
    let plot = Plot { title, description, drawing: map.draw(), numbers };
    let section = Section::new("transfer", "Transfer to other data").saying(
        "Entities of types that a model did not learn count as missed. The plot has means, its table intervals, too.",
    );
    let some = models.len() > SIDES.0 || sets.len() > SIDES.1;
    let some =
        some.then(|| format!("The plot has the first {} models and {} sets; its table has all.", SIDES.0, SIDES.1));
    Some(section.perhaps_saying(some).plotting([plot]))
}
