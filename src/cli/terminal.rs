//! What a person is told: answers on standard output, all else on standard error. It must not know what a command does.

use std::io::Write;

use crate::report::wrapped;

use super::failure::Failure;
use super::width;

/// Prints a command's answer to standard output. A closed pipe is the reader's choice, not an error.
///
/// # Errors
/// What else the system says, such as a full disk.
pub(super) fn answer(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Prints a line about the work to standard error; wrapped where that is a terminal.
pub(super) fn say(text: &str) {
    print(&wrapped("", 2, text, width::of_messages(usize::MAX)));
}

/// Prints text to standard error as it is.
pub(super) fn print(text: &str) {
    let mut out = std::io::stderr().lock();
    let _closed = writeln!(out, "{text}");
}

/// Columns that warnings are wrapped at off a terminal.
const WIDTH: usize = 80;

/// Prints a warning to standard error.
pub(super) fn warn(text: &str) {
    print(&wrapped("warning:", 2, text, width::of_messages(WIDTH)));
}

/// A number of jobs in words.
pub(super) fn jobs(count: usize) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}
