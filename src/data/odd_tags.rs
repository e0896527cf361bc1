//! Remedies for tags that are not O, B-X or I-X.

use super::scheme::{MARKS, is_mark, mark_and_type, scheme_of};

/// The remedy for a tag, as the end of a message. `marked`: whether any tag of the data has a prefix and a type.
pub(super) fn remedy(tag: &str, marked: bool) -> Option<String> {
    if tag.is_empty() {
        return Some("give each word a tag, or choose other columns with data.columns".to_owned());
    }
    if scheme_of(tag).is_some() || (is_mark(tag) && !marked) {
        return Some("set data.scheme = \"bioes\" to convert the tags".to_owned());
    }
    if is_mark(tag) {
        return Some(format!("the type is missing; write `{tag}-X` as in the other tags"));
    }
    match respelled(tag).filter(|(right, _)| right != tag) {
        Some((right, why)) => Some(format!("{why}; write `{right}`")),
        None if tag.contains(char::is_whitespace) => {
            let joined = tag.split_whitespace().collect::<Vec<_>>().join("_");
            Some(format!("a type has no spaces; write `{joined}`"))
        }
        None if tag == "0" && marked => Some("this is the digit 0; write the letter `O`".to_owned()),
        None if !marked => Some("no tag has a prefix; set data.scheme = \"types\" to read types alone".to_owned()),
        None => None,
    }
}

/// The correct spelling of a tag, and the reason.
fn respelled(tag: &str) -> Option<(String, &'static str)> {
    const CASE: &str = "tags are case-sensitive";
    if tag == "o" {
        return Some(("O".to_owned(), CASE));
    }
    let mark_of = |text: &str| Some(text.to_uppercase()).filter(|mark| is_mark(mark));
    let split_at = |at: usize| Some((tag.get(..at)?, tag.get(at..)?));
    let separator = |text: &str| text.starts_with(['-', '_', ':', '/', '.', '+', ' ']);
    // `b-PER`, `B_PER`
    if let Some((mark, rest)) = split_at(1).filter(|(mark, rest)| mark_of(mark).is_some() && separator(rest)) {
        let right = format!("{}-{}", mark.to_uppercase(), &rest[1..]);
        mark_and_type(&right)?;
        let why = if rest.starts_with('-') { CASE } else { "a hyphen separates prefix and type" };
        return Some((right, why));
    }
    // `PER-B`
    let (kind, mark) = tag.rsplit_once(['-', '_'])?;
    let right = format!("{mark}-{kind}");
    (MARKS.contains(mark) && mark_and_type(&right).is_some()).then_some((right, "the prefix comes first"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_gets_its_remedy() {
        let said = |tag: &str, marked: bool| remedy(tag, marked).unwrap_or_default();
        let bioes = "set data.scheme = \"bioes\" to convert the tags";
        let types = "no tag has a prefix; set data.scheme = \"types\" to read types alone";
        for (tag, marked, wanted) in [
            ("o", false, "tags are case-sensitive; write `O`"),
            ("b-per", false, "tags are case-sensitive; write `B-per`"),
            ("B_PER", false, "a hyphen separates prefix and type; write `B-PER`"),
            ("i:PER", false, "a hyphen separates prefix and type; write `I-PER`"),
            ("PER-B", false, "the prefix comes first; write `B-PER`"),
            ("WORK_OF_ART_I", true, "the prefix comes first; write `I-WORK_OF_ART`"),
            ("0", true, "this is the digit 0; write the letter `O`"),
            ("0", false, types),
            ("PER", false, types),
            ("WORK_OF_ART", false, types),
            ("PER", true, ""),
            ("B-PER", true, ""),
            ("B", false, bioes),
            ("S-PER", true, bioes),
            ("M-PER", true, bioes),
            ("E", false, bioes),
            ("B", true, "the type is missing; write `B-X` as in the other tags"),
            ("", true, "give each word a tag, or choose other columns with data.columns"),
            ("ß_é", true, ""),
            ("B-work of art", true, "a type has no spaces; write `B-work_of_art`"),
            ("work of art", false, "a type has no spaces; write `work_of_art`"),
            ("B PER", true, "a hyphen separates prefix and type; write `B-PER`"),
        ] {
            assert_eq!(said(tag, marked), wanted, "{tag}");
        }
    }
}
