//! What a person reads: answers on standard output, all else on standard error, above the rows of progress that stand at
//! the end of the screen. It must not know what a command does.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::report::wrapped;

use super::failure::Failure;
use super::page;

/// The rows of progress that stand on the screen.
static ROWS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Prints a command's answer to standard output. A closed pipe is the reader's choice, not an error.
///
/// # Errors
/// What else the system says, such as a full disk.
pub(super) fn answer(text: &str) -> Result<(), Failure> {
    answer_on(text).map(|_| ())
}

/// [`answer`], one of many; returns whether anyone reads on.
///
/// # Errors
/// As there.
pub(super) fn answer_on(text: &str) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::Output(error)),
    }
}

/// Prints a line about the work to standard error; wrapped where that is a terminal.
pub(super) fn say(text: &str) {
    print(&wrapped("", 2, text, page::of_messages(usize::MAX).columns));
}

/// Prints text to standard error as it is.
pub(super) fn print(text: &str) {
    let rows = rows();
    let clear = if rows.is_empty() { "" } else { CLEAR };
    write(&format!("{clear}{text}\n{}", block(&rows)));
}

/// Puts `rows` in place of those that stand at the end of the screen; none: takes them off. No row is wider than the
/// screen, nor are there more than its lines.
pub(super) fn draw(new: Vec<String>) {
    let mut rows = rows();
    if !(new.is_empty() && rows.is_empty()) {
        *rows = new;
        write(&if rows.is_empty() { CLEAR.to_owned() } else { block(&rows) });
    }
}

fn rows() -> MutexGuard<'static, Vec<String>> {
    ROWS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Clears the line of the cursor and all lines below it. The screen is never cleared from its first cell on, where tmux
/// would keep what it clears.
const CLEAR: &str = "\r\x1b[2K\n\x1b[J\x1b[A";

/// The rows, with the cursor back at the beginning of the first. There it stays when the terminal is resized, whether or
/// not that breaks long lines anew, so that what is cleared from there on is all of the rows and nothing else.
fn block(rows: &[String]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let lines: String = rows.iter().map(|row| format!("\x1b[2K{row}\n")).collect();
    format!("\r{lines}\x1b[J\x1b[{}A", rows.len())
}

/// In one piece, so that a terminal shows no half of it.
fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    let _closed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// An empty line, where answers and messages stand on one screen.
pub(super) fn gap() {
    if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
        print("");
    }
}

/// Columns that warnings are wrapped at off a terminal.
const WIDTH: usize = 80;

/// Prints a warning to standard error.
pub(super) fn warn(text: &str) {
    let page = page::of_messages(WIDTH);
    print(&wrapped(&page.warning(), 2, text, page.columns));
}

/// A number of jobs in words.
pub(super) fn jobs(count: usize) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_returns_to_the_first_row() {
        let rows = ["one", "two"].map(str::to_owned);
        assert_eq!(block(&rows), "\r\x1b[2Kone\n\x1b[2Ktwo\n\x1b[J\x1b[2A");
        assert_eq!(block(&[]), "");
    }
}
