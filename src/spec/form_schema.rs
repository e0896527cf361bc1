//! What a key takes, as JSON Schema.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value as Json};

use super::ParameterGroup;
use super::form::{Form, Range};

impl Form {
    /// The form as JSON Schema.
    pub fn schema(self) -> Schema {
        match self {
            Self::Boolean => json_schema!({ "type": "boolean" }),
            Self::Whole { least } => json_schema!({ "type": "integer", "minimum": least, "maximum": u64::MAX }),
            Self::Number(Range::Positive) => json_schema!({ "type": "number", "exclusiveMinimum": 0 }),
            Self::Number(Range::NotNegative) => json_schema!({ "type": "number", "minimum": 0 }),
            Self::Number(Range::Open) => {
                json_schema!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 })
            }
            Self::Number(Range::Fraction) => json_schema!({ "type": "number", "minimum": 0, "exclusiveMaximum": 1 }),
            Self::Number(Range::Factor) => json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
            Self::Number(Range::Share) => json_schema!({ "type": "number", "minimum": 0, "maximum": 1 }),
            Self::Words(words) => json_schema!({ "enum": words }),
            Self::Text | Self::Source | Self::Checkpoint => json_schema!({ "type": "string", "minLength": 1 }),
            Self::Type => json_schema!({ "type": "string", "pattern": "^\\S+$" }),
            Self::Column => json_schema!({ "anyOf": [Self::Whole { least: 1 }.schema(), Self::Text.schema()] }),
            Self::Languages => json_schema!({ "anyOf": [
                Self::Text.schema(),
                { "type": "array", "items": Self::Text.schema(), "uniqueItems": true, "minItems": 1 }
            ] }),
            Self::Groups => ParameterGroup::schema(),
            Self::Texts => json_schema!({ "type": "array", "items": Self::Text.schema() }),
            Self::TextOrTexts => json_schema!({
                "anyOf": [
                    Self::Text.schema(),
                    { "type": "array", "items": Self::Text.schema(), "minItems": 1 }
                ]
            }),
            Self::Tags => json_schema!({
                "type": "array",
                "items": { "type": "string", "pattern": "^(O|[BI]-.+)$" },
                "uniqueItems": true,
                "minItems": 2
            }),
            Self::SomeOf(words) => json_schema!({
                "type": "array",
                "items": { "enum": words },
                "uniqueItems": true,
                "minItems": 1
            }),
            Self::Map { names: [], holds } => {
                json_schema!({ "type": "object", "additionalProperties": holds.schema() })
            }
            Self::Map { names, holds } => {
                let properties: Map<String, Json> =
                    names.iter().map(|name| ((*name).to_owned(), holds.schema().to_value())).collect();
                json_schema!({ "type": "object", "additionalProperties": false, "properties": properties })
            }
        }
    }
}
