//! Text wrapped between words.

use super::page::columns;

/// `text` behind `first`, in lines of at most `width` columns; further lines begin with as many spaces as `indent`. A word
/// too long for a line is broken behind commas, if it has any. Line breaks of the text stay.
pub fn wrapped(first: &str, indent: usize, text: &str, width: usize) -> String {
    let mut texts = text.split('\n');
    let head = paragraph(first.to_owned(), indent, texts.next().unwrap_or_default(), width);
    let rest = texts.map(|text| paragraph(String::new(), indent, text, width));
    [head].into_iter().chain(rest).collect::<Vec<_>>().join("\n")
}

fn paragraph(first: String, indent: usize, text: &str, width: usize) -> String {
    let whole = if first.is_empty() { text.to_owned() } else { format!("{first} {text}") };
    if columns(&whole) <= width {
        return whole;
    }
    let mut lines = vec![first];
    for (word, joins) in words(text).iter().flat_map(|word| parts(word, width.saturating_sub(indent))) {
        let space = if joins { "" } else { " " };
        let line = lines.last_mut().expect("it begins with one");
        let fits = columns(line) + space.len() + columns(word) <= width;
        match (fits, line.is_empty()) {
            (_, true) => *line += word,
            (true, false) => *line += &format!("{space}{word}"),
            (false, false) => lines.push(format!("{}{word}", " ".repeat(indent))),
        }
    }
    lines.join("\n")
}

/// A word that is wider than `width`, such as a job's label, in parts that end with a comma; else the word. With whether
/// a part joins the one before.
fn parts(word: &str, width: usize) -> Vec<(&str, bool)> {
    match columns(word) > width {
        true => word.split_inclusive(',').enumerate().map(|(at, part)| (part, at > 0)).collect(),
        false => vec![(word, false)],
    }
}

/// Units that stay on the line of their number.
const UNITS: [&str; 10] = ["s", "min", "h", "%", "kB", "MB", "GB", "kB,", "MB,", "GB,"];

/// The words of a text, a number together with its unit.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(number) if number.ends_with(|last: char| last.is_ascii_digit()) && UNITS.contains(&word) => {
                *number += &format!(" {word}");
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let text = "one two three a-word-that-is-too-long four";
        assert_eq!(wrapped("warning:", 2, text, 16), "warning: one two\n  three\n  a-word-that-is-too-long\n  four");
        assert_eq!(wrapped("  -", 4, "one", 16), "  - one");
        assert_eq!(
            wrapped("#1", 3, "size=1000,freeze=true,seed=1 ok", 17),
            "#1 size=1000,\n   freeze=true,\n   seed=1 ok"
        );
        assert_eq!(wrapped("", 2, "it took about 1.5 s", 17), "it took about\n  1.5 s");
        assert_eq!(wrapped("", 2, "one two three\nfour  five", 8), "one two\n  three\nfour\n  five");
        assert_eq!(wrapped("", 2, "  a  line, as it is", usize::MAX), "  a  line, as it is");
    }
}
