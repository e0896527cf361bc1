//! Names of tags: those in a Parquet file's metadata, and the set of those that occur.

use serde_json::Value;

/// The class names of `column` in the JSON that `datasets` stores under `huggingface`: info → features → column → ... →
/// ClassLabel, through `Sequence`, `List` or a list of one.
pub(super) fn from_features(json: &str, column: &str) -> Option<Vec<String>> {
    let json: Value = serde_json::from_str(json).ok()?;
    class_label(json.get("info")?.get("features")?.get(column)?)
}

fn class_label(feature: &Value) -> Option<Vec<String>> {
    if feature.get("_type").and_then(Value::as_str) == Some("ClassLabel") {
        let names = feature.get("names")?.as_array()?;
        return names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    }
    match feature {
        Value::Object(fields) => fields.get("feature").and_then(class_label),
        Value::Array(items) => items.first().and_then(class_label),
        _ => None,
    }
}

/// The tag set of tags that are text: O first, then types by name, B before I.
pub(super) fn found<'a>(tags: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<&str> = tags.collect();
    let order = |name: &&str| match name.split_once('-') {
        Some((prefix, kind)) => (true, kind.to_owned(), prefix.to_owned()),
        None => (false, String::new(), String::new()),
    };
    names.sort_unstable();
    names.dedup();
    names.sort_by_key(order);
    if names.first() != Some(&"O") {
        names.insert(0, "O");
    }
    names.into_iter().map(str::to_owned).collect()
}

/// The value of `data.labels` to write: the names, else as many made-up ones as there are numbers.
pub(super) fn labels_line(largest: i64, names: Option<&[String]>) -> String {
    const MOST: i64 = 200;
    let made_up = |number: i64| match number {
        0 => "O".to_owned(),
        odd if odd % 2 == 1 => format!("B-X{}", odd / 2 + 1),
        even => format!("I-X{}", even / 2),
    };
    let names = names.map_or_else(|| (0..=largest.clamp(0, MOST)).map(made_up).collect(), <[String]>::to_vec);
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_through_sequence_list_and_nested_forms() {
        let label = r#"{"names": ["O", "B-PER"], "_type": "ClassLabel"}"#;
        let forms = [
            format!(r#"{{"feature": {label}, "_type": "Sequence"}}"#),
            format!(r#"{{"feature": {label}, "_type": "List"}}"#),
            format!(r#"{{"feature": {label}, "length": -1, "id": null, "_type": "Sequence"}}"#),
            format!("[{label}]"),
        ];
        for form in forms {
            let json = format!(r#"{{"info": {{"features": {{"ner_tags": {form}}}}}}}"#);
            assert_eq!(
                from_features(&json, "ner_tags").as_deref(),
                Some(["O".to_owned(), "B-PER".to_owned()].as_slice()),
                "{json}"
            );
        }
        assert_eq!(from_features(r#"{"info": {"features": {"tokens": {}}}}"#, "ner_tags"), None);
    }

    #[test]
    fn found_tags_put_o_first_then_types_by_name_b_before_i() {
        let tags = ["I-PER", "B-LOC", "B-PER", "O", "I-LOC", "B-PER"];
        assert_eq!(found(tags.into_iter()), ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]);
        assert_eq!(found(["B-X"].into_iter()), ["O", "B-X"]);
    }
}
