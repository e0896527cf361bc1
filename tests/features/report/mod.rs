//! `runner report`: one page about results that loads nothing, whatever is in the results and whatever is missing.

mod command;
mod numbers;
mod page;
mod strange_text;

use scraper::{ElementRef, Html, Selector};

use crate::workshop::{GRID, Workshop};

/// A page that was read as a browser reads it.
struct Read {
    text: String,
    document: Html,
}

impl Read {
    /// Of a file of a workshop.
    fn new(workshop: &Workshop, file: &str) -> Self {
        let text = workshop.read(file);
        let document = Html::parse_document(&text);
        Self { text, document }
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        let selector = Selector::parse(selector).unwrap();
        self.document.select(&selector).collect()
    }

    /// The text of a section: its elements apart, spaces as one.
    fn section(&self, id: &str) -> String {
        let found = self.all(&format!("section#{id}"));
        let section = found.first().unwrap_or_else(|| panic!("no section {id}"));
        section.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    /// The cells of the rows of a table.
    fn rows(&self, table: &str) -> Vec<Vec<String>> {
        let cells = Selector::parse("th, td").unwrap();
        self.all(&format!("{table} tr"))
            .iter()
            .map(|row| row.select(&cells).map(|cell| words(&cell)).collect())
            .collect()
    }
}

/// The text of an element, spaces as one.
fn words(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes a page and reads it.
fn reported(workshop: &Workshop, line: &str, file: &str) -> Read {
    let said = workshop.runner(line);
    assert_eq!(said.status, 0, "{line}: {}", said.err);
    Read::new(workshop, file)
}

/// The four jobs of the grid, trained.
fn trained() -> Workshop {
    let workshop = Workshop::new(&format!("title = \"Sizes, frozen or not\"\n{GRID}"));
    let said = workshop.runner("run grid.toml --quiet");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}
