//! JSON objects with a text and entities by characters, as spaCy, doccano, Prodigy and Label Studio write them:
//! `{"text": "Ana vive", "entities": [{"start": 0, "end": 3, "label": "PER"}]}`, or `[0, 3, "PER"]` in place of the object.

use serde_json::{Map, Value};

use super::spans::Span;
use crate::spec::{Column, Columns};

/// The usual name of the text.
const TEXT: &str = "text";
/// Names of the entities, in order of preference.
const ENTITIES: [&str; 4] = ["entities", "spans", "label", "labels"];
/// Names of an entity's first character, the one behind its last, and its type.
const START: [&str; 2] = ["start", "start_offset"];
const END: [&str; 2] = ["end", "end_offset"];
const LABEL: [&str; 4] = ["label", "labels", "type", "entity"];

/// The keys of a text and its entities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpanKeys {
    text: String,
    entities: String,
}

impl SpanKeys {
    /// The keys of an object that has a text and a list of entities; none of another. A list that is empty decides
    /// nothing about lists of tags, so the text has to be one.
    pub(super) fn of(object: &Map<String, Value>, chosen: Option<&Columns>) -> Option<Self> {
        let named = |column: Option<&Column>| match column {
            Some(Column::Named(name)) => Some(name.clone()),
            _ => None,
        };
        let text = named(chosen.and_then(|chosen| chosen.token.as_ref())).unwrap_or_else(|| TEXT.to_owned());
        object.get(&text)?.as_str()?;
        let has_entities = |key: &&str| {
            object
                .get(*key)
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().all(|one| one.is_object() || one.is_array()))
        };
        let entities = match named(chosen.and_then(|chosen| chosen.tag.as_ref())) {
            Some(key) => Some(key).filter(|key| has_entities(&key.as_str())),
            None => ENTITIES.into_iter().find(has_entities).map(str::to_owned),
        }?;
        Some(Self { text, entities })
    }

    /// The text and the entities of an object; the error is what it lacks.
    pub(super) fn read<'o>(&self, object: &'o Map<String, Value>) -> Result<(&'o str, Vec<Span>), String> {
        let text =
            object.get(&self.text).and_then(Value::as_str).ok_or_else(|| format!("no text in `{}`", self.text))?;
        let entities = match object.get(&self.entities) {
            None | Some(Value::Null) => &[][..],
            Some(entities) => entities.as_array().ok_or_else(|| format!("`{}` is no list", self.entities))?,
        };
        let span = |(at, entity): (usize, &Value)| {
            span(entity).ok_or_else(|| format!("entry {} of `{}` has no start, end and label", at + 1, self.entities))
        };
        Ok((text, entities.iter().enumerate().map(span).collect::<Result<_, _>>()?))
    }
}

fn span(entity: &Value) -> Option<Span> {
    let index = |value: &Value| usize::try_from(value.as_u64()?).ok();
    // Label Studio has a list of one label
    let label = |value: &Value| match value {
        Value::Array(all) if all.len() == 1 => all[0].as_str().map(str::to_owned),
        value => value.as_str().map(str::to_owned),
    };
    match entity {
        Value::Array(all) => match &all[..] {
            [start, end, kind] => Some(Span { start: index(start)?, end: index(end)?, label: label(kind)? }),
            _ => None,
        },
        Value::Object(fields) => {
            let of = |names: &[&str]| names.iter().find_map(|name| fields.get(*name));
            Some(Span { start: index(of(&START)?)?, end: index(of(&END)?)?, label: label(of(&LABEL)?)? })
        }
        _ => None,
    }
}
