//! `train.groups`: parameters with a rate or a decay of their own, by their names. It knows no model.

use schemars::{Schema, json_schema};

use super::Value;

/// Parameters with constants of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterGroup {
    /// `match`: a parameter's name, in which `*` is any text and `?` any character.
    pub pattern: String,
    /// `learning_rate`: the highest; none: as without the group.
    pub learning_rate: Option<f64>,
    /// `weight_decay`; none: as without the group.
    pub weight_decay: Option<f64>,
}

impl ParameterGroup {
    const MATCH: &str = "match";
    const LEARNING_RATE: &str = "learning_rate";
    const WEIGHT_DECAY: &str = "weight_decay";

    /// What groups are, for messages.
    pub(super) const DESCRIPTION: &str =
        "a list of groups such as [{ match = \"embeddings.*\", learning_rate = 1e-5 }]";

    /// The names of its numbers.
    const NUMBERS: [&str; 2] = [Self::LEARNING_RATE, Self::WEIGHT_DECAY];

    /// Groups as a file has them, with their values read.
    ///
    /// # Errors
    /// Which group is wrong, counted from 1, and how.
    pub(super) fn read(groups: &[Value]) -> Result<Value, String> {
        let mut read: Vec<Value> = Vec::new();
        for (at, group) in (1..).zip(groups) {
            let group = Self::read_one(group).map_err(|wrong| format!("group {at}: {wrong}"))?;
            read.push(group);
        }
        let pattern = |group: &Value| Self::of(group).pattern;
        let twice = (1..read.len()).find(|at| read[..*at].iter().any(|one| pattern(one) == pattern(&read[*at])));
        match twice {
            Some(at) => Err(format!("group {}: \"{}\" is listed twice", at + 1, pattern(&read[at]))),
            None => Ok(Value::List(read)),
        }
    }

    fn read_one(group: &Value) -> Result<Value, String> {
        let Value::Map(entries) = group else { return Err(format!("{} is no table", group.to_toml())) };
        let entry = |(name, value): &(String, Value)| {
            let read = match (name.as_str(), value) {
                (Self::MATCH, Value::Text(text)) if !text.trim().is_empty() => value.clone(),
                (Self::MATCH, _) => return Err(format!("`{name}` takes text")),
                (number, _) if Self::NUMBERS.contains(&number) => {
                    not_negative(value).ok_or_else(|| format!("`{name}` takes a number from 0"))?
                }
                _ => return Err(format!("`{name}` is not match, learning_rate or weight_decay")),
            };
            Ok((name.clone(), read))
        };
        let entries: Vec<(String, Value)> = entries.iter().map(entry).collect::<Result<_, _>>()?;
        if !entries.iter().any(|(name, _)| name == Self::MATCH) {
            return Err(format!("`{}` is missing: the names of its parameters", Self::MATCH));
        }
        if entries.len() == 1 {
            return Err(format!("it has neither `{}` nor `{}`", Self::LEARNING_RATE, Self::WEIGHT_DECAY));
        }
        Ok(Value::Map(entries))
    }

    /// A group that was read.
    fn of(group: &Value) -> Self {
        let number = |name| group.named(name).map(Value::number);
        Self {
            pattern: group.named(Self::MATCH).expect("a group has a pattern").text(),
            learning_rate: number(Self::LEARNING_RATE),
            weight_decay: number(Self::WEIGHT_DECAY),
        }
    }

    /// Groups that were read.
    ///
    /// # Panics
    /// If the value is no list.
    pub(super) fn all(groups: &Value) -> Vec<Self> {
        let Value::List(groups) = groups else { panic!("groups are a list, not {groups:?}") };
        groups.iter().map(Self::of).collect()
    }

    /// Groups as JSON Schema.
    pub(super) fn schema() -> Schema {
        let number = json_schema!({ "type": "number", "minimum": 0 });
        json_schema!({
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    Self::MATCH: { "type": "string", "minLength": 1 },
                    Self::LEARNING_RATE: number,
                    Self::WEIGHT_DECAY: number
                },
                "required": [Self::MATCH],
                "minProperties": 2
            }
        })
    }
}

/// A number that is not below 0, as a fractional one.
fn not_negative(value: &Value) -> Option<Value> {
    let number = match value {
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        _ => return None,
    };
    // -0 is 0
    (number.is_finite() && number >= 0.0).then_some(Value::Float(number + 0.0))
}

impl From<&ParameterGroup> for Value {
    fn from(ParameterGroup { pattern, learning_rate, weight_decay }: &ParameterGroup) -> Self {
        let numbers = [
            (ParameterGroup::LEARNING_RATE, learning_rate.map(Value::from)),
            (ParameterGroup::WEIGHT_DECAY, weight_decay.map(Value::from)),
        ];
        let given = numbers.into_iter().filter_map(|(name, number)| Some((name.to_owned(), number?)));
        let mut entries: Vec<(String, Self)> = given.collect();
        entries.push((ParameterGroup::MATCH.to_owned(), pattern.as_str().into()));
        // as every map: sorted by name
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        Self::Map(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(entries: &[(&str, Value)]) -> Value {
        Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn a_group_is_read_and_written_back() {
        let written = group(&[("learning_rate", Value::Integer(1)), ("match", "*.bias".into())]);
        let Ok(Value::List(read)) = ParameterGroup::read(&[written]) else { panic!("it is right") };
        let expected = ParameterGroup { pattern: "*.bias".to_owned(), learning_rate: Some(1.0), weight_decay: None };
        assert_eq!(ParameterGroup::of(&read[0]), expected);
        assert_eq!(Value::from(&expected), read[0]);
        assert_eq!(ParameterGroup::read(&[]), Ok(Value::List(Vec::new())));
    }

    #[test]
    fn a_wrong_group_is_named_with_what_is_wrong() {
        let fine = group(&[("match", "a".into()), ("weight_decay", 0.1.into())]);
        let said = |wrong: Value| ParameterGroup::read(&[fine.clone(), wrong]).expect_err("it is wrong");
        assert_eq!(said(3_usize.into()), "group 2: 3 is no table");
        assert_eq!(said(group(&[("match", "b".into())])), "group 2: it has neither `learning_rate` nor `weight_decay`");
        let nameless = group(&[("learning_rate", 0.1.into())]);
        assert_eq!(said(nameless), "group 2: `match` is missing: the names of its parameters");
        let unknown = group(&[("lr", 0.1.into()), ("match", "b".into())]);
        assert_eq!(said(unknown), "group 2: `lr` is not match, learning_rate or weight_decay");
        let negative = group(&[("learning_rate", Value::Float(-0.1)), ("match", "b".into())]);
        assert_eq!(said(negative), "group 2: `learning_rate` takes a number from 0");
        let empty = group(&[("learning_rate", 0.1.into()), ("match", "".into())]);
        assert_eq!(said(empty), "group 2: `match` takes text");
        assert_eq!(said(fine.clone()), "group 2: \"a\" is listed twice");
    }
}
