//! Where text is read: how many columns there are, and whether there is color. It must not know what the text says.

use unicode_width::UnicodeWidthStr as _;
/// Before the best of a column where there is no color.
const BEST: &str = "*";

/// A terminal, or what stands for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Columns that a line may have.
    pub columns: usize,
    /// Whether text is colored.
    pub color: bool,
}

impl Page {
    /// Without color.
    pub fn plain(columns: usize) -> Self {
        Self { columns, color: false }
    }

    /// A heading, in bold.
    pub fn heading(self, text: &str) -> String {
        self.painted("1", text)
    }

    /// The best of a column: in bold, or behind a star where there is no color.
    pub fn best(self, text: &str) -> String {
        if self.color { self.painted("1;32", text) } else { format!("{BEST}{text}") }
    }

    /// What [`Page::best`] is called below a table.
    pub fn best_mark(self) -> &'static str {
        if self.color { "bold" } else { BEST }
    }

    /// What is well.
    pub fn good(self, text: &str) -> String {
        self.painted("32", text)
    }

    /// What deserves attention.
    pub fn notable(self, text: &str) -> String {
        self.painted("33", text)
    }

    /// What failed.
    pub fn bad(self, text: &str) -> String {
        self.painted("31", text)
    }

    /// An entity within text.
    pub fn entity(self, text: &str) -> String {
        self.painted("1;36", text)
    }

    /// Before a warning.
    pub fn warning(self) -> String {
        self.painted("1;33", "warning:")
    }

    /// Before an error; `word` says which kind.
    pub fn error(self, word: &str) -> String {
        self.painted("1;31", word)
    }

    /// Columns of a table: where nothing says how wide lines may be, a good width.
    pub(super) fn table_columns(self) -> usize {
        if self.columns == usize::MAX { 100 } else { self.columns }
    }

    fn painted(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Whether no line takes more columns.
pub(super) fn fits(text: &str, most: usize) -> bool {
    text.lines().all(|line| columns(line) <= most)
}

/// Columns that a text takes on a terminal: two for a letter such as `東`, none for an accent of its own or a color.
pub(super) fn columns(text: &str) -> usize {
    let mut is_color = false;
    let is_seen = |letter: &char| match (is_color, letter) {
        (false, '\x1b') => {
            is_color = true;
            false
        }
        (true, letter) => {
            is_color = *letter != 'm';
            false
        }
        (false, _) => true,
    };
    let seen: String = text.chars().filter(is_seen).collect();
    seen.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_takes_no_column() {
        let page = Page { columns: 80, color: true };
        assert_eq!(page.bad("größe"), "\x1b[31mgröße\x1b[0m");
        assert_eq!([page.bad("größe"), page.error("error:"), String::new()].map(|text| columns(&text)), [5, 6, 0]);
        assert_eq!(Page::plain(80).bad("größe"), "größe");
        assert_eq!(["東京", "e\u{301}", "🎉"].map(columns), [4, 1, 2]);
    }
}
