//! Text wrapped between words.

/// `text` behind `first`, in lines of at most `width` columns; further lines begin with as many spaces as `indent`. A word
/// too long for a line has one to itself.
pub fn wrapped(first: &str, indent: usize, text: &str, width: usize) -> String {
    let mut lines = vec![first.to_owned()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("it begins with one");
        let fits = line.chars().count() + 1 + word.chars().count() <= width;
        match (fits, line.trim().is_empty()) {
            (_, true) => *line += word,
            (true, false) => *line += &format!(" {word}"),
            (false, false) => lines.push(format!("{}{word}", " ".repeat(indent))),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let text = "one two three a-word-that-is-too-long four";
        assert_eq!(wrapped("warning:", 2, text, 16), "warning: one two\n  three\n  a-word-that-is-too-long\n  four");
        assert_eq!(wrapped("  -", 4, "one", 16), "  - one");
    }
}
