//! A value of the experiment file, and its texts. It must not know which key it belongs to.

use std::fmt;

use super::{Languages, Source};

/// A value of the experiment file. Two spellings of one setting are one value: `3` and `3.0` epochs, `5e-5` and `0.00005`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text; shown without quotes.
    Text(String),
    /// A whole number. Wide enough for every seed (u64) and every TOML integer (i64).
    Integer(i128),
    /// A fractional number, never NaN or infinite.
    Float(f64),
    /// `true` or `false`
    Boolean(bool),
    /// A list; shown as `[a,b]`.
    List(Vec<Value>),
    /// Texts that are read as one; shown as `a+b`.
    Joined(Vec<String>),
    /// Names with their values, sorted by name; shown as `{a=b,c=d}`.
    Map(Vec<(String, Value)>),
    /// A data set or checkpoint.
    Source(Source),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => f.write_str(&shortest(*number)),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::Source(source) => write!(f, "{source}"),
            Self::List(values) => {
                let items: Vec<String> = values.iter().map(Value::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Self::Joined(texts) => f.write_str(&texts.join(Languages::SEPARATOR)),
            Self::Map(entries) => {
                let items: Vec<String> = entries.iter().map(|(name, value)| format!("{name}={value}")).collect();
                write!(f, "{{{}}}", items.join(","))
            }
        }
    }
}

impl fmt::Display for Source {
    /// As written in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub(id) => f.write_str(id),
            Self::Folder { written, .. } => f.write_str(written),
            Self::Builtin(name) => write!(f, "builtin:{name}"),
            Self::Job(job) => f.write_str(&job.written),
        }
    }
}

impl Source {
    /// As a value; a required source that is not given yet is an empty builtin: none.
    pub(super) fn given(&self) -> Option<Value> {
        if *self == Self::Builtin(String::new()) { None } else { Some(Value::Source(self.clone())) }
    }
}

/// The shortest decimal text that reads back as `number`: plain from 0.0001 to 1e16, else with an exponent (`5e-5`).
pub fn shortest(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) { format!("{number:e}") } else { format!("{number}") }
}

impl Value {
    /// The value as TOML, which reads back as the same value: text quoted, a fractional number with a point or exponent.
    pub fn to_toml(&self) -> String {
        match self {
            Self::Text(text) => toml::Value::String(text.clone()).to_string(),
            Self::Source(source) => toml::Value::String(source.to_string()).to_string(),
            Self::Float(number) => {
                let text = shortest(*number);
                if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
            }
            Self::Integer(_) | Self::Boolean(_) => self.to_string(),
            Self::List(values) => {
                let items: Vec<String> = values.iter().map(Value::to_toml).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Joined(texts) => Self::from(texts.as_slice()).to_toml(),
            Self::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Self::Map(entries) => {
                let item = |(name, value): &(String, Value)| format!("{} = {}", toml_key(name), value.to_toml());
                format!("{{ {} }}", entries.iter().map(item).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The value as canonical JSON: no white space, shortest numbers.
    pub fn to_json(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Source(source) => quoted(&source.to_string()),
            Self::Integer(_) | Self::Float(_) | Self::Boolean(_) => self.to_string(),
            Self::Joined(texts) => Self::from(texts.as_slice()).to_json(),
            Self::List(values) => {
                let items: Vec<String> = values.iter().map(Value::to_json).collect();
                format!("[{}]", items.join(","))
            }
            Self::Map(entries) => {
                let item = |(name, value): &(String, Value)| format!("{}:{}", quoted(name), value.to_json());
                format!("{{{}}}", entries.iter().map(item).collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// A name as a key of TOML: bare where that can be, else as a basic string. JSON's escapes are TOML's, but for one control
/// character that JSON does not escape.
fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if bare { name.to_owned() } else { quoted(name).replace('\u{7f}', "\\u007f") }
}

/// Text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_their_shortest_digits() {
        let shown: Vec<String> = [3.0, 5e-5, 0.00005, 0.0001, 0.01, 1e-8, 1e16, 0.1 + 0.2].map(shortest).to_vec();
        assert_eq!(shown, ["3", "5e-5", "5e-5", "0.0001", "0.01", "1e-8", "1e16", "0.30000000000000004"]);
    }

    #[test]
    fn a_value_written_as_toml_reads_back_as_the_same_kind() {
        assert_eq!(Value::Float(3.0).to_toml(), "3.0");
        assert_eq!(Value::Float(5e-5).to_toml(), "5e-5");
        assert_eq!(Value::from("a\"b").to_toml(), "'a\"b'");
        assert_eq!(Value::List(vec!["O".into(), "B-PER".into()]).to_toml(), r#"["O", "B-PER"]"#);
    }

    #[test]
    fn a_map_is_written_with_its_names_as_they_must_be_quoted() {
        let map = Value::Map(vec![("MISC".to_owned(), "O".into()), ("a b".to_owned(), 2_usize.into())]);
        assert_eq!(map.to_string(), "{MISC=O,a b=2}");
        assert_eq!(map.to_toml(), r#"{ MISC = "O", "a b" = 2 }"#);
        assert_eq!(map.to_json(), r#"{"MISC":"O","a b":2}"#);
        assert_eq!(Value::Map(Vec::new()).to_toml(), "{}");
    }

    #[test]
    fn json_escapes_text_and_writes_numbers_shortest() {
        assert_eq!(Value::List(vec!["a\"\n".into(), Value::Float(3.0)]).to_json(), r#"["a\"\n",3]"#);
    }
}
