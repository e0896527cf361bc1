//! The JSON Schema accepts the files that the program accepts. The validator below knows the words that the schema uses.

use std::path::Path;

use runner::spec::{schema, starter};
use serde_json::{Map, Value as Json};

/// What a schema finds wrong with a value: paths with what they break. Panics on a word that it does not know.
fn violations(schema: &Json, value: &Json, path: &str) -> Vec<String> {
    let rules = schema.as_object().unwrap_or_else(|| panic!("the schema at {path} is no object"));
    let mut found = Vec::new();
    for (rule, want) in rules {
        let holds = match rule.as_str() {
            "$schema" | "title" | "description" | "default" => true,
            "type" => has_type(value, want.as_str().expect("types are single")),
            "enum" => want.as_array().expect("it is a list").contains(value),
            "minimum" => number(value) >= number(want),
            "maximum" => number(value) <= number(want),
            "exclusiveMinimum" => number(value) > number(want),
            "exclusiveMaximum" => number(value) < number(want),
            "minLength" => value.as_str().is_none_or(|text| text.len() as f64 >= number(want)),
            "minProperties" => value.as_object().is_none_or(|keys| keys.len() as f64 >= number(want)),
            "minItems" => value.as_array().is_none_or(|items| items.len() as f64 >= number(want)),
            "uniqueItems" | "additionalProperties" | "pattern" => true,
            "anyOf" => want.as_array().expect("it is a list").iter().any(|one| violations(one, value, path).is_empty()),
            "required" => {
                let has = |name: &Json| value.get(name.as_str().expect("names are text")).is_some();
                want.as_array().expect("it is a list").iter().all(has)
            }
            "dependentRequired" => {
                let has = |name: &str| value.get(name).is_some();
                let needed = |names: &Json| {
                    names.as_array().expect("it is a list").iter().all(|name| has(name.as_str().unwrap()))
                };
                want.as_object().expect("it is an object").iter().all(|(name, names)| !has(name) || needed(names))
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(violations(want, item, &format!("{path}[{index}]")));
                }
                true
            }
            "properties" => {
                let known = want.as_object().expect("properties are an object");
                found.extend(below(known, value, path));
                true
            }
            other => panic!("the validator does not know `{other}`"),
        };
        if !holds {
            found.push(format!("{path}: {value} breaks {rule} {want}"));
        }
    }
    found
}

/// Every object of the schema is closed: a property that it does not know is a violation.
fn below(known: &Map<String, Json>, value: &Json, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, inner) in value.as_object().into_iter().flatten() {
        match known.get(name) {
            Some(schema) => found.extend(violations(schema, inner, &format!("{path}.{name}"))),
            None => found.push(format!("{path}.{name}: unknown")),
        }
    }
    found
}

fn number(value: &Json) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn has_type(value: &Json, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("the validator does not know the type {other}"),
    }
}

fn check(toml: &str) -> Vec<String> {
    let value: toml::Table = toml.parse().unwrap_or_else(|error| panic!("{error}"));
    let value = serde_json::to_value(value).expect("TOML without dates is JSON");
    violations(&schema().to_value(), &value, "file")
}

#[test]
fn the_schema_accepts_the_starter() {
    assert_eq!(check(&starter("mine")), Vec::<String>::new());
}

#[test]
fn the_schema_accepts_every_experiment_of_the_repository() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let entries = std::fs::read_dir(folder).expect("there are experiments").flatten().map(|entry| entry.path());
    for path in entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")) {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        assert_eq!(check(&text), Vec::<String>::new(), "{}", path.display());
        assert!(text.starts_with("#:schema "), "{} lacks the editors' directive", path.display());
    }
}

#[test]
fn the_schema_accepts_a_matrix_with_all_its_parts() {
    let text = "[matrix]\ndata.train_size = [10, \"all\"]\nmodel.freeze = [true, 2, \"embeddings\"]\n\
                [[matrix.zip]]\ntrain.seed = [1, 2]\ndata.labels = [[\"O\", \"B-X\"], [\"O\", \"B-Y\"]]\n\
                data.label_map = [{}, { MISC = \"O\" }]\ndata.columns = [{ tag = 3 }, { token = 2, tag = 4 }]\n\
                [[matrix.exclude]]\nmodel.freeze = true\n[[matrix.include]]\ntrain.epochs = 1\n";
    assert_eq!(check(text), Vec::<String>::new());
}

#[test]
fn the_schema_accepts_a_choice() {
    let text = "[select]\nby = \"validation_token_accuracy\"\nover = [\"train.learning_rate\", \"model.freeze\"]\n\
                first_rung = 100\nreduction_factor = 2\n";
    assert_eq!(check(text), Vec::<String>::new());
}

#[test]
fn the_schema_accepts_further_sets() {
    let text = "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\ndataset = \"./own\"\nsplit = \"train\"\nsize = 10\n\
                name = \"own\"\n[[evaluate]]\nrevision = \"v2\"\nsize = \"all\"\n";
    assert_eq!(check(text), Vec::<String>::new());
}

#[test]
fn the_schema_refuses_what_the_program_refuses() {
    for text in [
        "titel = \"x\"",
        "[train]\nepoch = 3",
        "[train]\nepochs = \"three\"",
        "[train]\nseed = -1",
        "[train]\nschedule = \"linaer\"",
        "[model]\nmax_length = 2",
        "[model]\ndropout = 1.0",
        "[model]\nfreeze = 0",
        "[data]\ntrain_size = 0",
        "[data]\ncolumns = { tokn = 1 }",
        "[data]\ncolumns = { tag = 0 }",
        "[data.files]\ntrain = 1",
        "[data]\nscheme = \"iobes\"",
        "[matrix]\ntrain.seed = 1",
        "[matrix]\ntrain.seed = []",
        "[matrix]\ntrain.log_every = [1]",
        "[[matrix.include]]\ntrain.seed = [1]",
        "[select]\nby = \"validation_entity_f1\"",
        "[select]\nby = \"test_entity_f1\"\nover = [\"train.epochs\"]",
        "[select]\nover = []",
        "[select]\nover = [\"train.epochs\"]\nreduction_factor = 3",
        "[select]\nover = [\"train.epochs\"]\nfirst_rung = 0",
        "[select]\nover = [\"train.seed\"]",
        "[evaluate]\nlanguage = \"de\"",
        "[[evaluate]]",
        "[[evaluate]]\ntrain_size = 10",
        "[[evaluate]]\nsize = 0",
        "[[evaluate]]\nlanguage = [\"de\"]",
        "[[evaluate]]\nsplit = \"dev\"",
    ] {
        assert!(!check(text).is_empty(), "the schema accepts {text:?}");
    }
}
