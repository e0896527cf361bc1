//! `--only` over results: settings chosen by their values, as `run` chooses jobs. It must not know scores.

use std::collections::BTreeSet;

use crate::plan::{Only, is_same_value};
use crate::spec::nearest;

use super::pairing::Candidate;

/// A selection of settings: `freeze=true,train_size=1000`. A key that is given twice fits either value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingFilter {
    text: String,
    /// Keys with the values that fit.
    terms: Vec<(String, Vec<String>)>,
}

impl SettingFilter {
    /// Reads the text of `--only`.
    ///
    /// # Errors
    /// A part without `=`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self { text: text.to_owned(), terms: Vec::new() };
        for (_, part) in Only::new(text).parts() {
            if part.trim() == "base" {
                continue;
            }
            let Some((key, value)) = part.split_once('=') else {
                return Err(format!("--only {text}: `{part}` has no `=`; write KEY=VALUE,..."));
            };
            let (key, value) = (key.trim().to_owned(), value.trim().trim_matches('"').to_owned());
            match filter.terms.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value),
                None => filter.terms.push((key, vec![value])),
            }
        }
        Ok(filter)
    }

    /// Whether each key and value is one of these settings'.
    ///
    /// # Errors
    /// What is not, with what there is.
    pub(super) fn check(&self, candidates: &[&Candidate]) -> Result<(), String> {
        for (key, values) in &self.terms {
            let found: BTreeSet<String> = candidates.iter().flat_map(|one| values_of(one, key)).collect();
            if found.is_empty() {
                let names: BTreeSet<&str> = candidates.iter().flat_map(|one| names(one)).collect();
                let near = nearest(key, names.iter().copied());
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("--only {}: no setting has a key `{key}`{near}", self.text));
            }
            if let Some(value) = values.iter().find(|value| !found.iter().any(|known| is_same_value(known, value))) {
                let found = found.into_iter().collect::<Vec<_>>().join(", ");
                return Err(format!("--only {}: no setting has {key}={value}; it is one of {found}", self.text));
            }
        }
        Ok(())
    }

    /// Whether a setting is chosen.
    pub(super) fn fits(&self, candidate: &Candidate) -> bool {
        self.terms.iter().all(|(key, values)| {
            let own = values_of(candidate, key);
            own.iter().any(|own| values.iter().any(|value| is_same_value(own, value)))
        })
    }

    /// What is said if no setting has all of it.
    pub(super) fn nothing(&self) -> String {
        format!("--only {}: no setting has all of these", self.text)
    }
}

/// The last part of a dotted name.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The names of a setting's keys, short and dotted.
fn names(candidate: &Candidate) -> impl Iterator<Item = &str> {
    candidate.values.keys().flat_map(|name| [name.as_str(), short(name)])
}

/// The values of the keys of this name, by the settings and as the label shows them.
fn values_of(candidate: &Candidate, key: &str) -> Vec<String> {
    let of_settings = candidate.values.iter().filter(|(name, _)| *name == key || short(name) == key);
    let of_settings = of_settings.map(|(_, value)| value.clone().unwrap_or_else(|| "none".to_owned()));
    let label = Only::new(&candidate.label);
    let of_label = label.parts().into_iter().filter_map(|(_, part)| part.split_once('='));
    let of_label = of_label.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned());
    of_settings.chain(of_label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_chosen_by_their_values() {
        let candidate = |size: &str, rate: &str| {
            let values = [("data.train_size", size), ("train.learning_rate", rate)];
            let values = values.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).into();
            Candidate { label: format!("train_size={size}"), values }
        };
        let all = [candidate("1000", "5e-5"), candidate("3000", "5e-5")];
        let both: Vec<&Candidate> = all.iter().collect();
        let fits = |text: &str| {
            let filter = SettingFilter::parse(text).expect("well written");
            filter.check(&both).map(|()| both.iter().map(|one| filter.fits(one)).collect::<Vec<_>>())
        };
        assert_eq!(fits("train_size=1000"), Ok(vec![true, false]));
        assert_eq!(fits("data.train_size=3000,learning_rate=0.00005"), Ok(vec![false, true]));
        assert_eq!(fits("train_size=1000,train_size=3000"), Ok(vec![true, true]));
        let error = fits("train_siz=1").expect_err("no key");
        insta::assert_snapshot!(error, @"--only train_siz=1: no setting has a key `train_siz`; did you mean `train_size`?");
        let error = fits("train_size=2000").expect_err("no value");
        insta::assert_snapshot!(error, @"--only train_size=2000: no setting has train_size=2000; it is one of 1000, 3000");
        assert!(SettingFilter::parse("1000").is_err());
    }
}
