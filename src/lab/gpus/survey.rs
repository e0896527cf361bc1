//! The GPUs of this machine, and the parts that using them takes. Without the feature `cuda` there are none to ask for.

use super::{Gpu, NoCuda};

/// The driver that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Its own version, such as `580.65.06`, where NVML tells.
    pub version: Option<String>,
    /// The newest version of CUDA that it knows.
    pub cuda: (u32, u32),
}

/// A library of the CUDA toolkit that is loaded at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Library {
    /// Its name without ending.
    pub name: &'static str,
    /// Whether it can be loaded.
    pub found: bool,
}

/// The GPUs as CUDA numbers them. Asked before the process computes on one, so that it does not count among its users.
///
/// # Errors
/// CUDA cannot be used here.
pub fn survey() -> Result<Vec<Gpu>, NoCuda> {
    #[cfg(feature = "cuda")]
    {
        super::driver::survey()
    }
    #[cfg(not(feature = "cuda"))]
    {
        Err(NoCuda::NotBuiltIn)
    }
}

/// The driver; none where there is none, or the program has no use for one.
pub(in crate::lab) fn driver() -> Option<Driver> {
    #[cfg(feature = "cuda")]
    {
        super::driver::driver()
    }
    #[cfg(not(feature = "cuda"))]
    {
        None
    }
}

/// The toolkit that the program was built with; none where it was built without CUDA.
pub(in crate::lab) fn toolkit() -> Option<(u32, u32)> {
    #[cfg(feature = "cuda")]
    {
        Some(super::driver::TOOLKIT)
    }
    #[cfg(not(feature = "cuda"))]
    {
        None
    }
}

/// The toolkit's libraries that the program loads, found or not.
pub(in crate::lab) fn libraries() -> Vec<Library> {
    #[cfg(feature = "cuda")]
    {
        super::driver::libraries()
    }
    #[cfg(not(feature = "cuda"))]
    {
        Vec::new()
    }
}
