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
}

/// The tags of a sentence in IOB2.
///
/// # Errors
/// The first tag that the scheme does not have, or not there.
pub(super) fn to_iob2(scheme: Scheme, tags: &[String]) -> Result<Vec<String>, Breach> {
    let marks = taken_apart(scheme, tags)?;
    let mut converted = Vec::with_capacity(tags.len());
    for (word, tag) in tags.iter().enumerate() {
        let before = word.checked_sub(1).and_then(|before| marks[before]);
        let after = marks.get(word + 1).copied().flatten();
        converted.push(match marks[word] {
            None => tag.clone(),
            Some((mark, kind)) => {
                let what = |what| Breach { word, what: format!("`{tag}` {what}") };
                check(scheme, mark, kind, before, after).map_err(what)?;
                let continues = before.is_some_and(|(_, earlier)| earlier == kind);
                let begins = matches!(mark, Mark::Begin | Mark::Single) || (mark == Mark::Inside && !continues);
                format!("{}-{kind}", if begins { 'B' } else { 'I' })
            }
        });
    }
    Ok(converted)
}

/// Whether a text could be a tag of some scheme: O, or a mark, a hyphen and a type.
pub(super) fn looks_like_tag(text: &str) -> bool {
    split(text).is_some()
}

/// The scheme that a tag outside O, B-X and I-X is of, if that can be told.
pub(super) fn scheme_of(tag: &str) -> Option<Scheme> {
    matches!(split(tag), Some(Some((Mark::End | Mark::Single, _)))).then_some(Scheme::Bioes)
}

/// The tag taken apart; none for a text that is a tag of no scheme.
fn split(tag: &str) -> Option<Tag<'_>> {
    if tag == "O" {
        return Some(None);
    }
    let (mark, kind) = tag.split_once('-').filter(|(_, kind)| is_type(kind))?;
    let mark = match mark {
        "B" => Mark::Begin,
        "I" => Mark::Inside,
        "E" | "L" => Mark::End,
        "S" | "U" => Mark::Single,
        _ => return None,
    };
    Some(Some((mark, kind)))
}

/// The tags of a sentence taken apart, each one that the scheme has.
fn taken_apart(scheme: Scheme, tags: &[String]) -> Result<Vec<Tag<'_>>, Breach> {
    let parse = |(word, tag)| match split(tag) {
        Some(parsed) if allowed(scheme, parsed) => Ok(parsed),
        _ => Err(Breach { word, what: format!("`{tag}` is none of {}", alphabet(scheme)) }),
    };
    tags.iter().map(String::as_str).enumerate().map(parse).collect()
}

fn allowed(scheme: Scheme, tag: Tag<'_>) -> bool {
    match (scheme, tag) {
        (_, None) | (Scheme::Bioes, _) => true,
        (Scheme::Iob1 | Scheme::Iob2, Some((mark, _))) => matches!(mark, Mark::Begin | Mark::Inside),
        (Scheme::Io, Some((mark, _))) => mark == Mark::Inside,
    }
}

fn alphabet(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Iob1 | Scheme::Iob2 => "O, B-X, I-X",
        Scheme::Bioes => "O, B-X, I-X, E-X, S-X",
        Scheme::Io => "O, I-X",
    }
}

/// What a tag's neighbours have to be under its scheme.
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
    use super::*;

    fn tags(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn iob2(scheme: Scheme, text: &str) -> String {
        to_iob2(scheme, &tags(text)).unwrap().join(" ")
    }

    fn breach(scheme: Scheme, text: &str) -> String {
        let Breach { word, what } = to_iob2(scheme, &tags(text)).unwrap_err();
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
        insta::assert_snapshot!(breach(Scheme::Io, "PER"), @"0: `PER` is none of O, I-X");
        insta::assert_snapshot!(breach(Scheme::Bioes, "B-"), @"0: `B-` is none of O, B-X, I-X, E-X, S-X");
    }
}
