//! Applies an [`Overlay`] of a checkpoint's settings to the text of its `tokenizer.json`.

use serde_json::{Map, Value, json};

use crate::hub::{self, BoundaryTokens, InputFile, Overlay};

/// The text of a `tokenizer.json` with `overlay` applied; none if it stays as it is.
///
/// # Errors
/// The text is not a JSON object, or a token in the settings is not in the vocabulary.
pub(super) fn overlaid(text: &[u8], overlay: &Overlay) -> Result<Option<Vec<u8>>, String> {
    if *overlay == Overlay::default() {
        return Ok(None);
    }
    let mut json: Map<String, Value> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let Overlay { normalizer, pre_tokenizer, added_tokens, unknown, boundaries } = overlay;
    for (part, laid) in [("normalizer", normalizer), ("pre_tokenizer", pre_tokenizer)] {
        if let Some(laid) = laid {
            json.insert(part.to_owned(), laid.clone());
        }
    }
    if let Some(added) = added_tokens {
        let numbered = numbered(added, &json);
        json.insert("added_tokens".to_owned(), numbered);
    }
    if let (Some(unknown), Some(model)) = (unknown, json.get_mut("model").and_then(Value::as_object_mut)) {
        model.insert("unk_token".to_owned(), json!(unknown));
    }
    if let Some(boundaries) = boundaries
        && let Some(laid) = template(boundaries, &json)?
    {
        json.insert("post_processor".to_owned(), laid);
    }
    serde_json::to_vec(&json).map(Some).map_err(|error| error.to_string())
}

/// Notices about how the tokenizer is made. Settings beside the file that are not inputs are read for the notices alone; if
/// they would change the tokenizer, `lock.toml` was written by an older version.
pub(super) fn notices(files: &[InputFile], tokenizer: &InputFile, overlay: &Overlay) -> Vec<String> {
    let mut all = files.to_vec();
    for name in ["tokenizer_config.json", "special_tokens_map.json"] {
        let path = tokenizer.path.with_file_name(name);
        if !files.iter().any(|file| file.name == name) && path.is_file() {
            all.push(InputFile { name: name.to_owned(), path, ..tokenizer.clone() });
        }
    }
    match hub::overlay(&all) {
        Ok((same, notices)) if same == *overlay => notices,
        _ => vec![
            "tokenizer_config.json beside tokenizer.json is not in lock.toml, so its settings are ignored; run with --update to use them".to_owned(),
        ],
    }
}

/// Added tokens with their numbers in the vocabulary; one that it lacks gets the next number.
fn numbered(added: &Value, json: &Map<String, Value>) -> Value {
    let mut added: Vec<Value> = added.as_array().cloned().unwrap_or_default();
    let numbers = added.iter().filter_map(|token| token.get("id")?.as_u64());
    let mut next = numbers.chain([vocabulary_size(json).saturating_sub(1) as u64]).max().unwrap_or_default() + 1;
    for token in &mut added {
        let Some(name) = token.get("content").and_then(Value::as_str) else { continue };
        let known = number(name, json);
        let unnumbered = token.get("id").and_then(Value::as_u64) == Some(0);
        match known {
            Some(number) => token["id"] = json!(number),
            None if unnumbered => {
                token["id"] = json!(next);
                next += 1;
            }
            None => {}
        }
    }
    added.sort_by_key(|token| token.get("id").and_then(Value::as_u64));
    Value::Array(added)
}

fn vocabulary_size(json: &Map<String, Value>) -> usize {
    match json.get("model").and_then(|model| model.get("vocab")) {
        Some(Value::Object(tokens)) => tokens.len(),
        Some(Value::Array(tokens)) => tokens.len(),
        _ => 0,
    }
}

/// The number of a token in the vocabulary or among the added tokens.
fn number(name: &str, json: &Map<String, Value>) -> Option<u64> {
    let of_model = match json.get("model").and_then(|model| model.get("vocab")) {
        Some(Value::Object(tokens)) => tokens.get(name).and_then(Value::as_u64),
        Some(Value::Array(tokens)) => {
            let is_it = |entry: &Value| entry.get(0).and_then(Value::as_str) == Some(name);
            tokens.iter().position(is_it).map(|at| at as u64)
        }
        _ => None,
    };
    of_model.or_else(|| {
        let mut added = json.get("added_tokens")?.as_array()?.iter();
        added.find(|token| token.get("content").and_then(Value::as_str) == Some(name))?.get("id")?.as_u64()
    })
}

/// A post-processor that puts the two tokens around a sentence; none if they are defaults that the vocabulary lacks.
fn template(
    BoundaryTokens { tokens, stated }: &BoundaryTokens,
    json: &Map<String, Value>,
) -> Result<Option<Value>, String> {
    let numbers = tokens.each_ref().map(|name| number(name, json));
    let [Some(begin), Some(end)] = numbers else {
        if !stated {
            return Ok(None);
        }
        let missing = tokens.iter().zip(numbers).find(|(_, number)| number.is_none()).map_or("", |(name, _)| name);
        return Err(format!(
            "its settings put {missing} around a sentence, but its vocabulary lacks it; correct cls_token or sep_token in tokenizer_config.json"
        ));
    };
    let special = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let entry = |name: &str, id: u64| json!({"id": name, "ids": [id], "tokens": [name]});
    let sequence = |name: &str| json!({"Sequence": {"id": name, "type_id": 0}});
    let [first, last] = tokens;
    let mut special_tokens = Map::new();
    special_tokens.insert(first.clone(), entry(first, begin));
    special_tokens.insert(last.clone(), entry(last, end));
    Ok(Some(json!({
        "type": "TemplateProcessing",
        "single": [special(first), sequence("A"), special(last)],
        "pair": [special(first), sequence("A"), special(last), sequence("B"), special(last)],
        "special_tokens": special_tokens,
    })))
}
