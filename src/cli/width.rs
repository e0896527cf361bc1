//! How wide text may be: as the terminal is, or as COLUMNS says. It must not print.

use std::env;

use terminal_size::{Width, terminal_size_of};

/// Columns that are laid out for: fewer are as good as these, and more make lines hard to read.
const LEAST: usize = 40;
const MOST: usize = 120;

/// Columns of standard error; `unset` where that is no terminal and COLUMNS says nothing.
pub(super) fn of_messages(unset: usize) -> usize {
    columns(terminal_size_of(std::io::stderr()).map(|(Width(columns), _)| columns), unset)
}

/// The same of standard output.
pub(super) fn of_answers(unset: usize) -> usize {
    columns(terminal_size_of(std::io::stdout()).map(|(Width(columns), _)| columns), unset)
}

fn columns(terminal: Option<u16>, unset: usize) -> usize {
    let said = || env::var("COLUMNS").ok()?.trim().parse::<usize>().ok();
    let columns = terminal.map(usize::from).or_else(said).filter(|columns| *columns > 0);
    columns.map_or(unset, |columns| columns.clamp(LEAST, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_counts_within_bounds() {
        assert_eq!([60, 80, 300, 7].map(|columns_| columns(Some(columns_), 99)), [60, 80, 120, 40]);
    }
}
