//! `runner curves`.

use crate::tensorboard::write_runs;

use super::args::Curves;
use super::failure::{Ending, Failure};
use super::fetch::tell;
use super::terminal::say;

/// Writes event files.
pub(super) fn curves(arguments: &Curves) -> Result<Ending, Failure> {
    let out = &arguments.tensorboard;
    let written = write_runs(&arguments.folders, out, arguments.force)?;
    written.failed.iter().for_each(|job| say(&format!("{job} failed, and has no curve")));
    if written.runs == 0 {
        return Err(Failure::Usage("no job has finished, so there is no curve; nothing was written".to_owned()));
    }
    let runs = if written.runs == 1 { "1 run".to_owned() } else { format!("{} runs", written.runs) };
    let out = out.display();
    tell("", &format!("{out}: {runs}; look with `tensorboard --logdir {out}`, on the Step axis"))?;
    Ok(Ending::Well)
}
