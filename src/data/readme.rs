//! The names of class numbers in a README's front matter, which is YAML.

use serde_json::Value;

use super::sentence::is_tag;
use crate::hub::front_matter;

/// The names of `column` under `dataset_info`: those of the configuration `language`; without a language, those that all
/// configurations share, else those of `default`.
///
/// # Errors
/// Front matter that is not valid YAML or beyond the parser's limits; configurations that disagree.
pub(super) fn class_names(readme: &str, column: &str, language: Option<&str>) -> Result<Option<Vec<String>>, String> {
    let Some(yaml) = front_matter(readme)? else { return Ok(None) };
    let configurations = match yaml.get("dataset_info") {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let named = configurations.into_iter().filter_map(|info| {
        let configuration = info.get("config_name").and_then(Value::as_str);
        Some((configuration, names_of(info.get("features")?, column)?))
    });
    let named: Vec<_> = named.collect();
    // a language may be part of a split's name, such as train_de, in a sole configuration
    let sole = named.len() == 1 && named[0].0.is_none_or(|name| name == "default");
    let accepted = |name: Option<&str>| language.is_none() || name.is_none() || name == language || sole;
    let mut named: Vec<_> = named.into_iter().filter(|(name, _)| accepted(*name)).collect();
    if named.iter().any(|(_, names)| *names != named[0].1) {
        named.retain(|(name, _)| {
            language.is_none() && *name == Some("default") || language.is_some() && *name == language
        });
        if named.len() != 1 {
            return Err(format!("its configurations name the classes of `{column}` differently"));
        }
    }
    Ok(named.into_iter().next().map(|(_, names)| names))
}

/// The names of a column's classes: `features` is a list of columns with their names, or a map.
fn names_of(features: &Value, column: &str) -> Option<Vec<String>> {
    let feature = match features {
        Value::Array(all) => all.iter().find(|feature| feature.get("name").and_then(Value::as_str) == Some(column))?,
        other => other.get(column)?,
    };
    in_order(class_label(feature)?.get("names")?)
}

/// The first `class_label` below a feature: under `sequence`, `list`, `dtype` or `feature`.
fn class_label(feature: &Value) -> Option<&Value> {
    let below = || ["sequence", "list", "dtype", "feature"].iter().find_map(|key| class_label(feature.get(key)?));
    feature.get("class_label").or_else(below)
}

/// Names as a list, or as a map from the numbers 0, 1, ...
fn in_order(names: &Value) -> Option<Vec<String>> {
    match names {
        Value::Array(names) => names.iter().map(text).collect(),
        Value::Object(map) => {
            let mut names = vec![None; map.len()];
            for (number, name) in map {
                let index: usize = number.trim().parse().ok()?;
                *names.get_mut(index)? = text(name);
            }
            names.into_iter().collect()
        }
        _ => None,
    }
    .filter(|names: &Vec<String>| !names.is_empty())
}

/// A name; a number is taken as text: `0` may mean O.
fn text(name: &Value) -> Option<String> {
    match name {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The names of at least `least` class numbers in a text such as `{"O": 0, "B-PER": 1}`, wherever it stands; none unless
/// they are tags, each with one number, from 0 on.
pub(super) fn names_in_prose(text: &str, least: usize) -> Option<Vec<String>> {
    let unquoted = |part: &str| part.trim().trim_matches(['"', '\'', '`', '*', '|']).trim().to_owned();
    let mut names: Vec<String> = Vec::new();
    for part in text.split([',', '{', '}', '\n']) {
        let Some((one, other)) = part.rsplit_once(':') else { continue };
        let (one, other) = (unquoted(one), unquoted(other));
        let pair = one.parse().map(|number: usize| (number, other.clone()));
        let Ok((number, name)) = pair.or_else(|_| other.parse().map(|number| (number, one))) else { continue };
        // numbers that start anew are another list
        if number == 0 && names.len() < least {
            names.clear();
        }
        if number == names.len() && is_tag(&name) {
            names.push(name);
        }
    }
    (names.len() >= least).then_some(names)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const README: &str = "---\nlanguage:\n- es\ndataset_info:\n- config_name: de\n  features:\n  - name: tokens\n    sequence: string\n  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-LOC\n  splits:\n  - name: train\n- config_name: es\n  features:\n  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-PER\n          '2': I-PER\n---\n# WikiANN\n";

    fn named(readme: &str, language: Option<&str>) -> Option<Vec<String>> {
        class_names(readme, "ner_tags", language).unwrap()
    }

    /// A README with one column of these lines below its name.
    fn one(lines: &str) -> String {
        format!(
            "---\ndataset_info:\n  features:\n  - name: tokens\n    sequence: string\n  - name: ner_tags\n{lines}---\n# it\n"
        )
    }

    #[test]
    fn a_readme_names_the_tags_of_each_configuration() {
        assert_eq!(named(README, Some("es")).unwrap(), ["O", "B-PER", "I-PER"]);
        assert_eq!(named(README, Some("de")).unwrap(), ["O", "B-LOC"]);
        assert_eq!(named(README, Some("fr")), None);
        assert_eq!(named("# no front matter", None), None);
        assert_eq!(named("---\nlicense: mit\n---\n", None), None);
        let error = class_names(README, "ner_tags", None).unwrap_err();
        assert_eq!(error, "its configurations name the classes of `ner_tags` differently");
        assert_eq!(named(&README.replace("config_name: de", "config_name: default"), None).unwrap(), ["O", "B-LOC"]);
    }

    #[test]
    fn names_written_by_hand_are_read_as_yaml_has_them() {
        let wanted = Some(["O", "B-PER", "I-PER"].map(str::to_owned).to_vec());
        for lines in [
            "    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-PER   # people\n          '2': \"I-PER\"\n",
            "    list:\n      class_label:\n        names: {0: O, 1: B-PER, 2: I-PER}\n",
            "    sequence:\n      class_label:\n        names: [O, B-PER, 'I-PER']\n",
            "    sequence: {class_label: {names: {'2': I-PER, '0': O, '1': B-PER}}}\n",
            "    dtype:\n      class_label:\n        names:\n        - O\n        - B-PER\n        - I-PER\n",
        ] {
            assert_eq!(named(&one(lines), None), wanted, "{lines}");
            assert_eq!(named(&format!("\u{feff}{}", one(lines).replace('\n', "\r\n")), None), wanted, "{lines}");
        }
        let gap = one("    sequence:\n      class_label:\n        names: {0: O, 2: B-PER}\n");
        assert_eq!(named(&gap, None), None);
    }

    #[test]
    fn a_sole_configuration_names_the_tags_of_every_language() {
        let readme = one("    sequence:\n      class_label:\n        names: [O, B-PER]\n");
        assert_eq!(named(&readme, Some("de")).unwrap(), ["O", "B-PER"]);
        let sole = README.split("- config_name: es").next().unwrap().replace("config_name: de", "config_name: default");
        assert_eq!(named(&format!("{sole}---\n"), Some("fr")).unwrap(), ["O", "B-LOC"]);
    }

    #[test]
    fn names_in_the_text_are_found_however_they_are_written() {
        let wanted = Some(["O", "B-PER", "I-PER"].map(str::to_owned).to_vec());
        for text in [
            "The tags are:\n```python\n{\"O\": 0, \"B-PER\": 1, \"I-PER\": 2}\n```",
            "{\n  'O': 0,\n  'B-PER': 1,\n  'I-PER': 2,\n}",
            "| sizes: 12, train: 0 |\n{0: 'O', 1: 'B-PER', 2: 'I-PER'}",
        ] {
            assert_eq!(names_in_prose(text, 3), wanted, "{text}");
        }
        assert_eq!(names_in_prose("{\"O\": 0, \"B-PER\": 1}", 3), None);
        assert_eq!(names_in_prose("{\"O\": 0, \"PER\": 1, \"LOC\": 2}", 3), None);
    }

    #[test]
    fn the_column_that_is_read_counts() {
        let two =
            one("    sequence: int64\n  - name: fine\n    sequence:\n      class_label:\n        names: [O, B-X]\n");
        assert_eq!(named(&two, None), None);
        assert_eq!(class_names(&two, "fine", None).unwrap().unwrap(), ["O", "B-X"]);
    }

    #[test]
    fn an_alias_bomb_costs_little() {
        let mut bomb = "---\na: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, before) in "bcdefghi".chars().zip("abcdefgh".chars()) {
            let all = vec![format!("*{before}"); 9].join(",");
            bomb.push_str(&format!("{name}: &{name} [{all}]\n"));
        }
        assert!(class_names(&(bomb + "---\n"), "ner_tags", None).unwrap_err().contains("not valid YAML"));
    }
}
