//! Where the names of numbered tags come from: a Parquet file's metadata, a README's front matter. Must not read files.

use serde_json::Value;

const COLUMN: &str = "ner_tags";

/// The names in the JSON that `datasets` stores under `huggingface`: info → features → ner_tags → ... → ClassLabel,
/// through `Sequence`, `List` or a list of one.
pub(super) fn from_features(json: &str) -> Option<Vec<String>> {
    let json: Value = serde_json::from_str(json).ok()?;
    class_label(json.get("info")?.get("features")?.get(COLUMN)?)
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

/// The names under `dataset_info` in a README's YAML front matter: those of the configuration `language`, or the first.
///
/// Reads the one layout that the hub writes: `- name: ner_tags`, then `names:`, then `'0': O` a line.
pub(super) fn from_readme(readme: &str, language: Option<&str>) -> Option<Vec<String>> {
    let front = readme.strip_prefix("---")?.split("\n---").next()?;
    let accepted =
        |configuration: Option<&str>| language.is_none() || configuration.is_none() || configuration == language;
    let (mut configuration, mut column, mut names) = (None, false, None::<Vec<String>>);
    for line in front.lines() {
        let line = line.trim().trim_start_matches("- ").trim();
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim().trim_matches(['\'', '"']);
        match (key.trim(), &mut names) {
            ("config_name", Some(_)) if accepted(configuration) => break,
            ("config_name", _) => (configuration, column, names) = (Some(value), false, None),
            ("names", _) if column => names = Some(Vec::new()),
            (number, Some(found)) if number.trim_matches(['\'', '"']).parse() == Ok(found.len()) => {
                found.push(value.to_owned());
            }
            (_, Some(found)) if !found.is_empty() => {
                if accepted(configuration) {
                    return names;
                }
                (column, names) = (false, None);
            }
            ("name", _) => column = value == COLUMN,
            _ => {}
        }
    }
    names.filter(|names| !names.is_empty() && accepted(configuration))
}

/// The tag set of tags that are text: O first, then types by name, B before I.
pub(super) fn found<'a>(tags: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<&str> = tags.collect();
    let place = |name: &&str| match name.split_once('-') {
        Some((prefix, kind)) => (true, kind.to_owned(), prefix.to_owned()),
        None => (false, String::new(), String::new()),
    };
    names.sort_unstable();
    names.dedup();
    names.sort_by_key(place);
    if names.first() != Some(&"O") {
        names.insert(0, "O");
    }
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
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
                from_features(&json).as_deref(),
                Some(["O".to_owned(), "B-PER".to_owned()].as_slice()),
                "{json}"
            );
        }
        assert_eq!(from_features(r#"{"info": {"features": {"tokens": {}}}}"#), None);
    }

    const README: &str = "---\nlanguage:\n- es\ndataset_info:\n- config_name: de\n  features:\n  - name: tokens\n    sequence: string\n  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-LOC\n  splits:\n  - name: train\n- config_name: es\n  features:\n  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-PER\n          '2': I-PER\n---\n# WikiANN\n";

    #[test]
    fn a_readme_names_the_tags_of_each_configuration() {
        assert_eq!(from_readme(README, Some("es")).unwrap(), ["O", "B-PER", "I-PER"]);
        assert_eq!(from_readme(README, Some("de")).unwrap(), ["O", "B-LOC"]);
        assert_eq!(from_readme(README, None).unwrap(), ["O", "B-LOC"]);
        assert_eq!(from_readme(README, Some("fr")), None);
        assert_eq!(from_readme("# no front matter", None), None);
        assert_eq!(from_readme("---\nlicense: mit\n---\n", None), None);
    }

    #[test]
    fn found_tags_put_o_first_then_types_by_name_b_before_i() {
        let tags = ["I-PER", "B-LOC", "B-PER", "O", "I-LOC", "B-PER"];
        assert_eq!(found(tags.into_iter()), ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]);
        assert_eq!(found(["B-X"].into_iter()), ["O", "B-X"]);
    }
}
