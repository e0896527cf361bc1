//! What is installed beside a GPU: the driver and the toolkit's libraries.

use std::path::PathBuf;

/// The driver that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Its own version, such as `580.65.06`, where NVML tells.
    pub version: Option<String>,
    /// The newest version of CUDA that it knows.
    pub cuda: (u32, u32),
}

/// A library of the CUDA toolkit that is loaded at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Its name without ending.
    pub name: &'static str,
    /// Whether it can be loaded.
    pub found: bool,
    /// The folder of its file, where the system reports it.
    pub folder: Option<PathBuf>,
}
