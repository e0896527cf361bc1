//! The GPUs of this machine, and the parts that using them takes. Without the feature `cuda` there are none to ask for.

use super::gpu::Gpu;
use super::library::{Driver, Library};
use super::no_cuda::NoCuda;

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
pub(in crate::machine) fn driver() -> Option<Driver> {
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
pub(in crate::machine) fn toolkit() -> Option<(u32, u32)> {
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
pub(in crate::machine) fn libraries() -> Vec<Library> {
    #[cfg(feature = "cuda")]
    {
        super::driver::libraries()
    }
    #[cfg(not(feature = "cuda"))]
    {
        Vec::new()
    }
}
