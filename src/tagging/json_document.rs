//! A document as a JSON object: `{"text": "..."}` or `{"tokens": ["...", "..."]}`, with any other fields.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::document::{Content, Document, Field};

/// Fields that the answer has in their place.
const ANSWERS: [&str; 2] = ["tags", "entities"];

/// The document in a line; the error is what is wrong with it.
pub(super) fn document(number: usize, line: &str) -> Result<Document, String> {
    let needed = r#"write {"text": "..."} or {"tokens": ["...", "..."]}"#;
    let Object(fields) = serde_json::from_str(line).map_err(|error| {
        let (column, reason) = (error.column(), error.to_string());
        let reason = reason.split(" at line 1 column").next().unwrap_or(&reason).to_owned();
        let place = if column > 0 { format!(" at column {column}") } else { String::new() };
        format!("not a JSON object: {reason}{place}; {needed} on each line")
    })?;
    let field = |key: &str| fields.iter().find(|field| field.key == key);
    let content = match (field("text"), field("tokens")) {
        (Some(text), None) => {
            let text = serde_json::from_str(text.value.get());
            Content::Text(text.map_err(|_| "`text` is not a text; write it in quotes".to_owned())?)
        }
        (None, Some(tokens)) => {
            let tokens = serde_json::from_str(tokens.value.get());
            Content::Words(tokens.map_err(|_| r#"`tokens` is not a list of texts; write ["...", "..."]"#.to_owned())?)
        }
        (None, None) => return Err(format!("no `text` and no `tokens`; {needed}")),
        (Some(_), Some(_)) => return Err("both `text` and `tokens`; remove one of them".to_owned()),
    };
    let fields = fields.into_iter().filter(|field| !ANSWERS.contains(&field.key.as_str())).collect();
    Ok(Document { line: number, content, fields })
}

/// An object whose fields keep their order.
struct Object(Vec<Field>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields: Vec<Field> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if fields.iter().any(|field| field.key == key) {
                        return Err(A::Error::custom(format!("the key {key:?} occurs twice")));
                    }
                    fields.push(Field { key, value });
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
