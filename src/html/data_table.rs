//! A table of a page: caption, column and row headings, cells in their order for sorting. It must not know what it shows.

use maud::{Markup, html};

/// A table.
#[derive(Debug, Clone, Default)]
pub(super) struct DataTable {
    /// What it shows.
    pub(super) caption: String,
    /// The columns; the first names the rows.
    pub(super) columns: Vec<Head>,
    /// A cell for each column.
    pub(super) rows: Vec<Vec<Datum>>,
}

/// The head of a column.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// Its name.
    pub(super) name: String,
    /// Whether its cells are numbers.
    pub(super) is_number: bool,
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Datum {
    /// What is read.
    pub(super) text: String,
    /// Its place among others; none: by its text.
    pub(super) order: Option<f64>,
    /// Whether it is marked as the best.
    pub(super) is_best: bool,
}

impl Head {
    /// Of words.
    pub(super) fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_number: false }
    }

    /// Of numbers.
    pub(super) fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_number: true }
    }
}

impl Datum {
    /// Words; a number in words has its place among numbers.
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let order = text.parse().ok().filter(|number: &f64| number.is_finite());
        Self { text, order, is_best: false }
    }

    /// A number with the text that shows it.
    pub(super) fn number(text: impl Into<String>, order: Option<f64>) -> Self {
        Self { text: text.into(), order, is_best: false }
    }
}

impl DataTable {
    /// Within a region that scrolls where the table is wider than the page.
    pub(super) fn markup(&self) -> Markup {
        html! {
            div.scroll tabindex="0" role="region" aria-label=(self.caption) {
                table { (self.head(false)) (self.body()) }
            }
        }
    }

    /// The same with heads that sort its rows, and a field that filters them.
    pub(super) fn sortable(&self, id: &str) -> Markup {
        html! {
            p.controls {
                label for={ (id) "-filter" } { "Filter rows " }
                input id={ (id) "-filter" } type="search" data-filters=(id) placeholder="words that a row has";
                " " output for={ (id) "-filter" } data-counts=(id) { (self.rows.len()) " rows" }
            }
            div.scroll tabindex="0" role="region" aria-label=(self.caption) {
                table.sortable id=(id) { (self.head(true)) (self.body()) }
            }
        }
    }

    fn head(&self, sorts: bool) -> Markup {
        html! {
            caption { (self.caption) }
            thead { tr {
                @for head in &self.columns {
                    th scope="col" class=[head.is_number.then_some("number")] aria-sort=[sorts.then_some("none")] {
                        @if sorts { button type="button" { (breakable(&head.name)) } } @else { (breakable(&head.name)) }
                    }
                }
            } }
        }
    }

    fn body(&self) -> Markup {
        html! {
            tbody {
                @for row in &self.rows {
                    tr {
                        @for (at, (datum, head)) in row.iter().zip(&self.columns).enumerate() {
                            @let order = datum.order.map(|order| order.to_string());
                            @let class = head.is_number.then_some("number");
                            @if at == 0 {
                                th scope="row" class=[class] data-order=[order] { (datum.text) }
                            } @else {
                                td class=[class] data-order=[order] {
                                    @if datum.is_best { strong { (datum.text) } } @else { (datum.text) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A name that may be broken before its underscores.
fn breakable(name: &str) -> Markup {
    html! {
        @for (at, part) in name.split('_').enumerate() {
            @if at > 0 { wbr; "_" }
            (part)
        }
    }
}
