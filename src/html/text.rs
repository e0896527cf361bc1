//! Text of users in a page: letters that would not be seen, or would turn other text around, are named instead. Marks such
//! as `<` are escaped where markup is made.

/// A document whose letters can all be seen: control characters, and marks that set the direction of text, are named.
pub(super) fn visible(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for letter in document.chars() {
        match letter {
            '\n' | '\t' => text.push(letter),
            // the pictures of control characters stand in their order
            '\0'..='\u{1f}' => text.extend(char::from_u32(0x2400 + u32::from(letter))),
            '\u{7f}' => text.push('\u{2421}'),
            hidden if is_hidden(hidden) => text += &format!("[U+{:04X}]", u32::from(hidden)),
            other => text.push(other),
        }
    }
    text
}

/// Control characters behind ASCII, marks of direction, and what is no character.
fn is_hidden(letter: char) -> bool {
    let code = u32::from(letter);
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(letter, '\u{fdd0}'..='\u{fdef}' | '\u{feff}')
        || code & 0xfffe == 0xfffe
}

/// At most so many letters, the last of which says that more were there.
pub(super) fn shortened(text: &str, letters: usize) -> String {
    match text.chars().count() > letters {
        true => text.chars().take(letters.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_be_seen_is_named() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\u{85}\r\nc"), "a␛[31m[U+202E]b[U+0085]␍\nc");
        assert_eq!(visible("José 京都 שלום 🎉"), "José 京都 שלום 🎉");
    }

    #[test]
    fn long_text_is_shortened_by_letters() {
        assert_eq!([shortened("señor", 5), shortened("señores", 5)], ["señor", "seño…"]);
    }
}
