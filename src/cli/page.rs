//! Where text goes: how wide it may be, and whether it is colored. It must not print.

use std::env;
use std::io::IsTerminal;

use terminal_size::{Height, Width, terminal_size_of};

use crate::report::Page;

/// Columns that are laid out for: fewer are as good as these, and more make lines hard to read.
const LEAST: usize = 40;
const MOST: usize = 120;

/// Standard error; of `unset` columns where that is no terminal and COLUMNS says nothing.
pub(super) fn of_messages(unset: usize) -> Page {
    let stream = std::io::stderr();
    let terminal = terminal_size_of(&stream).map(|(Width(columns), _)| columns);
    Page { columns: columns(terminal, unset), color: has_color(stream.is_terminal()) }
}

/// The same of standard output.
pub(super) fn of_answers(unset: usize) -> Page {
    let stream = std::io::stdout();
    let terminal = terminal_size_of(&stream).map(|(Width(columns), _)| columns);
    Page { columns: columns(terminal, unset), color: has_color(stream.is_terminal()) }
}

/// Rows and columns of the terminal that rows of progress are drawn on, as they are now.
pub(super) fn of_progress() -> (usize, usize) {
    let size = terminal_size_of(std::io::stderr());
    size.map_or((24, 80), |(Width(columns), Height(rows))| (usize::from(rows), usize::from(columns)))
}

/// Whether standard error is a screen on which rows can be drawn over earlier ones.
pub(super) fn can_redraw() -> bool {
    std::io::stderr().is_terminal() && understands_escapes() && !is_notebook(|name| env::var(name).ok())
}

/// Whether a terminal can move its cursor and color its text.
fn understands_escapes() -> bool {
    anstyle_query::term_supports_color() && anstyle_query::windows::enable_ansi_colors() != Some(false)
}

/// Whether a cell of a notebook runs the program: Jupyter starts commands in a terminal, of a kind that no one else has, but
/// shows all that is drawn there below one another.
fn is_notebook(variable: impl Fn(&str) -> Option<String>) -> bool {
    variable("JPY_PARENT_PID").is_some() && variable("TERM").as_deref() == Some("xterm-color")
}

/// As NO_COLOR, CLICOLOR_FORCE and CLICOLOR say; else on terminals that understand it.
fn has_color(is_terminal: bool) -> bool {
    if anstyle_query::no_color() {
        return false;
    }
    anstyle_query::clicolor_force()
        || (is_terminal && anstyle_query::clicolor() != Some(false) && understands_escapes())
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
    fn a_terminal_that_jupyter_opened_is_no_notebook() {
        let of = |set: &'static [(&str, &str)]| {
            is_notebook(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(of(&[("JPY_PARENT_PID", "7"), ("TERM", "xterm-color")]));
        assert!(!of(&[("JPY_PARENT_PID", "7"), ("TERM", "xterm-256color")]));
        assert!(!of(&[("TERM", "xterm-color")]));
    }

    #[test]
    fn a_terminal_counts_within_bounds() {
        assert_eq!([60, 80, 300, 7].map(|columns_| columns(Some(columns_), 99)), [60, 80, 120, 40]);
    }
}
