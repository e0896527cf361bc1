//! The tag set: names parsed into outside, begin and inside of a type. It must not know where the names come from.

use super::MetricsError;

/// A parsed tag. The number is the type's index in `TagSet::types`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// `O`
    Outside,
    /// `B-TYPE`
    Begin(usize),
    /// `I-TYPE`
    Inside(usize),
}

/// The tags of a data set, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSet {
    names: Vec<String>,
    tags: Vec<Tag>,
    types: Vec<String>,
}

impl TagSet {
    /// Parses names of the forms `O`, `B-TYPE` and `I-TYPE`, each at most once. A type holds no white space, so that a
    /// sentence's tags can be written on a line.
    pub fn new(names: &[String]) -> Result<Self, MetricsError> {
        let mut types: Vec<String> = names.iter().filter_map(|name| kind_of(name)).map(str::to_owned).collect();
        types.sort();
        types.dedup();
        let mut tags = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                return Err(MetricsError::Repeated { name: name.clone() });
            }
            let number = |kind: &str| types.iter().position(|known| known == kind).expect("types holds every type");
            tags.push(match kind_of(name) {
                Some(kind) if name.starts_with('B') => Tag::Begin(number(kind)),
                Some(kind) => Tag::Inside(number(kind)),
                None if name == "O" => Tag::Outside,
                None => return Err(MetricsError::NotIob { index, name: name.clone() }),
            });
        }
        Ok(Self { names: names.to_vec(), tags, types })
    }

    /// The names, in the order of the tags' numbers.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The entity types, sorted by name.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// How many tags there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no tag at all.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Tag `number`, parsed. Panics if there is none: `score` checks first.
    pub(super) fn tag(&self, number: u16) -> Tag {
        self.tags[usize::from(number)]
    }

    /// Whether tag `number` (below `len`) is `O`.
    pub(super) fn is_outside(&self, number: usize) -> bool {
        self.tags[number] == Tag::Outside
    }
}

/// The type of `B-TYPE` or `I-TYPE`; none for every other name.
fn kind_of(name: &str) -> Option<&str> {
    let kind = name.strip_prefix("B-").or_else(|| name.strip_prefix("I-"))?;
    (!kind.is_empty() && !kind.contains(char::is_whitespace)).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Result<TagSet, MetricsError> {
        TagSet::new(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn types_are_sorted_and_may_hold_hyphens() {
        let tags = set(&["O", "I-b", "B-b", "B-a-c"]).expect("valid names");
        assert_eq!(tags.types(), ["a-c", "b"]);
        assert_eq!(tags.tag(1), Tag::Inside(1));
        assert_eq!(tags.tag(3), Tag::Begin(0));
    }

    #[test]
    fn other_names_are_refused_with_their_place() {
        let texts = [&["O", "PER"][..], &["B-"], &["o"], &["B-A B"], &["O", "B-A", "O"]]
            .map(|names| set(names).expect_err("refused").to_string());
        insta::assert_snapshot!(texts.join("\n"), @r#"
        tag 1 of the tag set is "PER", which is not O, B-TYPE or I-TYPE; rename it in the data, or list the tags in data.labels
        tag 0 of the tag set is "B-", which is not O, B-TYPE or I-TYPE; rename it in the data, or list the tags in data.labels
        tag 0 of the tag set is "o", which is not O, B-TYPE or I-TYPE; rename it in the data, or list the tags in data.labels
        tag 0 of the tag set is "B-A B", which is not O, B-TYPE or I-TYPE; rename it in the data, or list the tags in data.labels
        tag "O" is listed twice in the tag set; list each tag once in data.labels
        "#);
    }
}
