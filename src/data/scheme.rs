//! Tagging schemes: what each allows, and the same entities in IOB2. Must not know files.
//!
//! IOB1 is that of Ramshaw and Marcus (1995), IOB2 that of Ratnaparkhi (1998); BIOES marks ends and single words too.

use super::sentence::is_type;
use crate::spec::Scheme;

/// What a tag says of its word's place in an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Begin,
    Inside,
    End,
    Single,
}

/// A tag taken apart; none for O.
type Tag<'t> = Option<(Mark, &'t str)>;

/// Where a sentence leaves its scheme.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// The word, counted in its sentence.
    pub(super) word: usize,
    /// What is wrong there.
    pub(super) what: String,
    /// Whether the scheme has no such tag anywhere.
    pub(super) unknown: bool,
}

/// The tags of a sentence in IOB2.
///
/// # Errors
/// The first tag that the scheme does not have, or not there.
pub(super) fn to_iob2(scheme: Scheme, tags: &[String]) -> Result<Vec<String>, Breach> {
    if scheme == Scheme::Types {
        return types_to_iob2(tags);
    }
    let marks = taken_apart(scheme, tags)?;
    let mut converted = Vec::with_capacity(tags.len());
    for (word, tag) in tags.iter().enumerate() {
        let before = word.checked_sub(1).and_then(|before| marks[before]);
        let after = marks.get(word + 1).copied().flatten();
        converted.push(match marks[word] {
            None => tag.clone(),
            Some((mark, kind)) => {
                let what = |what| Breach { word, what: format!("`{tag}` {what}"), unknown: false };
                check(scheme, mark, kind, before, after).map_err(what)?;
                let continues = before.is_some_and(|(_, earlier)| earlier == kind);
                let begins = matches!(mark, Mark::Begin | Mark::Single) || (mark == Mark::Inside && !continues);
                format!("{}-{kind}", if begins { 'B' } else { 'I' })
            }
        });
    }
    Ok(converted)
}

/// Marks of every scheme: BIOES, BILOU, BMES and BMEWO.
pub(super) const MARKS: &str = "BIELSUMW";

/// Whether a text could be a tag of some scheme: O, or a mark with or without a hyphen and a type.
pub(super) fn looks_like_tag(text: &str) -> bool {
    split(text).is_some() || is_mark(text)
}

/// Whether a text is a mark without a type.
pub(super) fn is_mark(text: &str) -> bool {
    text.len() == 1 && MARKS.contains(text)
}

/// Whether a text could be a tag under the scheme that the experiment names.
pub(super) fn could_be_tag(text: &str, scheme: Option<Scheme>) -> bool {
    match scheme {
        Some(Scheme::Types) => is_type(text) && !text.contains('='),
        _ => looks_like_tag(text),
    }
}

/// A tag of some scheme taken apart at its hyphen.
pub(super) fn mark_and_type(tag: &str) -> Option<(&str, &str)> {
    split(tag)??;
    tag.split_once('-')
}

/// The scheme that a tag outside O, B-X and I-X is of, if that can be told.
pub(super) fn scheme_of(tag: &str) -> Option<Scheme> {
    let (mark, _) = mark_and_type(tag)?;
    (!matches!(mark, "B" | "I")).then_some(Scheme::Bioes)
}

/// The tag taken apart; none for a text that is a tag of no scheme.
fn split(tag: &str) -> Option<Tag<'_>> {
    if tag == "O" {
        return Some(None);
    }
    let (mark, kind) = tag.split_once('-').filter(|(_, kind)| is_type(kind))?;
    let mark = match mark {
        "B" => Mark::Begin,
        "I" | "M" => Mark::Inside,
        "E" | "L" => Mark::End,
        "S" | "U" | "W" => Mark::Single,
        _ => return None,
    };
    Some(Some((mark, kind)))
}

/// The tags of a sentence taken apart, each one that the scheme has.
fn taken_apart(scheme: Scheme, tags: &[String]) -> Result<Vec<Tag<'_>>, Breach> {
    let parse = |(word, tag)| match split(tag) {
        Some(parsed) if allowed(scheme, tag, parsed) => Ok(parsed),
        _ => Err(Breach { word, what: format!("`{tag}` is none of {}", alphabet(scheme)), unknown: true }),
    };
    tags.iter().map(String::as_str).enumerate().map(parse).collect()
}

fn allowed(scheme: Scheme, text: &str, tag: Tag<'_>) -> bool {
    match (scheme, tag) {
        (_, None) | (Scheme::Bioes, _) => true,
        (Scheme::Iob1 | Scheme::Iob2, Some(_)) => text.starts_with(['B', 'I']),
        (Scheme::Io, Some(_)) => text.starts_with('I'),
        (Scheme::Types, Some(_)) => false,
    }
}

