//! `runner status`.

use std::thread::sleep;
use std::time::Duration;

use crate::cluster;
use crate::report::status_text;
use crate::results::Layout;

use super::args::Status;
use super::failure::{Ending, Failure};
use super::page;
use super::terminal::{answer, draw};

/// Time between two looks: Slurm's controller serves everybody.
const EVERY: Duration = Duration::from_secs(10);

/// Shows how a submitted experiment stands, once or until nothing is left.
pub(super) fn status(arguments: &Status) -> Result<Ending, Failure> {
    let layout = Layout::new(&arguments.folder);
    let folder = arguments.folder.display().to_string();
    let redraws = page::can_redraw();
    loop {
        let status = cluster::Status::of(&layout)?;
        if !arguments.watch || status.is_done() || status.is_idle() {
            draw(Vec::new());
            answer(&status_text(&status, &folder, page::of_answers(usize::MAX)))?;
            return Ok(if status.failed > 0 { Ending::JobsFailed } else { Ending::Well });
        }
        if redraws {
            let (rows, columns) = page::of_progress();
            let text = status_text(&status, &folder, page::of_messages(columns.saturating_sub(1)));
            draw(text.lines().take(rows.saturating_sub(1)).map(str::to_owned).collect());
        } else {
            answer(&status_text(&status, &folder, page::of_answers(usize::MAX)))?;
        }
        sleep(EVERY);
    }
}
