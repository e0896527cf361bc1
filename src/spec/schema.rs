//! The JSON Schema of the experiment file, from the table of keys: editors check and explain by it.

use schemars::Schema;
use serde_json::{Map, Value as Json, json};

use super::cluster;
use super::evaluate::{EvaluationSet, OWN};
use super::form::Form;
use super::keys::KeyPath;
use super::select::{Halving, NEVER_OVER, ScoreName};
use super::walk_select::{FIRST_RUNG, REDUCTION_FACTOR};

/// The JSON Schema (draft 7, which editors' TOML plug-ins read) of an experiment file.
pub fn schema() -> Schema {
    let mut whole = nested(KeyPath::all().map(|key| (key, one(key))));
    let properties = whole["properties"].as_object_mut().expect("nested writes an object's properties");
    for (name, doc) in [
        ("name", "The folder below results/; unset: the file's stem."),
        ("title", "What the experiment is about, in a line."),
        (
            "extends",
            "A file to start from: tables merge key by key, this file wins; its [matrix] replaces the other's.",
        ),
    ] {
        properties.insert(name.to_owned(), json!({ "type": "string", "minLength": 1, "description": doc }));
    }
    properties.insert("matrix".to_owned(), matrix());
    properties.insert("select".to_owned(), select());
    properties.insert("evaluate".to_owned(), evaluate());
    properties.insert("cluster".to_owned(), cluster());
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".to_owned(), json!("runner experiment"));
    schema.extend(whole.as_object().expect("nested writes an object").clone());
    schema.into()
}

fn matrix() -> Json {
    let varying = || KeyPath::all().filter(|key| key.affects_results());
    let lists = || nested(varying().map(|key| (key, many(key))));
    let rows = || nested(varying().map(|key| (key, one(key))));
    let mut matrix = lists();
    matrix["description"] = json!("What varies: every leaf is a list. The first axis varies slowest.");
    for (part, doc, item) in [
        ("zip", "Lists of one length that advance together.", lists()),
        ("exclude", "Drops the jobs in which every key has this value.", rows()),
        ("include", "Adds one job: the base with these keys.", rows()),
    ] {
        matrix["properties"][part] = json!({ "type": "array", "description": doc, "items": item });
    }
    matrix
}

fn select() -> Json {
    let scores: Vec<String> = ScoreName::all().map(|score| score.to_string()).collect();
    let never = |key: &KeyPath| NEVER_OVER.iter().any(|(never, ..)| *never == key.as_str());
    let varying = KeyPath::all().filter(|key| key.affects_results() && !never(key));
    let keys: Vec<&str> = varying.map(KeyPath::as_str).collect();
    let factor = "One of so many candidates goes on at a rung, and the next rung has so many times the steps.";
    let mut reduction_factor = described(&REDUCTION_FACTOR, factor);
    reduction_factor["default"] = json!(Halving::REDUCTION_FACTOR);
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["over"],
        "dependentRequired": { "reduction_factor": ["first_rung"] },
        "description": "Selects on the validation split: only winners are scored on the test set.",
        "properties": {
            "by": {
                "enum": scores,
                "default": "validation_entity_f1",
                "description": "The score; its mean over the seeds counts.",
            },
            "over": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": true,
                "items": { "enum": keys },
                "description": "The keys to select over; each varies in [matrix].",
            },
            "first_rung": described(
                &FIRST_RUNG,
                "Steps after which jobs are first compared: only the best of each group go on. Unset: all run to the end.",
            ),
            "reduction_factor": reduction_factor,
        },
    })
}

fn evaluate() -> Json {
    let mut set = json!({ "type": "object", "additionalProperties": false, "minProperties": 1, "properties": {} });
    for key in EvaluationSet::keys() {
        set["properties"][key.name()] = described(EvaluationSet::forms(key), key.known().doc);
    }
    for (name, forms, doc) in OWN {
        set["properties"][name] = described(forms, doc);
    }
    json!({
        "type": "array",
        "description": "Evaluation sets that each trained model is scored on; adding one later trains nothing again. \
                        What a set does not give is as in the job's [data], or at its default if it gives a dataset.",
        "items": set,
    })
}

fn cluster() -> Json {
    let mut table = json!({ "type": "object", "additionalProperties": false, "properties": {} });
    table["description"] = json!("What `runner submit` asks the scheduler for. It bears on no result.");
    for (name, forms, doc) in cluster::KEYS {
        table["properties"][name] = described(forms, doc);
    }
    table
}

/// A key with one value.
fn one(key: KeyPath) -> Json {
    let mut schema = described(key.known().forms, key.known().doc);
    if let Some(value) = key.default() {
        schema["default"] = serde_json::from_str(&value.to_json()).expect("a value writes JSON");
    }
    schema
}

/// What takes one of some forms.
fn described(forms: &[Form], doc: &str) -> Json {
    let mut forms: Vec<Json> = forms.iter().copied().map(Form::schema).map(Schema::to_value).collect();
    let mut schema = if forms.len() == 1 { forms.remove(0) } else { json!({ "anyOf": forms }) };
    schema["description"] = json!(doc);
    schema
}

/// A key with one value that falls back on something else than its default.
fn without_default(key: KeyPath) -> Json {
    let mut item = one(key);
    item.as_object_mut().expect("a key's schema is an object").remove("default");
    item
}

/// A key with a list of values.
fn many(key: KeyPath) -> Json {
    let item = without_default(key);
    json!({ "type": "array", "minItems": 1, "description": key.known().doc, "items": item })
}

/// Keys as nested objects that take no other key.
fn nested(keys: impl Iterator<Item = (KeyPath, Json)>) -> Json {
    let empty = || json!({ "type": "object", "additionalProperties": false, "properties": {} });
    let mut root = empty();
    for (key, schema) in keys {
        let mut object = &mut root;
        for table in key.table().split('.') {
            object = &mut object["properties"][table];
            if object.is_null() {
                *object = empty();
            }
        }
        object["properties"][key.name()] = schema;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_key_is_in_the_schema_with_its_meaning() {
        let schema = schema().to_value();
        for key in KeyPath::all() {
            let path = format!("/properties/{}/properties/{}", key.table(), key.name());
            let leaf = schema.pointer(&path).unwrap_or_else(|| panic!("{key} is not in the schema"));
            assert_eq!(leaf["description"], key.known().doc);
            let axis = schema.pointer(&format!("/properties/matrix{path}"));
            assert_eq!(axis.is_some(), key.affects_results(), "{key} as an axis");
        }
    }

    #[test]
    fn ranges_and_defaults_stand_in_the_schema() {
        let schema = schema().to_value();
        let leaf = |path: &str| schema.pointer(path).expect("the key is known").clone();
        assert_eq!(
            leaf("/properties/train/properties/learning_rate"),
            json!({ "type": "number", "exclusiveMinimum": 0, "default": 5e-5, "description": "The highest learning rate." })
        );
        assert_eq!(leaf("/properties/data/properties/train_size/anyOf/1"), json!({ "enum": ["all"] }));
        assert_eq!(leaf("/properties/matrix/properties/zip/items/additionalProperties"), json!(false));
    }
}
