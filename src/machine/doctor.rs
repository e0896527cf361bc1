//! What this machine has for a run, found out without running anything: facts, and which of them would stop a run. It
//! writes nothing but a file that it removes at once, to see whether a folder takes one.

use std::fs::{self, OpenOptions};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::engine::cpu::products::{FORCE, Isa, UnsupportedProcessor};
use crate::hub::{self, Answer, Reach, VariableError};

use super::choice::{DeviceChoice, DeviceError};
use super::environment::Environment;
use super::gpus::{Driver, Gpu, Library, NoCuda, driver, libraries, survey, toolkit};
use super::memory;
use super::placement::{Placement, place};

/// Free bytes under which a folder counts as full: a small encoder with its tables.
const LEAST_FREE: u64 = 500_000_000;

/// All that is found.
#[derive(Debug)]
pub struct Checkup {
    /// The toolkit that the program was built with; none: without CUDA.
    pub toolkit: Option<(u32, u32)>,
    /// The processor.
    pub processor: Processor,
    /// The memory.
    pub memory: Memory,
    /// The GPUs.
    pub gpus: Result<Vec<Gpu>, NoCuda>,
    /// The driver; none where there is none, or no use for one.
    pub driver: Option<Driver>,
    /// The toolkit's libraries, found or not.
    pub libraries: Vec<Library>,
    /// Where jobs would run: the place, and the name that their rows would have.
    pub device: Result<(Placement, String), DeviceError>,
    /// Where results go.
    pub results: Folder,
    /// The hub.
    pub hub: Result<Reach, VariableError>,
    /// The hub's cache; none where the hub's client could not be made.
    pub cache: Option<Folder>,
}

/// The processor, and what of it the process may use.
#[derive(Debug, Clone)]
pub struct Processor {
    /// As it calls itself; may be empty.
    pub name: String,
    /// Cores, where the system tells.
    pub cores: Option<usize>,
    /// Threads of the machine.
    pub threads: usize,
    /// Threads that affinity and control groups leave this process.
    pub allowed: usize,
    /// The instruction set in use.
    pub isa: Result<Isa, UnsupportedProcessor>,
    /// The value of the variable that forces it, if it is set.
    pub forced: Option<String>,
}

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The machine's.
    pub total: u64,
    /// What this process can still take.
    pub free: u64,
    /// What control groups leave, where one has a limit.
    pub groups: Option<u64>,
}

/// A folder to be written to, there or yet to be made.
#[derive(Debug)]
pub struct Folder {
    /// Where.
    pub path: PathBuf,
    /// Bytes free on its disk, where the system tells.
    pub free: Option<u64>,
    /// Whether files can be made there.
    pub writable: io::Result<()>,
}

impl Checkup {
    /// Looks at the machine for a run that puts its results into `results`.
    #[must_use]
    pub fn new(results: &Path, offline: bool) -> Self {
        let gpus = survey();
        let placed = place(DeviceChoice::Auto, || gpus.clone());
        let device = placed.and_then(|(place, _notices)| Environment::at(&place).map(|at| (place, at.name)));
        let hub = hub::reach(offline);
        let system = system();
        Self {
            toolkit: toolkit(),
            processor: Processor::of(&system),
            memory: Memory::of(&system),
            gpus,
            driver: driver(),
            libraries: libraries(),
            device,
            results: Folder::new(results),
            cache: hub.as_ref().ok().map(|hub| Folder::new(&hub.cache)),
            hub,
        }
    }

    /// Whether nothing would stop a run on the device that it takes by itself.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.hub.as_ref().is_ok_and(Reach::is_usable) && self.is_well_without_the_hub()
    }

    /// Whether nothing would stop a run that fetches nothing.
    #[must_use]
    pub fn is_well_without_the_hub(&self) -> bool {
        let takes = |folder: &Folder| folder.writable.is_ok() && !folder.is_full();
        self.device.is_ok()
            && takes(&self.results)
            && self.cache.as_ref().is_none_or(|cache| self.is_offline() || takes(cache))
    }

    /// Whether the hub is left alone, so that nothing is fetched into its cache.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        let answer = self.hub.as_ref().map(|hub| &hub.answer);
        matches!(answer, Ok(Answer::Offline | Answer::OfflineByEnvironment { .. }))
    }
}

impl Processor {
    fn of(system: &System) -> Self {
        let threads = system.cpus().len();
        Self {
            name: system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_default(),
            cores: System::physical_core_count(),
            threads,
            allowed: std::thread::available_parallelism().map_or(threads, NonZeroUsize::get),
            isa: Isa::detect(),
            forced: std::env::var(FORCE).ok(),
        }
    }
}

impl Memory {
    fn of(system: &System) -> Self {
        let free = memory::available().unwrap_or_else(|| system.available_memory());
        Self { total: system.total_memory(), free, groups: memory::left_by_groups() }
    }
}

impl Folder {
    fn new(path: &Path) -> Self {
        // a folder that is yet to be made lies on the disk of the one above it
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let there = whole.ancestors().find(|folder| folder.exists()).unwrap_or(&whole);
        Self { path: path.to_owned(), free: fs4::available_space(there).ok(), writable: takes_a_file(there) }
    }

    /// Whether there is too little room for the smallest of runs.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.free.is_some_and(|free| free < LEAST_FREE)
    }
}

/// Processors and memory as the system tells of them.
fn system() -> System {
    let memory = MemoryRefreshKind::nothing().with_ram();
    System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()).with_memory(memory))
}

/// Makes a file and removes it.
fn takes_a_file(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".runner-doctor-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&path)?;
    fs::remove_file(path)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_yet_to_be_made_is_judged_by_the_one_above() {
        let above = tempfile::tempdir().unwrap();
        let folder = Folder::new(&above.path().join("results/of/today"));
        assert!(folder.writable.is_ok() && folder.free.is_some());
        assert_eq!(fs::read_dir(above.path()).unwrap().count(), 0, "nothing stays behind");
        fs::write(above.path().join("file"), "").unwrap();
        assert!(Folder::new(&above.path().join("file/below")).writable.is_err());
    }

    #[test]
    fn this_machine_is_told() {
        let system = system();
        let (processor, memory) = (Processor::of(&system), Memory::of(&system));
        assert!(processor.allowed >= 1 && processor.threads >= processor.allowed);
        assert!(memory.total >= memory.free && memory.free > 0);
    }
}
