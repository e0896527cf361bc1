//! What is asked of results: which rows, named by which keys, with which numbers. From there to tables.

use crate::plan::{Only, is_same_value};
use crate::results::{FOLD, SEED, SUBSET_SEED, ScoredSplit};
use crate::spec::nearest;
use crate::words::Word;

use super::case::{Case, EXPERIMENT, Group, OWN_TEST, SET, TYPE, by_type, groups, known_keys, named, varies};
use super::quantity::{Quantity, TypeNumber};
use super::source::Source;
use super::summary::Sentences;
use super::table::{Layout, ScoreTable};
use super::view_error::ViewError;

/// What is asked of results, as it was given.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The keys that rows are named by; none: those in which they differ.
    pub rows: Vec<String>,
    /// The keys whose values have columns of their own.
    pub columns: Vec<String>,
    /// The numbers; none: the usual ones of each split.
    pub values: Vec<String>,
    /// Which rows, `freeze=true,train_size=1000`.
    pub only: Option<String>,
    /// Evaluation sets; none: the splits of a model's own data, unless `set` is among the keys.
    pub sets: Vec<String>,
    /// Whether each type has a row.
    pub types: bool,
    /// Whether every number is wanted, with all intervals.
    pub full: bool,
}

/// A table, and the split that its numbers are of, if all are of one.
pub struct SplitTable {
    /// The split.
    pub split: Option<ScoredSplit>,
    /// The table.
    pub table: ScoreTable,
}

impl View {
    /// The tables: one, or where no number was asked for, one for each scored split.
    ///
    /// # Errors
    /// Keys, values, sets and scores that there are not; settings that would share a cell.
    pub fn tables(&self, sources: &mut [Source]) -> Result<Vec<SplitTable>, ViewError> {
        let cases = self.cases(sources)?;
        if cases.is_empty() {
            return Err(ViewError::NoRows { names: sources.iter().map(|source| source.name.clone()).collect() });
        }
        let every = groups(cases.clone(), &seeds());
        let resolve = |option: &'static str, names: &[String]| -> Result<Vec<String>, ViewError> {
            names.iter().map(|name| resolve(option, name, &every, sources, self.types)).collect()
        };
        let (rows, across) = (resolve("--rows", &self.rows)?, resolve("--columns", &self.columns)?);
        if let Some(key) = rows.iter().find(|key| across.contains(key)) {
            return Err(ViewError::Twice { key: key.clone() });
        }
        let kept: Vec<String> =
            seeds().into_iter().filter(|seed| rows.contains(seed) || across.contains(seed)).collect();
        let mut all = groups(self.chosen(cases, &every, sources)?, &kept);
        if self.types {
            all = by_type(all);
            if all.is_empty() {
                return Err(ViewError::NoTypes);
            }
        }
        if !rows.is_empty() {
            check_cells(&all, sources, &rows, &across)?;
        }
        let splits = ScoreTable::scored_splits(&all);
        let sentences = if self.full { Sentences::OfAll } else { Sentences::OfOneRun };
        let layout = |quantities: Vec<Quantity>, tested: usize| Layout {
            rows: rows.clone(),
            across: across.clone(),
            quantities,
            tested,
            sentences,
        };
        if let Some(quantities) = self.quantities(splits[0])? {
            let tested = if self.types { 1 } else { quantities.len() };
            let split = if self.types { Some(splits[0]) } else { None };
            return Ok(vec![SplitTable { split, table: ScoreTable::new(all, sources, &layout(quantities, tested))? }]);
        }
        let is_pivot = !across.is_empty();
        let select = sources.iter().find_map(|source| source.experiment.as_ref()?.select.clone());
        let by = select.map(|select| select.by.metric());
        let table = |split: ScoredSplit| -> Result<SplitTable, ViewError> {
            let quantities = match (self.full, is_pivot) {
                (true, _) => Quantity::scores(split),
                (false, true) => Quantity::shown(split)[..1].to_vec(),
                (false, false) => Quantity::shown_with(split, by),
            };
            let table = ScoreTable::new(all.clone(), sources, &layout(quantities, 1))?;
            Ok(SplitTable { split: Some(split), table })
        };
        splits.into_iter().map(table).collect()
    }

    /// The numbers that were asked for.
    fn quantities(&self, split: ScoredSplit) -> Result<Option<Vec<Quantity>>, ViewError> {
        if self.types && self.values.is_empty() {
            return Ok(Some(Quantity::of_types(split)));
        }
        let of_type = |name: &str| {
            let number = TypeNumber::of_word(name).map(|number| Quantity::Type(split, number));
            number.ok_or_else(|| ViewError::TypeNumber { name: name.to_owned() })
        };
        let read = |name: &String| -> Result<Quantity, ViewError> {
            if self.types { of_type(name) } else { Ok(name.parse::<Quantity>()?) }
        };
        let mut found: Vec<Quantity> = Vec::new();
        for quantity in self.values.iter().map(read) {
            let quantity = quantity?;
            if !found.contains(&quantity) {
                found.push(quantity);
            }
        }
        Ok(Some(found).filter(|found| !found.is_empty()))
    }

    /// The rows of the folders, on what was asked for.
    fn cases(&self, sources: &[Source]) -> Result<Vec<Case>, ViewError> {
        let mut known: Vec<String> = Vec::new();
        for set in sources.iter().filter_map(Source::snapshot).flat_map(|snapshot| snapshot.sets()) {
            if !known.iter().any(|known| known == set) {
                known.push(set.to_owned());
            }
        }
        if let Some(name) = self.sets.iter().find(|name| *name != OWN_TEST && !known.contains(name)) {
            let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            return Err(ViewError::UnknownSet { name: name.clone(), near, known });
        }
        let across_sets = self.rows.iter().chain(&self.columns).any(|key| key == SET);
        let own = || [OWN_TEST.to_owned()].into_iter();
        let sets: Vec<String> = match (self.sets.is_empty(), across_sets) {
            (false, _) => self.sets.clone(),
            (true, true) => own().chain(known).collect(),
            (true, false) => own().collect(),
        };
        let mut cases = Vec::new();
        for (place, source) in sources.iter().enumerate() {
            let Some(snapshot) = source.snapshot() else { continue };
            for set in &sets {
                let set = Some(set.as_str()).filter(|set| *set != OWN_TEST);
                let records = snapshot.records(set).into_iter();
                cases.extend(records.map(|record| Case::of_row(place, source, set, record)));
            }
        }
        Ok(cases)
    }

    /// The cases that `--only` names. A key that is given twice matches either value.
    fn chosen(&self, cases: Vec<Case>, every: &[Group], sources: &[Source]) -> Result<Vec<Case>, ViewError> {
        let Some(only) = &self.only else { return Ok(cases) };
        let mut wanted: Vec<(String, Vec<String>)> = Vec::new();
        for (_, part) in Only::new(only).parts() {
            let (name, value) =
                part.split_once('=').ok_or_else(|| ViewError::NoValue { part: part.trim().to_owned() })?;
            let (name, value) = (name.trim(), value.trim().trim_matches('"').to_owned());
            let key = resolve("--only", name, every, sources, false)?;
            if !every.iter().any(|group| is_same_value(group.value(&key), &value)) {
                return Err(ViewError::UnknownValue { name: name.to_owned(), value, known: values(every, &key) });
            }
            match wanted.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value),
                None => wanted.push((key, vec![value])),
            }
        }
        let text = |case: &Case, key: &str| case.values.get(key).cloned().unwrap_or_else(|| "none".to_owned());
        let is_wanted = |case: &Case| {
            wanted.iter().all(|(key, values)| values.iter().any(|value| is_same_value(&text(case, key), value)))
        };
        let chosen: Vec<Case> = cases.into_iter().filter(is_wanted).collect();
        if chosen.is_empty() { Err(ViewError::NothingSelected { only: only.clone() }) } else { Ok(chosen) }
    }
}

