//! How much memory the process held at most.

use std::fs;

/// Watches the process's peak of resident memory from its making on. On other systems than Linux it knows nothing.
/// Jobs that run at the same time share one peak.
pub(super) struct PeakMemory;

impl PeakMemory {
    /// Starts a new peak where the system allows; else the peak is that of the whole process so far.
    pub(super) fn start() -> Self {
        // "5" resets VmHWM: proc(5), /proc/[pid]/clear_refs. Refused, the figure is only less sharp.
        let _sharper = fs::write("/proc/self/clear_refs", "5");
        Self
    }

    /// The peak so far.
    pub(super) fn bytes(&self) -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    }
}
