//! Parts of a `tokenizer.json` read and changed as JSON. Must not know what changes them.

use serde_json::{Value, json};

/// `"[CLS]"` or `{"content": "[CLS]", ...}`.
pub(super) fn content(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("content")?.as_str())
}

/// An entry of `added_tokens`, with the defaults of `AddedToken`.
pub(super) fn added(id: u32, token: &Value) -> Value {
    let flag = |key: &str, default: bool| token.get(key).and_then(Value::as_bool).unwrap_or(default);
    let special = flag("special", false);
    json!({"id": id, "content": content(token), "single_word": flag("single_word", false),
           "lstrip": flag("lstrip", false), "rstrip": flag("rstrip", false),
           "normalized": flag("normalized", !special), "special": special})
}

pub(super) fn is_type(part: &Value, name: &str) -> bool {
    part.get("type").and_then(Value::as_str) == Some(name)
}

/// Whether a normalizer, or a part of it, lower-cases.
pub(super) fn lower_cases(normalizer: &Value) -> bool {
    let parts = normalizer.get("normalizers").and_then(Value::as_array);
    is_type(normalizer, "Lowercase")
        || is_type(normalizer, "BertNormalizer") && normalizer.get("lowercase") == Some(&Value::Bool(true))
        || parts.is_some_and(|parts| parts.iter().any(lower_cases))
}

/// The prefix space of the byte-level parts; none: there is no such part.
pub(super) fn spaced(part: &Value) -> Option<bool> {
    if is_type(part, "ByteLevel") {
        return Some(part.get("add_prefix_space") == Some(&Value::Bool(true)));
    }
    part.get("pretokenizers")?.as_array()?.iter().find_map(spaced)
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

/// The names of the pieces that a post-processor puts before and behind a sentence; none: it is of another form.
pub(super) fn names_around(part: &Value) -> Option<[Vec<String>; 2]> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if is_type(part, "BertProcessing") || is_type(part, "RobertaProcessing") {
        return Some([vec![text(part.get("cls")?.get(0)?)?], vec![text(part.get("sep")?.get(0)?)?]]);
    }
    if is_type(part, "ByteLevel") {
        return Some([Vec::new(), Vec::new()]);
    }
    if is_type(part, "TemplateProcessing") {
        let (mut names, mut behind) = ([Vec::new(), Vec::new()], 0);
        for piece in part.get("single")?.as_array()? {
            match piece.get("SpecialToken") {
                Some(special) => names[behind].push(text(special.get("id")?)?),
                None => behind = 1,
            }
        }
        return Some(names);
    }
    let found: Vec<_> = part.get("processors")?.as_array()?.iter().map(names_around).collect::<Option<_>>()?;
    let some = found.iter().find(|names| names.iter().any(|names| !names.is_empty()));
    some.or(found.first()).cloned()
}