/// The keys of the two seeds.
fn seeds() -> Vec<String> {
    [SUBSET_SEED, SEED, FOLD].map(str::to_owned).to_vec()
}

/// The values of a key, each once.
fn values(groups: &[Group], key: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for group in groups {
        if !values.iter().any(|known| known == group.value(key)) {
            values.push(group.value(key).to_owned());
        }
    }
    values
}

/// The key that a name stands for: dotted, or its last part.
fn resolve(
    option: &'static str,
    name: &str,
    groups: &[Group],
    sources: &[Source],
    types: bool,
) -> Result<String, ViewError> {
    let mut keys = known_keys(groups, sources);
    keys.extend(types.then(|| TYPE.to_owned()));
    let found: Vec<&String> =
        keys.iter().filter(|key| *key == name || key.rsplit('.').next().is_some_and(|last| last == name)).collect();
    match found.as_slice() {
        [key] => Ok((*key).clone()),
        [] => {
            let vary = keys.iter().filter(|key| *key != EXPERIMENT || sources.len() > 1);
            let vary: Vec<String> = vary.filter(|key| varies(groups, key)).cloned().collect();
            let known: Vec<String> = named(vary).into_iter().map(|axis| axis.name).collect();
            let short = named(keys.clone());
            let near =
                nearest(name, known.iter().map(String::as_str).chain(short.iter().map(|axis| axis.name.as_str())));
            Err(ViewError::UnknownKey { option, name: name.to_owned(), near: near.map(str::to_owned), known })
        }
        several => match several.iter().find(|key| key.as_str() == name) {
            Some(key) => Ok((**key).clone()),
            None => {
                let keys = several.iter().map(|key| (**key).clone()).collect();
                Err(ViewError::Ambiguous { option, name: name.to_owned(), keys })
            }
        },
    }
}

/// No two groups may share a cell: that would be a mean over settings.
fn check_cells(groups: &[Group], sources: &[Source], rows: &[String], across: &[String]) -> Result<(), ViewError> {
    let used: Vec<&String> = rows.iter().chain(across).collect();
    let cell = |group: &Group| used.iter().map(|key| group.value(key).to_owned()).collect::<Vec<_>>();
    for (at, group) in groups.iter().enumerate() {
        let Some(other) = groups[..at].iter().find(|other| cell(other) == cell(group)) else { continue };
        let differing = known_keys(groups, sources).into_iter().filter(|key| group.value(key) != other.value(key));
        let key = differing.into_iter().next().unwrap_or_else(|| "label".to_owned());
        let values = values(groups, &key);
        let name = named(vec![key.clone()]).remove(0).name;
        return Err(ViewError::SharedCell { key: name, first: other.value(&key).to_owned(), values });
    }
    Ok(())
}
