//! `runner cancel`.

use crate::cluster;
use crate::results::Layout;
use crate::words::counted;

use super::args::Cancel;
use super::failure::{Ending, Failure};
use super::terminal::{say, warn};

/// Cancels what was submitted of an experiment.
pub(super) fn cancel(arguments: &Cancel) -> Result<Ending, Failure> {
    let layout = Layout::new(&arguments.folder);
    let canceled = cluster::cancel(&layout)?;
    if canceled.is_empty() {
        say(&format!("{}: nothing was running or waiting", arguments.folder.display()));
        return Ok(Ending::Well);
    }
    let mut ending = Ending::Well;
    for cluster::Canceled { id, workers, problem } in canceled {
        let workers = counted(workers, "worker");
        say(&format!("canceled submission {id}: {workers} waited or ran; each stops after its step and keeps it"));
        if let Some(problem) = problem {
            warn(&format!(
                "{problem}; its workers stop when they see that it is canceled, and `runner cancel` tries again"
            ));
            ending = Ending::Unfit;
        }
    }
    say("resume: `runner submit` with the same file, or `runner run` on this machine");
    Ok(ending)
}
