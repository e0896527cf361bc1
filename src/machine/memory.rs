//! Peak and available memory of this process.

use std::fs;
use std::path::{Path, PathBuf};

use tracing::info;

use crate::engine::EngineError;

/// Bytes that must stay free beside a model.
const SPARE: u64 = 8 << 20;

/// Bytes that must be free to start a run: its texts, its tables, a small model.
const START: u64 = 32 << 20;

/// Addresses that must be free to start a run: an allocator reserves 64 MiB of them a thread, memory or not.
const START_ADDRESSES: u64 = 256 << 20;

/// Too little memory to start a run with.
#[derive(Debug, thiserror::Error)]
pub enum NoMemory {
    /// Hardly any memory is free, whatever the jobs need.
    #[error(
        "only {} MB of memory are free, and a run needs {} MB to start; end other programs, or raise the limit (control group, container, --mem of Slurm)",
        free >> 20, least >> 20
    )]
    Memory {
        /// Bytes free.
        free: u64,
        /// Bytes required.
        least: u64,
    },
    /// Hardly any addresses are free.
    #[error(
        "the limit of this process (ulimit -v or -d) leaves {} MB, and a run needs {} MB besides its models; raise it",
        free >> 20, least >> 20
    )]
    Addresses {
        /// Bytes free.
        free: u64,
        /// Bytes required.
        least: u64,
    },
}

/// Watches the process's peak of resident memory from its making on. On other systems than Linux it knows nothing.
/// Jobs that run at the same time share one peak.
pub struct PeakMemory;

impl PeakMemory {
    /// Starts a new peak where the system allows; else the peak is that of the whole process so far.
    pub fn start() -> Self {
        // "5" resets VmHWM: proc(5), /proc/[pid]/clear_refs. Refused, the figure is only less sharp.
        let _sharper = fs::write("/proc/self/clear_refs", "5");
        Self
    }

    /// The peak so far.
    pub fn bytes(&self) -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    }
}

/// Whether there is memory to start with; where the system does not say, there is.
///
/// # Errors
/// `Memory`, `Addresses`.
pub fn check_room() -> Result<(), NoMemory> {
    if let Some(free) = left_by_limits().filter(|free| *free < START_ADDRESSES) {
        return Err(NoMemory::Addresses { free, least: START_ADDRESSES });
    }
    match available().filter(|free| *free < START) {
        Some(free) => Err(NoMemory::Memory { free, least: START }),
        None => Ok(()),
    }
}

/// Whether a model can still take so many bytes; where the system does not say, it can.
///
/// # Errors
/// It cannot.
pub fn check(bytes: usize) -> Result<(), EngineError> {
    let free = available();
    info!(needed_bytes = bytes as u64, free_bytes = free, "memory");
    match free {
        Some(free) if (bytes as u64).saturating_add(SPARE) > free => Err(EngineError::Memory { bytes }),
        _ => Ok(()),
    }
}

/// Bytes that the process can still take: what the system has to give, within the limits of its control groups and its
/// own. None where the system does not say.
pub fn available() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let free = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)?;
    Some([left_by_groups(), left_by_limits()].into_iter().flatten().fold(free, u64::min))
}

/// Bytes that the process's own limits leave it (`ulimit -v`, `ulimit -d`); none where there is no limit.
fn left_by_limits() -> Option<u64> {
    let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    left_in_limits(&read("limits"), &read("status"))
}

/// The least that a limit leaves; `limits` and `status` as proc(5) has them in /proc/PID.
fn left_in_limits(limits: &str, status: &str) -> Option<u64> {
    let used = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    };
    let left = |limit: &str, taken: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(limit))?;
        // "unlimited" is no number
        let most = line.split_whitespace().next()?.parse::<u64>().ok()?;
        Some(most.saturating_sub(used(taken)?))
    };
    let all = [left("Max address space", "VmSize:"), left("Max data size", "VmData:")];
    all.into_iter().flatten().min()
}

/// Bytes that the process's control groups leave it; none where none has a limit.
pub(super) fn left_by_groups() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    left_in_groups(&groups, Path::new("/sys/fs/cgroup"))
}

/// The least that any control group above the process leaves, of either version; `groups` as proc(5) has it in
/// /proc/PID/cgroup, `root` where they are mounted. None where none has a limit.
fn left_in_groups(groups: &str, root: &Path) -> Option<u64> {
    let number = |file: PathBuf| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let of_line = |line: &str| -> Option<u64> {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next()?, parts.next()?);
        let (mount, limit, used) = match controllers {
            "" => (root.to_owned(), "memory.max", "memory.current"),
            named if named.split(',').any(|one| one == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes", "memory.usage_in_bytes")
            }
            _ => return None,
        };
        // inside a container the group's path may be the host's: its limits then stand at the root
        let folders = Path::new(group.trim_start_matches('/')).ancestors().map(|folder| mount.join(folder));
        let left = |folder: PathBuf| Some(number(folder.join(limit))?.saturating_sub(number(folder.join(used))?));
        folders.filter_map(left).min()
    };
    groups.lines().filter_map(of_line).min()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn group(root: &Path, folder: &str, files: [(&str, &str); 2]) {
        let folder = root.join(folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, content) in files {
            fs::write(folder.join(name), content).unwrap();
        }
    }

    #[test]
    fn the_narrowest_group_above_the_process_counts() {
        let root = tempfile::tempdir().unwrap();
        let files = |limit, used| [("memory.max", limit), ("memory.current", used)];
        group(root.path(), "a/b", files("max\n", "10\n"));
        assert_eq!(left_in_groups("0::/a/b\n", root.path()), None, "`max` is no limit");
        group(root.path(), "a", files("1000\n", "300\n"));
        assert_eq!(left_in_groups("0::/a/b\n", root.path()), Some(700));
        group(root.path(), "", files("500\n", "600\n"));
        assert_eq!(left_in_groups("0::/of/the/host\n", root.path()), Some(0), "the root is a container's own group");
    }

    #[test]
    fn groups_of_the_first_version_are_read_too() {
        let root = tempfile::tempdir().unwrap();
        group(root.path(), "memory/job", [("memory.limit_in_bytes", "4096\n"), ("memory.usage_in_bytes", "96\n")]);
        assert_eq!(left_in_groups("5:cpu,cpuacct:/job\n4:memory:/job\n0::/\n", root.path()), Some(4000));
        assert_eq!(left_in_groups("5:cpu,cpuacct:/job\n", root.path()), None);
    }

    #[test]
    fn limits_of_the_process_count() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max data size             unlimited            unlimited            bytes     \n\
                      Max address space         614400000            614400000            bytes     \n";
        let status = "Name:\trunner\nVmSize:\t  400000 kB\nVmData:\t  100000 kB\n";
        assert_eq!(left_in_limits(limits, status), Some(614_400_000 - 409_600_000));
        let data = limits.replace("size             unlimited", "size             103400000");
        assert_eq!(left_in_limits(&data, status), Some(1_000_000));
        assert_eq!(left_in_limits(&limits.replace("614400000", "unlimited"), status), None);
        assert_eq!(left_in_limits("", ""), None);
    }

    #[test]
    fn linux_tells_what_there_is() {
        assert_eq!(available().is_some(), cfg!(target_os = "linux"));
    }
}
