//! Plain tables for a terminal: columns under a header and a thin rule.

use super::page::{Page, columns};

/// Spaces between two columns.
const GAP: usize = 2;

/// Lays out rows under a header whose cells may have several lines; columns from `numbers_from` on are aligned to the
/// right. The last cell of a row shorter than the header is a remark: it runs on to the right and widens no column. `page`
/// says whether the header is colored.
pub(super) fn grid(header: &[&str], rows: &[Vec<String>], numbers_from: usize, page: Page) -> String {
    let widths: Vec<usize> = (0..header.len()).map(|column| column_width(header, rows, column)).collect();
    let height = header.iter().map(|cell| cell.lines().count()).max().unwrap_or_default();
    let head = (0..height).map(|line| {
        let cells = header.iter().map(|cell| bottom_line(cell, line, height).to_owned());
        page.heading(&aligned(&cells.collect::<Vec<_>>(), &widths, numbers_from))
    });
    let rule = "─".repeat(widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1));
    let body = rows.iter().map(|row| aligned(row, &widths, numbers_from));
    head.chain([rule]).chain(body).collect::<Vec<_>>().join("\n")
}

fn column_width(header: &[&str], rows: &[Vec<String>], column: usize) -> usize {
    let is_remark = |row: &&Vec<String>| row.len() < header.len() && column + 1 == row.len() && column > 0;
    let cells = rows.iter().filter(|row| !is_remark(row)).filter_map(|row| row.get(column)).map(|cell| columns(cell));
    header[column].lines().map(columns).chain(cells).max().unwrap_or_default()
}

/// The part of a header's cell in one of `height` lines; the last lines of all cells stand side by side.
fn bottom_line(cell: &str, line: usize, height: usize) -> &str {
    let empty = height - cell.lines().count();
    line.checked_sub(empty).and_then(|line| cell.lines().nth(line)).unwrap_or_default()
}

fn aligned(cells: &[String], widths: &[usize], numbers_from: usize) -> String {
    let mut line = String::new();
    let is_whole = cells.len() == widths.len();
    for (column, cell) in cells.iter().enumerate() {
        let room = " ".repeat(widths[column].saturating_sub(columns(cell)));
        let to_the_right = column >= numbers_from && (is_whole || column + 1 < cells.len());
        line += &if to_the_right { format!("{room}{cell}") } else { format!("{cell}{room}") };
        line += &" ".repeat(GAP);
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_a_remark_widens_none() {
        let rows = [vec!["größe=1", "12", "0.5"], vec!["b", "failed: too-few-rows"], vec!["c", "1000", "0.25"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect());
        insta::assert_snapshot!(grid(&["job", "steps", "gold\n_f1"], &rows, 1, Page::plain(80)), @r"
                        gold
        job      steps   _f1
        ────────────────────
        größe=1     12   0.5
        b        failed: too-few-rows
        c         1000  0.25
        ");
    }
}
