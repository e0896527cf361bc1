//! A report in parts, for a terminal or as Markdown: headings, text, tables, blocks of aligned lines. It must not know what
//! they say.

use super::format::{Format, Table};
use super::page::{Page, fits};
use super::wrap::wrapped;

/// A part of a report.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Section {
    /// What the report is about.
    Title(String),
    /// A line over what follows.
    Heading(String),
    /// A sentence or more, wrapped.
    Text(String),
    /// A table; its headings break at `_` where it is too wide.
    Table(Table),
    /// Lines as they are, under a line of their own.
    Block(String, Vec<String>),
}

/// The columns of Markdown's blocks.
pub(super) const MARKDOWN: Page = Page { columns: 100, color: false };

/// The parts below each other, with an empty line between them, as text or Markdown.
pub(super) fn sections_text(sections: &[Section], format: Format, page: Page) -> String {
    let is_markdown = format == Format::Md;
    let parts = sections.iter().map(|section| if is_markdown { section.markdown() } else { section.plain(page) });
    let mut text = String::new();
    let mut before: Option<&Section> = None;
    for (section, part) in sections.iter().zip(parts) {
        let joins = matches!((before, section), (Some(Section::Heading(_) | Section::Title(_)), _));
        if before.is_some() && (is_markdown || !joins) {
            text.push('\n');
        }
        text += &part;
        before = Some(section);
    }
    text
}

impl Section {
    fn plain(&self, page: Page) -> String {
        let width = page.table_columns();
        match self {
            Self::Title(text) | Self::Heading(text) => wrapped("", 2, &page.heading(text), width) + "\n",
            Self::Text(text) => wrapped("", 2, text, width) + "\n",
            Self::Table(table) => {
                let text = table.text(Format::Text, page);
                if fits(&text, width) { text } else { narrow(table).text(Format::Text, page) }
            }
            Self::Block(title, lines) => {
                let head = wrapped("", 2, &page.heading(title), width);
                [head].into_iter().chain(lines.iter().cloned()).map(|line| line + "\n").collect()
            }
        }
    }

    fn markdown(&self) -> String {
        match self {
            Self::Title(text) => format!("# {text}\n"),
            Self::Heading(text) => format!("## {text}\n"),
            Self::Text(text) => text.clone() + "\n",
            Self::Table(table) => table.text(Format::Md, MARKDOWN),
            Self::Block(title, lines) => {
                let longest = lines.iter().flat_map(|line| line.split(|letter| letter != '`')).map(str::len).max();
                let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
                format!("### {title}\n\n{fence}text\n{}\n{fence}\n", lines.join("\n"))
            }
        }
    }
}

fn narrow(table: &Table) -> Table {
    let mut narrow = table.clone();
    for column in &mut narrow.columns {
        column.title = column.title.replacen('_', "\n_", 1);
    }
    narrow
}
