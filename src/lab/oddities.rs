//! Oddities of readable data: no entity to learn, one type in two spellings. It must not print.

use std::collections::BTreeMap;

use crate::data::{Corpus, Split};
use crate::spec::{Settings, Value};

/// An oddity and its remedy.
type Oddity = (String, String);

/// What is odd in the data of a job.
pub fn oddities(corpus: &Corpus, settings: &Settings) -> Vec<(String, String)> {
    no_entity(corpus, settings).into_iter().chain(spellings(corpus)).collect()
}

/// Training rows of which no word is part of an entity.
fn no_entity(corpus: &Corpus, settings: &Settings) -> Option<Oddity> {
    let rows = corpus.training(&settings.data).ok()?;
    let is_entity = |tag: &u16| corpus.labels.name(*tag) != "O";
    if rows.is_empty() || rows.iter().any(|row| row.tags.iter().any(is_entity)) {
        return None;
    }
    let anywhere =
        Split::ALL.into_iter().flat_map(|split| corpus.split(split)).flat_map(|row| &row.tags).any(is_entity);
    if anywhere && settings.is_untrained() {
        return None;
    }
    let what = if anywhere { "the training set has no entity" } else { "the data have no entity" };
    let remedy = if anywhere { "raise data.train_size, or check" } else { "check" };
    Some((what.to_owned(), format!("{remedy} that the tags are in the column read; data.columns selects another")))
}

/// Types whose names differ in capitals and separators alone.
fn spellings(corpus: &Corpus) -> Vec<Oddity> {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in Split::ALL.into_iter().flat_map(|split| corpus.split(split)).flat_map(|row| &row.tags) {
        if let Some((_, kind)) = corpus.labels.name(*tag).split_once('-') {
            *words.entry(kind).or_default() += 1;
        }
    }
    let mut spelled: BTreeMap<String, Vec<(&str, usize)>> = BTreeMap::new();
    for (kind, words) in words {
        let plain = kind.to_lowercase().replace(['-', '_'], "");
        spelled.entry(plain).or_default().push((kind, words));
    }
    let said = spelled.into_values().filter(|kinds| kinds.len() > 1).map(|mut kinds| {
        // the one of most words comes first
        kinds.sort_by(|(one, ones), (other, others)| others.cmp(ones).then(one.cmp(other)));
        let named = kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", ");
        let map = kinds[1..].iter().map(|(kind, _)| ((*kind).to_owned(), Value::from(kinds[0].0)));
        let map = Value::Map(map.collect()).to_toml();
        (
            format!("the types {named} differ only in spelling and count as {} types", kinds.len()),
            format!("set data.label_map = {map} to merge them"),
        )
    });
    said.collect()
}
