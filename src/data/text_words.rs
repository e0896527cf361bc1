//! Splits a text into words, for entities that are given by characters.
//!
//! - White space (Unicode's) parts words and is part of none.
//! - A run of letters and digits (Unicode's alphabetic and numeric characters) is a word.
//! - A letter of a script that is written without blanks, Han, kana, Thai, Lao, Khmer, Myanmar, is a word of its own.
//! - A character of no width (combining marks, joiners) belongs to the word before it.
//! - Every other character, punctuation and signs, is a word of its own.

use unicode_width::UnicodeWidthChar;

/// A word, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlacedWord {
    pub(super) text: String,
    /// Index of its first character (Unicode code points).
    pub(super) start: usize,
    /// Index behind its last character.
    pub(super) end: usize,
}

/// What a character is to its neighbors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Parts words.
    Blank,
    /// Continues a run.
    Letter,
    /// Belongs to the character before.
    Mark,
    /// A word of its own.
    Alone,
}

fn kind_of(letter: char) -> Kind {
    if letter.is_whitespace() {
        Kind::Blank
    } else if letter.width() == Some(0) {
        Kind::Mark
    } else if !letter.is_alphanumeric() || is_without_blanks(letter) {
        Kind::Alone
    } else {
        Kind::Letter
    }
}

/// Whether a letter is of a script that is written without blanks between words.
fn is_without_blanks(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}'       // Thai, Lao
        | '\u{1000}'..='\u{109f}'   // Myanmar
        | '\u{1780}'..='\u{17ff}'   // Khmer
        | '\u{3005}'..='\u{3007}'   // signs used as Han letters
        | '\u{3040}'..='\u{30ff}'   // Hiragana, Katakana
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'   // Han
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'   // halfwidth Katakana
        | '\u{20000}'..='\u{3ffff}')
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<PlacedWord> {
    let mut words: Vec<PlacedWord> = Vec::new();
    let mut before = Kind::Blank;
    for (at, letter) in text.chars().enumerate() {
        let kind = kind_of(letter);
        let continues = match kind {
            Kind::Blank => false,
            Kind::Mark => before != Kind::Blank,
            Kind::Letter => before == Kind::Letter,
            Kind::Alone => false,
        };
        match words.last_mut() {
            _ if kind == Kind::Blank => {}
            Some(word) if continues => {
                word.text.push(letter);
                word.end = at + 1;
            }
            _ => words.push(PlacedWord { text: letter.into(), start: at, end: at + 1 }),
        }
        // a run goes on behind a mark
        if kind != Kind::Mark || before == Kind::Blank {
            before = if kind == Kind::Mark { Kind::Alone } else { kind };
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_of_several_scripts_are_split_by_blanks_and_signs() {
        for (text, wanted) in [
            ("Ana vive\u{a0}en  Lugo.", "Ana|vive|en|Lugo|."),
            ("¿O'Neill-Ruiz (2,5 €)?", "¿|O|'|Neill|-|Ruiz|(|2|,|5|€|)|?"),
            ("Über Straße cafe\u{301} x", "Über|Straße|cafe\u{301}|x"),
            ("Анна живёт", "Анна|живёт"),
            ("وُلدت آنا، هنا", "وُلدت|آنا|،|هنا"),
            ("می\u{200c}روم", "می\u{200c}روم"),
            ("दिल्ली में।", "दिल्ली|में|।"),
            ("서울에 산다", "서울에|산다"),
            ("安娜住在Lima。", "安|娜|住|在|Lima|。"),
            ("アナは東京", "ア|ナ|は|東|京"),
            ("ไปลี้", "ไ|ป|ลี้"),
            ("B2B 3D", "B2B|3D"),
            ("😀a", "😀|a"),
            ("", ""),
            (" \t\r\n", ""),
        ] {
            assert_eq!(split(text).join("|"), wanted, "{text}");
        }
    }

    #[test]
    fn places_count_code_points() {
        let places: Vec<(usize, usize)> = words("é 😀 𝒳a").iter().map(|word| (word.start, word.end)).collect();
        assert_eq!(places, [(0, 1), (2, 3), (4, 6)]);
        assert_eq!(words("\u{301}a").len(), 2, "a mark without a letter");
    }
}
