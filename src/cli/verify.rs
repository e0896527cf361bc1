//! `runner verify`.

use rayon::ThreadPoolBuilder;

use crate::experiment::ExperimentError;
use crate::lab::LabError;
use crate::report::{Format, verification_table, verification_text};
use crate::verification::{Check, Checked, Rerun, Standing, Verified, verify_all};

use super::args::{self, Verbosity};
use super::failure::{Ending, Failure};
use super::page;
use super::run::{Screen, environment, request_again};
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{answer, print, say};

/// Columns of the answer off a terminal.
const WIDTH: usize = 100;

/// Checks every folder, and prints what holds.
pub(super) fn verify(arguments: &args::Verify, verbosity: Verbosity) -> Result<Ending, Failure> {
    let threads = arguments.machine.threads.map_or(0, std::num::NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| ExperimentError::from(LabError::from(error)))?;
    let mut folders = pool.install(|| verify_all(&arguments.folders));
    drop(pool);
    let rerun = rerun(arguments, verbosity, &mut folders)?;
    if rerun == Ending::Interrupted {
        say("interrupted; the folders are as they were");
        return Ok(rerun);
    }
    let text = match arguments.format {
        Format::Text => verification_text(&folders, page::of_answers(WIDTH)),
        format => verification_table(&folders).text(format, page::of_answers(WIDTH)),
    };
    answer(&text)?;
    Ok(match ending(&folders) {
        Ending::Well => rerun,
        other => other,
    })
}

/// The worst of all; a folder without results is one among others, unless there is no other.
fn ending(folders: &[Verified]) -> Ending {
    let is = |standing| folders.iter().any(|verified| verified.standing() == standing);
    if is(Standing::DoesNotHold) {
        Ending::DoesNotHold
    } else if is(Standing::Unreadable) || !is(Standing::Holds) {
        Ending::Unfit
    } else {
        Ending::Well
    }
}

/// Trains jobs of every folder that can be read, and adds what comes of it. A folder whose jobs cannot be trained stops no
/// other.
fn rerun(arguments: &args::Verify, verbosity: Verbosity, folders: &mut [Verified]) -> Result<Ending, Failure> {
    let Some(count) = arguments.rerun else { return Ok(Ending::Well) };
    let stop = stop_on_signals();
    let environment = environment(arguments.machine.device, verbosity)?;
    let request = request_again(&arguments.machine, arguments.offline, verbosity);
    let mut ending = Ending::Well;
    for verified in folders.iter_mut().filter(|verified| verified.unread.is_none()) {
        let run = || match Rerun::new(&verified.folder, count)? {
            None => Ok(Some(Checked::not(Check::Rerun, "no job with scores, or no experiment"))),
            Some(rerun) => {
                if !verbosity.quiet {
                    say(&format!("{}: training again", verified.folder.display()));
                }
                under_way(Work::Fetching);
                let screen = Screen::new(rerun.plan(), verbosity);
                rerun.run(&request, &environment, &screen, stop)
            }
        };
        match run().map_err(Failure::Experiment) {
            Ok(Some(checked)) => verified.checks.push(checked),
            Ok(None) => return Ok(Ending::Interrupted),
            Err(failure) => {
                print(&failure.text());
                verified.checks.push(Checked::not(Check::Rerun, "the jobs cannot be trained, for the error above"));
                ending = Ending::Unfit;
            }
        }
    }
    Ok(ending)
}
