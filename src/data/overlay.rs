//! A checkpoint's settings laid over the text of its `tokenizer.json`. Which settings count is decided in `hub`.

use serde_json::{Map, Value, json};

use crate::hub::{self, Around, InputFile, Overlay};

/// The text of a `tokenizer.json` with `overlay` laid over it; none: it stays as it is.
///
/// # Errors
/// The text is no JSON object, or a piece that the settings name is not in the vocabulary.
pub(super) fn overlaid(text: &[u8], overlay: &Overlay) -> Result<Option<Vec<u8>>, String> {
    if *overlay == Overlay::default() {
        return Ok(None);
    }
    let mut json: Map<String, Value> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let Overlay { normalizer, pre_tokenizer, added_tokens, unknown, around } = overlay;
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
    if let Some(around) = around
        && let Some(laid) = template(around, &json)?
    {
        json.insert("post_processor".to_owned(), laid);
    }
    serde_json::to_vec(&json).map(Some).map_err(|error| error.to_string())
}

/// What to say of how the tokenizer is made. Settings that lie beside the file and are no inputs count for nothing but
/// this; where they would, the lock is older than this program.
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
            "tokenizer_config.json beside tokenizer.json is not in lock.toml, so its settings do not count: run with --update to take them".to_owned(),
        ],
    }
}

/// Added tokens with the numbers that the vocabulary has for them; one that it lacks gets the next number.
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
        Some(Value::Object(pieces)) => pieces.len(),
        Some(Value::Array(pieces)) => pieces.len(),
        _ => 0,
    }
}

/// The number of a piece, of the model's or an added one.
fn number(piece: &str, json: &Map<String, Value>) -> Option<u64> {
    let of_model = match json.get("model").and_then(|model| model.get("vocab")) {
        Some(Value::Object(pieces)) => pieces.get(piece).and_then(Value::as_u64),
        Some(Value::Array(pieces)) => {
            let is_it = |entry: &Value| entry.get(0).and_then(Value::as_str) == Some(piece);
            pieces.iter().position(is_it).map(|at| at as u64)
        }
        _ => None,
    };
    of_model.or_else(|| {
        let mut added = json.get("added_tokens")?.as_array()?.iter();
        added.find(|token| token.get("content").and_then(Value::as_str) == Some(piece))?.get("id")?.as_u64()
    })
}

/// A post-processor that puts the two pieces around a sentence; none where they are the class's own and the vocabulary
/// lacks them.
fn template(Around { pieces, stated }: &Around, json: &Map<String, Value>) -> Result<Option<Value>, String> {
    let numbers = pieces.each_ref().map(|piece| number(piece, json));
    let [Some(begin), Some(end)] = numbers else {
        if !stated {
            return Ok(None);
        }
        let missing = pieces.iter().zip(numbers).find(|(_, number)| number.is_none()).map_or("", |(piece, _)| piece);
        return Err(format!(
            "its settings put {missing} around a sentence, which its vocabulary lacks; correct cls_token or sep_token in tokenizer_config.json"
        ));
    };
    let special = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let entry = |name: &str, id: u64| json!({"id": name, "ids": [id], "tokens": [name]});
    let sequence = |name: &str| json!({"Sequence": {"id": name, "type_id": 0}});
    let [first, last] = pieces;
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