/// Types alone as IOB2: words of one type that touch are one entity. The digit 0 is taken for O.
fn types_to_iob2(tags: &[String]) -> Result<Vec<String>, Breach> {
    let mut converted: Vec<String> = Vec::with_capacity(tags.len());
    for (word, tag) in tags.iter().enumerate() {
        if mark_and_type(tag).is_some() || !is_type(tag) {
            let what = if is_type(tag) { "has a mark" } else { "is no type" };
            return Err(Breach { word, what: format!("`{tag}` {what}"), unknown: true });
        }
        let continues = word.checked_sub(1).is_some_and(|before| tags[before] == *tag);
        converted.push(match tag.as_str() {
            "O" | "0" => "O".to_owned(),
            kind => format!("{}-{kind}", if continues { 'I' } else { 'B' }),
        });
    }
    Ok(converted)
}

fn alphabet(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Iob1 | Scheme::Iob2 => "O, B-X, I-X",
        Scheme::Bioes => "O, B-X, I-X, E-X, S-X",
        Scheme::Io => "O, I-X",
        Scheme::Types => "O, X",
    }
}

/// What a tag's neighbors have to be under its scheme.
fn check(scheme: Scheme, mark: Mark, kind: &str, before: Tag<'_>, after: Tag<'_>) -> Result<(), String> {
    let same = |tag: Tag<'_>, marks: [Mark; 2]| tag.is_some_and(|(mark, other)| other == kind && marks.contains(&mark));
    let open = same(before, [Mark::Begin, Mark::Inside]);
    match (scheme, mark) {
        (Scheme::Iob2, Mark::Inside) | (Scheme::Bioes, Mark::Inside | Mark::End) if !open => {
            Err(format!("does not follow `B-{kind}` or `I-{kind}`"))
        }
        (Scheme::Iob1, Mark::Begin) if !open => {
            Err(format!("does not follow `B-{kind}` or `I-{kind}`: B- parts two entities of one type that touch"))
        }
        (Scheme::Bioes, Mark::Begin | Mark::Inside) if !same(after, [Mark::Inside, Mark::End]) => {
            Err(format!("is not followed by `I-{kind}` or `E-{kind}`"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn iob2(scheme: Scheme, text: &str) -> String {
        to_iob2(scheme, &tags(text)).unwrap().join(" ")
    }

    fn breach(scheme: Scheme, text: &str) -> String {
        let Breach { word, what, .. } = to_iob2(scheme, &tags(text)).unwrap_err();
        format!("{word}: {what}")
    }

    /// One sentence with entities of one word and of several, touching ones of one type and of two, in every scheme.
    #[test]
    fn every_scheme_says_the_same_entities() {
        let wanted = "B-PER I-PER O B-LOC B-LOC B-ORG I-ORG";
        assert_eq!(iob2(Scheme::Iob2, wanted), wanted);
        assert_eq!(iob2(Scheme::Iob1, "I-PER I-PER O I-LOC B-LOC I-ORG I-ORG"), wanted);
        assert_eq!(iob2(Scheme::Bioes, "B-PER E-PER O S-LOC S-LOC B-ORG E-ORG"), wanted);
        assert_eq!(iob2(Scheme::Bioes, "B-PER L-PER O U-LOC U-LOC B-ORG L-ORG"), wanted);
        assert_eq!(iob2(Scheme::Bioes, "B-PER I-PER E-PER"), "B-PER I-PER I-PER");
        assert_eq!(
            iob2(Scheme::Bioes, "B-PER M-PER E-PER O W-LOC S-LOC B-ORG E-ORG"),
            "B-PER I-PER I-PER O B-LOC B-LOC B-ORG I-ORG"
        );
        assert_eq!(iob2(Scheme::Types, "PER PER 0 LOC ORG ORG O"), "B-PER I-PER O B-LOC B-ORG I-ORG O");
        assert_eq!(iob2(Scheme::Io, "I-PER I-PER O I-LOC I-LOC I-ORG I-ORG"), "B-PER I-PER O B-LOC I-LOC B-ORG I-ORG");
        assert_eq!(iob2(Scheme::Iob1, "I-PER B-PER B-PER I-PER"), "B-PER B-PER B-PER I-PER");
        assert_eq!(iob2(Scheme::Iob2, "B-ORG-PART I-ORG-PART"), "B-ORG-PART I-ORG-PART");
    }

    #[test]
    fn the_first_tag_that_breaks_a_scheme_is_named() {
        insta::assert_snapshot!(breach(Scheme::Iob2, "O I-PER"), @"1: `I-PER` does not follow `B-PER` or `I-PER`");
        insta::assert_snapshot!(breach(Scheme::Iob2, "B-LOC I-PER"), @"1: `I-PER` does not follow `B-PER` or `I-PER`");
        insta::assert_snapshot!(breach(Scheme::Iob2, "B-PER E-PER"), @"1: `E-PER` is none of O, B-X, I-X");
        insta::assert_snapshot!(breach(Scheme::Iob1, "O B-PER"), @"1: `B-PER` does not follow `B-PER` or `I-PER`: B- parts two entities of one type that touch");
        insta::assert_snapshot!(breach(Scheme::Bioes, "B-PER O"), @"0: `B-PER` is not followed by `I-PER` or `E-PER`");
        insta::assert_snapshot!(breach(Scheme::Bioes, "B-PER I-PER"), @"1: `I-PER` is not followed by `I-PER` or `E-PER`");
        insta::assert_snapshot!(breach(Scheme::Bioes, "S-PER E-PER"), @"1: `E-PER` does not follow `B-PER` or `I-PER`");
        insta::assert_snapshot!(breach(Scheme::Io, "I-PER B-PER"), @"1: `B-PER` is none of O, I-X");
        insta::assert_snapshot!(breach(Scheme::Iob2, "B-PER M-PER"), @"1: `M-PER` is none of O, B-X, I-X");
        insta::assert_snapshot!(breach(Scheme::Types, "PER B-PER"), @"1: `B-PER` has a mark");
        insta::assert_snapshot!(breach(Scheme::Io, "PER"), @"0: `PER` is none of O, I-X");
        insta::assert_snapshot!(breach(Scheme::Bioes, "B-"), @"0: `B-` is none of O, B-X, I-X, E-X, S-X");
    }

    /// Spans of a sentence: how many words each has, and its type; none for words outside.
    type Spans = Vec<(usize, Option<usize>)>;

    const TYPES: [&str; 3] = ["PER", "LOC", "ORG-PART"];

    fn spans() -> impl Strategy<Value = Spans> {
        prop::collection::vec((1..4_usize, prop::option::of(0..TYPES.len())), 0..8)
    }

    /// The sentence's tags under a scheme; `letters`: for the marks of inside, end and single.
    fn written(scheme: Scheme, spans: &Spans, letters: [char; 3]) -> Vec<String> {
        let mut tags = Vec::new();
        for (at, (words, kind)) in spans.iter().enumerate() {
            let touches = at > 0 && spans[at - 1].1 == *kind;
            for word in 0..*words {
                let Some(kind) = kind.map(|kind| TYPES[kind]) else {
                    tags.push("O".to_owned());
                    continue;
                };
                let mark = match (scheme, word == 0, word + 1 == *words) {
                    (Scheme::Types, ..) => {
                        tags.push(kind.to_owned());
                        continue;
                    }
                    (Scheme::Bioes, true, true) => letters[2],
                    (Scheme::Bioes, false, true) => letters[1],
                    (Scheme::Bioes, false, false) => letters[0],
                    (Scheme::Iob2 | Scheme::Bioes, true, _) => 'B',
                    (Scheme::Iob1, true, _) if touches => 'B',
                    _ => 'I',
                };
                tags.push(format!("{mark}-{kind}"));
            }
        }
        tags
    }

    /// Spans with those of one type that touch made one, as schemes without B- cannot part them.
    fn joined(spans: &Spans) -> Spans {
        let mut joined: Spans = Vec::new();
        for (words, kind) in spans {
            match joined.last_mut() {
                Some((before, same)) if same == kind => *before += words,
                _ => joined.push((*words, *kind)),
            }
        }
        joined
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_scheme_keeps_the_entities(spans in spans()) {
            let wanted = written(Scheme::Iob2, &spans, ['I'; 3]);
            for letters in [['I', 'E', 'S'], ['I', 'L', 'U'], ['M', 'E', 'S'], ['M', 'E', 'W']] {
                prop_assert_eq!(to_iob2(Scheme::Bioes, &written(Scheme::Bioes, &spans, letters)).unwrap(), wanted.clone());
            }
            prop_assert_eq!(to_iob2(Scheme::Iob1, &written(Scheme::Iob1, &spans, ['I'; 3])).unwrap(), wanted.clone());
            prop_assert_eq!(to_iob2(Scheme::Iob2, &wanted).unwrap(), wanted, "converting again changes nothing");
            let one = joined(&spans);
            let wanted = written(Scheme::Iob2, &one, ['I'; 3]);
            for scheme in [Scheme::Io, Scheme::Types] {
                prop_assert_eq!(to_iob2(scheme, &written(scheme, &spans, ['I'; 3])).unwrap(), wanted.clone());
            }
        }

        #[test]
        fn whatever_is_converted_is_iob2(tags in prop::collection::vec("[BIESLUMWO](-[AB])?|O|A", 0..8)) {
            for scheme in [Scheme::Iob1, Scheme::Iob2, Scheme::Bioes, Scheme::Io, Scheme::Types] {
                if let Ok(converted) = to_iob2(scheme, &tags) {
                    prop_assert_eq!(to_iob2(Scheme::Iob2, &converted), Ok(converted));
                }
            }
        }
    }
}
