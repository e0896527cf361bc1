//! Whether a worker lives. Ages are differences of times that the file system gave, so that no machine's clock matters.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::beacon::{Beacon, beacons};
use super::identity::Identity;

/// A worker that was silent for so long is taken for dead, unless it is known to live or to have ended. If it lives all the
/// same, a training is done twice, with the same bytes.
pub(super) const SILENT: Duration = Duration::from_secs(600);

/// Silent for so long, it is asked after. A claim that does not say for so long whose it is was never signed: its creation
/// failed on the way back.
pub(super) const LATE: Duration = Duration::from_secs(60);

/// Whether the scheduler no longer has a worker's task running. False where it does not say.
pub(super) type HasLeft<'a> = &'a (dyn Fn(&Identity) -> bool + Sync);

/// What is known of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It runs, as far as anybody can tell.
    Lives,
    /// It missed some beats.
    Late,
    /// It ended, and said so.
    Ended,
    /// It ended without a word: killed, or lost with its machine.
    Lost,
}

impl Life {
    /// Whether what it has may be taken over.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Lost)
    }
}

/// Whether the worker of a beacon lives that last beat at `beat`, at the time `now` of the same file system.
pub(super) fn life(beacon: &Beacon, beat: SystemTime, now: SystemTime, has_left: HasLeft<'_>) -> Life {
    if beacon.ended.is_some() {
        return Life::Ended;
    }
    let silent = now.duration_since(beat).unwrap_or_default();
    if beacon.identity.has_ended() || silent >= SILENT || (silent >= LATE && has_left(&beacon.identity)) {
        return Life::Lost;
    }
    if silent >= LATE { Life::Late } else { Life::Lives }
}

/// The beacons of workers that may live, in a folder that this process need not write to; so this machine's clock tells their
/// age, and a silent one counts as alive for twice as long.
pub fn live(shared: &Path, has_left: HasLeft<'_>) -> Vec<Beacon> {
    let now = SystemTime::now().checked_sub(SILENT).unwrap_or(SystemTime::UNIX_EPOCH);
    let all = beacons(shared).unwrap_or_default().into_iter();
    all.filter(|(beacon, beat)| !life(beacon, *beat, now, has_left).is_over()).map(|(beacon, _)| beacon).collect()
}
