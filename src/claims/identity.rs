//! Who a worker is, so that others can tell whether it still runs. It touches no shared folder.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::hash::Sha256;

/// One process that takes part in the work of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name, which no other process ever has.
    pub worker: String,
    /// The name of its machine.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// The boot of that machine; none where the system has no such id.
    pub boot: Option<String>,
    /// The namespace of its process ids: in two containers of one machine, one id means two processes.
    pub namespace: Option<String>,
    /// When the process started, in clock ticks since the boot: ids are used again.
    pub started: Option<u64>,
    /// Its task of Slurm, `812_3`, or `812` where it is not of an array.
    pub slurm: Option<String>,
    /// How many times Slurm started that task again.
    pub restarts: u32,
}

impl Identity {
    /// That of this process.
    pub fn of_this_process() -> Self {
        let (host, pid) = (host(), std::process::id());
        let (boot, namespace, started) = (boot(), namespace(), started(pid));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_nanos());
        let unique = Sha256::of(format!("{host} {pid} {boot:?} {namespace:?} {started:?} {since}"));
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let short: String = host.chars().map(plain).take(40).collect();
        let worker = format!("{short}-{pid}-{}", &unique.as_str()[..8]);
        let restarts = variable("SLURM_RESTART_COUNT").and_then(|count| count.parse().ok()).unwrap_or_default();
        Self { worker, host, pid, boot, namespace, started, slurm: slurm_task(), restarts }
    }

    /// Whether the process has ended for certain. Only a process of the same machine can tell, or the next life of its task.
    pub fn has_ended(&self) -> bool {
        let same_machine = self.boot.is_some() && self.boot == boot() && self.namespace == namespace();
        if same_machine && self.started.is_some() {
            return started(self.pid) != self.started;
        }
        let restarts = variable("SLURM_RESTART_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
        self.slurm.is_some() && self.slurm == slurm_task() && self.restarts < restarts
    }
}

/// The name of this machine.
pub fn host() -> String {
    let named = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    named
        .or_else(sysinfo::System::host_name)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this machine".to_owned())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The task of Slurm that this process belongs to.
fn slurm_task() -> Option<String> {
    match (variable("SLURM_ARRAY_JOB_ID"), variable("SLURM_ARRAY_TASK_ID")) {
        (Some(job), Some(task)) => Some(format!("{job}_{task}")),
        _ => variable("SLURM_JOB_ID"),
    }
}

fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}

fn namespace() -> Option<String> {
    fs::read_link("/proc/self/ns/pid").ok().map(|link| link.display().to_string())
}

/// When a process of this machine started; none where there is none, or only what is left of it.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name in parentheses may hold anything
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    // fields 3 (state) and 22 (start time) of proc(5)
    let ticks = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(ticks)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_worker_has_a_name_of_its_own_that_is_a_file_name() {
        let [one, other] = [(); 2].map(|()| Identity::of_this_process());
        assert_ne!(one.worker, other.worker);
        assert!(one.worker.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-'));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_was_killed_has_ended_and_this_one_has_not() {
        let mut child = Command::new("sleep").arg("60").stdout(Stdio::null()).spawn().expect("sleep starts");
        let of_child = Identity { pid: child.id(), started: started(child.id()), ..Identity::of_this_process() };
        assert!(of_child.started.is_some() && !of_child.has_ended());
        child.kill().expect("killed");
        // killed and not waited for: the system still has its id
        while started(child.id()).is_some() {
            std::thread::yield_now();
        }
        assert!(of_child.has_ended());
        child.wait().expect("ended");
        assert!(of_child.has_ended());
        assert!(!Identity::of_this_process().has_ended());
        let elsewhere = Identity { boot: Some("another".to_owned()), ..of_child };
        assert!(!elsewhere.has_ended(), "nobody here can tell");
    }
}
