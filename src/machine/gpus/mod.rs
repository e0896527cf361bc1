//! GPUs: which there are, how much of each is free, and why there is none.

#[cfg(feature = "cuda")]
mod driver;
mod gpu;
mod library;
#[cfg(any(feature = "cuda", all(test, target_os = "linux")))]
mod loading;
mod no_cuda;
mod survey;
#[cfg(any(feature = "cuda", all(test, target_os = "linux")))]
mod wheels;

pub use gpu::{Gpu, LOWEST_CAPABILITY, environment_name};
pub use library::{Driver, Library};
pub use no_cuda::NoCuda;
pub use survey::survey;

pub(super) use gpu::gigabytes;
pub(super) use no_cuda::version;
pub(super) use survey::{driver, libraries, toolkit};
