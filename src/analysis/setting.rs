//! Settings with their runs: the rows that differ in the two seeds alone. It must not know what is done with them.

use std::collections::BTreeMap;

use crate::results::{FOLD, Record, SEED, SUBSET_SEED, by_setting};

/// The rows that differ in the two seeds alone.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The jobs' label without the seeds; `base` if nothing is left.
    pub label: String,
    /// The rows, in their order.
    pub records: Vec<Record>,
}

/// The settings of `records`, in the order of their first rows.
pub fn settings(records: &[Record]) -> Vec<Setting> {
    let setting = |group: Vec<&Record>| Setting {
        label: unseeded(&group[0].label, &group[0].settings),
        records: group.into_iter().cloned().collect(),
    };
    by_setting(records).into_iter().map(setting).collect()
}

impl Setting {
    /// The text of a setting by its dotted name, `data.train_size`; empty if it is unset.
    pub fn value(&self, name: &str) -> &str {
        self.records[0].settings.get(name).map_or("", String::as_str)
    }
}

/// A row's label without its seeds; `settings`: those of the row.
pub fn unseeded(label: &str, settings: &BTreeMap<String, String>) -> String {
    without(&[SEED, SUBSET_SEED], label, settings)
}

/// A row's label without its seeds and its fold; `settings`: those of the row.
pub fn averaged_label(label: &str, settings: &BTreeMap<String, String>) -> String {
    without(&[SEED, SUBSET_SEED, FOLD], label, settings)
}

/// A label without some keys.
fn without(keys: &[&str], label: &str, settings: &BTreeMap<String, String>) -> String {
    let mut label = format!(",{label},");
    for dotted in keys.iter().copied() {
        let Some(seed) = settings.get(dotted) else { continue };
        let name = dotted.rsplit('.').next().unwrap_or(dotted);
        for name in [dotted, name] {
            label = label.replacen(&format!(",{name}={seed},"), ",", 1);
        }
    }
    let rest = label.strip_prefix(',').map(|label| label.strip_suffix(',').unwrap_or(label));
    rest.filter(|rest| !rest.is_empty()).unwrap_or("base").to_owned()
}

#[cfg(test)]
mod tests {
    use crate::results::{Ending, Measurements, Outcome};

    use super::*;

    fn record(label: &str, size: &str, seed: &str) -> Record {
        let settings = [("data.train_size", size), (SEED, seed), (SUBSET_SEED, "42")];
        let ending = Ending::Ok(Measurements::default());
        let (key, environment) = (String::new(), "cpu".to_owned());
        Record {
            label: label.to_owned(),
            selected: None,
            rung: None,
            settings: settings.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
            outcome: Outcome { key, environment, precision: None, steps: None, ending },
        }
    }

    #[test]
    fn rows_that_differ_in_their_seeds_are_one_setting() {
        let records = [
            record("train_size=1000,seed=1", "1000", "1"),
            record("train_size=3000,seed=1", "3000", "1"),
            record("train_size=1000,seed=2", "1000", "2"),
        ];
        let found = settings(&records);
        let shown: Vec<_> = found.iter().map(|setting| (setting.label.as_str(), setting.records.len())).collect();
        assert_eq!(shown, [("train_size=1000", 2), ("train_size=3000", 1)]);
        assert_eq!(settings(&[record("seed=1", "1000", "1")])[0].label, "base");
    }
}
