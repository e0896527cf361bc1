//! `runner doctor`.

use crate::machine::Checkup;
use crate::report::doctor_text;

use super::args;
use super::failure::{Ending, Failure};
use super::page;
use super::terminal::answer;

/// Columns of the page off a terminal.
const WIDTH: usize = 80;

/// Prints the page.
pub(super) fn doctor(arguments: &args::Doctor) -> Result<Ending, Failure> {
    let checkup = Checkup::new(&arguments.place.out, arguments.offline);
    answer(&doctor_text(&checkup, env!("CARGO_PKG_VERSION"), page::of_answers(WIDTH)))?;
    Ok(if checkup.is_well() { Ending::Well } else { Ending::Unfit })
}
