//! The question and the settings: title, what varies, what is fixed.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::overview::{EXPERIMENT, Group, SET};
use crate::results::{SEED, SUBSET_SEED, is_averaged};
use crate::words::counted;

use super::data_table::{DataTable, Datum, Head};
use super::report::Report;
use super::section::Section;

/// Values of a key that are listed at most.
const VALUES: usize = 24;

/// The first section.
pub(super) fn settings_section(report: &Report) -> Section {
    let section = Section::new("settings", "Question and settings").with(counts(report));
    let (varying, fixed) = (varying(report), fixed(report));
    let section = match varying.rows.is_empty() {
        true => section.saying("One setting: nothing varies."),
        false => section.with(varying.markup()),
    };
    section.with(html! { details { summary { (counted(fixed.rows.len(), "fixed setting")) } (fixed.markup()) } })
}

/// How many jobs, settings and folders there are.
fn counts(report: &Report) -> Markup {
    let jobs = report.cases().count();
    let failed = report.cases().filter(|case| case.record.as_ref().is_some_and(|row| row.failure().is_some())).count();
    let sum = |failed: usize| if failed > 0 { format!(", {failed} failed") } else { String::new() };
    html! {
        ul {
            @for (at, source) in report.sources.iter().enumerate() {
                @let title = source.experiment.as_ref().and_then(|experiment| experiment.title.clone());
                li {
                    code { (report.folder_name(at)) }
                    @if let Some(title) = title { ": " (title) }
                }
            }
        }
        p { (counted(report.table().rows.len(), "setting")) ", " (counted(jobs, "job")) (sum(failed)) "." }
    }
}

/// A key, its values: where each value first stands decides their order.
fn varying(report: &Report) -> DataTable {
    let rows = &report.table().rows;
    let mut table = DataTable {
        caption: "What varies".to_owned(),
        columns: vec![Head::text("key"), Head::text("values")],
        rows: Vec::new(),
    };
    for axis in report.table().all_axes() {
        let values = distinct(rows.iter().map(|row| row.group.value(&axis.key)));
        table.rows.push(vec![Datum::text(axis.key.clone()), Datum::text(listed(&values))]);
    }
    for seed in [SEED, SUBSET_SEED] {
        let values = distinct(report.cases().filter_map(|case| Some(case.values.get(seed)?.as_str())));
        if values.len() > 1 {
            table.rows.push(vec![Datum::text(seed), Datum::text(listed(&values))]);
        }
    }
    table
}

fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut values: Vec<&str> = Vec::new();
    for text in texts {
        if !values.contains(&text) {
            values.push(text);
        }
    }
    values
}

fn listed(values: &[&str]) -> String {
    let more = values.len().saturating_sub(VALUES);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", values.iter().take(VALUES).copied().collect::<Vec<_>>().join(", "))
}

/// The settings that all jobs share.
fn fixed(report: &Report) -> DataTable {
    let axes = report.table().all_axes();
    let groups: Vec<&Group> = report.table().rows.iter().map(|row| &row.group).collect();
    let is_fixed = |key: &String| {
        ![EXPERIMENT, SET].contains(&key.as_str()) && axes.iter().all(|axis| axis.key != *key) && !is_averaged(key)
    };
    let mut values: BTreeMap<String, String> = groups
        .iter()
        .flat_map(|group| &group.values)
        .filter(|(key, text)| is_fixed(key) && !text.is_empty())
        .map(|(key, text)| (key.clone(), text.clone()))
        .collect();
    for seed in [SEED, SUBSET_SEED] {
        let seeds = distinct(report.cases().filter_map(|case| Some(case.values.get(seed)?.as_str())));
        if let [only] = seeds.as_slice() {
            values.insert(seed.to_owned(), (*only).to_owned());
        }
    }
    DataTable {
        caption: "What all jobs share".to_owned(),
        columns: vec![Head::text("key"), Head::text("value")],
        rows: values.into_iter().map(|(key, value)| vec![Datum::text(key), Datum::text(value)]).collect(),
    }
}
