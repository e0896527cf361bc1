//! Parts of a `tokenizer.json`, read and changed as JSON.

use serde_json::{Value, json};

/// A token's text: `"[CLS]"` or `{"content": "[CLS]", ...}`.
pub fn token_text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("content")?.as_str())
}

/// An entry of `added_tokens`, with the defaults of `AddedToken`.
pub fn added_token(id: u32, token: &Value) -> Value {
    let flag = |key: &str, default: bool| token.get(key).and_then(Value::as_bool).unwrap_or(default);
    let special = flag("special", false);
    json!({"id": id, "content": token_text(token), "single_word": flag("single_word", false),
           "lstrip": flag("lstrip", false), "rstrip": flag("rstrip", false),
           "normalized": flag("normalized", !special), "special": special})
}

pub(super) fn is_type(part: &Value, name: &str) -> bool {
    part.get("type").and_then(Value::as_str) == Some(name)
}

/// Whether a normalizer or a part of it converts to lower case.
pub fn lower_cases(normalizer: &Value) -> bool {
    let parts = normalizer.get("normalizers").and_then(Value::as_array);
    is_type(normalizer, "Lowercase")
        || is_type(normalizer, "BertNormalizer") && normalizer.get("lowercase") == Some(&Value::Bool(true))
        || parts.is_some_and(|parts| parts.iter().any(lower_cases))
}

/// `add_prefix_space` of the first byte-level part; none if there is no such part.
pub(super) fn has_prefix_space(part: &Value) -> Option<bool> {
    if is_type(part, "ByteLevel") {
        return Some(part.get("add_prefix_space") == Some(&Value::Bool(true)));
    }
    part.get("pretokenizers")?.as_array()?.iter().find_map(has_prefix_space)
}

pub(super) fn set_scheme(part: &mut Value, scheme: &str) {
    if is_type(part, "Metaspace") && part.get("prepend_scheme").and_then(Value::as_str).unwrap_or("always") != scheme {
        part["prepend_scheme"] = json!(scheme);
        part.as_object_mut().map(|part| part.remove("add_prefix_space"));
    }
    for part in part.get_mut("pretokenizers").and_then(Value::as_array_mut).into_iter().flatten() {
        set_scheme(part, scheme);
    }
}

/// The names of the tokens that a post-processor puts before and after a sentence; none for an unknown post-processor.
pub(super) fn boundary_names(part: &Value) -> Option<[Vec<String>; 2]> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if is_type(part, "BertProcessing") || is_type(part, "RobertaProcessing") {
        return Some([vec![text(part.get("cls")?.get(0)?)?], vec![text(part.get("sep")?.get(0)?)?]]);
    }
    if is_type(part, "ByteLevel") {
        return Some([Vec::new(), Vec::new()]);
    }
    if is_type(part, "TemplateProcessing") {
        let (mut names, mut behind) = ([Vec::new(), Vec::new()], 0);
        for token in part.get("single")?.as_array()? {
            match token.get("SpecialToken") {
                Some(special) => names[behind].push(text(special.get("id")?)?),
                None => behind = 1,
            }
        }
        return Some(names);
    }
    let found: Vec<_> = part.get("processors")?.as_array()?.iter().map(boundary_names).collect::<Option<_>>()?;
    let some = found.iter().find(|names| names.iter().any(|names| !names.is_empty()));
    some.or(found.first()).cloned()
}
