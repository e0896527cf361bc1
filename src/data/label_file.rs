//! The names of class numbers in a file beside the data: `label.json`, `labels.txt`.

use serde_json::Value;

use super::text::lines;

/// The names in the `text` of the file called `name`: in JSON an object from name to number or from number to name, or a
/// list; else a name per line.
///
/// # Errors
/// What is wrong with it.
pub(super) fn class_names(name: &str, text: &str) -> Result<Vec<String>, String> {
    if !name.ends_with(".json") {
        let names = lines(text).map(str::trim).filter(|line| !line.is_empty());
        return Ok(names.map(str::to_owned).collect());
    }
    let json: Value = serde_json::from_str(text).map_err(|error| format!("it is not valid JSON ({error})"))?;
    let numbered: Option<Vec<(usize, String)>> = match &json {
        Value::Array(names) => {
            (0..).zip(names).map(|(number, name)| Some((number, name.as_str()?.to_owned()))).collect()
        }
        Value::Object(map) => map.iter().map(|(key, value)| numbered(key, value)).collect(),
        _ => None,
    };
    let numbered = numbered.ok_or("it is not an object of names and numbers")?;
    let mut names = vec![None; numbered.len()];
    for (number, name) in numbered {
        match names.get_mut(number) {
            Some(free @ None) => *free = Some(name),
            _ => return Err(format!("its numbers are not 0 to {}, each once", names.len() - 1)),
        }
    }
    Ok(names.into_iter().flatten().collect())
}

/// `"B-PER": 1`, or `"1": "B-PER"`.
fn numbered(key: &str, value: &Value) -> Option<(usize, String)> {
    match value {
        Value::String(name) => Some((key.parse().ok()?, name.clone())),
        number => Some((usize::try_from(number.as_u64()?).ok()?, key.to_owned())),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn names_go_by_their_numbers() {
        let wanted = ["B-X", "I-X", "O"];
        assert_eq!(class_names("label.json", r#"{"O": 2, "B-X": 0, "I-X": 1}"#).unwrap(), wanted);
        assert_eq!(class_names("id2label.json", r#"{"2": "O", "0": "B-X", "1": "I-X"}"#).unwrap(), wanted);
        assert_eq!(class_names("labels.json", r#"["B-X", "I-X", "O"]"#).unwrap(), wanted);
        assert_eq!(class_names("labels.txt", "B-X\r\nI-X\r\nO\r\n\r\n").unwrap(), wanted);
        assert_eq!(
            class_names("l.json", r#"{"O": 0, "B-X": 2}"#).unwrap_err(),
            "its numbers are not 0 to 1, each once"
        );
        assert_eq!(
            class_names("l.json", r#"{"O": 0, "B-X": 0}"#).unwrap_err(),
            "its numbers are not 0 to 1, each once"
        );
        assert_eq!(class_names("l.json", r#"{"O": []}"#).unwrap_err(), "it is not an object of names and numbers");
        assert!(class_names("l.json", "{").unwrap_err().starts_with("it is not valid JSON"));
    }
}
