//! `runner diff`.

use crate::comparison::{Comparison, ComparisonError, Scope, SettingFilter, SideError, Sides};
use crate::git::GitError;
use crate::report::{DiffView, Format, diff_text, fail_if_text, together_lines};

use super::args::{Diff, Verbosity};
use super::failure::{Ending, Failure};
use super::page;
use super::terminal::{answer, print, say};

/// Columns of the answer off a terminal.
const WIDTH: usize = 80;

/// Prints what changed between two states of results. Reads only.
pub(super) fn diff(arguments: &Diff, verbosity: Verbosity) -> Result<Ending, Failure> {
    let only = arguments.only.as_deref().map(SettingFilter::parse).transpose().map_err(Failure::Usage)?;
    let mut sides = Sides::open(&arguments.items, &arguments.paths)?;
    sides.notices.iter().for_each(|notice| say(notice));
    let scope = Scope { scores: arguments.scores(), set: arguments.set.as_deref(), only };
    let comparison = Comparison::new(&mut sides.snapshots, &sides.names, &scope)?;
    comparison.notices.iter().for_each(|notice| say(notice));
    let format = arguments.format.format();
    let page = page::of_answers(WIDTH);
    let view = DiffView { format, names: &sides.names, verbose: verbosity.verbose > 0, page };
    answer(&diff_text(&comparison, view))?;
    let is_data = matches!(format, Format::Csv | Format::Json);
    if is_data {
        together_lines(&comparison).iter().for_each(|line| say(line));
    }
    let mut ending = Ending::Well;
    for condition in &arguments.fail_if {
        let found = fail_if_text(condition, &comparison, if is_data { page::of_messages(WIDTH) } else { page });
        if is_data {
            print(&found)
        } else {
            answer(&format!("{found}\n"))?
        }
        if condition.find(&comparison.rows).fails() {
            ending = Ending::JobsFailed;
        }
    }
    Ok(ending)
}

impl From<SideError> for Failure {
    fn from(error: SideError) -> Self {
        match error {
            SideError::Usage(text) => Self::Usage(text),
            SideError::Results(error) => error.into(),
            SideError::Git(error) => Self::of_git(&error),
        }
    }
}

impl From<ComparisonError> for Failure {
    fn from(error: ComparisonError) -> Self {
        match error {
            ComparisonError::Results(error) => error.into(),
            other => Self::Usage(other.to_string()),
        }
    }
}

impl Failure {
    /// What is missing on this machine is no wrong usage.
    fn of_git(error: &GitError) -> Self {
        match error {
            GitError::NotInstalled | GitError::Start(_) | GitError::MissingObject { .. } | GitError::Failed { .. } => {
                Self::Environment(error.to_string())
            }
            _ => Self::Usage(error.to_string()),
        }
    }
}
