//! `runner completions`: what the Tab key shows in a shell.

use super::args::{Completions, grammar};
use super::failure::{Ending, Failure};
use super::terminal::answer;

/// Prints the completions of a shell.
pub(super) fn completions(arguments: &Completions) -> Result<Ending, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut grammar(), "runner", &mut script);
    answer(&String::from_utf8_lossy(&script)).map(|()| Ending::Well)
}
