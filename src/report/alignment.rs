//! Words with their tags aligned below them, in blocks as wide as the page. It must not know what tags mean.

use super::page::{Page, columns};

/// One line of every block: words, or tags of the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    /// What stands before it.
    pub name: String,
    /// A cell for each word.
    pub cells: Vec<String>,
    /// Which cells deserve attention; empty: none.
    pub marks: Vec<bool>,
    /// Whether the lane is left out of a block in which all its cells are [`NOTHING`], if every such lane of it is.
    pub may_go: bool,
}

/// A cell with nothing to say.
pub(super) const NOTHING: &str = "·";

/// Spaces between two words.
const GAP: usize = 2;

/// The lanes below each other, broken between words into blocks of the page's width. All lanes have as many cells.
pub(super) fn aligned_lanes(lanes: &[Lane], indent: usize, page: Page) -> Vec<String> {
    let names = lanes.iter().map(|lane| columns(&lane.name)).max().unwrap_or_default();
    let room = page.table_columns().saturating_sub(indent + names + GAP).max(8);
    let count = lanes.first().map_or(0, |lane| lane.cells.len());
    let cells: Vec<Vec<String>> =
        lanes.iter().map(|lane| lane.cells.iter().map(|cell| cut(cell, room)).collect()).collect();
    let width = |word: usize| cells.iter().map(|lane| columns(&lane[word])).max().unwrap_or_default();
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut lines = Vec::new();
    for block in blocks(&widths, room) {
        let says = |at: usize| lanes[at].cells[block.clone()].iter().any(|cell| cell != NOTHING);
        let speaks = (0..lanes.len()).any(|at| lanes[at].may_go && says(at));
        for (at, lane) in lanes.iter().enumerate().filter(|(_, lane)| speaks || !lane.may_go) {
            let mut line = " ".repeat(indent) + &padded(&lane.name, names);
            for word in block.clone() {
                let cell = &cells[at][word];
                let shown = if lane.marks.get(word) == Some(&true) { page.bad(cell) } else { cell.clone() };
                line += &" ".repeat(GAP);
                line += &padded(&shown, widths[word]);
            }
            lines.push(line.trim_end().to_owned());
        }
    }
    lines
}

/// The words of each block: as many as fit into `room`, one at least.
fn blocks(widths: &[usize], room: usize) -> Vec<std::ops::Range<usize>> {
    let mut blocks = Vec::new();
    let (mut start, mut taken) = (0, 0);
    for (word, width) in widths.iter().enumerate() {
        let more = if word == start { *width } else { GAP + width };
        if word > start && taken + more > room {
            blocks.push(start..word);
            (start, taken) = (word, *width);
        } else {
            taken += more;
        }
    }
    if start < widths.len() {
        blocks.push(start..widths.len());
    }
    blocks
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// A text of at most `most` columns, with an ellipsis where it was longer.
pub(super) fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        let longer = format!("{short}{letter}…");
        if columns(&longer) > most {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

/// A word of a data set as a terminal can show it: nothing in it moves the cursor, and an empty one is seen.
pub(super) fn shown_word(word: &str) -> String {
    let safe: String = word.chars().map(|letter| if is_unseen(letter) { '\u{fffd}' } else { letter }).collect();
    if columns(&safe) == 0 { format!("\"{safe}\"") } else { safe }
}

/// Control characters, line ends, and marks that change the direction of a whole line.
pub(super) fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(name: &str, cells: &str, may_go: bool) -> Lane {
        let cells = cells.split(' ').map(str::to_owned).collect();
        Lane { name: name.to_owned(), cells, marks: Vec::new(), may_go }
    }

    fn shown(lanes: &[Lane], columns: usize) -> String {
        aligned_lanes(lanes, 2, Page::plain(columns)).join("\n")
    }

    #[test]
    fn tags_stand_below_their_words_whatever_columns_these_take() {
        // the second word has a combining accent, the third takes two columns a letter
        let lanes = [lane("words", "in Orle\u{301}ans 東京都 🎉 ok", false), lane("gold", "· B-LOC B-LOC · ·", true)];
        insta::assert_snapshot!(shown(&lanes, 60), @r"
          words  in  Orléans  東京都  🎉  ok
          gold   ·   B-LOC    B-LOC   ·   ·
        ");
    }

    #[test]
    fn a_block_without_tags_has_its_words_alone_and_a_word_too_long_is_cut() {
        let words = "one two three-quarters-of-a-very-long-word four";
        let lanes = [lane("words", words, false), lane("gold", "· · · B-LOC", true)];
        insta::assert_snapshot!(shown(&lanes, 24), @r"
          words  one  two
          words  three-quarters…
          words  four
          gold   B-LOC
        ");
    }

    #[test]
    fn nothing_in_a_word_moves_the_cursor() {
        assert_eq!(shown_word("a\u{1b}[2Jb\tc\u{202e}"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
        assert_eq!([shown_word(""), shown_word("\u{200b}")], ["\"\"".to_owned(), "\"\u{200b}\"".to_owned()]);
    }
}
