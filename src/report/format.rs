//! A table as text for a terminal, Markdown, LaTeX, CSV or JSON: columns and cells in, text out. It must not know what a
//! column means.

use super::grid::grid;
use super::page::Page;
use crate::words::words;

words! {
    /// How a table is written.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Format {
        /// For a terminal.
        Text => "text",
        /// A GitHub-flavored Markdown table.
        Md => "md",
        /// A LaTeX `tabular` with the rules of booktabs.
        Latex => "latex",
        /// RFC 4180 with LF.
        Csv => "csv",
        /// An array with an object for each row.
        Json => "json",
    }
}

/// A table without a format.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// A cell for each column. For people a row may have fewer: its last cell is a remark.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, as CSV and JSON have it.
    pub name: String,
    /// Its heading for people, of one line or more.
    pub title: String,
    /// Whether its cells are numbers, which stand to the right.
    pub is_number: bool,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// For people.
    pub text: String,
    /// For programs; CSV writes text without quotes around it, and null as nothing.
    pub value: serde_json::Value,
    /// Whether it is in bold; behind a star in text without color.
    pub is_best: bool,
}

impl Column {
    /// A column whose heading is its name.
    pub fn new(name: &str, is_number: bool) -> Self {
        Self { name: name.to_owned(), title: name.to_owned(), is_number }
    }

    /// The heading without the line breaks that a terminal needs.
    fn in_one_line(&self) -> String {
        self.title.replace("\n_", "_").replace('\n', " ")
    }
}

impl Cell {
    /// The same for people and for programs.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { value: serde_json::Value::from(text.clone()), text, is_best: false }
    }

    /// A number of `decimals` for people, whole for programs; `–` and null where there is none.
    pub fn number(value: Option<f64>, decimals: usize) -> Self {
        let text = value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"));
        Self { text, value: value.into(), is_best: false }
    }

    /// A count.
    pub fn count(count: usize) -> Self {
        Self { text: count.to_string(), value: count.into(), is_best: false }
    }

    /// The text of a CSV cell.
    fn csv(&self) -> String {
        match &self.value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

impl Table {
    /// The table in a format, ending with a line feed; `page` is for text alone.
    pub fn text(&self, format: Format, page: Page) -> String {
        match format {
            Format::Text => self.plain(page) + "\n",
            Format::Md => self.markdown(),
            Format::Latex => self.latex(),
            Format::Csv => self.csv(),
            Format::Json => self.json(),
        }
    }

    /// Columns under a header; numbers from the first column of numbers on stand to the right.
    fn plain(&self, page: Page) -> String {
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title.as_str()).collect();
        let cell = |cell: &Cell| if cell.is_best { page.best(&cell.text) } else { cell.text.clone() };
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        let first = self.columns.iter().position(|column| column.is_number).unwrap_or(self.columns.len());
        grid(&titles, &rows, first, page)
    }

    fn markdown(&self) -> String {
        let escaped = |text: &str| markdown_text(&text.replace('\n', " "));
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let titles = self.columns.iter().map(|column| escaped(&column.in_one_line())).collect();
        let rule = self.columns.iter().map(|column| if column.is_number { "---:" } else { "---" }.to_owned()).collect();
        let cell = |cell: &Cell| {
            let text = escaped(&cell.text);
            if cell.is_best { format!("**{text}**") } else { text }
        };
        let rows = self.rows.iter().map(|row| line(row.iter().map(cell).collect()));
        [line(titles), line(rule)].into_iter().chain(rows).collect()
    }

    fn latex(&self) -> String {
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        let kinds: String = self.columns.iter().map(|column| if column.is_number { 'r' } else { 'l' }).collect();
        let titles = line(self.columns.iter().map(|column| latex_text(&column.in_one_line())).collect());
        let cell = |cell: &Cell| {
            let text = latex_text(&cell.text);
            if cell.is_best { format!("\\textbf{{{text}}}") } else { text }
        };
        let rows: String = self.rows.iter().map(|row| line(row.iter().map(cell).collect())).collect();
        format!("\\begin{{tabular}}{{{kinds}}}\n\\toprule\n{titles}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n")
    }

    fn csv(&self) -> String {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        let header = self.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let rows = self.rows.iter().map(|row| row.iter().map(Cell::csv).collect::<Vec<_>>());
        for row in [header].into_iter().chain(rows) {
            writer.write_record(row).expect("rows of one length, written to memory");
        }
        let bytes = writer.into_inner().expect("flushing to memory cannot fail");
        String::from_utf8(bytes).expect("made of text")
    }

    fn json(&self) -> String {
        let row = |row: &Vec<Cell>| {
            let cells = self.columns.iter().zip(row).map(|(column, cell)| (column.name.clone(), cell.value.clone()));
            serde_json::Value::Object(cells.collect())
        };
        let rows: Vec<serde_json::Value> = self.rows.iter().map(row).collect();
        serde_json::to_string_pretty(&rows).expect("text and numbers") + "\n"
    }
}

/// Text with the characters that Markdown reads as marks written out.
pub(super) fn markdown_text(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if matches!(letter, '|' | '*' | '~' | '<' | '`' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// Text with the characters that LaTeX reads as commands written out.
fn latex_text(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', letter]),
            '~' => out += "\\textasciitilde{}",
            '^' => out += "\\textasciicircum{}",
            '\\' => out += "\\textbackslash{}",
            '±' => out += "$\\pm$",
            '–' => out += "--",
            '−' => out += "$-$",
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let best = Cell { is_best: true, ..Cell::number(Some(0.8125), 3) };
        Table {
            columns: vec![Column::new("a|b_c", false), Column::new("f1", true)],
            rows: vec![vec![Cell::text("x, 5 %"), best], vec![Cell::text("y \"z\""), Cell::number(None, 3)]],
        }
    }

    #[test]
    fn a_table_is_written_in_each_format() {
        let texts = Format::ALL.map(|format| table().text(format, Page::plain(80)));
        insta::assert_snapshot!(texts.join("\n"), @r#"
        a|b_c       f1
        ──────────────
        x, 5 %  *0.812
        y "z"        –

        | a\|b_c | f1 |
        | --- | ---: |
        | x, 5 % | **0.812** |
        | y "z" | – |

        \begin{tabular}{lr}
        \toprule
        a|b\_c & f1 \\
        \midrule
        x, 5 \% & \textbf{0.812} \\
        y "z" & -- \\
        \bottomrule
        \end{tabular}

        a|b_c,f1
        "x, 5 %",0.8125
        "y ""z""",

        [
          {
            "a|b_c": "x, 5 %",
            "f1": 0.8125
          },
          {
            "a|b_c": "y \"z\"",
            "f1": null
          }
        ]
        "#);
    }
}
